// The arithmetic that both interpreters share.
#pragma once

#include "loopy/ir/constants.h"
#include "loopy/ir/context.h"

#include <cmath>
#include <stdexcept>

namespace loopy::test {

inline double constantValue(const Constant &c) {
  return std::visit(Overloaded{[](bool v) { return v ? 1.0 : 0.0; }, [](int64_t v) { return static_cast<double>(v); },
                               [](double v) { return v; }, [](std::complex<double> v) { return v.real(); }},
                    c.value);
}

inline double binaryValue(BinaryOp op, double a, double b) {
  switch (op) {
  case BinaryOp::Add:
    return a + b;
  case BinaryOp::Sub:
    return a - b;
  case BinaryOp::Mul:
    return a * b;
  case BinaryOp::Div:
    return a / b;
  case BinaryOp::FloorDiv:
    return std::floor(a / b);
  case BinaryOp::Mod:
    return a - b * std::floor(a / b);
  case BinaryOp::Pow:
    return std::pow(a, b);
  case BinaryOp::Min:
    return std::min(a, b);
  case BinaryOp::Max:
    return std::max(a, b);
  default:
    throw std::runtime_error("operator without a value here");
  }
}

// A stand-in for any function of the kernel language: both interpreters use the same.
inline double functionValue(const std::vector<double> &args) {
  double sum = 1;
  for (double arg : args)
    sum = 2 * sum + arg;
  return std::fmod(sum, 64);
}

// Evaluates an expression; `name` gives params and inames, `load` array elements, `call` functions.
template <class Name, class LoadElement, class CallFunction>
double evaluate(Expr e, const Name &name, const LoadElement &load, const CallFunction &call) {
  auto value = [&](Expr part) { return evaluate(part, name, load, call); };
  return visit(
      e, Overloaded{[&](const Constant &c) { return constantValue(c); },
                    [&](const ParamRef &p) { return name(p.name); }, [&](const InameRef &i) { return name(i.name); },
                    [&](const Load &l) -> double {
                      std::vector<int64_t> index;
                      for (Expr i : l.index)
                        index.push_back(static_cast<int64_t>(value(i)));
                      return load(l.array, index);
                    },
                    [&](const Unary &u) {
                      double v = value(u.operand);
                      return u.op == UnaryOp::Neg ? -v : (v == 0 ? 1.0 : 0.0);
                    },
                    [&](const Binary &b) { return binaryValue(b.op, value(b.lhs), value(b.rhs)); },
                    [&](const Compare &c) { return holds(c.op, value(c.lhs), value(c.rhs)) ? 1.0 : 0.0; },
                    [&](const Logical &l) -> double {
                      bool a = value(l.lhs) != 0;
                      return l.op == LogicalOp::And ? a && value(l.rhs) != 0 : a || value(l.rhs) != 0;
                    },
                    [&](const Select &s) { return value(s.condition) != 0 ? value(s.ifTrue) : value(s.ifFalse); },
                    [&](const Cast &c) { return value(c.operand); },
                    [&](const CallExpr &c) -> double {
                      std::vector<double> args;
                      for (Expr arg : c.args)
                        args.push_back(value(arg));
                      return call(c.function, args);
                    },
                    [](const RuleUse &) -> double { throw std::runtime_error("rule use"); },
                    [](const Reduce &) -> double { throw std::runtime_error("reduction"); }});
}

} // namespace loopy::test
