#include "loopy/transforms/rename_iname.h"

#include "cut.h"
#include "edit.h"
#include "match.h"

namespace loopy {

Kernel renameIname(const Kernel &kernel, const RenameIname &options, Notes *notes) {
  requireIname(kernel, options.iname, options.where);
  requireNewName(kernel, options.name, options.where);
  const std::vector<std::string> matched = matchStatementsWith(kernel, options.iname, options.within, options.where);
  const std::set<std::string> selected(matched.begin(), matched.end());
  auto isSelected = [&](const std::string &id) { return selected.count(id) != 0; };

  InameChange change;
  change.from = {options.iname};
  change.to = {options.name};
  change.values[options.iname] = kernel.context->iname(options.name, options.where);
  change.range = poly::universe(kernel.context->isl());

  const Kernel separated = separateLoops(kernel, options.iname, selected, options.where, notes);
  Kernel result = changeInames(separated, change, isSelected, options.where);
  result.setTag(options.name, kernel.tag(options.iname));
  for (Iname &iname : result.inames) {
    if (iname.name == options.name)
      iname.turnsWith = kernel.iname(options.iname).turnsWith;
    if (iname.turnsWith == options.iname && !result.findIname(options.iname))
      iname.turnsWith = options.name;
  }
  result.tree = replaceLoops(separated.tree, options.iname, isSelected, [&](const Loop &loop) -> std::vector<NodeRef> {
    return {makeLoop(options.name, loop.children)};
  });
  return result;
}

} // namespace loopy
