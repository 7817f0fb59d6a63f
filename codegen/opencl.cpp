// OpenCL C 1.2: one kernel for each device function of the program.
#include "embedded/preludeCl.h"
#include "literals.h"
#include "prelude.h"
#include "statements.h"
#include "targets.h"

#include "loopy/ir/texel.h"

namespace loopy::codegen {

namespace {

std::string scalarSpelling(ScalarKind kind) {
  switch (kind) {
  case ScalarKind::Bool:
    return "bool";
  case ScalarKind::Int8:
    return "char";
  case ScalarKind::Int16:
    return "short";
  case ScalarKind::Int32:
    return "int";
  case ScalarKind::Int64:
    return "long";
  case ScalarKind::UInt8:
    return "uchar";
  case ScalarKind::UInt16:
    return "ushort";
  case ScalarKind::UInt32:
    return "uint";
  case ScalarKind::UInt64:
    return "ulong";
  case ScalarKind::Float16:
    return "half";
  case ScalarKind::Float32:
    return "float";
  case ScalarKind::Float64:
    return "double";
  case ScalarKind::Complex64:
    return "float2";
  case ScalarKind::Complex128:
    return "double2";
  }
  throw InternalError("a scalar type that OpenCL C has no name for");
}

std::string typeSpelling(Type type) {
  return type.isVector() ? scalarSpelling(type.kind) + std::to_string(type.lanes) : scalarSpelling(type.kind);
}

const char *spaceName(AddressSpace space) {
  switch (space) {
  case AddressSpace::Private:
    return "__private";
  case AddressSpace::Local:
    return "__local";
  case AddressSpace::Global:
    return "__global";
  }
  throw InternalError("an address space that OpenCL C has no name for");
}

// The built-in atomic function of an operation on 32-bit integers, or an empty text.
std::string atomicFunction(BinaryOp op) {
  switch (op) {
  case BinaryOp::Add:
    return "atomic_add";
  case BinaryOp::Sub:
    return "atomic_sub";
  case BinaryOp::Min:
    return "atomic_min";
  case BinaryOp::Max:
    return "atomic_max";
  case BinaryOp::BitAnd:
    return "atomic_and";
  case BinaryOp::BitOr:
    return "atomic_or";
  case BinaryOp::BitXor:
    return "atomic_xor";
  case BinaryOp::Mul:
  case BinaryOp::Div:
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
  case BinaryOp::Pow:
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    return "";
  }
  throw InternalError("a binary operation that codegen does not know");
}

class OpenCLPrinter final : public StatementPrinter {
public:
  using StatementPrinter::StatementPrinter;

  EmittedCode emit() {
    for (const DeviceFunction &function : program_.functions)
      printFunction(function);
    std::string code = takeOutput();
    const PreludeSelection prelude = selectPrelude(embedded::preludeCl, code, typeSpelling);
    extensions_.insert(prelude.needs.begin(), prelude.needs.end());
    EmittedCode result;
    result.source = "// The kernel " + program_.name + ", made by loopyc.\n" + layoutComments(program_) + pragmas() +
                    "\n" + (hasImages_ ? sampler : "") + preambleText(program_) + prelude.text + code;
    result.extension = ".cl";
    result.notes = program_.notes;
    if (program_.target.fastMath)
      result.notes.push_back("Build with -cl-fast-relaxed-math.");
    if (program_.target.flushDenormals)
      result.notes.push_back("Build with -cl-denorms-are-zero.");
    return result;
  }

private:
  // ----------------------------------------------------------------------------------------------- the whole file
  std::string pragmas() const {
    std::string text;
    for (const std::string &extension : extensions_)
      text += "#pragma OPENCL EXTENSION " + extension + " : enable\n";
    if (!program_.target.contraction)
      text += "#pragma OPENCL FP_CONTRACT OFF\n";
    return text;
  }

