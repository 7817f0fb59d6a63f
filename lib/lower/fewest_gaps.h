// Which gaps of a loop body to put barriers into.
#pragma once

#include <vector>

namespace loopy {

// Gaps on a circle, each arc being the consecutive ones that it allows: the fewest gaps of which every arc allows one,
// ascending, and of equally many the latest.
std::vector<unsigned> fewestGaps(const std::vector<std::vector<bool>> &arcs, unsigned gaps);

} // namespace loopy
