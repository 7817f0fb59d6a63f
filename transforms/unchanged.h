// Does anything write what an expression reads between two instances?
#pragma once

#include "loopy/analysis/prove.h"

namespace loopy {

// A write w of an element that `load`, a read of s, touches, which runs after s and before t:
//   { s[x], w[z'], t[y''] : pairs(x, y) and s(x) reads what w(z) writes and s(x) before w(z) before t(y) }
// pairs : over the inames of s and the primed ones of t. The violation's sink is w. Nothing if there is none. What isl
// does not decide within its budget is a violation that says so.
std::optional<Violation> findWriteBetween(const AccessTable &table, unsigned load, unsigned t, const isl::set &pairs);

// Proves that no dependence between these statements first parts at a parallel loop, where they stand and as they are:
// for statements that read what they did not read before, earlier or later than others in sequential order, but under
// loops whose iterations have none. UserError at `where`: "`what` is not legal: ..."
void proveParallelLoops(const Kernel &kernel, const std::set<std::string> &statements, SourceRange where,
                        const std::string &what);

} // namespace loopy