  void printFunction(const DeviceFunction &function) {
    variables_.clear();
    wideVariables_.clear();
    declareParams(function);
    std::vector<std::string> params;
    for (const FunctionParam &param : function.params) {
      const std::string type = storageTypeName(param.type), name = emittedName(param.name);
      if (param.imageAxes > 0) {
        params.push_back("__read_only image" + std::to_string(param.imageAxes) + "d_t " + name);
        hasImages_ = true;
        continue;
      }
      params.push_back(param.isArray
                           ? std::string("__global ") + (param.isConst ? "const " : "") + type + " *restrict " + name
                           : "const " + type + " " + name);
    }
    line("__kernel __attribute__((reqd_work_group_size(" + std::to_string(function.localSize[0]) + ", " +
         std::to_string(function.localSize[1]) + ", " + std::to_string(function.localSize[2]) + ")))");
    open(signature("void " + emittedName(function.name), params));
    declaredLocals_.clear();
    declareLocals(function.body);
    printBlock(function.body);
    close();
    if (&function != &program_.functions.back())
      raw("\n");
  }

  // Local arrays can be declared at kernel scope only.
  void declareLocals(const Block &block) {
    for (const Stmt &stmt : block) {
      if (const auto *declare = std::get_if<DeclareStmt>(&stmt.data)) {
        if (declare->space == AddressSpace::Local && declaredLocals_.insert(declare->name).second)
          printLocal(*declare);
      } else if (const auto *loop = std::get_if<ForStmt>(&stmt.data)) {
        declareLocals(loop->body);
      } else if (const auto *branch = std::get_if<IfStmt>(&stmt.data)) {
        declareLocals(branch->thenBody);
        declareLocals(branch->elseBody);
      } else if (const auto *scope = std::get_if<BlockStmt>(&stmt.data)) {
        declareLocals(scope->body);
      }
    }
  }

  void printLocal(const DeclareStmt &declare) {
    const int64_t elements = declare.isScalar ? 1 : std::max<int64_t>(declare.elements.value_or(0), 1);
    require(declare.isScalar || declare.elements.has_value(), "a local array without a constant number of elements");
    const std::string extent = declare.isScalar ? "" : "[" + std::to_string(elements) + "]";
    line("__local " + storageTypeName(declare.type) + " " + emittedName(declare.name) + extent + alignedText(declare) +
         ";");
  }

  // ----------------------------------------------------------------------------------------------------- statements
  void printDeclaration(const DeclareStmt &declare) override {
    if (declare.space == AddressSpace::Local)
      return;
    if (declare.isScalar)
      return printScalarDeclaration(declare);
    require(declare.elements.has_value(), "a private array without a constant number of elements");
    line(storageTypeName(declare.type) + " " + emittedName(declare.name) + "[" +
         std::to_string(std::max<int64_t>(*declare.elements, 1)) + "]" + alignedText(declare) + ";");
  }

  static std::string alignedText(const DeclareStmt &declare) {
    return declare.alignment ? " __attribute__((aligned(" + std::to_string(declare.alignment) + ")))" : "";
  }

  void printEndOfScope(const Block &) override {}

  void printBarrier(const BarrierStmt &barrier) override {
    std::string fences = barrier.local || !barrier.global ? "CLK_LOCAL_MEM_FENCE" : "";
    if (barrier.global)
      fences += fences.empty() ? "CLK_GLOBAL_MEM_FENCE" : " | CLK_GLOBAL_MEM_FENCE";
    line("barrier(" + fences + ");" + (barrier.reason.empty() ? "" : "  // " + barrier.reason));
  }

  void printLoopPragmas(const ForStmt &loop) override {
    if (loop.unroll != ForStmt::Unroll::No)
      line(loop.unrollFactor > 0 ? "#pragma unroll " + std::to_string(loop.unrollFactor) : "#pragma unroll");
  }

  void printAtomic(const AssignStmt &assign) override {
    const Expr lhs = assign.lhs.front(), rhs = assign.rhs.front();
    const Load &place = *lhs.as<Load>();
    const AddressSpace space = variables_[place.array].space;
    if (space == AddressSpace::Private)
      return printPlainAssign(lhs, rhs);
    const Type type = lhs.type();
    const auto *binary = rhs.as<Binary>();
    if (binary && (type.kind == ScalarKind::Int32 || type.kind == ScalarKind::UInt32) && !type.isVector() &&
        equal(binary->lhs, lhs))
      if (const std::string function = atomicFunction(binary->op); !function.empty()) {
        line(function + "(&" + elementText(lhs) + ", " + argumentOf(type, binary->rhs) + ");");
        return;
      }
    printCompareAndSwap(lhs, rhs, space);
  }

