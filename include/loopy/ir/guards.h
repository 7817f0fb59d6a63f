// When two guard literals say the same, or the opposite, wherever they are read.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

inline bool readsSame(const GuardLiteral &a, const GuardLiteral &b) { return equal(a.load, b.load); }

// If the guards differ in the sign of one literal only, its position in `a`: where the rest holds, one of them does.
std::optional<size_t> complementAt(const std::vector<GuardLiteral> &a, const std::vector<GuardLiteral> &b);

// Whether an element of the array has the same value wherever it is read: nothing writes the array, or it is a
// temporary that one statement writes, each element at most once.
bool isWrittenOnce(const Kernel &kernel, const std::string &array);

// Whether all literals of the guard read only such arrays.
bool isLasting(const Kernel &kernel, const std::vector<GuardLiteral> &guard);

} // namespace loopy
