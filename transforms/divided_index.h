// Subscripts divided by constants.
#pragma once

#include "loopy/analysis/linear.h"

namespace loopy {

// e // count and e % count for the instances of one statement (null: for all values of the inames). What divides
// plainly is taken out: (16*p + q) // 16 is p where 0 <= q < 16.
class IndexDivider {
public:
  explicit IndexDivider(const Kernel &kernel) : kernel_(kernel), terms_(*kernel.context, namesOf(kernel)) {}

  struct Parts {
    Expr quotient, remainder;
  };
  Parts divide(const Statement *statement, Expr e, int64_t count);

private:
  bool isWithin(const Statement &statement, const Linear &form, int64_t count);

  const Kernel &kernel_;
  Terms terms_;
};

} // namespace loopy
