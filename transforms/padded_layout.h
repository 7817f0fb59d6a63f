// Layouts with cells between the elements.
#pragma once

#include "edit.h"

namespace loopy {

// The strides of axes that are stored one inside the other, `order` giving them slowest first, each with
// `extents[axis]` cells.
std::vector<Expr> stridesOf(Context &context, const std::vector<unsigned> &order, const std::vector<Expr> &extents);

// A swizzled axis has a power of two of cells, and no others. UserError at `where` if it is padded.
void requireUnpaddedSwizzle(const Array &array, SourceRange where);

} // namespace loopy
