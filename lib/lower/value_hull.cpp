#include "value_hull.h"

#include <algorithm>

namespace loopy {
namespace {

// One piece where the pieces are one formula on what is known.
isl::pw_aff simplify(const isl::pw_aff &function, const isl::set &known) {
  isl::pw_aff nonEmpty = function.coalesce();
  return nonEmpty.gist(nonEmpty.domain().intersect(known)).coalesce();
}

Constraints asInequalities(const Constraints &constraints) {
  Constraints result;
  for (const Constraint &constraint : constraints) {
    result.push_back({constraint.form, false});
    if (constraint.isEquality)
      result.push_back({scaled(constraint.form, -1), false});
  }
  return result;
}

bool hasFloor(const Terms &terms, const Constraint &constraint) {
  return std::any_of(constraint.form.terms.begin(), constraint.form.terms.end(),
                     [&](const auto &term) { return terms.floor(term.first) != nullptr; });
}

} // namespace

void ValueHull::add(const Constraints &values) {
  if (std::find(cases_.begin(), cases_.end(), values) == cases_.end())
    cases_.push_back(values);
}

std::optional<Constraints> ValueHull::convex() const {
  Constraints result = withoutRedundant(commonConstraints());
  return hasBound(result, 1) && hasBound(result, -1) ? std::optional(std::move(result)) : std::nullopt;
}

isl::set ValueHull::values() const {
  isl::set all = poly::emptySet(terms_.context().isl());
  for (const Constraints &one : cases_)
    all = all.unite(terms_.toSet(one));
  return all.coalesce();
}

isl::pw_aff ValueHull::end(const isl::set &set, bool maximum) const {
  isl_set *tuple = isl_set_from_params(set.copy());
  const int pos = isl_set_find_dim_by_name(tuple, isl_dim_param, terms_.name(value_)->c_str());
  require(pos >= 0, "a set of values without the value");
  tuple = isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(pos), 1);
  return isl::manage(maximum ? isl_set_dim_max(tuple, 0) : isl_set_dim_min(tuple, 0));
}

isl::pw_aff ValueHull::extremeOf(const isl::set &set, bool maximum, const isl::set &known) const {
  return simplify(end(set, maximum), known);
}

isl::pw_aff ValueHull::extentAbove(const isl::set &set, const isl::pw_aff &low, const isl::set &known) const {
  return simplify(end(set, true).sub(low), known).add_constant(1).coalesce();
}

// The constraints of any case that all cases imply.
Constraints ValueHull::commonConstraints() const {
  Constraints common;
  for (const Constraints &one : cases_)
    for (const Constraint &constraint : asInequalities(one))
      if (std::find(common.begin(), common.end(), constraint) == common.end() &&
          std::all_of(cases_.begin(), cases_.end(),
                      [&](const Constraints &other) { return implies(other, constraint); }))
        common.push_back(constraint);
  return common;
}

bool ValueHull::implies(const Constraints &facts, const Constraint &constraint) const {
  if (std::find(facts.begin(), facts.end(), constraint) != facts.end())
    return true;
  Constraints violated = facts;
  violated.push_back(terms_.normalized({withConstant(scaled(constraint.form, -1), -1), false}));
  return !isSatisfiable(terms_, violated);
}

// Those with floors go first where there is a choice.
Constraints ValueHull::withoutRedundant(Constraints constraints) const {
  std::stable_partition(constraints.begin(), constraints.end(),
                        [&](const Constraint &constraint) { return hasFloor(terms_, constraint); });
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

// A constraint in which a floor of the value stands too, e >= 2*floor(e/2), bounds nothing.
bool ValueHull::hasBound(const Constraints &constraints, int sign) const {
  auto isFloorOfValue = [&](Term term) {
    const std::vector<Term> &names = terms_.namesIn(term);
    return term != value_ && std::find(names.begin(), names.end(), value_) != names.end();
  };
  return std::any_of(constraints.begin(), constraints.end(), [&](const Constraint &constraint) {
    return constraint.form.coefficient(value_) * sign > 0 &&
           std::none_of(constraint.form.terms.begin(), constraint.form.terms.end(),
                        [&](const auto &term) { return isFloorOfValue(term.first); });
  });
}

} // namespace loopy
