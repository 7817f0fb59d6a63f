// Values of the kernel language and the evaluation of its expressions: what the interpreters of kernels and of programs
// share. Written for the tests alone, so that it shares no mistakes with the back ends.
#pragma once

#include "loopy/ir/expr.h"
#include "loopy/runtime/runtime.h"

#include <complex>
#include <functional>
#include <stdexcept>
#include <string>

namespace loopy::testing {

// A program did what it must not do: the message says what.
class Misbehaviour : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// It takes more steps than a test has.
class TooLong : public Misbehaviour {
public:
  using Misbehaviour::Misbehaviour;
};

// A value of a scalar type: integers and bools in `integer`, floats and complex numbers in `number`. One that was never
// set may be copied and computed with, but nothing may depend on it: no condition, subscript or argument.
struct Scalar {
  Type type;
  int64_t integer = 0;
  std::complex<double> number;
  bool isUnset = false;

  static Scalar ofInteger(int64_t value, Type type = indexType);
  static Scalar ofNumber(std::complex<double> value, Type type);
  static Scalar unset(Type type);
  bool truth() const; // Misbehaviour if it is unset
};

// The value as an element of `type`: integers wrap around, floats are rounded.
Scalar convert(const Scalar &value, Type type);

// What surrounds an expression: the values of its names and of what it loads.
class Environment {
public:
  virtual ~Environment() = default;
  virtual Scalar nameValue(const std::string &name) = 0;
  virtual Scalar loadValue(Expr load) = 0;
  // A call that is none of the kernel language's functions (hardware indices, external functions).
  virtual Scalar callValue(const CallExpr &call, Type type);
};

// Evaluates an expression; select, `and` and `or` evaluate only what they need. InternalError for what has no scalar
// value (vectors, uses of rules, reductions); Misbehaviour for a division by zero and for "quot" and "rem", which
// truncate, of negative numbers.
Scalar evaluateScalar(Expr e, Environment &environment);
int64_t evaluateInteger(Expr e, Environment &environment); // Misbehaviour if it is unset

// Elements of `Value`s, in C order. Misbehaviour for an element that is unset.
Scalar elementOf(const Value &value, int64_t index);
void setElement(Value &value, int64_t index, const Scalar &element);

} // namespace loopy::testing
