// The values of a hardware axis in one device kernel: the hull of its inames over the statements that have it.
#include "mapping_state.h"
#include "value_hull.h"

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

// No instance has a negative value of the iname.
bool isNeverNegative(const MappingState &state, const Statement &statement, const std::string &iname) {
  Terms &terms = state.table.terms();
  const Linear below = withConstant(termTimes(terms.ofName(iname), -1), -1);
  const Alternatives &cases = state.table.cases(state.numberOf(statement.id));
  return std::all_of(cases.begin(), cases.end(), [&](Constraints domain) {
    domain.push_back(terms.normalized({below, false}));
    return !isSatisfiable(terms, domain);
  });
}

} // namespace

AxisExtent axisHull(const MappingState &state, const std::vector<std::string> &statements,
                    const std::vector<std::string> &host, Axis axis, std::optional<isl::pw_aff> &lowerOut) {
  const Kernel &kernel = state.kernel;
  AxisExtent result;
  ValueHull hull(state.table.terms(), state.table.terms().ofName(axisValue));
  const Iname *owner = nullptr;
  std::vector<std::pair<const Statement *, std::string>> values;
  for (const std::string &id : statements) {
    const Statement &statement = kernel.statement(id);
    for (const std::string &iname : statement.inames)
      if (axisOf(kernel.tag(iname)) == axis) {
        owner = &kernel.iname(iname);
        values.emplace_back(&statement, iname);
        for (const Constraints &own : valuesOf(state, statement, iname, host))
          hull.add(own);
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
  isl::pw_aff low = hull.extremeOf(all, false, kernel.assumptions);
  std::optional<int64_t> constantLow = poly::constantMin(poly::paramAff(state.ctx(), axisValue), all);
  // Of several lower ends some may be negative only where there is no instance.
  if (low.n_piece() > 1 && std::all_of(values.begin(), values.end(), [&](const auto &value) {
        return isNeverNegative(state, *value.first, value.second);
      }))
    constantLow = std::max<int64_t>(constantLow.value_or(0), 0);
  if (constantLow && (low.n_piece() > 1 || *constantLow == 0))
    low = poly::constantAff(state.ctx(), *constantLow);
  if (!(constantLow && *constantLow == 0))
    lowerOut = low;
  result.lower = fromPwAff(context, low, names);
  if (isGroupAxis(axis)) {
    isl::pw_aff extent = hull.extentAbove(all, low, kernel.assumptions);
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
