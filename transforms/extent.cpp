#include "extent.h"

#include "loopy/analysis/linear.h"
#include "loopy/ir/affine.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

static std::vector<std::string> withParams(const Kernel &kernel, std::vector<std::string> names) {
  llvm::append_range(names, kernel.integerParams());
  return names;
}

// The values of `names` in the statements' domains under the assumptions, over `names` and nothing else.
static isl::set hullOnto(const Kernel &kernel, const std::vector<std::string> &statements,
                         const std::vector<std::string> &names) {
  isl::set result = poly::emptySet(kernel.context->isl());
  for (const std::string &id : statements) {
    const isl::set domain = kernel.statement(id).domain.intersect(kernel.assumptions);
    result = result.unite(poly::projectOnto(domain, names));
  }
  return result.coalesce();
}

std::optional<ConstantRange> constantRange(const Kernel &kernel, const std::vector<std::string> &statements,
                                           const std::string &iname) {
  Terms terms(*kernel.context, [&](const std::string &name) { return kernel.context->iname(name); });
  std::vector<std::vector<Constraint>> cases;
  for (const std::string &id : statements)
    for (std::vector<Constraint> &one : terms.disjunctsOf(kernel.statement(id).domain.intersect(kernel.assumptions)))
      if (std::sort(one.begin(), one.end()); !llvm::is_contained(cases, one))
        cases.push_back(std::move(one));
  if (const auto bounds = tightBounds(terms, cases, termTimes(terms.ofName(iname), 1)))
    return ConstantRange{bounds->first, bounds->second};
  const isl::set values = hullOnto(kernel, statements, {iname});
  if (values.is_empty())
    return ConstantRange{};
  const isl::pw_aff value = poly::paramAff(kernel.context->isl(), iname);
  const std::optional<int64_t> lower = poly::constantMin(value, values), upper = poly::constantMax(value, values);
  return lower && upper ? std::optional(ConstantRange{*lower, *upper}) : std::nullopt;
}

std::optional<int64_t> constantExtent(const Kernel &kernel, const std::vector<std::string> &statements,
                                      const std::string &iname, const std::vector<std::string> &fixed) {
  const isl::ctx ctx = kernel.context->isl();
  std::vector<std::string> names = withParams(kernel, fixed);
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

// Every part of the set bounds the name on both sides, in terms of the other names.
static bool isBounded(const isl::set &set, const std::string &name) {
  isl_set *tuple = isl_set_from_params(set.copy());
  const int position = isl_set_find_dim_by_name(tuple, isl_dim_param, name.c_str());
  if (position < 0) {
    isl_set_free(tuple);
    return set.is_empty();
  }
  const isl::set values = isl::manage(isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, position, 1));
  return isl_set_dim_has_lower_bound(values.get(), isl_dim_set, 0) == isl_bool_true &&
         isl_set_dim_has_upper_bound(values.get(), isl_dim_set, 0) == isl_bool_true;
}

bool isBoundedWithoutData(const Kernel &kernel, const Statement &statement, const std::string &iname) {
  return isBounded(poly::projectOnto(statement.domain, withParams(kernel, statement.inames)), iname);
}

static void requireKnownBounds(const Kernel &kernel, const Statement &statement, SourceRange where,
                               const std::string &what) {
  std::vector<std::string> known = kernel.integerParams(), outer;
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
    if (unknown.empty() || isBounded(poly::projectOnto(statement.domain, known), iname))
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

} // namespace loopy
