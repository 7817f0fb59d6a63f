#include "loopy/transforms/concatenate_arrays.h"

#include "edit.h"
#include "relayout.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class Concatenator {
public:
  Concatenator(const Kernel &kernel, const ConcatenateArrays &options)
      : kernel_(kernel), options_(options), context_(*kernel.context) {}

  Kernel run() {
    checkArrays();
    checkAxis();
    Array whole = wholeArray();
    Kernel result = kernel_;
    Expr offset = context_.constant(int64_t{0});
    for (size_t number = 0; number < arrays_.size(); ++number) {
      const Array &part = *arrays_[number];
      const Expr place = options_.stack ? context_.constant(static_cast<int64_t>(number)) : offset;
      result = withRelayout(
          result, {.name = part.name,
                   .arrays = {},
                   .access = [&](const Statement *, const Load &load, Expr e) { return moved(load, e, place); },
                   .into = {options_.name}});
      if (!options_.stack)
        offset = context_.add(offset, part.shape[axis_]);
    }
    insert(result, std::move(whole));
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  void checkArrays() {
    if (options_.arrays.size() < 2)
      fail("concatenate_arrays wants two arrays or more.");
    for (const std::string &name : options_.arrays) {
      const Array &array = requireArray(kernel_, name, options_.where);
      if (llvm::is_contained(arrays_, &array))
        fail("The array `" + name + "` is given twice.");
      requireNoSubArray(kernel_, name, "concatenate_arrays", options_.where);
      checkLike(array);
      arrays_.push_back(&array);
    }
    requireNewName(kernel_, options_.name, options_.where);
  }

  // As the first one, but for the length of the axis.
  void checkLike(const Array &array) const {
    const Array &first = arrays_.empty() ? array : *arrays_.front();
    auto differ = [&](const std::string &what) {
      fail("`" + first.name + "` and `" + array.name + "` cannot be one array: " + what + ".");
    };
    if (array.type != first.type)
      differ("one is of " + first.type.name() + ", the other of " + array.type.name());
    if (array.isTemp() != first.isTemp())
      differ("one is an argument, the other a temporary");
    if (array.shape.size() != first.shape.size())
      differ("they have different numbers of axes");
    if (array.implicitAxes != 0 || !array.copies.empty())
      fail("`" + array.name +
           "` has a value of its own for each iteration of a loop, so it has no place in another array.");
    for (const ReductionInfo &reduction : kernel_.reductions)
      if (llvm::is_contained(reduction.accumulators, array.name))
        fail("`" + array.name + "` is the accumulator of a reduction, so it has no place in another array.");
    if (array.space != first.space)
      differ("they are asked for in different memories");
    if (!array.layout.strides.empty() || array.layout.columnMajor || array.layout.offset || array.isImage ||
        !array.padding.empty() || array.swizzle)
      fail("`" + array.name + "` has a layout of its own. Put the arrays together before that is set.");
  }

  void checkAxis() {
    const Array &first = *arrays_.front();
    if (options_.stack && options_.axis.text == std::to_string(first.shape.size()))
      axis_ = static_cast<unsigned>(first.shape.size()); // a new last axis
    else
      axis_ = requireAxis(first, options_.axis, options_.where);
    for (const Array *array : arrays_)
      for (unsigned axis = 0; axis < first.shape.size(); ++axis)
        if ((options_.stack || axis != axis_) && !equal(array->shape[axis], first.shape[axis]))
          fail("`" + first.name + "` and `" + array->name + "` cannot be one array: axis " + std::to_string(axis) +
               " has the length " + toString(first.shape[axis]) + " in one, " + toString(array->shape[axis]) +
               " in the other.");
  }

  // What is only written stays so; what is read and written in parts is both.
  Role role() const {
    const Role first = arrays_.front()->role;
    const bool isSame = llvm::all_of(arrays_, [&](const Array *array) { return array->role == first; });
    return isSame ? first : Role::InOut;
  }

  Array wholeArray() const {
    Array whole = *arrays_.front();
    whole.name = options_.name;
    whole.role = role();
    if (options_.stack) {
      whole.shape.insert(whole.shape.begin() + axis_, context_.constant(static_cast<int64_t>(arrays_.size())));
      whole.axisNames.clear();
    }
    for (const Array *array : arrays_) {
      whole.layout.alignment = std::min(whole.layout.alignment, array->layout.alignment);
      whole.tags.insert(array->tags.begin(), array->tags.end());
      if (!options_.stack && array != arrays_.front())
        whole.shape[axis_] = context_.add(whole.shape[axis_], array->shape[axis_]);
    }
    return whole;
  }

  Expr moved(const Load &load, Expr e, Expr place) const {
    std::vector<Expr> index = load.index;
    if (options_.stack)
      index.insert(index.begin() + axis_, place);
    else
      index[axis_] = context_.add(index[axis_], place);
    return context_.load(options_.name, std::move(index), e.type(), e.range());
  }

  // The whole stands where the first of its parts stood.
  void insert(Kernel &result, Array whole) const {
    const std::string &first = arrays_.front()->name;
    size_t before = 0, argumentsBefore = 0;
    for (const Array &array : kernel_.arrays) {
      if (array.name == first)
        break;
      before += result.findArray(array.name) != nullptr;
    }
    for (const std::string &name : kernel_.argumentOrder) {
      if (name == first)
        break;
      argumentsBefore += llvm::is_contained(result.argumentOrder, name);
    }
    if (!whole.isTemp())
      result.argumentOrder.insert(result.argumentOrder.begin() + static_cast<ptrdiff_t>(argumentsBefore), whole.name);
    result.arrays.insert(result.arrays.begin() + static_cast<ptrdiff_t>(before), std::move(whole));
  }

  const Kernel &kernel_;
  const ConcatenateArrays &options_;
  Context &context_;
  std::vector<const Array *> arrays_;
  unsigned axis_ = 0;
};

} // namespace

Kernel concatenateArrays(const Kernel &kernel, const ConcatenateArrays &options, Notes *) {
  return Concatenator(kernel, options).run();
}

} // namespace loopy
