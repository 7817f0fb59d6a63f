#include "loopy/transforms/affine_map.h"

#include "chain.h"
#include "cut.h"
#include "edit.h"
#include "extent.h"
#include "inverse_map.h"
#include "match.h"

#include "loopy/analysis/prove.h"
#include "loopy/frontend/parse.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

std::vector<std::string> without(const std::vector<std::string> &names, const std::vector<std::string> &others) {
  std::vector<std::string> result;
  llvm::copy_if(names, std::back_inserter(result),
                [&](const std::string &name) { return !llvm::is_contained(others, name); });
  return result;
}

class AffineMapper {
public:
  AffineMapper(const Kernel &kernel, const AffineMap &options, Notes *notes)
      : kernel_(kernel), options_(options), notes_(notes), map_(parseInameMap(kernel, options.map, options.where)),
        old_(without(map_.from, map_.to)), new_(without(map_.to, map_.from)) {}

  Kernel run() {
    checkNames();
    selectStatements();
    Kernel separated = kernel_;
    for (const std::string &iname : map_.from)
      separated = separateLoops(separated, iname, selected_, options_.where, notes_);
    requireAllInChains(separated);
    const Kernel withBoth = inNewOrder(separated);
    Kernel result = old_.empty() ? withBoth : withoutOldInames(separated);
    requireKnownBounds(result, options_.where, "This map");
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  Predicate isSelected() const {
    return [this](const std::string &id) { return selected_.count(id) != 0; };
  }

  void checkNames() const {
    requireInames(kernel_, map_.from, options_.where);
    if (new_.empty())
      fail(old_.empty() ? "All inames of this map stay. `reorder` changes the order of loops."
                        : "This map has no new iname in the place of " + listOfNames(old_) + ".");
    std::set<std::string> seen;
    for (const std::string &iname : map_.to)
      if (!seen.insert(iname).second)
        fail("The new iname `" + iname + "` is given twice.");
    for (const std::string &iname : new_)
      requireNewName(kernel_, iname, options_.where);
    for (const std::string &iname : map_.from)
      requireUntagged(kernel_, iname, "affine_map", options_.where);
  }

  // Every selected statement that has one of the mapped inames has all of them, and the others that the map mentions.
  void selectStatements() {
    const std::vector<std::string> &mapped = old_.empty() ? map_.from : old_;
    for (const std::string &id : matchStatements(kernel_, options_.within, options_.where)) {
      const Statement &statement = kernel_.statement(id);
      if (llvm::none_of(mapped, [&](const std::string &iname) { return hasIname(statement, iname); }))
        continue;
      std::vector<std::string> names = map_.from;
      llvm::append_range(names, poly::involvedNames(map_.relation));
      for (const std::string &name : names)
        if (kernel_.findIname(name) && !hasIname(statement, name))
          fail("`" + id + "` has some of the inames of this map, but not `" + name +
               "`. Select other statements with within=, or distribute the loops first.");
      selected_.insert(id);
      selectedIds_.push_back(id);
    }
    if (selected_.empty())
      fail("None of the statements selected by within=\"" + options_.within + "\" has a loop " + listOfNames(mapped) +
           ".");
  }

  // The tree with other loops in the place of the chains of mapped ones; `f` gives them, for a chain's own order.
  Tree withLoops(const Tree &tree,
                 const std::function<std::vector<std::string>(const std::vector<std::string> &)> &f) const {
    return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      const Loop *top = node->loop();
      const auto chain = top ? chainAt(*top, map_.from) : std::nullopt;
      if (!chain || !llvm::all_of(statementsBelow(node), isSelected()))
        return {node};
      std::vector<std::string> names;
      for (const Loop *loop : *chain)
        names.push_back(loop->iname);
      std::vector<NodeRef> body = chain->back()->children;
      const std::vector<std::string> loops = f(names);
      for (const std::string &iname : llvm::reverse(loops))
        body = {makeLoop(iname, std::move(body))};
      return body;
    });
  }

  void requireAllInChains(const Kernel &separated) const {
    std::set<std::string> inChains;
    forEachLoop(separated.tree, [&](const Loop &top, const std::vector<std::string> &) {
      if (chainAt(top, map_.from))
        for (const std::string &id : statementsBelow(top.children))
          inChains.insert(id);
    });
    if (llvm::all_of(selected_, [&](const std::string &id) { return inChains.count(id) != 0; }))
      return;
    requireChains(separated, map_.from, ChainOrder::Any, options_.where, "affine_map");
    throw InternalError("statements outside the chains of mapped loops were not found");
  }

  // The kernel with both old and new inames, in the new order. With the new ones as loops of one iteration inside the
  // old ones, the order is the old one; with the old ones as loops of one iteration inside the new ones, it is the new
  // one:
  //   every dependence of  for old: for new: S  holds in  for new: for old: S
  Kernel inNewOrder(const Kernel &separated) const {
    Kernel before = separated;
    for (StatementRef &statement : before.statements) {
      if (!selected_.count(statement->id))
        continue;
      Statement both = *statement;
      both.domain = requireImages(*statement);
      llvm::append_range(both.inames, new_);
      statement = std::make_shared<const Statement>(std::move(both));
    }
    for (const std::string &iname : new_)
      before.inames.push_back({iname, {}, options_.where});
    Kernel after = before;
    before.tree = withLoops(separated.tree, [&](std::vector<std::string> names) {
      llvm::append_range(names, new_);
      return names;
    });
    after.tree = withLoops(separated.tree, [&](const std::vector<std::string> &names) {
      std::vector<std::string> loops = map_.to;
      llvm::append_range(loops, without(names, map_.to));
      return loops;
    });
    proveReorder(before, after, options_.where, "The order of " + listOfNames(map_.to));
    return after;
  }

  Kernel withoutOldInames(const Kernel &separated) const {
    InameChange change;
    change.from = old_;
    change.to = new_;
    change.values = inverseOf(separated, {map_.relation, old_, new_, selectedIds_, options_.where});
    change.range = poly::projectOut(map_.relation, old_);
    change.movesAxes = llvm::none_of(poly::involvedNames(map_.relation), [&](const std::string &name) {
      return kernel_.findIname(name) && !llvm::is_contained(old_, name);
    });
    Kernel result = changeInames(separated, change, isSelected(), options_.where);
    result.tree = withLoops(separated.tree, [&](const std::vector<std::string> &) { return map_.to; });
    return result;
  }

  // { old, new } of a statement: its domain and the map. Each instance has exactly one image.
  isl::set requireImages(const Statement &statement) const {
    const isl::set domain = kernel_.context->intersection(statement.domain, kernel_.assumptions);
    const isl::set both = domain.intersect(map_.relation);
    const isl::set lost = domain.subtract(poly::projectOut(both, new_));
    if (!lost.is_empty())
      fail("The map has no image for " + statement.id + instanceOf(kernel_, statement.inames, lost) + ".");
    if (const auto two = twoValues(both, new_))
      fail("The map has two images for " + statement.id + instanceOf(kernel_, statement.inames, *two) + ": " +
           listOfNames(new_) + " must be functions of " + listOfNames(map_.from) + ".");
    return statement.domain.intersect(map_.relation);
  }

  const Kernel &kernel_;
  const AffineMap &options_;
  Notes *notes_;
  const InameMap map_;
  const std::vector<std::string> old_, new_; // the inames of one side only
  std::set<std::string> selected_;
  std::vector<std::string> selectedIds_; // in textual order
};

} // namespace

Kernel affineMap(const Kernel &kernel, const AffineMap &options, Notes *notes) {
  return AffineMapper(kernel, options, notes).run();
}

} // namespace loopy
