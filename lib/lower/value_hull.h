// The hull of the values of one name over several cases, as simple a set as there is.
#pragma once

#include "loopy/analysis/formula.h"

namespace loopy {

// It is one convex set where that has bounds (max(n, m) is no such bound), so that its ends are simple functions.
class ValueHull {
public:
  ValueHull(Terms &terms, Term value) : terms_(terms), value_(value) {}

  void add(const Constraints &values); // what is asked of the value in one case, over it and outer names
  bool isEmpty() const { return cases_.empty(); }
  Linear value() const { return termTimes(value_, 1); }

  // One convex set, if it is bounded.
  std::optional<Constraints> convex() const;
  // All values, exactly.
  isl::set values() const;

  // The smallest or largest value in `set`, as a function of the other names where `known` holds.
  isl::pw_aff extremeOf(const isl::set &set, bool maximum, const isl::set &known) const;
  // The number of values from `low` to the largest one.
  isl::pw_aff extentAbove(const isl::set &set, const isl::pw_aff &low, const isl::set &known) const;

private:
  Constraints commonConstraints() const;
  Constraints withoutRedundant(Constraints constraints) const;
  bool implies(const Constraints &facts, const Constraint &constraint) const;
  bool hasBound(const Constraints &constraints, int sign) const;
  isl::pw_aff end(const isl::set &set, bool maximum) const;

  Terms &terms_;
  Term value_;
  std::vector<Constraints> cases_;
};

} // namespace loopy
