#include "loopy/check/count.h"

#include "footprint.h"
#include "loopy/analysis/dependence.h"
#include "loopy/runtime/runtime.h"
#include "tuple.h"

#include <algorithm>

namespace loopy {

isl::set fixParams(const isl::set &set, const Sizes &values) {
  isl::set result = set;
  for (const auto &[name, value] : values)
    if (poly::involves(result, name))
      result = poly::substitute(result, name, poly::constantAff(set.ctx(), value));
  return result;
}

std::optional<isl::set> toTuple(const isl::set &set, const poly::Names &names) {
  isl::set involved = poly::projectOnto(set, poly::involvedNames(set));
  isl_set *tuple = isl_set_from_params(involved.copy());
  for (size_t i = 0; i < names.size(); ++i) {
    int position = isl_set_find_dim_by_name(tuple, isl_dim_param, names[i].c_str());
    tuple = position >= 0 ? isl_set_move_dims(tuple, isl_dim_set, i, isl_dim_param, position, 1)
                          : isl_set_insert_dims(tuple, isl_dim_set, i, 1);
  }
  isl::set result = isl::manage(tuple);
  if (isl_set_dim(result.get(), isl_dim_param) != 0)
    return std::nullopt;
  return result;
}

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
  explicit Counter(int64_t maxPieces) : pieces_(maxPieces) {}

  std::optional<int64_t> count(const isl::set &set) {
    if (--pieces_ < 0)
      return std::nullopt;
    if (set.is_empty())
      return 0;
    if (isl_set_n_basic_set(set.get()) > 1)
      return countUnion(isl::manage(isl_set_make_disjoint(isl_set_coalesce(set.copy()))));
    return countPiece(set);
  }

private:
  std::optional<int64_t> countUnion(const isl::set &disjoint) {
    int64_t total = 0;
    bool known = true;
    disjoint.foreach_basic_set([&](isl::basic_set piece) {
      std::optional<int64_t> number = known && --pieces_ >= 0 ? countPiece(piece.to_set()) : std::nullopt;
      known = number && !__builtin_add_overflow(total, *number, &total);
    });
    return known ? std::optional(total) : std::nullopt;
  }

  // One convex piece: a box, perhaps of every s-th point along an axis, is a product; any other is cut along axis 0.
  std::optional<int64_t> countPiece(const isl::set &set) {
    if (set.is_empty())
      return 0;
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

  int64_t pieces_;
};

} // namespace

std::optional<int64_t> countPoints(const isl::set &set, const poly::Names &names, const Sizes &values,
                                   int64_t maxPieces) {
  std::optional<isl::set> tuple = toTuple(fixParams(set, values), names);
  return tuple ? Counter(maxPieces).count(*tuple) : std::nullopt;
}

std::optional<int64_t> countInstances(const Kernel &kernel, const Statement &statement, const Sizes &sizes) {
  if (!statement.dataParams.empty())
    return std::nullopt;
  return countPoints(statement.domain.intersect(kernel.assumptions), statement.inames, sizes);
}

int64_t floatOperations(Expr e) {
  int64_t count = 0;
  forEach(e, [&](Expr node) {
    if (!node.type().isFloat() && !node.type().isComplex())
      return;
    int64_t lanes = node.type().lanes * (node.type().isComplex() ? 2 : 1);
    if (node.is<CallExpr>()) {
      count += lanes;
    } else if (node.is<Binary>()) {
      bool complexProduct = node.type().isComplex() && node.as<Binary>()->op == BinaryOp::Mul;
      count += complexProduct ? 3 * lanes : lanes;
    }
  });
  return count;
}

namespace {

int64_t floatOperations(const Statement &statement) {
  int64_t count = 0;
  if (const Assign *assign = std::get_if<Assign>(&statement.body))
    for (Expr e : assign->rhs)
      count += loopy::floatOperations(e);
  return count;
}

void accumulate(std::optional<int64_t> &total, std::optional<int64_t> more) {
  if (total && (!more || __builtin_add_overflow(*total, *more, &*total)))
    total = std::nullopt;
}

std::optional<int64_t> elementsOf(const AccessTable &table, const Array &array, bool writes, const Sizes &sizes) {
  bool any = false;
  for (unsigned number : table.ofArray(array.name))
    any |= table.access(number).isWrite == writes;
  if (!any)
    return 0;
  if (std::optional<isl::set> elements = footprint(table, array, writes))
    return countPoints(*elements, axisNames(array.shape.size()), sizes);
  int64_t product = 1;
  for (Expr extent : array.shape)
    if (!multiply(product, std::max<int64_t>(0, evaluate(extent, sizes))))
      return std::nullopt;
  return product;
}

} // namespace

Work countWork(const Kernel &kernel, const Sizes &sizes) {
  AccessTable table(kernel);
  Work work{0, 0, 0};
  for (const StatementRef &statement : table.kernel().statements) {
    std::optional<int64_t> instances = countInstances(kernel, *statement, sizes);
    accumulate(work.instances, instances);
    int64_t each = floatOperations(*statement);
    if (instances && !multiply(*instances, each))
      instances = std::nullopt;
    if (each != 0)
      accumulate(work.floatOperations, instances);
  }
  for (const Array &array : table.kernel().arrays)
    if (!array.isTemp())
      for (bool writes : {false, true}) {
        std::optional<int64_t> elements = elementsOf(table, array, writes, sizes);
        if (elements && !multiply(*elements, array.type.sizeInBytes()))
          elements = std::nullopt;
        accumulate(work.bytes, elements);
      }
  return work;
}

} // namespace loopy
