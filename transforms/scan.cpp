#include "scan.h"

#include "edit.h"
#include "reduced_loop.h"
#include "repetition.h"
#include "scan_builder.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// What one question may cost isl: about a second of its work.
constexpr unsigned long operationBudget = 2'000'000;

isl::set isBelow(isl::ctx ctx, const std::string &a, const std::string &b) {
  return poly::paramAff(ctx, a).lt_set(poly::paramAff(ctx, b));
}

class ScanFinder {
public:
  ScanFinder(const Kernel &kernel, const ScanRequest &request)
      : kernel_(kernel), request_(request), ctx_(kernel.context->isl()) {}

  Scan run() {
    requireIname(kernel_, request_.iname, request_.where);
    scan_.iname = request_.iname;
    findUpdate();
    findLoops();
    findPlaces();
    findReaders();
    requireSameTerms();
    const auto decided = poly::withinBudget(ctx_, operationBudget, [&] {
      requireGrowth();
      requireSameValues();
      return true;
    });
    if (!decided)
      fail(call() + " is not legal as far as is known: its terms are too many to be followed from one iteration of `" +
           scan_.iname + "` to the next.");
    return std::move(scan_);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(request_.where, message); }
  std::string call() const { return request_.pass + "(" + request_.iname + ")"; }
  std::string earlier() const { return scan_.iname + "$earlier"; }

  void findUpdate() {
    if (!request_.update.empty())
      requireStatement(kernel_, request_.update, request_.where);
    std::vector<const Statement *> candidates;
    for (const StatementRef &statement : kernel_.statements)
      if (statement->reductionRole == ReductionRole::Update && hasIname(*statement, scan_.iname) &&
          (request_.update.empty() || request_.update == statement->id))
        if (const Statement *init = findInit(kernel_, *statement->reduction);
            init && hasIname(*init, scan_.iname) && init->inames.size() < statement->inames.size())
          candidates.push_back(statement.get());
    if (candidates.empty())
      fail(request_.update.empty()
               ? "In loop `" + scan_.iname + "` nothing is reduced over a loop inside it."
               : "`" + request_.update + "` does not reduce over a loop inside loop `" + scan_.iname + "`.");
    std::vector<std::string> ids;
    for (const Statement *candidate : candidates)
      ids.push_back(candidate->id);
    if (candidates.size() > 1)
      fail("Several reductions stand in loop `" + scan_.iname + "`: choose one by reduction=STATEMENT, of " +
           listOfNames(ids) + ".");
    scan_.update = candidates.front();
    scan_.init = findInit(kernel_, *scan_.update->reduction);
    scan_.reduction = kernel_.findReduction(*scan_.update->reduction);
    for (const StatementRef &statement : kernel_.statements)
      if (statement->reduction == scan_.reduction->id && statement.get() != scan_.update &&
          statement.get() != scan_.init)
        fail(call() + " is not possible: `" + statement->id + "` belongs to the reduction of `" + scan_.update->id +
             "` too, which should have one statement that starts it and one that updates it.");
  }

