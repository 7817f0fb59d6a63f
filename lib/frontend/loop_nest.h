// Grows the tree of a kernel statement by statement.
//
// A loop of a `for` block is shared by the statements of that block only. Loops that statements get implicitly are
// shared with the statement directly before, by longest common prefix, inside the same block.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

struct LoopStep {
  unsigned block = 0; // the `for` block that the loop belongs to, from 1; 0 for an implicit loop
  std::string iname;
  friend bool operator==(const LoopStep &, const LoopStep &) = default;
};

class LoopNest {
public:
  // Adds a statement; returns a number for each loop on its path, equal numbers meaning the same loop of the tree.
  std::vector<unsigned> add(const std::string &statement, const std::vector<LoopStep> &path);
  Tree finish();

private:
  struct Open {
    LoopStep step;
    unsigned number = 0;
    std::vector<NodeRef> children;
  };
  void closeLeaf();
  void closeLoops(size_t keep);
  std::vector<NodeRef> &innermost() { return open_.empty() ? root_ : open_.back().children; }

  std::vector<Open> open_;
  Tree root_;
  std::vector<std::string> leaf_;
  unsigned count_ = 0;
};

} // namespace loopy
