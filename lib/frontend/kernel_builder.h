// A kernel's syntax tree -> Kernel.
#pragma once

#include "ast.h"
#include "errors.h"

namespace loopy {

// Sets the statements' ids in the syntax tree. Errors are reported; the kernel is whole only if there were none.
Kernel buildKernel(Context &context, ast::Kernel &syntax, Errors &errors);

} // namespace loopy
