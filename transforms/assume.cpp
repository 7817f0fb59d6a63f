#include "loopy/transforms/assume.h"

#include "edit.h"

#include "loopy/frontend/parse.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

Kernel assume(const Kernel &kernel, const Assume &options, Notes *) {
  isl::set condition = parseCondition(kernel, options.condition, options.where);
  const std::vector<std::string> params = kernel.integerParams();
  for (const std::string &name : poly::involvedNames(condition))
    if (!llvm::is_contained(params, name))
      throw UserError(options.where, "`assume` is about parameters, and `" + name +
                                         "` is none. The integer parameters are: " + listOfNames(params) + ".");
  for (const auto &[name, value] : kernel.fixedParams)
    condition = poly::substitute(condition, name, poly::constantAff(kernel.context->isl(), value));
  Kernel result = kernel;
  result.assumptions = kernel.assumptions.intersect(condition).coalesce();
  if (result.assumptions.is_empty())
    throw UserError(options.where, "No parameters are left for which `" + options.condition +
                                       "` and the kernel's other assumptions hold.");
  return result;
}

} // namespace loopy
