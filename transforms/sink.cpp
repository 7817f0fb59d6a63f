#include "sink.h"

#include "loopy/ir/tree.h"

namespace loopy {

static std::vector<NodeRef> wrapLeaves(const Kernel &kernel, const std::vector<NodeRef> &nodes, const std::string &iname) {
  std::vector<NodeRef> result;
  for (const NodeRef &node : nodes)
    if (const Loop *loop = node->loop(); loop && !kernel.tag(loop->iname).isVec())
      result.push_back(makeLoop(loop->iname, wrapLeaves(kernel, loop->children, iname)));
    else
      result.push_back(makeLoop(iname, {node}));
  return result;
}

Tree sinkToLeaves(const Kernel &kernel, const std::string &iname) {
  return rewriteTree(kernel.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Loop *loop = node->loop();
    return loop && loop->iname == iname ? wrapLeaves(kernel, loop->children, iname) : std::vector<NodeRef>{node};
  });
}

} // namespace loopy
