#include "loopy/transforms/fuse_loops.h"

#include "edit.h"
#include "extent.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

#include <limits>

namespace loopy {
namespace {

// The loops of these nodes, and their statements one by one.
Tree oneByOne(llvm::ArrayRef<NodeRef> nodes) {
  Tree result;
  for (const NodeRef &node : nodes)
    if (const Leaf *leaf = node->leaf())
      for (const std::string &id : leaf->statements)
        result.push_back(makeLeaf({id}));
    else
      result.push_back(node);
  return result;
}

struct Siblings {
  NodeRef first, second;
  Tree between; // loops, and statements one by one
};

bool isLoopNamed(const NodeRef &node, const std::string &iname) { return node->loop() && node->loop()->iname == iname; }

// The first pair in tree order, outer loops before inner ones, with at most so many nodes between them.
std::optional<Siblings> findSiblings(const Tree &nodes, const FuseLoops &options, size_t mostBetween) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (!isLoopNamed(nodes[i], options.first))
      continue;
    Siblings found{nodes[i], nullptr, {}};
    for (size_t j = i + 1; j < nodes.size() && j <= i + 1 + mostBetween; ++j) {
      if (isLoopNamed(nodes[j], options.second)) {
        found.second = nodes[j];
        return found;
      }
      llvm::append_range(found.between, oneByOne(nodes[j]));
    }
  }
  for (const NodeRef &node : nodes)
    if (const Loop *loop = node->loop())
      if (auto found = findSiblings(loop->children, options, mostBetween))
        return found;
  return std::nullopt;
}

[[noreturn]] void throwNoSiblings(const Kernel &kernel, const FuseLoops &options) {
  throw UserError(options.where, "fuse_loops wants two loops of one body, and in no body a loop `" + options.second +
                                     "` comes after a loop `" + options.first + "`:\n" + printTree(kernel));
}

// The same instances in the same order with y = x - shift in the second loop, which then is named as the first.
Kernel renameSecond(const Kernel &kernel, const FuseLoops &options, const Predicate &isSecond) {
  if (options.first == options.second && options.shift == 0)
    return kernel;
  Context &context = *kernel.context;
  auto rename = [&](const Kernel &old, const std::string &from, const std::string &to, int64_t shift) {
    InameChange change;
    change.from = {from};
    change.to = {to};
    change.values[from] = context.sub(context.iname(to), context.constant(shift));
    change.range = poly::universe(context.isl());
    Kernel result = changeInames(old, change, isSecond, options.where);
    result.tree = replaceLoops(old.tree, from, isSecond,
                               [&](const Loop &loop) -> std::vector<NodeRef> { return {makeLoop(to, loop.children)}; });
    return result;
  };
  if (options.first != options.second)
    return rename(kernel, options.second, options.first, options.shift);
  const std::string between = kernel.freshName(options.first + "_shifted");
  return rename(rename(kernel, options.second, between, options.shift), between, options.first, 0);
}

// The two loops that begin at the given statements become one. Of what stands between them, so much goes before it, the
// rest behind.
Tree mergedTree(const Tree &nodes, const std::string &iname, const std::string &first, const std::string &second,
                size_t before) {
  auto isLoopAt = [&](const NodeRef &node, const std::string &id) {
    return isLoopNamed(node, iname) && statementsBelow(node).front() == id;
  };
  const auto from = llvm::find_if(nodes, [&](const NodeRef &node) { return isLoopAt(node, first); });
  const auto to = std::find_if(from, nodes.end(), [&](const NodeRef &node) { return isLoopAt(node, second); });
  if (to == nodes.end()) {
    Tree result;
    for (const NodeRef &node : nodes)
      if (const Loop *loop = node->loop())
        result.push_back(makeLoop(loop->iname, mergedTree(loop->children, iname, first, second, before)));
      else
        result.push_back(node);
    return result;
  }
  Tree result(nodes.begin(), from);
  const Tree between = oneByOne(
      llvm::ArrayRef(nodes).slice(static_cast<size_t>(from - nodes.begin()) + 1, static_cast<size_t>(to - from) - 1));
  const auto middle = between.begin() + static_cast<ptrdiff_t>(before);
  result.insert(result.end(), between.begin(), middle);
  std::vector<NodeRef> children = (*from)->loop()->children;
  llvm::append_range(children, (*to)->loop()->children);
  result.push_back(makeLoop(iname, std::move(children)));
  result.insert(result.end(), middle, between.end());
  result.insert(result.end(), to + 1, nodes.end());
  return result;
}

