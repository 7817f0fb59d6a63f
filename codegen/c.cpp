// C99 and up, for gcc and clang: the kernel as one function of plain loops.
#include "embedded/preludeC.h"
#include "literals.h"
#include "prelude.h"
#include "statements.h"
#include "targets.h"

#include <cmath>

namespace loopy::codegen {

namespace {

std::string scalarSpelling(ScalarKind kind) {
  switch (kind) {
  case ScalarKind::Bool:
    return "bool";
  case ScalarKind::Int8:
    return "int8_t";
  case ScalarKind::Int16:
    return "int16_t";
  case ScalarKind::Int32:
    return "int32_t";
  case ScalarKind::Int64:
    return "int64_t";
  case ScalarKind::UInt8:
    return "uint8_t";
  case ScalarKind::UInt16:
    return "uint16_t";
  case ScalarKind::UInt32:
    return "uint32_t";
  case ScalarKind::UInt64:
    return "uint64_t";
  case ScalarKind::Float16:
    return "_Float16";
  case ScalarKind::Float32:
    return "float";
  case ScalarKind::Float64:
    return "double";
  case ScalarKind::Complex64:
    return "float _Complex";
  case ScalarKind::Complex128:
    return "double _Complex";
  }
  throw InternalError("a scalar type that C has no name for");
}

std::string typeSpelling(Type type) { return type.isVector() ? "loopy_" + type.name() : scalarSpelling(type.kind); }

// The suffix of the functions of <math.h> and <complex.h> for a type.
std::string mathSuffix(Type type) { return realPartType(type).kind == ScalarKind::Float64 ? "" : "f"; }

// Functions of vectors are never called: how those wider than the processor's are passed depends on options.
constexpr const char *vectorFunctionHead = "static inline __attribute__((always_inline)) ";

class CPrinter final : public StatementPrinter {
public:
  using StatementPrinter::StatementPrinter;

  EmittedCode emit() {
    require(program_.functions.size() == 1, "a program for C has one function");
    const DeviceFunction &function = program_.functions.front();
    printFunction(function);
    printEntry(function);
    const std::string code = takeOutput();
    const std::string vectors = vectorFunctions();
    const PreludeSelection prelude = selectPrelude(embedded::preludeC, vectors + code, typeSpelling);
    headers_.insert(prelude.needs.begin(), prelude.needs.end());
    EmittedCode result;
    result.source = "// The kernel " + program_.name + ", made by loopyc.\n" + layoutComments(program_) + includes() +
                    preambleText(program_) + vectorTypes() + prelude.text + vectors + prototypes() + code;
    result.extension = ".c";
    if (!program_.target.contraction)
      result.notes.push_back("Compile with -ffp-contract=off: gcc contracts a*b + c by default.");
    result.notes.insert(result.notes.end(), program_.notes.begin(), program_.notes.end());
    if (program_.target.fastMath)
      result.notes.push_back("Compile with -fassociative-math -fno-signed-zeros -fno-trapping-math -freciprocal-math.");
    return result;
  }

private:
  // ----------------------------------------------------------------------------------------------- the whole file
  std::string includes() const {
    std::string text = "#include <stdbool.h>\n#include <stdint.h>\n";
    for (const std::string &header : headers_)
      text += "#include <" + header + ">\n";
    if (headers_.contains("complex.h"))
      text += "#undef I\n";
    return text + "\n";
  }

  std::string vectorTypes() const {
    std::string text;
    for (const auto &[name, type] : vectorTypes_)
      text += "typedef " + scalarSpelling(type.kind) + " " + name + " __attribute__((vector_size(" +
              std::to_string(type.sizeInBytes()) + ")));\n";
    // Vectors in memory: as aligned as is known, and in the place of elements.
    for (const auto &[name, wide] : wideTypes_)
      text += "typedef " + scalarSpelling(wide.first.kind) + " " + name + " __attribute__((vector_size(" +
              std::to_string(wide.first.sizeInBytes()) + "), aligned(" + std::to_string(wide.second) +
              "), may_alias));\n";
    return text.empty() ? text : text + "\n";
  }

  std::string vectorFunctions() const {
    std::string text = vectorFunctions_.empty() ? "" : "#pragma GCC diagnostic ignored \"-Wpsabi\"\n\n";
    for (const auto &[name, definition] : vectorFunctions_)
      text += definition + "\n";
    return text;
  }

