// How long loops are, and what bounds them.
#pragma once

#include "edit.h"

namespace loopy {

struct ConstantRange {
  int64_t lower = 0, upper = -1; // inclusive; empty if upper < lower
  int64_t extent() const { return upper < lower ? 0 : upper - lower + 1; }
};

// The hull of the iname's values over these statements, for all parameters that the assumptions allow and all values of
// the other inames, if it is bounded.
std::optional<ConstantRange> constantRange(const Kernel &kernel, const std::vector<std::string> &statements,
                                           const std::string &iname);

// The largest length that the hull of the iname over these statements has, for given parameters and given values of the
// inames `fixed`; nothing if no constant bounds it.
std::optional<int64_t> constantExtent(const Kernel &kernel, const std::vector<std::string> &statements,
                                      const std::string &iname, const std::vector<std::string> &fixed);

// The number of consecutive values that the iname has in the statement for given values of all else, if it is the same
// wherever it has any; 0 if it never has one; nothing if it varies.
std::optional<int64_t> exactLength(const Kernel &kernel, const std::string &statement, const std::string &iname);

// Both ends of the iname are bounded without data.
bool isBoundedWithoutData(const Kernel &kernel, const Statement &statement, const std::string &iname);

// Every loop of the tree is bounded by what is known where it stands: a bound that reads data stands inside all loops
// that the subscripts of the data mention. UserError at `where` otherwise; `what` was asked for ("reorder(j, i)").
void requireKnownBounds(const Kernel &kernel, SourceRange where, const std::string &what);

// Loops around these statements that need a constant length for what they are tagged still have one. UserError at
// `where` otherwise; `what` was asked for.
void requireLengthsForTags(const Kernel &kernel, const std::set<std::string> &statements, SourceRange where,
                           const std::string &what);

} // namespace loopy
