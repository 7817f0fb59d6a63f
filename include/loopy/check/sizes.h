// At which sizes to run a kernel.
#pragma once

#include "loopy/check/count.h"
#include "loopy/transforms/pipeline.h"

namespace loopy {

// The combinations of integer parameters at which a pipeline's edge cases show: 0, 1 and 2, and just below, at and
// above a multiple of its tiles, each rounded to what the assumptions of both kernels allow, no more than `limit` of
// them, and none with more than about `maxInstances` statement instances; and one more for each version of the kernel
// (specialize) that is run at none of these.
std::vector<Sizes> interestingSizes(const Kernel &kernel, const PipelineResult &transformed, size_t limit,
                                    int64_t maxInstances);

// All parameters as near to `wanted` as the assumptions allow, in the order of declaration; nothing if they allow none.
std::optional<Sizes> nearestSizes(const Kernel &kernel, int64_t wanted);

// The statement instances that can be counted (loops over data cannot); more than `limit` if there are too many to
// count.
int64_t countedInstances(const Kernel &kernel, const Sizes &sizes, int64_t limit);

} // namespace loopy
