#include "loopy/transforms/split_reduction.h"

#include "edit.h"

#include "loopy/ir/reduction.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class ReductionSplitter {
public:
  ReductionSplitter(const Kernel &kernel, const SplitReduction &options, Notes *notes)
      : kernel_(kernel), context_(*kernel.context), options_(options), notes_(notes), result_(kernel) {}

  Kernel run() {
    requireIname(kernel_, options_.iname, options_.where);
    findUpdates();
    findOuterLoops();
    requireOnlyUpdates();
    addTemporaries();
    for (const Statement *update : updates_)
      result_.replaceStatement(withOwnAccumulators(*update));
    const Statement begin = beginning();
    insertAt(updates_.front()->id, begin, 0);
    const Statement end = ending();
    insertAt(updates_.back()->id, end, 1);
    const Statement combine = combining();
    insertAt(end.id, combine, 1);
    result_.tree = rewriteTree(kernel_.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      const Loop *loop = node->loop();
      if (!loop || loop->iname != options_.iname || statementsBelow(node) != inside_)
        return {node};
      std::vector<NodeRef> body{nest(begin)};
      llvm::append_range(body, loop->children);
      body.push_back(nest(end));
      return {makeLoop(loop->iname, std::move(body)), makeLoop(combineIname_, {nest(combine)})};
    });
    nameResult(notes_, "parts", parts_);
    nameResult(notes_, "combine", {combineIname_});
    return std::move(result_);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  const Statement *initOf(const Statement &update) const {
    for (const StatementRef &statement : kernel_.statements)
      if (statement->reductionRole == ReductionRole::Init && statement->reduction == update.reduction)
        return statement.get();
    return nullptr;
  }

  // The loop, and the updates in it: all of one reduction, which does not start anew inside.
  void findUpdates() {
    if (!options_.update.empty())
      requireStatement(kernel_, options_.update, options_.where);
    std::vector<const Statement *> candidates;
    for (const StatementRef &statement : kernel_.statements)
      if (statement->reductionRole == ReductionRole::Update && hasIname(*statement, options_.iname) &&
          (options_.update.empty() || statement->id == options_.update)) {
        const Statement *init = initOf(*statement);
        if (init && !hasIname(*init, options_.iname))
          candidates.push_back(statement.get());
      }
    if (candidates.empty())
      fail(options_.update.empty() ? "Nothing is reduced over `" + options_.iname + "`."
                                   : "`" + options_.update + "` does not reduce over `" + options_.iname + "`.");
    std::vector<std::string> ids;
    for (const Statement *candidate : candidates)
      if (candidate->reduction != candidates.front()->reduction) {
        for (const Statement *each : candidates)
          ids.push_back(each->id);
        fail("Several reductions run over `" + options_.iname + "`: choose one by reduction=STATEMENT, of " +
             listOfNames(ids) + ".");
      }
    reduction_ = &*llvm::find_if(kernel_.reductions,
                                 [&](const ReductionInfo &info) { return info.id == candidates.front()->reduction; });
    if (!reduction_->isCommutative())
      fail("A segmented sum keeps the order of its terms and cannot be split.");
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &) {
      if (const std::vector<std::string> below = statementsBelow(loop.children);
          loop.iname == options_.iname && llvm::is_contained(below, candidates.front()->id))
        inside_ = below;
    });
    for (const StatementRef &statement : kernel_.statements) {
      if (statement->reductionRole != ReductionRole::Update || statement->reduction != reduction_->id ||
          !hasIname(*statement, options_.iname))
        continue;
      if (llvm::is_contained(inside_, statement->id))
        updates_.push_back(statement.get());
      else if (options_.update.empty())
        fail("`" + candidates.front()->id + "` and `" + statement->id + "` are reduced over different loops `" +
             options_.iname + "`: choose one by reduction=STATEMENT.");
    }
  }

  // The loops around the split one, over which nothing may be reduced.
  void findOuterLoops() {
    const Path first = pathTo(kernel_.tree, updates_.front()->id);
    const size_t depth = llvm::find(first.loops, options_.iname) - first.loops.begin();
    outer_.assign(first.loops.begin(), first.loops.begin() + static_cast<ptrdiff_t>(depth));
    const Statement &init = *initOf(*updates_.front());
    for (const std::string &iname : outer_)
      if (!hasIname(init, iname))
        fail("split_reduction(" + options_.iname + ") is not possible: loop `" + iname + "` stands around loop `" +
             options_.iname + "` and is reduced over too. Call split_reduction(" + iname + ") first, or reorder(" +
             options_.iname + ", " + iname + ").");
  }

  bool isAccumulator(const Load &load) const { return llvm::is_contained(reduction_->accumulators, load.array); }

  // In the loop nothing but the updates accesses the accumulators. Which element they access depends on loops that the
  // initialisation has too, in the same way in all of them.
  void requireOnlyUpdates() {
    for (const std::string &id : inside_)
      if (llvm::none_of(updates_, [&](const Statement *update) { return update->id == id; }))
        for (const AccessRef &access : accesses(kernel_.statement(id)))
          if (isAccumulator(*access.load))
            fail("split_reduction(" + options_.iname + ") is not legal: `" + id + "` accesses `" + access.load->array +
                 "` inside the loop, between its updates.");
    places_ = std::get<Assign>(updates_.front()->body).lhs;
    for (const Statement *update : updates_) {
      const std::vector<Expr> &lhs = std::get<Assign>(update->body).lhs;
      for (size_t i = 0; i < lhs.size(); ++i)
        if (!equal(lhs[i], places_[i]))
          fail("split_reduction(" + options_.iname + ") is not possible: `" + updates_.front()->id + "` updates `" +
               toString(places_[i]) + "`, but `" + update->id + "` updates `" + toString(lhs[i]) + "`.");
    }
    const Statement &init = *initOf(*updates_.front());
    for (const std::string &iname : updates_.front()->inames)
      if (hasIname(init, iname) && !llvm::is_contained(outer_, iname))
        shared_.push_back(iname);
    for (Expr place : places_)
      for (const std::string &iname : inamesIn(place))
        if (!llvm::is_contained(outer_, iname) && !llvm::is_contained(shared_, iname))
          fail("split_reduction(" + options_.iname + ") is not possible: which element `" + toString(place) +
               "` is depends on loop `" + iname + "`, which is reduced over.");
    for (const Statement *update : updates_)
      for (const std::string &iname : shared_)
        if (!hasIname(*update, iname))
          fail("split_reduction(" + options_.iname + ") is not possible: `" + updates_.front()->id +
               "` stands in loop `" + iname + "`, but `" + update->id + "` does not.");
  }

  // Accumulators and partial results of the same shape, with an axis for the loop.
  void addTemporaries() {
    ReductionInfo info = *reduction_;
    const bool isPair = reduction_->accumulators.size() > 1;
    for (size_t i = 0; i < reduction_->accumulators.size(); ++i) {
      Array array = kernel_.array(reduction_->accumulators[i]);
      array.implicitAxes += 1;
      array.space.reset();
      array.copies.clear();
      std::string name =
          options_.name.empty() ? kernel_.array(reduction_->accumulators[0]).name + "_part" : options_.name;
      if (isPair && i > 0)
        name += "_index";
      array.name = options_.name.empty() ? result_.freshName(name) : name;
      if (!options_.name.empty())
        requireNewName(result_, array.name, options_.where);
      parts_.push_back(array.name);
      result_.arrays.push_back(array);
      array.name = result_.freshName(array.name + "_acc");
      info.accumulators[i] = array.name;
      result_.arrays.push_back(array);
    }
    info.id = info.accumulators[0];
    result_.reductions.push_back(info);
    own_ = info;
    combineIname_ = options_.combineName.empty() ? result_.freshName(options_.iname + "_part") : options_.combineName;
    if (!options_.combineName.empty())
      requireNewName(result_, combineIname_, options_.where);
    result_.inames.push_back({combineIname_, {}, kernel_.iname(options_.iname).source});
  }

  // The element of `array` that belongs to an accumulator's element, in an iteration of the loop.
  Expr element(const std::string &array, const Load &place, const std::string &iteration, Type type) const {
    std::vector<Expr> index = place.index;
    index.insert(index.begin() + kernel_.array(place.array).implicitAxes, context_.iname(iteration));
    return context_.load(array, std::move(index), type);
  }
  std::vector<Expr> elements(const std::vector<std::string> &arrays, const std::string &iteration) const {
    std::vector<Expr> result;
    for (size_t i = 0; i < arrays.size(); ++i)
      result.push_back(element(arrays[i], *places_[i].as<Load>(), iteration, places_[i].type()));
    return result;
  }

  Statement withOwnAccumulators(const Statement &update) const {
    Statement result = rewriteExprs(context_, update, [&](Expr e) {
      const Load *load = e.as<Load>();
      if (!load || !isAccumulator(*load))
        return e;
      const size_t i = llvm::find(reduction_->accumulators, load->array) - reduction_->accumulators.begin();
      return element(own_.accumulators[i], *load, options_.iname, e.type());
    });
    result.reduction = own_.id;
    return result;
  }

  NodeRef nest(const Statement &statement) const {
    NodeRef node = makeLeaf({statement.id});
    for (const std::string &iname : llvm::reverse(shared_))
      node = makeLoop(iname, {node});
    return node;
  }

  // A statement of the split loop: once for all terms that one iteration adds to an element.
  Statement inLoop(const std::string &id, Assign body) const {
    Statement result;
    result.id = result_.freshName(id);
    result.source = updates_.front()->source;
    result.inames = outer_;
    result.inames.push_back(options_.iname);
    llvm::append_range(result.inames, shared_);
    result.domain = poly::emptySet(context_.isl());
    for (const Statement *update : updates_) {
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
    std::vector<Type> types;
    for (Expr place : places_)
      types.push_back(place.type());
    Statement result = inLoop(initOf(*updates_.front())->id + "_part",
                              {elements(own_.accumulators, options_.iname), neutralElements(context_, own_.op, types)});
    result.reduction = own_.id;
    result.reductionRole = ReductionRole::Init;
    return result;
  }
  Statement ending() const {
    return inLoop(parts_[0] + "_set", {elements(parts_, options_.iname), elements(own_.accumulators, options_.iname)});
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
    result.body = Assign{places_, combined(context_, reduction_->op, places_, elements(parts_, combineIname_))};
    result.reduction = reduction_->id;
    result.reductionRole = ReductionRole::Update;
    return result;
  }

  void insertAt(const std::string &neighbour, const Statement &statement, ptrdiff_t offset) {
    const auto place =
        llvm::find_if(result_.statements, [&](const StatementRef &each) { return each->id == neighbour; });
    result_.statements.insert(place + offset, std::make_shared<const Statement>(statement));
  }

  const Kernel &kernel_;
  Context &context_;
  const SplitReduction &options_;
  Notes *notes_;
  Kernel result_;
  const ReductionInfo *reduction_ = nullptr;
  std::vector<std::string> inside_;        // the statements in the split loop
  std::vector<const Statement *> updates_; // of them, in textual order
  std::vector<std::string> outer_;         // the loops around the split one
  std::vector<std::string> shared_;        // loops inside it that the initialisation has too
  std::vector<Expr> places_;               // what the updates update
  ReductionInfo own_;                      // of one iteration
  std::vector<std::string> parts_;         // the partial results
  std::string combineIname_;
};

} // namespace

Kernel splitReduction(const Kernel &kernel, const SplitReduction &options, Notes *notes) {
  return ReductionSplitter(kernel, options, notes).run();
}

} // namespace loopy
