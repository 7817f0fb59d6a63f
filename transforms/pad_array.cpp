#include "loopy/transforms/pad_array.h"

#include "padded_layout.h"
#include "relayout.h"

#include "loopy/ir/constants.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>
#include <numeric>

namespace loopy {
namespace {

class Padding {
public:
  Padding(const Kernel &kernel, const PadArray &options)
      : kernel_(kernel), options_(options), array_(requireArray(kernel, options.array, options.where)) {}

  Kernel run() {
    checkOptions();
    findAxis();
    return array_.isTemp() ? paddedTemporary() : paddedArgument();
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  std::string axisText() const { return "axis " + axisLabel(array_, axis_) + " of `" + array_.name + "`"; }
  int64_t cells() const { return options_.cells.value_or(options_.to == 1 ? 1 : 0); }

  void checkOptions() const {
    constexpr int64_t most = std::numeric_limits<int32_t>::max();
    if (options_.cells && (*options_.cells < 0 || *options_.cells > most))
      fail("cells= is a number of cells to add, from 0 on; it is " + std::to_string(*options_.cells) + ".");
    if (options_.to < 1 || options_.to > most)
      fail("to= is the number that the extent becomes a multiple of, at least 1; it is " + std::to_string(options_.to) +
           ".");
    if (cells() == 0 && options_.to == 1)
      fail("cells=0 pads nothing.");
    if (array_.shape.empty())
      fail("`" + array_.name + "` has no axes.");
    if (array_.isImage)
      fail("`" + array_.name + "` is an image, whose texels the device lays out.");
    requireNoSubArray(kernel_, array_.name, "pad_array", options_.where);
    if (!array_.layout.strides.empty())
      fail("`" + array_.name +
           "` has strides of its own, which say all about its layout. tag_array_axes sets others, also "
           "an order and cells to pad with at once.");
  }

  // order_: the explicit axes, slowest first
  void findAxis() {
    order_.resize(array_.shape.size());
    std::iota(order_.begin(), order_.end(), 0U);
    if (array_.layout.columnMajor)
      std::reverse(order_.begin(), order_.end());
    axis_ = options_.axis ? requireAxis(array_, *options_.axis, options_.where) : order_.back();
    if (axis_ == order_.front() && array_.implicitAxes == 0)
      fail("Cells behind " + axisText() + " would separate nothing: it is the slowest one.");
  }

  Kernel with(const std::function<void(Array &)> &change) const { return withArray(kernel_, array_.name, change); }

  // Rounded up to a multiple, and the cells added.
  Expr paddedExtent() const {
    Context &context = *kernel_.context;
    Expr extent = array_.shape[axis_];
    if (options_.to > 1) {
      const Expr to = context.constant(options_.to);
      const Expr rounded = context.add(extent, context.constant(options_.to - 1));
      extent = context.mul(context.binary(BinaryOp::FloorDiv, rounded, to), to);
    }
    return cells() == 0 ? extent : context.add(extent, context.constant(cells()));
  }

  // Cells that a constant extent lacks.
  std::optional<int64_t> missing() const {
    const std::optional<int64_t> extent = integerConstant(array_.shape[axis_]);
    if (!extent)
      return std::nullopt;
    const int64_t stored = *extent + (array_.padding.empty() ? 0 : array_.padding[axis_]);
    return (options_.to - stored % options_.to) % options_.to + cells();
  }

  void requireChange(const std::optional<int64_t> &more) const {
    if (more == 0)
      fail("The extent of " + axisText() + " is a multiple of " + std::to_string(options_.to) + " already.");
  }

  Kernel paddedTemporary() const {
    const std::optional<int64_t> more = options_.to == 1 ? std::optional(cells()) : missing();
    if (!more)
      fail("to= needs a constant extent of a temporary, and " + axisText() + " has the extent " +
           toString(array_.shape[axis_]) + ". cells= adds cells to any.");
    requireChange(more);
    return with([&](Array &array) {
      array.padding.resize(array.shape.size(), 0);
      array.padding[axis_] += *more;
      requireUnpaddedSwizzle(array, options_.where);
    });
  }

  Kernel paddedArgument() const {
    requireChange(missing());
    std::vector<Expr> extents = array_.shape;
    extents[axis_] = paddedExtent();
    return with([&](Array &array) {
      array.layout.columnMajor = false;
      array.layout.strides = stridesOf(*kernel_.context, order_, extents);
    });
  }

  const Kernel &kernel_;
  const PadArray &options_;
  const Array &array_;
  std::vector<unsigned> order_;
  unsigned axis_ = 0;
};

} // namespace

Kernel padArray(const Kernel &kernel, const PadArray &options, Notes *) { return Padding(kernel, options).run(); }

} // namespace loopy
