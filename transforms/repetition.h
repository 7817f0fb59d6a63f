// Statements that may run several times in the place of once.
#pragma once

#include "loopy/analysis/dependence.h"

namespace loopy {

// A repeated instance does what it did the first time:
//   no array that the statement reads is one that it writes
// What keeps it from that, as a sentence with a small letter; nothing if it may be repeated.
std::optional<std::string> whyNotRepeatable(const AccessTable &table, const Statement &statement);

// Whether anything but the statement's domain mentions the iname.
bool usesIname(const Kernel &kernel, const Statement &statement, const std::string &iname);

// Between two instances that differ in these inames alone, nothing changes what they read or write:
//   no instance in the outermost of their loops, for equal values of the loops outside, writes an element that one of
//   them accesses, unless it is of the same statement and has the same values of all inames that this uses
// What does, as a sentence with a small letter; nothing if that holds. The statement does not use `inames`.
std::optional<std::string> whatDisturbs(const AccessTable &table, const std::string &statement,
                                        const std::set<std::string> &inames);

} // namespace loopy
