#include "rolling.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

const std::string earlier = "$earlier";

class WindowSearch {
public:
  WindowSearch(const RollRequest &request, const Footprint &footprint, const isl::set &elements)
      : request_(request), kernel_(*request.kernel), context_(*kernel_.context), footprint_(footprint),
        elements_(elements) {}

  RolledWindow run() {
    requireOrder();
    requireOneValue();
    findAxis();
    findPlanes();
    return std::move(result_);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(request_.where, message); }
  std::string argumentText(unsigned argument) const { return request_.argumentNames[argument]; }

  void requireOrder() const {
    const Tag tag = kernel_.tag(request_.at);
    if (tag.kind != Tag::Kind::None && tag.kind != Tag::Kind::UnrollHint)
      fail("Elements of " + request_.what + " are kept from one iteration of `" + request_.at +
           "` to the next, which wants a sequential loop, and that is tagged " + tag.name() + ".");
  }

  // What stands in the footprint for data has to be the same in the iteration that fetches and in those that use.
  void requireOneValue() const {
    for (const auto &[name, load] : footprint_.dataParams)
      if (mentionsIname(load, request_.at))
        fail("Which elements of " + request_.what + " are used depends on `" + toString(load) +
             "`, which is another value in each iteration of `" + request_.at +
             "`, so elements cannot be kept from one to the next.");
    for (size_t argument = 0; argument < footprint_.single.size(); ++argument)
      if (Expr value = footprint_.single[argument]; value && mentionsIname(value, request_.at))
        fail("No element of " + request_.what + " is used in two iterations of `" + request_.at +
             "`: " + argumentText(static_cast<unsigned>(argument)) + " is `" + toString(value) +
             "` and nothing else in each of them. Without roll they are fetched as they are needed.");
  }

  bool moves(const FootprintAxis &axis) const { return poly::involves(axis.base, request_.at); }

  // base - k, free of k
  bool movesByOne(const FootprintAxis &axis) const {
    const isl::pw_aff rest = axis.base.sub(poly::paramAff(context_.isl(), request_.at)).coalesce();
    return !poly::involves(rest, request_.at);
  }

  void findAxis() {
    std::vector<unsigned> moving;
    for (unsigned axis = 0; axis < footprint_.axes.size(); ++axis)
      if (moves(footprint_.axes[axis]))
        moving.push_back(axis);
    if (moving.empty())
      fail("The elements of " + request_.what + " that are used are the same in all iterations of `" + request_.at +
           "`. Give a loop outside it as `at`, and leave out roll.");
    if (moving.size() > 1)
      fail("The footprint of " + request_.what + " moves along " + argumentText(footprint_.axes[moving[0]].argument) +
           " and " + argumentText(footprint_.axes[moving[1]].argument) + " from one iteration of `" + request_.at +
           "` to the next. Elements are kept only where it moves along one of them.");
    result_.axis = moving[0];
    const FootprintAxis &axis = footprint_.axes[result_.axis];
    if (axis.extent == 0)
      fail("The footprint of " + request_.what + " has no constant extent along " + argumentText(axis.argument) +
           ", but `" + toString(axis.size) + "`: the number of elements to keep has to be constant.");
    if (!movesByOne(axis))
      fail("From one iteration of `" + request_.at + "` to the next the footprint of " + request_.what +
           " does not move by one element along " + argumentText(axis.argument) +
           ". Elements are kept only where each iteration adds one place.");
    result_.width = (axis.extent - 1) * axis.stride + 1;
  }

  void findPlanes() {
    const isl::pw_aff now = poly::paramAff(context_.isl(), request_.at),
                      before = poly::paramAff(context_.isl(), earlier);
    const isl::set known = poly::projectOut(
        poly::renameParams(elements_, {{request_.at, earlier}}).intersect(before.lt_set(now)), {earlier});
    const isl::set fresh = elements_.subtract(known).coalesce();
    const FootprintAxis &axis = footprint_.axes[result_.axis];
    for (int64_t offset = 0; offset < result_.width; ++offset) {
      const isl::pw_aff value = axis.base.add(poly::constantAff(context_.isl(), offset));
      isl::set plane = poly::substitute(fresh, axis.value, value).coalesce();
      if (!plane.intersect(kernel_.assumptions).is_empty())
        result_.planes.push_back({offset, simplified(plane)});
    }
  }

  // The same elements for all sizes that the assumptions allow, without what these say and in fewer pieces.
  isl::set simplified(const isl::set &plane) const {
    const isl::set hull = poly::simpleHull(plane.intersect(kernel_.assumptions));
    return hull.intersect(kernel_.assumptions).is_subset(plane) ? hull : plane;
  }

  const RollRequest &request_;
  const Kernel &kernel_;
  Context &context_;
  const Footprint &footprint_;
  const isl::set &elements_;
  RolledWindow result_;
};

} // namespace

RolledWindow rollWindow(const RollRequest &request, const Footprint &footprint, const isl::set &elements) {
  return WindowSearch(request, footprint, elements).run();
}

Footprint planeOf(const Kernel &kernel, const Footprint &footprint, const RolledWindow &window, int64_t offset) {
  Context &context = *kernel.context;
  const FootprintAxis &axis = footprint.axes[window.axis];
  Footprint plane = footprint;
  plane.single[axis.argument] = fromPwAff(context, axis.base.add(poly::constantAff(context.isl(), offset)),
                                          namesOf(kernel, footprint.dataParams));
  plane.axes.erase(plane.axes.begin() + window.axis);
  for (std::vector<Expr> &position : plane.position)
    position.erase(position.begin() + window.axis);
  return plane;
}

} // namespace loopy
