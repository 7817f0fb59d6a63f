#include "loopy/transforms/realize_scan.h"

#include "edit.h"
#include "extent.h"
#include "reduced_loop.h"
#include "scan_builder.h"

#include "loopy/analysis/dependence.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/tag.h"

#include "llvm/ADT/STLExtras.h"

#include <utility>

namespace loopy {
namespace {

class ScanRealizer {
public:
  ScanRealizer(const Kernel &kernel, const RealizeScan &options, Notes *notes)
      : kernel_(kernel), context_(*kernel.context), options_(options), notes_(notes), result_(kernel),
        scan_(findScan(kernel, {"realize_scan", options.iname, options.update, options.where})),
        arrivals_(splitArrivals(scan_)) {}

protected:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  std::string call() const { return callText("realize_scan", {iname()}); }
  const std::string &iname() const { return options_.iname; }
  PartElement withoutLoop() const { return elementWithout(context_, {iname()}); }

  std::string nameFor(const std::string &suffix) const {
    if (options_.name.empty())
      return scan_.reduction->accumulators[0] + suffix;
    requireNewName(kernel_, options_.name, options_.where);
    return options_.name;
  }

  // The terms of the first iteration, if they are not like those of the others: summed into `arrays`, of the reduction
  // `id`. In the loop they stand before the update of the other iterations.
  void addFirst(const std::vector<std::string> &arrays, const std::string &id) {
    if (!arrivals_.first)
      return;
    Statement first = updateOver(kernel_, scan_, *arrivals_.first);
    first.id = result_.freshName(scan_.update->id + "_first");
    first = withAccumulators(context_, scan_, first, arrays, withoutLoop());
    first.reduction = id;
    insertBefore(result_, scan_.update->id, first);
    first_ = std::move(first);
  }
  std::vector<NodeRef> firstTerms(const ScanBody &body) const {
    return first_ ? std::vector<NodeRef>{nestLike(body.terms, scan_.update->id, *first_)} : std::vector<NodeRef>{};
  }
  // They have a place of their own before the loop, and so need no iname for it.
  void moveFirstOut() {
    if (first_)
      result_.replaceStatement(*(first_ = withoutIname(*first_, iname())));
  }

  void eraseReduction() {
    std::erase_if(result_.reductions, [&](const ReductionInfo &info) { return info.id == scan_.reduction->id; });
  }

  const Kernel &kernel_;
  Context &context_;
  const RealizeScan &options_;
  Notes *notes_;
  Kernel result_;
  Scan scan_;
  SplitArrivals arrivals_;
  std::optional<Statement> first_;
};

// ---------------------------------------------------------------------------------------------------------- one by one
class SequentialScan : ScanRealizer {
public:
  using ScanRealizer::ScanRealizer;

  Kernel run() {
    requireSequential();
    const bool isDirect = llvm::all_of(scan_.readers, [&](const Statement *reader) { return readsInPlace(*reader); });
    if (isDirect && !options_.name.empty())
      fail("name= is for temporaries that realize_scan makes, and here it makes none.");
    const std::vector<std::string> running = isDirect ? takeAxisAway() : addRunning();
    const std::string id = isDirect ? scan_.reduction->id : running[0];
    Statement init = withoutIname(withAccumulators(context_, scan_, *scan_.init, running, withoutLoop()), iname());
    Statement update =
        withAccumulators(context_, scan_, updateOver(kernel_, scan_, arrivals_.rest), running, withoutLoop());
    init.reduction = update.reduction = id;
    result_.replaceStatement(init);
    result_.replaceStatement(update);
    if (isDirect)
      for (const Statement *reader : scan_.readers)
        result_.replaceStatement(withAccumulators(context_, scan_, *reader, running, withoutLoop()));
    addFirst(running, id);
    place(init, update, isDirect ? std::vector<NodeRef>{} : std::vector{nestOf(sharedInside(), addCopy(running))});
    nameResult(notes_, "sums", running);
    return std::move(result_);
  }

private:
  void requireSequential() const {
    if (const Tag tag = kernel_.tag(iname()); tag.isParallel())
      fail(call() + " is not possible: loop `" + iname() + "` is tagged `" + tag.name() +
           "`, and its iterations would build on each other. realize_scan(" + iname() + ", lanes=" + tag.name() +
           ") makes a scan by lanes.");
  }

