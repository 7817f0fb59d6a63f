// Works on a part of an array in a temporary: loads it, updates it there, stores it back.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct BufferArray {
  std::string array{};
  std::string at{}; // these options as in Precompute, with the array's axes for the rule's arguments
  std::vector<std::string> sweep{};
  std::string in{};
  std::vector<int64_t> pad{};
  std::vector<std::string> lanes{}; // of the loops that load and store
  std::string name{};               // of the temporary; "" = <array>_buf
  std::string within{};             // whose accesses, as in transforms/match.h; "" = all
  SourceRange where{};
};

// All accesses of the selected statements below `at` go to a temporary, which holds the elements that they touch for
// one value of the outer inames. A load stands before the first child of `at` with an access, a store of what they may
// write behind the last one:
//
//     for k: a[i] = a[i] + x[k]   ->   b[i] = a[i];  for k: b[i] = b[i] + x[k];  a[i] = b[i]
//
// The load is left out where every element that is read or stored is surely written before, the store where nothing is
// written. Legal iff
//   no other access to an element that conflicts with one of these runs between load and store, and
//   of accesses in different copies of the temporary between one load and store, none conflict, and
//   no dependence of loads and stores first parts at a parallel loop.
Kernel bufferArray(const Kernel &kernel, const BufferArray &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const BufferArray &options, Notes *notes) {
  return bufferArray(kernel, options, notes);
}

} // namespace loopy
