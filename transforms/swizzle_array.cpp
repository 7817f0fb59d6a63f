#include "loopy/transforms/swizzle_array.h"

#include "padded_layout.h"
#include "relayout.h"

#include "loopy/ir/constants.h"

#include <bit>

namespace loopy {
namespace {

bool isPowerOfTwo(int64_t value) { return value > 0 && std::has_single_bit(static_cast<uint64_t>(value)); }

class Swizzling {
public:
  Swizzling(const Kernel &kernel, const SwizzleArray &options)
      : kernel_(kernel), options_(options), array_(requireTemporary(kernel, options.array, options.where)) {}

  Kernel run() {
    findAxes();
    checkExtent();
    requireNoSubArray(kernel_, array_.name, "swizzle_array", options_.where);
    Array swizzled = array_;
    swizzled.swizzle = swizzle_;
    requireUnpaddedSwizzle(swizzled, options_.where);
    if (array_.swizzle == swizzled.swizzle)
      fail("`" + array_.name + "` is swizzled so already.");
    return withArray(kernel_, array_.name, [&](Array &array) { array = swizzled; });
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  void findAxes() {
    const unsigned rank = static_cast<unsigned>(array_.shape.size());
    if (rank < 2)
      fail("`" + array_.name + "` has " + (rank == 0 ? "no axis" : "one axis") +
           " of its own; to swizzle takes two: the elements along one trade places by the subscript of another.");
    swizzle_.axis = options_.axis ? requireAxis(array_, *options_.axis, options_.where) : rank - 1;
    swizzle_.by = options_.by          ? requireAxis(array_, *options_.by, options_.where)
                  : swizzle_.axis == 0 ? 1
                                       : swizzle_.axis - 1;
    if (swizzle_.axis == swizzle_.by)
      fail("axis= and by= are two axes of `" + array_.name + "`.");
  }

  void checkExtent() {
    const Expr extent = array_.shape[swizzle_.axis];
    const std::optional<int64_t> length = integerConstant(extent);
    const std::string which = "Axis " + axisLabel(array_, swizzle_.axis) + " of `" + array_.name + "`";
    if (!length || !isPowerOfTwo(*length) || *length < 2)
      fail(
          which + " has the extent " + toString(extent) +
          ". Only a constant power of two, from 2 on, can be swizzled: x ^ y has to stay below it. pad_array takes any "
          "extent.");
    if (!isPowerOfTwo(options_.granule) || options_.granule >= *length)
      fail("A granule is a power of two below the extent of the axis, which is " + std::to_string(*length) +
           "; it cannot be " + std::to_string(options_.granule) + ".");
    swizzle_.granule = options_.granule;
  }

  const Kernel &kernel_;
  const SwizzleArray &options_;
  const Array &array_;
  Swizzle swizzle_;
};

} // namespace

Kernel swizzleArray(const Kernel &kernel, const SwizzleArray &options, Notes *) {
  return Swizzling(kernel, options).run();
}

} // namespace loopy
