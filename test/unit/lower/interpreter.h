// Two small interpreters to compare: of a kernel's tree, read as a sequential program over its domains, and of the
// program made from it, all work-items of a group in step. Values are doubles; tests use integers that these hold
// exactly.
#pragma once

#include "loopy/lower/program.h"

namespace loopy::test {

// Values of integer parameters, and array contents by flat cell.
struct Memory {
  std::map<std::string, double> scalars;
  std::map<std::string, std::map<int64_t, double>> arrays;
};

// Runs the kernel's statements in the order of its tree, hardware loops read as loops.
void interpret(const Kernel &kernel, Memory &memory);

// Runs the host's launches. Throws std::runtime_error on a barrier that not all work-items reach, on a read of an unset
// private or local element, and on "quot" or "rem" of a negative number.
void interpret(const Program &program, Memory &memory);

} // namespace loopy::test
