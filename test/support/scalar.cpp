#include "support/scalar.h"

#include "loopy/ir/chunk_place.h"
#include "loopy/ir/functions.h"
#include "loopy/runtime/half.h"

#include <cmath>
#include <cstring>
#include <map>

namespace loopy::testing {

Scalar Scalar::ofInteger(int64_t value, Type type) { return {type, value, {}, false}; }
Scalar Scalar::ofNumber(std::complex<double> value, Type type) { return convert({float64Type, 0, value, false}, type); }
Scalar Scalar::unset(Type type) { return {type, 0, {}, true}; }

static bool isNonZero(const Scalar &value) {
  return value.type.isFloat() || value.type.isComplex() ? value.number != 0.0 : value.integer != 0;
}

bool Scalar::truth() const {
  if (isUnset)
    throw Misbehaviour("a condition depends on a value that was never set");
  return isNonZero(*this);
}

static double roundedTo(ScalarKind kind, double value) {
  switch (kind) {
  case ScalarKind::Float16: return floatFromHalf(halfFromFloat(static_cast<float>(value)));
  case ScalarKind::Float32:
  case ScalarKind::Complex64: return static_cast<float>(value);
  default: return value;
  }
}

static int64_t wrapped(ScalarKind kind, int64_t value) {
  switch (kind) {
  case ScalarKind::Bool: return value != 0;
  case ScalarKind::Int8: return static_cast<int8_t>(value);
  case ScalarKind::Int16: return static_cast<int16_t>(value);
  case ScalarKind::Int32: return static_cast<int32_t>(value);
  case ScalarKind::UInt8: return static_cast<uint8_t>(value);
  case ScalarKind::UInt16: return static_cast<uint16_t>(value);
  case ScalarKind::UInt32: return static_cast<uint32_t>(value);
  default: return value;
  }
}

Scalar convert(const Scalar &value, Type type) {
  const bool fromNumber = value.type.isFloat() || value.type.isComplex();
  Scalar result{type, 0, {}, value.isUnset};
  if (type.isFloat() || type.isComplex()) {
    const double asDouble = value.type.kind == ScalarKind::UInt64 ? static_cast<double>(static_cast<uint64_t>(value.integer))
                                                                  : static_cast<double>(value.integer);
    std::complex<double> number = fromNumber ? value.number : std::complex<double>(asDouble);
    if (type.isFloat())
      number.imag(0);
    result.number = {roundedTo(type.kind, number.real()), roundedTo(type.kind, number.imag())};
  } else if (type.isBool()) {
    result.integer = isNonZero(value);
  } else {
    result.integer = wrapped(type.kind, fromNumber ? static_cast<int64_t>(value.number.real()) : value.integer);
  }
  return result;
}

Scalar Environment::callValue(const CallExpr &call, Type) {
  throw InternalError("the test's interpreter does not know function " + call.function);
}

namespace {

int64_t floorDiv(int64_t a, int64_t b) {
  if (b == 0)
    throw Misbehaviour("a division by zero");
  int64_t quotient = a / b;
  return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t addWrapping(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }
int64_t mulWrapping(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b)); }

int64_t power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  for (int64_t i = 0; i < exponent; ++i)
    result = mulWrapping(result, base);
  return result;
}

int64_t integerBinary(BinaryOp op, int64_t a, int64_t b, Type type) {
  const bool isUnsigned = type.kind == ScalarKind::UInt64;
  auto less = [&](int64_t x, int64_t y) { return isUnsigned ? static_cast<uint64_t>(x) < static_cast<uint64_t>(y) : x < y; };
  switch (op) {
  case BinaryOp::Add: return addWrapping(a, b);
  case BinaryOp::Sub: return addWrapping(a, mulWrapping(b, -1));
  case BinaryOp::Mul: return mulWrapping(a, b);
  case BinaryOp::FloorDiv: return floorDiv(a, b);
  case BinaryOp::Mod: return a - floorDiv(a, b) * b;
  case BinaryOp::Pow: return power(a, b);
  case BinaryOp::BitAnd: return a & b;
  case BinaryOp::BitOr: return a | b;
  case BinaryOp::BitXor: return a ^ b;
  case BinaryOp::Shl: return static_cast<int64_t>(static_cast<uint64_t>(a) << (b & 63));
  case BinaryOp::Shr: return isUnsigned ? static_cast<int64_t>(static_cast<uint64_t>(a) >> (b & 63)) : a >> (b & 63);
  case BinaryOp::Min: return less(b, a) ? b : a;
  case BinaryOp::Max: return less(a, b) ? b : a;
  case BinaryOp::Div: break;
  }
  throw InternalError("an integer operation that the test's interpreter does not know");
}

