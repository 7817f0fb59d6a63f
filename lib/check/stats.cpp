#include "loopy/check/stats.h"

#include "footprint.h"
#include "loopy/analysis/dependence.h"

namespace loopy {

namespace {

class Collector {
public:
  Collector(const Kernel &kernel, const Sizes &sizes) : table_(kernel), sizes_(sizes) {
    for (const std::string &name : kernel.integerParams())
      hasSizes_ = hasSizes_ && sizes.count(name) != 0;
  }

  void collect(KernelStats &stats) {
    for (unsigned index = 0; index < table_.kernel().statements.size(); ++index) {
      const Amount executions = countOf(index, std::nullopt);
      stats.instances[table_.statement(index).id] = executions;
      if (const Assign *assign = std::get_if<Assign>(&table_.statement(index).body))
        for (Expr e : assign->rhs)
          addOperations(e, executions, stats.operations);
    }
    for (const Array &array : table_.kernel().arrays)
      if (!table_.ofArray(array.name).empty())
        stats.traffic.push_back(trafficOf(array));
  }

private:
  // The points of a set over the names.
  Amount count(const isl::set &set, const poly::Names &names) const {
    Amount amount;
    amount.formula = symbolicCount(set, names);
    if (hasSizes_)
      amount.value = amount.formula ? amount.formula->at(sizes_) : countPoints(set, names, sizes_);
    return amount;
  }

  // Executions of a statement under a condition; nothing where its loops or guards depend on data.
  Amount countOf(unsigned index, const std::optional<isl::set> &condition) {
    const Statement &statement = table_.statement(index);
    if (!statement.dataParams.empty())
      return {};
    if (condition)
      return count(table_.domain(index).intersect(*condition), statement.inames);
    auto [place, isNew] = executions_.try_emplace(index);
    if (isNew)
      place->second = count(table_.domain(index), statement.inames);
    return place->second;
  }

  static void add(Amount &total, const Amount &more, int64_t factor) {
    if (total.formula && more.formula)
      addMultiple(*total.formula, *more.formula, factor);
    else
      total.formula = std::nullopt;
    int64_t product = 0;
    if (!total.value || !more.value || __builtin_mul_overflow(*more.value, factor, &product) ||
        __builtin_add_overflow(*total.value, product, &*total.value))
      total.value = std::nullopt;
  }

  Amount zero() const { return {QuasiPolynomial{}, hasSizes_ ? std::optional<int64_t>(0) : std::nullopt}; }

  void addOperation(const std::string &kind, Type type, const Amount &executions, std::vector<OperationCount> &all) {
    for (OperationCount &known : all)
      if (known.kind == kind && known.type == type)
        return add(known.count, executions, 1);
    all.push_back({kind, type, zero()});
    add(all.back().count, executions, 1);
  }

  // Subscripts are not descended into.
  void addOperations(Expr e, const Amount &executions, std::vector<OperationCount> &all) {
    if (e.is<Load>())
      return;
    if (const Binary *binary = e.as<Binary>())
      addOperation(spelling(binary->op), e.type(), executions, all);
    else if (const Compare *compare = e.as<Compare>())
      addOperation(spelling(compare->op), compare->lhs.type(), executions, all);
    else if (const CallExpr *call = e.as<CallExpr>())
      addOperation(call->function, e.type(), executions, all);
    else if (const Unary *unary = e.as<Unary>(); unary && unary->op == UnaryOp::Neg && !unary->operand.is<Constant>())
      addOperation("negate", e.type(), executions, all);
    for (Expr child : children(e))
      addOperations(child, executions, all);
  }

  ArrayTraffic trafficOf(const Array &array) {
    ArrayTraffic traffic{array.name, array.isTemp(), zero(), zero(), zero(), zero()};
    const int64_t bytes = array.type.sizeInBytes();
    bool reads = false, writes = false;
    for (unsigned number : table_.ofArray(array.name)) {
      const AccessInfo &access = table_.access(number);
      (access.isWrite ? writes : reads) = true;
      add(access.isWrite ? traffic.writtenAccessed : traffic.readAccessed, countOf(access.statement, access.condition),
          bytes);
    }
    if (array.isTemp())
      return traffic;
    if (reads)
      add(traffic.readTouched, touched(array, false), bytes);
    if (writes)
      add(traffic.writtenTouched, touched(array, true), bytes);
    return traffic;
  }

  Amount touched(const Array &array, bool isWrite) const {
    const std::optional<isl::set> elements = footprint(table_, array, isWrite);
    return elements ? count(*elements, axisNames(array.shape.size())) : Amount{};
  }

  AccessTable table_;
  const Sizes &sizes_;
  bool hasSizes_ = true;
  std::map<unsigned, Amount> executions_;
};

std::vector<DeviceKernelStats> deviceStats(const Mapping &mapping) {
  std::vector<DeviceKernelStats> result;
  for (unsigned number = 0; number < mapping.kernels.size(); ++number) {
    const DeviceKernel &device = mapping.kernels[number];
    DeviceKernelStats stats{device.name, "", "", 0, device.localBytes, device.privateBytes};
    for (Axis axis = 0; axis < axisCount; ++axis)
      if (device.axes[axis].used) {
        std::string &text = axisName(axis).starts_with("g") ? stats.groups : stats.items;
        text += (text.empty() ? "" : " x ") + toString(device.axes[axis].extent);
      }
    for (const BarrierPlace &barrier : mapping.barriers)
      stats.barriers += barrier.kernel == number;
    result.push_back(std::move(stats));
  }
  return result;
}

} // namespace

KernelStats collectStats(const Kernel &kernel, const Mapping &mapping, const Sizes &sizes) {
  KernelStats stats;
  Collector(kernel, sizes).collect(stats);
  stats.deviceKernels = deviceStats(mapping);
  return stats;
}

} // namespace loopy
