// Which loops fill a box, and which element each of their iterations fills.
#pragma once

#include "loopy/ir/tree.h"

namespace loopy {

struct FillLoop {
  std::string name;
  Tag tag;
  int64_t extent = 1; // the loop runs over 0 <= name < extent
};

// The loops outermost first; element e of the box stands at coordinates[axis] in the iterations in `domain`, in exactly
// one of them.
struct Dealing {
  std::vector<FillLoop> loops;
  std::vector<Expr> coordinates; // by axis, over the loops
  isl::set domain;               // of the loops; the coordinates may be outside the box for none of its points
};

// One axis of a work-group: `l.number` has `extent` work-items.
struct LaneAxis {
  int number = 0;
  int64_t extent = 1;
};

// The axes of the work-group that runs the statement `use`, without those of the loops `around` the fill: of all loops
// below the outermost hardware loop around the statement. UserError if one has no constant extent.
std::vector<LaneAxis> laneAxes(const Kernel &kernel, const Tree &tree, const std::string &use,
                               const std::vector<std::string> &around, SourceRange where);

// A box with `extents`; `order` lists the axes from the one with the largest stride in memory to that with the
// smallest.
struct DealRequest {
  std::vector<int64_t> extents;
  std::vector<unsigned> order;
  std::vector<std::string> axisNames; // of the loops, one per axis, where each axis has its own loop
  std::string prefix;                 // of the loops of a box that is dealt out: <prefix>_r, <prefix>_l1, <prefix>_l0
  std::vector<std::string> inames;    // the user's names for the loops in the place of these; empty = none
  int64_t work = 1;                   // nodes of the expression that is evaluated for an element
  SourceRange where;
};

// One loop for each axis, with these tags by axis (empty: none).
Dealing loopPerAxis(const Kernel &kernel, const DealRequest &request, const std::vector<Tag> &tags);

// Dealt out to all work-items: e = r*(number of work-items) + lane, fastest along the lowest axis. Where the axes of
// the box match those of the group, each axis has its own loop, tagged l.0, l.1, ...
Dealing dealOut(const Kernel &kernel, const DealRequest &request, const std::vector<LaneAxis> &lanes);

// A box of which `deal` deals out groups of `width` elements along its fastest axis, with an innermost loop inside the
// groups, <prefix>_v. UserError if the axis' extent is no multiple of the width.
Dealing inGroups(const Kernel &kernel, DealRequest request, int64_t width,
                 const std::function<Dealing(const DealRequest &)> &deal);

} // namespace loopy
