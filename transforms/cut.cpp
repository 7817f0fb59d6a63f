#include "cut.h"

#include "edit.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

struct Halves {
  std::vector<NodeRef> first, second;
};

Halves halve(const std::vector<NodeRef> &nodes, const std::string &statement);

Halves halve(const NodeRef &node, const std::string &statement) {
  Halves result;
  if (const Loop *loop = node->loop()) {
    Halves children = halve(loop->children, statement);
    if (!children.first.empty())
      result.first.push_back(makeLoop(loop->iname, std::move(children.first)));
    if (!children.second.empty())
      result.second.push_back(makeLoop(loop->iname, std::move(children.second)));
    return result;
  }
  const std::vector<std::string> &ids = node->leaf()->statements;
  auto at = llvm::find(ids, statement);
  if (at != ids.begin())
    result.first.push_back(makeLeaf({ids.begin(), at}));
  if (at != ids.end())
    result.second.push_back(makeLeaf({at, ids.end()}));
  return result;
}

// What stands before the statement among `nodes`, and the rest. All of them stand before a statement that is elsewhere.
Halves halve(const std::vector<NodeRef> &nodes, const std::string &statement) {
  Halves result;
  bool isBefore = true;
  for (const NodeRef &node : nodes) {
    Halves halves;
    if (!isBefore)
      halves.second.push_back(node);
    else if (llvm::is_contained(statementsBelow(node), statement)) {
      halves = halve(node, statement);
      isBefore = false;
    } else
      halves.first.push_back(node);
    llvm::append_range(result.first, halves.first);
    llvm::append_range(result.second, halves.second);
  }
  return result;
}

} // namespace

Tree cutBefore(const Tree &tree, const std::string &iname, const std::string &statement) {
  return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Loop *loop = node->loop();
    if (!loop || loop->iname != iname || !llvm::is_contained(statementsBelow(node), statement))
      return {node};
    Halves halves = halve(node, statement);
    llvm::append_range(halves.first, halves.second);
    return halves.first;
  });
}

Kernel separateLoops(const Kernel &kernel, const std::string &iname, const std::set<std::string> &selected,
                     SourceRange where, Notes *notes) {
  Kernel result = kernel;
  std::vector<std::string> cuts;
  forEachLoop(kernel.tree, [&](const Loop &loop, const std::vector<std::string> &) {
    if (loop.iname != iname)
      return;
    std::optional<bool> previous;
    for (const NodeRef &child : loop.children)
      for (const std::string &id : statementsBelow(child)) {
        const bool isSelected = selected.count(id) != 0;
        if (previous && *previous != isSelected)
          cuts.push_back(id);
        previous = isSelected;
      }
  });
  for (const std::string &id : cuts) {
    result.tree = cutBefore(result.tree, iname, id);
    addNote(notes, "Loop `" + iname + "` was cut before `" + id + "`, which `within` sets apart.");
  }
  if (!cuts.empty())
    proveReorder(kernel, result, where,
                 "Cutting loop `" + iname + "` before `" + listOfNames(cuts) + "`, as `within` asks,",
                 "Select all statements of the loop.");
  return result;
}

} // namespace loopy
