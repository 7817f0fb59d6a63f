// Integer params: expressions over them evaluated, and their values found from the shapes of the arguments.
#include "arguments.h"

#include "loopy/ir/constants.h"

#include <algorithm>
#include <cstring>

namespace loopy {

namespace {

using Values = std::map<std::string, int64_t>;

[[noreturn]] void overflow(Expr e) {
  throw UserError(e.range(), "The value of `" + toString(e) + "` does not fit into 64 bits.");
}

// The result of a computation that says whether it overflowed. By reference: it is computed with the first argument.
int64_t checked(bool overflowed, const int64_t &result, Expr e) {
  if (overflowed)
    overflow(e);
  return result;
}

int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

int64_t power(int64_t base, int64_t exponent, Expr e) {
  int64_t result = 1;
  for (int64_t i = 0; i < exponent; ++i)
    if (__builtin_mul_overflow(result, base, &result))
      overflow(e);
  return result;
}

int64_t evaluateBinary(const Binary &binary, Expr e, const Values &values) {
  const int64_t a = evaluate(binary.lhs, values), b = evaluate(binary.rhs, values);
  int64_t result = 0;
  switch (binary.op) {
  case BinaryOp::Add:
    return checked(__builtin_add_overflow(a, b, &result), result, e);
  case BinaryOp::Sub:
    return checked(__builtin_sub_overflow(a, b, &result), result, e);
  case BinaryOp::Mul:
    return checked(__builtin_mul_overflow(a, b, &result), result, e);
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    if (b == 0)
      throw UserError(e.range(), "`" + toString(e) + "` divides by zero.");
    if (b == -1) // the quotient of the smallest integer does not fit
      return binary.op == BinaryOp::Mod ? 0 : checked(__builtin_sub_overflow(0, a, &result), result, e);
    return binary.op == BinaryOp::FloorDiv ? floorDiv(a, b) : a - b * floorDiv(a, b);
  case BinaryOp::Pow:
    return power(a, b, e);
  case BinaryOp::Min:
    return std::min(a, b);
  case BinaryOp::Max:
    return std::max(a, b);
  case BinaryOp::BitAnd:
    return a & b;
  case BinaryOp::BitOr:
    return a | b;
  case BinaryOp::BitXor:
    return a ^ b;
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    if (b < 0 || b > 62)
      throw UserError(e.range(), "`" + toString(e) + "` shifts by " + std::to_string(b) + ".");
    if (binary.op == BinaryOp::Shr)
      return a >> b;
    return checked(__builtin_mul_overflow(a, int64_t(1) << b, &result), result, e);
  case BinaryOp::Div:
    break;
  }
  throw InternalError("an extent has an operation that is not of integers");
}

int64_t lookUp(const Values &values, const std::string &name) {
  auto found = values.find(name);
  if (found == values.end())
    throw InternalError("evaluate does not know the value of " + name);
  return found->second;
}

// constant + sum of factor*name
struct Linear {
  int64_t constant = 0;
  std::map<std::string, int64_t> factors;
};

Linear combine(const Linear &a, const Linear &b, int64_t factor) {
  Linear result = a;
  result.constant += factor * b.constant;
  for (const auto &[name, value] : b.factors)
    if ((result.factors[name] += factor * value) == 0)
      result.factors.erase(name);
  return result;
}

// The extent as a linear function of what is not known yet, or nothing.
std::optional<Linear> asLinear(Expr e, const Values &known) {
  if (const auto *constant = e.as<Constant>())
    if (const auto *value = std::get_if<int64_t>(&constant->value))
      return Linear{*value, {}};
  if (const auto *param = e.as<ParamRef>()) {
    auto found = known.find(param->name);
    return found == known.end() ? Linear{0, {{param->name, 1}}} : Linear{found->second, {}};
  }
  if (const auto *cast = e.as<Cast>())
    return asLinear(cast->operand, known);
  const auto *binary = e.as<Binary>();
  if (!binary)
    return std::nullopt;
  const std::optional<Linear> a = asLinear(binary->lhs, known), b = asLinear(binary->rhs, known);
  if (!a || !b)
    return std::nullopt;
  if (binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub)
    return combine(*a, *b, binary->op == BinaryOp::Add ? 1 : -1);
  if (binary->op == BinaryOp::Mul && a->factors.empty())
    return combine({}, *b, a->constant);
  if (binary->op == BinaryOp::Mul && b->factors.empty())
    return combine({}, *a, b->constant);
  return std::nullopt;
}

// Solves extent(e) = actual for its only unknown, if it has exactly one and an integer solution.
bool solve(Expr e, int64_t actual, Values &known) {
  const std::optional<Linear> linear = asLinear(e, known);
  if (!linear || linear->factors.size() != 1)
    return false;
  const auto &[name, factor] = *linear->factors.begin();
  const int64_t rest = actual - linear->constant;
  if (rest % factor != 0)
    return false;
  known[name] = rest / factor;
  return true;
}

void solveShapes(const Program &program, const Arguments &arguments, Values &known) {
  for (bool grows = true; grows;) {
    grows = false;
    for (const ProgramArg &arg : program.args) {
      auto given = arguments.find(arg.name);
      if (!arg.isArray || given == arguments.end() || given->second.shape.size() != arg.shape.size())
        continue;
      for (size_t d = 0; d < arg.shape.size(); ++d)
        grows |= solve(arg.shape[d], given->second.shape[d], known);
    }
  }
}

} // namespace

int64_t evaluate(Expr e, const std::map<std::string, int64_t> &values) {
  auto fail = [&]() -> int64_t { throw InternalError("`" + toString(e) + "` is no integer expression over params"); };
  return visit(e, Overloaded{
                      [&](const Constant &constant) -> int64_t {
                        if (const bool *truth = std::get_if<bool>(&constant.value))
                          return *truth;
                        const int64_t *value = std::get_if<int64_t>(&constant.value);
                        return value ? *value : fail();
                      },
                      [&](const ParamRef &param) { return lookUp(values, param.name); },
                      [&](const InameRef &iname) { return lookUp(values, iname.name); },
                      [&](const Load &) { return fail(); },
                      [&](const Unary &unary) -> int64_t {
                        const int64_t value = evaluate(unary.operand, values);
                        int64_t result = 0;
                        if (unary.op == UnaryOp::Neg)
                          return checked(__builtin_sub_overflow(0, value, &result), result, e);
                        return unary.op == UnaryOp::Not ? !value : ~value;
                      },
                      [&](const Binary &binary) { return evaluateBinary(binary, e, values); },
                      [&](const Compare &compare) -> int64_t {
                        return holds(compare.op, evaluate(compare.lhs, values), evaluate(compare.rhs, values));
                      },
                      [&](const Logical &logical) -> int64_t {
                        const bool first = evaluate(logical.lhs, values) != 0;
                        return logical.op == LogicalOp::And ? first && evaluate(logical.rhs, values)
                                                            : first || evaluate(logical.rhs, values);
                      },
                      [&](const Select &select) {
                        return evaluate(evaluate(select.condition, values) ? select.ifTrue : select.ifFalse, values);
                      },
                      [&](const Cast &cast) { return evaluate(cast.operand, values); },
                      [&](const CallExpr &call) -> int64_t {
                        if (isTruncatingDivision(call)) {
                          // The first operand is not negative, the second positive, so this is floor division too.
                          const int64_t a = evaluate(call.args[0], values), b = evaluate(call.args[1], values);
                          require(b > 0, "a division by a number that is not positive");
                          return call.function == "quot" ? a / b : a % b;
                        }
                        if (call.function != "abs" || call.args.size() != 1)
                          return fail();
                        return std::abs(evaluate(call.args.front(), values));
                      },
                      [&](const RuleUse &) { return fail(); },
                      [&](const Reduce &) { return fail(); },
                  });
}

std::vector<int64_t> shapeOf(const ProgramArg &arg, const std::map<std::string, int64_t> &params) {
  std::vector<int64_t> shape;
  for (size_t d = 0; d < arg.shape.size(); ++d) {
    shape.push_back(evaluate(arg.shape[d], params));
    if (shape.back() < 0)
      throw UserError(arg.shape[d].range(), "Axis " + std::to_string(d) + " of `" + arg.name + "` has the extent " +
                                                toString(arg.shape[d]) + " = " + std::to_string(shape.back()) + ".");
  }
  return shape;
}

Value scalarOf(Type type, int64_t value) {
  require(type.isInteger() && type.sizeInBytes() <= sizeof value, "a type that is no integer");
  Value result{type, {}, std::vector<std::byte>(type.sizeInBytes())};
  std::memcpy(result.bytes.data(), &value, result.bytes.size());
  return result;
}

int64_t integerOf(const Value &value) {
  require(value.type.isInteger() && value.bytes.size() == value.type.sizeInBytes(), "a value that is no integer");
  uint64_t bits = 0;
  std::memcpy(&bits, value.bytes.data(), value.bytes.size());
  if (!value.type.isSigned())
    return static_cast<int64_t>(bits);
  const unsigned unused = 64 - 8 * static_cast<unsigned>(value.bytes.size());
  return static_cast<int64_t>(bits << unused) >> unused;
}

std::map<std::string, int64_t> resolveParams(const Program &program, const Arguments &arguments) {
  Values known = program.fixedParams;
  for (const ProgramArg &arg : program.args) {
    auto given = arguments.find(arg.name);
    if (arg.isArray || !arg.type.isInteger() || given == arguments.end())
      continue;
    if (!given->second.shape.empty() || !given->second.type.isInteger())
      throw UserError(SourceRange{}, "The argument `" + arg.name + "` must be an integer.");
    const int64_t value = integerOf(given->second);
    auto [fixed, isNew] = known.emplace(arg.name, value);
    if (!isNew && fixed->second != value)
      throw UserError(SourceRange{}, "The kernel was made for " + arg.name + " = " + std::to_string(fixed->second) +
                                         " by fix_parameters, but " + arg.name + " = " + std::to_string(value) +
                                         " was given.");
  }
  solveShapes(program, arguments, known);
  for (const ProgramArg &arg : program.args)
    if (!arg.isArray && arg.type.isInteger() && !known.contains(arg.name))
      throw UserError(SourceRange{}, "The value of `" + arg.name +
                                         "` is not known: no argument's shape determines it. Give it as a scalar.");
  return known;
}

} // namespace loopy
