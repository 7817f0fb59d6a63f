// Reading and editing loop trees. Edits return new trees; nothing is changed in place.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// The way from the root to a statement: at each level the child position, then the loop's iname; last the position of
// the leaf and the position inside it. positions.size() == loops.size() + 2.
struct Path {
  std::vector<unsigned> positions;
  std::vector<std::string> loops;
};
Path pathTo(const Tree &tree, const std::string &statement);
std::map<std::string, Path> allPaths(const Tree &tree);

// Statement ids below a node or tree, in tree order.
std::vector<std::string> statementsBelow(const NodeRef &node);
std::vector<std::string> statementsBelow(const Tree &tree);
// Inames of all loops in the tree, each once, in order of first appearance.
std::vector<std::string> loopsIn(const Tree &tree);
bool containsLoop(const NodeRef &node, const std::string &iname);

// Rebuilds bottom-up: `f` maps a node (its children already rebuilt) to the nodes that take its place.
// Loops left without children vanish; adjacent leaves are joined.
Tree rewriteTree(const Tree &tree, const std::function<std::vector<NodeRef>(const NodeRef &)> &f);

// The tree restricted to the statements for which `keep` holds.
Tree restrictTree(const Tree &tree, const std::function<bool(const std::string &)> &keep);
// Takes loops with these inames out of the tree; their children take their place (hardware loops "spliced out").
Tree spliceLoops(const Tree &tree, const std::function<bool(const std::string &)> &splice);

// What a loop is tagged, " [unr, turning with i]", "" for nothing.
std::string tagText(const Kernel &kernel, const std::string &iname);
// Text, one node a line, two spaces a level: "for i [g.0]" and "S, T". Used by `show` and goldens.
std::string printTree(const Kernel &kernel);

} // namespace loopy
