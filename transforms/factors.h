// The factors that the terms of a sum have in common.
#pragma once

#include "loopy/ir/context.h"

#include <optional>

namespace loopy {

// x, or 1/x.
struct Factor {
  Expr value;
  bool isInverse = false;
};
using FactorList = std::vector<Factor>; // a factor that stands twice is squared

// How expressions of different statements are compared: `canonical` maps parts of an expression to what they are called
// in all of them. Factors are canonical.
class Factoring {
public:
  using Renaming = std::function<Expr(Expr)>;
  explicit Factoring(
      Context &context, Renaming canonical = [](Expr e) { return e; })
      : context_(context), canonical_(std::move(canonical)) {}

  // The factors of `e`; of a sum or a selection, those that all its parts have. Nothing for zero, which has any.
  std::optional<FactorList> factorsOf(Expr e) const;
  // `e` divided by `factors`, which it has: these are left out of it.
  Expr without(Expr e, FactorList factors) const;

private:
  Context &context_;
  Renaming canonical_;
};

bool equal(const Factor &a, const Factor &b);
// What both have, each as often as in both.
std::optional<FactorList> inCommon(const std::optional<FactorList> &a, const std::optional<FactorList> &b);
// e times the factors.
Expr times(Context &context, Expr e, const FactorList &factors);

bool isZero(Expr e);

} // namespace loopy
