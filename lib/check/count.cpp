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

bool multiply(int64_t &product, int64_t factor) { return !__builtin_mul_overflow(product, factor, &product); }

} // namespace

std::optional<int64_t> countPoints(const isl::set &set, const poly::Names &names, const Sizes &values,
                                   int64_t maxPieces) {
  std::optional<isl::set> tuple = toTuple(fixParams(set, values), names);
  return tuple ? countTuples(*tuple, maxPieces) : std::nullopt;
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
