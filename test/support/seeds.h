// Runs a property over many seeds and says how to repeat the one that fails.
//
//     LOOPY_PROPERTY_SECONDS=600   goes on with further seeds for that long
//     LOOPY_PROPERTY_FIRST=1000    starts with that seed
//     LOOPY_PROPERTY_SEED=17       runs this seed alone
#pragma once

#include "support/random.h"

#include <functional>

namespace loopy::testing {

// Calls `property` with generators of `count` seeds, 1, 2, ...; stops at the first failure of GoogleTest.
void forEachSeed(int count, const std::function<void(Random &)> &property);

} // namespace loopy::testing
