#include "footprint.h"

#include "loopy/runtime/runtime.h"
#include "tuple.h"

namespace loopy {

poly::Names axisNames(size_t count) {
  poly::Names names;
  for (size_t axis = 0; axis < count; ++axis)
    names.push_back("$axis" + std::to_string(axis));
  return names;
}

std::optional<isl::set> footprint(const AccessTable &table, const Array &array, bool writes) {
  poly::Names axes = axisNames(array.shape.size());
  isl::set result = poly::emptySet(table.ctx());
  for (unsigned number : table.ofArray(array.name)) {
    const AccessInfo &access = table.access(number);
    if (access.isWrite != writes)
      continue;
    if (!access.isAffine)
      return std::nullopt;
    isl::set elements = table.domain(access.statement);
    if (access.condition)
      elements = elements.intersect(*access.condition);
    for (size_t axis = 0; axis < axes.size(); ++axis)
      elements =
          elements.intersect(poly::paramAff(table.ctx(), axes[axis]).eq_set(*access.index[array.implicitAxes + axis]));
    result = result.unite(poly::projectOut(elements, table.statement(access.statement).inames));
  }
  return result;
}

namespace {

struct PointCollector {
  const std::vector<int64_t> &shape;
  std::vector<int64_t> &numbers;
  size_t limit;

  static isl_stat add(__isl_take isl_point *point, void *user) {
    auto &collector = *static_cast<PointCollector *>(user);
    int64_t number = 0;
    for (size_t axis = 0; axis < collector.shape.size(); ++axis) {
      isl_val *value = isl_point_get_coordinate_val(point, isl_dim_set, static_cast<int>(axis));
      number = number * collector.shape[axis] + isl_val_get_num_si(value);
      isl_val_free(value);
    }
    isl_point_free(point);
    collector.numbers.push_back(number);
    return collector.numbers.size() < collector.limit ? isl_stat_ok : isl_stat_error; // An error ends the walk.
  }
};

} // namespace

std::vector<int64_t> untouchedElements(const AccessTable &table, const Array &array, const Sizes &sizes, size_t limit) {
  std::vector<int64_t> numbers;
  std::optional<isl::set> written = footprint(table, array, /*writes=*/true);
  if (!written || array.shape.empty())
    return numbers;
  poly::Names axes = axisNames(array.shape.size());
  std::vector<int64_t> shape;
  isl::set inside = poly::universe(table.ctx());
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    shape.push_back(evaluate(array.shape[axis], sizes));
    isl::pw_aff index = poly::paramAff(table.ctx(), axes[axis]);
    inside = inside.intersect(index.ge_set(poly::constantAff(table.ctx(), 0)))
                 .intersect(index.lt_set(poly::constantAff(table.ctx(), shape.back())));
  }
  std::optional<isl::set> untouched = toTuple(inside.subtract(fixParams(*written, sizes)), axes);
  if (!untouched)
    return numbers;
  PointCollector collector{shape, numbers, limit};
  isl_set_foreach_point(untouched->get(), PointCollector::add, &collector);
  return numbers;
}

} // namespace loopy
