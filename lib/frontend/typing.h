// Terms -> typed expressions (docs/language.md, "Types and promotion").
//
// A number in the text has no type of its own: it takes that of the other operand, or of the place it is assigned to,
// if it can be a value of it; so do sums and products of numbers. Alone it is int32 (int64 if larger) or float64.
#pragma once

#include "scope.h"

namespace loopy {

struct Typed {
  Expr e;
  bool isLiteral = false; // made of numbers only: it adapts
};

class ExprBuilder {
public:
  using OnReduction = std::function<Expr(const ReductionTerm &, SourceRange)>;

  // `analyse` makes the facts about a rule known before it is used.
  ExprBuilder(Scope &scope, std::function<RuleInfo &(const std::string &, SourceRange)> analyse)
      : scope_(scope), analyse_(std::move(analyse)) {}

  // What reductions become; without it they are refused.
  OnReduction onReduction;
  // Refuses arrays and inames (shapes, strides): "The extents of an argument", or empty.
  std::string paramsOnly;

  Expr build(const ast::Term &term); // literals get their own type
  Expr buildCondition(const ast::Term &term);
  // Converted to `type` as an assignment does it; floats never become integers by themselves.
  Expr buildFor(const ast::Term &term, Type type);
  Expr convertFor(Typed value, Type type, SourceRange range);
  // A Name or Subscript as a place to write to.
  Expr buildPlace(const ast::Term &term);
  Typed typed(const ast::Term &term);
  Typed arithmetic(BinaryOp op, Typed lhs, Typed rhs, SourceRange range);
  // Without implicit axes, `index` is all of the subscripts.
  Expr load(const std::string &name, const ArrayInfo &info, std::vector<Expr> index, SourceRange range);

private:
  friend class DepthGuard;
  Typed byKind(const ast::Term &term);
  Typed name(const ast::Term &term);
  Typed subscript(const ast::Term &term);
  Typed unary(const ast::Term &term);
  Typed compare(const ast::Term &term);
  Typed comparison(CompareOp op, Typed lhs, Typed rhs, SourceRange range);
  Typed conditional(const ast::Term &term);
  Typed cast(const ast::Term &term);
  Typed call(const ast::Term &term);
  Typed mathCall(const ast::Term &term);
  Typed externalCall(const ast::Term &term, const FunctionDecl &function);
  Typed complexCall(const ast::Term &term);
  Typed ruleUse(const ast::Term &term);
  void typeRule(RuleInfo &rule, const ast::Term &use);
  void unify(Typed &lhs, Typed &rhs, SourceRange range);
  std::vector<Expr> indices(const std::vector<const ast::Term *> &terms);
  Expr settled(const Typed &value) const { return value.e; }

  Scope &scope_;
  std::function<RuleInfo &(const std::string &, SourceRange)> analyse_;
  std::map<std::string, Typed> ruleArgs_; // of the rule that is being expanded or typed
  unsigned depth_ = 0;
  size_t nodes_ = 0;
};

// A literal as a value of `type`, or null if it is none (1.5 for int32, 300 for uint8).
Expr adaptLiteral(Context &context, Expr literal, Type type);

} // namespace loopy
