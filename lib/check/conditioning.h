// Which arguments must stay away from zero so that a kernel's results stay finite and well-conditioned.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

struct Conditioning {
  // Arrays and scalars that are divided by, under a root, a logarithm or a power, or lengths in a search for shortest
  // paths.
  std::set<std::string> positive;
  // Square matrices whose diagonal is: the two axes.
  std::map<std::string, std::pair<size_t, size_t>> diagonal;
};

// `kernel` has its rules expanded.
Conditioning findConditioning(const Kernel &kernel, const std::map<std::string, int64_t> &sizes);

} // namespace loopy
