#include "extent.h"

#include "loopy/analysis/linear.h"
#include "loopy/ir/affine.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

// What one question about a length may cost isl: about a second of its work.
constexpr unsigned long operationBudget = 2'000'000;

static std::vector<std::string> withParams(const Kernel &kernel, std::vector<std::string> names) {
  llvm::append_range(names, kernel.integerParams());
  return names;
}

// The values of `names` in the statements' domains under the assumptions, over `names` and nothing else.
static isl::set hullOnto(const Kernel &kernel, const std::vector<std::string> &statements,
                         const std::vector<std::string> &names) {
  isl::set result = poly::emptySet(kernel.context->isl());
  for (const std::string &id : statements) {
    const isl::set domain = kernel.context->intersection(kernel.statement(id).domain, kernel.assumptions);
    result = result.unite(poly::projectOnto(domain, names));
  }
  return result.coalesce();
}

using Cases = std::vector<std::vector<Constraint>>;

// The statements' domains under the assumptions.
static Cases casesOf(Terms &terms, const Kernel &kernel, const std::vector<std::string> &statements) {
  Cases cases;
  for (const std::string &id : statements)
    for (std::vector<Constraint> &one :
         terms.disjunctsOf(kernel.context->intersection(kernel.statement(id).domain, kernel.assumptions)))
      if (std::sort(one.begin(), one.end()); !llvm::is_contained(cases, one))
        cases.push_back(std::move(one));
  return cases;
}

std::optional<ConstantRange> constantRange(const Kernel &kernel, const std::vector<std::string> &statements,
                                           const std::string &iname) {
  Terms terms(*kernel.context);
  if (const auto bounds = tightBounds(terms, casesOf(terms, kernel, statements), termTimes(terms.ofName(iname), 1)))
    return ConstantRange{bounds->first, bounds->second};
  const isl::set values = hullOnto(kernel, statements, {iname});
  if (values.is_empty())
    return ConstantRange{};
  const isl::pw_aff value = poly::paramAff(kernel.context->isl(), iname);
  const std::optional<int64_t> lower = poly::constantMin(value, values), upper = poly::constantMax(value, values);
  return lower && upper ? std::optional(ConstantRange{*lower, *upper}) : std::nullopt;
}

// Every case beside every other one in names with a prime, but for those in `common`.
static std::optional<Cases> pairsOf(Terms &terms, const Cases &cases, const std::vector<std::string> &common) {
  constexpr size_t mostCases = 4;
  if (cases.size() > mostCases)
    return std::nullopt;
  Cases pairs;
  for (const std::vector<Constraint> &second : cases) {
    std::map<Term, Term> priming;
    for (const Constraint &constraint : second)
      for (Term name : terms.namesIn(constraint.form))
        if (!llvm::is_contained(common, *terms.name(name)))
          priming[name] = terms.ofName(*terms.name(name) + "'");
    std::vector<Constraint> primed = second;
    for (Constraint &constraint : primed)
      constraint = terms.normalized({terms.renamed(constraint.form, priming), constraint.isEquality});
    for (const std::vector<Constraint> &first : cases) {
      pairs.push_back(first);
      llvm::append_range(pairs.back(), primed);
    }
  }
  return pairs;
}

std::optional<int64_t> constantExtent(const Kernel &kernel, const std::vector<std::string> &statements,
                                      const std::string &iname, const std::vector<std::string> &fixed) {
  const isl::ctx ctx = kernel.context->isl();
  std::vector<std::string> names = withParams(kernel, fixed);
  Terms terms(*kernel.context);
  if (const auto pairs = pairsOf(terms, casesOf(terms, kernel, statements), names)) {
    const Linear distance = minus(termTimes(terms.ofName(iname + "'"), 1), termTimes(terms.ofName(iname), 1));
    if (const auto bounds = tightBounds(terms, *pairs, distance))
      return bounds->second + 1;
  }
  names.push_back(iname);
  // values : { : i and others }, the values of the iname for given parameters and fixed inames; later : i and i'
  const isl::set values = hullOnto(kernel, statements, names);
  if (values.is_empty())
    return 0;
  const std::string other = iname + "'";
  const isl::set pairs = values.intersect(poly::renameParams(values, {{iname, other}}));
  const isl::pw_aff difference = poly::paramAff(ctx, other).sub(poly::paramAff(ctx, iname));
  const std::optional<int64_t> largest = poly::constantMax(difference, pairs);
  return largest ? std::optional(*largest + 1) : std::nullopt;
}

// Nothing but the tile's own values is missing from a convex domain iff no constraint is violated at its worst point of
// the range: for all f >= 0, no point of the other names in the domain's projection has min of f over the range < 0.
static bool fillsRange(Terms &terms, const std::vector<Constraint> &domain, Term x, ConstantRange range) {
  auto involves = [&](Term term) { return llvm::is_contained(terms.namesIn(term), x); };
  const auto live = eliminated(terms, domain, [&](Term term) { return !involves(term); });
  if (!live)
    return true;
  for (const Constraint &constraint : domain) {
    if (llvm::none_of(constraint.form.terms, [&](const auto &part) { return involves(part.first); }))
      continue;
    const int64_t c = constraint.form.coefficient(x);
    const Linear rest = minus(constraint.form, termTimes(x, c));
    if (constraint.isEquality || llvm::any_of(rest.terms, [&](const auto &part) { return involves(part.first); }))
      return false;
    const Linear worst = withConstant(rest, c * (c > 0 ? range.lower : range.upper));
    std::vector<Constraint> violated = *live;
    violated.push_back(terms.normalized({withConstant(scaled(worst, -1), -1), false}));
    if (isSatisfiable(terms, violated))
      return false;
  }
  return true;
}

