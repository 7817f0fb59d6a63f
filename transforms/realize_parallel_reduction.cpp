#include "loopy/transforms/realize_parallel_reduction.h"

#include "edit.h"
#include "extent.h"
#include "partial_results.h"
#include "reduced_loop.h"

#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/tag.h"

#include "llvm/ADT/STLExtras.h"

#include <bit>
#include <utility>

namespace loopy {
namespace {

// One step of the tree: part{target} = part{target} op part{target + distance}, over a loop of its own.
struct Stage {
  int64_t distance = 1;
  std::string iname, statement;
};

class ParallelReduction {
public:
  ParallelReduction(const Kernel &kernel, const RealizeParallelReduction &options, Notes *notes)
      : kernel_(kernel), context_(*kernel.context), options_(options), notes_(notes), result_(kernel) {}

  Kernel run() {
    loop_ = findReducedLoop(kernel_, {"realize_parallel_reduction", options_.iname, options_.update, options_.where});
    requireUntagged(kernel_, options_.iname, "realize_parallel_reduction", options_.where);
    requireOneBeginning();
    requireOrder();
    requireOnlyUpdates();
    findLanes();
    addTemporaries();
    addUpdates();
    addParts();
    addStages();
    addCombination();
    placeAll();
    nameResult(notes_, "parts", parts_);
    nameResult(notes_, "stages", stageNames());
    return tagged();
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  std::string call() const { return "realize_parallel_reduction(" + options_.iname + ")"; }
  bool isOrdered() const { return !loop_.reduction->isCommutative(); }
  bool isWholeNest() const { return loop_.outermost == options_.iname; }

  // Where the order counts each lane takes a run of successive terms.
  void requireOrder() const {
    if (isOrdered() && !isWholeNest())
      fail(call() + " is not possible: a segmented sum keeps the order of its terms, and loop `" + loop_.outermost +
           "`, which is reduced over too, stands around loop `" + options_.iname +
           "`, so that a lane would not take successive terms. realize_parallel_reduction(" + loop_.outermost +
           ") is possible where that loop has a constant length.");
  }

  // The lanes begin where the reduction does, for each element once.
  void requireOneBeginning() const {
    if (!startsSameElement(*loop_.init, *loop_.updates.front()))
      fail(call() + " is not possible: `" + loop_.init->id + "` starts `" +
           toString(std::get<Assign>(loop_.init->body).lhs[0]) + "`, another element than `" +
           loop_.updates.front()->id + "` updates in loops of the same names.");
    for (const StatementRef &statement : kernel_.statements)
      if (statement->reductionRole == ReductionRole::Init && statement->reduction == loop_.reduction->id &&
          statement.get() != loop_.init)
        fail(call() + " is not possible: `" + loop_.init->id + "` and `" + statement->id + "` both start `" +
             loop_.reduction->accumulators[0] +
             "`, for different iterations. Call it before the loops are taken apart.");
  }

  // What else updates the same reduction may come before and after each term where the order does not count.
  void requireOnlyUpdates() const {
    for (const std::string &id : loop_.inside) {
      const Statement &statement = kernel_.statement(id);
      const bool isUpdate =
          statement.reductionRole == ReductionRole::Update && statement.reduction == loop_.reduction->id;
      if (llvm::is_contained(loop_.updates, &statement) || (isUpdate && !isOrdered()))
        continue;
      const Statement expanded = expandRules(kernel_, statement);
      for (const AccessRef &access : accesses(expanded))
        if (llvm::is_contained(loop_.reduction->accumulators, access.load->array))
          fail(call() + " is not legal: `" + id + "` accesses `" + access.load->array + "` inside loop `" +
               loop_.outermost + "`, between its updates.");
    }
  }

  void findLanes() {
    std::vector<std::string> ids;
    for (const Statement *update : loop_.updates)
      ids.push_back(update->id);
    const std::optional<ConstantRange> range = constantRange(kernel_, ids, options_.iname);
    if (!range)
      fail(call() + " is not possible: the lanes need a constant number, and no constant bounds loop `" +
           options_.iname + "`. Split it, and call realize_parallel_reduction(" + options_.iname +
           "_inner) for the inner loop.");
    if (range->extent() < 2)
      fail(call() + " changes nothing: loop `" + options_.iname + "` has not more than one iteration.");
    lanes_ = *range;
  }

  void addTemporaries() {
    const ReductionInfo &reduction = *loop_.reduction;
    if (!options_.name.empty())
      requireNewName(result_, options_.name, options_.where);
    parts_ = addPartArrays(result_, reduction, 1,
                           options_.name.empty() ? reduction.accumulators[0] + "_part" : options_.name);
    own_ = addPartArrays(result_, reduction, 1, parts_[0] + "_acc");
    ids_ = addPartReductions(result_, reduction, own_);
  }

  PartElement elementAt(Expr lane) const { return elementWithAxis(kernel_, lane); }
  std::vector<Expr> partsAt(Expr lane) const { return partElements(parts_, loop_.places, elementAt(lane)); }
  Expr lane() const { return context_.iname(options_.iname); }

  void addUpdates() {
    for (const Statement *update : loop_.updates) {
      const auto own = updatesOfPart(result_, *loop_.reduction, *update, own_, ids_, elementAt(lane()));
      if (!own)
        fail(call() + " is not possible: `" + update->id +
             "` has not the form of a segmented sum any more, a value that starts anew where a flag holds.");
      result_.replaceStatement(own->front());
      if (own->size() > 1)
        insertAfter(result_, update->id, own->back());
      for (const Statement &statement : *own)
        became_[update->id].push_back(statement.id);
      last_ = own->back().id;
    }
  }

  // A statement that runs once for each instance of the initialisation, in the loops around the reduction.
  Statement aroundLoop(const std::string &id) const {
    Statement result;
    result.id = result_.freshName(id);
    result.source = loop_.updates.front()->source;
    result.inames = loop_.outer;
    llvm::append_range(result.inames, loop_.shared);
    poly::Names others;
    for (const std::string &iname : loop_.init->inames)
      if (!llvm::is_contained(result.inames, iname))
        others.push_back(iname);
    auto isKept = [&](Expr load) {
      return llvm::none_of(inamesIn(load), [&](const std::string &name) { return llvm::is_contained(others, name); });
    };
    for (const auto &[name, load] : loop_.init->dataParams)
      if (isKept(load))
        result.dataParams.emplace(name, load);
      else
        others.push_back(name);
    if (llvm::all_of(loop_.init->guard, [&](const GuardLiteral &literal) { return isKept(literal.load); }))
      result.guard = loop_.init->guard;
    result.domain = poly::projectOut(loop_.init->domain, others);
    return result;
  }

  // The same for each lane of [first, end), in a loop of its own inside those around the reduction.
  Statement onLanes(const std::string &id, const std::string &iname, int64_t first, int64_t end) const {
    Statement result = aroundLoop(id);
    result.inames.insert(result.inames.begin() + static_cast<ptrdiff_t>(loop_.outer.size()), iname);
    const isl::pw_aff lane = poly::paramAff(context_.isl(), iname);
    result.domain = result.domain.intersect(lane.ge_set(poly::constantAff(context_.isl(), first)))
                        .intersect(lane.lt_set(poly::constantAff(context_.isl(), end)));
    return result;
  }

  // Behind what was added last.
  void append(Statement statement) {
    const std::string before = std::exchange(last_, statement.id);
    insertAfter(result_, before, std::move(statement));
  }

  // All lanes start from the neutral element, also those that no term belongs to.
  void addParts() {
    const int64_t end = lanes_.upper + 1;
    const Statement likeStart = onLanes(loop_.init->id + "_part", options_.iname, lanes_.lower, end);
    for (Statement &start :
         startsOfPart(result_, *loop_.reduction, likeStart, own_, ids_, loop_.places, elementAt(lane()))) {
      begin_.push_back(start.id);
      insertBefore(result_, loop_.updates.front()->id, std::move(start));
    }
    Statement set = onLanes(parts_[0] + "_set", options_.iname, lanes_.lower, end);
    set.body = Assign{partsAt(lane()), partElements(own_, loop_.places, elementAt(lane()))};
    set_ = set.id;
    append(std::move(set));
  }

  int64_t count() const { return lanes_.extent(); }
  // The smallest power of two that is not below the number of lanes.
  int64_t width() const { return static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(count()))); }

