#include "loopy/transforms/buffer_array.h"

#include "buffer_obligation.h"
#include "edit.h"
#include "fill.h"
#include "fill_loops.h"
#include "match.h"
#include "rule_reads.h"
#include "sweep.h"
#include "unchanged.h"
#include "uses.h"

#include "loopy/analysis/bounds.h"
#include "loopy/ir/rules.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

bool mentions(Expr e, const std::string &array) {
  bool found = false;
  forEach(e, [&](Expr node) {
    const Load *load = node.as<Load>();
    found |= load && load->array == array;
  });
  return found;
}

class Buffering {
public:
  Buffering(const Kernel &kernel, const BufferArray &options, Notes *notes)
      : kernel_(kernel), context_(*kernel.context), options_(options), array_(kernel.array(options.array)),
        what_("`" + options.array + "`"), notes_(notes) {}

  Kernel run() {
    findSites();
    planBuffer();
    proveCopies();
    chooseParts();
    // What is loaded beyond what is used makes simpler loops; it must only be there, and be nobody else's at that time.
    if (hasLoad_) {
      loadsBox_ = true;
      const Kernel result = build(true, hasStore_);
      if (isSound(result))
        return result;
      loadsBox_ = false;
    }
    const Kernel result = build(hasLoad_, hasStore_);
    proveParts(result);
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  std::string head() const { return "buffer_array(" + array_.name + ") is not possible: "; }

  // --------------------------------------------------------------------------------------------------------- accesses
  void findSites() {
    if (options_.at.empty() && options_.sweep.empty())
      fail("Say where the copy of " + what_ + " is to stand: at=LOOP, or sweep=LOOPS.");
    if (!options_.at.empty())
      requireIname(kernel_, options_.at, options_.where);
    const std::vector<std::string> matched = matchStatements(kernel_, options_.within, options_.where);
    const std::set<std::string> selected(matched.begin(), matched.end());
    const AccessTable table(kernel_);
    std::set<unsigned> numbers;
    std::vector<std::string> elsewhere;
    for (unsigned access : table.ofArray(array_.name)) {
      const AccessInfo &info = table.access(access);
      const StatementRef &statement = kernel_.statements[info.statement];
      if (!selected.count(statement->id))
        continue;
      if (!options_.at.empty() && !hasIname(*statement, options_.at)) {
        if (!llvm::is_contained(elsewhere, "`" + statement->id + "`"))
          elsewhere.push_back("`" + statement->id + "`");
        continue;
      }
      requireRewritable(*statement, info);
      numbers.insert(info.statement);
      sites_.push_back({statement, info.load, info.load.as<Load>()->index, info.condition, info.isConditional});
      if (info.isWrite)
        writes_.push_back(sites_.back());
    }
    for (unsigned number : numbers)
      statements_.push_back(kernel_.statements[number]->id);
    if (sites_.empty())
      fail(elsewhere.empty() ? "No selected statement accesses " + what_ + "."
                             : "No access to " + what_ + " stands below loop `" + options_.at +
                                   "`. It is accessed in " + listOfNames(elsewhere) + ".");
  }

  void requireRewritable(const Statement &statement, const AccessInfo &info) const {
    const std::string &name = array_.name;
    for (Expr index : info.load.as<Load>()->index)
      if (mentions(index, name))
        fail(head() + "a subscript of `" + toString(info.load) + "` in `" + statement.id + "` reads it.");
    for (const auto &[param, load] : statement.dataParams)
      if (mentions(load, name))
        fail(head() + "a loop bound of `" + statement.id + "` reads it.");
    for (const GuardLiteral &literal : statement.guard)
      if (mentions(literal.load, name))
        fail(head() + "the condition of `" + statement.id + "` reads it.");
    if (const CallBody *call = std::get_if<CallBody>(&statement.body))
      for (const auto &arg : call->args)
        if (const SubArray *part = std::get_if<SubArray>(&arg); part && mentions(part->access, name))
          fail(head() + "`" + statement.id + "` passes a part of it to `" + call->callee + "`.");
    if (const Assign *assign = std::get_if<Assign>(&statement.body); assign && assign->atomic && info.isWrite)
      fail(head() + "`" + statement.id + "` updates it atomically, together with others.");
  }

  // ------------------------------------------------------------------------------------------------------------- plan
  void planBuffer() {
    sweep_ = planSweep(kernel_, {what_, options_.at, options_.in, options_.sweep, statements_, options_.where});
    request_ = {what_, {}, sweep_.swept, sweep_.in == AddressSpace::Global, options_.where};
    rule_.name = array_.name;
    std::vector<Expr> index;
    for (unsigned axis = 0; axis < array_.rank(); ++axis) {
      request_.argumentNames.push_back(
          axis < array_.implicitAxes ? "an implicit axis" : "axis " + std::to_string(axis - array_.implicitAxes));
      rule_.params.push_back(kernel_.freshName(array_.name + "_" + std::to_string(axis)));
      index.push_back(context_.iname(rule_.params.back()));
    }
    rule_.body = context_.load(array_.name, std::move(index), array_.type, options_.where);
    for (const UseSite &site : sites_)
      if ((site.isConditional || !site.statement->guard.empty()) && !isTotal(site.use))
        fail(head() + "`" + toString(site.use) + "` in `" + site.statement->id +
             "` is evaluated only under a condition, and might not be defined where the copy would evaluate it.");
    footprint_ = computeFootprint(kernel_, sites_, request_);
    plan_.kernel = &kernel_;
    plan_.rule = &rule_;
    plan_.footprint = &footprint_;
    plan_.arguments = rule_.params;
    plan_.outer = sweep_.outer;
    plan_.around = sweep_.around;
    plan_.names.source = options_.where;
    plan_.names.array = options_.name.empty() ? kernel_.freshName(array_.name + "_buf") : options_.name;
    if (!options_.name.empty())
      requireNewName(kernel_, options_.name, options_.where);
    for (unsigned axis = 0; axis < footprint_.axes.size(); ++axis)
      plan_.storageOrder.push_back(axis);
  }

  DealRequest dealRequest(const std::string &prefix) const {
    DealRequest box;
    for (const FootprintAxis &axis : footprint_.axes) {
      box.extents.push_back(axis.extent);
      const bool isImplicit = axis.argument < array_.implicitAxes;
      box.axisNames.push_back(prefix + (isImplicit ? "_implicit_" : "_") +
                              std::to_string(isImplicit ? axis.argument : axis.argument - array_.implicitAxes));
    }
    box.order = memoryOrder(kernel_, rule_.body, rule_.params, footprint_);
    box.prefix = prefix;
    box.where = options_.where;
    return box;
  }

  // The footprint's box where it has no other elements, or where these do no harm; else the footprint.
  isl::set elementsToMove(const std::vector<UseSite> &sites, bool isStore) const {
    const isl::set box = footprint_.product();
    if (!isStore && loadsBox_)
      return box;
    const isl::set exact = exactElements(kernel_, sites, request_, footprint_);
    return box.is_subset(exact) ? box : exact;
  }

  // What moves elements between array and copy.
  Fill mover(const std::string &suffix, const std::vector<UseSite> &sites, bool isStore) const {
    const std::string prefix = array_.name + suffix;
    FillPlan plan = plan_;
    plan.names.statement = kernel_.freshName(prefix);
    const isl::set elements = elementsToMove(sites, isStore);
    FillLoopsRequest loops{
        &kernel_,      what_, &sweep_, &footprint_, request_.argumentNames, options_.lanes, statements_.front(),
        options_.where};
    // A footprint in pieces is moved by a loop for each axis: as a condition on the lane to which an element is dealt
    // out it would be longer than the work that is saved.
    const bool isDealt = options_.lanes.empty() || options_.lanes[0] == "l.auto";
    if (isDealt && isl_set_n_basic_set(elements.get()) > 1 && !footprint_.axes.empty())
      loops.lanes.assign(footprint_.axes.size(), "none");
    Fill fill = makeFill(plan, chooseFillLoops(loops, dealRequest(prefix)), elements);
    if (isStore) {
      Assign &assign = std::get<Assign>(fill.statement.body);
      std::swap(assign.lhs, assign.rhs);
    }
    return fill;
  }

  // --------------------------------------------------------------------------------------------------------- legality
  void proveCopies() const {
    Kernel sunk = kernel_;
    sunk.tree = sweep_.tree;
    BufferCheck check{&sunk, array_.name, {statements_.begin(), statements_.end()}, sweep_.around, {}};
    for (const std::string &iname : sweep_.outer)
      if (!llvm::is_contained(sweep_.around, iname))
        check.inside.push_back(iname);
    const std::optional<Violation> found = findBufferViolation(check);
    if (!found)
      return;
    std::string message = "buffer_array(" + array_.name + ")" +
                          (sweep_.at.empty() ? "" : " inside loop `" + sweep_.at + "`") +
                          " is not legal: " + describe(sunk, *found);
    if (found->undecided)
      fail(message + ".");
    const bool areBoth = check.statements.count(found->source) && check.statements.count(found->sink);
    fail(message +
         (areBoth
              ? ". They would use different copies. Sweep " + listOfNames(check.inside) + " too."
              : ". One of them would use the copy, and the other the array, between load and store. Select both with "
                "within=, or give a loop inside as `at`."));
  }

  // The load serves what is not surely written before; the store, what may have been written.
  void chooseParts() {
    hasStore_ = !writes_.empty();
    hasLoad_ = !hasStore_ || readsBefore(build(false, true));
    if (!hasStore_)
      addNote(notes_, "Nothing writes " + what_ + " there, so that nothing is stored back.");
    if (!hasLoad_)
      addNote(notes_, "Every element of " + what_ + " is written there before it is read, so that nothing is loaded.");
  }

  // Some element of the copy is read that no write covers.
  bool readsBefore(Kernel kernel) const {
    const std::string &copy = plan_.names.array;
    std::set<std::string> kept;
    for (const StatementRef &statement : kernel.statements)
      for (const AccessRef &access : accesses(*statement))
        if (access.load->array == copy)
          kept.insert(statement->id);
    std::erase_if(kernel.statements, [&](const StatementRef &each) { return !kept.count(each->id); });
    kernel.tree = restrictTree(kernel.tree, [&](const std::string &id) { return kept.count(id) != 0; });
    for (Array &other : kernel.arrays)
      if (other.name != copy)
        other.role = Role::In; // the question is about the copy alone
    return !findUnsetReads(kernel).empty();
  }

  // What says which elements are moved has the same value at load, accesses and store: nothing writes it.
  void requireConstantData(const Statement &mover) const {
    for (const AccessRef &access : accesses(mover)) {
      const std::string &read = access.load->array;
      if (read == array_.name || read == plan_.names.array)
        continue;
      for (const StatementRef &statement : kernel_.statements)
        for (const AccessRef &other : accesses(*statement))
          if (other.isWrite && other.load->array == read)
            fail(head() + "which elements are moved depends on `" + read + "`, which `" + statement->id + "` writes.");
    }
  }

  bool isSound(const Kernel &result) const {
    try {
      proveParts(result);
      return true;
    } catch (const UserError &) {
      return false;
    }
  }

  void proveParts(const Kernel &result) const {
    std::set<std::string> movers, accessing;
    for (const StatementRef &statement : result.statements) {
      if (!kernel_.findStatement(statement->id))
        movers.insert(statement->id);
      for (const AccessRef &access : accesses(*statement))
        if (access.load->array == array_.name || access.load->array == plan_.names.array)
          accessing.insert(statement->id);
    }
    for (const std::string &mover : movers)
      requireConstantData(result.statement(mover));
    proveParallelLoops(result, accessing, options_.where, "buffer_array(" + array_.name + ")");
    Kernel alone = result;
    std::erase_if(alone.statements, [&](const StatementRef &each) { return !movers.count(each->id); });
    alone.tree = restrictTree(alone.tree, [&](const std::string &id) { return movers.count(id) != 0; });
    for (const BoundsFinding &finding : checkBounds(alone))
      if (finding.verdict == BoundsFinding::Verdict::Refuted)
        fail(head() + "`" + finding.access + "` in `" + finding.statement + "` would be out of bounds (" +
             finding.detail + "), since conditions of the accesses are not affine.");
  }

  // ------------------------------------------------------------------------------------------------------------- build
  Kernel build(bool withLoad, bool withStore) const {
    Kernel result = kernel_;
    result.tree = sweep_.tree;
    Array copy;
    copy.name = plan_.names.array;
    copy.type = array_.type;
    copy.role = Role::Temp;
    if (sweep_.isSpaceGiven)
      copy.space = sweep_.in;
    copy.implicitAxes = static_cast<unsigned>(plan_.outer.size());
    for (unsigned axis : plan_.storageOrder)
      copy.shape.push_back(footprint_.axes[axis].size);
    copy.padding = fillPadding(options_.pad, footprint_.axes.size(), what_, options_.where);
    copy.source = options_.where;
    result.arrays.push_back(copy);
    for (const std::string &id : statements_)
      result.replaceStatement(onCopy(kernel_.statement(id)));
    renameReductions(result);
    if (withLoad)
      add(result, mover("_load", sites_, false), false);
    if (withStore)
      add(result, mover("_store", writes_, true), true);
    return result;
  }

  void add(Kernel &result, const Fill &fill, bool isStore) const {
    result.tree = isStore ? insertStore(result.tree, sweep_.at, fill.nest)
                          : insertFill(result.tree, sweep_.at, statements_, fill.nest);
    const auto isNeighbour = [&](const StatementRef &each) { return llvm::is_contained(statements_, each->id); };
    auto place = llvm::find_if(result.statements, isNeighbour);
    if (isStore)
      place = std::find_if(result.statements.rbegin(), result.statements.rend(), isNeighbour).base();
    result.statements.insert(place, std::make_shared<const Statement>(fill.statement));
    for (const FillLoop &loop : fill.loops)
      result.inames.push_back({loop.name, loop.tag, options_.where});
  }

  // The tree with `nest` directly behind the last child of loop `at` ("" = the top) that holds an access.
  Tree insertStore(const Tree &tree, const std::string &at, const NodeRef &nest) const {
    const auto holds = [&](const NodeRef &node) {
      return llvm::any_of(statementsBelow(node),
                          [&](const std::string &id) { return llvm::is_contained(statements_, id); });
    };
    Tree out = tree;
    for (size_t i = out.size(); i-- > 0;) {
      if (!holds(out[i]) || (!at.empty() && !containsLoop(out[i], at)))
        continue;
      if (at.empty()) {
        out.insert(out.begin() + static_cast<ptrdiff_t>(i) + 1, nest);
      } else {
        const Loop &loop = *out[i]->loop();
        out[i] = makeLoop(loop.iname, insertStore(loop.children, loop.iname == at ? "" : at, nest));
      }
      return out;
    }
    throw InternalError("the place of a store is not in the tree");
  }

  Statement onCopy(const Statement &statement) const {
    Statement result = rewriteExprs(context_, statement, [&](Expr e) {
      const Load *load = e.as<Load>();
      if (!load || load->array != array_.name)
        return e;
      const Expr expanded = expandRules(kernel_, e); // rules in subscripts
      for (size_t i = 0; i < sites_.size(); ++i)
        if (sites_[i].statement->id == statement.id && equal(sites_[i].use, expanded))
          return fillAccess(plan_, footprint_.position[i]);
      throw InternalError("an access to a buffered array has no place in its copy");
    });
    return result;
  }

  // Statements of a reduction in the array go on to be those of one in the copy, if all of them do.
  void renameReductions(Kernel &result) const {
    for (const ReductionInfo &info : kernel_.reductions) {
      if (!llvm::is_contained(info.accumulators, array_.name))
        continue;
      bool areAll = true;
      for (const StatementRef &statement : kernel_.statements)
        areAll &= statement->reduction != info.id || llvm::is_contained(statements_, statement->id);
      if (areAll) {
        ReductionInfo &renamed =
            *llvm::find_if(result.reductions, [&](const ReductionInfo &each) { return each.id == info.id; });
        std::replace(renamed.accumulators.begin(), renamed.accumulators.end(), array_.name, plan_.names.array);
        continue;
      }
      for (const std::string &id : statements_)
        if (kernel_.statement(id).reduction == info.id) {
          Statement plain = result.statement(id);
          plain.reduction.reset();
          plain.reductionRole = ReductionRole::None;
          result.replaceStatement(std::move(plain));
        }
    }
  }

  const Kernel &kernel_;
  Context &context_;
  const BufferArray &options_;
  const Array &array_;
  const std::string what_;
  Notes *notes_;
  std::vector<UseSite> sites_, writes_; // all accesses, and those that write
  std::vector<std::string> statements_; // that hold them
  SweepPlan sweep_;
  FootprintRequest request_;
  Rule rule_;
  Footprint footprint_;
  FillPlan plan_;
  bool hasLoad_ = true, hasStore_ = true;
  bool loadsBox_ = false; // the product of the footprint's projections on the axes, else the footprint
};

} // namespace

Kernel bufferArray(const Kernel &kernel, const BufferArray &options, Notes *notes) {
  requireArray(kernel, options.array, options.where);
  const Kernel expanded = withReadsInStatements(kernel, options.array, options.within, options.where, notes);
  return Buffering(expanded, options, notes).run();
}

} // namespace loopy