  void findLoops() {
    std::vector<std::string> loops = pathTo(kernel_.tree, scan_.update->id).loops;
    const auto at = llvm::find(loops, scan_.iname);
    scan_.outer.assign(loops.begin(), at);
    for (const std::string &iname : scan_.outer)
      if (isReducedOver(kernel_, *scan_.update, *scan_.init, iname))
        fail(call() + " is not possible: loop `" + iname + "`, which is reduced over, stands around loop `" +
             scan_.iname + "`. reorder() them first.");
    for (auto loop = at + 1; loop != loops.end(); ++loop)
      (isPartOfPlace(*loop) ? scan_.shared : scan_.reduced).push_back(*loop);
    if (scan_.reduced.empty())
      fail(call() + " is not possible: `" + scan_.update->id + "` updates another element in each iteration.");
    for (const std::string &iname : scan_.init->inames)
      if (iname != scan_.iname && !llvm::is_contained(scan_.outer, iname) && !llvm::is_contained(scan_.shared, iname))
        fail(call() + " is not possible: `" + scan_.init->id + "` stands in loop `" + iname +
             "`, which is no loop of the sums. Call remove_unused_inames(" + iname + ") first.");
    for (const std::string &iname : scan_.shared)
      if (!hasIname(*scan_.init, iname))
        fail(call() + " is not possible: `" + scan_.init->id + "` does not stand in loop `" + iname + "`, but `" +
             scan_.update->id + "` does.");
    for (const std::string &iname : loops)
      if (const std::string &other = kernel_.iname(iname).turnsWith; !other.empty())
        fail(call() + " is not possible: loop `" + iname + "` runs backwards in every other iteration of `" + other +
             "`. untag(" + iname + ") first.");
    // The loops over the terms hold nothing else.
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &) {
      const std::vector<std::string> below = statementsBelow(loop.children);
      if (loop.iname == scan_.reduced.front() && llvm::is_contained(below, scan_.update->id) && below.size() > 1)
        fail(call() + " is not possible: `" + (below[0] == scan_.update->id ? below[1] : below[0]) +
             "` stands in loop `" + loop.iname + "` beside `" + scan_.update->id + "`. Call duplicate_inames(" +
             loop.iname + ", within=id:" + scan_.update->id + ") first, so that the sum has a loop of its own.");
    });
  }

  bool isPartOfPlace(const std::string &iname) const {
    return llvm::all_of(std::get<Assign>(scan_.update->body).lhs,
                        [&](Expr place) { return mentionsIname(place, iname); });
  }

  // One implicit axis of the accumulators is the iname itself, and nothing else of their elements depends on it.
  void findPlaces() {
    scan_.places = std::get<Assign>(scan_.update->body).lhs;
    if (!startsSameElement(*scan_.init, *scan_.update))
      fail(call() + " is not possible: `" + scan_.init->id + "` starts `" +
           toString(std::get<Assign>(scan_.init->body).lhs[0]) + "`, another element than `" + scan_.update->id +
           "` updates in loops of the same names.");
    for (Expr place : scan_.places) {
      const Load &load = *place.as<Load>();
      size_t axes = 0, mentions = 0;
      for (size_t axis = 0; axis < load.index.size(); ++axis) {
        const InameRef *index = load.index[axis].as<InameRef>();
        axes += index && index->name == scan_.iname && axis < kernel_.array(load.array).implicitAxes;
        mentions += mentionsIname(load.index[axis], scan_.iname);
        for (const std::string &name : inamesIn(load.index[axis]))
          if (llvm::is_contained(scan_.reduced, name))
            fail(call() + " is not possible: which element `" + toString(place) + "` is depends on loop `" + name +
                 "`, which is reduced over.");
      }
      if (axes != 1 || mentions != 1)
        fail(call() + " is not possible: `" + load.array + "` has not exactly one element for each iteration of `" +
             scan_.iname + "`.");
    }
  }

  // All read the sums after they are complete.
  void findReaders() {
    for (const Rule &rule : kernel_.rules)
      forEach(rule.body, [&](Expr node) {
        if (const Load *load = node.as<Load>(); load && isAccumulator(*load))
          fail("The rule `" + rule.name + "` reads `" + load->array + "`. Call expand_subst(" + rule.name + ") first.");
      });
    const Path path = pathTo(kernel_.tree, scan_.update->id);
    for (const StatementRef &statement : kernel_.statements) {
      if (statement.get() == scan_.update || statement.get() == scan_.init)
        continue;
      bool isReader = false;
      for (const AccessRef &access : accesses(*statement))
        if (isAccumulator(*access.load)) {
          isReader = true;
          if (access.isWrite)
            fail(call() + " is not legal: `" + statement->id + "` writes `" + access.load->array + "`, in which `" +
                 scan_.update->id + "` sums.");
        }
      if (!isReader)
        continue;
      if (commonPath(path, pathTo(kernel_.tree, statement->id)).order >= 0)
        fail(call() + " is not legal: `" + statement->id + "` reads `" + scan_.reduction->accumulators[0] +
             "` and stands before `" + scan_.update->id + "`.");
      scan_.readers.push_back(statement.get());
    }
  }

  bool isAccumulator(const Load &load) const { return llvm::is_contained(scan_.reduction->accumulators, load.array); }

  // A term, and the condition under which there are sums, do not depend on the iteration.
  void requireSameTerms() const {
    Context &context = *kernel_.context;
    for (const Statement *statement : {scan_.update, scan_.init}) {
      const Statement rest = rewriteExprs(context, *statement, [&](Expr e) {
        const Load *load = e.as<Load>();
        return load && isAccumulator(*load) ? elementWithout(context, {scan_.iname})(load->array, *load, e.type()) : e;
      });
      for (const GuardLiteral &literal : rest.guard)
        if (mentionsIname(expandRules(kernel_, literal.load), scan_.iname))
          fail(call() + " is not possible: whether there is a sum depends on `" + scan_.iname +
               "`, by a condition around it. Sum in all iterations, and put the condition around the statements that " +
               "read the sums.");
      if (usesIname(kernel_, rest, scan_.iname))
        fail(call() + " is not possible: what `" + statement->id + "` does depends on `" + scan_.iname +
             "`, so that a term is not the same in all sums.");
      for (const auto &[name, load] : statement->dataParams)
        for (const std::string &iname : scan_.reduced)
          if (mentionsIname(load, iname))
            fail(call() + " is not possible: data that is read for each `" + iname + "` bounds the loops of `" +
                 statement->id + "`.");
    }
  }

  isl::set atEarlier(const isl::set &set) const { return poly::renameParams(set, {{scan_.iname, earlier()}}); }

  void requireGrowth() {
    scan_.iterations = scan_.init->domain.intersect(kernel_.assumptions);
    const isl::set terms = scan_.update->domain.intersect(kernel_.assumptions);
    // Over outer, i', i, shared and reduced, i' < i: terms of i', in an iteration i.
    const isl::set before =
        atEarlier(terms).intersect(scan_.iterations).intersect(isBelow(ctx_, earlier(), scan_.iname));
    if (const isl::set lost = before.subtract(terms); !lost.is_empty())
      fail(call() + " is not legal: " + lossText(lost) + ". " + adviceOnLoss(terms));
    scan_.arrivals = terms.subtract(poly::projectOut(before, {earlier()})).coalesce();
    if (!scan_.reduction->isCommutative())
      requireOrder(before);
  }

  std::string pointText(const poly::Point &point, const std::vector<std::string> &names) const {
    std::string text;
    for (const std::string &name : names)
      if (auto value = point.find(name); value != point.end())
        text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(value->second);
    return text;
  }

  std::string lossText(const isl::set &lost) const {
    const poly::Point point = poly::samplePoint(lost, kernel_.integerParams()).value_or(poly::Point{});
    const auto valueOf = [&](const std::string &name) {
      const auto value = point.find(name);
      return value == point.end() ? int64_t{0} : value->second;
    };
    return "the term `" + pointText(point, scan_.reduced) + "` is in the sum for " + scan_.iname + "=" +
           std::to_string(valueOf(earlier())) + " and not in the one for " + scan_.iname + "=" +
           std::to_string(valueOf(scan_.iname));
  }

  // Do the sums grow the other way round?
  std::string adviceOnLoss(const isl::set &terms) const {
    const isl::set before = poly::renameParams(scan_.iterations, {{scan_.iname, earlier()}})
                                .intersect(terms)
                                .intersect(isBelow(ctx_, earlier(), scan_.iname));
    if (before.is_subset(atEarlier(terms)))
      return "The sums grow towards smaller `" + scan_.iname + "`: turn the loop by affine_map({ [" + scan_.iname +
             "] -> [r = -" + scan_.iname + "] }) first.";
    return "A scan wants sums that grow from one iteration to the next.";
  }

  // A term that arrives comes, in the order of the loops, behind all that were there.
  void requireOrder(const isl::set &before) const {
    poly::Renaming toOld;
    for (const std::string &iname : scan_.reduced)
      toOld[iname] = iname + "$old";
    const isl::set old = poly::renameParams(before, toOld).intersect(scan_.arrivals);
    isl::set equalSoFar = old, wrong = poly::emptySet(ctx_);
    for (const std::string &iname : scan_.reduced) {
      wrong = wrong.unite(equalSoFar.intersect(isBelow(ctx_, iname, toOld[iname])));
      equalSoFar = equalSoFar.intersect(poly::paramAff(ctx_, iname).eq_set(poly::paramAff(ctx_, toOld[iname])));
    }
    if (!wrong.is_empty()) {
      const poly::Point point = poly::samplePoint(wrong, kernel_.integerParams()).value_or(poly::Point{});
      fail(call() + " is not legal: a segmented sum keeps the order of its terms, and the term `" +
           pointText(point, scan_.reduced) + "`, which comes before others, is not in the sum before " +
           pointText(point, {scan_.iname}) + ".");
    }
  }

  // For all iterations i' < i that have a term, i' the first: no w that writes an element which the term reads, with
  //   update(i', term) before w before update(i, term)
  void requireSameValues() const {
    const AccessTable table(kernel_);
    for (const std::string &array : arraysOfUpdate(table)) {
      if (llvm::is_contained(scan_.reduction->accumulators, array))
        continue;
      for (const Conflict &conflict : conflicts(table, array)) {
        const bool isFirst = conflict.firstStatement().id == scan_.update->id;
        if (isFirst || conflict.secondStatement().id == scan_.update->id)
          requireUnchanged(conflict, isFirst);
      }
    }
  }

  std::set<std::string> arraysOfUpdate(const AccessTable &table) const {
    std::set<std::string> arrays;
    for (unsigned i = 0; i < kernel_.statements.size(); ++i)
      if (kernel_.statements[i].get() == scan_.update)
        for (unsigned access : table.ofStatement(i))
          arrays.insert(table.access(access).load.as<Load>()->array);
    return arrays;
  }

  void requireUnchanged(const Conflict &conflict, bool updateIsFirst) const {
    const AccessTable &table = conflict.table();
    const CommonPath common = commonPath(pathTo(kernel_.tree, conflict.firstStatement().id),
                                         pathTo(kernel_.tree, conflict.secondStatement().id));
    isl::set firstBefore = conflict.formula().requireEither(runsBefore(table.terms(), common)).toSet();
    isl::set secondBefore = conflict.formula().requireEither(runsAfter(table.terms(), common)).toSet();
    if (updateIsFirst)
      std::swap(firstBefore, secondBefore);
    // Now: over the update's and the writer's inames, the writer before the update, and the update before the writer.
    const isl::set &writerBefore = firstBefore, &updateBefore = secondBefore;
    poly::Renaming naming, toEarlier;
    for (const std::string &iname : scan_.update->inames)
      naming[iname] = updateIsFirst ? iname : primed(iname);
    const std::string iteration = naming.at(scan_.iname);
    toEarlier[iteration] = earlier();
    const isl::set arrived =
        poly::renameParams(updateBefore.intersect(poly::renameParams(scan_.arrivals, naming)), toEarlier)
            .intersect(isBelow(ctx_, earlier(), iteration));
    const isl::set changed = writerBefore.intersect(poly::projectOut(arrived, {earlier()}));
    if (changed.is_empty())
      return;
    Violation violation = violationOf(conflict, !updateIsFirst);
    const poly::Point point = setPoint(violation, conflict, !updateIsFirst, changed);
    violation.element = elementText(table, conflict.first(), point);
    fail(call() + " is not legal: " + describe(kernel_, violation) +
         ", so that a term is not the same in this sum as in an earlier one.");
  }

  const Kernel &kernel_;
  const ScanRequest &request_;
  isl::ctx ctx_;
  Scan scan_;
};

