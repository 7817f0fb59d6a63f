#include "loopy/transforms/distribute.h"

#include "cut.h"
#include "edit.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

namespace loopy {

Kernel distribute(const Kernel &kernel, const Distribute &options, Notes *) {
  requireIname(kernel, options.iname, options.where);
  requireStatement(kernel, options.before, options.where);
  if (!hasIname(kernel.statement(options.before), options.iname))
    throw UserError(options.where,
                    "`" + options.before + "` does not stand in loop `" + options.iname +
                        "`. The statements in it are: " + listOfNames(statementsWith(kernel, options.iname)) + ".");
  Kernel result = kernel;
  result.tree = cutBefore(kernel.tree, options.iname, options.before);
  if (printTree(result) == printTree(kernel))
    throw UserError(options.where, "`" + options.before + "` is the first statement of loop `" + options.iname +
                                       "`, so there is nothing to cut off before it.");
  proveReorder(kernel, result, options.where, "Cutting loop `" + options.iname + "` before `" + options.before + "`");
  return result;
}

} // namespace loopy