  // Legal in any order of the lanes, so in none: a stage writes targets and reads targets and targets + distance, and
  //   no target + distance is a target, and they are distinct.
  // Targets are the lanes below the distance, or the multiples of twice the distance where the order counts.
  void addStages() {
    for (int64_t i = 2; i < width(); i *= 2)
      addStage(isOrdered() ? i / 2 : width() / i);
  }

  void addStage(int64_t distance) {
    Stage stage{distance, result_.freshName(options_.iname + "_" + std::to_string(distance)), ""};
    result_.inames.push_back({stage.iname, {}, kernel_.iname(options_.iname).source});
    // With the lanes counted from 0: target(x) < count - distance.
    const int64_t step = isOrdered() ? 2 * distance : 1;
    const int64_t targets =
        isOrdered() ? (count() - distance + step - 1) / step : std::min(distance, count() - distance);
    // x counts from the first lane, so that it is the coordinate on the axis.
    Statement statement =
        onLanes(parts_[0] + "_" + std::to_string(distance), stage.iname, lanes_.lower, lanes_.lower + targets);
    const Expr x = context_.iname(stage.iname);
    const Expr target =
        step == 1 ? x : context_.add(context_.mul(step, x), context_.constant((1 - step) * lanes_.lower));
    const std::vector<Expr> left = partsAt(target);
    statement.body = Assign{left, combinedParts(context_, loop_.reduction->op, left,
                                                partsAt(context_.add(target, context_.constant(distance))))};
    stage.statement = statement.id;
    append(std::move(statement));
    stages_.push_back(std::move(stage));
  }