// An equality with coefficient 1 or -1 of `name` that holds on the set, solved for it, as an expression.
std::optional<Expr> valueOf(const Kernel &kernel, const Statement &statement, const std::string &name) {
  Context &context = *kernel.context;
  const isl::basic_set hull = isl::manage(isl_set_affine_hull(statement.domain.copy()));
  const int position = isl_set_find_dim_by_name(isl::set(hull).get(), isl_dim_param, name.c_str());
  if (position < 0)
    return std::nullopt;
  const NameToExpr toExpr = namesOf(kernel, statement.dataParams);
  std::optional<Expr> result;
  isl_constraint_list *list = isl_basic_set_get_constraint_list(hull.get());
  auto coefficientOf = [](isl_constraint *constraint, int dim) {
    const isl::val value = isl::manage(isl_constraint_get_coefficient_val(constraint, isl_dim_param, dim));
    return static_cast<int64_t>(isl_val_get_num_si(value.get()));
  };
  for (int i = 0; i < isl_constraint_list_n_constraint(list) && !result; ++i) {
    isl_constraint *constraint = isl_constraint_list_get_constraint(list, i);
    const int64_t own = coefficientOf(constraint, position);
    const bool hasDivisions =
        isl_constraint_dim(constraint, isl_dim_div) > 0 &&
        isl_constraint_involves_dims(constraint, isl_dim_div, 0, isl_constraint_dim(constraint, isl_dim_div)) ==
            isl_bool_true;
    if (isl_constraint_is_equality(constraint) == isl_bool_true && (own == 1 || own == -1) && !hasDivisions) {
      Expr sum;
      for (int dim = 0; dim < isl_constraint_dim(constraint, isl_dim_param); ++dim)
        if (const int64_t factor = -own * coefficientOf(constraint, dim); factor != 0 && dim != position) {
          const Expr term = context.mul(
              factor, toExpr(isl_constraint_get_dim_name(constraint, isl_dim_param, static_cast<unsigned>(dim))));
          sum = sum ? context.add(sum, term) : term;
        }
      const isl::val constant = isl::manage(isl_constraint_get_constant_val(constraint));
      const Expr rest = context.constant(-own * static_cast<int64_t>(isl_val_get_num_si(constant.get())));
      result = sum ? context.add(sum, rest) : rest;
    }
    isl_constraint_free(constraint);
  }
  isl_constraint_list_free(list);
  return result;
}

} // namespace