std::string namesBelow(const Tree &nodes) {
  std::vector<std::string> names;
  for (const std::string &id : statementsBelow(nodes))
    names.push_back("`" + id + "`");
  return listOfNames(names);
}

void noteMoves(const Siblings &siblings, size_t before, Notes *notes) {
  const auto middle = siblings.between.begin() + static_cast<ptrdiff_t>(before);
  auto note = [&](const Tree &nodes, const std::string &where) {
    if (!nodes.empty())
      addNote(notes, "What stood between the loops runs " + where + " them: " + namesBelow(nodes) + ".");
  };
  note({siblings.between.begin(), middle}, "before");
  note({middle, siblings.between.end()}, "behind");
}

} // namespace

Kernel fuseLoops(const Kernel &kernel, const FuseLoops &options, Notes *notes) {
  requireIname(kernel, options.first, options.where);
  requireIname(kernel, options.second, options.where);
  std::optional<Siblings> siblings = findSiblings(kernel.tree, options, 0);
  if (!siblings)
    siblings = findSiblings(kernel.tree, options, std::numeric_limits<size_t>::max() / 2);
  if (!siblings)
    throwNoSiblings(kernel, options);
  if (kernel.tag(options.first) != kernel.tag(options.second))
    throw UserError(options.where, "The loops `" + options.first + "` and `" + options.second +
                                       "` have different tags. Give them the same one, or untag them, first.");
  const std::vector<std::string> below = statementsBelow(siblings->second);
  if (options.first != options.second && containsLoop(siblings->second, options.first))
    throw UserError(options.where, "There is a loop `" + options.first + "` inside `" + options.second +
                                       "`. Rename one of them first.");

  auto isSecond = [&](const std::string &id) { return llvm::is_contained(below, id); };
  const Kernel renamed = renameSecond(kernel, options, isSecond);
  Kernel result = renamed;
  const std::string first = statementsBelow(siblings->first).front();
  auto merge = [&](size_t before) {
    // Joins leaves that meet where the bodies do.
    result.tree = rewriteTree(mergedTree(renamed.tree, options.first, first, below.front(), before),
                              [](const NodeRef &node) { return std::vector<NodeRef>{node}; });
  };
  size_t before = siblings->between.size();
  for (merge(before); before > 0 && findReorderViolation(renamed, result); merge(before))
    --before;
  if (before == 0 && !siblings->between.empty() && findReorderViolation(renamed, result))
    merge(before = siblings->between.size()); // none is legal: speak of this one
  requireKnownBounds(result, options.where, "Fusing the loops");
  requireLengthsForTags(result, {below.begin(), below.end()}, options.where, "Fusing the loops");
  proveReorder(renamed, result, options.where,
               "Fusing loop `" + options.second + "` into `" + options.first + "`" +
                   (options.shift ? " with shift " + std::to_string(options.shift) : ""),
               !siblings->between.empty() ? "Between the loops stands " + namesBelow(siblings->between) + "."
               : options.shift == 0       ? "A `shift` that runs the second loop later may be legal."
                                          : "");
  addNote(notes, "Loop `" + options.second + "` over `" + listOfNames(below) + "` was merged into loop `" +
                     options.first + "`.");
  noteMoves(*siblings, before, notes);
  return result;
}

} // namespace loopy
