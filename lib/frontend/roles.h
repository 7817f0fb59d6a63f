// Which arguments a kernel reads and writes.
#pragma once

#include "scope.h"

namespace loopy {

// Sets the roles of all array arguments: as declared, else `in`, `out` or `inout` by what the statements do. Reports
// declarations that contradict the statements.
void assignRoles(Scope &scope, const std::vector<ast::Argument> &arguments);

} // namespace loopy
