#include "loopy/transforms/reorder.h"

#include "chain.h"
#include "extent.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

// The chains of these loops, in the new order.
static Tree reorderedTree(const Tree &tree, const std::vector<std::string> &inames) {
  return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Loop *top = node->loop();
    const auto chain = top ? chainAt(*top, inames) : std::nullopt;
    if (!chain)
      return {node};
    std::vector<NodeRef> body = chain->back()->children;
    for (const std::string &iname : llvm::reverse(inames))
      body = {makeLoop(iname, std::move(body))};
    return body;
  });
}

Kernel reorder(const Kernel &kernel, const Reorder &options, Notes *) {
  const std::vector<std::string> &inames = options.inames;
  if (inames.size() < 2)
    throw UserError(options.where, "reorder needs two loops or more.");
  requireInames(kernel, inames, options.where);
  requireChains(kernel, inames, ChainOrder::Any, options.where, "reorder");
  Kernel result = kernel;
  result.tree = reorderedTree(kernel.tree, inames);
  const std::string what = callText("reorder", inames);
  requireKnownBounds(result, options.where, what);
  const std::vector<std::string> inside = statementsWith(result, inames.front());
  requireLengthsForTags(result, {inside.begin(), inside.end()}, options.where, what);
  proveReorder(kernel, result, options.where, what);
  return result;
}

} // namespace loopy
