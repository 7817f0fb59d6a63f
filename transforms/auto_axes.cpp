#include "auto_axes.h"

#include "edit.h"

#include "loopy/ir/affine.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace loopy {

// Extents that only the caller knows count as a thousand elements: what matters is the order of strides.
static constexpr double unknownExtent = 1000;

static double extentOf(Expr extent) {
  if (const Constant *constant = extent.as<Constant>())
    if (const int64_t *value = std::get_if<int64_t>(&constant->value))
      return static_cast<double>(*value);
  if (const Binary *binary = extent.as<Binary>(); binary && binary->op == BinaryOp::Mul)
    return extentOf(binary->lhs) * extentOf(binary->rhs);
  return unknownExtent;
}

// The distance in elements between neighbours along each explicit axis.
static std::vector<double> stridesOf(const Array &array) {
  const unsigned axes = array.shape.size();
  std::vector<double> strides(axes);
  if (!array.layout.strides.empty()) {
    for (unsigned axis = 0; axis < axes; ++axis)
      strides[axis] = extentOf(array.layout.strides[axis]);
    return strides;
  }
  double stride = 1;
  for (unsigned i = 0; i < axes; ++i) {
    const unsigned axis = array.layout.columnMajor ? i : axes - 1 - i;
    strides[axis] = stride;
    stride *= extentOf(array.shape[axis]);
  }
  return strides;
}

// How far an access moves when the iname grows by one: nothing if that is not a constant, 0 if it does not move.
static std::optional<double> moveOf(const Kernel &kernel, const Load &load, const std::string &iname) {
  const isl::ctx ctx = kernel.context->isl();
  const Array &array = kernel.array(load.array);
  const std::vector<double> strides = stridesOf(array);
  const isl::pw_aff next = poly::paramAff(ctx, "$next").add(poly::constantAff(ctx, 1));
  double move = 0;
  for (unsigned axis = 0; axis < strides.size(); ++axis) {
    const Expr index = load.index[array.implicitAxes + axis];
    if (!mentionsIname(index, iname))
      continue;
    const std::optional<isl::pw_aff> value = toAffine(*kernel.context, index);
    if (!value)
      return std::nullopt;
    // A guess at what is fast: a function of many pieces is not worth long work.
    constexpr unsigned long operationBudget = 50'000;
    const auto step = poly::withinBudget(ctx, operationBudget, [&] {
      const isl::pw_aff after = poly::substitute(poly::renameParams(*value, {{iname, "$next"}}), "$next",
                                                 poly::paramAff(ctx, iname).add(poly::constantAff(ctx, 1)));
      return poly::constantValue(after.sub(*value), poly::universe(ctx));
    });
    if (!step || !*step)
      return std::nullopt;
    move += static_cast<double>(**step) * strides[axis];
  }
  return std::fabs(move);
}

static double smallestMove(const Kernel &kernel, const std::string &iname) {
  double smallest = std::numeric_limits<double>::infinity();
  for (const StatementRef &statement : kernel.statements)
    for (const AccessRef &access : accesses(*statement))
      if (!kernel.array(access.load->array).isTemp())
        if (std::optional<double> move = moveOf(kernel, *access.load, iname); move && *move > 0)
          smallest = std::min(smallest, *move);
  return smallest;
}

std::vector<std::string> byAccessStride(const Kernel &kernel, const std::vector<std::string> &inames) {
  std::vector<std::pair<double, std::string>> order;
  for (const std::string &iname : inames)
    order.emplace_back(smallestMove(kernel, iname), iname);
  llvm::stable_sort(order, [](const auto &a, const auto &b) { return a.first < b.first; });
  std::vector<std::string> result;
  for (auto &[move, iname] : order)
    result.push_back(iname);
  return result;
}

std::vector<unsigned> axesSlowestFirst(const Array &array) {
  const std::vector<double> strides = stridesOf(array);
  std::vector<unsigned> axes(strides.size());
  std::iota(axes.begin(), axes.end(), 0u);
  llvm::stable_sort(axes, [&](unsigned a, unsigned b) { return strides[a] > strides[b]; });
  return axes;
}

std::optional<int> freeLocalAxis(const Kernel &kernel, const std::string &iname) {
  std::set<int> taken;
  for (const StatementRef &statement : kernel.statements)
    if (hasIname(*statement, iname))
      for (const std::string &other : statement->inames)
        if (Tag tag = kernel.tag(other); tag.kind == Tag::Kind::Local)
          taken.insert(tag.value);
  for (int axis = 0; axis < 3; ++axis)
    if (!taken.count(axis))
      return axis;
  return std::nullopt;
}

} // namespace loopy
