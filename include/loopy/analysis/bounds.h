// Are all accesses inside their arrays, and is every temporary's element written before it is read?
#pragma once

#include "loopy/analysis/dependence.h"

namespace loopy {

struct BoundsFinding {
  enum class Verdict { Proved, Refuted, Assumed } verdict = Verdict::Proved;
  std::string statement, access;   // id; text of the access
  SourceRange range;
  std::string detail;              // refuted: "n=1, i=0: reads a[1]"; assumed: why
};
// One finding per access of an array with a shape (arguments and explicit axes of temporaries).
std::vector<BoundsFinding> checkBounds(const Kernel &kernel);

// Reads of temporaries and out arguments that no earlier write covers, as diagnostics ("`t` may be unset ...").
std::vector<Diagnostic> findUnsetReads(const Kernel &kernel);
// Those of one statement that decide which of its instances run, or which elements they touch.
std::vector<Diagnostic> findUnsetControl(const Kernel &kernel, const std::string &statement);

} // namespace loopy
