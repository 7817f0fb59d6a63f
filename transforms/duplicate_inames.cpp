#include "loopy/transforms/duplicate_inames.h"

#include "edit.h"
#include "match.h"

#include "loopy/transforms/rename_iname.h"

namespace loopy {

Kernel duplicateInames(const Kernel &kernel, const DuplicateInames &options, Notes *notes) {
  requireInames(kernel, options.inames, options.where);
  if (!options.names.empty() && options.names.size() != options.inames.size())
    throw UserError(options.where, "duplicate_inames: `names` gives " + std::to_string(options.names.size()) +
                                       " names for " + std::to_string(options.inames.size()) + " loops.");
  for (const std::string &iname : options.inames)
    if (matchStatementsWith(kernel, iname, options.within, options.where) == statementsWith(kernel, iname))
      throw UserError(options.where, "All statements in loop `" + iname + "` match within=" + options.within +
                                         ", so there is nothing to duplicate. rename_iname gives it another name.");
  Kernel result = kernel;
  for (size_t i = 0; i < options.inames.size(); ++i) {
    const std::string &iname = options.inames[i];
    // Statements may have changed their names for loops, but not their ids: those that matched in `kernel` are meant.
    std::string ids;
    for (const std::string &id : matchStatementsWith(kernel, iname, options.within, options.where))
      ids += (ids.empty() ? "id:" : " or id:") + id;
    result = renameIname(result,
                         {.iname = iname,
                          .name = options.names.empty() ? iname + "_copy" : options.names[i],
                          .within = ids,
                          .where = options.where},
                         notes);
  }
  return result;
}

} // namespace loopy
