// The proof that accesses may go to a copy for a while.
#pragma once

#include "loopy/analysis/prove.h"

namespace loopy {

struct BufferCheck {
  const Kernel *kernel = nullptr; // with its accesses as they were, in the tree in which the copy is to stand
  std::string array;
  std::set<std::string> statements; // whose accesses go to the copy
  std::vector<std::string> around;  // the loops around load and store, outermost first
  std::vector<std::string> inside;  // loops inside them that each have a copy of their own
};

// A pair of conflicting accesses, in one iteration of the loops around, of which
//   one goes to the copy and the other not, and stands between load and store: in the children of the innermost loop
//   around from the first that holds one of the statements to the last; or
//   both go to the copy, in different iterations of the loops inside.
// Nothing if there is none.
std::optional<Violation> findBufferViolation(const BufferCheck &check);

} // namespace loopy
