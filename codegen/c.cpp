// C99 and up, for gcc and clang: the kernel as one function of plain loops.
#include "embedded/preludeC.h"
#include "literals.h"
#include "prelude.h"
#include "statements.h"
#include "targets.h"

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

class CPrinter final : public StatementPrinter {
public:
  using StatementPrinter::StatementPrinter;

  EmittedCode emit() {
    require(program_.functions.size() == 1, "a program for C has one function");
    const DeviceFunction &function = program_.functions.front();
    printFunction(function);
    printEntry(function);
    const std::string code = takeOutput();
    const PreludeSelection prelude = selectPrelude(embedded::preludeC, code, typeSpelling);
    headers_.insert(prelude.needs.begin(), prelude.needs.end());
    EmittedCode result;
    result.source = "// The kernel " + program_.name + ", made by loopyc.\n" + layoutComments(program_) + includes() +
                    vectorTypes() + prelude.text + prototypes() + code;
    result.extension = ".c";
    if (!program_.target.contraction)
      result.notes.push_back("Compile with -ffp-contract=off: gcc contracts a*b + c by default.");
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
    return text.empty() ? text : text + "\n";
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
    line(type + " " + name + "[" + std::to_string(elements) + "]" + (isLarge ? " __attribute__((aligned(64)));" : ";"));
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
    require(!type.isVector(), "functions of vectors have no form in C");
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
    return {callText((op == BinaryOp::Min ? "loopy_min_" : "loopy_max_") + type.name(), {lhs, rhs})};
  }

  Text power(Expr base, Expr exponent, Type type) override {
    if (type.isInteger())
      return {callText("loopy_ipow_" + type.name(), {base, exponent})};
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
    return {at(Level::Multiplicative, operand) + " - (" + typeName(type) + "){0}", Level::Additive};
  }

  Text hardwareIndex(const std::string &) override { throw InternalError("C has no work-items"); }

  Text boundsCheck(const CallExpr &call) override { return {callText("loopy_check", call.args)}; }

  Text externalCall(const CallExpr &call) override {
    for (const FunctionDecl &declared : program_.externals)
      if (declared.name == call.function) {
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
      if (declared.name == call.callee) {
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
  std::map<std::string, std::string> prototypes_;
};

} // namespace

EmittedCode emitC(const Program &program) { return CPrinter(program).emit(); }

} // namespace loopy::codegen
