// Calls of kernels of the same file.
#pragma once

#include "ast.h"

namespace loopy {

// Kernels that may be called, by name; null for one that has errors of its own.
using Callees = std::map<std::string, std::shared_ptr<const Kernel>>;

// The order in which kernels can be built: each one after those that it calls. Kernels that call themselves, at once or
// through others, are an error, and are left out.
std::vector<unsigned> callOrder(const ast::File &file, class Errors &errors);

// The extents of a kernel's argument in the names of a caller: its parameters become what the call gives for them.
std::vector<Expr> extentsInCall(Context &context, const Kernel &callee, const CallBody &call, unsigned argument);

} // namespace loopy