  // Any other update: tries until nobody else has written between the read and the write.
  void printCompareAndSwap(Expr lhs, Expr rhs, AddressSpace space) {
    const Type type = lhs.type();
    const unsigned bytes = type.sizeInBytes();
    if (bytes != 4 && bytes != 8)
      throw UserError(lhs.range(), "OpenCL has atomic operations on 4 and 8 bytes only, not on " + type.name() + ".");
    const std::string word = bytes == 4 ? "uint" : "ulong", pointer = std::string("volatile ") + spaceName(space) + " ";
    if (bytes == 8)
      extensions_.insert("cl_khr_int64_base_atomics");
    const std::string cell = scratchName("cell"), old = scratchName("old"), seen = scratchName("seen");
    open("");
    line(pointer + word + " *" + cell + " = (" + pointer + word + " *)&" + elementText(lhs) + ";");
    const std::string prefix = bytes == 4 ? "atomic_" : "atom_";
    line(word + " " + old + ", " + seen + " = " + prefix + "add(" + cell + ", 0);"); // a plain read would be a race
    open("do");
    line(old + " = " + seen + ";");
    replaced_ = lhs;
    replacement_ = "as_" + typeName(type) + "(" + old + ")";
    const std::string value = "as_" + word + "((" + typeName(type) + ")(" + whole(rhs) + "))";
    replaced_ = Expr();
    line(seen + " = " + prefix + "cmpxchg(" + cell + ", " + old + ", " + value + ");");
    closeWhile(seen + " != " + old);
    close();
  }

  std::string initialValue(Expr init) override {
    const auto *call = init.as<CallExpr>();
    std::string text = whole(init);
    const std::string castText = "(" + typeName(indexVariableType()) + ")";
    if (call && text.starts_with(castText + "get_"))
      text.erase(0, castText.size());
    return text;
  }

  // ---------------------------------------------------------------------------------------------------- expressions
  std::string typeName(Type type) override {
    const ScalarKind kind = realPartType(type).kind;
    if (kind == ScalarKind::Float64)
      extensions_.insert("cl_khr_fp64");
    if (kind == ScalarKind::Float16)
      extensions_.insert("cl_khr_fp16");
    return typeSpelling(type);
  }

  // A bool has no size that the host could know.
  std::string storageTypeName(Type type) override {
    return typeName(type.isBool() ? Type{ScalarKind::UInt8, type.lanes} : type);
  }

  // PoCL (up to 3.1 at least) mixes up the copies of a bool that work-items keep across a barrier in a loop.
  std::string variableTypeName(Type type) override {
    return typeName(type.isBool() ? Type{ScalarKind::Int32, type.lanes} : type);
  }

  std::string literal(const Constant &constant, Type type) override {
    if (type.isVector())
      return "(" + typeName(type) + ")(" + literal(constant, type.scalar()) + ")";
    return std::visit(Overloaded{
                          [&](bool value) -> std::string { return value ? "true" : "false"; },
                          [&](int64_t value) -> std::string {
                            if (type.isInteger())
                              return integerLiteral(value, 8 * type.sizeInBytes(), type.isUnsigned());
                            return numberLiteral(static_cast<double>(value), type);
                          },
                          [&](double value) -> std::string { return numberLiteral(value, type); },
                          [&](const std::complex<double> &value) -> std::string {
                            return pair(realLiteral(value.real(), realPartType(type)),
                                        realLiteral(value.imag(), realPartType(type)), type);
                          },
                      },
                      constant.value);
  }

  std::string pair(const std::string &real, const std::string &imaginary, Type type) {
    return "(" + typeName(type) + ")(" + real + ", " + imaginary + ")";
  }

  std::string numberLiteral(double value, Type type) {
    if (!type.isComplex())
      return realLiteral(value, type);
    const Type real = realPartType(type);
    return pair(realLiteral(value, real), realLiteral(0, real), type);
  }

  std::string realLiteral(double value, Type type) {
    const std::string name = typeName(type);
    if (type.kind == ScalarKind::Float64)
      return float64Literal(value);
    return type.kind == ScalarKind::Float16 ? "(" + name + ")" + float32Literal(value) : float32Literal(value);
  }

