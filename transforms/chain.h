// Perfectly nested loops.
#pragma once

#include "edit.h"

namespace loopy {

enum class ChainOrder { AsGiven, Any };

// The chain of `names.size()` loops, all of them in `names`, that begins at `top`: each but the last has the next as
// its only child. Outermost first; nothing if there is none.
std::optional<std::vector<const Loop *>> chainAt(const Loop &top, const std::vector<std::string> &names);

// Every nest that has all of `names` has them as a chain, in the given order if asked, and there is such a nest.
// UserError at `where` otherwise; where a loop has other children, it names the distribute that would help.
void requireChains(const Kernel &kernel, const std::vector<std::string> &names, ChainOrder order, SourceRange where,
                   const std::string &pass);

} // namespace loopy
