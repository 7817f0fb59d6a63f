// Parts of a report, as lines of text.
#pragma once

#include "loopy/lower/mapping.h"

namespace loopy {

// Device kernels with their sizes, temporaries with their storage, barriers with their reasons.
std::vector<std::string> summarizeMapping(const Mapping &mapping);

} // namespace loopy