  // The first lane has the one half, the other half is with the next lane, or with the one in the middle of the order.
  void addCombination() {
    for (int64_t distance : {int64_t{0}, isOrdered() ? width() / 2 : int64_t{1}}) {
      Statement statement = aroundLoop(parts_[0] + "_combine");
      statement.body = Assign{loop_.places, continuedBy(context_, loop_.reduction->op, loop_.places,
                                                        partsAt(context_.constant(lanes_.lower + distance)))};
      statement.reduction = loop_.reduction->id;
      statement.reductionRole = ReductionRole::Update;
      combine_.push_back(statement.id);
      append(std::move(statement));
    }
  }

  NodeRef leafIn(const std::vector<std::string> &loops, std::vector<std::string> statements) const {
    NodeRef node = makeLeaf(std::move(statements));
    for (const std::string &iname : llvm::reverse(loops))
      node = makeLoop(iname, {node});
    return node;
  }

  // The flags' updates go beside those of the values.
  NodeRef withFlags(const NodeRef &node) const {
    const Tree tree = rewriteTree({node}, [&](const NodeRef &each) -> std::vector<NodeRef> {
      if (!each->leaf())
        return {each};
      std::vector<std::string> ids;
      for (const std::string &id : each->leaf()->statements)
        if (auto own = became_.find(id); own != became_.end())
          llvm::append_range(ids, own->second);
        else
          ids.push_back(id);
      return {makeLeaf(std::move(ids))};
    });
    return tree.front();
  }

  void placeAll() {
    result_.tree = rewriteTree(kernel_.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      const Loop *loop = node->loop();
      if (!loop || loop->iname != loop_.outermost || statementsBelow(node) != loop_.inside)
        return {node};
      std::vector<NodeRef> nodes = withParts(withFlags(node));
      for (const Stage &stage : stages_)
        nodes.push_back(makeLoop(stage.iname, {leafIn(loop_.shared, {stage.statement})}));
      nodes.push_back(leafIn(loop_.shared, combine_));
      return nodes;
    });
    // Joins leaves that meet.
    result_.tree = rewriteTree(result_.tree, [](const NodeRef &node) { return std::vector<NodeRef>{node}; });
  }

  // The outermost loop with the beginning and the end of the parts: inside it, or in loops of their own around it.
  std::vector<NodeRef> withParts(const NodeRef &terms) const {
    const NodeRef begin = leafIn(loop_.shared, begin_), set = leafIn(loop_.shared, {set_});
    const std::string &lane = options_.iname;
    if (!isWholeNest())
      return {makeLoop(lane, {begin}), terms, makeLoop(lane, {set})};
    std::vector<NodeRef> body{begin};
    llvm::append_range(body, terms->loop()->children);
    body.push_back(set);
    return {makeLoop(lane, std::move(body))};
  }

  std::vector<std::string> stageNames() const {
    std::vector<std::string> names;
    for (const Stage &stage : stages_)
      names.push_back(stage.iname);
    return names;
  }

  Kernel tagged() {
    if (options_.tag.empty() || options_.tag == "none")
      return std::move(result_);
    TagInames tags;
    tags.where = options_.where;
    std::string tag = options_.tag;
    if (const Statement *other = otherReduction()) {
      addNote(notes_, "Loop `" + options_.iname + "` is reduced over in `" + other->id +
                          "` too, and will be tagged together with that.");
    } else {
      tags.tags.emplace_back(options_.iname, tag);
      result_ = tagInames(result_, tags, notes_);
      tag = result_.tag(options_.iname).name(); // which `l.auto` became
    }
    tags.tags.clear();
    for (const Stage &stage : stages_)
      tags.tags.emplace_back(stage.iname, tag);
    return tags.tags.empty() ? std::move(result_) : tagInames(result_, tags, notes_);
  }

  // An update that reduces over the loop still, or null.
  const Statement *otherReduction() const {
    for (const StatementRef &statement : result_.statements)
      if (statement->reductionRole == ReductionRole::Update && hasIname(*statement, options_.iname))
        if (const Statement *init = findInit(result_, *statement->reduction);
            init && isReducedOver(result_, *statement, *init, options_.iname))
          return statement.get();
    return nullptr;
  }

  const Kernel &kernel_;
  Context &context_;
  const RealizeParallelReduction &options_;
  Notes *notes_;
  Kernel result_;
  ReducedLoop loop_;
  ConstantRange lanes_;
  std::vector<std::string> parts_;                         // the partial results
  std::vector<std::string> own_;                           // the accumulators of one lane
  std::vector<std::string> ids_;                           // of their reductions
  std::map<std::string, std::vector<std::string>> became_; // by update: what it became
  std::vector<std::string> begin_, combine_;               // statements before the terms and behind the stages
  std::string set_, last_;                                 // that which ends a part; that which was added last
  std::vector<Stage> stages_;
};

} // namespace

Kernel realizeParallelReduction(const Kernel &kernel, const RealizeParallelReduction &options, Notes *notes) {
  return ParallelReduction(kernel, options, notes).run();
}

} // namespace loopy