  std::string prototypes() const {
    std::string text;
    for (const auto &[name, prototype] : prototypes_)
      text += prototype + ";\n";
    return text.empty() ? text : text + "\n";
  }

  void printFunction(const DeviceFunction &function) {
    declareParams(function);
    std::vector<std::string> params;
    for (const FunctionParam &param : function.params)
      params.push_back(paramType(param) + (param.isArray ? "restrict " : " ") + emittedName(param.name));
    open(signature("void " + emittedName(function.name), params));
    for (const FunctionParam &param : function.params)
      if (param.isArray && param.alignment) {
        const std::string name = emittedName(param.name);
        line(name + " = __builtin_assume_aligned(" + name + ", " + std::to_string(param.alignment) + ");");
      }
    printBlock(function.body);
    close();
    raw("\n");
  }

  // Calls the function with arguments found behind an array of their addresses; arrays are the addresses themselves.
  void printEntry(const DeviceFunction &function) {
    open("void loopy_entry_" + emittedName(function.name) + "(void **args)");
    if (function.params.empty())
      line("(void)args;");
    std::vector<std::string> args;
    for (size_t i = 0; i < function.params.size(); ++i) {
      const FunctionParam &param = function.params[i];
      const std::string pointer = "args[" + std::to_string(i) + "]";
      args.push_back(param.isArray ? pointer : "*(const " + paramType(param) + " *)" + pointer);
    }
    std::string text;
    for (const std::string &arg : args)
      text += (text.empty() ? "" : ", ") + arg;
    line(emittedName(function.name) + "(" + text + ");");
    close();
  }

  std::string paramType(const FunctionParam &param) {
    return param.isArray ? (param.isConst ? "const " : "") + typeName(param.type) + " *" : typeName(param.type);
  }

  // ----------------------------------------------------------------------------------------------------- statements
  void printDeclaration(const DeclareStmt &declare) override {
    if (declare.isScalar)
      return printScalarDeclaration(declare);
    const std::string name = emittedName(declare.name), type = typeName(declare.type);
    if (declare.dynamicElements) {
      line(type + " *restrict " + name + " = loopy_allocate(" + whole(declare.dynamicElements) + ", sizeof(" + type +
           "));");
      headers_.insert("stdlib.h");
      return;
    }
    require(declare.elements.has_value(), "an array without a number of elements");
    const int64_t elements = std::max<int64_t>(*declare.elements, 1);
    const bool isLarge = elements * declare.type.sizeInBytes() >= 64;
    const unsigned alignment = std::max(declare.alignment, isLarge ? 64U : 0U);
    line(type + " " + name + "[" + std::to_string(elements) + "]" +
         (alignment ? " __attribute__((aligned(" + std::to_string(alignment) + ")));" : ";"));
  }

  void printEndOfScope(const Block &block) override {
    for (const Stmt &stmt : block)
      if (const auto *declare = std::get_if<DeclareStmt>(&stmt.data); declare && declare->dynamicElements)
        line("free(" + emittedName(declare->name) + ");");
  }

  // One thread runs all work-items one after another.
  void printBarrier(const BarrierStmt &) override {}

  void printAtomic(const AssignStmt &assign) override {
    const Expr lhs = assign.lhs.front(), rhs = assign.rhs.front();
    if (program_.target.openMp && parallelDepth_ > 0) {
      const auto *binary = rhs.as<Binary>();
      const bool isSimple =
          binary && equal(binary->lhs, lhs) && rhs.type() == lhs.type() && !lhs.type().isComplex() &&
          (binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub || binary->op == BinaryOp::Mul ||
           binary->op == BinaryOp::BitAnd || binary->op == BinaryOp::BitOr || binary->op == BinaryOp::BitXor);
      line(isSimple ? "#pragma omp atomic" : "#pragma omp critical");
    }
    printPlainAssign(lhs, rhs);
  }

  void printLoopPragmas(const ForStmt &loop) override {
    if (loop.parallel && program_.target.openMp && parallelDepth_ == 0)
      line("#pragma omp parallel for");
    else if (loop.unroll != ForStmt::Unroll::No)
      line("#pragma GCC unroll " + std::to_string(loop.unrollFactor > 0 ? loop.unrollFactor : 8));
  }

