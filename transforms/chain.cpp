#include "chain.h"

#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

std::optional<std::vector<const Loop *>> chainAt(const Loop &top, const std::vector<std::string> &names) {
  std::vector<const Loop *> chain;
  for (const Loop *loop = &top; loop && llvm::is_contained(names, loop->iname);) {
    chain.push_back(loop);
    if (chain.size() == names.size())
      return chain;
    loop = loop->children.size() == 1 ? loop->children[0]->loop() : nullptr;
  }
  return std::nullopt;
}

static bool hasAll(const Loop &loop, const std::vector<std::string> &names) {
  return llvm::all_of(names, [&](const std::string &name) {
    return loop.iname == name ||
           llvm::any_of(loop.children, [&](const NodeRef &child) { return containsLoop(child, name); });
  });
}

// Says what keeps the loops below `top` from being a chain.
[[noreturn]] static void throwNoChain(const Loop &top, const std::vector<std::string> &names, SourceRange where,
                                      const std::string &pass) {
  const Loop *loop = &top;
  for (unsigned depth = 1; depth < names.size(); ++depth) {
    if (loop->children.size() != 1) {
      const Loop *before = loop->children[0]->loop();
      const bool comesFirst = before && llvm::is_contained(names, before->iname);
      const std::string id = statementsBelow(loop->children[1]).front();
      const std::string other = comesFirst ? id : statementsBelow(loop->children[0]).front();
      throw UserError(where, pass + " wants loops each of which has the next as its only child, and `" + loop->iname +
                                 "` has `" + other + "` as well. Call distribute(" + loop->iname + ", before=" + id +
                                 ") first, if that is legal.");
    }
    const Loop *next = loop->children[0]->loop();
    if (next && !llvm::is_contained(names, next->iname))
      throw UserError(where, pass + " wants loops each of which has the next as its only child; loop `" + next->iname +
                                 "` stands between them. Name it as well.");
    require(next != nullptr, "a nest that has all loops of a chain ends too early");
    loop = next;
  }
  throw InternalError("a chain of loops was not recognised");
}

void requireChains(const Kernel &kernel, const std::vector<std::string> &names, ChainOrder order, SourceRange where,
                   const std::string &pass) {
  bool isFound = false;
  forEachLoop(kernel.tree, [&](const Loop &loop, const std::vector<std::string> &outer) {
    const bool isTop = llvm::is_contained(names, loop.iname) &&
                       llvm::none_of(outer, [&](const std::string &o) { return llvm::is_contained(names, o); });
    if (!isTop || !hasAll(loop, names))
      return;
    const auto chain = chainAt(loop, names);
    if (!chain)
      throwNoChain(loop, names, where, pass);
    isFound = true;
    for (unsigned i = 0; i < names.size() && order == ChainOrder::AsGiven; ++i)
      if ((*chain)[i]->iname != names[i])
        throw UserError(where, pass + " wants the loops in the order in which they are nested, and `" +
                                   (*chain)[i]->iname + "` stands outside `" + names[i] + "`. Call reorder first.");
  });
  if (!isFound)
    throw UserError(where, "The loops " + listOfNames(names) + " are not nested in each other.");
}

} // namespace loopy
