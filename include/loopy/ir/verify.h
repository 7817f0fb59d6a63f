// The invariants of a kernel, checked after the frontend and after every pass, in every build type.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// Throws IllFormed, naming the first invariant that does not hold:
//  * names of params, arrays, inames, rules and of statements are unique;
//  * on the path from the root to a statement each of its inames stands exactly once, and nothing else; every statement
//    stands in the tree exactly once;
//  * the domain mentions only params of integer type, the statement's inames and its dataParams;
//  * every Load names an array and has as many subscripts as it has axes; subscripts are integers over known names;
//  * atomic updates have the form x = x op e;
//  * rules read arrays that there are;
//  * expressions have no Reduce; RuleUses name a rule with that many parameters;
//  * a reduction id names a reduction; accumulators are temporaries.
void verify(const Kernel &kernel);

} // namespace loopy
