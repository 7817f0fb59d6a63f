// The instances of a kernel at given sizes, one by one, with the elements that they access: what the analyses reason
// about with relations, the tests enumerate.
#pragma once

#include "support/point_set.h"

#include "loopy/ir/tree.h"

namespace loopy::testing {

using Sizes = std::map<std::string, int64_t>;

struct ElementAccess {
  std::string array;
  std::vector<int64_t> element;
  bool isWrite = false;
  Expr load;
};

struct Instance {
  const Statement *statement = nullptr;
  std::vector<int64_t> values;  // of statement->inames
  std::vector<ElementAccess> accesses;
  int64_t value(const std::string &iname) const;
};

// All instances of all statements, in no particular order. Reads below a select count only where its condition holds.
// For kernels without data-dependent bounds and without rules; every subscript must be an expression of inames and
// params.
std::vector<Instance> instancesOf(const Kernel &kernel, const Sizes &sizes);

// -1 if `a` runs before `b` in the sequential reading of the tree, 1 if after, 0 if they are the same instance.
// The place where they first part is in `loop`: the loop's iname, "" at a child position.
struct Order {
  int order = 0;
  std::string loop;
};
Order orderOf(const std::map<std::string, Path> &paths, const Instance &a, const Instance &b);

std::string describe(const Instance &instance);

} // namespace loopy::testing
