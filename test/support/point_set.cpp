#include "support/point_set.h"

#include "loopy/support/diagnostics.h"

#include <algorithm>

namespace loopy::testing {

static int64_t integer(__isl_take isl_val *value) {
  require(isl_val_is_int(value) == isl_bool_true, "a coefficient of a constraint is an integer");
  const int64_t result = isl_val_get_num_si(value);
  isl_val_free(value);
  return result;
}

PointSet::PointSet(const isl::set &set, const std::vector<std::string> &names) {
  isl::set explicitDivs = isl::manage(isl_set_compute_divs(set.copy()));
  explicitDivs.foreach_basic_set([&](const isl::basic_set &basic) {
    Piece piece;
    isl_constraint_list *list = isl_basic_set_get_constraint_list(basic.get());
    const int count = isl_constraint_list_n_constraint(list);
    for (int i = 0; i < count; ++i) {
      isl_constraint *constraint = isl_constraint_list_get_constraint(list, i);
      isl_aff *aff = isl_constraint_get_aff(constraint);
      Constraint read;
      read.isEquality = isl_constraint_is_equality(constraint) == isl_bool_true;
      read.affine = readAffine(aff, names, piece);
      piece.constraints.push_back(std::move(read));
      isl_aff_free(aff);
      isl_constraint_free(constraint);
    }
    isl_constraint_list_free(list);
    pieces_.push_back(std::move(piece));
  });
}

PointSet::Affine PointSet::readAffine(isl_aff *aff, const std::vector<std::string> &names, Piece &piece) const {
  Affine result;
  result.coefficients.assign(names.size(), 0);
  isl_val *denominator = isl_aff_get_denominator_val(aff);
  result.denominator = integer(isl_val_copy(denominator));
  auto scaled = [&](isl_val *value) { return integer(isl_val_mul(value, isl_val_copy(denominator))); };
  result.constant = scaled(isl_aff_get_constant_val(aff));
  // The names of a parameter set are parameters of the affine function's domain.
  const int params = isl_aff_dim(aff, isl_dim_param);
  for (int i = 0; i < params; ++i) {
    const int64_t coefficient = scaled(isl_aff_get_coefficient_val(aff, isl_dim_param, i));
    if (coefficient == 0)
      continue;
    auto name = std::find(names.begin(), names.end(), isl_aff_get_dim_name(aff, isl_dim_param, i));
    require(name != names.end(), "the set mentions a name that the test does not know");
    result.coefficients[static_cast<size_t>(name - names.begin())] = coefficient;
  }
  const int divs = isl_aff_dim(aff, isl_dim_div);
  for (int i = 0; i < divs; ++i)
    if (const int64_t coefficient = scaled(isl_aff_get_coefficient_val(aff, isl_dim_div, i)))
      result.divs.emplace_back(readDiv(aff, i, names, piece), coefficient);
  isl_val_free(denominator);
  return result;
}

size_t PointSet::readDiv(isl_aff *aff, int position, const std::vector<std::string> &names, Piece &piece) const {
  isl_aff *div = isl_aff_get_div(aff, position);
  require(div != nullptr, "every div is explicit");
  Affine read = readAffine(div, names, piece);
  isl_aff_free(div);
  piece.divs.push_back(std::move(read));
  return piece.divs.size() - 1;
}

int64_t PointSet::numeratorAt(const Affine &affine, const std::vector<int64_t> &values, const std::vector<int64_t> &divs) {
  int64_t sum = affine.constant;
  for (size_t i = 0; i < affine.coefficients.size(); ++i)
    sum += affine.coefficients[i] * values[i];
  for (const auto &[div, coefficient] : affine.divs)
    sum += coefficient * divs[div];
  return sum;
}

bool PointSet::contains(const std::vector<int64_t> &values) const {
  std::vector<int64_t> divs;
  return std::any_of(pieces_.begin(), pieces_.end(), [&](const Piece &piece) {
    divs.clear();
    for (const Affine &div : piece.divs) {
      const int64_t numerator = numeratorAt(div, values, divs), d = div.denominator;
      divs.push_back(numerator >= 0 ? numerator / d : -((-numerator + d - 1) / d));
    }
    return std::all_of(piece.constraints.begin(), piece.constraints.end(), [&](const Constraint &constraint) {
      const int64_t value = numeratorAt(constraint.affine, values, divs);
      return constraint.isEquality ? value == 0 : value >= 0;
    });
  });
}

void forEachPoint(const PointSet &set, const std::vector<NameRange> &ranges,
                  const std::function<void(const std::vector<int64_t> &)> &f) {
  std::vector<int64_t> values(ranges.size());
  std::function<void(size_t)> walk = [&](size_t position) {
    if (position == ranges.size()) {
      if (set.contains(values))
        f(values);
      return;
    }
    for (values[position] = ranges[position].low; values[position] <= ranges[position].high; ++values[position])
      walk(position + 1);
  };
  walk(0);
}

std::optional<NameRange> rangeOf(const isl::set &set, const std::string &name) {
  if (set.is_empty())
    return NameRange{0, -1};
  isl::pw_aff value = poly::paramAff(set.ctx(), name);
  std::optional<int64_t> low = poly::constantMin(value, set), high = poly::constantMax(value, set);
  if (!low || !high)
    return std::nullopt;
  return NameRange{*low, *high};
}

isl::set fixed(const isl::set &set, const std::map<std::string, int64_t> &values) {
  isl::set result = set;
  for (const auto &[name, value] : values)
    result = result.intersect(poly::paramAff(set.ctx(), name).eq_set(poly::constantAff(set.ctx(), value)));
  return result;
}

} // namespace loopy::testing
