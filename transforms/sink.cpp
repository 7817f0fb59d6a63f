#include "sink.h"

#include "loopy/ir/tree.h"

namespace loopy {

static std::vector<NodeRef> wrapLeaves(const std::vector<NodeRef> &nodes, const std::string &iname) {
  std::vector<NodeRef> result;
  for (const NodeRef &node : nodes)
    if (const Loop *loop = node->loop())
      result.push_back(makeLoop(loop->iname, wrapLeaves(loop->children, iname)));
    else
      result.push_back(makeLoop(iname, {node}));
  return result;
}

Tree sinkToLeaves(const Tree &tree, const std::string &iname) {
  return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Loop *loop = node->loop();
    return loop && loop->iname == iname ? wrapLeaves(loop->children, iname) : std::vector<NodeRef>{node};
  });
}

} // namespace loopy
