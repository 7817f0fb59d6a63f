// The values of a hardware axis in one device kernel: the hull of its inames over the statements that have it.
#include "mapping_state.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

const char *const axisValue = "$x";

// What is asked of $x = value of the axis' iname for an instance in one case of the statement's domain, over params and
// outer host loops. The other inames are eliminated rationally, without new integer divisions: the hull may only become
// larger by that. Nothing if there is no instance.
std::optional<Constraints> valuesOf(const MappingState &state, const Constraints &domain, const Statement &statement,
                                    const std::string &iname, const std::vector<std::string> &host) {
  Terms &terms = state.table.terms();
  std::set<Term> inner;
  for (const std::string &other : statement.inames)
    if (other != iname && std::find(host.begin(), host.end(), other) == host.end())
      inner.insert(terms.ofName(other));
  auto values = eliminated(terms, domain, [&](Term term) {
    const std::vector<Term> &names = terms.namesIn(term);
    return std::none_of(names.begin(), names.end(), [&](Term name) { return inner.count(name) != 0; });
  });
  if (!values || !isSatisfiable(terms, *values))
    return std::nullopt;
  const Term value = terms.ofName(iname);
  std::erase_if(*values, [&](const Constraint &constraint) { return !terms.namesIn(constraint.form).count(value); });
  for (Constraint &constraint : *values)
    constraint.form = terms.renamed(constraint.form, {{value, terms.ofName(axisValue)}});
  std::sort(values->begin(), values->end());
  return values;
}

const std::vector<Constraints> &valuesOf(const MappingState &state, const Statement &statement,
                                         const std::string &iname, const std::vector<std::string> &host) {
  auto [known, isNew] = state.axisValues.try_emplace({statement.id, iname, host});
  if (isNew)
    for (const Constraints &domain : state.table.cases(state.numberOf(statement.id)))
      if (std::optional<Constraints> values = valuesOf(state, domain, statement, iname, host))
        known->second.push_back(std::move(*values));
  return known->second;
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

// The hull of an axis' values over cases of statements. It is one convex set where that has bounds (max(n, m) is no
// such bound), so that its ends are simple functions; what it has too much, guards take away again.
class HullOfAxis {
public:
  explicit HullOfAxis(Terms &terms) : terms_(terms), value_(terms.ofName(axisValue)) {}

  void add(const Constraints &values) {
    if (std::find(cases_.begin(), cases_.end(), values) == cases_.end())
      cases_.push_back(values);
  }
  bool isEmpty() const { return cases_.empty(); }
  Linear value() const { return termTimes(value_, 1); }

  // One convex set, if it is bounded.
  std::optional<Constraints> convex() const {
    Constraints result = withoutRedundant(commonConstraints());
    return hasBound(result, 1) && hasBound(result, -1) ? std::optional(std::move(result)) : std::nullopt;
  }

  // All values, exactly.
  isl::set values() const {
    isl::set all = poly::emptySet(terms_.context().isl());
    for (const Constraints &one : cases_)
      all = all.unite(terms_.toSet(one));
    return all.coalesce();
  }

private:
  // The constraints of any case that all cases imply.
  Constraints commonConstraints() const {
    Constraints common;
    for (const Constraints &one : cases_)
      for (const Constraint &constraint : asInequalities(one))
        if (std::find(common.begin(), common.end(), constraint) == common.end() &&
            std::all_of(cases_.begin(), cases_.end(),
                        [&](const Constraints &other) { return implies(other, constraint); }))
          common.push_back(constraint);
    return common;
  }

  Constraints asInequalities(const Constraints &constraints) const {
    Constraints result;
    for (const Constraint &constraint : constraints) {
      result.push_back({constraint.form, false});
      if (constraint.isEquality)
        result.push_back({scaled(constraint.form, -1), false});
    }
    return result;
  }

  bool implies(const Constraints &facts, const Constraint &constraint) const {
    if (std::find(facts.begin(), facts.end(), constraint) != facts.end())
      return true;
    Constraints violated = facts;
    violated.push_back(terms_.normalized({withConstant(scaled(constraint.form, -1), -1), false}));
    return !isSatisfiable(terms_, violated);
  }

  // Those with floors go first where there is a choice.
  Constraints withoutRedundant(Constraints constraints) const {
    std::stable_partition(constraints.begin(), constraints.end(),
                          [&](const Constraint &constraint) { return hasFloor(constraint); });
    for (size_t i = 0; i < constraints.size();) {
      Constraints others = constraints;
      others.erase(others.begin() + static_cast<long>(i));
      if (implies(others, constraints[i]))
        constraints = std::move(others);
      else
        ++i;
    }
    return constraints;
  }

  bool hasFloor(const Constraint &constraint) const {
    return std::any_of(constraint.form.terms.begin(), constraint.form.terms.end(),
                       [&](const auto &term) { return terms_.floor(term.first) != nullptr; });
  }

  bool hasBound(const Constraints &constraints, int sign) const {
    return std::any_of(constraints.begin(), constraints.end(),
                       [&](const Constraint &constraint) { return constraint.form.coefficient(value_) * sign > 0; });
  }

  Terms &terms_;
  Term value_;
  std::vector<Constraints> cases_;
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
  HullOfAxis hull(state.table.terms());
  const Iname *owner = nullptr;
  for (const std::string &id : statements) {
    const Statement &statement = kernel.statement(id);
    for (const std::string &iname : statement.inames)
      if (axisOf(kernel.tag(iname)) == axis) {
        owner = &kernel.iname(iname);
        for (const Constraints &values : valuesOf(state, statement, iname, host))
          hull.add(values);
      }
  }
  if (!owner)
    return result;
  result.used = true;
  Context &context = *kernel.context;
  NameToExpr names = namesOf(kernel);
  if (hull.isEmpty()) { // no instance at all: an empty launch
    result.extent = context.constant(int64_t{isGroupAxis(axis) ? 0 : 1});
    result.constant = 1;
    result.lower = context.constant(int64_t{0});
    return result;
  }
  const std::optional<Constraints> convex = hull.convex();
  // A constant range of work-items is found without isl.
  if (convex && !isGroupAxis(axis))
    if (const auto range = tightBounds(state.table.terms(), {*convex}, hull.value()); range && range->first == 0) {
      result.lower = context.constant(int64_t{0});
      result.constant = range->second + 1;
      result.extent = context.constant(result.constant);
      return result;
    }
  const isl::set all = convex ? state.table.terms().toSet(*convex) : hull.values();
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