  // Inside the loop it reads the sum of its own iteration.
  bool readsInPlace(const Statement &reader) const {
    const CommonPath common = commonPath(pathTo(kernel_.tree, scan_.update->id), pathTo(kernel_.tree, reader.id));
    return llvm::is_contained(common.loops, iname()) && llvm::all_of(accesses(reader), [&](const AccessRef &access) {
             return !llvm::is_contained(scan_.reduction->accumulators, access.load->array) ||
                    llvm::any_of(scan_.places, [&](Expr place) { return equal(place, access.expr); });
           });
  }

  std::vector<std::string> takeAxisAway() {
    for (Array &array : result_.arrays)
      if (llvm::is_contained(scan_.reduction->accumulators, array.name)) {
        array.implicitAxes -= 1;
        array.copies.erase(iname());
      }
    return scan_.reduction->accumulators;
  }

  // Accumulators beside the old ones, which others than the loop's own iterations read.
  std::vector<std::string> addRunning() {
    const std::vector<std::string> running = addAccumulators(result_, scan_, -1, nameFor("_run"));
    result_.reductions.push_back({running[0], scan_.reduction->op, scan_.reduction->inames, running});
    eraseReduction();
    return running;
  }

  std::string addCopy(const std::vector<std::string> &running) {
    Statement copy = *scan_.init;
    copy.id = result_.freshName(scan_.reduction->accumulators[0] + "_set");
    copy.reduction.reset();
    copy.reductionRole = ReductionRole::None;
    copy.origin.reset();
    copy.body = Assign{scan_.places, partElements(running, scan_.places, withoutLoop())};
    insertAfter(result_, scan_.update->id, copy);
    return copy.id;
  }

  // The loops inside the outermost one over terms that the sums have too.
  std::vector<std::string> sharedInside() const {
    const std::vector<std::string> loops = pathTo(kernel_.tree, scan_.update->id).loops;
    std::vector<std::string> result;
    for (auto loop = llvm::find(loops, scan_.reduced.front()); loop != loops.end(); ++loop)
      if (llvm::is_contained(scan_.shared, *loop))
        result.push_back(*loop);
    return result;
  }

  // The child with the update's loops over terms in their new form, between these nodes.
  std::vector<NodeRef> withUpdate(const NodeRef &child, const Statement &update, const std::vector<NodeRef> &before,
                                  const std::vector<NodeRef> &behind) const {
    return rewriteTree({child}, [&](const NodeRef &node) -> std::vector<NodeRef> {
      const Loop *loop = node->loop();
      if (!loop || loop->iname != scan_.reduced.front() || !llvm::is_contained(statementsBelow(node), update.id))
        return {node};
      std::vector<NodeRef> nodes = before;
      nodes.push_back(nestLike(node, update.id, update));
      appendNodes(nodes, behind);
      return nodes;
    });
  }
  // The terms of the first iteration, inside the loops that the child with the update has around its loops over terms.
  std::vector<NodeRef> firstTermsInPlace(const NodeRef &child) const {
    std::vector<NodeRef> nodes;
    forEachLoop({child}, [&](const Loop &loop, const std::vector<std::string> &) {
      const NodeRef node = makeLoop(loop.iname, loop.children);
      if (first_ && loop.iname == scan_.reduced.front() && llvm::is_contained(statementsBelow(node), scan_.update->id))
        nodes.push_back(nestLike(node, scan_.update->id, *first_));
    });
    return nodes;
  }

