// Which values integer arrays may hold so that no access leaves its array.
#pragma once

#include "loopy/check/count.h"

namespace loopy {

struct IndexValues {
  // Any values in [lower, upper]; without an upper end any values from `lower` on.
  int64_t lower = 0;
  std::optional<int64_t> upper;
  // Row starts: increasing along this axis, from 0 to `upper`.
  std::optional<size_t> increasingAlong;
};

// By array, for the integer arguments whose values subscripts or loop bounds use. UserError where no values will do.
std::map<std::string, IndexValues> findIndexValues(const Kernel &kernel, const Sizes &sizes);

} // namespace loopy
