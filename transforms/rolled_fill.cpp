#include "rolled_fill.h"

#include "edit.h"
#include "rolling.h"

#include "loopy/ir/constants.h"

#include <algorithm>

namespace loopy {
namespace {

// More stored planes than this are a mistake.
constexpr int64_t mostPlanes = 1 << 16;

class RolledFill {
public:
  RolledFill(const PlannedFill &fill, const isl::set &elements, Notes *notes)
      : fill_(fill), at_(fill.sweep.at), what_(fill.wording->what), notes_(notes),
        window_(rollWindow({fill.kernel, what_, at_, fill.request.argumentNames, fill.options->where}, fill.footprint,
                           elements)) {}

  Kernel build() {
    choosePlanes();
    const Footprint last = planeAt(window_.width - 1);
    const std::vector<unsigned> order = storageOrder(fill_, last);
    FillPlan plan = planOf(fill_, last);
    plan.storageOrder = order;
    Kernel result = withTemporary(fill_, plan);
    result.arrays.back().copies[at_] = static_cast<int>(planes_);
    std::vector<std::string> first;
    for (const RolledPlane &plane : window_.planes) {
      const bool isLast = plane.offset == window_.width - 1;
      const std::string statement = addPlane(result, plane, order, isLast);
      if (!isLast)
        first.push_back("`" + statement + "`");
    }
    replaceUses(result, fill_, plansOfUses(plan), notes_);
    if (!first.empty())
      addNote(notes_, listOfNames(first) + (first.size() == 1 ? " fills" : " fill") +
                          " what the first iterations of `" + at_ + "` find no earlier one to have filled.");
    return result;
  }

private:
  void choosePlanes() {
    planes_ = fill_.options->planes == 0 ? window_.width : fill_.options->planes;
    if (planes_ < window_.width)
      fill_.fail("The window of " + what_ + " in one iteration of `" + at_ + "` is " + std::to_string(window_.width) +
                 " places wide, which do not fit into " + std::to_string(planes_) + " planes.");
  }

  Footprint planeAt(int64_t offset) const { return planeOf(*fill_.kernel, fill_.footprint, window_, offset); }

  // By use: where it stands in the window has to be known, so that it is a constant number of places from the
  // iteration.
  std::vector<FillPlan> plansOfUses(const FillPlan &plan) const {
    std::vector<FillPlan> plans(fill_.uses.size(), plan);
    for (size_t i = 0; i < fill_.uses.size(); ++i) {
      const Expr position = fill_.footprint.position[i][window_.axis];
      const std::optional<int64_t> offset = integerConstant(position);
      if (!offset)
        fill_.fail("`" + toString(fill_.uses[i].use) + "` in `" + fill_.uses[i].statement->id + "` stands at `" +
                   toString(position) + "` in the window of " + what_ +
                   ", which is not constant. Elements are kept only where each use is a " +
                   "constant number of places from `" + at_ + "`" +
                   (inamesIn(position).empty() ? "." : "; for a loop over the window, prefetch without roll."));
      plans[i].ahead[at_] = *offset * fill_.footprint.axes[window_.axis].stride;
    }
    return plans;
  }

  // Adds the fill of one place of the window and returns its statement; that of the last place, which every iteration
  // adds, has the names asked for.
  std::string addPlane(Kernel &result, const RolledPlane &plane, const std::vector<unsigned> &order,
                       bool isLast) const {
    const Footprint footprint = planeAt(plane.offset);
    FillPlan plan = planOf(fill_, footprint);
    plan.storageOrder = order;
    plan.ahead[at_] = plane.offset;
    const std::string number = "_" + std::to_string(plane.offset);
    if (!isLast)
      plan.names.statement = result.freshName(plan.names.statement + number);
    DealRequest box = boxOf(fill_, footprint, plan.names.array + (isLast ? "" : number));
    if (isLast)
      box.inames = fill_.options->inames;
    const Fill fill = makeFill(plan, chooseLoops(fill_, result, footprint, box), plane.elements);
    addFill(result, fill_, fill);
    tagLanes(result, fill_, fill, notes_);
    return fill.statement.id;
  }

  const PlannedFill &fill_;
  const std::string &at_, &what_;
  Notes *notes_;
  const RolledWindow window_;
  int64_t planes_ = 1; // stored
};

} // namespace

void requireRollOptions(const Precompute &options) {
  auto fail = [&](const std::string &message) { throw UserError(options.where, message); };
  if (!options.roll) {
    if (options.planes != 0)
      fail("planes= says how many places of a rolled window are stored; give roll=true too.");
    return;
  }
  if (options.at.empty())
    fail("roll=true keeps elements from one iteration of a loop to the next: say of which one with at=.");
  if (!options.through.empty())
    fail("roll=true fetches each element once, where it is new; through= is for fills that fetch all of them anew.");
  if (options.planes < 0 || options.planes > mostPlanes)
    fail("planes= is a number of places, from the width of the window to " + std::to_string(mostPlanes) + ", not " +
         std::to_string(options.planes) + ".");
}

Kernel rolledFill(const PlannedFill &fill, const isl::set &elements, Notes *notes) {
  for (const GuardLiteral &literal : fill.guard)
    if (mentionsIname(literal.load, fill.sweep.at))
      fill.fail("Whether " + fill.wording->what + " is used depends on `" + toString(literal.load) +
                "`, which is another value in each iteration of `" + fill.sweep.at +
                "`, so elements cannot be kept from one to the next.");
  return RolledFill(fill, elements, notes).build();
}

} // namespace loopy
