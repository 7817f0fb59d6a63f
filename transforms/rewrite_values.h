// Rewriting everything that a statement evaluates, expression by expression, as folding and simplifying do.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// The statement with `f` applied to each expression that its instances evaluate: right-hand sides, arguments of calls,
// and the subscripts of places. Updates of reductions and atomic statements keep the form `place = place op e`: there `f`
// is applied to the largest parts that do not hold the place. `f` gives expressions of the same value.
Statement rewriteValues(Context &context, const Statement &statement, const std::function<Expr(Expr)> &f);

// The same for the subscripts of guards and data parameters, which are evaluated for more than the statement's instances.
Statement rewriteConditions(Context &context, const Statement &statement, const std::function<Expr(Expr)> &f);

// The same for the subscripts in the user's word about an array, so that it goes on to speak of the same accesses.
void rewriteFacts(Kernel &kernel, const std::function<Expr(Expr)> &f);

// Any expression of the statement is another than in `before`, not counting copies of the same text.
bool differs(const Statement &before, const Statement &after);

} // namespace loopy
