// A compact text of a kernel's IR, for tables of cases.
#pragma once

#include "loopy/frontend/parse.h"

namespace loopy::test {

// Arrays that are temporaries, statements with inames, domain, guards and body, and the tree; one line each.
std::string dump(const Kernel &kernel);
// The body of one statement: "acc{i} = acc{i} + a[i, k]".
std::string bodyText(const Kernel &kernel, const Statement &statement);
// The tree in one line: "i: [init; k: [update]; use]".
std::string treeText(const Tree &tree);

} // namespace loopy::test
