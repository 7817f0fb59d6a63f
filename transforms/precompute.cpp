#include "loopy/transforms/precompute.h"

#include "copy_obligation.h"
#include "edit.h"
#include "extent.h"
#include "fill.h"
#include "fill_loops.h"
#include "fill_uses.h"
#include "match.h"
#include "pipelined_fill.h"
#include "reads.h"
#include "rolling.h"
#include "sweep.h"
#include "uses.h"

#include "loopy/analysis/bounds.h"
#include "loopy/ir/constants.h"
#include "loopy/ir/rules.h"

#include <algorithm>
#include <numeric>

namespace loopy {
namespace {

// More stored planes than this are a mistake.
constexpr int64_t mostPlanes = 1 << 16;

class Precomputation {
public:
  Precomputation(const Kernel &kernel, const Precompute &options, const FillWording &wording, Notes *notes)
      : kernel_(kernel), context_(*kernel.context), options_(options), wording_(wording), what_(wording.what),
        notes_(notes) {}

  Kernel run() {
    findRule();
    findUses();
    planFill();
    chooseElements();
    if (options_.roll)
      return buildRolled();
    if (options_.through.empty())
      return build();
    if (options_.through != "registers")
      fail("`through=" + options_.through + "` is no way for a fill to go. There is: registers.");
    if (sweep_.at.empty())
      fail("through=registers fetches one iteration of a loop ahead: say which one with at=.");
    return pipelinedFill(build(), plan_.names.statement, sweep_.at, options_.where);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  void findRule() {
    rule_ = kernel_.findRule(options_.rule);
    if (!rule_) {
      std::vector<std::string> names;
      for (const Rule &rule : kernel_.rules)
        names.push_back(rule.name);
      fail(unknownName("rule", options_.rule, names));
    }
    body_ = expandRules(kernel_, rule_->body);
    arguments_ = rule_->params;
    for (const std::string &iname : inamesIn(body_))
      if (std::find(arguments_.begin(), arguments_.end(), iname) == arguments_.end())
        arguments_.push_back(iname);
    isPlainRead_ = isPlainRead();
  }

  // An array read, each of whose subscripts is one argument or free of them: the product of elements in bounds is in
  // bounds then.
  bool isPlainRead() const {
    const Load *load = body_.as<Load>();
    return load && std::all_of(load->index.begin(), load->index.end(),
                               [&](Expr subscript) { return subscript.is<InameRef>() || inamesIn(subscript).empty(); });
  }

  void findUses() {
    if (options_.roll)
      requireRollOptions();
    else if (options_.planes != 0)
      fail("planes= says how many places of a rolled window are stored; give roll=true too.");
    if (!options_.at.empty())
      requireIname(kernel_, options_.at, options_.where);
    if (options_.at.empty() && options_.sweep.empty())
      fail("Say where the fill of " + what_ + " is to stand: at=LOOP, or sweep=LOOPS.");
    const std::vector<std::string> selected = matchStatements(kernel_, options_.within, options_.where);
    const std::vector<std::string> extra(arguments_.begin() + static_cast<ptrdiff_t>(rule_->params.size()),
                                         arguments_.end());
    std::vector<std::string> elsewhere;
    for (const StatementRef &statement : kernel_.statements) {
      if (std::find(selected.begin(), selected.end(), statement->id) == selected.end())
        continue;
      std::vector<UseSite> found = usesIn(kernel_, statement, rule_->name, extra);
      if (found.empty())
        continue;
      if (!options_.at.empty() && !hasIname(*statement, options_.at)) {
        elsewhere.push_back("`" + statement->id + "`");
        continue;
      }
      statements_.push_back(statement->id);
      uses_.insert(uses_.end(), found.begin(), found.end());
    }
    if (!uses_.empty())
      return;
    if (elsewhere.empty())
      fail("No selected statement uses " + what_ + ".");
    fail("No use of " + what_ + " stands below loop `" + options_.at + "`. It is used in " + listOfNames(elsewhere) +
         ".");
  }

  void planFill() {
    sweep_ = planSweep(kernel_, {what_, options_.at, options_.in, options_.sweep, statements_, options_.where});
    request_ = {what_, {}, sweep_.swept, sweep_.in == AddressSpace::Global, options_.where};
    for (size_t i = 0; i < arguments_.size(); ++i)
      request_.argumentNames.push_back(argumentName(i));
    footprint_ = computeFootprint(kernel_, uses_, request_);
    plan_.kernel = &kernel_;
    plan_.rule = rule_;
    plan_.footprint = &footprint_;
    plan_.arguments = arguments_;
    plan_.outer = sweep_.outer;
    plan_.around = sweep_.around;
    plan_.names = {name(options_.name, rule_->name + "_pre"), name(options_.id, rule_->name + "_fill"), options_.where};
    if (options_.roll) {
      plan_.storageOrder.resize(footprint_.axes.size()); // any order, for the proofs; see buildRolled
      std::iota(plan_.storageOrder.begin(), plan_.storageOrder.end(), 0U);
    } else {
      plan_.storageOrder = storageOrder();
    }
    plan_.guard = guardsOfFill(kernel_, uses_, request_);
  }

  std::string name(const std::string &given, const std::string &byDefault) const {
    if (given.empty())
      return kernel_.freshName(byDefault);
    requireNewName(kernel_, given, options_.where);
    return given;
  }

  std::string argumentName(size_t argument) const {
    if (wording_.axisNames.empty())
      return "argument `" + arguments_[argument] + "`";
    return wording_.axisNames[argument];
  }

  // The number of an axis for the user: of the rule's argument, or of the array's axis behind the implicit ones.
  int64_t number(const FootprintAxis &axis) const {
    return static_cast<int64_t>(axis.argument) - static_cast<int64_t>(wording_.unnumbered);
  }

  // Its name, or its number where it has none.
  std::string label(const FootprintAxis &axis) const {
    const int64_t n = number(axis);
    if (n < 0)
      return "implicit_" + std::to_string(axis.argument);
    return wording_.labels.empty() ? std::to_string(n) : wording_.labels[static_cast<size_t>(n)];
  }

  // The axes of the footprint in the order of the `axes` option; implicit axes of an array come first.
  std::vector<unsigned> storageOrder() const {
    std::vector<unsigned> order;
    for (unsigned axis = 0; axis < footprint_.axes.size(); ++axis)
      if (options_.axes.empty() || number(footprint_.axes[axis]) < 0)
        order.push_back(axis);
    const int64_t numbers = static_cast<int64_t>(arguments_.size() - wording_.unnumbered);
    for (int64_t asked : options_.axes) {
      if (asked < 0 || asked >= numbers)
        fail("axes= numbers the axes of " + what_ + ", from 0 to " + std::to_string(numbers - 1) + "; there is no " +
             std::to_string(asked) + ".");
      for (unsigned axis = 0; axis < footprint_.axes.size(); ++axis)
        if (number(footprint_.axes[axis]) == asked)
          order.push_back(axis);
    }
    std::vector<unsigned> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    if (order.size() != footprint_.axes.size() || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
      fail("axes= must name each axis along which the footprint of " + what_ + " extends, once.");
    return order;
  }

  // Where the rule is a plain array read, the product of the footprint's projections, so that each axis is filled in
  // one sweep; the footprint itself for any other rule, or where only that passes the copy obligation.
  void chooseElements() {
    const bool exact = options_.exact.value_or(!isPlainRead_);
    elements_ = exact ? exactElements(kernel_, uses_, request_, footprint_) : footprint_.product();
    std::optional<CopyViolation> violation = check(elements_);
    // Which elements are filled decides only about the dependences of fills.
    if (violation && !violation->isBetween && !exact && !options_.exact) {
      isl::set footprint = exactElements(kernel_, uses_, request_, footprint_);
      violation = check(footprint);
      if (!violation) {
        elements_ = footprint;
        addNote(notes_, "Only the elements of " + what_ +
                            " that are used are fetched, since others in their box are "
                            "written by work that nothing orders with the fill.");
      }
    }
    if (violation)
      refuse(*violation);
    requireSetControl();
    if (!exact && !isPlainRead_)
      requireInBounds();
  }

  // Elements of the box that no use has may lie outside the arrays that the rule reads.
  void requireInBounds() const {
    Fill fill = plainFill(elements_);
    for (const BoundsFinding &finding : checkBounds(withFill(fill)))
      if (finding.statement == fill.statement.id && finding.verdict == BoundsFinding::Verdict::Refuted)
        fail(wording_.action +
             " with exact=false is not possible: it would compute elements that no use has, and there `" +
             finding.access + "` is out of bounds (" + finding.detail + ").");
  }

  // The fill may run where no use does: what steers it has to be set there too.
  void requireSetControl() const {
    Fill fill = plainFill(elements_);
    const std::vector<Diagnostic> unset = findUnsetControl(withFill(fill), fill.statement.id);
    if (!unset.empty())
      throw UserError({{Severity::Error, options_.where,
                        wording_.action + (sweep_.at.empty() ? "" : " inside loop `" + sweep_.at + "`") +
                            " is not legal: the fill would run where a value that steers it is not set.",
                        unset}});
  }

  // Nothing in the kernel writes what the uses read.
  bool readsOnlyUnwritten() const {
    std::set<std::string> arrays;
    auto add = [&](Expr e) {
      forEach(e, [&](Expr node) {
        if (const Load *load = node.as<Load>())
          arrays.insert(load->array);
      });
    };
    for (const UseSite &use : uses_)
      add(expandRules(kernel_, use.use));
    for (const auto &[name, load] : footprint_.dataParams)
      add(load);
    for (const GuardLiteral &literal : plan_.guard)
      add(literal.load);
    for (const StatementRef &statement : kernel_.statements)
      for (const AccessRef &access : accesses(*statement))
        if (access.isWrite && arrays.count(access.load->array))
          return false;
    return true;
  }

  // How the box is filled does not matter for a proof; one loop per axis gives the simplest sets.
  Fill plainFill(const isl::set &elements) const {
    return makeFill(plan_, loopPerAxis(kernel_, dealRequest(plan_.names.array), {}), elements);
  }

  std::optional<CopyViolation> check(const isl::set &elements) const {
    if (readsOnlyUnwritten())
      return std::nullopt;
    Fill fill = plainFill(elements);
    Kernel proved = withFill(fill);
    CopyCheck check;
    check.fill = fill.statement.id;
    check.around = sweep_.around;
    if (options_.roll)
      check.around.pop_back(); // the fill of a use may run in an earlier iteration of `at`
    for (const std::string &id : statements_)
      proved.replaceStatement(rewriteReads(context_, kernel_.statement(id), [&](Expr e) {
        const RuleUse *use = e.as<RuleUse>();
        if (!use || use->rule != rule_->name)
          return Expr();
        Expr expanded = expandRules(kernel_, e);
        forEach(expanded, [&](Expr read) {
          if (read.is<Load>())
            check.reads[id].insert(&read.node());
        });
        return expanded;
      }));
    for (const std::string &id : statements_) {
      for (const auto &[name, load] : kernel_.statement(id).dataParams)
        if (fill.statement.dataParams.count(name))
          check.reads[id].insert(&load.node());
      if (!plan_.guard.empty())
        for (const GuardLiteral &literal : kernel_.statement(id).guard)
          check.reads[id].insert(&literal.load.node());
    }
    check.kernel = &proved;
    return findCopyViolation(check);
  }

  [[noreturn]] void refuse(const CopyViolation &found) const {
    std::string message =
        wording_.action + (sweep_.at.empty() ? "" : " inside loop `" + sweep_.at + "`") + " is not legal: ";
    Fill fill = plainFill(elements_);
    message += describe(withFill(fill), found.violation);
    if (found.violation.undecided)
      fail(message + ".");
    if (found.isBetween && options_.roll)
      fail(message + ", but with roll=true `" + fill.statement.id + "` may have read `" + found.violation.element +
           "` in an earlier iteration of `" + sweep_.at + "`, before that write. Leave out roll.");
    if (found.isBetween)
      fail(message + ", but the fill `" + fill.statement.id + "` would have read `" + found.violation.element +
           "` before that write. Give a loop inside as `at`, so that no write stands between the fill and its uses.");
    fail(message + ". With `" + found.violation.atLoop + "` tagged `" + kernel_.tag(found.violation.atLoop).name() +
         "` nothing orders them.");
  }

  DealRequest dealRequest(const std::string &prefix) const {
    DealRequest request;
    for (const FootprintAxis &axis : footprint_.axes) {
      request.extents.push_back(axis.extent);
      request.axisNames.push_back(prefix + "_" + label(axis));
    }
    request.order = memoryOrder(kernel_, body_, arguments_, footprint_);
    request.prefix = prefix;
    request.where = options_.where;
    return request;
  }

  // The fill's loops, tagged as asked for, or as its memory suggests: dealt out to the work-items that share it,
  // unrolled where it stays with one.
  Dealing chooseLoops() const {
    DealRequest request = dealRequest(plan_.names.array);
    request.inames = options_.inames;
    return chooseLoops(kernel_, request);
  }

  // The loops have names that are new in `kernel`.
  Dealing chooseLoops(const Kernel &kernel, const DealRequest &request) const {
    auto choose = [&](const DealRequest &box) {
      return chooseFillLoops({&kernel, what_, &sweep_, &footprint_, request_.argumentNames, options_.lanes,
                              statements_[0], options_.where},
                             box);
    };
    if (options_.vec == 0)
      return choose(request);
    if (!isVectorWidth(options_.vec))
      fail("A vector has 2, 4, 8 or 16 lanes, not " + std::to_string(options_.vec) + ".");
    return inGroups(kernel, request, options_.vec, choose);
  }

  // The kernel with the fill in its place and the temporary; the uses are as they were.
  Kernel withFill(const Fill &fill) const {
    Kernel result = kernel_;
    result.tree = sweep_.tree;
    result.arrays.push_back(temporary());
    addFill(result, fill);
    return result;
  }

  void addFill(Kernel &result, const Fill &fill) const {
    result.tree = insertFill(result.tree, sweep_.at, statements_, fill.nest);
    auto isUse = [&](const StatementRef &statement) {
      return std::find(statements_.begin(), statements_.end(), statement->id) != statements_.end();
    };
    auto firstUse = std::find_if(result.statements.begin(), result.statements.end(), isUse);
    result.statements.insert(firstUse, std::make_shared<const Statement>(fill.statement));
    for (const FillLoop &loop : fill.loops)
      result.inames.push_back({loop.name, loop.tag, options_.where});
    addTrust(result, fill.statement.id);
  }

  Array temporary() const {
    Array array;
    array.name = plan_.names.array;
    array.type = rule_->body.type();
    array.role = Role::Temp;
    if (sweep_.isSpaceGiven)
      array.space = sweep_.in;
    array.implicitAxes = static_cast<unsigned>(plan_.outer.size());
    for (unsigned axis : plan_.storageOrder) {
      array.shape.push_back(footprint_.axes[axis].size);
      if (!wording_.labels.empty())
        array.axisNames.push_back(label(footprint_.axes[axis]));
    }
    array.padding = fillPadding(options_.pad, footprint_.axes.size(), what_, options_.where);
    array.source = options_.where;
    return array;
  }

  // What the user said of all statements whose reads the fill takes over holds for the fill.
  void addTrust(Kernel &kernel, const std::string &fill) const {
    std::map<std::pair<std::string, std::string>, std::set<std::string>> trusting; // (other, array) -> uses
    for (const Fact &fact : kernel_.facts)
      if (const TrustedFact *trusted = std::get_if<TrustedFact>(&fact))
        for (const std::string &id : statements_) {
          if (trusted->first == id)
            trusting[{trusted->second, trusted->array}].insert(id);
          if (trusted->second == id)
            trusting[{trusted->first, trusted->array}].insert(id);
        }
    for (const auto &[pair, uses] : trusting)
      if (uses.size() == statements_.size())
        kernel.facts.push_back(TrustedFact{fill, pair.first, pair.second, options_.where});
  }

  Kernel build() const {
    Fill fill = makeFill(plan_, chooseLoops(), elements_);
    Kernel result = withFill(fill);
    replaceUses(result, std::vector<FillPlan>(uses_.size(), plan_));
    if (options_.vec != 0)
      tagLanes(result, fill);
    return result;
  }

  // Each use reads what the fill of its plan writes there.
  void replaceUses(Kernel &result, const std::vector<FillPlan> &plans) const {
    std::map<const ExprNode *, size_t> numbers;
    for (size_t i = 0; i < uses_.size(); ++i)
      numbers[&uses_[i].use.node()] = i;
    for (const std::string &id : statements_)
      result.replaceStatement(rewriteReads(context_, kernel_.statement(id), [&](Expr e) {
        auto it = numbers.find(&e.node());
        return it == numbers.end() ? Expr() : fillAccess(plans[it->second], footprint_.position[it->second]);
      }));
    if (!isRuleUsed(result, rule_->name))
      removeRule(result, rule_->name);
    nameResult(notes_, "array", {plan_.names.array});
    nameResult(notes_, "statement", {plan_.names.statement});
  }

  // ------------------------------------------------------------------------------------------------------ rolling
  void requireRollOptions() const {
    if (options_.at.empty())
      fail("roll=true keeps elements from one iteration of a loop to the next: say of which one with at=.");
    if (!options_.through.empty())
      fail("roll=true fetches each element once, where it is new; through= is for fills that fetch all of them anew.");
    if (options_.planes < 0 || options_.planes > mostPlanes)
      fail("planes= is a number of places, from the width of the window to " + std::to_string(mostPlanes) + ", not " +
           std::to_string(options_.planes) + ".");
  }

  // An element is filled in the first iteration of `at` that needs it. Its place on the axis along which the window
  // moves is that of the iteration and an offset, so it is the implicit axis of `at` that tells the places apart, and
  // that is stored modulo the number of planes.
  Kernel buildRolled() {
    for (const GuardLiteral &literal : plan_.guard)
      if (mentionsIname(literal.load, sweep_.at))
        fail("Whether " + what_ + " is used depends on `" + toString(literal.load) +
             "`, which is another value in each iteration of `" + sweep_.at +
             "`, so elements cannot be kept from one to the next.");
    const Footprint whole = footprint_;
    const RolledWindow window =
        rollWindow({&kernel_, what_, sweep_.at, request_.argumentNames, options_.where}, whole, elements_);
    const int64_t planes = options_.planes == 0 ? window.width : options_.planes;
    if (planes < window.width)
      fail("The window of " + what_ + " in one iteration of `" + sweep_.at + "` is " + std::to_string(window.width) +
           " places wide, which do not fit into " + std::to_string(planes) + " planes.");
    std::vector<FillPlan> uses = plansOfUses(whole, window);
    footprint_ = planeOf(kernel_, whole, window, window.width - 1);
    plan_.storageOrder = storageOrder();
    for (FillPlan &plan : uses)
      plan.storageOrder = plan_.storageOrder;
    Kernel result = kernel_;
    result.tree = sweep_.tree;
    result.arrays.push_back(temporary());
    result.arrays.back().copies[sweep_.at] = static_cast<int>(planes);
    std::vector<std::string> first;
    for (const RolledPlane &plane : window.planes) {
      footprint_ = planeOf(kernel_, whole, window, plane.offset);
      const bool isLast = plane.offset == window.width - 1;
      const Fill fill = addPlane(result, plane, isLast);
      if (!isLast)
        first.push_back("`" + fill.statement.id + "`");
    }
    replaceUses(result, uses);
    if (!first.empty())
      addNote(notes_, listOfNames(first) + (first.size() == 1 ? " fills" : " fill") +
                          " what the first iterations of `" + sweep_.at + "` find no earlier one to have filled.");
    return result;
  }

  // By use: where it stands in the window has to be known, so that it is a constant number of places from the
  // iteration.
  std::vector<FillPlan> plansOfUses(const Footprint &whole, const RolledWindow &window) const {
    std::vector<FillPlan> plans(uses_.size(), plan_);
    for (size_t i = 0; i < uses_.size(); ++i) {
      const Expr position = whole.position[i][window.axis];
      const std::optional<int64_t> offset = integerConstant(position);
      if (!offset)
        fail("`" + toString(uses_[i].use) + "` in `" + uses_[i].statement->id + "` stands at `" + toString(position) +
             "` in the window of " + what_ + ", which is not constant. Elements are kept only where each use is a " +
             "constant number of places from `" + sweep_.at + "`.");
      plans[i].ahead[sweep_.at] = *offset * whole.axes[window.axis].stride;
    }
    return plans;
  }

  // The fill of one place of the window; that of the last place, which every iteration adds, has the names asked for.
  Fill addPlane(Kernel &result, const RolledPlane &plane, bool isLast) const {
    FillPlan plan = plan_;
    plan.ahead[sweep_.at] = plane.offset;
    const std::string number = "_" + std::to_string(plane.offset);
    if (!isLast)
      plan.names.statement = result.freshName(plan_.names.statement + number);
    DealRequest request = dealRequest(plan_.names.array + (isLast ? "" : number));
    if (isLast)
      request.inames = options_.inames;
    Fill fill = makeFill(plan, chooseLoops(result, request), plane.elements);
    addFill(result, fill);
    if (options_.vec != 0)
      tagLanes(result, fill);
    return fill;
  }

  // Each instance of a fill writes an element of its own, so that nothing parts at its innermost loop.
  void tagLanes(Kernel &kernel, const Fill &fill) const {
    const std::string &lanes = fill.loops.back().name;
    if (exactLength(kernel, fill.statement.id, lanes) == options_.vec) {
      kernel.setTag(lanes, Tag{Tag::Kind::Vec});
      return;
    }
    addNote(notes_, "Loop `" + lanes + "` of the fill is not tagged `vec`, since not all groups of " +
                        std::to_string(options_.vec) + " elements are full. Say what the parameters are divisible by " +
                        "(assume) or set full tiles apart (isolate) before; or isolate(" + lanes +
                        "), rename_iname the loop in the copies of it, and tag it.");
  }

  const Kernel &kernel_;
  Context &context_;
  const Precompute &options_;
  const FillWording &wording_;
  const std::string &what_;
  Notes *notes_;

  const Rule *rule_ = nullptr;
  Expr body_;                          // the rule's, other rules expanded
  std::vector<std::string> arguments_; // the rule's parameters, then the free inames of its body
  bool isPlainRead_ = false;
  std::vector<UseSite> uses_;
  std::vector<std::string> statements_; // that hold them
  SweepPlan sweep_;
  FootprintRequest request_;
  Footprint footprint_;
  FillPlan plan_;
  isl::set elements_;
};

} // namespace

Kernel fillUses(const Kernel &kernel, const Precompute &options, const FillWording &wording, Notes *notes) {
  return Precomputation(kernel, options, wording, notes).run();
}

Kernel precompute(const Kernel &kernel, const Precompute &options, Notes *notes) {
  const std::string what = "`" + options.rule + "`";
  return fillUses(kernel, options, {what, "Computing " + what + " ahead", {}}, notes);
}

} // namespace loopy