  // The update stays where it is. The terms of the first iteration, of which the others have other ones, go before the
  // loop; what stands before the update in that iteration then runs after them, which is proved.
  void place(const Statement &init, const Statement &update, const std::vector<NodeRef> &sums) {
    auto loop = [&](const ScanBody &body, bool withFirst) {
      std::vector<NodeRef> nodes = body.before;
      appendNodes(nodes, withUpdate(body.terms, update,
                                    withFirst ? firstTermsInPlace(body.terms) : std::vector<NodeRef>{}, sums));
      appendNodes(nodes, body.behind);
      return makeLoop(iname(), std::move(nodes));
    };
    if (first_)
      proveScanOrder(
          kernel_, scan_, result_, [&](const ScanBody &body) { return std::vector{loop(body, true)}; },
          [&](const ScanBody &body) {
            return std::vector{makeLoop(iname(), firstTerms(body)), loop(body, false)};
          },
          options_.where, call());
    moveFirstOut();
    result_.tree = replaceScanLoop(kernel_, scan_, [&](const ScanBody &body) {
      std::vector<NodeRef> nodes{nestOf(scan_.shared, init.id)};
      appendNodes(nodes, firstTerms(body));
      nodes.push_back(loop(body, false));
      return nodes;
    });
  }
};

// ------------------------------------------------------------------------------------------------------------ by lanes
class ParallelScan : ScanRealizer {
public:
  using ScanRealizer::ScanRealizer;

  Kernel run() {
    requireLanes();
    name_ = nameFor("_scan");
    terms_ = addPartArrays(result_, *scan_.reduction, 0, name_);
    own_ = addPartArrays(result_, *scan_.reduction, 0, name_ + "_acc");
    ids_ = addPartReductions(result_, *scan_.reduction, own_);
    addTerms();
    if (arrivals_.first) {
      firstSums_ = addAccumulators(result_, scan_, -1, name_ + "_first");
      result_.reductions.push_back({firstSums_[0], scan_.reduction->op, scan_.reduction->inames, firstSums_});
      addFirst(firstSums_, firstSums_[0]);
    }
    proveOrder();
    addFirstInit();
    addStages();
    eraseReduction();
    placeAll();
    nameResult(notes_, "terms", terms_);
    std::vector<std::string> stages;
    for (const Stage &stage : stages_)
      stages.push_back(stage.iname);
    nameResult(notes_, "stages", stages);
    return tagged(stages);
  }

private:
  struct Stage {
    std::string iname, statement;
  };

  void requireLanes() {
    const Tag tag = kernel_.tag(iname());
    const std::optional<Tag> lanes = parseTag(options_.tag);
    const bool isSame = lanes && (tag == *lanes || (tag.isLocal() && lanes->kind == Tag::Kind::LocalAuto));
    if (tag.kind != Tag::Kind::None && !isSame)
      fail(call() + " is not possible: loop `" + iname() + "` is tagged `" + tag.name() + "`, and lanes= gives `" +
           options_.tag + "`.");
    if (!scan_.shared.empty())
      fail(call() + " is not possible by lanes: loop `" + scan_.shared.front() + "` stands inside loop `" + iname() +
           "`. Call reorder(" + scan_.shared.front() + ", " + iname() + ") first.");
    const std::optional<ConstantRange> range = constantRange(kernel_, {scan_.init->id}, iname());
    if (!range)
      fail(call() + " is not possible by lanes: these need a constant number, and no constant bounds loop `" + iname() +
           "`. Split it by split_scan(" + iname() + ", ..), and scan the inner loop by lanes.");
    if (range->extent() < 2)
      fail(call() + " is not possible by lanes: loop `" + iname() + "` has not more than one iteration.");
    lanes_ = *range;
  }

  // A statement in the loops around the scan, and on all lanes.
  Statement onLanes(const std::string &id, const std::string &lane) const {
    Statement result;
    result.id = id;
    result.source = scan_.update->source;
    result.inames = scan_.outer;
    result.dataParams = scan_.init->dataParams;
    result.guard = scan_.init->guard;
    result.domain = poly::projectOut(scan_.init->domain, {iname()});
    if (lane.empty())
      return result;
    result.inames.push_back(lane);
    const isl::pw_aff value = poly::paramAff(context_.isl(), lane);
    result.domain = result.domain.intersect(value.ge_set(poly::constantAff(context_.isl(), lanes_.lower)))
                        .intersect(value.le_set(poly::constantAff(context_.isl(), lanes_.upper)));
    return result;
  }

