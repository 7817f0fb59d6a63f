// Exact counts at given sizes: points of sets, instances, operations, elements touched.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

using Sizes = std::map<std::string, int64_t>; // values of integer parameters

// The number of points of a parameter set over `names`, all other names having the values given. Convex pieces are
// counted as nests of loops would; sets with strides are taken apart along their first names until they are boxes.
// Nothing if the set is unbounded, a name has no value, or there is more to count than `maxPieces` such pieces.
std::optional<int64_t> countPoints(const isl::set &set, const poly::Names &names, const Sizes &values,
                                   int64_t maxPieces = 4096);

// Executions of a statement; nothing where they depend on data or cannot be counted.
std::optional<int64_t> countInstances(const Kernel &kernel, const Statement &statement, const Sizes &sizes);

// Floating-point operations of one evaluation: each + - * / min max and each function call is one.
int64_t floatOperations(Expr e);

struct Work {
  std::optional<int64_t> instances; // of all statements
  std::optional<int64_t> floatOperations;
  std::optional<int64_t> bytes; // of the arguments' elements that are read, and those that are written
};
// A part is missing where it cannot be counted. An array with a subscript that is not affine counts as a whole.
Work countWork(const Kernel &kernel, const Sizes &sizes);

} // namespace loopy
