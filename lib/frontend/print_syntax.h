// The syntax tree as text that parses back to an equal tree.
#pragma once

#include "ast.h"

namespace loopy {

std::string printTerm(const ast::Term &term, bool domainSyntax = false);
std::string printFile(const ast::File &file);

} // namespace loopy
