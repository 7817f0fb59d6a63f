#include "loopy/transforms/precompute.h"

#include "copy_obligation.h"
#include "edit.h"
#include "fill_uses.h"
#include "match.h"
#include "pipelined_fill.h"
#include "planned_fill.h"
#include "reads.h"
#include "rolled_fill.h"

#include "loopy/analysis/bounds.h"
#include "loopy/analysis/linear.h"
#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"

#include <algorithm>

namespace loopy {
namespace {

// What one question about elements may cost isl: about a second of its work.
constexpr unsigned long operationBudget = 2'000'000;

class Precomputation {
public:
  Precomputation(const Kernel &kernel, const Precompute &options, const FillWording &wording, Notes *notes)
      : kernel_(kernel), context_(*kernel.context), options_(options), wording_(wording), what_(wording.what),
        notes_(notes) {
    fill_.kernel = &kernel;
    fill_.options = &options;
    fill_.wording = &wording;
  }

  Kernel run() {
    findRule();
    findUses();
    planFill();
    chooseElements();
    if (options_.roll)
      return rolledFill(fill_, elements_, notes_);
    if (options_.through.empty())
      return build();
    if (options_.through != "registers")
      fail("`through=" + options_.through + "` is no way for a fill to go. There is: registers.");
    if (fill_.sweep.at.empty())
      fail("through=registers fetches one iteration of a loop ahead: say which one with at=.");
    return pipelinedFill(build(), fill_.names.statement, fill_.sweep.at, options_.where);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  void findRule() {
    chosen_ = chooseUses(kernel_, options_.rule, options_.where);
    fill_.rule = chosen_.rule;
    fill_.body = expandRules(kernel_, fill_.rule->body);
    fill_.arguments = fill_.rule->params;
    for (const std::string &iname : inamesIn(fill_.body))
      if (std::find(fill_.arguments.begin(), fill_.arguments.end(), iname) == fill_.arguments.end())
        fill_.arguments.push_back(iname);
    isPlainRead_ = isPlainRead();
  }

  // An array read, each of whose subscripts is one argument or free of them: the product of elements in bounds is in
  // bounds then.
  bool isPlainRead() const {
    const Load *load = fill_.body.as<Load>();
    return load && std::all_of(load->index.begin(), load->index.end(),
                               [&](Expr subscript) { return subscript.is<InameRef>() || inamesIn(subscript).empty(); });
  }

  void findUses() {
    requireRollOptions(options_);
    if (!options_.at.empty())
      requireIname(kernel_, options_.at, options_.where);
    if (options_.at.empty() && options_.sweep.empty())
      fail("Say where the fill of " + what_ + " is to stand: at=LOOP, or sweep=LOOPS.");
    const std::vector<std::string> selected = matchStatements(kernel_, options_.within, options_.where);
    const std::vector<std::string> extra(fill_.arguments.begin() + static_cast<ptrdiff_t>(fill_.rule->params.size()),
                                         fill_.arguments.end());
    std::vector<std::string> elsewhere;
    for (const StatementRef &statement : kernel_.statements) {
      if (std::find(selected.begin(), selected.end(), statement->id) == selected.end())
        continue;
      std::vector<UseSite> found = usesIn(kernel_, statement, chosen_, extra);
      if (found.empty())
        continue;
      if (!options_.at.empty() && !hasIname(*statement, options_.at)) {
        elsewhere.push_back("`" + statement->id + "`");
        continue;
      }
      fill_.statements.push_back(statement->id);
      fill_.uses.insert(fill_.uses.end(), found.begin(), found.end());
    }
    if (!fill_.uses.empty())
      return;
    if (elsewhere.empty())
      fail("No selected statement uses " + what_ + ".");
    fail("No use of " + what_ + " stands below loop `" + options_.at + "`. It is used in " + listOfNames(elsewhere) +
         ".");
  }

  void planFill() {
    fill_.sweep =
        planSweep(kernel_, {what_, options_.at, options_.in, options_.sweep, fill_.statements, options_.where});
    fill_.request = {what_, {}, fill_.sweep.swept, fill_.sweep.in == AddressSpace::Global, options_.where};
    for (size_t i = 0; i < fill_.arguments.size(); ++i)
      fill_.request.argumentNames.push_back(argumentName(i));
    fill_.footprint = computeFootprint(kernel_, fill_.uses, fill_.request);
    fill_.names = {name(options_.name, fill_.rule->name + "_pre"), name(options_.id, fill_.rule->name + "_fill"),
                   options_.where};
    fill_.guard = guardsOfFill(kernel_, fill_.uses, fill_.request);
  }

  std::string name(const std::string &given, const std::string &byDefault) const {
    if (given.empty())
      return kernel_.freshName(byDefault);
    requireNewName(kernel_, given, options_.where);
    return given;
  }

  std::string argumentName(size_t argument) const {
    if (wording_.axisNames.empty())
      return "argument `" + fill_.arguments[argument] + "`";
    return wording_.axisNames[argument];
  }

  // Where the rule is a plain array read, the product of the footprint's projections, so that each axis is filled in
  // one sweep; the footprint itself for any other rule, or where only that passes the copy obligation.
  void chooseElements() {
    const bool exact = options_.exact.value_or(!isPlainRead_);
    elements_ = exact ? exactElements(kernel_, fill_.uses, fill_.request, fill_.footprint) : fill_.footprint.product();
    if (!exact)
      if (const std::optional<isl::set> convex = convexElements(); convex && !check(*convex))
        elements_ = *convex;
    std::optional<CopyViolation> violation = check(elements_);
    // Which elements are filled decides only about the dependences of fills.
    if (violation && !violation->isBetween && !exact && !options_.exact) {
      isl::set footprint = exactElements(kernel_, fill_.uses, fill_.request, fill_.footprint);
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
    requireBounds();
    requireSetControl();
    if (!exact && !isPlainRead_)
      requireInBounds();
  }

  // Where an argument is read, what is fetched beyond the elements in use has to be in bounds, no more.
  std::optional<isl::set> convexElements() const {
    const Load *read = fill_.body.as<Load>();
    if (!isPlainRead_ || kernel_.array(read->array).isTemp() || isl_set_n_basic_set(elements_.get()) <= 1)
      return std::nullopt;
    isl::set inBounds = kernel_.assumptions;
    poly::Names names;
    for (const FootprintAxis &axis : fill_.footprint.axes) {
      const isl::pw_aff value = poly::paramAff(context_.isl(), axis.value);
      names.push_back(axis.value);
      for (size_t position = 0; position < read->index.size(); ++position) {
        if (!mentionsIname(read->index[position], fill_.arguments[axis.argument]))
          continue;
        const std::optional<isl::pw_aff> extent = toAffine(context_, kernel_.array(read->array).shape[position]);
        if (!extent)
          return std::nullopt;
        inBounds =
            inBounds.intersect(value.ge_set(poly::constantAff(context_.isl(), 0))).intersect(value.lt_set(*extent));
      }
    }
    const auto convex =
        poly::withinBudget(context_.isl(), operationBudget, [&] { return convexAround(elements_, names, inBounds); });
    return convex ? *convex : std::nullopt;
  }

  // Loops that the fill has of its own end even where the data that bound those of the uses differ between iterations
  // that one fill serves.
  void requireBounds() const {
    const Statement fill = plainFill(elements_).statement;
    Terms terms(context_);
    for (const std::string &iname : fill_.sweep.outer)
      if (!isBounded(terms, fill.domain, iname, [](const std::string &) { return true; }))
        fail("The fill of " + what_ + " would stand in a loop `" + iname +
             "` of its own, whose bound is data that depend on a loop all of whose iterations one fill serves. " +
             "Give sweep= without that loop, or with `" + iname + "` too.");
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
                        wording_.action + (fill_.sweep.at.empty() ? "" : " inside loop `" + fill_.sweep.at + "`") +
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
    for (const UseSite &use : fill_.uses)
      add(expandRules(kernel_, use.use));
    for (const auto &[name, load] : fill_.footprint.dataParams)
      add(load);
    for (const GuardLiteral &literal : fill_.guard)
      add(literal.load);
    for (const StatementRef &statement : kernel_.statements)
      for (const AccessRef &access : accesses(*statement))
        if (access.isWrite && arrays.count(access.load->array))
          return false;
    return true;
  }

  // How the box is filled and stored does not matter for a proof; one loop per axis gives the simplest sets.
  Fill plainFill(const isl::set &elements) const {
    return makeFill(planOf(fill_, fill_.footprint),
                    loopPerAxis(kernel_, boxOf(fill_, fill_.footprint, fill_.names.array), {}), elements);
  }

  Kernel withFill(const Fill &fill) const {
    Kernel result = withTemporary(fill_, planOf(fill_, fill_.footprint));
    addFill(result, fill_, fill);
    return result;
  }

  Kernel build() const {
    FillPlan plan = planOf(fill_, fill_.footprint);
    plan.storageOrder = storageOrder(fill_, fill_.footprint);
    DealRequest box = boxOf(fill_, fill_.footprint, fill_.names.array);
    box.inames = options_.inames;
    const Fill fill = makeFill(plan, chooseLoops(fill_, kernel_, fill_.footprint, box), elements_);
    Kernel result = withTemporary(fill_, plan);
    addFill(result, fill_, fill);
    replaceUses(result, fill_, std::vector<FillPlan>(fill_.uses.size(), plan), notes_);
    tagLanes(result, fill_, fill, notes_);
    return result;
  }

  std::optional<CopyViolation> check(const isl::set &elements) const {
    if (readsOnlyUnwritten())
      return std::nullopt;
    Fill fill = plainFill(elements);
    Kernel proved = withFill(fill);
    CopyCheck check;
    check.fill = fill.statement.id;
    check.around = fill_.sweep.around;
    if (options_.roll)
      check.around.pop_back(); // the fill of a use may run in an earlier iteration of `at`
    for (const std::string &id : fill_.statements)
      proved.replaceStatement(rewriteReads(context_, kernel_.statement(id), [&](Expr e) {
        const RuleUse *use = e.as<RuleUse>();
        if (!use || !chosen_.has(*use))
          return Expr();
        Expr expanded = expandRules(kernel_, e);
        forEach(expanded, [&](Expr read) {
          if (read.is<Load>())
            check.reads[id].insert(&read.node());
        });
        return expanded;
      }));
    for (const std::string &id : fill_.statements) {
      for (const auto &[name, load] : kernel_.statement(id).dataParams)
        if (fill.statement.dataParams.count(name))
          check.reads[id].insert(&load.node());
      if (!fill_.guard.empty())
        for (const GuardLiteral &literal : kernel_.statement(id).guard)
          check.reads[id].insert(&literal.load.node());
    }
    check.kernel = &proved;
    return findCopyViolation(check);
  }

  [[noreturn]] void refuse(const CopyViolation &found) const {
    std::string message =
        wording_.action + (fill_.sweep.at.empty() ? "" : " inside loop `" + fill_.sweep.at + "`") + " is not legal: ";
    Fill fill = plainFill(elements_);
    message += describe(withFill(fill), found.violation);
    if (found.violation.undecided)
      fail(message + ".");
    if (found.isBetween && options_.roll)
      fail(message + ", but with roll=true `" + fill.statement.id + "` may have read `" + found.violation.element +
           "` in an earlier iteration of `" + fill_.sweep.at + "`, before that write. Leave out roll.");
    if (found.isBetween)
      fail(message + ", but the fill `" + fill.statement.id + "` would have read `" + found.violation.element +
           "` before that write. Give a loop inside as `at`, so that no write stands between the fill and its uses.");
    fail(message + ". With `" + found.violation.atLoop + "` tagged `" + kernel_.tag(found.violation.atLoop).name() +
         "` nothing orders them.");
  }

  const Kernel &kernel_;
  Context &context_;
  const Precompute &options_;
  const FillWording &wording_;
  const std::string &what_;
  Notes *notes_;

  ChosenUses chosen_;
  PlannedFill fill_;
  bool isPlainRead_ = false;
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
