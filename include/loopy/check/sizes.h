// At which sizes to run a kernel.
#pragma once

#include "loopy/check/count.h"
#include "loopy/transforms/pipeline.h"

namespace loopy {

// The combinations of integer parameters at which a pipeline's edge cases show: 0, 1 and 2, and just below, at and
// above a multiple of its tiles, each rounded to what the assumptions allow, no more than `limit` of them, and none
// with more than about `maxInstances` statement instances.
std::vector<Sizes> interestingSizes(const Kernel &kernel, const PipelineResult &transformed, size_t limit = 8,
                                    int64_t maxInstances = 8'000'000);

// A combination that satisfies the assumptions: the parameters `fixed` as given (nothing if that is impossible), every
// other one as near to `wanted` as the assumptions allow, in the order of declaration.
std::optional<Sizes> nearestSizes(const Kernel &kernel, const Sizes &fixed, int64_t wanted);

} // namespace loopy