  // What arrives in each iteration: the old statements with accumulators of their own.
  void addTerms() {
    const std::string init = scan_.init->id, update = scan_.update->id;
    std::erase_if(result_.statements, [&](const StatementRef &each) { return each->id == init; });
    for (Statement &start : startsOfPart(result_, *scan_.reduction, onLanes(init, iname()), own_, ids_, scan_.places,
                                         sameElement(context_))) {
      starts_.push_back(start.id);
      insertBefore(result_, update, std::move(start));
    }
    const auto updates = updatesOfPart(result_, *scan_.reduction, updateOver(kernel_, scan_, arrivals_.rest), own_,
                                       ids_, sameElement(context_));
    if (!updates)
      fail(call() + " is not possible by lanes: `" + update +
           "` has not the form of a segmented sum any more, a value that starts anew where a flag holds.");
    result_.replaceStatement(updates->front());
    last_ = update;
    updates_ = *updates;
    if (updates_.size() > 1)
      append(updates_.back());
    Statement set = onLanes(result_.freshName(name_ + "_set"), iname());
    set.body = Assign{at(terms_, context_.iname(iname())), at(own_, context_.iname(iname()))};
    set_ = set.id;
    append(std::move(set));
  }

  void append(Statement statement) {
    const std::string before = std::exchange(last_, statement.id);
    insertAfter(result_, before, std::move(statement));
  }

  std::vector<NodeRef> arriving(const ScanBody &body, const std::vector<NodeRef> &first) const {
    std::vector<NodeRef> nodes = body.before;
    appendNodes(nodes, first);
    nodes.push_back(makeLeaf(starts_));
    for (const Statement &update : updates_)
      nodes.push_back(nestLike(body.terms, scan_.update->id, update));
    nodes.push_back(makeLeaf({set_}));
    return nodes;
  }

  // The loop is cut behind the terms, and those of the first iteration go before it.
  void proveOrder() const {
    proveScanOrder(
        kernel_, scan_, result_,
        [&](const ScanBody &body) {
          std::vector<NodeRef> nodes = arriving(body, firstTerms(body));
          appendNodes(nodes, body.behind);
          return loopOver(iname(), nodes);
        },
        [&](const ScanBody &body) {
          std::vector<NodeRef> nodes = loopOver(iname(), firstTerms(body));
          appendNodes(nodes, loopOver(iname(), arriving(body, {})));
          appendNodes(nodes, loopOver(iname(), body.behind));
          return nodes;
        },
        options_.where, call());
  }

  void addFirstInit() {
    moveFirstOut();
    if (!first_)
      return;
    Statement start = startsOfPart(result_, *scan_.reduction, onLanes(result_.freshName(scan_.init->id + "_first"), ""),
                                   firstSums_, {firstSums_[0]}, scan_.places, withoutLoop())
                          .front();
    firstStart_ = start.id;
    insertBefore(result_, first_->id, std::move(start));
  }

  // The elements of lane `lane`.
  std::vector<Expr> at(const std::vector<std::string> &arrays, Expr lane) const {
    std::vector<Expr> elements = partElements(arrays, scan_.places, sameElement(context_));
    for (Expr &element : elements)
      element = substituteInames(context_, element, {{iname(), lane}});
    return elements;
  }

  // Legal in any order of the lanes: a stage reads what the one before wrote, and writes its own lane of another
  // temporary.
  void addStages() {
    std::vector<std::vector<std::string>> levels{terms_};
    for (int64_t distance = 1; distance < lanes_.extent(); distance *= 2) {
      const bool isLast = 2 * distance >= lanes_.extent();
      const std::string number = std::to_string(distance);
      const std::string loop = result_.freshName(iname() + "_" + number);
      result_.inames.push_back({loop, {}, kernel_.iname(iname()).source});
      levels.push_back(isLast && !first_ ? scan_.reduction->accumulators
                                         : addPartArrays(result_, *scan_.reduction, 0, name_ + "_" + number));
      addStage(distance, loop, levels[levels.size() - 2], levels.back());
    }
    if (first_)
      addTotal(levels.back());
    shareMemory(levels);
  }

