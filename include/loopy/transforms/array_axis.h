// Axes of arrays, as passes name them.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/number_or_text.h"

namespace loopy {

// An explicit axis by its number, from 0, or by the name that name_array_axes gave it.
using ArrayAxis = NumberOrText;

// The number of the axis. UserError at `where` listing the axes if there is none.
unsigned requireAxis(const Array &array, const ArrayAxis &axis, SourceRange where);
// The name of an axis, or its number where it has none.
std::string axisLabel(const Array &array, unsigned axis);

} // namespace loopy
