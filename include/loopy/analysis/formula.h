// Questions about pairs of instances, as linear constraints. Most of them are answered by elimination, in microseconds;
// the rest goes to isl.
#pragma once

#include "loopy/analysis/linear.h"

namespace loopy {

using Constraints = std::vector<Constraint>;   // all hold
using Alternatives = std::vector<Constraints>; // one of the lists holds; no list at all: false

// A conjunction of alternatives.
class Formula {
public:
  explicit Formula(Terms &terms) : terms_(&terms) {}

  Formula &require(const Constraint &constraint);
  Formula &require(const Constraints &constraints);
  Formula &requireEither(Alternatives alternatives);
  Formula &require(const isl::set &set); // a parameter set

  // Is there an integer point? Exact.
  bool isSatisfiable() const;
  isl::set toSet() const;
  Terms &terms() const { return *terms_; }

private:
  bool isSatisfiable(Constraints chosen, size_t next, unsigned &budget) const;

  Terms *terms_;
  Constraints all_;
  std::vector<Alternatives> either_;
  bool isFalse_ = false;
};

} // namespace loopy
