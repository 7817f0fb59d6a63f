#include "loopy/check/count.h"

#include "nest.h"
#include "tuple.h"

namespace loopy {

namespace {

std::optional<int64_t> toInteger(const isl::val &value) {
  if (!value.is_int())
    return std::nullopt;
  return isl_val_get_num_si(value.get());
}

bool multiply(int64_t &product, int64_t factor) { return !__builtin_mul_overflow(product, factor, &product); }

// Counts the points of sets without parameters.
class Counter {
public:
  explicit Counter(int64_t maxPieces) : pieces_(maxPieces), maxSteps_(maxPieces * stepsPerPiece) {}

  std::optional<int64_t> count(const isl::set &set) {
    if (--pieces_ < 0)
      return std::nullopt;
    if (set.is_empty())
      return 0;
    return countUnion(isl::manage(isl_set_make_disjoint(isl_set_coalesce(set.copy()))));
  }

private:
  // Of the loops of a nest, for each piece that isl is asked about: about equal times.
  static constexpr int64_t stepsPerPiece = 4096;

  std::optional<int64_t> countUnion(const isl::set &disjoint) {
    int64_t total = 0;
    bool known = true;
    disjoint.foreach_basic_set([&](isl::basic_set piece) {
      std::optional<int64_t> number = known && --pieces_ >= 0 ? countPiece(piece) : std::nullopt;
      known = number && !__builtin_add_overflow(total, *number, &total);
    });
    return known ? std::optional(total) : std::nullopt;
  }

  // One convex piece. With quantified variables a box of every s-th point along an axis is a product; any other is cut
  // along axis 0.
  std::optional<int64_t> countPiece(const isl::basic_set &piece) {
    if (piece.is_empty())
      return 0;
    if (isl_basic_set_dim(piece.get(), isl_dim_div) == 0)
      return countNest(piece, maxSteps_);
    isl::set set = piece.to_set();
    int dimensions = isl_set_dim(set.get(), isl_dim_set);
    int64_t product = 1;
    // lattice : { [x] : x_d = lower_d + stride_d * k, lower_d <= x_d <= upper_d }
    isl::set lattice = isl::manage(isl_set_universe(set.space().release()));
    for (int d = 0; d < dimensions; ++d) {
      std::optional<int64_t> lower = toInteger(isl::manage(isl_set_dim_min_val(set.copy(), d)));
      std::optional<int64_t> upper = toInteger(isl::manage(isl_set_dim_max_val(set.copy(), d)));
      std::optional<int64_t> stride = toInteger(isl::manage(isl_set_get_stride(set.get(), d)));
      if (!lower || !upper || !stride || *stride < 1)
        return std::nullopt;
      if (!multiply(product, (*upper - *lower) / *stride + 1))
        return std::nullopt;
      lattice = lattice.intersect(interval(set, d, *lower, *upper, *stride));
    }
    if (set.is_equal(lattice))
      return product;
    return cut(set);
  }

  static isl::set interval(const isl::set &like, int d, int64_t lower, int64_t upper, int64_t stride) {
    isl_set *set = isl_set_universe(like.space().release());
    set = isl_set_lower_bound_si(set, isl_dim_set, d, lower);
    set = isl_set_upper_bound_si(set, isl_dim_set, d, upper);
    if (stride == 1)
      return isl::manage(set);
    // x_d - lower = stride * floor((x_d - lower) / stride)
    isl_aff *offset = isl_aff_var_on_domain(isl_local_space_from_space(like.space().release()), isl_dim_set, d);
    offset = isl_aff_add_constant_si(offset, static_cast<int>(-lower));
    isl_aff *rest = isl_aff_mod_val(offset, isl_val_int_from_si(like.ctx().get(), stride));
    return isl::manage(isl_set_intersect(set, isl_set_from_basic_set(isl_aff_zero_basic_set(rest))));
  }

  std::optional<int64_t> cut(const isl::set &set) {
    int64_t lower = *toInteger(isl::manage(isl_set_dim_min_val(set.copy(), 0)));
    int64_t upper = *toInteger(isl::manage(isl_set_dim_max_val(set.copy(), 0)));
    int64_t total = 0;
    for (int64_t value = lower; value <= upper; ++value) {
      isl_set *slice = isl_set_fix_si(set.copy(), isl_dim_set, 0, static_cast<int>(value));
      std::optional<int64_t> number = count(isl::manage(isl_set_project_out(slice, isl_dim_set, 0, 1)));
      if (!number || __builtin_add_overflow(total, *number, &total))
        return std::nullopt;
    }
    return total;
  }

  int64_t pieces_, maxSteps_;
};

} // namespace

std::optional<int64_t> countTuples(const isl::set &set, int64_t maxPieces) { return Counter(maxPieces).count(set); }

} // namespace loopy
