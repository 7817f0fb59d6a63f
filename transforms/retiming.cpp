#include "retiming.h"

#include "extent.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// The same statements in the same places with x + ahead for x.
Kernel withEarlierStatements(const Kernel &kernel, const Retiming &retiming) {
  if (retiming.ahead == 0)
    return kernel;
  Context &context = *kernel.context;
  auto isEarly = [&](const std::string &id) { return llvm::is_contained(retiming.statements, id); };
  auto rename = [&](const Kernel &old, const std::string &from, const std::string &to, int64_t ahead) {
    InameChange change;
    change.from = {from};
    change.to = {to};
    change.values[from] = context.add(context.iname(to), context.constant(ahead));
    change.range = poly::universe(context.isl());
    return changeInames(old, change, isEarly, retiming.where);
  };
  const std::string between = kernel.freshName(retiming.loop + "_retimed");
  // The loop has its name again in the end, and so its tag and the copies stored along it.
  Kernel plain = kernel;
  for (Array &array : plain.arrays)
    array.copies.clear();
  Kernel result = rename(rename(plain, retiming.loop, between, retiming.ahead), between, retiming.loop, 0);
  result.inames = kernel.inames;
  for (Array &array : result.arrays)
    array.copies = kernel.array(array.name).copies;
  return result;
}

// The children of the loop with the moved statements next to the child that holds the anchor.
std::vector<NodeRef> withMovedChildren(const std::vector<NodeRef> &children, const Retiming &retiming) {
  auto isMoved = [&](const std::string &id) { return llvm::is_contained(retiming.moved, id); };
  std::vector<NodeRef> moved, result;
  for (const NodeRef &child : children)
    llvm::append_range(moved, restrictTree({child}, isMoved));
  for (const NodeRef &child : children)
    for (const NodeRef &rest : restrictTree({child}, [&](const std::string &id) { return !isMoved(id); })) {
      const bool isAnchor = llvm::is_contained(statementsBelow(rest), retiming.anchor);
      if (isAnchor && !retiming.isBehind)
        llvm::append_range(result, moved);
      result.push_back(rest);
      if (isAnchor && retiming.isBehind)
        llvm::append_range(result, moved);
    }
  return result;
}

// The positions on the way to the loop's body.
std::vector<unsigned> placeOfLoop(const Kernel &kernel, const std::string &statement, const std::string &loop) {
  const Path path = pathTo(kernel.tree, statement);
  const size_t depth = llvm::find(path.loops, loop) - path.loops.begin();
  return {path.positions.begin(), path.positions.begin() + static_cast<ptrdiff_t>(depth) + 1};
}

void requireOneLoop(const Kernel &kernel, const Retiming &retiming) {
  if (llvm::is_contained(retiming.moved, retiming.anchor))
    throw UserError(retiming.where, "`" + retiming.anchor + "` cannot stand before or after itself.");
  for (const std::string &id : retiming.moved)
    if (!hasIname(kernel.statement(retiming.anchor), retiming.loop) ||
        placeOfLoop(kernel, id, retiming.loop) != placeOfLoop(kernel, retiming.anchor, retiming.loop))
      throw UserError(retiming.where, "`" + id + "` and `" + retiming.anchor + "` do not stand in one and the same loop `" +
                                          retiming.loop + "`.");
}

} // namespace

Kernel retimed(const Kernel &kernel, const Retiming &retiming, const std::string &what) {
  if (const Tag tag = kernel.tag(retiming.loop); tag.isParallel())
    throw UserError(retiming.where, "Loop `" + retiming.loop + "` is tagged `" + tag.name() +
                                        "`, so its iterations have no order. Retiming wants a sequential loop.");
  if (!retiming.anchor.empty())
    requireOneLoop(kernel, retiming);
  Kernel result = withEarlierStatements(kernel, retiming);
  if (!retiming.anchor.empty())
    result.tree = rewriteTree(kernel.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      const Loop *loop = node->loop();
      if (!loop || loop->iname != retiming.loop || !llvm::is_contained(statementsBelow(node), retiming.anchor))
        return {node};
      return {makeLoop(loop->iname, withMovedChildren(loop->children, retiming))};
    });
  // Joins leaves that meet.
  result.tree = rewriteTree(result.tree, [](const NodeRef &node) { return std::vector<NodeRef>{node}; });
  requireKnownBounds(result, retiming.where, what);
  Reordering reordering;
  reordering.loop = retiming.loop;
  reordering.early.insert(retiming.statements.begin(), retiming.statements.end());
  reordering.ahead = retiming.ahead;
  proveReorder(kernel, result, retiming.where, what, "", reordering);
  return result;
}

} // namespace loopy
