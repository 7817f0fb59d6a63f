#include "padded_layout.h"

#include "loopy/transforms/array_axis.h"

namespace loopy {

std::vector<Expr> stridesOf(Context &context, const std::vector<unsigned> &order, const std::vector<Expr> &extents) {
  std::vector<Expr> strides(order.size());
  Expr stride = context.constant(int64_t{1});
  for (size_t i = order.size(); i-- > 0;) {
    strides[order[i]] = stride;
    stride = context.mul(stride, extents[order[i]]);
  }
  return strides;
}

void requireUnpaddedSwizzle(const Array &array, SourceRange where) {
  if (array.swizzle && !array.padding.empty() && array.padding[array.swizzle->axis] != 0)
    throw UserError(where, "`" + array.name + "` cannot be both padded and swizzled along axis " +
                               axisLabel(array, array.swizzle->axis) +
                               ": what is swizzled is a power of two of cells. Both serve the same purpose.");
}

} // namespace loopy