  Text functionCall(const std::string &function, const std::vector<Expr> &args, Type) override {
    const Type type = args.front().type();
    if (function == "real" || function == "imag")
      return {at(Level::Primary, args.front()) + (function == "real" ? ".x" : ".y")};
    if (function == "conj")
      return {callText("loopy_conj_" + type.name(), args)};
    if (type.isInteger() || type.isBool()) {
      require(function == "abs", "only abs is a function of integers");
      return type.isSigned() ? Text{callText("loopy_abs_" + type.name(), args)} : print(args.front());
    }
    if (type.isComplex())
      return {callText("loopy_c" + function + "_" + type.name(), args)};
    if (function == "rsqrt" && !program_.target.hasFastRsqrt)
      return {"(" + (type.isVector() ? realLiteral(1, type.scalar()) : "1") + "/" +
              overloadedCall("sqrt", args, type).text + ")"};
    return overloadedCall(function == "abs" ? "fabs" : function, args, type);
  }

  // The built-in functions are overloaded, so that each argument must have exactly the type.
  Text overloadedCall(const std::string &function, const std::vector<Expr> &args, Type type) {
    std::string text;
    for (Expr arg : args)
      text += (text.empty() ? "" : ", ") + argumentOf(type, arg);
    return {function + "(" + text + ")"};
  }

  Text minOrMax(BinaryOp op, Expr lhs, Expr rhs, Type type) override {
    const std::string name = op == BinaryOp::Min ? "min" : "max";
    if (type.isInteger())
      return overloadedCall(name, {lhs, rhs}, type);
    typeName(type);
    return {callText("loopy_" + name + "_" + type.name(), {lhs, rhs})};
  }

  Text power(Expr base, Expr exponent, Type type) override {
    if (type.isInteger())
      return {callText("loopy_ipow_" + type.name(), {base, exponent})};
    if (std::optional<int64_t> factors = smallPower(exponent); factors)
      return {"loopy_powi_" + type.name() + "(" + whole(base) + ", " + std::to_string(*factors) + ")"};
    if (type.isComplex())
      return {"loopy_cpow_" + type.name() + "(" + complexOperand(base, type) + ", " + complexOperand(exponent, type) +
              ")"};
    return overloadedCall("pow", {base, exponent}, type);
  }

  // Complex numbers are vectors of two, whose sums are the vectors' own.
  std::string complexOperand(Expr e, Type type, Level level = Level::Additive) {
    return e.type() == type ? at(level, e) : complexCast(e, type).text;
  }

  Text complexBinary(const Binary &binary, Expr e) override {
    const Type type = e.type();
    const bool isSum = binary.op == BinaryOp::Add || binary.op == BinaryOp::Sub;
    const std::string lhs = complexOperand(binary.lhs, type);
    const std::string rhs = complexOperand(binary.rhs, type, isSum ? Level::Multiplicative : Level::Additive);
    if (isSum)
      return {lhs + (binary.op == BinaryOp::Add ? " + " : " - ") + rhs, Level::Additive};
    require(binary.op == BinaryOp::Mul || binary.op == BinaryOp::Div, "an operation that complex numbers do not have");
    const std::string function = binary.op == BinaryOp::Mul ? "loopy_cmul_" : "loopy_cdiv_";
    return {function + type.name() + "(" + lhs + ", " + rhs + ")"};
  }

  Text complexCompare(const Compare &compare) override {
    const std::optional<Type> type = promote(compare.lhs.type(), compare.rhs.type());
    require(type && (compare.op == CompareOp::Eq || compare.op == CompareOp::Ne), "complex numbers have no order");
    return {(compare.op == CompareOp::Ne ? "!loopy_ceq_" : "loopy_ceq_") + type->name() + "(" +
                complexOperand(compare.lhs, *type) + ", " + complexOperand(compare.rhs, *type) + ")",
            Level::Unary};
  }

  Text complexCast(Expr operand, Type type) override {
    if (operand.type().isComplex())
      return {"convert_" + typeName(type) + "(" + whole(operand) + ")"};
    const Type real = realPartType(type);
    return {pair(argumentOf(real, operand), realLiteral(0, real), type), Level::Unary};
  }

  Text vectorCast(Expr operand, Type type) override {
    if (operand.type().isVector())
      return {"convert_" + typeName(type) + "(" + whole(operand) + ")"};
    return {"(" + typeName(type) + ")(" + argumentOf(type.scalar(), operand) + ")", Level::Unary};
  }

