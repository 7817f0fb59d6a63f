// May elements of a temporary share cells? Private to lib/lower/.
#pragma once

#include "mapping_state.h"

#include "loopy/analysis/prove.h"

namespace loopy {

// An axis stored modulo m: elements whose indices on it differ by a multiple of m share a cell.
struct SharedAxis {
  size_t axis = 0;
  int64_t modulo = 1;
};

struct SharingQuestion {
  std::string array;
  std::vector<SharedAxis> axes;            // in ascending order; affine in all accesses
  std::vector<std::string> foldedLoops;    // around all accesses; values live within one iteration of these
  std::vector<Axis> owner;                 // the hardware axes that one memory has equal coordinates on
  unsigned kernel = 0;                     // the device kernel
};

// Sharing adds a dependence from each access to an element to each access to another element of its cell, one of them
// writing: the one with the smaller indices on the shared axes, compared in their order, has to run before the other.
// In the order of the tree with hardware loops spliced out (barriers separate work-items where such pairs part):
//
//   violated = { (p, q) : one memory, equal folded loops, one of them writes, same cell, shared(p) < shared(q),
//                         and not p before q }
//
// Returns a pair that violates this, if there is one.
std::optional<Violation> findSharingViolation(const MappingState &state, const SharingQuestion &question);

} // namespace loopy
