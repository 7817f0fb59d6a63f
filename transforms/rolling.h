// Which elements of a footprint an iteration of a loop is the first to need, where the footprint moves on by one
// element from one iteration to the next.
#pragma once

#include "footprint.h"

namespace loopy {

// The elements at one place of the window that an iteration has to fetch.
struct RolledPlane {
  int64_t offset = 0; // from the lower end of the window
  isl::set elements;  // the values on the other axes, over their names, outer inames, params and data params
};

struct RolledWindow {
  unsigned axis = 0;               // of the footprint: the one along which the window moves
  int64_t width = 1;               // elements from its lower to its upper end
  std::vector<RolledPlane> planes; // by offset, those with elements
};

struct RollRequest {
  const Kernel *kernel = nullptr;
  std::string what;                       // what is filled, "`f`", for messages
  std::string at;                         // the loop
  std::vector<std::string> argumentNames; // as in FootprintRequest
  SourceRange where;
};

// elements : what the uses of one iteration of `at` need, in the names of the footprint. Of them the iteration fetches
//
//   new = { (k, v) in elements : no k' < k has (k', v) in elements }
//
// UserError where the window does not move by one element along just one axis, or has no constant width.
RolledWindow rollWindow(const RollRequest &request, const Footprint &footprint, const isl::set &elements);

// The footprint of one plane: along the window's axis the argument has the value at `offset`.
Footprint planeOf(const Kernel &kernel, const Footprint &footprint, const RolledWindow &window, int64_t offset);

} // namespace loopy
