#include "expressions.h"

#include <cmath>

namespace loopy::codegen {

namespace {

bool isWideInteger(Type type) { return type.isInteger() && type.sizeInBytes() / type.lanes == 8; }

bool isHardwareIndex(const std::string &function) {
  return function.starts_with("get_group_id") || function.starts_with("get_local_id");
}

Level levelOf(CompareOp op) { return op == CompareOp::Eq || op == CompareOp::Ne ? Level::Equality : Level::Relational; }

struct OperatorText {
  const char *text;
  Level level, lhs, rhs; // its own level, and the least that its operands may have without parentheses
};
// Operands of shifts and bit operators are parenthesised for the reader even where C would not need it.
OperatorText operatorText(BinaryOp op) {
  switch (op) {
  case BinaryOp::Add:
    return {" + ", Level::Additive, Level::Additive, Level::Multiplicative};
  case BinaryOp::Sub:
    return {" - ", Level::Additive, Level::Additive, Level::Multiplicative};
  case BinaryOp::Mul:
    return {"*", Level::Multiplicative, Level::Multiplicative, Level::Unary};
  case BinaryOp::Div:
    return {"/", Level::Multiplicative, Level::Multiplicative, Level::Unary};
  case BinaryOp::BitAnd:
    return {" & ", Level::BitAnd, Level::Unary, Level::Unary};
  case BinaryOp::BitOr:
    return {" | ", Level::BitOr, Level::Unary, Level::Unary};
  case BinaryOp::BitXor:
    return {" ^ ", Level::BitXor, Level::Unary, Level::Unary};
  case BinaryOp::Shl:
    return {" << ", Level::Shift, Level::Unary, Level::Unary};
  case BinaryOp::Shr:
    return {" >> ", Level::Shift, Level::Unary, Level::Unary};
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
  case BinaryOp::Pow:
  case BinaryOp::Min:
  case BinaryOp::Max:
    break;
  }
  throw InternalError("this operation has no operator in C");
}

} // namespace

ExpressionPrinter::ExpressionPrinter(const Program &program) : program_(program), ranges_(program) {}

std::string ExpressionPrinter::at(Level level, const Text &text) {
  return text.level < level ? "(" + text.text + ")" : text.text;
}

std::string ExpressionPrinter::at(Level level, Expr e) { return at(level, print(e)); }

std::string ExpressionPrinter::commaList(const std::vector<Expr> &args) {
  std::string text;
  for (Expr arg : args)
    text += (text.empty() ? "" : ", ") + whole(arg);
  return text;
}

std::string ExpressionPrinter::callText(const std::string &function, const std::vector<Expr> &args) {
  return function + "(" + commaList(args) + ")";
}

Text ExpressionPrinter::cast(const std::string &type, Expr operand) {
  return {"(" + type + ")" + at(Level::Unary, operand), Level::Unary};
}

std::string ExpressionPrinter::argumentOf(Type type, Expr e) {
  return evaluationType(e) == type ? whole(e) : cast(typeName(type), e).text;
}

Type ExpressionPrinter::evaluationType(Expr e) const {
  const Type type = e.type();
  if (type.isVector() || type.isFloat() || type.isComplex())
    return type;
  if (e.is<Compare>() || e.is<Logical>())
    return indexType;
  if (const auto *variable = e.as<InameRef>())
    return wideVariables_.contains(variable->name) ? int64Type : type;
  if (const auto *call = e.as<CallExpr>(); call && !isTruncatingDivision(*call))
    return isHardwareIndex(call->function) ? indexVariableType() : type;
  if (const auto *load = e.as<Load>())
    return load->index.empty() && wideVariables_.contains(load->array) ? int64Type : type;
  if (e.is<ParamRef>() || e.is<Cast>())
    return type;
  if (e.is<Constant>()) // a literal of a small type is an int
    return type.sizeInBytes() < 4 ? indexType : type;
  if (type == indexType)
    for (Expr child : children(e))
      if (isWideInteger(evaluationType(child)))
        return int64Type;
  return type.sizeInBytes() < 4 ? indexType : type;
}

int64_t ExpressionPrinter::secondSubscript(const Load &load) {
  return std::get<int64_t>(load.index.at(1).as<Constant>()->value);
}

std::string ExpressionPrinter::elementText(Expr e) {
  const Load &load = *e.as<Load>();
  const std::string name = emittedName(load.array);
  auto found = variables_.find(load.array);
  const bool isArray = found != variables_.end() && found->second.isArray;
  if (load.index.empty())
    return isArray ? name + "[0]" : name;
  require(load.index.size() == 1 || isLane(e), "a load of a program has more than one subscript");
  const std::string element = isLane(e) && !isArray ? name : name + "[" + whole(load.index.front()) + "]";
  return isLane(e) ? laneText(element, secondSubscript(load)) : element;
}

Type ExpressionPrinter::maskType(Type of) {
  const unsigned bytes = of.scalar().sizeInBytes();
  const ScalarKind kind = bytes == 1   ? ScalarKind::Int8
                          : bytes == 2 ? ScalarKind::Int16
                          : bytes == 4 ? ScalarKind::Int32
                                       : ScalarKind::Int64;
  return {kind, of.lanes};
}

// The condition as integers of `type`. A comparison gives integers as wide as what it compares.
Text ExpressionPrinter::mask(Expr condition, Type type) {
  if (!condition.type().isVector())
    return maskOfBool(condition, type);
  auto converted = [&](const Text &text, Type natural) {
    return natural == type ? text : convertedMask(text, natural, type);
  };
  if (const auto *compare = condition.as<Compare>()) {
    const Type natural = maskType(compare->lhs.type().scalar().vector(type.lanes));
    return converted(maskOfCompare(*compare, natural), natural);
  }
  if (const auto *logical = condition.as<Logical>()) {
    const bool isAnd = logical->op == LogicalOp::And;
    return {at(Level::Unary, mask(logical->lhs, type)) + (isAnd ? " & " : " | ") +
                at(Level::Unary, mask(logical->rhs, type)),
            isAnd ? Level::BitAnd : Level::BitOr};
  }
  if (const auto *unary = condition.as<Unary>())
    return {"~" + at(Level::Unary, mask(unary->operand, type)), Level::Unary};
  const auto *call = condition.as<CallExpr>();
  require(call, "a vector of bools that is no condition");
  if (!isLanes(condition)) {
    const Type natural = maskType(call->args.front().type());
    return converted(functionCall(call->function, call->args, condition.type()), natural);
  }
  std::vector<Expr> bits;
  Context &context = *program_.context;
  for (Expr lane : call->args)
    bits.push_back(context.select(lane, context.constant(int64_t{-1}, type.scalar()),
                                  context.constant(int64_t{0}, type.scalar())));
  return lanesText(bits, type);
}

Text ExpressionPrinter::print(Expr e) {
  if (replaced_ && equal(e, replaced_))
    return {replacement_};
  const Type type = e.type();
  return visit(
      e, Overloaded{
             [&](const Constant &constant) -> Text {
               const std::string text = literal(constant, type);
               return {text, text.starts_with("-") || text.starts_with("(double)") ? Level::Unary : Level::Primary};
             },
             [&](const ParamRef &param) -> Text { return {emittedName(param.name)}; },
             [&](const InameRef &variable) -> Text { return {emittedName(variable.name)}; },
             [&](const Load &load) -> Text {
               if (!isWide(e))
                 return {elementText(e)};
               return wideText(e, emittedName(load.array) + "[" + whole(load.index.front()) + "]");
             },
             [&](const Unary &unary) -> Text { return printUnary(unary); },
             [&](const Binary &binary) -> Text { return printBinary(binary, e); },
             [&](const Compare &compare) -> Text {
               const bool isComplex = compare.lhs.type().isComplex() || compare.rhs.type().isComplex();
               return isComplex ? complexCompare(compare) : realCompare(compare);
             },
             [&](const Logical &logical) -> Text { return printLogical(logical); },
             [&](const Select &select) -> Text {
               if (type.isVector())
                 return vectorSelect(select, type);
               return {at(Level::LogicalOr, select.condition) + " ? " + at(Level::LogicalOr, select.ifTrue) + " : " +
                           at(Level::Conditional, select.ifFalse),
                       Level::Conditional};
             },
             [&](const Cast &operand) -> Text { return printCast(operand, type); },
             [&](const CallExpr &call) -> Text { return printCall(call, type); },
             [&](const RuleUse &) -> Text { throw InternalError("a use of a rule was not expanded before codegen"); },
             [&](const Reduce &) -> Text { throw InternalError("a reduction was not realised before codegen"); },
         });
}

std::optional<int64_t> ExpressionPrinter::smallPower(Expr exponent) {
  if (const auto *cast = exponent.as<Cast>())
    return smallPower(cast->operand);
  const auto *constant = exponent.as<Constant>();
  if (!constant)
    return std::nullopt;
  const double value =
      std::visit(Overloaded{
                     [](bool) { return 0.0; },
                     [](int64_t number) { return static_cast<double>(number); },
                     [](double number) { return number; },
                     [](const std::complex<double> &number) { return number.imag() == 0 ? number.real() : 0.0; },
                 },
                 constant->value);
  const bool isSmall = value >= 1 && value <= 16 && value == std::floor(value);
  return isSmall ? std::optional(static_cast<int64_t>(value)) : std::nullopt;
}

Text ExpressionPrinter::printUnary(const Unary &unary) {
  const char *sign = unary.op == UnaryOp::Neg ? "-" : unary.op == UnaryOp::Not ? "!" : "~";
  std::string operand = at(Level::Unary, unary.operand);
  if (operand.starts_with(sign) && unary.op == UnaryOp::Neg)
    operand = "(" + operand + ")"; // `--x` would be a decrement
  return {sign + operand, Level::Unary};
}

Text ExpressionPrinter::printBinary(const Binary &binary, Expr e) {
  const Type type = e.type();
  switch (binary.op) {
  case BinaryOp::Min:
  case BinaryOp::Max:
    return minOrMax(binary.op, binary.lhs, binary.rhs, type == indexType ? evaluationType(e) : type);
  case BinaryOp::Pow:
    return power(binary.lhs, binary.rhs, type);
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    return division(binary, e);
  case BinaryOp::Add:
  case BinaryOp::Sub:
  case BinaryOp::Mul:
  case BinaryOp::Div:
  case BinaryOp::BitAnd:
  case BinaryOp::BitOr:
  case BinaryOp::BitXor:
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    return type.isComplex() ? complexBinary(binary, e) : arithmetic(binary, e);
  }
  throw InternalError("a binary operation that codegen does not know");
}

Text ExpressionPrinter::arithmetic(const Binary &binary, Expr e) {
  OperatorText op = operatorText(binary.op);
  const Binary *right = binary.rhs.as<Binary>();
  // Sums of integers are associative; those of floats are not.
  if (binary.op == BinaryOp::Add && e.type().isInteger() && right &&
      (right->op == BinaryOp::Add || right->op == BinaryOp::Sub))
    op.rhs = Level::Additive;
  const Binary *left = binary.lhs.as<Binary>();
  if (left && left->op == binary.op &&
      (binary.op == BinaryOp::BitAnd || binary.op == BinaryOp::BitOr || binary.op == BinaryOp::BitXor))
    op.lhs = op.level;
  std::string lhs = at(op.lhs, binary.lhs);
  // With 64-bit indices a product of two 32-bit params would overflow before it is added to a 64-bit index.
  if (hasWideIndices() && binary.op == BinaryOp::Mul && e.type() == indexType && evaluationType(e) == indexType &&
      !binary.lhs.is<Constant>() && !binary.rhs.is<Constant>())
    lhs = cast(typeName(int64Type), binary.lhs).text;
  return {lhs + op.text + at(op.rhs, binary.rhs), op.level};
}

Text ExpressionPrinter::division(const Binary &binary, Expr e) {
  const bool isQuotient = binary.op == BinaryOp::FloorDiv;
  const Type type = e.type() == indexType ? evaluationType(e) : e.type();
  if (type.isUnsigned() || (type.isInteger() && ranges_.isNonNegative(binary.lhs) && ranges_.isPositive(binary.rhs)))
    return {at(Level::Multiplicative, binary.lhs) + (isQuotient ? "/" : "%") + at(Level::Unary, binary.rhs),
            Level::Multiplicative};
  require(!type.isComplex() && !type.isVector(), "`//` and `%` are of real scalars");
  std::string function = isQuotient ? "loopy_floordiv_" : "loopy_mod_";
  if (type.isInteger() && ranges_.isPositive(binary.rhs))
    function += "pos_";
  return {callText(function + type.name(), {binary.lhs, binary.rhs})};
}

Text ExpressionPrinter::realCompare(const Compare &compare) {
  const Level level = levelOf(compare.op);
  return {at(Level::Shift, compare.lhs) + " " + spelling(compare.op) + " " + at(Level::Shift, compare.rhs), level};
}

Text ExpressionPrinter::printLogical(const Logical &logical) {
  if (logical.op == LogicalOp::And)
    return {at(Level::LogicalAnd, logical.lhs) + " && " + at(Level::LogicalAnd, logical.rhs), Level::LogicalAnd};
  // `a && b || c` is legal but compilers warn about it, so a conjunction gets its parentheses.
  auto operand = [&](Expr e) {
    const Text text = print(e);
    return text.level == Level::LogicalAnd ? "(" + text.text + ")" : at(Level::LogicalOr, text);
  };
  return {operand(logical.lhs) + " || " + operand(logical.rhs), Level::LogicalOr};
}

Text ExpressionPrinter::printCast(const Cast &operand, Type type) {
  const Type from = operand.operand.type();
  if (from == type && (type.isBool() || evaluationType(operand.operand) == type))
    return print(operand.operand);
  if (type.isVector())
    return vectorCast(operand.operand, type);
  if (type.isComplex())
    return complexCast(operand.operand, type);
  if (type.isBool())
    return {at(Level::Shift, operand.operand) + " != 0", Level::Equality};
  return cast(typeName(type), operand.operand);
}

Text ExpressionPrinter::printCall(const CallExpr &call, Type type) {
  if (isHardwareIndex(call.function)) {
    const bool hasAxis = call.function.ends_with(")");
    return hardwareIndex(hasAxis ? call.function : callText(call.function, call.args));
  }
  if (call.function == "loopy_check")
    return boundsCheck(call);
  if (call.function == "lanes")
    return lanesText(call.args, type);
  if (call.function == "read_image")
    return imageRead(call, type);
  if (isTruncatingDivision(call))
    return {at(Level::Multiplicative, call.args[0]) + (call.function == "quot" ? "/" : "%") +
                at(Level::Unary, call.args[1]),
            Level::Multiplicative};
  if (findFunction(call.function))
    return functionCall(call.function, call.args, type);
  return externalCall(call);
}

} // namespace loopy::codegen
