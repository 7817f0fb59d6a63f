#include "precision.h"

#include "loopy/ir/functions.h"

namespace loopy {
namespace {

class PrecisionChange {
public:
  PrecisionChange(Context &context, ScalarKind kind) : context_(context), kind_(kind) {}

  Expr changed(Expr e) const { return e.type().isFloat() ? changedFloat(e) : withFloats(e); }

private:
  Type typeFor(Expr e) const { return {kind_, e.type().lanes}; }
  Expr converted(Expr e) const { return context_.cast(typeFor(e), e, e.range()); }

  // An integer, a condition, or a complex number, whose operands may be floats.
  Expr withFloats(Expr e) const {
    if (e.is<Load>() || e.is<RuleUse>() || e.type().isComplex() || isForeign(e))
      return e;
    std::vector<Expr> below = children(e);
    for (Expr &child : below)
      child = changed(child);
    return withChildren(context_, e, below);
  }

  // A function of the user's, which takes and gives what it was declared with.
  static bool isForeign(Expr e) {
    const CallExpr *call = e.as<CallExpr>();
    return call && !findFunction(call->function);
  }

  Expr changedFloat(Expr e) const {
    return visit(e,
                 Overloaded{
                     [&](const Constant &c) {
                       return e.type().isVector() ? converted(e)
                                                  : context_.constant(std::get<double>(c.value), typeFor(e), e.range());
                     },
                     [&](const ParamRef &) { return converted(e); },
                     [&](const InameRef &) { return converted(e); },
                     [&](const Load &) { return converted(e); },
                     [&](const Unary &u) { return context_.unary(u.op, changed(u.operand), e.range()); },
                     [&](const Binary &b) { return context_.binary(b.op, changed(b.lhs), changed(b.rhs), e.range()); },
                     [&](const Compare &) { return e; },
                     [&](const Logical &) { return e; },
                     [&](const Select &s) {
                       return context_.select(changed(s.condition), changed(s.ifTrue), changed(s.ifFalse), e.range());
                     },
                     [&](const Cast &c) {
                       const Expr operand = changed(c.operand);
                       return operand.type() == typeFor(e) ? operand : context_.cast(typeFor(e), operand, e.range());
                     },
                     [&](const CallExpr &c) { return call(c, e); },
                     [&](const RuleUse &) { return converted(e); },
                     [&](const Reduce &) { return converted(e); },
                 });
  }

  // Functions of real floats have a form for each type; those of complex numbers give the type of their parts.
  Expr call(const CallExpr &c, Expr e) const {
    if (isForeign(e))
      return converted(e);
    std::vector<Expr> args = c.args;
    for (Expr &arg : args) {
      if (!arg.type().isFloat())
        return converted(e);
      arg = changed(arg);
    }
    return context_.call(c.function, std::move(args), typeFor(e), e.range());
  }

  Context &context_;
  ScalarKind kind_;
};

} // namespace

Expr inPrecision(Context &context, Expr e, ScalarKind type) { return PrecisionChange(context, type).changed(e); }

} // namespace loopy
