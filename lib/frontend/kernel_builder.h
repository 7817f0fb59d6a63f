// A kernel's syntax tree -> Kernel.
#pragma once

#include "ast.h"
#include "errors.h"
#include "kernel_call.h"

namespace loopy {

// Sets the statements' ids in the syntax tree. Errors are reported; the kernel is whole only if there were none.
// `callees` are the kernels that it may call.
Kernel buildKernel(Context &context, ast::Kernel &syntax, const Callees &callees, Errors &errors);

} // namespace loopy