  // ---------------------------------------------------------------------------------------------------- expressions
  std::string typeName(Type type) override {
    if (type.isComplex())
      headers_.insert("complex.h");
    if (type.isVector())
      vectorTypes_.emplace(typeSpelling(type), type);
    return typeSpelling(type);
  }

  std::string literal(const Constant &constant, Type type) override {
    if (type.isVector()) {
      const std::string lane = literal(constant, type.scalar());
      std::string lanes = lane;
      for (unsigned i = 1; i < type.lanes; ++i)
        lanes += ", " + lane;
      return "(" + typeName(type) + "){" + lanes + "}";
    }
    return std::visit(Overloaded{
                          [&](bool value) -> std::string { return value ? "true" : "false"; },
                          [&](int64_t value) -> std::string {
                            if (type.isInteger())
                              return integerLiteral(value, 8 * type.sizeInBytes(), type.isUnsigned());
                            return realLiteral(static_cast<double>(value), type);
                          },
                          [&](double value) -> std::string { return realLiteral(value, type); },
                          [&](const std::complex<double> &value) -> std::string {
                            const Type real = realPartType(type);
                            return "loopy_complex_" + type.name() + "(" + realLiteral(value.real(), real) + ", " +
                                   realLiteral(value.imag(), real) + ")";
                          },
                      },
                      constant.value);
  }

  std::string realLiteral(double value, Type type) {
    if (value - value != 0)
      headers_.insert("math.h");
    if (type.isComplex())
      return "(" + typeName(type) + ")" + realLiteral(value, realPartType(type));
    if (type.kind == ScalarKind::Float64)
      return float64Literal(value);
    return (type.kind == ScalarKind::Float16 ? "(_Float16)" : "") + float32Literal(value);
  }

  Text functionCall(const std::string &function, const std::vector<Expr> &args, Type) override {
    const Type type = args.front().type();
    if (type.isVector())
      return laneByLane(function, args, type);
    if (type.isInteger() || type.isBool()) {
      require(function == "abs", "only abs is a function of integers");
      return type.isSigned() ? Text{callText("loopy_abs_" + type.name(), args)} : print(args.front());
    }
    if (type.isComplex()) {
      headers_.insert("complex.h");
      const std::string prefix = function == "conj" ? "" : "c";
      return {callText(prefix + function + mathSuffix(type), args)};
    }
    headers_.insert("math.h");
    if (function == "isnan" || function == "isinf" || function == "isfinite")
      return {callText(function, args)};
    return realFunction(function == "abs" ? "fabs" : function, args, type);
  }

  // Half precision has no functions of its own: it is computed in single precision.
  Text realFunction(const std::string &function, const std::vector<Expr> &args, Type type) {
    const Type computed = type.kind == ScalarKind::Float16 ? float32Type : type;
    const std::string name = function == "rsqrt" ? "loopy_rsqrt_" + computed.name() : function + mathSuffix(computed);
    const std::string call = callText(name, args);
    return computed == type ? Text{call} : Text{"(_Float16)" + call, Level::Unary};
  }

  Text minOrMax(BinaryOp op, Expr lhs, Expr rhs, Type type) override {
    if (type.isVector())
      return vectorMinOrMax(op, lhs, rhs, type);
    return {callText((op == BinaryOp::Min ? "loopy_min_" : "loopy_max_") + type.name(), {lhs, rhs})};
  }

  Text power(Expr base, Expr exponent, Type type) override {
    if (type.isInteger())
      return {callText("loopy_ipow_" + type.name(), {base, exponent})};
    if (std::optional<int64_t> factors = smallPower(exponent); factors && type.isVector())
      return vectorPower(base, *factors, type);
    if (type.isVector())
      return laneByLane("pow", {base, exponent}, type);
    if (std::optional<int64_t> factors = smallPower(exponent))
      return {"loopy_powi_" + type.name() + "(" + whole(base) + ", " + std::to_string(*factors) + ")"};
    if (type.isComplex()) {
      headers_.insert("complex.h");
      return {callText("cpow" + mathSuffix(type), {base, exponent})};
    }
    headers_.insert("math.h");
    return realFunction("pow", {base, exponent}, type);
  }

  Text vectorCast(Expr operand, Type type) override {
    if (operand.type().isVector())
      return {"__builtin_convertvector(" + whole(operand) + ", " + typeName(type) + ")"};
    if (const auto *constant = operand.as<Constant>())
      return {isZero(*constant) ? "(" + typeName(type) + "){0}" : literal(*constant, type)};
    return {at(Level::Multiplicative, argumentText(type.scalar(), operand)) + " - (" + typeName(type) + "){0}",
            Level::Additive};
  }

