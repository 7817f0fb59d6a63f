// The values of a hardware axis in one device kernel: the hull of its inames over the statements that have it.
#include "mapping_state.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

const char *const axisValue = "$x";

// { : $x = value of the axis' iname for some instance of the statement }, over params and outer host loops. The other
// inames are eliminated rationally, without new integer divisions: the hull may only become larger by that.
isl::set valuesOf(const MappingState &state, const Statement &statement, const std::string &iname,
                  const std::vector<std::string> &host) {
  isl_set *values =
      isl_set_from_basic_set(isl_set_simple_hull(state.table.domain(state.numberOf(statement.id)).copy()));
  poly::Names inner;
  for (const std::string &other : statement.inames)
    if (other != iname && std::find(host.begin(), host.end(), other) == host.end()) {
      inner.push_back(other);
      int pos = isl_set_find_dim_by_name(values, isl_dim_param, other.c_str());
      if (pos >= 0)
        values = isl_set_eliminate(values, isl_dim_param, static_cast<unsigned>(pos), 1);
    }
  return poly::renameParams(poly::projectOut(isl::manage(values), inner), {{iname, axisValue}});
}

// { [$x] : ... }
isl_set *asTuple(const isl::set &values) {
  isl_set *tuple = isl_set_from_params(values.copy());
  int pos = isl_set_find_dim_by_name(tuple, isl_dim_param, axisValue);
  return isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(pos), 1);
}

// The smallest or largest $x, as a function of the other names.
isl::pw_aff extremeOf(const isl::set &values, bool maximum) {
  return isl::manage(maximum ? isl_set_dim_max(asTuple(values), 0) : isl_set_dim_min(asTuple(values), 0));
}

bool isBounded(const isl::set &values) {
  const isl::set tuple = isl::manage(asTuple(values));
  return isl_set_dim_has_lower_bound(tuple.get(), isl_dim_set, 0) == isl_bool_true &&
         isl_set_dim_has_upper_bound(tuple.get(), isl_dim_set, 0) == isl_bool_true;
}

// The hull of an axis' values, grown statement by statement. It is one convex set where that has bounds (max(n, m) is no
// such bound), so that its ends are simple functions; what it has too much, guards take away again.
class HullOfAxis {
public:
  HullOfAxis(const MappingState &state, const std::vector<std::string> &host) : state_(state), host_(host) {}

  void add(const Statement &statement, const std::string &iname) {
    const isl::set &domain = state_.table.domain(state_.numberOf(statement.id));
    if (hull_ && domain.is_subset(poly::renameParams(*hull_, {{axisValue, iname}})))
      return;
    isl::set values = valuesOf(state_, statement, iname, host_);
    if (values.is_empty())
      return;
    const isl::set both = (hull_ ? hull_->unite(values) : values).coalesce();
    const isl::set convex = isl::manage(isl_set_from_basic_set(isl_set_simple_hull(both.copy())));
    hull_ = isBounded(convex) ? convex : both;
  }
  const std::optional<isl::set> &values() const { return hull_; }

private:
  const MappingState &state_;
  const std::vector<std::string> &host_;
  std::optional<isl::set> hull_;
};

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
  HullOfAxis hull(state, host);
  const Iname *owner = nullptr;
  for (const std::string &id : statements) {
    const Statement &statement = kernel.statement(id);
    for (const std::string &iname : statement.inames)
      if (axisOf(kernel.tag(iname)) == axis) {
        owner = &kernel.iname(iname);
        hull.add(statement, iname);
      }
  }
  if (!owner)
    return result;
  result.used = true;
  Context &context = *kernel.context;
  NameToExpr names = namesOf(kernel);
  if (!hull.values()) {  // no instance at all: an empty launch
    result.extent = context.constant(int64_t{isGroupAxis(axis) ? 0 : 1});
    result.constant = 1;
    result.lower = context.constant(int64_t{0});
    return result;
  }
  const isl::set &all = *hull.values();
  isl::pw_aff low = simplify(extremeOf(all, false), kernel.assumptions);
  const std::optional<int64_t> constantLow = poly::constantMin(poly::paramAff(state.ctx(), axisValue), all);
  if (constantLow && (low.n_piece() > 1 || *constantLow == 0))
    low = poly::constantAff(state.ctx(), *constantLow);
  if (!(constantLow && *constantLow == 0))
    lowerOut = low;
  result.lower = fromPwAff(context, low, names);
  if (isGroupAxis(axis)) {
    isl::pw_aff extent = simplify(extremeOf(all, true).sub(low), kernel.assumptions).add_constant(1).coalesce();
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
