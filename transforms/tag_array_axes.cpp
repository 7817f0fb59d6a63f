#include "loopy/transforms/tag_array_axes.h"

#include "edit.h"
#include "padded_layout.h"
#include "relayout.h"
#include "separate_axis.h"

#include "loopy/analysis/linear.h"
#include "loopy/frontend/parse.h"
#include "loopy/ir/constants.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

namespace loopy {
namespace {

class AxisOrder {
public:
  AxisOrder(const Kernel &kernel, const TagArrayAxes &options)
      : kernel_(kernel), options_(options), array_(kernel.array(options.array)) {}

  Kernel run() const {
    if (array_.shape.empty())
      fail("`" + array_.name + "` has no axes.");
    if (!options_.strides.empty())
      return withStrides();
    const std::vector<unsigned> order = storageOrder();
    const std::vector<int64_t> pad = padding(order);
    const bool isPadded = llvm::any_of(pad, [](int64_t cells) { return cells != 0; });
    if (isNatural() && llvm::is_sorted(order) && !isPadded && alignment() == array_.layout.alignment)
      fail("`" + array_.name + "` is laid out so already.");
    return array_.isTemp() ? permuted(order, pad) : withOrder(order, pad);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  // The last axis is contiguous, and nothing is between the elements.
  bool isNatural() const { return !array_.layout.columnMajor && array_.layout.strides.empty(); }

  std::optional<unsigned> vectorAxis() const {
    return options_.vec ? std::optional(requireAxis(array_, *options_.vec, options_.where)) : std::nullopt;
  }

  // The explicit axes, slowest first.
  std::vector<unsigned> storageOrder() const {
    std::vector<unsigned> order;
    if (options_.order.empty()) {
      order.resize(array_.shape.size());
      std::iota(order.begin(), order.end(), 0U);
      if (const auto vector = vectorAxis())
        std::rotate(order.begin() + *vector, order.begin() + *vector + 1, order.end());
      return order;
    }
    for (const ArrayAxis &axis : options_.order)
      order.push_back(requireAxis(array_, axis, options_.where));
    const std::set<unsigned> named(order.begin(), order.end());
    if (named.size() != array_.shape.size() || order.size() != array_.shape.size())
      fail("order= names each of the " + std::to_string(array_.shape.size()) + " axes of `" + array_.name +
           "` once, slowest first.");
    if (const auto vector = vectorAxis(); vector && order.back() != *vector)
      fail("vec= makes axis " + options_.vec->text + " the fastest one, and order= ends with another one.");
    return order;
  }

  // In storage order.
  std::vector<int64_t> padding(const std::vector<unsigned> &order) const {
    std::vector<int64_t> pad(order.size(), 0);
    for (int64_t cells : options_.pad)
      if (cells < 0)
        fail("pad= adds cells to an axis; " + std::to_string(cells) + " is negative.");
    if (options_.pad.size() == 1)
      pad.back() = options_.pad[0];
    else if (options_.pad.size() == pad.size())
      pad = options_.pad;
    else if (!options_.pad.empty())
      fail("pad= gives " + std::to_string(options_.pad.size()) + " numbers for the " + std::to_string(pad.size()) +
           " axes of `" + array_.name + "`; a single number is for the last one in storage.");
    if (options_.vec && vectorLength() == 3)
      pad.back() += 1;
    return pad;
  }

  int64_t vectorLength() const {
    const unsigned axis = *vectorAxis();
    const std::optional<int64_t> length = integerConstant(array_.shape[axis]);
    if (!length || !llvm::is_contained({2, 3, 4, 8, 16}, *length))
      fail("The elements along axis " + options_.vec->text + " of `" + array_.name +
           "` are one vector only if there are 2, 3, 4, 8 or "
           "16 of them; there are " +
           toString(array_.shape[axis]) + ".");
    return *length;
  }

  // Of the first element, in bytes: that of its vector.
  unsigned alignment() const {
    if (!options_.vec || array_.isTemp())
      return array_.layout.alignment;
    const int64_t length = vectorLength();
    return std::max(array_.layout.alignment,
                    static_cast<unsigned>(length == 3 ? 4 : length) * static_cast<unsigned>(array_.type.sizeInBytes()));
  }

  Kernel with(const std::function<void(Array &)> &change) const { return withArray(kernel_, array_.name, change); }

  Kernel withOrder(const std::vector<unsigned> &order, const std::vector<int64_t> &pad) const {
    if (array_.isImage)
      fail("`" + array_.name + "` is an image, whose texels the device lays out.");
    Context &context = *kernel_.context;
    return with([&](Array &array) {
      array.layout.columnMajor = false;
      array.layout.alignment = alignment();
      std::vector<Expr> extents = array.shape;
      for (size_t i = 0; i < order.size(); ++i)
        if (pad[i] != 0)
          extents[order[i]] = context.add(extents[order[i]], context.constant(pad[i]));
      array.layout.strides = stridesOf(context, order, extents);
    });
  }

  // The axes of a temporary in another order, in all accesses.
  Kernel permuted(const std::vector<unsigned> &order, const std::vector<int64_t> &pad) const {
    Array stored = array_;
    for (size_t i = 0; i < order.size(); ++i) {
      stored.shape[i] = array_.shape[order[i]];
      if (!array_.axisNames.empty())
        stored.axisNames[i] = array_.axisNames[order[i]];
    }
    stored.padding.clear();
    for (size_t i = 0; i < order.size(); ++i)
      stored.padding.push_back(pad[i] + (array_.padding.empty() ? 0 : array_.padding[order[i]]));
    if (array_.swizzle) {
      auto storedAs = [&](unsigned axis) { return static_cast<unsigned>(llvm::find(order, axis) - order.begin()); };
      stored.swizzle->axis = storedAs(array_.swizzle->axis);
      stored.swizzle->by = storedAs(array_.swizzle->by);
      requireUnpaddedSwizzle(stored, options_.where);
    }
    return withRelayout(kernel_, {array_.name, {stored}, [&](const Statement *, const Load &load, Expr e) {
                                    std::vector<Expr> index(load.index.begin(),
                                                            load.index.begin() + array_.implicitAxes);
                                    for (unsigned axis : order)
                                      index.push_back(load.index[array_.implicitAxes + axis]);
                                    return kernel_.context->load(array_.name, std::move(index), e.type(), e.range());
                                  }});
  }

  // ---------------------------------------------------------------------------------------------------- strides
  Kernel withStrides() const {
    if (!options_.order.empty() || !options_.pad.empty() || options_.vec)
      fail("strides= says all about a layout; it stands alone.");
    if (array_.isTemp() || array_.isImage)
      fail("strides= is for arguments in memory; the memory of `" + array_.name + "` is laid out by order= and pad=.");
    if (options_.strides.size() != array_.shape.size())
      fail("strides= gives " + std::to_string(options_.strides.size()) + " strides for the " +
           std::to_string(array_.shape.size()) + " axes of `" + array_.name + "`.");
    std::vector<Expr> strides;
    for (const NumberOrText &stride : options_.strides)
      strides.push_back(requireStride(stride.text));
    requireDistinctPlaces(strides);
    return with([&](Array &array) {
      array.layout.columnMajor = false;
      array.layout.strides = strides;
    });
  }

  Expr requireStride(const std::string &text) const {
    const Expr stride = parseExpression(kernel_, text, {}, options_.where);
    bool isOverParams = stride.type().isInteger();
    forEach(stride,
            [&](Expr part) { isOverParams &= !part.is<Load>() && !part.is<InameRef>() && !part.is<RuleUse>(); });
    if (!isOverParams)
      fail("A stride is an integer expression over integer parameters, and `" + text + "` is none.");
    return stride;
  }

  // Different elements have different places if, with the axes in some order, each stride spans the axes inside it:
  //   stride(d) >= stride(d + 1) * extent(d + 1), the last one >= 1, for all parameters that the assumptions allow
  void requireDistinctPlaces(const std::vector<Expr> &strides) const {
    Terms terms(*kernel_.context);
    std::vector<unsigned> order(strides.size());
    std::iota(order.begin(), order.end(), 0U);
    do {
      bool isNested = isNeverNegative(terms, withConstant(terms.formOf(strides[order.back()]), -1));
      for (size_t i = 0; i + 1 < order.size() && isNested; ++i) {
        const Expr span = kernel_.context->mul(strides[order[i + 1]], array_.shape[order[i + 1]]);
        isNested = isNeverNegative(terms, minus(terms.formOf(strides[order[i]]), terms.formOf(span)));
      }
      if (isNested)
        return;
    } while (std::next_permutation(order.begin(), order.end()));
    fail("Different elements of `" + array_.name +
         "` might lie at one place: no stride is known to span the axes inside it "
         "for all parameters. assume() may say so, as in assume(ld >= m).");
  }

  bool isNeverNegative(Terms &terms, const Linear &form) const {
    return llvm::all_of(terms.disjunctsOf(kernel_.assumptions), [&](const std::vector<Constraint> &context) {
      const std::optional<Interval> bounds = constantBounds(terms, context, form);
      return !bounds || (bounds->low && *bounds->low >= 0);
    });
  }

  const Kernel &kernel_;
  const TagArrayAxes &options_;
  const Array &array_;
};

} // namespace

Kernel tagArrayAxes(const Kernel &kernel, const TagArrayAxes &options, Notes *) {
  const Array &array = requireArray(kernel, options.array, options.where);
  requireNoSubArray(kernel, options.array, "tag_array_axes", options.where);
  const bool isOrdered = !options.order.empty() || !options.pad.empty() || !options.strides.empty() || options.vec;
  if (!options.sep && !options.names.empty())
    throw UserError(options.where, "names= is for the arrays that sep= makes.");
  if (!options.sep && !isOrdered)
    throw UserError(options.where, "tag_array_axes needs one of `order`, `pad`, `strides`, `vec` and `sep`.");
  if (!options.sep)
    return AxisOrder(kernel, options).run();
  if (isOrdered)
    throw UserError(options.where, "sep= makes arrays of `" + array.name + "`; lay them out by further calls.");
  return separateAxis(kernel, {.array = array.name,
                               .axis = requireAxis(array, *options.sep, options.where),
                               .names = options.names,
                               .where = options.where});
}

} // namespace loopy