// The same by isl, whatever the bounds are.
static std::optional<int64_t> exactLengthByIsl(const Kernel &kernel, const isl::set &domain, const std::string &iname) {
  if (domain.is_empty())
    return 0;
  // tuple : { [i] : ... }, over all else; the values are those from its minimum to its maximum iff none is missing
  // there
  isl_set *tuple = isl_set_from_params(domain.copy());
  const int position = isl_set_find_dim_by_name(tuple, isl_dim_param, iname.c_str());
  tuple = isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(position), 1);
  const isl::set values = isl::manage(tuple);
  if (isl_set_dim_has_lower_bound(values.get(), isl_dim_set, 0) != isl_bool_true ||
      isl_set_dim_has_upper_bound(values.get(), isl_dim_set, 0) != isl_bool_true)
    return std::nullopt;
  const isl::pw_aff low = isl::manage(isl_set_dim_min(values.copy(), 0));
  const isl::pw_aff high = isl::manage(isl_set_dim_max(values.copy(), 0));
  const std::optional<int64_t> length =
      poly::constantValue(high.sub(low).add_constant(1), poly::projectOut(domain, {iname}));
  const isl::pw_aff value = poly::paramAff(kernel.context->isl(), iname);
  const isl::set between = value.ge_set(low).intersect(value.le_set(high));
  return length && between.is_subset(domain) ? length : std::nullopt;
}

std::optional<int64_t> exactLength(const Kernel &kernel, const std::string &id, const std::string &iname) {
  const isl::set domain = kernel.context->intersection(kernel.statement(id).domain, kernel.assumptions);
  if (const auto range = constantRange(kernel, {id}, iname)) {
    if (range->extent() == 0)
      return 0;
    Terms terms(*kernel.context);
    const std::vector<std::vector<Constraint>> cases = terms.disjunctsOf(domain);
    if (llvm::all_of(cases, [&](const std::vector<Constraint> &one) {
          return fillsRange(terms, one, terms.ofName(iname), *range);
        }))
      return range->extent();
  }
  const auto length = poly::withinBudget(kernel.context->isl(), operationBudget,
                                         [&] { return exactLengthByIsl(kernel, domain, iname); });
  return length ? *length : std::nullopt;
}

bool isBoundedWithoutData(const Kernel &kernel, const Statement &statement, const std::string &iname) {
  Terms terms(*kernel.context);
  return isBounded(terms, statement.domain, iname,
                   [&](const std::string &name) { return statement.dataParams.count(name) == 0; });
}

static void requireKnownBounds(const Kernel &kernel, const Statement &statement, SourceRange where,
                               const std::string &what) {
  Terms terms(*kernel.context);
  std::vector<std::string> known = kernel.integerParams(), outer;
  auto isKnown = [&](const std::string &name) { return llvm::is_contained(known, name); };
  for (const std::string &iname : pathTo(kernel.tree, statement.id).loops) {
    std::string unknown;
    for (const auto &[name, load] : statement.dataParams) {
      const std::set<std::string> needed = inamesIn(load);
      if (llvm::all_of(needed, [&](const std::string &n) { return llvm::is_contained(outer, n); }))
        known.push_back(name);
      else
        unknown = name;
    }
    known.push_back(iname);
    outer.push_back(iname);
    if (unknown.empty() || isBounded(terms, statement.domain, iname, isKnown))
      continue;
    const std::set<std::string> needed = inamesIn(statement.dataParams.at(unknown));
    throw UserError(where, what + " is not possible: the bound of loop `" + iname + "` around `" + statement.id +
                               "` is the data `" + unknown + "`, which depends on " +
                               listOfNames({needed.begin(), needed.end()}) +
                               " and is not known where the loop would stand.");
  }
}

void requireKnownBounds(const Kernel &kernel, SourceRange where, const std::string &what) {
  for (const StatementRef &statement : kernel.statements)
    if (!statement->dataParams.empty())
      requireKnownBounds(kernel, *statement, where, what);
}

void requireLengthsForTags(const Kernel &kernel, const std::set<std::string> &statements, SourceRange where,
                           const std::string &what) {
  forEachLoop(kernel.tree, [&](const Loop &loop, const std::vector<std::string> &outer) {
    const Tag tag = kernel.tag(loop.iname);
    const std::vector<std::string> below = statementsBelow(loop.children);
    if ((!tag.isUnrolled() && !tag.isLocal() && !tag.isVec()) ||
        llvm::none_of(below, [&](const std::string &id) { return statements.count(id) != 0; }))
      return;
    // Work-items of a group run through the values of local axes together.
    std::vector<std::string> fixed;
    llvm::copy_if(outer, std::back_inserter(fixed),
                  [&](const std::string &name) { return !tag.isLocal() || !kernel.tag(name).isLocal(); });
    if (!constantExtent(kernel, below, loop.iname, fixed))
      throw UserError(where, what + " is not possible: no constant would bound the length of loop `" + loop.iname +
                                 "` any more, which is tagged `" + tag.name() + "`. Untag it first.");
  });
}

} // namespace loopy
