// Simpler integer expressions that are equal on a domain.
#pragma once

#include "loopy/analysis/formula.h"
#include "loopy/ir/kernel.h"

namespace loopy {

// Simplifies the expressions that the instances of one statement evaluate. What is known grows from the domain by the
// conditions of the selections around an expression.
class IndexSimplifier {
public:
  IndexSimplifier(const Kernel &kernel, const Statement &statement);
  Expr simplified(Expr e) { return simplify(e, domain_); }

private:
  struct Known {
    Formula all;
    Alternatives cases; // the same, but for disjunctions beside the domain's own: what numbers to try is read off them
  };

  Expr simplify(Expr e, const Known &known);
  Expr simplifyParts(Expr e, const Known &known);
  Expr selection(const Select &select, Expr e, const Known &known);
  Expr logical(const Logical &logical, Expr e, const Known &known);
  Expr decided(Expr condition, const Known &known);
  Expr extremum(const Binary &binary, Expr e, const Known &known);
  Expr asSum(Expr e, const Known &known);
  bool isKept(Expr e) const;
  Expr withNamedLeaves(Expr e);

  Known with(const Known &known, Expr condition, bool holds);
  bool implies(const Known &known, const Linear &nonNegative);
  bool excludes(const Known &known, Expr condition, bool holds);
  std::optional<Linear> reduced(const Linear &form, const Known &known);
  std::optional<Linear> reducedFloor(Term term, const Known &known);
  std::optional<int64_t> quotient(const Linear &form, int64_t divisor, const Known &known);

  Context &context_;
  std::vector<Expr> kept_;           // data parameters
  std::set<std::string> keptArrays_; // the user's word is about their subscripts
  Terms terms_;
  std::vector<std::pair<Expr, std::string>> leaves_; // what is not linear, and its name among the terms
  Known domain_;
};

} // namespace loopy
