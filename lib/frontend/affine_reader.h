// Conditions in domain syntax -> parameter sets.
#pragma once

#include "ast.h"
#include "errors.h"

#include "loopy/poly/isl.h"

namespace loopy {

class AffineReader {
public:
  // The isl parameter that a Name or a Subscript stands for; reports and throws Abandoned if it may not be there.
  using Resolve = std::function<std::string(const ast::Term &)>;
  AffineReader(isl::ctx ctx, Errors &errors, Resolve resolve)
      : ctx_(ctx), errors_(errors), resolve_(std::move(resolve)) {}

  // The set on which the condition holds. Errors (not affine, numbers or sets that are too large) are reported at the
  // term and leave by Abandoned.
  isl::set condition(const ast::Term &term, bool negated = false);
  isl::set comparison(CompareOp op, const ast::Term &lhs, const ast::Term &rhs);
  isl::set universe() const { return poly::universe(ctx_); }

private:
  // `size` bounds the coefficients, so that none leaves the range in which 64-bit arithmetic is safe later.
  struct Value {
    isl::pw_aff aff;
    double size = 0;
    std::optional<int64_t> constant;
  };
  Value value(const ast::Term &term);
  Value binary(const ast::Term &term);
  Value product(const ast::Term &term, const Value &lhs, const Value &rhs);
  Value quotient(const ast::Term &term, const ast::Term &dividend, const ast::Term &divisor, BinaryOp op);
  Value call(const ast::Term &term);
  Value named(const ast::Term &term);
  Value checked(const ast::Term &term, Value value);
  isl::set chain(const ast::Term &term, bool negated);
  isl::set exists(const ast::Term &term);
  isl::set join(const ast::Term &term, const isl::set &a, const isl::set &b, bool conjunction);

  isl::ctx ctx_;
  Errors &errors_;
  Resolve resolve_;
  std::map<std::string, std::vector<std::string>> bound_; // variables of `exists`: their isl names, innermost last
  unsigned boundCount_ = 0;
};

// The operands of a comparison, `i, j` being two.
std::vector<const ast::Term *> comparands(const ast::Term &term);

// Reports a set with so many alternatives or divisions that later work on it would take too long; throws Abandoned.
void requireSimple(const isl::set &set, Errors &errors, SourceRange range);
// a and b, checked as above, also before they are joined.
isl::set intersectSimple(const isl::set &a, const isl::set &b, Errors &errors, SourceRange range);

// Runs `work`; if isl gives up, reports that the sets at `range` are too complex and throws Abandoned.
constexpr unsigned long islBudget = 1000000;
template <class F> auto withBudget(isl::ctx ctx, Errors &errors, SourceRange range, F &&work) {
  try {
    poly::OperationBudget budget(ctx, islBudget);
    return work();
  } catch (const isl::exception_quota &) {
    errors.fail(range, "The integer sets here are too complex to be worked with.");
  }
}

} // namespace loopy
