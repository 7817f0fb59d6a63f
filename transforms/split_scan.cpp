#include "loopy/transforms/split_scan.h"

#include "edit.h"
#include "extent.h"
#include "reduced_loop.h"
#include "scan_builder.h"

#include "loopy/ir/tree.h"
#include "loopy/transforms/split_iname.h"

#include "llvm/ADT/STLExtras.h"

#include <utility>

namespace loopy {
namespace {

class ScanSplitter {
public:
  ScanSplitter(const Kernel &kernel, const SplitScan &options, Notes *notes)
      : kernel_(kernel), context_(*kernel.context), options_(options), notes_(notes) {}

  Kernel run() {
    const Scan whole = findScan(kernel_, {"split_scan", options_.iname, options_.update, options_.where});
    if (!whole.shared.empty())
      fail(call() + " is not possible: loop `" + whole.shared.front() + "` stands inside loop `" + options_.iname +
           "`. Call reorder(" + whole.shared.front() + ", " + options_.iname + ") first.");
    split(whole);
    addTemporaries();
    addBlockSums();
    addLocalSums();
    addTotal();
    proveOrder();
    nameSumLoop();
    addCarry();
    std::erase_if(result_.reductions, [&](const ReductionInfo &info) { return info.id == scan_.reduction->id; });
    result_.tree = replaceScanLoop(blocked_, outerLoop(), [&](const ScanBody &body) { return phases(body, true); });
    nameResults();
    return std::move(result_);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  std::string call() const { return "split_scan(" + options_.iname + ", " + std::to_string(options_.block) + ")"; }

  // The same scan with two loops in the place of its loop.
  void split(const Scan &whole) {
    outer_ = options_.iname + "_outer";
    inner_ = options_.iname + "_inner";
    SplitIname halves;
    halves.iname = options_.iname;
    halves.factor = options_.block;
    halves.where = options_.where;
    blocked_ = splitIname(kernel_, halves);
    result_ = blocked_;
    scan_ = whole;
    scan_.iname = inner_;
    scan_.outer.push_back(outer_);
    scan_.reduction = blocked_.findReduction(whole.reduction->id);
    scan_.init = blocked_.findStatement(whole.init->id);
    scan_.update = blocked_.findStatement(whole.update->id);
    scan_.places = std::get<Assign>(scan_.update->body).lhs;
    // Where all read the sums of their own iterations, the accumulators have two axes now; else still one.
    moreAxes_ = static_cast<int>(axesOf(*scan_.places[0].as<Load>()).size() - scan_.places[0].as<Load>()->index.size());
    const isl::ctx ctx = context_.isl();
    const isl::pw_aff inner = poly::paramAff(ctx, inner_);
    const isl::pw_aff position = poly::paramAff(ctx, outer_).mul(poly::constantAff(ctx, options_.block)).add(inner);
    scan_.arrivals = poly::substitute(whole.arrivals, options_.iname, position)
                         .intersect(inner.ge_set(poly::constantAff(ctx, 0)))
                         .intersect(inner.lt_set(poly::constantAff(ctx, options_.block)));
  }

  Scan outerLoop() const {
    Scan result = scan_;
    result.iname = outer_;
    return result;
  }

  void addTemporaries() {
    const std::string name = options_.name.empty() ? scan_.reduction->accumulators[0] : options_.name;
    if (!options_.name.empty() && !isWord(name))
      fail("`" + name + "` is not a name.");
    blocks_ = addPartArrays(result_, *scan_.reduction, moreAxes_ - 1, name + "_block");
    blockSums_ = addPartArrays(result_, *scan_.reduction, moreAxes_ - 1, blocks_[0] + "_acc");
    blockIds_ = addPartReductions(result_, *scan_.reduction, blockSums_);
    carry_ = addAccumulators(result_, scan_, moreAxes_ - 1, name + "_carry");
    result_.reductions.push_back({carry_[0], scan_.reduction->op, scan_.reduction->inames, carry_});
    locals_ = addPartArrays(result_, *scan_.reduction, moreAxes_, name + "_local");
    localIds_ = addPartReductions(result_, *scan_.reduction, locals_);
    if (!constantRange(blocked_, {scan_.init->id}, outer_))
      keepInGlobalMemory();
    auto newIname = [&](const std::string &suffix) {
      const std::string iname = result_.freshName(options_.iname + suffix);
      result_.inames.push_back({iname, {}, kernel_.iname(options_.iname).source});
      return iname;
    };
    sum_ = newIname("_sum");
    carryLoop_ = newIname("_carry");
    beforeLoop_ = newIname("_before");
  }

  // Private and local memory have a constant size, and the number of blocks is none.
  void keepInGlobalMemory() {
    for (Array &array : result_.arrays)
      if (llvm::is_contained(blocks_, array.name) || llvm::is_contained(carry_, array.name))
        array.space = AddressSpace::Global;
    addNote(notes_, "`" + blocks_[0] + "` and `" + carry_[0] +
                        "` are in global memory, since no constant bounds the number of blocks.");
  }

  // The axes of temporaries for each iteration: those of the accumulators, and the two loops in the place of the old
  // one.
  std::vector<Expr> axesOf(const Load &place) const {
    std::vector<Expr> axes;
    for (Expr index : place.index)
      if (!index.is<InameRef>() && mentionsIname(index, inner_))
        llvm::append_range(axes, std::initializer_list<Expr>{context_.iname(outer_), context_.iname(inner_)});
      else
        axes.push_back(index);
    return axes;
  }
  PartElement elementOver(std::vector<std::string> dropped) const {
    return [this, element = elementWithout(context_, std::move(dropped))](const std::string &array, const Load &place,
                                                                          Type type) {
      return element(array, Load{place.array, axesOf(place)}, type);
    };
  }
  PartElement ofBlock() const { return elementOver({inner_}); }
  PartElement ofIteration() const { return elementOver({}); }

  // A statement without body in the loops around the phases, and in that over blocks.
  Statement onBlocks(const std::string &id) const {
    Statement result;
    result.id = result_.freshName(id);
    result.source = scan_.update->source;
    result.inames = scan_.outer;
    result.dataParams = scan_.init->dataParams;
    result.guard = scan_.init->guard;
    result.domain = poly::projectOut(scan_.init->domain, {inner_});
    return result;
  }

  // Behind what was added last.
  void append(Statement statement) {
    const std::string before = std::exchange(last_, statement.id);
    insertAfter(result_, before, std::move(statement));
  }

  std::vector<Statement> updatesOver(const isl::set &domain, bool isLocal) {
    Statement update = isLocal ? *scan_.update : updateOver(blocked_, scan_, domain);
    if (isLocal)
      update.domain = domain;
    else
      update.id = result_.freshName(update.id + "_block");
    const auto updates = updatesOfPart(result_, *scan_.reduction, update, isLocal ? locals_ : blockSums_,
                                       isLocal ? localIds_ : blockIds_, isLocal ? ofIteration() : ofBlock());
    if (!updates)
      fail(call() + " is not possible: `" + scan_.update->id +
           "` has not the form of a segmented sum any more, a value that starts anew where a flag holds.");
    return *updates;
  }

  // The terms of a block are those that arrive in it.
  void addBlockSums() {
    for (Statement &start : startsOfPart(result_, *scan_.reduction, onBlocks(scan_.init->id + "_block"), blockSums_,
                                         blockIds_, scan_.places, ofBlock())) {
      blockStarts_.push_back(start.id);
      insertBefore(result_, scan_.init->id, std::move(start));
    }
    blockUpdates_ = updatesOver(scan_.arrivals, false);
    for (const Statement &update : blockUpdates_)
      insertBefore(result_, scan_.init->id, update);
    Statement set = onBlocks(blocks_[0] + "_set");
    set.body =
        Assign{partElements(blocks_, scan_.places, ofBlock()), partElements(blockSums_, scan_.places, ofBlock())};
    blockSet_ = set.id;
    insertBefore(result_, scan_.init->id, std::move(set));
  }

  void addLocalSums() {
    Statement like = *scan_.init;
    std::erase_if(result_.statements, [&](const StatementRef &each) { return each->id == like.id; });
    for (Statement &start :
         startsOfPart(result_, *scan_.reduction, like, locals_, localIds_, scan_.places, ofIteration())) {
      localStarts_.push_back(start.id);
      insertBefore(result_, scan_.update->id, std::move(start));
    }
    localUpdates_ =
        updatesOver(scan_.update->domain.intersect(poly::projectOut(scan_.arrivals, {inner_})).coalesce(), true);
    result_.replaceStatement(localUpdates_.front());
    last_ = scan_.update->id;
    if (localUpdates_.size() > 1)
      append(localUpdates_.back());
  }

  // The sums: all blocks before, and the terms of this block.
  void addTotal() {
    Statement total = *scan_.init;
    total.id = result_.freshName(scan_.reduction->accumulators[0] + "_set");
    total.reduction.reset();
    total.reductionRole = ReductionRole::None;
    total.origin.reset();
    total.body =
        Assign{scan_.places, continuedBy(context_, scan_.reduction->op, partElements(carry_, scan_.places, ofBlock()),
                                         partElements(locals_, scan_.places, ofIteration()))};
    total_ = total.id;
    append(std::move(total));
  }

  // carry{x} = the sums of all blocks before x.
  void addCarry() {
    const std::map<std::string, std::string> toCarry{{outer_, carryLoop_}}, toBefore{{outer_, beforeLoop_}};
    Statement start = startsOfPart(result_, *scan_.reduction, onBlocks(scan_.init->id + "_carry"), carry_, {carry_[0]},
                                   scan_.places, ofBlock())
                          .front();
    start = renamed(start, outer_, carryLoop_);
    Statement update = onBlocks(scan_.update->id + "_carry");
    const isl::set blocks = update.domain;
    update = renamed(update, outer_, carryLoop_);
    update.inames.push_back(beforeLoop_);
    update.domain =
        update.domain.intersect(poly::renameParams(blocks, toBefore))
            .intersect(poly::paramAff(context_.isl(), beforeLoop_).lt_set(poly::paramAff(context_.isl(), carryLoop_)));
    const std::vector<Expr> sums = elementsAt(carry_, carryLoop_);
    update.body = Assign{sums, continuedBy(context_, scan_.reduction->op, sums, elementsAt(blocks_, beforeLoop_))};
    update.reduction = carry_[0];
    update.reductionRole = ReductionRole::Update;
    carryStatements_ = {start.id, update.id};
    insertAfter(result_, blockSet_, start);
    insertAfter(result_, start.id, update);
  }

  std::vector<Expr> elementsAt(const std::vector<std::string> &arrays, const std::string &block) const {
    std::vector<Expr> elements = partElements(arrays, scan_.places, ofBlock());
    for (Expr &element : elements)
      element = substituteInames(context_, element, {{outer_, context_.iname(block)}});
    return elements;
  }

  Statement renamed(const Statement &statement, const std::string &from, const std::string &to) const {
    Statement result = rewriteExprs(context_, statement, [&](Expr e) {
      const InameRef *ref = e.as<InameRef>();
      return ref && ref->name == from ? context_.iname(to, e.range()) : e;
    });
    result.domain = poly::renameParams(result.domain, {{from, to}});
    for (std::string &iname : result.inames)
      if (iname == from)
        iname = to;
    return result;
  }

  // The loop of the block sums is another one than that of the local sums, so that lanes can share each in another way.
  void nameSumLoop() {
    for (Statement &update : blockUpdates_)
      result_.replaceStatement(update = renamed(update, inner_, sum_));
  }

  std::vector<NodeRef> blockNest(const ScanBody &inner) const {
    std::vector<NodeRef> nodes;
    for (const Statement &update : blockUpdates_)
      nodes.push_back(nestLike(inner.terms, scan_.update->id, update));
    return nodes;
  }
  std::vector<NodeRef> localNest(const ScanBody &inner) const {
    std::vector<NodeRef> nodes{makeLeaf(localStarts_)};
    for (const Statement &update : localUpdates_)
      nodes.push_back(nestLike(inner.terms, scan_.update->id, update));
    nodes.push_back(makeLeaf({total_}));
    appendNodes(nodes, inner.behind);
    return nodes;
  }
  ScanBody innerBody(const ScanBody &body) const { return scanBodyOf(body.terms->loop()->children, scan_.update->id); }

  // What is in the place of the loop over blocks; the carry is added after the proof, as it accesses but new
  // temporaries.
  std::vector<NodeRef> phases(const ScanBody &body, bool withCarry) const {
    const ScanBody inner = innerBody(body);
    std::vector<NodeRef> nodes = loopOver(outer_, loopOver(inner_, inner.before));
    nodes.push_back(makeLoop(outer_, {makeLeaf(blockStarts_), makeLoop(withCarry ? sum_ : inner_, blockNest(inner)),
                                      makeLeaf({blockSet_})}));
    if (withCarry)
      nodes.push_back(makeLoop(
          carryLoop_, {makeLeaf({carryStatements_[0]}), makeLoop(beforeLoop_, {makeLeaf({carryStatements_[1]})})}));
    nodes.push_back(makeLoop(outer_, {makeLoop(inner_, localNest(inner))}));
    return nodes;
  }

  // At first both sums stand where the update stood, each with some of its instances.
  void proveOrder() const {
    proveScanOrder(
        blocked_, outerLoop(), result_,
        [&](const ScanBody &body) {
          const ScanBody inner = innerBody(body);
          std::vector<NodeRef> nodes = inner.before;
          appendNodes(nodes, blockNest(inner));
          appendNodes(nodes, localNest(inner));
          return std::vector{
              makeLoop(outer_, {makeLeaf(blockStarts_), makeLoop(inner_, nodes), makeLeaf({blockSet_})})};
        },
        [&](const ScanBody &body) { return phases(body, false); }, options_.where, call());
  }

  void nameResults() const {
    nameResult(notes_, "outer", {outer_});
    nameResult(notes_, "inner", {inner_});
    nameResult(notes_, "sum", {sum_});
    nameResult(notes_, "carry", {carryLoop_});
    nameResult(notes_, "before", {beforeLoop_});
    nameResult(notes_, "blocks", blocks_);
    nameResult(notes_, "carried", carry_);
    nameResult(notes_, "locals", locals_);
  }

  const Kernel &kernel_;
  Context &context_;
  const SplitScan &options_;
  Notes *notes_;
  Kernel blocked_; // with the loop split
  Kernel result_;
  Scan scan_;        // in `blocked_`, whose loop is the inner one
  int moreAxes_ = 0; // that temporaries for each iteration have
  std::string outer_, inner_, sum_, carryLoop_, beforeLoop_;
  std::vector<std::string> blocks_;                    // the sums of blocks
  std::vector<std::string> blockSums_, blockIds_;      // what they are summed in, and the reductions of that
  std::vector<std::string> carry_, locals_, localIds_; // those of all blocks before, and inside a block
  std::vector<std::string> blockStarts_, localStarts_, carryStatements_;
  std::vector<Statement> blockUpdates_, localUpdates_;
  std::string blockSet_, total_, last_; // statements; that which was added last
};

} // namespace

Kernel splitScan(const Kernel &kernel, const SplitScan &options, Notes *notes) {
  return ScanSplitter(kernel, options, notes).run();
}

} // namespace loopy