  static bool isZero(const Constant &constant) {
    const auto *integer = std::get_if<int64_t>(&constant.value);
    const auto *number = std::get_if<double>(&constant.value);
    return (integer && *integer == 0) || (number && *number == 0 && !std::signbit(*number));
  }

  Text argumentText(Type type, Expr e) { return evaluationType(e) == type ? print(e) : cast(typeName(type), e); }

  // ------------------------------------------------------------------------------------------------------- vectors
  Text lanesText(const std::vector<Expr> &lanes, Type type) override {
    return {"(" + typeName(type) + "){" + commaList(lanes) + "}"};
  }

  std::string laneText(const std::string &vector, int64_t lane) override {
    return vector + "[" + std::to_string(lane) + "]";
  }

  Text wideText(Expr load, const std::string &first) override {
    const Type type = load.type();
    const int64_t alignment = std::min<int64_t>(secondSubscript(*load.as<Load>()), type.sizeInBytes());
    const std::string name = typeSpelling(type) + "_at" + std::to_string(alignment);
    typeName(type);
    wideTypes_.emplace(name, std::pair(type, alignment));
    return {std::string("*(") + (variables_[load.as<Load>()->array].isConst ? "const " : "") + name + " *)&" + first,
            Level::Multiplicative};
  }

  Text maskOfBool(Expr condition, Type mask) override {
    return {"(" + typeName(mask) + "){0} - (" + typeName(mask.scalar()) + ")(" + whole(condition) + ")",
            Level::Additive};
  }

  Text maskOfCompare(const Compare &compare, Type mask) override {
    return {"(" + typeName(mask) + ")(" + realCompare(compare).text + ")", Level::Unary};
  }

  Text convertedMask(const Text &mask, Type, Type to) override {
    return {"__builtin_convertvector(" + mask.text + ", " + typeName(to) + ")"};
  }

  // C has no `?:` of vectors: the bits of the one or the other.
  Text vectorSelect(const Select &select, Type type) override {
    if (!select.condition.type().isVector()) // vectors in memory have another type, which `?:` would not take
      return {at(Level::LogicalOr, select.condition) + " ? " + cast(typeName(type), select.ifTrue).text + " : " +
                  cast(typeName(type), select.ifFalse).text,
              Level::Conditional};
    const std::string vector = typeName(type), bits = typeName(maskType(type)), name = "loopy_select_" + type.name();
    vectorFunctions_[name] = vectorFunctionHead + vector + " " + name + "(" + bits + " mask, " + vector + " a, " +
                             vector + " b) {\n" + "  return (" + vector + ")((mask & (" + bits + ")a) | (~mask & (" +
                             bits + ")b));\n}\n";
    return {name + "(" + mask(select.condition, maskType(type)).text + ", " + whole(select.ifTrue) + ", " +
            whole(select.ifFalse) + ")"};
  }

  Text vectorMinOrMax(BinaryOp op, Expr lhs, Expr rhs, Type type) {
    const std::string vector = typeName(type), bits = typeName(maskType(type));
    const std::string name = (op == BinaryOp::Min ? "loopy_min_" : "loopy_max_") + type.name();
    vectorFunctions_[name] = vectorFunctionHead + vector + " " + name + "(" + vector + " a, " + vector +
                             " b) {\n  const " + bits + " mask = (" + bits + ")(" +
                             (op == BinaryOp::Min ? "b < a" : "a < b") + ");\n  return (" + vector + ")((mask & (" +
                             bits + ")b) | (~mask & (" + bits + ")a));\n}\n";
    return {callText(name, {lhs, rhs})};
  }

  Text vectorPower(Expr base, int64_t factors, Type type) {
    const std::string vector = typeName(type), name = "loopy_powi_" + type.name();
    vectorFunctions_[name] =
        vectorFunctionHead + vector + " " + name + "(" + vector + " base, int exponent) {\n  " + vector +
        " result = base;\n  for (int i = 1; i < exponent; ++i)\n    result *= base;\n  return result;\n}\n";
    return {name + "(" + whole(base) + ", " + std::to_string(factors) + ")"};
  }

