#include "loopy/transforms/unroll.h"

#include "edit.h"

#include "loopy/analysis/prove.h"
#include "loopy/transforms/tag.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// Turning loop y in every other iteration of the loop x around it is legal iff no dependence joins two iterations of y:
//   for all (s -> t) in D with equal loops outside y:  y(s) = y(t),  but for updates of one commutative reduction
Kernel withSerpentine(const Kernel &kernel, const Unroll &options) {
  if (options.inames.size() != 2)
    throw UserError(options.where, "order=serpentine wants two loops, the outer one first: unroll(i, j, order=serpentine).");
  const std::string &outer = options.inames[0], &inner = options.inames[1];
  bool isInside = false;
  forEachLoop(kernel.tree, [&](const Loop &loop, const std::vector<std::string> &around) {
    isInside |= loop.iname == inner && llvm::is_contained(around, outer);
  });
  if (!isInside)
    throw UserError(options.where, "Loop `" + inner + "` does not stand inside loop `" + outer +
                                       "`, so it cannot run backwards in every other iteration of it.");
  Kernel result = kernel;
  for (Iname &iname : result.inames)
    if (iname.name == inner)
      iname.turnsWith = outer;
  Reordering reordering;
  reordering.turned.insert(inner);
  proveReorder(kernel, result, options.where,
               "Running loop `" + inner + "` backwards in every other iteration of `" + outer + "`", "", reordering);
  return result;
}

} // namespace

Kernel unroll(const Kernel &kernel, const Unroll &options, Notes *notes) {
  requireInames(kernel, options.inames, options.where);
  if (!options.order.empty() && options.order != "serpentine")
    throw UserError(options.where, "`order=" + options.order + "` is no order of unrolled loops. There is: serpentine.");
  TagInames tags;
  tags.where = options.where;
  for (const std::string &iname : options.inames)
    if (options.order.empty() || !kernel.tag(iname).isUnrolled())
      tags.tags.emplace_back(iname, "unr");
  const Kernel tagged = tags.tags.empty() ? kernel : tagInames(kernel, tags, notes);
  return options.order.empty() ? tagged : withSerpentine(tagged, options);
}

} // namespace loopy
