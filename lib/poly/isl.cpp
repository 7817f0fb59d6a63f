#include "loopy/poly/isl.h"

#include "loopy/support/diagnostics.h"


#include <algorithm>
#include <set>

namespace loopy::poly {

IslContext::IslContext() : ctx_(isl_ctx_alloc()) { isl_options_set_on_error(ctx_, ISL_ON_ERROR_CONTINUE); }
IslContext::~IslContext() { isl_ctx_free(ctx_); }

OperationBudget::OperationBudget(isl::ctx ctx, unsigned long operations) : ctx_(ctx.get()) {
  isl_ctx_reset_operations(ctx_);
  isl_ctx_set_max_operations(ctx_, operations);
}
OperationBudget::~OperationBudget() {
  isl_ctx_set_max_operations(ctx_, 0);
  isl_ctx_reset_operations(ctx_);
}

bool isBudgetExhausted(isl::ctx ctx) { return isl_ctx_last_error(ctx.get()) == isl_error_quota; }

isl::set universe(isl::ctx ctx) { return isl::manage(isl_set_universe(isl_space_params_alloc(ctx.get(), 0))); }
isl::set emptySet(isl::ctx ctx) { return isl::manage(isl_set_empty(isl_space_params_alloc(ctx.get(), 0))); }

isl::pw_aff paramAff(isl::ctx ctx, const std::string &name) {
  // { : [name] } on the parameter space [name]
  isl_id *id = isl_id_alloc(ctx.get(), name.c_str(), nullptr);
  isl_space *space = isl_space_set_dim_id(isl_space_params_alloc(ctx.get(), 1), isl_dim_param, 0, isl_id_copy(id));
  return isl::manage(isl_pw_aff_from_aff(isl_aff_param_on_domain_space_id(space, id)));
}

isl::pw_aff constantAff(isl::ctx ctx, int64_t value) {
  isl_local_space *space = isl_local_space_from_space(isl_space_params_alloc(ctx.get(), 0));
  return isl::manage(isl_pw_aff_from_aff(isl_aff_val_on_domain(space, isl_val_int_from_si(ctx.get(), value))));
}

static std::string paramName(__isl_keep isl_set *set, unsigned pos) {
  return isl_set_get_dim_name(set, isl_dim_param, pos);
}

static int findParam(const isl::set &set, const std::string &name) {
  return isl_set_find_dim_by_name(set.get(), isl_dim_param, name.c_str());
}

Names paramNames(const isl::set &set) {
  Names names;
  unsigned count = isl_set_dim(set.get(), isl_dim_param);
  for (unsigned i = 0; i < count; ++i)
    names.push_back(paramName(set.get(), i));
  return names;
}

isl::set renameParams(const isl::set &set, const Renaming &renaming) {
  isl_set *result = set.copy();
  unsigned count = isl_set_dim(result, isl_dim_param);
  for (unsigned i = 0; i < count; ++i)
    if (auto it = renaming.find(isl_set_get_dim_name(set.get(), isl_dim_param, i)); it != renaming.end())
      result = isl_set_set_dim_id(result, isl_dim_param, i,
                                  isl_id_alloc(set.ctx().get(), it->second.c_str(), nullptr));
  return isl::manage(result);
}

isl::pw_aff renameParams(const isl::pw_aff &aff, const Renaming &renaming) {
  isl_pw_aff *result = aff.copy();
  unsigned count = isl_pw_aff_dim(result, isl_dim_param);
  for (unsigned i = 0; i < count; ++i)
    if (auto it = renaming.find(isl_pw_aff_get_dim_name(aff.get(), isl_dim_param, i)); it != renaming.end())
      result = isl_pw_aff_set_dim_id(result, isl_dim_param, i,
                                     isl_id_alloc(aff.ctx().get(), it->second.c_str(), nullptr));
  return isl::manage(result);
}

isl::set projectOut(const isl::set &set, const Names &names) {
  isl_set *result = set.copy();
  for (const std::string &name : names)
    if (int pos = isl_set_find_dim_by_name(result, isl_dim_param, name.c_str()); pos >= 0)
      result = isl_set_project_out(result, isl_dim_param, pos, 1);
  return isl::manage(result);
}

isl::set projectOnto(const isl::set &set, const Names &names) {
  Names others;
  for (const std::string &name : paramNames(set))
    if (std::find(names.begin(), names.end(), name) == names.end())
      others.push_back(name);
  return projectOut(set, others);
}

Bounded boundedSides(const isl::set &set, const std::string &name) {
  isl_set *tuple = isl_set_from_params(isl_set_compute_divs(set.copy()));
  const int pos = isl_set_find_dim_by_name(tuple, isl_dim_param, name.c_str());
  if (pos < 0) {
    isl_set_free(tuple);
    return {set.is_empty(), set.is_empty()};
  }
  tuple = isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(pos), 1);
  // isl takes a condition on a division of the name for a bound: 2*floor(x / 2) = x.
  const isl::set moved = isl::manage(isl_set_remove_divs_involving_dims(tuple, isl_dim_set, 0, 1));
  return {isl_set_dim_has_lower_bound(moved.get(), isl_dim_set, 0) == isl_bool_true,
          isl_set_dim_has_upper_bound(moved.get(), isl_dim_set, 0) == isl_bool_true};
}

