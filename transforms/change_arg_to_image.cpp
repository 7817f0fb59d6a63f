#include "loopy/transforms/change_arg_to_image.h"

#include "edit.h"
#include "padded_layout.h"
#include "relayout.h"

#include "loopy/ir/texel.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

namespace loopy {

// Strides that say no more than the shape does: those of the last axis as one vector.
static bool hasNaturalStrides(Context &context, const Array &array) {
  std::vector<unsigned> order(array.shape.size());
  std::iota(order.begin(), order.end(), 0U);
  return array.layout.strides.empty() ||
         llvm::equal(array.layout.strides, stridesOf(context, order, array.shape), equal);
}

Kernel changeArgToImage(const Kernel &kernel, const ChangeArgToImage &options, Notes *) {
  const Array &array = requireArray(kernel, options.array, options.where);
  auto fail = [&](const std::string &why) {
    throw UserError(options.where, "`" + array.name + "` cannot be an image: " + why + ".");
  };
  if (array.isTemp())
    fail("it is a temporary, and images are arguments");
  if (array.isImage)
    throw UserError(options.where, "`" + array.name + "` is an image already.");
  if (array.role != Role::In)
    fail("the kernel writes it, and images are only read");
  if (array.shape.empty() || array.shape.size() > 3)
    fail("an image has one, two or three axes, and it has " + std::to_string(array.shape.size()));
  if (!texelOf(array.type))
    fail("no texel is a " + array.type.name() +
         "; there are float32, int32 and uint32, vectors of two or four of them, "
         "and float64");
  if (!hasNaturalStrides(*kernel.context, array) || array.layout.columnMajor || array.layout.offset)
    fail("it has a layout of its own, and the device lays out texels itself");
  requireNoSubArray(kernel, array.name, "change_arg_to_image", options.where);
  return withArray(kernel, array.name, [](Array &image) {
    image.isImage = true;
    image.layout.strides.clear();
  });
}

} // namespace loopy