  // ------------------------------------------------------------------------------------------------------- vectors
  Text lanesText(const std::vector<Expr> &lanes, Type type) override {
    std::string text;
    for (Expr lane : lanes)
      text += (text.empty() ? "" : ", ") + argumentOf(type.scalar(), lane);
    return {"(" + typeName(type) + ")(" + text + ")", Level::Unary};
  }

  std::string laneText(const std::string &vector, int64_t lane) override {
    return vector + ".s" + "0123456789ABCDEF"[lane];
  }

  static bool isAligned(Expr load) { return secondSubscript(*load.as<Load>()) >= load.type().sizeInBytes(); }

  // Aligned vectors are read through a pointer, all others by a function that asks for the alignment of an element
  // only.
  Text wideText(Expr load, const std::string &first) override {
    const Type type = load.type();
    if (!isAligned(load))
      return {"vload" + std::to_string(type.lanes) + "(0, &" + first + ")"};
    const Variable &variable = variables_[load.as<Load>()->array];
    return {std::string("*(") + spaceName(variable.space) + (variable.isConst ? " const " : " ") + typeName(type) +
                " *)&" + first,
            Level::Multiplicative};
  }

  bool isAssignable(Expr place) const override { return !isWide(place) || isAligned(place); }

  std::string storeText(Expr place, const std::string &value) override {
    if (isAssignable(place))
      return StatementPrinter::storeText(place, value);
    const Load &load = *place.as<Load>();
    return "vstore" + std::to_string(place.type().lanes) + "(" + value + ", 0, &" + emittedName(load.array) + "[" +
           whole(load.index.front()) + "]);";
  }

  Text vectorSelect(const Select &select, Type type) override {
    const Expr condition = select.condition;
    const Text chooser = condition.type().isVector() ? mask(condition, maskType(type)) : print(condition);
    return {at(Level::LogicalOr, chooser) + " ? " + at(Level::LogicalOr, select.ifTrue) + " : " +
                at(Level::Conditional, select.ifFalse),
            Level::Conditional};
  }

  Text maskOfBool(Expr condition, Type mask) override {
    return {"(" + typeName(mask) + ")(" + at(Level::LogicalOr, condition) + " ? -1 : 0)", Level::Unary};
  }

  Text maskOfCompare(const Compare &compare, Type) override { return realCompare(compare); }

  Text convertedMask(const Text &mask, Type, Type to) override {
    return {"convert_" + typeName(to) + "(" + mask.text + ")"};
  }

  Text hardwareIndex(const std::string &call) override {
    return {"(" + typeName(indexVariableType()) + ")" + call, Level::Unary};
  }

  // Bounds are tested in C.
  Text boundsCheck(const CallExpr &call) override { return print(call.args.front()); }

  // read_imagef(a, loopy_sampler, (int2)(x, y)).x
  Text imageRead(const CallExpr &call, Type type) override {
    const std::string name = emittedName(call.args.front().as<Load>()->array);
    const size_t axes = call.args.size() - 1;
    std::string place = whole(call.args[1]);
    if (axes > 1) {
      for (size_t axis = 2; axis <= axes; ++axis)
        place += ", " + whole(call.args[axis]);
      place = axes == 2 ? "(int2)(" + place + ")" : "(int4)(" + place + ", 0)";
    }
    const Texel texel = texelOf(type).value();
    const char *suffix = texel.channel == Texel::Channel::Int32    ? "i"
                         : texel.channel == Texel::Channel::UInt32 ? "ui"
                                                                   : "f";
    const char *channels = texel.channels == 4 ? "" : texel.channels == 2 ? ".xy" : ".x";
    const std::string value =
        std::string("read_image") + suffix + "(" + name + ", loopy_sampler, " + place + ")" + channels;
    return {texel.isDouble ? "as_" + typeName(type) + "(" + value + ")" : value};
  }

  Text externalCall(const CallExpr &call) override { return {callText(call.function, call.args)}; }

  void declareCallee(const CallStmt &) override {}

  static constexpr const char *sampler = "__constant sampler_t loopy_sampler = CLK_NORMALIZED_COORDS_FALSE | "
                                         "CLK_ADDRESS_CLAMP_TO_EDGE | CLK_FILTER_NEAREST;\n\n";

  std::set<std::string> extensions_, declaredLocals_;
  bool hasImages_ = false;
};

} // namespace

EmittedCode emitOpenCL(const Program &program) { return OpenCLPrinter(program).emit(); }

} // namespace loopy::codegen
