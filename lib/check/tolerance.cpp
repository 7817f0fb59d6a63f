#include "tolerance.h"

#include "elements.h"
#include "footprint.h"
#include "loopy/ir/functions.h"

#include <algorithm>
#include <cmath>

namespace loopy {

namespace {

// A function of a target's library may be off by more than one rounding: OpenCL allows up to 16, and with
// -cl-fast-relaxed-math 2^-11 (of single precision: 4096 roundings) for sine and the like, and 3 for a division.
int64_t roundingsIn(const Statement &statement, bool fastMath) {
  const int64_t ofOneCall = fastMath ? 4096 : 16, ofDivision = fastMath ? 3 : 1;
  int64_t count = 0;
  if (const Assign *assign = std::get_if<Assign>(&statement.body))
    for (Expr e : assign->rhs) {
      count += floatOperations(e);
      forEach(e, [&](Expr node) {
        const Binary *binary = node.as<Binary>();
        if (node.is<Cast>() && node.type().isFloat())
          ++count; // to a narrower type, or from a large integer
        else if (node.is<CallExpr>() && !node.type().isInteger())
          count += ofOneCall - 1;
        else if (binary && binary->op == BinaryOp::Div)
          count += ofDivision - 1;
      });
    }
  return std::holds_alternative<CallBody>(statement.body) ? ofOneCall : count;
}

// Executions of a statement for each element that it writes; for loops over data, the longest axis of any array.
int64_t executionsPerElement(const AccessTable &table, unsigned index, const Sizes &sizes) {
  const Kernel &kernel = table.kernel();
  const Statement &statement = table.statement(index);
  std::optional<int64_t> instances = countInstances(kernel, statement, sizes);
  if (!instances) {
    int64_t longest = 1;
    for (const Array &array : kernel.arrays)
      for (Expr extent : array.shape)
        longest = std::max(longest, evaluate(extent, sizes));
    return longest;
  }
  isl::set written = table.domain(index);
  std::vector<std::string> names;
  for (unsigned number : table.ofStatement(index)) {
    const AccessInfo &access = table.access(number);
    if (!access.isWrite)
      continue;
    if (!access.isAffine)
      return *instances;
    names = axisNames(access.index.size());
    for (size_t axis = 0; axis < names.size(); ++axis)
      written = written.intersect(poly::paramAff(table.ctx(), names[axis]).eq_set(*access.index[axis]));
    break;
  }
  std::optional<int64_t> elements = countPoints(poly::projectOut(written, statement.inames), names, sizes);
  return elements && *elements > 0 ? (*instances + *elements - 1) / *elements : *instances;
}

double unitOf(Type type) {
  switch (realPartType(type).kind) {
  case ScalarKind::Float16:
    return std::ldexp(1.0, -10);
  case ScalarKind::Float32:
    return std::ldexp(1.0, -23);
  case ScalarKind::Float64:
    return std::ldexp(1.0, -52);
  default:
    return 0;
  }
}

} // namespace

int64_t countRoundings(const AccessTable &table, const Sizes &sizes, bool fastMath) {
  int64_t total = 1;
  for (unsigned index = 0; index < table.kernel().statements.size(); ++index) {
    int64_t each = roundingsIn(table.statement(index), fastMath), product = 0;
    if (each == 0)
      continue;
    if (__builtin_mul_overflow(each, std::max<int64_t>(1, executionsPerElement(table, index, sizes)), &product) ||
        __builtin_add_overflow(total, product, &total))
      return std::numeric_limits<int64_t>::max();
  }
  return total;
}

namespace {

double unitOfStorage(const Kernel &kernel) {
  double unit = 0;
  for (const Array &array : kernel.arrays)
    unit = std::max(unit, unitOf(array.type));
  for (const Param &param : kernel.params)
    unit = std::max(unit, unitOf(param.type));
  return unit;
}

double unitOfValues(const Kernel &kernel) {
  double unit = 0;
  for (const StatementRef &statement : kernel.statements)
    if (const Assign *assign = std::get_if<Assign>(&statement->body))
      for (Expr value : assign->rhs)
        forEach(value, [&](Expr e) { unit = std::max(unit, unitOf(e.type())); });
  return unit;
}

// Of numbers whose last bit counts `unit`, relative to them.
Tolerance toleranceOf(double unit, int64_t roundings, const Value &reference, bool flushDenormals) {
  if (!reference.type.isFloat() && !reference.type.isComplex())
    return {};
  // Beyond one per cent a result is wrong, whatever the count says.
  const double bound = std::min(0.01, 2 * unit * static_cast<double>(roundings));
  // Each rounding may lose what is below the smallest normal number.
  const double smallestNormal = realPartType(reference.type).kind == ScalarKind::Float64 ? 0x1p-1022 : 0x1p-126;
  const double flushed = flushDenormals ? smallestNormal * static_cast<double>(roundings) : 0;
  return {bound, bound * largestMagnitude(reference) + flushed};
}

} // namespace

Tolerance toleranceFor(const Kernel &kernel, int64_t roundings, const Value &reference, bool flushDenormals) {
  return toleranceOf(std::max(unitOf(reference.type), unitOfStorage(kernel)), roundings, reference, flushDenormals);
}

Tolerance toleranceFor(const Kernel &kernel, const Kernel &transformed, int64_t roundings, const Value &reference,
                       bool flushDenormals) {
  const double unit = std::max({unitOf(reference.type), unitOfStorage(kernel), unitOfStorage(transformed),
                                unitOfValues(kernel), unitOfValues(transformed)});
  return toleranceOf(unit, roundings, reference, flushDenormals);
}

} // namespace loopy
