#include "loopy/transforms/tag_array_axes.h"

#include "edit.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

namespace loopy {
namespace {

class AxisOrder {
public:
  AxisOrder(const Kernel &kernel, const TagArrayAxes &options)
      : kernel_(kernel), options_(options), array_(requireArray(kernel, options.array, options.where)) {}

  Kernel run() const {
    requireNoSubArray();
    const std::vector<size_t> order = storageOrder();
    const std::vector<int64_t> pad = padding();
    if (isNatural() && llvm::is_sorted(order) && llvm::all_of(pad, [](int64_t cells) { return cells == 0; }))
      fail("`" + array_.name + "` is laid out so already.");
    Kernel result = kernel_;
    for (Array &array : result.arrays)
      if (array.name == array_.name)
        array_.isTemp() ? permute(array, order, pad) : setStrides(array, order, pad);
    return array_.isTemp() ? withPermutedAccesses(std::move(result), order) : result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  // A function gets the address of a part's first element, and knows how the others lie.
  void requireNoSubArray() const {
    for (const StatementRef &statement : kernel_.statements)
      if (const CallBody *call = std::get_if<CallBody>(&statement->body))
        for (const auto &arg : call->args)
          if (const SubArray *part = std::get_if<SubArray>(&arg); part && part->access.as<Load>()->array == array_.name)
            fail("tag_array_axes(" + array_.name + ") is not legal: `" + statement->id + "` passes a part of `" +
                 array_.name + "` to `" + call->callee + "`, which expects its elements where they are.");
  }

  // The last axis is contiguous, and nothing is between the elements.
  bool isNatural() const { return !array_.layout.columnMajor && array_.layout.strides.empty(); }

  // The explicit axes, slowest first.
  std::vector<size_t> storageOrder() const {
    const size_t axes = array_.shape.size();
    if (axes == 0)
      fail("`" + array_.name + "` has no axes.");
    if (options_.order.empty() && options_.pad.empty())
      fail("tag_array_axes needs `order`, `pad`, or both.");
    std::vector<size_t> order(axes);
    std::iota(order.begin(), order.end(), size_t{0});
    if (options_.order.empty())
      return order;
    const bool isPermutation = options_.order.size() == axes && llvm::all_of(order, [&](size_t axis) {
                                 return llvm::is_contained(options_.order, static_cast<int64_t>(axis));
                               });
    if (!isPermutation)
      fail("order= names each axis of `" + array_.name + "` once, slowest first: the numbers 0 to " +
           std::to_string(axes - 1) + ".");
    order.assign(options_.order.begin(), options_.order.end());
    return order;
  }

  // In storage order.
  std::vector<int64_t> padding() const {
    std::vector<int64_t> pad(array_.shape.size(), 0);
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
    return pad;
  }

  void setStrides(Array &array, const std::vector<size_t> &order, const std::vector<int64_t> &pad) const {
    Context &context = *kernel_.context;
    array.layout.columnMajor = false;
    array.layout.strides.assign(order.size(), Expr());
    Expr stride = context.constant(int64_t{1});
    for (size_t i = order.size(); i-- > 0;) {
      array.layout.strides[order[i]] = stride;
      const Expr extent = array.shape[order[i]];
      stride = context.mul(stride, pad[i] ? context.add(extent, context.constant(pad[i])) : extent);
    }
  }

  static void permute(Array &array, const std::vector<size_t> &order, const std::vector<int64_t> &pad) {
    std::vector<Expr> shape;
    std::vector<int64_t> padding;
    for (size_t i = 0; i < order.size(); ++i) {
      shape.push_back(array.shape[order[i]]);
      padding.push_back(pad[i] + (array.padding.empty() ? 0 : array.padding[order[i]]));
    }
    array.shape = std::move(shape);
    array.padding = std::move(padding);
  }

  Kernel withPermutedAccesses(Kernel result, const std::vector<size_t> &order) const {
    Context &context = *kernel_.context;
    const auto permutedIndex = [&](const std::vector<Expr> &index) {
      std::vector<Expr> permuted(index.begin(), index.begin() + array_.implicitAxes);
      for (size_t axis : order)
        permuted.push_back(index[array_.implicitAxes + axis]);
      return permuted;
    };
    const auto permuted = [&](Expr e) {
      const Load *load = e.as<Load>();
      return load && load->array == array_.name
                 ? context.load(array_.name, permutedIndex(load->index), e.type(), e.range())
                 : e;
    };
    for (StatementRef &statement : result.statements)
      if (llvm::any_of(accesses(*statement),
                       [&](const AccessRef &access) { return access.load->array == array_.name; }))
        statement = std::make_shared<const Statement>(rewriteExprs(context, *statement, permuted));
    for (Rule &rule : result.rules)
      rule.body = rewrite(context, rule.body, permuted);
    for (Fact &fact : result.facts)
      if (DisjointFact *disjoint = std::get_if<DisjointFact>(&fact); disjoint && disjoint->array == array_.name)
        disjoint->index = permutedIndex(disjoint->index);
    return result;
  }

  const Kernel &kernel_;
  const TagArrayAxes &options_;
  const Array &array_;
};

} // namespace

Kernel tagArrayAxes(const Kernel &kernel, const TagArrayAxes &options, Notes *) {
  return AxisOrder(kernel, options).run();
}

} // namespace loopy
