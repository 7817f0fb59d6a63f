// Rewriting the values that a statement reads, and finding uses of rules among them.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// What stands in the place of a node, or null to go on with its children.
using Replacement = std::function<Expr(Expr)>;

// `e` rewritten from the top.
Expr replaceTopDown(Context &context, Expr e, const Replacement &replace);

// The statement with all values that it reads rewritten from the top: right-hand sides, subscripts, arguments of calls.
// Places that are assigned, what atomic updates and updates of reductions read of their own place, sub-arrays, guards and
// data parameters stay.
Statement rewriteReads(Context &context, const Statement &statement, const Replacement &replace);

// Calls `f` on the top of every value that rewriteReads would rewrite.
void forEachRead(const Statement &statement, const std::function<void(Expr)> &f);

// The rule is used in a statement or in another rule's body.
bool isRuleUsed(const Kernel &kernel, const std::string &rule);
void removeRule(Kernel &kernel, const std::string &rule);

// `rule` with its parameters replaced by `args`; uses of other rules in it stay.
Expr expandUse(Context &context, const Rule &rule, const std::vector<Expr> &args);

} // namespace loopy
