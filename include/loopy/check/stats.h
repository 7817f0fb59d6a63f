// How much a kernel computes and moves, as formulas in its parameters.
#pragma once

#include "loopy/check/quasi_polynomial.h"
#include "loopy/lower/mapping.h"

namespace loopy {

// A number as a formula, where there is one, and at given sizes, where these are given and it can be counted.
struct Amount {
  std::optional<QuasiPolynomial> formula;
  std::optional<int64_t> value;
};

struct OperationCount {
  std::string kind; // "+", "*", "min", "sqrt", ... : as written in the kernel language
  Type type;        // of the result; comparisons: of the operands
  Amount count;
};

struct ArrayTraffic {
  std::string array;
  bool isTemp = false;
  // In bytes. Accessed: each execution of each access; touched: each element once (arguments only).
  Amount readAccessed, writtenAccessed, readTouched, writtenTouched;
};

struct DeviceKernelStats {
  std::string name;
  std::string groups, items; // "(n + 15)/16 x 1", "16 x 16"; empty for C
  size_t barriers = 0;       // in its text
  uint64_t localBytes = 0, privateBytes = 0;
};

struct KernelStats {
  std::map<std::string, Amount> instances; // by statement
  std::vector<OperationCount> operations;
  std::vector<ArrayTraffic> traffic;
  std::vector<DeviceKernelStats> deviceKernels;
};

// Of the values computed (subscripts and bounds are not operations). Executions of a statement are the points of its
// domain: what the mapping lets several work-items repeat counts once. An amount is missing where it depends on data.
KernelStats collectStats(const Kernel &kernel, const Mapping &mapping, const Sizes &sizes);

} // namespace loopy