double floatBinary(BinaryOp op, double a, double b) {
  switch (op) {
  case BinaryOp::Add: return a + b;
  case BinaryOp::Sub: return a - b;
  case BinaryOp::Mul: return a * b;
  case BinaryOp::Div: return a / b;
  case BinaryOp::FloorDiv: return std::floor(a / b);
  case BinaryOp::Mod: return a - std::floor(a / b) * b;
  case BinaryOp::Pow: return std::pow(a, b);
  case BinaryOp::Min: return std::fmin(a, b);
  case BinaryOp::Max: return std::fmax(a, b);
  default: throw InternalError("a float operation that the test's interpreter does not know");
  }
}

std::complex<double> complexBinary(BinaryOp op, std::complex<double> a, std::complex<double> b) {
  switch (op) {
  case BinaryOp::Add: return a + b;
  case BinaryOp::Sub: return a - b;
  case BinaryOp::Mul: return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  case BinaryOp::Div: return a / b;
  case BinaryOp::Pow: return std::pow(a, b);
  default: throw InternalError("a complex operation that the test's interpreter does not know");
  }
}

Scalar binaryValue(BinaryOp op, const Scalar &lhs, const Scalar &rhs, Type type) {
  if (lhs.isUnset || rhs.isUnset)
    return Scalar::unset(type);
  if (type.isComplex())
    return Scalar::ofNumber(complexBinary(op, convert(lhs, type).number, convert(rhs, type).number), type);
  if (type.isFloat())
    return Scalar::ofNumber(floatBinary(op, convert(lhs, type).number.real(), convert(rhs, type).number.real()), type);
  return Scalar::ofInteger(wrapped(type.kind, integerBinary(op, lhs.integer, rhs.integer, type)), type);
}

Scalar compareValue(CompareOp op, const Scalar &a, const Scalar &b) {
  if (a.isUnset || b.isUnset)
    return Scalar::unset(boolType);
  auto decide = [op](auto x, auto y) {
    switch (op) {
    case CompareOp::Lt: return x < y;
    case CompareOp::Le: return x <= y;
    case CompareOp::Gt: return x > y;
    case CompareOp::Ge: return x >= y;
    case CompareOp::Eq: return x == y;
    case CompareOp::Ne: return x != y;
    }
    throw InternalError("unknown comparison");
  };
  if (a.type.isComplex() || b.type.isComplex())
    return Scalar::ofInteger((convert(a, {ScalarKind::Complex128}).number == convert(b, {ScalarKind::Complex128}).number) ==
                                 (op == CompareOp::Eq),
                             boolType);
  if (a.type.isFloat() || b.type.isFloat())
    return Scalar::ofInteger(decide(convert(a, float64Type).number.real(), convert(b, float64Type).number.real()), boolType);
  return Scalar::ofInteger(decide(a.integer, b.integer), boolType);
}

using RealFunction = double (*)(double);
const std::map<std::string, RealFunction, std::less<>> &realFunctions() {
  static const std::map<std::string, RealFunction, std::less<>> table = {
      {"acos", std::acos},   {"acosh", std::acosh}, {"asin", std::asin},     {"asinh", std::asinh},
      {"atan", std::atan},   {"atanh", std::atanh}, {"cbrt", std::cbrt},     {"ceil", std::ceil},
      {"cos", std::cos},     {"cosh", std::cosh},   {"erf", std::erf},       {"erfc", std::erfc},
      {"exp", std::exp},     {"exp2", std::exp2},   {"expm1", std::expm1},   {"fabs", std::fabs},
      {"floor", std::floor}, {"lgamma", std::lgamma}, {"log", std::log},     {"log10", std::log10},
      {"log1p", std::log1p}, {"log2", std::log2},   {"rint", std::rint},     {"round", std::round},
      {"sin", std::sin},     {"sinh", std::sinh},   {"sqrt", std::sqrt},     {"tan", std::tan},
      {"tanh", std::tanh},   {"tgamma", std::tgamma}, {"trunc", std::trunc}};
  return table;
}

// By dealing out: those that come to earlier chunks, and earlier ones of the same chunk, stand before it. What is none
// of them stays outside: data are read with subscripts of iterations that turn out not to be there.
int64_t chunkPlace(int64_t number, int64_t chunks, int64_t total) {
  if (number < 0 || number >= total)
    return number;
  int64_t before = 0;
  for (int64_t other = 0; other < total; ++other)
    before += other % chunks < number % chunks || (other % chunks == number % chunks && other < number);
  return before;
}

