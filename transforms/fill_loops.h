// Which loops fill or store a box: as asked for by `lanes=`, or as its memory suggests.
#pragma once

#include "footprint.h"
#include "lanes.h"
#include "sweep.h"

namespace loopy {

struct FillLoopsRequest {
  const Kernel *kernel = nullptr;
  std::string what; // what is filled, "`f`", for messages
  const SweepPlan *sweep = nullptr;
  const Footprint *footprint = nullptr;
  std::vector<std::string> argumentNames; // as in FootprintRequest
  std::vector<std::string> lanes;         // the option
  std::string use;                        // a statement that uses the box
  SourceRange where;
};

// Dealt out to the work-items that share the memory; unrolled where it stays with one of them and is small; else, or
// with tags in `lanes`, one loop for each axis. UserError if the tags do not fit.
Dealing chooseFillLoops(const FillLoopsRequest &request, const DealRequest &box);

// The `pad` option for a box with so many axes: cells added to each, a single number to the last one.
std::vector<int64_t> fillPadding(const std::vector<int64_t> &pad, size_t axes, const std::string &what,
                                 SourceRange where);

} // namespace loopy
