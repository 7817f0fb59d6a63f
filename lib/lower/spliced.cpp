#include "lowering.h"

namespace loopy::lowering {
namespace {

void appendSpliced(const Kernel &kernel, const Tree &tree, const Target &target, std::vector<std::string> hardware,
                   std::vector<SplicedNode> &out) {
  for (const NodeRef &node : tree) {
    if (const Leaf *leaf = node->leaf()) {
      for (const std::string &id : leaf->statements)
        out.push_back({"", id, hardware, {}});
      continue;
    }
    const Loop &loop = *node->loop();
    if (target.hasWorkItems() && kernel.tag(loop.iname).isHardware()) {
      hardware.push_back(loop.iname);
      appendSpliced(kernel, loop.children, target, hardware, out);
      hardware.pop_back();
      continue;
    }
    out.push_back({loop.iname, "", hardware, {}});
    std::vector<SplicedNode> children;
    appendSpliced(kernel, loop.children, target, hardware, children);
    out.back().children = std::move(children);
  }
}

} // namespace

SplicedNode spliceHardwareLoops(const Kernel &kernel, const Tree &tree, const Target &target) {
  SplicedNode root;
  appendSpliced(kernel, tree, target, {}, root.children);
  return root;
}

} // namespace loopy::lowering