  // The lanes from `distance` on combine, the others keep what they have. The last stage goes into the accumulators,
  // which have no flag.
  void addStage(int64_t distance, const std::string &loop, const std::vector<std::string> &current,
                const std::vector<std::string> &next) {
    const Expr lane = context_.iname(loop);
    const std::vector<Expr> here = at(current, lane);
    const std::vector<Expr> both = combinedParts(context_, scan_.reduction->op,
                                                 at(current, context_.sub(lane, context_.constant(distance))), here);
    const Expr hasOther = context_.compare(CompareOp::Ge, lane, context_.constant(lanes_.lower + distance));
    Assign body{at(next, lane), {}};
    for (size_t i = 0; i < body.lhs.size(); ++i)
      body.rhs.push_back(context_.select(hasOther, both[i], here[i]));
    Statement stage = onLanes(result_.freshName(name_ + "_" + std::to_string(distance) + "_set"), loop);
    stage.body = std::move(body);
    stages_.push_back({loop, stage.id});
    append(std::move(stage));
  }

  // A stage reads the level before and writes the next one, so every other level can lie in the same memory; the
  // barrier that is there anyway separates them. The flags of the last level that is read have one reader each.
  void shareMemory(const std::vector<std::vector<std::string>> &levels) {
    if (!parseTag(options_.tag)->isLocal())
      return;
    const size_t count = levels.size() - 1;
    for (size_t i = 2; i < count; ++i)
      for (size_t part = 0; part < levels[i].size(); ++part)
        if (i + 1 < count || first_ || part < scan_.places.size())
          for (Array &array : result_.arrays)
            if (array.name == levels[i][part] || array.name == levels[i % 2][part])
              array.aliasGroup = levels[i % 2][part];
  }

  // All sums begin with the terms of the first iteration.
  void addTotal(const std::vector<std::string> &sums) {
    Statement total = onLanes(result_.freshName(scan_.reduction->accumulators[0] + "_set"), iname());
    total.body = Assign{scan_.places, continuedBy(context_, scan_.reduction->op,
                                                  partElements(firstSums_, scan_.places, withoutLoop()),
                                                  at(sums, context_.iname(iname())))};
    total_ = total.id;
    append(std::move(total));
  }

  void placeAll() {
    result_.tree = replaceScanLoop(kernel_, scan_, [&](const ScanBody &body) {
      std::vector<NodeRef> nodes;
      if (first_)
        nodes.push_back(makeLeaf({firstStart_}));
      appendNodes(nodes, firstTerms(body));
      appendNodes(nodes, loopOver(iname(), arriving(body, {})));
      for (const Stage &stage : stages_)
        nodes.push_back(makeLoop(stage.iname, {makeLeaf({stage.statement})}));
      std::vector<NodeRef> behind;
      if (first_)
        behind.push_back(makeLeaf({total_}));
      appendNodes(behind, body.behind);
      appendNodes(nodes, loopOver(iname(), behind));
      return nodes;
    });
  }

  Kernel tagged(const std::vector<std::string> &stages) {
    TagInames tags;
    tags.where = options_.where;
    if (kernel_.tag(iname()).kind == Tag::Kind::None) {
      tags.tags.emplace_back(iname(), options_.tag);
      result_ = tagInames(result_, tags, notes_);
    }
    // The axis that `l.auto` became.
    tags.tags.clear();
    for (const std::string &stage : stages)
      tags.tags.emplace_back(stage, result_.tag(iname()).name());
    return tagInames(result_, tags, notes_);
  }

  ConstantRange lanes_;
  std::string name_;
  std::vector<std::string> terms_;              // what arrives in each iteration
  std::vector<std::string> own_, ids_;          // the accumulators of that, and their reductions
  std::vector<std::string> starts_;             // statements
  std::vector<Statement> updates_;              // that add what arrives
  std::vector<std::string> firstSums_;          // of the terms of the first iteration
  std::string firstStart_, set_, total_, last_; // statements; that which was added last
  std::vector<Stage> stages_;
};

} // namespace

Kernel realizeScan(const Kernel &kernel, const RealizeScan &options, Notes *notes) {
  if (options.tag.empty() || options.tag == "none")
    return SequentialScan(kernel, options, notes).run();
  if (!parseTag(options.tag)) // says which there are
    return tagInames(kernel, {.iname = options.iname, .tag = options.tag, .where = options.where}, notes);
  return ParallelScan(kernel, options, notes).run();
}

} // namespace loopy
