// Reads of an array that stand in rules.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

// The kernel with every rule expanded that a selected statement uses and that reads the array, itself or through other
// rules: then all reads of the array in these statements stand in them.
Kernel withReadsInStatements(Kernel kernel, const std::string &array, const std::string &within, SourceRange where,
                             Notes *notes);

} // namespace loopy
