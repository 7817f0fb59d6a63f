// Kernels as JSON.
#pragma once

#include "place.h"
#include "ranges.h"

#include "loopy/ir/kernel.h"

namespace loopy::json {

Json toJson(const Kernel &kernel, RangeWriter &ranges);
// UserError at the place of what is wrong; what it returns is a kernel that every stage can work on.
Kernel readKernel(const Place &place, const RangeReader &ranges);

// Statements and the tree, the second half of a kernel.
Json statementsToJson(const Kernel &kernel, RangeWriter &ranges);
Json treeToJson(const Tree &tree);
void readStatements(const Place &list, Kernel &kernel, const RangeReader &ranges);
Tree readTree(const Place &list);

// What the frontend makes sure of and verify() does not ask: bounded inames, types of assignments, rules without
// circles, and that facts, tags and layouts speak of what there is. UserError at the place of what is wrong.
void requireSound(const Place &place, const Kernel &kernel);

} // namespace loopy::json