isl::set substitute(const isl::set &set, const std::string &name, const isl::pw_aff &value) {
  if (findParam(set, name) < 0)
    return set;
  return projectOut(set.intersect(paramAff(set.ctx(), name).eq_set(value)), {name});
}

isl::pw_aff substitute(const isl::pw_aff &aff, const std::string &name, const isl::pw_aff &value) {
  if (!involves(aff, name))
    return aff;
  // { : result = aff and name = value } with name projected out is the graph of the new function.
  const std::string result = "$substituted";
  isl::set graph = paramAff(aff.ctx(), result).eq_set(aff);
  graph = substitute(graph, name, value);
  isl_set *tuple = isl_set_from_params(graph.copy());
  int pos = isl_set_find_dim_by_name(tuple, isl_dim_param, result.c_str());
  tuple = isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, pos, 1);
  isl::pw_multi_aff function = isl::manage(isl_pw_multi_aff_from_set(tuple));
  return isl::manage(isl_pw_multi_aff_get_at(function.get(), 0));
}

bool involves(const isl::set &set, const std::string &name) {
  int pos = findParam(set, name);
  return pos >= 0 && isl_set_involves_dims(set.get(), isl_dim_param, pos, 1) == isl_bool_true;
}

bool involves(const isl::pw_aff &aff, const std::string &name) {
  int pos = isl_pw_aff_find_dim_by_name(aff.get(), isl_dim_param, name.c_str());
  return pos >= 0 && isl_pw_aff_involves_dims(aff.get(), isl_dim_param, pos, 1) == isl_bool_true;
}

Names involvedNames(const isl::set &set) {
  Names result;
  unsigned count = isl_set_dim(set.get(), isl_dim_param);
  for (unsigned i = 0; i < count; ++i)
    if (isl_set_involves_dims(set.get(), isl_dim_param, i, 1) == isl_bool_true)
      result.push_back(paramName(set.get(), i));
  return result;
}

// { [names...] : ... }, a parameter-free set, `order` first among its dimensions.
static isl_set *toTuple(const isl::set &set, const Names &order) {
  isl_set *tuple = isl_set_from_params(set.copy());
  unsigned moved = 0;
  auto move = [&](int pos) { tuple = isl_set_move_dims(tuple, isl_dim_set, moved++, isl_dim_param, pos, 1); };
  for (const std::string &name : order)
    if (int pos = isl_set_find_dim_by_name(tuple, isl_dim_param, name.c_str()); pos >= 0)
      move(pos);
  while (isl_set_dim(tuple, isl_dim_param) > 0)
    move(0);
  return tuple;
}

