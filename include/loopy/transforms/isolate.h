// Sets full tiles apart from partial ones.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Isolate {
  std::vector<std::string> inames{}; // inner loops of tiles
  std::string suffix{};              // of the names of the copies for partial tiles; "" = _partial, numbered if in use
  std::string within{};              // the statements whose tiles are set apart; "" = all
  SourceRange where{};
};

// A tile is full if all values of the named inames are in the domain. The innermost loop that this depends on is cut in
// two siblings: the full tiles under the statements' own names, and the rest as copies of all statements in it; so are
// temporaries that are used in each half on its own. Tags stay. Old and new instances are the same; where the loop is
// sequential, every dependence must hold in the new order.
Kernel isolate(const Kernel &kernel, const Isolate &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Isolate &options, Notes *notes) {
  return isolate(kernel, options, notes);
}

} // namespace loopy
