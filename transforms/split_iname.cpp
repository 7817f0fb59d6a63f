#include "loopy/transforms/split_iname.h"

#include "cut.h"
#include "edit.h"
#include "match.h"

#include "loopy/transforms/tag.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

Kernel splitIname(const Kernel &kernel, const SplitIname &options, Notes *notes) {
  const std::string &iname = options.iname;
  const std::string outer = options.outerName.empty() ? iname + "_outer" : options.outerName;
  const std::string inner = options.innerName.empty() ? iname + "_inner" : options.innerName;
  requireIname(kernel, iname, options.where);
  requireUntagged(kernel, iname, "split_iname", options.where);
  requireBlockLength(options.factor, "The length of a block", options.where);
  requireNewName(kernel, outer, options.where);
  requireNewName(kernel, inner, options.where);
  if (outer == inner)
    throw UserError(options.where, "The two new loops need different names.");
  const std::vector<std::string> matched = matchStatementsWith(kernel, iname, options.within, options.where);
  const std::set<std::string> selected(matched.begin(), matched.end());
  auto isSelected = [&](const std::string &id) { return selected.count(id) != 0; };

  Context &context = *kernel.context;
  const isl::ctx ctx = context.isl();
  // i = factor*i_outer + i_inner, 0 <= i_inner < factor
  const isl::pw_aff position = poly::paramAff(ctx, inner);
  InameChange change;
  change.from = {iname};
  change.to = {outer, inner};
  change.values[iname] = context.add(context.mul(options.factor, context.iname(outer, options.where)),
                                     context.iname(inner, options.where));
  change.range =
      position.ge_set(poly::constantAff(ctx, 0)).intersect(position.lt_set(poly::constantAff(ctx, options.factor)));

  nameResult(notes, "outer", {outer});
  nameResult(notes, "inner", {inner});
  const Kernel separated = separateLoops(kernel, iname, selected, options.where, notes);
  Kernel result = changeInames(separated, change, isSelected, options.where);
  result.tree = replaceLoops(separated.tree, iname, isSelected, [&](const Loop &loop) -> std::vector<NodeRef> {
    return {makeLoop(outer, {makeLoop(inner, loop.children)})};
  });

  TagInames tags;
  tags.where = options.where;
  if (!options.outerTag.empty() && options.outerTag != "none")
    tags.tags.emplace_back(outer, options.outerTag);
  if (!options.innerTag.empty() && options.innerTag != "none")
    tags.tags.emplace_back(inner, options.innerTag);
  return tags.tags.empty() ? result : tagInames(result, tags, notes);
}

} // namespace loopy