static std::optional<int64_t> toInteger(const isl::val &value) {
  if (!isl_val_is_int(value.get()) || isl_val_cmp_si(value.get(), INT64_MIN) < 0 || isl_val_cmp_si(value.get(), INT64_MAX) > 0)
    return std::nullopt;  // rational, infinite, or beyond 64 bits
  return isl_val_get_num_si(value.get());
}

// The extreme value of parameter `name` on `set`, if it is bounded.
static std::optional<int64_t> extreme(const isl::set &set, const std::string &name, bool maximum) {
  if (findParam(set, name) < 0)
    return std::nullopt;
  isl::set tuple = isl::manage(toTuple(set, {name}));
  if (tuple.is_empty())
    return std::nullopt;
  return toInteger(maximum ? tuple.dim_max_val(0) : tuple.dim_min_val(0));
}

static isl::set fix(const isl::set &set, const std::string &name, int64_t value) {
  return set.intersect(paramAff(set.ctx(), name).eq_set(constantAff(set.ctx(), value)));
}

// A value of `name` on `set` that is as near to zero as possible, non-negative ones first.
static std::optional<int64_t> nearestToZero(const isl::set &set, const std::string &name) {
  isl::pw_aff zero = constantAff(set.ctx(), 0);
  isl::set nonNegative = set.intersect(paramAff(set.ctx(), name).ge_set(zero));
  if (auto value = extreme(nonNegative, name, false))
    return value;
  return extreme(set, name, true);
}

static isl::set boundAll(const isl::set &set, const Names &names, int64_t bound) {
  isl::set result = set;
  for (const std::string &name : names) {
    isl::pw_aff value = paramAff(set.ctx(), name);
    result = result.intersect(value.le_set(constantAff(set.ctx(), bound)))
                 .intersect(value.ge_set(constantAff(set.ctx(), -bound)));
  }
  return result;
}

std::optional<Point> samplePoint(const isl::set &set, const Names &first) {
  isl::set rest = set;
  if (rest.is_empty())
    return std::nullopt;
  Names bounded;
  for (const std::string &name : first)
    if (involves(set, name))
      bounded.push_back(name);
  for (int64_t bound = 1; bound <= (1 << 20); bound *= 2)
    if (isl::set small = boundAll(set, bounded, bound); !small.is_empty()) {
      rest = small;
      break;
    }
  Names order = bounded;
  for (const std::string &name : involvedNames(set))
    if (std::find(order.begin(), order.end(), name) == order.end())
      order.push_back(name);
  Point point;
  for (const std::string &name : order) {
    std::optional<int64_t> value = nearestToZero(rest, name);
    if (!value)
      continue;
    point[name] = *value;
    rest = fix(rest, name, *value);
  }
  return point;
}

static const char *const valueName = "$value";

std::optional<int64_t> constantMax(const isl::pw_aff &aff, const isl::set &set) {
  return extreme(set.intersect(paramAff(set.ctx(), valueName).eq_set(aff)), valueName, true);
}

std::optional<int64_t> constantMin(const isl::pw_aff &aff, const isl::set &set) {
  return extreme(set.intersect(paramAff(set.ctx(), valueName).eq_set(aff)), valueName, false);
}

std::optional<int64_t> constantValue(const isl::pw_aff &aff, const isl::set &set) {
  std::optional<int64_t> low = constantMin(aff, set);
  return low && low == constantMax(aff, set) ? low : std::nullopt;
}

bool isEqual(const isl::set &a, const isl::set &b) {
  return isl_set_plain_is_equal(a.get(), b.get()) == isl_bool_true || a.is_equal(b);
}

isl::set simpleHull(const isl::set &set) { return isl::set(isl::manage(isl_set_simple_hull(set.copy()))); }

} // namespace loopy::poly
