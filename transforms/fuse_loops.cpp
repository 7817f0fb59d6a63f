#include "loopy/transforms/fuse_loops.h"

#include "edit.h"
#include "extent.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

struct Siblings {
  NodeRef first, second;
};

bool isLoopNamed(const NodeRef &node, const std::string &iname) { return node->loop() && node->loop()->iname == iname; }

// The first adjacent pair in tree order, outer loops before inner ones.
std::optional<Siblings> findSiblings(const std::vector<NodeRef> &nodes, const FuseLoops &options) {
  for (size_t i = 0; i + 1 < nodes.size(); ++i)
    if (isLoopNamed(nodes[i], options.first) && isLoopNamed(nodes[i + 1], options.second))
      return Siblings{nodes[i], nodes[i + 1]};
  for (const NodeRef &node : nodes)
    if (const Loop *loop = node->loop())
      if (auto found = findSiblings(loop->children, options))
        return found;
  return std::nullopt;
}

[[noreturn]] void throwNotAdjacent(const Kernel &kernel, const FuseLoops &options) {
  throw UserError(options.where, "fuse_loops wants two loops that follow each other directly, and no loop `" +
                                     options.second + "` comes directly after a loop `" + options.first + "` in:\n" +
                                     printTree(kernel));
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

// The two loops that begin at the given statements become one.
Tree mergedTree(const std::vector<NodeRef> &nodes, const std::string &iname, const std::string &first,
                const std::string &second) {
  std::vector<NodeRef> result;
  for (const NodeRef &node : nodes) {
    if (isLoopNamed(node, iname) && statementsBelow(node).front() == second && !result.empty() &&
        isLoopNamed(result.back(), iname) && statementsBelow(result.back()).front() == first) {
      std::vector<NodeRef> children = result.back()->loop()->children;
      llvm::append_range(children, node->loop()->children);
      result.back() = makeLoop(iname, std::move(children));
    } else if (const Loop *loop = node->loop())
      result.push_back(makeLoop(loop->iname, mergedTree(loop->children, iname, first, second)));
    else
      result.push_back(node);
  }
  return result;
}

} // namespace

Kernel fuseLoops(const Kernel &kernel, const FuseLoops &options, Notes *notes) {
  requireIname(kernel, options.first, options.where);
  requireIname(kernel, options.second, options.where);
  const std::optional<Siblings> siblings = findSiblings(kernel.tree, options);
  if (!siblings)
    throwNotAdjacent(kernel, options);
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
  // Joins leaves that meet where the bodies do.
  result.tree = rewriteTree(mergedTree(renamed.tree, options.first, first, below.front()),
                            [](const NodeRef &node) { return std::vector<NodeRef>{node}; });
  requireKnownBounds(result, options.where, "Fusing the loops");
  proveReorder(renamed, result, options.where,
               "Fusing loop `" + options.second + "` into `" + options.first + "`" +
                   (options.shift ? " with shift " + std::to_string(options.shift) : ""),
               options.shift == 0 ? "A `shift` that runs the second loop later may be legal." : "");
  addNote(notes, "Loop `" + options.second + "` over `" + listOfNames(below) + "` was merged into loop `" +
                     options.first + "`.");
  return result;
}

} // namespace loopy