Scalar callOf(const CallExpr &call, Type type, Environment &environment) {
  std::vector<Scalar> args;
  for (Expr argument : call.args) {
    args.push_back(evaluateScalar(argument, environment));
    if (args.back().isUnset)
      return Scalar::unset(type);
  }
  const std::string &name = call.function;
  if (name == "quot" || name == "rem") {
    if (args[0].integer < 0 || args[1].integer <= 0)
      throw Misbehaviour("a truncating division, " + name + ", of " + std::to_string(args[0].integer) + " by " +
                         std::to_string(args[1].integer));
    const int64_t quotient = args[0].integer / args[1].integer;
    return convert(Scalar::ofInteger(name == "quot" ? quotient : args[0].integer - quotient * args[1].integer), type);
  }
  if (name == chunkPlaceFunction)
    return convert(Scalar::ofInteger(chunkPlace(args[0].integer, args[1].integer, args[2].integer)), type);
  if (args.empty() || !findFunction(name))
    return environment.callValue(call, type);
  const bool isComplex = args[0].type.isComplex();
  const std::complex<double> z = convert(args[0], isComplex ? Type{ScalarKind::Complex128} : float64Type).number;
  auto real = [&](size_t i) { return convert(args[i], float64Type).number.real(); };
  if (name == "real") return Scalar::ofNumber(z.real(), type);
  if (name == "imag") return Scalar::ofNumber(z.imag(), type);
  if (name == "conj") return Scalar::ofNumber(std::conj(z), type);
  if (name == "abs" && type.isInteger()) return convert(Scalar::ofInteger(std::abs(args[0].integer), int64Type), type);
  if (name == "abs") return Scalar::ofNumber(std::abs(z), type);
  if (isComplex) {
    if (name == "sqrt") return Scalar::ofNumber(std::sqrt(z), type);
    if (name == "exp") return Scalar::ofNumber(std::exp(z), type);
    if (name == "sin") return Scalar::ofNumber(std::sin(z), type);
    if (name == "cos") return Scalar::ofNumber(std::cos(z), type);
    if (name == "log") return Scalar::ofNumber(std::log(z), type);
    return environment.callValue(call, type);
  }
  if (name == "rsqrt") return Scalar::ofNumber(1 / std::sqrt(real(0)), type);
  if (name == "isnan") return Scalar::ofInteger(std::isnan(real(0)), boolType);
  if (name == "isinf") return Scalar::ofInteger(std::isinf(real(0)), boolType);
  if (name == "isfinite") return Scalar::ofInteger(std::isfinite(real(0)), boolType);
  if (name == "atan2") return Scalar::ofNumber(std::atan2(real(0), real(1)), type);
  if (name == "hypot") return Scalar::ofNumber(std::hypot(real(0), real(1)), type);
  if (name == "fmod") return Scalar::ofNumber(std::fmod(real(0), real(1)), type);
  if (name == "copysign") return Scalar::ofNumber(std::copysign(real(0), real(1)), type);
  if (name == "fma") return Scalar::ofNumber(std::fma(real(0), real(1), real(2)), type);
  if (auto it = realFunctions().find(name); it != realFunctions().end())
    return Scalar::ofNumber(it->second(real(0)), type);
  return environment.callValue(call, type);
}

Scalar constantValue(const Constant &constant, Type type) {
  return std::visit(Overloaded{[&](bool value) { return convert(Scalar::ofInteger(value, boolType), type); },
                               [&](int64_t value) { return convert(Scalar::ofInteger(value, int64Type), type); },
                               [&](double value) { return Scalar::ofNumber(value, type); },
                               [&](std::complex<double> value) { return Scalar::ofNumber(value, type); }},
                    constant.value);
}

Scalar unaryValue(const Unary &unary, Type type, Environment &environment) {
  const Scalar operand = evaluateScalar(unary.operand, environment);
  if (operand.isUnset)
    return Scalar::unset(type);
  switch (unary.op) {
  case UnaryOp::Not: return Scalar::ofInteger(!operand.truth(), boolType);
  case UnaryOp::BitNot: return Scalar::ofInteger(wrapped(type.kind, ~operand.integer), type);
  case UnaryOp::Neg:
    if (type.isFloat() || type.isComplex())
      return Scalar::ofNumber(-convert(operand, type).number, type);
    return Scalar::ofInteger(wrapped(type.kind, mulWrapping(operand.integer, -1)), type);
  }
  throw InternalError("unknown unary operation");
}

} // namespace

