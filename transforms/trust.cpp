#include "loopy/transforms/trust.h"

#include "edit.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

static bool touches(const Statement &statement, const std::string &array, bool writesOnly) {
  return llvm::any_of(accesses(statement), [&](const AccessRef &access) {
    return access.load->array == array && (access.isWrite || !writesOnly);
  });
}

static std::vector<std::string> bothOf(const Trust &options) {
  if (options.first == options.second)
    return {options.first};
  return {options.first, options.second};
}

Kernel trust(const Kernel &kernel, const Trust &options, Notes *notes) {
  requireStatement(kernel, options.first, options.where);
  requireStatement(kernel, options.second, options.where);
  requireArray(kernel, options.array, options.where);
  for (const std::string &id : {options.first, options.second})
    if (!touches(kernel.statement(id), options.array, false))
      throw UserError(options.where, "`" + id + "` does not access `" + options.array + "`.");
  if (!touches(kernel.statement(options.first), options.array, true) &&
      !touches(kernel.statement(options.second), options.array, true))
    throw UserError(options.where, "Nothing of " + listOfNames(bothOf(options)) + " writes `" + options.array +
                                       "`, so there is nothing to trust.");
  Kernel result = kernel;
  result.facts.push_back(TrustedFact{options.first, options.second, options.array, options.where});
  addNote(notes, "Dependences between instances of " + listOfNames(bothOf(options)) + " through `" + options.array +
                     "` are no longer looked for: that is your word.");
  return result;
}

} // namespace loopy
