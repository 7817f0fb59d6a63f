#include "loop_nest.h"

namespace loopy {

void LoopNest::closeLeaf() {
  if (!leaf_.empty())
    innermost().push_back(makeLeaf(std::move(leaf_)));
  leaf_.clear();
}

void LoopNest::closeLoops(size_t keep) {
  while (open_.size() > keep) {
    closeLeaf();
    Open closed = std::move(open_.back());
    open_.pop_back();
    innermost().push_back(makeLoop(closed.step.iname, std::move(closed.children)));
  }
}

std::vector<unsigned> LoopNest::add(const std::string &statement, const std::vector<LoopStep> &path) {
  size_t common = 0;
  while (common < open_.size() && common < path.size() && open_[common].step == path[common])
    ++common;
  closeLoops(common);
  for (size_t k = common; k < path.size(); ++k) {
    closeLeaf();
    open_.push_back({path[k], ++count_, {}});
  }
  leaf_.push_back(statement);
  std::vector<unsigned> numbers;
  for (const Open &loop : open_)
    numbers.push_back(loop.number);
  return numbers;
}

Tree LoopNest::finish() {
  closeLoops(0);
  closeLeaf();
  return std::move(root_);
}

} // namespace loopy
