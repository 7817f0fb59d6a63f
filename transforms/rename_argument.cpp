#include "loopy/transforms/rename_argument.h"

#include "edit.h"
#include "renaming.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

Kernel renameArgument(const Kernel &kernel, const RenameArgument &options, Notes *) {
  if (!llvm::is_contained(kernel.argumentOrder, options.argument) && !kernel.findHome(options.argument))
    throw UserError(options.where, unknownName("argument", options.argument, kernel.argumentOrder));
  requireNewName(kernel, options.name, options.where);
  return renamed(kernel, {.names = {{options.argument, options.name}}, .statements = {}, .reductions = {}});
}

} // namespace loopy
