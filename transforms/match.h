// Statements by description, as in `within=`:
//
//     match = match "or" match | match "and" match | "not" match | "(" match ")" | kind ":" glob
//     kind  = "id" | "tag" | "writes" | "reads" | "iname"
//
// `or` binds weakest, `not` strongest; a glob has `*` for any text and `?` for any letter.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

bool matchesGlob(std::string_view text, std::string_view glob);

// Ids of the statements that match, in textual order. "" matches all. UserError at `where` for a malformed description,
// or if nothing matches.
std::vector<std::string> matchStatements(const Kernel &kernel, const std::string &match, SourceRange where);
// The same, of the statements with an iname only.
std::vector<std::string> matchStatementsWith(const Kernel &kernel, const std::string &iname, const std::string &match,
                                             SourceRange where);

} // namespace loopy
