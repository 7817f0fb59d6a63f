#include "loopy/transforms/split_array_axis.h"

#include "divided_index.h"
#include "edit.h"
#include "relayout.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

// Its two names, if the array's axes have names.
static std::vector<std::string> namesOf(const Array &array, unsigned axis, const SplitArrayAxis &options) {
  if (!options.names.empty() && (array.axisNames.empty() || options.names.size() != 2))
    throw UserError(options.where,
                    array.axisNames.empty()
                        ? "The axes of `" + array.name + "` have no names; name_array_axes gives them some."
                        : "names= gives " + std::to_string(options.names.size()) + " names for two axes.");
  std::vector<std::string> names = array.axisNames;
  if (names.empty())
    return names;
  const std::vector<std::string> both =
      options.names.empty() ? std::vector<std::string>{names[axis] + "_outer", names[axis] + "_inner"} : options.names;
  names.erase(names.begin() + axis);
  for (const std::string &name : both)
    if (llvm::is_contained(names, name) || both[0] == both[1])
      throw UserError(options.where, "`" + array.name + "` would have two axes `" + name + "`.");
  names.insert(names.begin() + axis, both.begin(), both.end());
  return names;
}

Kernel splitArrayAxis(const Kernel &kernel, const SplitArrayAxis &options, Notes *) {
  const Array &array = requireArray(kernel, options.array, options.where);
  const unsigned axis = requireAxis(array, options.axis, options.where);
  requireBlockLength(options.count, "The length of a block", options.where);
  requireNoSubArray(kernel, options.array, "split_array_axis", options.where);
  if (!array.layout.strides.empty() || array.layout.columnMajor || array.layout.offset || array.isImage ||
      array.swizzle)
    throw UserError(options.where, "`" + array.name + "` has a layout of its own. Split the axis before that is set.");

  Context &context = *kernel.context;
  Array split = array;
  const Expr length = array.shape[axis];
  split.shape[axis] = context.binary(BinaryOp::FloorDiv, context.add(length, context.constant(options.count - 1)),
                                     context.constant(options.count));
  split.shape.insert(split.shape.begin() + axis + 1, context.constant(options.count));
  split.axisNames = namesOf(array, axis, options);
  if (!split.padding.empty())
    split.padding.insert(split.padding.begin() + axis, 0);
  IndexDivider divider(kernel);
  return withRelayout(kernel, {array.name, {split}, [&](const Statement *statement, const Load &load, Expr e) {
                                 std::vector<Expr> index = load.index;
                                 const auto at = index.begin() + array.implicitAxes + axis;
                                 const IndexDivider::Parts parts = divider.divide(statement, *at, options.count);
                                 *at = parts.remainder;
                                 index.insert(at, parts.quotient);
                                 return context.load(array.name, std::move(index), e.type(), e.range());
                               }});
}

} // namespace loopy
