// What is known at one place of the program: the assumptions, the ranges of hardware indices, the bounds of the loops
// and the conditions around it.
#pragma once

#include "loopy/analysis/linear.h"

namespace loopy::lowering {

// An immutable list of facts; `with` makes a longer one that shares its beginning.
class Known {
public:
  // `assumptions` is a parameter set.
  Known(Terms &terms, const isl::set &assumptions);
  Known with(std::vector<Constraint> facts) const;
  Known withEither(std::vector<std::vector<Constraint>> alternatives) const;
  Known with(const isl::set &fact) const;

  // The facts imply the constraint. Asks isl only where no single fact and no interval shows it.
  bool implies(const Constraint &constraint) const;
  // The facts imply one of the lists, shown by cases; false also where there are too many of them.
  bool impliesEither(const std::vector<std::vector<Constraint>> &alternatives) const;
  bool isNonNegative(const Linear &form) const { return implies(terms().normalized({form, false})); }
  NonNegative nonNegative() const;
  // Constant bounds that single facts give.
  Interval interval(const Linear &form) const;
  // An equal form with simpler floors, given the constant bounds of their parts.
  Linear simplified(const Linear &form) const;
  const isl::set &set() const;
  Terms &terms() const { return *node_->terms; }

private:
  struct Node {
    Terms *terms;
    std::shared_ptr<const Node> parent;
    std::vector<Constraint> facts;
    std::vector<std::vector<Constraint>> alternatives; // one of which holds, if there are any
    mutable std::optional<isl::set> all;               // of this node and its parents
  };
  explicit Known(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  Interval intervalOf(Term term) const;
  std::optional<Linear> withoutSmallParts(const Terms::Floor &floor) const;
  bool isFact(const Constraint &constraint) const;
  struct Linked {
    std::vector<Constraint> facts;
    std::vector<const Node *> disjunctions;
  };
  Linked linkedTo(const std::vector<Constraint> &constraints) const;
  bool impliesByAll(const Constraint &constraint) const;
  bool excludesAll(std::vector<Constraint> violated, const std::vector<std::vector<Constraint>> &alternatives,
                   size_t next, unsigned &budget) const;
  bool excludes(std::vector<Constraint> facts, const std::vector<const Node *> &disjunctions, size_t next,
                unsigned &budget) const;
  static const isl::set &setOf(const Node &node);

  std::shared_ptr<const Node> node_;
};

} // namespace loopy::lowering