Scan findScan(const Kernel &kernel, const ScanRequest &request) { return ScanFinder(kernel, request).run(); }

SplitArrivals splitArrivals(const Scan &scan) {
  SplitArrivals result{std::nullopt, scan.arrivals};
  if (isl_set_n_basic_set(scan.arrivals.get()) <= 1)
    return result;
  const isl::ctx ctx = scan.arrivals.ctx();
  const std::string earlier = scan.iname + "$earlier";
  const isl::set others = poly::projectOut(
      poly::renameParams(scan.iterations, {{scan.iname, earlier}}).intersect(isBelow(ctx, earlier, scan.iname)),
      {earlier});
  const isl::set first = scan.arrivals.subtract(others).coalesce(), rest = scan.arrivals.intersect(others).coalesce();
  if (first.is_empty() || rest.is_empty())
    return result;
  return {first, rest};
}

Statement withoutSingleLoops(const Kernel &kernel, const Statement &update, const std::vector<std::string> &reduced) {
  Context &context = *kernel.context;
  Statement result = update;
  for (const std::string &iname : llvm::reverse(reduced)) {
    const std::optional<Expr> value = valueOf(kernel, result, iname);
    const std::optional<isl::pw_aff> aff = value ? toAffine(context, *value, result.dataParams) : std::nullopt;
    if (!aff)
      continue;
    Statement without = rewriteExprs(context, result, [&](Expr e) {
      const InameRef *ref = e.as<InameRef>();
      return ref && ref->name == iname ? *value : e;
    });
    without.domain = poly::substitute(result.domain, iname, *aff).coalesce();
    llvm::erase(without.inames, iname);
    if (!usesIname(kernel, without, iname)) // a rule may mention it
      result = std::move(without);
  }
  return result;
}

NodeRef nestLike(const NodeRef &node, const std::string &statement, const Statement &replacement) {
  Tree tree = restrictTree({node}, [&](const std::string &id) { return id == statement; });
  tree = rewriteTree(tree, [&](const NodeRef &each) -> std::vector<NodeRef> {
    if (each->leaf())
      return {makeLeaf({replacement.id})};
    if (hasIname(replacement, each->loop()->iname))
      return {each};
    return each->loop()->children;
  });
  return tree.front();
}

Statement withoutIname(Statement statement, const std::string &iname) {
  statement.domain = poly::projectOut(statement.domain, {iname});
  if (statement.origin &&
      llvm::any_of(statement.origin->inames, [&](const auto &entry) { return mentionsIname(entry.second, iname); }))
    statement.origin.reset(); // it stands for no single instance of the user's statement
  llvm::erase(statement.inames, iname);
  return statement;
}

} // namespace loopy
