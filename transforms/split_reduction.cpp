#include "loopy/transforms/split_reduction.h"

#include "edit.h"
#include "partial_results.h"
#include "reduced_loop.h"

#include "loopy/ir/reduction.h"
#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class ReductionSplitter {
public:
  ReductionSplitter(const Kernel &kernel, const SplitReduction &options, Notes *notes)
      : kernel_(kernel), context_(*kernel.context), options_(options), notes_(notes), result_(kernel) {}

  Kernel run() {
    loop_ = findReducedLoop(kernel_, {"split_reduction", options_.iname, options_.update, options_.where});
    requireCommutative();
    requireOutermost();
    requireOnlyUpdates();
    addTemporaries();
    for (const Statement *update : loop_.updates)
      result_.replaceStatement(withOwnAccumulators(*update));
    const Statement begin = beginning();
    insertBefore(result_, loop_.updates.front()->id, begin);
    const Statement end = ending();
    insertAfter(result_, loop_.updates.back()->id, end);
    const Statement combine = combining();
    insertAfter(result_, end.id, combine);
    result_.tree = rewriteTree(kernel_.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      const Loop *loop = node->loop();
      if (!loop || loop->iname != options_.iname || statementsBelow(node) != loop_.inside)
        return {node};
      std::vector<NodeRef> body{nestOf(loop_.shared, begin.id)};
      llvm::append_range(body, loop->children);
      body.push_back(nestOf(loop_.shared, end.id));
      return {makeLoop(loop->iname, std::move(body)), makeLoop(combineIname_, {nestOf(loop_.shared, combine.id)})};
    });
    nameResult(notes_, "parts", parts_);
    nameResult(notes_, "combine", {combineIname_});
    return std::move(result_);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  void requireCommutative() const {
    if (!loop_.reduction->isCommutative())
      fail("A segmented sum keeps the order of its terms and cannot be split. realize_parallel_reduction(" +
           options_.iname + ") combines neighbouring parts, which keeps it.");
  }

  // Around the split loop nothing may be reduced.
  void requireOutermost() const {
    if (loop_.outermost != options_.iname)
      fail("split_reduction(" + options_.iname + ") is not possible: loop `" + loop_.outermost +
           "` stands around loop `" + options_.iname + "` and is reduced over too. Call split_reduction(" +
           loop_.outermost + ") first, or reorder(" + options_.iname + ", " + loop_.outermost + ").");
  }

  bool isAccumulator(const Load &load) const { return llvm::is_contained(loop_.reduction->accumulators, load.array); }

  // In the loop nothing but the updates accesses the accumulators.
  void requireOnlyUpdates() const {
    for (const std::string &id : loop_.inside)
      if (llvm::none_of(loop_.updates, [&](const Statement *update) { return update->id == id; })) {
        const Statement expanded = expandRules(kernel_, kernel_.statement(id));
        for (const AccessRef &access : accesses(expanded))
          if (isAccumulator(*access.load))
            fail("split_reduction(" + options_.iname + ") is not legal: `" + id + "` accesses `" + access.load->array +
                 "` inside the loop, between its updates.");
      }
  }

  // Accumulators and partial results of the same shape, with an axis for the loop.
  void addTemporaries() {
    const ReductionInfo &reduction = *loop_.reduction;
    if (!options_.name.empty())
      requireNewName(result_, options_.name, options_.where);
    parts_ = addPartArrays(result_, reduction, 1,
                           options_.name.empty() ? reduction.accumulators[0] + "_part" : options_.name);
    own_ = addPartArrays(result_, reduction, 1, parts_[0] + "_acc");
    ids_ = addPartReductions(result_, reduction, own_);
    combineIname_ = options_.combineName.empty() ? result_.freshName(options_.iname + "_part") : options_.combineName;
    if (!options_.combineName.empty())
      requireNewName(result_, combineIname_, options_.where);
    result_.inames.push_back({combineIname_, {}, kernel_.iname(options_.iname).source});
  }

  // The elements that belong to the accumulators' elements, in an iteration of the loop.
  PartElement elementAt(const std::string &iteration) const {
    return elementWithAxis(kernel_, context_.iname(iteration));
  }
  std::vector<Expr> elements(const std::vector<std::string> &arrays, const std::string &iteration) const {
    return partElements(arrays, loop_.places, elementAt(iteration));
  }

  Statement withOwnAccumulators(const Statement &update) const {
    return updatesOfPart(kernel_, *loop_.reduction, update, own_, ids_, elementAt(options_.iname))->front();
  }

  // A statement of the split loop: once for all terms that one iteration adds to an element.
  Statement inLoop(const std::string &id, Assign body) const {
    Statement result;
    result.id = result_.freshName(id);
    result.source = loop_.updates.front()->source;
    result.inames = loop_.outer;
    result.inames.push_back(options_.iname);
    llvm::append_range(result.inames, loop_.shared);
    result.domain = poly::emptySet(context_.isl());
    for (const Statement *update : loop_.updates) {
      poly::Names inner;
      for (const std::string &iname : update->inames)
        if (!llvm::is_contained(result.inames, iname))
          inner.push_back(iname);
      for (const auto &[name, load] : update->dataParams)
        if (llvm::any_of(inamesIn(load), [&](const std::string &iname) { return llvm::is_contained(inner, iname); }))
          inner.push_back(name);
        else
          result.dataParams.emplace(name, load);
      const isl::set domain = context_.intersection(update->domain, kernel_.assumptions);
      result.domain = result.domain.unite(poly::projectOut(domain, inner)).coalesce();
    }
    const poly::Names involved = poly::involvedNames(result.domain);
    std::erase_if(result.dataParams, [&](const auto &entry) { return !llvm::is_contained(involved, entry.first); });
    result.body = std::move(body);
    return result;
  }

  Statement beginning() const {
    return startsOfPart(result_, *loop_.reduction, inLoop(loop_.init->id + "_part", {}), own_, ids_, loop_.places,
                        elementAt(options_.iname))
        .front();
  }
  Statement ending() const {
    return inLoop(parts_[0] + "_set", {elements(parts_, options_.iname), elements(own_, options_.iname)});
  }

  Statement combining() const {
    Statement result = inLoop(parts_[0] + "_combine", {});
    const std::map<std::string, Expr> renaming{{options_.iname, context_.iname(combineIname_)}};
    result.domain = poly::renameParams(result.domain, {{options_.iname, combineIname_}});
    for (std::string &iname : result.inames)
      if (iname == options_.iname)
        iname = combineIname_;
    for (auto &[name, load] : result.dataParams)
      load = substituteInames(context_, load, renaming);
    result.body =
        Assign{loop_.places, combined(context_, loop_.reduction->op, loop_.places, elements(parts_, combineIname_))};
    result.reduction = loop_.reduction->id;
    result.reductionRole = ReductionRole::Update;
    return result;
  }

  const Kernel &kernel_;
  Context &context_;
  const SplitReduction &options_;
  Notes *notes_;
  Kernel result_;
  ReducedLoop loop_;
  std::vector<std::string> parts_; // the partial results
  std::vector<std::string> own_;   // the accumulators of one iteration
  std::vector<std::string> ids_;   // of their reductions
  std::string combineIname_;
};

} // namespace

Kernel splitReduction(const Kernel &kernel, const SplitReduction &options, Notes *notes) {
  return ReductionSplitter(kernel, options, notes).run();
}

} // namespace loopy
