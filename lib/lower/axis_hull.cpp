// The values of a hardware axis in one device kernel: the hull of its inames over the statements that have it.
#include "mapping_state.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

const char *const axisValue = "$x";

// { : $x = value of the axis' iname for some instance of the statement }, over params and outer host loops
isl::set valuesOf(const MappingState &state, const Statement &statement, const std::string &iname,
                  const std::vector<std::string> &host) {
  poly::Names inner;
  for (const std::string &other : statement.inames)
    if (other != iname && std::find(host.begin(), host.end(), other) == host.end())
      inner.push_back(other);
  unsigned index = 0;
  while (state.kernel.statements[index]->id != statement.id)
    ++index;
  return poly::renameParams(poly::projectOut(state.table.domain(index), inner), {{iname, axisValue}});
}

// The smallest or largest $x, as a function of the other names.
isl::pw_aff extremeOf(const isl::set &values, bool maximum) {
  isl_set *tuple = isl_set_from_params(values.copy());
  int pos = isl_set_find_dim_by_name(tuple, isl_dim_param, axisValue);
  tuple = isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(pos), 1);
  return isl::manage(maximum ? isl_set_dim_max(tuple, 0) : isl_set_dim_min(tuple, 0));
}

isl::pw_aff combine(const isl::pw_aff &a, const isl::pw_aff &b, bool maximum) {
  return isl::manage(maximum ? isl_pw_aff_union_max(a.copy(), b.copy()) : isl_pw_aff_union_min(a.copy(), b.copy()));
}

// One piece where the pieces are one formula on the assumptions.
isl::pw_aff simplify(const isl::pw_aff &function, const isl::set &assumptions) {
  isl::pw_aff nonEmpty = function.coalesce();
  return nonEmpty.gist(nonEmpty.domain().intersect(assumptions)).coalesce();
}

} // namespace

AxisExtent axisHull(const MappingState &state, const std::vector<std::string> &statements,
                    const std::vector<std::string> &host, Axis axis, std::optional<isl::pw_aff> &lowerOut) {
  const Kernel &kernel = state.kernel;
  AxisExtent result;
  std::vector<isl::set> values;
  const Iname *owner = nullptr;
  for (const std::string &id : statements) {
    const Statement &statement = kernel.statement(id);
    for (const std::string &iname : statement.inames) {
      if (axisOf(kernel.tag(iname)) != axis)
        continue;
      owner = &kernel.iname(iname);
      isl::set of = valuesOf(state, statement, iname, host);
      if (std::none_of(values.begin(), values.end(), [&](const isl::set &known) { return poly::isEqual(known, of); }))
        values.push_back(of);
    }
  }
  if (!owner)
    return result;
  result.used = true;
  isl::set all = poly::emptySet(state.ctx());
  std::optional<isl::pw_aff> lower, upper;
  for (const isl::set &of : values) {
    if (of.is_empty())
      continue;
    if (isl_set_find_dim_by_name(of.get(), isl_dim_param, axisValue) < 0)
      throw InternalError("a loop without values on a hardware axis");
    isl::pw_aff low = extremeOf(of, false), high = extremeOf(of, true);
    lower = lower ? combine(*lower, low, false) : low;
    upper = upper ? combine(*upper, high, true) : high;
    all = all.unite(of);
  }
  Context &context = *kernel.context;
  NameToExpr names = namesOf(kernel);
  if (!lower) {  // no instance at all: an empty launch
    result.extent = context.constant(int64_t{isGroupAxis(axis) ? 0 : 1});
    result.constant = 1;
    result.lower = context.constant(int64_t{0});
    return result;
  }
  isl::pw_aff low = simplify(*lower, kernel.assumptions);
  const std::optional<int64_t> constantLow = poly::constantMin(poly::paramAff(state.ctx(), axisValue), all);
  if (constantLow && (low.n_piece() > 1 || *constantLow == 0))
    low = poly::constantAff(state.ctx(), *constantLow);
  if (!(constantLow && *constantLow == 0))
    lowerOut = low;
  result.lower = fromPwAff(context, low, names);
  if (isGroupAxis(axis)) {
    isl::pw_aff extent = simplify(upper->sub(low), kernel.assumptions).add_constant(1).coalesce();
    result.extent = fromPwAff(context, extent, names);
    return result;
  }
  isl::pw_aff offset = poly::paramAff(state.ctx(), axisValue).sub(low);
  std::optional<int64_t> highest = poly::constantMax(offset, all);
  if (!highest)
    throw UserError(owner->source, "Loop `" + owner->name + "` is on axis " + axisName(axis) +
                                       ", whose extent must be a constant. Split the loop by a constant first, or fix "
                                       "its parameters with fix_parameters.");
  result.constant = *highest + 1;
  result.extent = context.constant(result.constant);
  return result;
}

} // namespace loopy
