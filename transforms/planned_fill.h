// The fill of a rule's uses, planned but for its loops, and the parts of the kernel that has it.
#pragma once

#include "fill.h"
#include "fill_uses.h"
#include "sweep.h"
#include "uses.h"

#include "loopy/transforms/precompute.h"

namespace loopy {

struct PlannedFill {
  const Kernel *kernel = nullptr;
  const Precompute *options = nullptr;
  const FillWording *wording = nullptr;
  const Rule *rule = nullptr;
  Expr body;                          // the rule's, other rules expanded
  std::vector<std::string> arguments; // the rule's parameters, then the free inames of its body
  std::vector<UseSite> uses;
  std::vector<std::string> statements; // that hold them
  SweepPlan sweep;
  FootprintRequest request;
  Footprint footprint;             // of all uses
  std::vector<GuardLiteral> guard; // of the fill
  FillNames names;

  [[noreturn]] void fail(const std::string &message) const { throw UserError(options->where, message); }
};

// What `makeFill` takes, of all of the footprint or a part of it, to which it refers; axes stored in the footprint's
// order.
FillPlan planOf(const PlannedFill &fill, const Footprint &footprint);

// The axes of the footprint in the order of the `axes` option; implicit axes of an array come first.
std::vector<unsigned> storageOrder(const PlannedFill &fill, const Footprint &footprint);

// The kernel with the array that takes the elements, and the tree in which the fill has its place; uses as they were.
Kernel withTemporary(const PlannedFill &fill, const FillPlan &plan);

// The box of a footprint, to be dealt out to loops called after `prefix`.
DealRequest boxOf(const PlannedFill &fill, const Footprint &footprint, const std::string &prefix);

// The fill's loops, tagged as asked for, or as its memory suggests: dealt out to the work-items that share it, unrolled
// where it stays with one. They have names that are new in `kernel`. UserError if the options do not fit.
Dealing chooseLoops(const PlannedFill &fill, const Kernel &kernel, const Footprint &footprint, const DealRequest &box);

// Puts a fill into the kernel: its loops and its statement, before the first use.
void addFill(Kernel &kernel, const PlannedFill &planned, const Fill &fill);

// With vec=n: tags the innermost loop of a fill in the kernel, or notes why it may not be. Each instance of the fill
// writes an element of its own, so that nothing parts there.
void tagLanes(Kernel &kernel, const PlannedFill &planned, const Fill &fill, Notes *notes);

// Each use reads what the fill of its plan writes there. plans : by use
void replaceUses(Kernel &kernel, const PlannedFill &fill, const std::vector<FillPlan> &plans, Notes *notes);

} // namespace loopy
