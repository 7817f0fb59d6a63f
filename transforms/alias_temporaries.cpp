#include "loopy/transforms/alias_temporaries.h"

#include "edit.h"

#include "loopy/analysis/lifetimes.h"
#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

void requireAlike(const Kernel &kernel, const AliasTemporaries &options) {
  if (options.arrays.size() < 2)
    throw UserError(options.where, "Name the temporaries that share memory, two or more.");
  std::set<std::string> seen;
  const Array &first = requireTemporary(kernel, options.arrays[0], options.where);
  for (const std::string &name : options.arrays) {
    const Array &array = requireTemporary(kernel, name, options.where);
    if (!seen.insert(name).second)
      throw UserError(options.where, "The temporary `" + name + "` is given twice.");
    if (array.type != first.type)
      throw UserError(options.where, "`" + first.name + "` holds " + first.type.name() + " and `" + name + "` " +
                                         array.type.name() + ": only temporaries of one type share memory.");
    if (!array.aliasGroup.empty())
      throw UserError(options.where, "`" + name + "` shares memory with others already.");
    if (array.space && *array.space != AddressSpace::Local)
      throw UserError(options.where, "`" + name + "` is " + spelling(*array.space) + ", and local memory is shared.");
    if (llvm::none_of(kernel.statements, [&](const StatementRef &statement) {
          return llvm::any_of(accesses(*statement),
                              [&](const AccessRef &access) { return access.load->array == name; });
        }))
      throw UserError(options.where, "No statement uses `" + name + "`.");
  }
}

} // namespace

Kernel aliasTemporaries(const Kernel &kernel, const AliasTemporaries &options, Notes *) {
  requireAlike(kernel, options);
  const Kernel expanded = expandAllRules(kernel);
  const AccessTable table(expanded);
  const std::map<std::string, Path> paths =
      allPaths(spliceLoops(kernel.tree, [&](const std::string &loop) { return kernel.tag(loop).isHardware(); }));
  for (size_t i = 0; i < options.arrays.size(); ++i)
    for (size_t j = i + 1; j < options.arrays.size(); ++j)
      if (const auto overlap = findLifetimeOverlap(table, paths, options.arrays[i], options.arrays[j]))
        throw UserError(options.where,
                        callText("alias_temporaries", options.arrays) + " is not legal, since `" + options.arrays[i] +
                            "` and `" + options.arrays[j] +
                            "` are in use at the same time: " + describe(kernel, *overlap) + "." +
                            (overlap->flow ? " If it is stored anew in each iteration, privatize(" +
                                                 overlap->flow->array + ", " + overlap->loop + ") says so."
                                           : ""));
  Kernel result = kernel;
  for (Array &array : result.arrays)
    if (llvm::is_contained(options.arrays, array.name)) {
      array.aliasGroup = options.arrays.front();
      array.source = options.where; // what the mapping refuses was asked for here
    }
  return result;
}

} // namespace loopy
