#include "nest.h"

#include "loopy/support/diagnostics.h"

#include <algorithm>
#include <limits>

namespace loopy {

namespace {

// sum of factors[d] * x_d + constant >= 0
struct Constraint {
  std::vector<int64_t> factors;
  int64_t constant = 0;
};

int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

int64_t integer(__isl_take isl_val *value) {
  int64_t number = isl_val_get_num_si(value);
  isl_val_free(value);
  return number;
}

std::vector<Constraint> constraintsOf(const isl::basic_set &set, int dimensions) {
  struct Reader {
    std::vector<Constraint> constraints;
    int dimensions;
    static isl_stat read(__isl_take isl_constraint *source, void *user) {
      auto &reader = *static_cast<Reader *>(user);
      Constraint constraint;
      for (int d = 0; d < reader.dimensions; ++d)
        constraint.factors.push_back(integer(isl_constraint_get_coefficient_val(source, isl_dim_set, d)));
      constraint.constant = integer(isl_constraint_get_constant_val(source));
      reader.constraints.push_back(constraint);
      if (isl_constraint_is_equality(source) == isl_bool_true) {
        for (int64_t &factor : constraint.factors)
          factor = -factor;
        constraint.constant = -constraint.constant;
        reader.constraints.push_back(constraint);
      }
      isl_constraint_free(source);
      return isl_stat_ok;
    }
  };
  Reader reader{{}, dimensions};
  isl_basic_set_foreach_constraint(set.get(), Reader::read, &reader);
  return reader.constraints;
}

// bounds[d] : constraints on x_d in terms of x_0 .. x_(d-1): those of the set itself whose last dimension is d, and
// those of its projection. The latter may leave a level too wide (quantified variables that came in with the projection
// are dropped); as every constraint of the set is kept on some level, points too many have an empty loop inside.
class Nest {
public:
  Nest(const isl::basic_set &set, int64_t maxSteps)
      : dimensions_(isl_basic_set_dim(set.get(), isl_dim_set)), steps_(maxSteps), point_(dimensions_, 0),
        bounds_(dimensions_), isUsedInside_(dimensions_, false) {
    for (Constraint &constraint : constraintsOf(set, dimensions_)) {
      int last = dimensions_ - 1;
      while (last >= 0 && constraint.factors[last] == 0)
        --last;
      if (last >= 0)
        bounds_[last].push_back(std::move(constraint));
    }
    for (int d = 0; d + 1 < dimensions_; ++d) {
      const unsigned first = static_cast<unsigned>(d + 1), inner = static_cast<unsigned>(dimensions_ - d - 1);
      isl::basic_set level =
          isl::manage(isl_basic_set_remove_divs(isl_basic_set_project_out(set.copy(), isl_dim_set, first, inner)));
      for (Constraint &constraint : constraintsOf(level, d + 1))
        if (constraint.factors[d] != 0)
          bounds_[d].push_back(std::move(constraint));
    }
    for (int d = 0; d < dimensions_; ++d)
      for (int outer = 0; outer < d; ++outer)
        for (const Constraint &constraint : bounds_[d])
          isUsedInside_[outer] = isUsedInside_[outer] || constraint.factors[outer] != 0;
  }

  std::optional<int64_t> count(int d = 0) {
    if (d == dimensions_)
      return 1;
    std::optional<std::pair<int64_t, int64_t>> range = rangeOf(d);
    if (!range || --steps_ < 0)
      return std::nullopt;
    if (range->first > range->second)
      return 0;
    if (!isUsedInside_[d])
      return times(count(d + 1), range->second - range->first + 1);
    int64_t total = 0;
    for (int64_t value = range->first; value <= range->second; ++value) {
      point_[d] = value;
      std::optional<int64_t> inside = count(d + 1);
      if (!inside || __builtin_add_overflow(total, *inside, &total))
        return std::nullopt;
    }
    return total;
  }

private:
  static std::optional<int64_t> times(std::optional<int64_t> a, int64_t b) {
    int64_t product = 0;
    return a && !__builtin_mul_overflow(*a, b, &product) ? std::optional(product) : std::nullopt;
  }

  // The first and the last value of x_d for the outer values in point_; nothing if one end is open.
  std::optional<std::pair<int64_t, int64_t>> rangeOf(int d) const {
    int64_t lower = std::numeric_limits<int64_t>::min(), upper = std::numeric_limits<int64_t>::max();
    bool hasLower = false, hasUpper = false;
    for (const Constraint &constraint : bounds_[d]) {
      int64_t rest = constraint.constant;
      for (int outer = 0; outer < d; ++outer)
        rest += constraint.factors[outer] * point_[outer];
      const int64_t factor = constraint.factors[d];
      if (factor > 0) {
        lower = std::max(lower, -floorDiv(rest, factor));
        hasLower = true;
      } else {
        upper = std::min(upper, floorDiv(rest, -factor));
        hasUpper = true;
      }
    }
    return hasLower && hasUpper ? std::optional(std::pair(lower, upper)) : std::nullopt;
  }

  int dimensions_;
  int64_t steps_;
  std::vector<int64_t> point_;
  std::vector<std::vector<Constraint>> bounds_;
  std::vector<bool> isUsedInside_;
};

} // namespace

std::optional<int64_t> countNest(const isl::basic_set &set, int64_t maxSteps) {
  require(isl_basic_set_dim(set.get(), isl_dim_param) == 0 && isl_basic_set_dim(set.get(), isl_dim_div) == 0,
          "a nest is counted of sets without parameters and quantifiers");
  if (set.is_empty())
    return 0;
  return Nest(set, maxSteps).count();
}

} // namespace loopy