Scalar evaluateScalar(Expr e, Environment &environment) {
  const Type type = e.type();
  auto value = [&](Expr child) { return evaluateScalar(child, environment); };
  return visit(
      e, Overloaded{[&](const Constant &constant) { return constantValue(constant, type); },
                    [&](const ParamRef &param) { return environment.nameValue(param.name); },
                    [&](const InameRef &iname) { return environment.nameValue(iname.name); },
                    [&](const Load &) { return environment.loadValue(e); },
                    [&](const Unary &unary) { return unaryValue(unary, type, environment); },
                    [&](const Binary &binary) { return binaryValue(binary.op, value(binary.lhs), value(binary.rhs), type); },
                    [&](const Compare &compare) {
                      return compareValue(compare.op, value(compare.lhs), value(compare.rhs));
                    },
                    // What depends on a value that was never set is as little known; that nobody uses it shows later.
                    [&](const Logical &logical) {
                      const Scalar lhs = value(logical.lhs);
                      if (lhs.isUnset)
                        return Scalar::unset(boolType);
                      if (lhs.truth() == (logical.op == LogicalOp::Or))
                        return Scalar::ofInteger(lhs.truth(), boolType);
                      const Scalar rhs = value(logical.rhs);
                      return rhs.isUnset ? Scalar::unset(boolType) : Scalar::ofInteger(rhs.truth(), boolType);
                    },
                    [&](const Select &select) {
                      const Scalar condition = value(select.condition);
                      return condition.isUnset ? Scalar::unset(type)
                                               : convert(value(condition.truth() ? select.ifTrue : select.ifFalse), type);
                    },
                    [&](const Cast &cast) { return convert(value(cast.operand), type); },
                    [&](const CallExpr &call) { return callOf(call, type, environment); },
                    [](const RuleUse &) -> Scalar { throw InternalError("a use of a rule has no value of its own"); },
                    [](const Reduce &) -> Scalar { throw InternalError("a reduction has no value of its own"); }});
}

int64_t evaluateInteger(Expr e, Environment &environment) {
  const Scalar value = evaluateScalar(e, environment);
  if (value.isUnset)
    throw Misbehaviour("a subscript or a bound depends on a value that was never set: " + toString(e));
  return value.integer;
}

namespace {

template <class T> T bitsAt(const std::byte *place) {
  T result;
  std::memcpy(&result, place, sizeof result);
  return result;
}
template <class T> void putBits(std::byte *place, T bits) { std::memcpy(place, &bits, sizeof bits); }

int64_t integerAt(ScalarKind kind, const std::byte *place) {
  switch (kind) {
  case ScalarKind::Bool:
  case ScalarKind::UInt8: return bitsAt<uint8_t>(place);
  case ScalarKind::Int8: return bitsAt<int8_t>(place);
  case ScalarKind::Int16: return bitsAt<int16_t>(place);
  case ScalarKind::UInt16: return bitsAt<uint16_t>(place);
  case ScalarKind::Int32: return bitsAt<int32_t>(place);
  case ScalarKind::UInt32: return bitsAt<uint32_t>(place);
  default: return bitsAt<int64_t>(place);
  }
}

double floatAt(unsigned bytes, const std::byte *place) {
  return bytes == 2 ? floatFromHalf(bitsAt<uint16_t>(place)) : bytes == 4 ? bitsAt<float>(place) : bitsAt<double>(place);
}

void putFloat(unsigned bytes, std::byte *place, double value) {
  if (bytes == 2)
    putBits(place, halfFromFloat(static_cast<float>(value)));
  else if (bytes == 4)
    putBits(place, static_cast<float>(value));
  else
    putBits(place, value);
}

} // namespace

Scalar elementOf(const Value &value, int64_t index) {
  const unsigned size = value.type.sizeInBytes();
  const std::byte *place = value.bytes.data() + static_cast<size_t>(index) * size;
  if (value.type.isComplex())
    return {value.type, 0, {floatAt(size / 2, place), floatAt(size / 2, place + size / 2)}, false};
  if (value.type.isFloat())
    return {value.type, 0, floatAt(size, place), false};
  return Scalar::ofInteger(integerAt(value.type.kind, place), value.type);
}

void setElement(Value &value, int64_t index, const Scalar &element) {
  if (element.isUnset)
    throw Misbehaviour("an argument's element " + std::to_string(index) + " depends on a value that was never set");
  const unsigned size = value.type.sizeInBytes();
  std::byte *place = value.bytes.data() + static_cast<size_t>(index) * size;
  const Scalar stored = convert(element, value.type);
  if (value.type.isComplex()) {
    putFloat(size / 2, place, stored.number.real());
    putFloat(size / 2, place + size / 2, stored.number.imag());
  } else if (value.type.isFloat()) {
    putFloat(size, place, stored.number.real());
  } else {
    std::memcpy(place, &stored.integer, size);  // little endian, as everywhere here
  }
}

} // namespace loopy::testing