  // A loop over the lanes, which compilers can vectorise again where they know how.
  Text laneByLane(const std::string &function, const std::vector<Expr> &args, Type type) {
    const std::string vector = typeName(type), scalar = typeName(type.scalar()), lanes = std::to_string(type.lanes);
    const std::string name = "loopy_" + function + "_" + type.name();
    Context &context = *program_.context;
    std::string params, unions;
    std::vector<Expr> lane;
    for (size_t i = 0; i < args.size(); ++i) {
      const std::string param = std::string("x") + std::to_string(i);
      params += (i ? ", " : "") + vector + " " + param;
      unions += (i ? ", " : "") + ("u" + std::to_string(i)) + " = {" + param + "}";
      lane.push_back(context.param("u" + std::to_string(i) + ".lanes[i]", type.scalar()));
    }
    const std::string call = function == "pow" ? realFunction("pow", lane, type.scalar()).text
                                               : functionCall(function, lane, type.scalar()).text;
    if (function == "pow")
      headers_.insert("math.h");
    const std::string body = "  union {\n    " + vector + " vector;\n    " + scalar + " lanes[" + lanes + "];\n  } " +
                             unions + ";\n  for (int i = 0; i < " + lanes + "; ++i)\n    u0.lanes[i] = " + call +
                             ";\n  return u0.vector;\n";
    vectorFunctions_[name] = vectorFunctionHead + vector + " " + name + "(" + params + ") {\n" +
                             (function == "rsqrt" ? withReciprocalRoot(type, body) : body) + "}\n";
    return {callText(name, args)};
  }

  // x86 has an approximation of 1/sqrt(x), which a step of Newton's iteration makes exact to a rounding or so; it is
  // used where the compiler may approximate (-freciprocal-math).
  std::string withReciprocalRoot(Type type, const std::string &otherwise) {
    const bool isAvx512 = type.lanes == 16;
    if (type.kind != ScalarKind::Float32 || (!isAvx512 && type.lanes != 8))
      return otherwise;
    const std::string vector = typeName(type);
    return std::string("#if defined(__RECIPROCAL_MATH__) && defined(") + (isAvx512 ? "__AVX512F__" : "__AVX__") +
           ")\n  const " + vector + " y = (" + vector + ")" +
           (isAvx512 ? "__builtin_ia32_rsqrt14ps512_mask(x0, x0, (unsigned short)-1)"
                     : "__builtin_ia32_rsqrtps256(x0)") +
           ";\n  return y + 0.5f*y*(1.0f - x0*y*y);\n#else\n" + otherwise + "#endif\n";
  }

  Text hardwareIndex(const std::string &) override { throw InternalError("C has no work-items"); }

  Text boundsCheck(const CallExpr &call) override { return {callText("loopy_check", call.args)}; }

  // What the user's code defines, or a header that it includes declares, needs no prototype.
  Text externalCall(const CallExpr &call) override {
    for (const FunctionDecl &declared : program_.externals)
      if (declared.name == call.function && !isInPreamble(program_, call.function)) {
        std::vector<std::string> params;
        for (Expr arg : call.args)
          params.push_back(typeName(arg.type()));
        prototypes_[call.function] =
            signature(typeName(declared.result.value_or(float64Type)) + " " + call.function, params);
      }
    return {callText(call.function, call.args)};
  }

  void declareCallee(const CallStmt &call) override {
    for (const FunctionDecl &declared : program_.externals)
      if (declared.name == call.callee && !isInPreamble(program_, call.callee)) {
        std::vector<std::string> params;
        for (size_t i = 0; i < call.args.size(); ++i) {
          const bool isRead = i < declared.roles.size() && declared.roles[i] == Role::In;
          const std::string type = typeName(call.args[i].type());
          params.push_back(call.byAddress[i] ? (isRead ? "const " : "") + type + " *" : type);
        }
        prototypes_[call.callee] = signature("void " + call.callee, params);
      }
  }

  std::set<std::string> headers_;
  std::map<std::string, Type> vectorTypes_;
  std::map<std::string, std::pair<Type, int64_t>> wideTypes_; // of vectors in memory, with their alignment
  std::map<std::string, std::string> vectorFunctions_;
  std::map<std::string, std::string> prototypes_;
};

} // namespace

EmittedCode emitC(const Program &program) { return CPrinter(program).emit(); }

} // namespace loopy::codegen
