// Cutting loops in two.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

// The tree with the loop `iname` around `statement`, and all loops between them, cut directly before the statement.
// The same tree if the loop has no statement before it.
Tree cutBefore(const Tree &tree, const std::string &iname, const std::string &statement);

// Distributes loops named `iname` so that each has only selected statements or none of them. Proved; a note for each
// cut.
Kernel separateLoops(const Kernel &kernel, const std::string &iname, const std::set<std::string> &selected,
                     SourceRange where, Notes *notes);

} // namespace loopy
