#include "mapped.h"

#include "support/scalar.h"

#include <algorithm>

namespace loopy::testing {
namespace {

class ExecutionEnvironment : public Environment {
public:
  ExecutionEnvironment(const Execution &execution, const Sizes &sizes) : execution_(execution), sizes_(sizes) {}
  Scalar nameValue(const std::string &name) override {
    if (auto it = sizes_.find(name); it != sizes_.end())
      return Scalar::ofInteger(it->second);
    return Scalar::ofInteger(execution_.instance->value(name));
  }
  Scalar loadValue(Expr) override { throw InternalError("the lower end of a cell depends on data"); }
  Scalar callValue(const CallExpr &call, Type) override {
    const size_t axis = static_cast<size_t>(call.function.at(call.function.find('(') + 1) - '0');
    return Scalar::ofInteger(call.function.starts_with("get_group_id") ? execution_.group[axis] : execution_.item[axis]);
  }

private:
  const Execution &execution_;
  const Sizes &sizes_;
};

int64_t floorDiv(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

} // namespace

MappedKernel::MappedKernel(const Kernel &kernel, const Mapping &mapping, const Sizes &sizes)
    : kernel_(kernel), mapping_(mapping), sizes_(sizes), paths_(allPaths(kernel.tree)), launches_(mapping.kernels.size()),
      instances_(instancesOf(kernel, sizes)) {
  for (unsigned number = 0; number < mapping.kernels.size(); ++number)
    for (const std::string &id : statementsBelow(mapping.kernels[number].tree))
      kernelOf_[id] = number;
  findLaunches(mapping.host, {});
  for (const Instance &instance : instances_)
    addExecutions(instance);
}

void MappedKernel::findLaunches(const std::vector<HostNode> &nodes, Path path) {
  path.positions.push_back(0);
  for (const HostNode &node : nodes) {
    if (const auto *launch = std::get_if<HostNode::LaunchNode>(&node.data)) {
      launches_[launch->kernel] = path;
    } else {
      const auto &loop = std::get<HostNode::HostLoop>(node.data);
      Path inner = path;
      inner.loops.push_back(loop.iname);
      findLaunches(loop.children, inner);
    }
    ++path.positions.back();
  }
}

int64_t MappedKernel::evaluate(Expr e, const Execution &execution) const {
  ExecutionEnvironment environment(execution, sizes_);
  return e ? evaluateInteger(e, environment) : 0;
}

void MappedKernel::addExecutions(const Instance &instance) {
  Execution execution;
  execution.instance = &instance;
  execution.kernel = kernelOf_.at(instance.statement->id);
  const DeviceKernel &device = mapping_.kernels[execution.kernel];
  for (const std::string &iname : device.hostInames)
    execution.host.push_back(instance.value(iname));
  const Placement &placement = mapping_.placement.at(instance.statement->id);
  std::function<void(Axis)> place = [&](Axis axis) {
    if (axis == axisCount) {
      executions_.push_back(execution);
      addCells(executions_.back());
      return;
    }
    int64_t &coordinate = isGroupAxis(axis) ? execution.group[axis] : execution.item[axis - 3];
    const AxisPlacement &on = placement.axes[axis];
    const AxisExtent &extent = device.axes[axis];
    if (on.kind == AxisPlacement::Kind::Replicated && extent.used) {
      const int64_t end = evaluate(extent.extent, execution);
      for (coordinate = 0; coordinate < end; ++coordinate)
        place(axis + 1);
      coordinate = 0;
      return;
    }
    coordinate = on.kind == AxisPlacement::Kind::Iname && extent.used
                     ? instance.value(on.iname) - evaluate(extent.lower, execution)
                     : 0;
    place(axis + 1);
    coordinate = 0;
  };
  place(0);
}

void MappedKernel::addCells(Execution &execution) const {
  for (const ElementAccess &access : execution.instance->accesses) {
    Cell cell{access.array, AddressSpace::Global, {}, access.isWrite, &access};
    auto storage = mapping_.storage.find(access.array);
    if (storage == mapping_.storage.end()) {
      cell.place = access.element;
      execution.cells.push_back(std::move(cell));
      continue;
    }
    cell.space = storage->second.space;
    cell.array = storage->second.memory();
    if (mapping_.target.hasWorkItems() && cell.space != AddressSpace::Global) {
      cell.place.push_back(execution.kernel);
      cell.place.insert(cell.place.end(), execution.host.begin(), execution.host.end());
      cell.place.insert(cell.place.end(), execution.group.begin(), execution.group.end());
      if (cell.space == AddressSpace::Private)
        cell.place.insert(cell.place.end(), execution.item.begin(), execution.item.end());
    }
    int64_t flat = 0;  // position in local memory, which temporaries of different shapes may share
    for (size_t axis = 0; axis < access.element.size(); ++axis) {
      const StorageAxis &stored = storage->second.axes[axis];
      int64_t position = floorDiv(access.element[axis] - evaluate(stored.lower, execution), stored.stride);
      if (stored.modulo)
        position -= floorDiv(position, stored.modulo) * stored.modulo;
      if (cell.space == AddressSpace::Local)
        flat = flat * stored.constantExtent.value() + position;
      else
        cell.place.push_back(stored.dropped ? 0 : position);
      if (stored.extent && !stored.dropped)
        require(position >= 0 && position < evaluate(stored.extent, execution), "a cell lies outside its array");
      if (stored.dropped)
        require(position == 0, "a dropped axis has one cell");
    }
    if (cell.space == AddressSpace::Local)
      cell.place.push_back(flat);
    execution.cells.push_back(std::move(cell));
  }
}

int MappedKernel::launchOrder(const Execution &a, const Execution &b) const {
  const Path &p = launches_[a.kernel], &q = launches_[b.kernel];
  for (size_t depth = 0; depth < p.positions.size() && depth < q.positions.size(); ++depth) {
    if (p.positions[depth] != q.positions[depth])
      return p.positions[depth] < q.positions[depth] ? -1 : 1;
    if (depth < a.host.size() && depth < b.host.size() && a.host[depth] != b.host[depth])
      return a.host[depth] < b.host[depth] ? -1 : 1;
  }
  return 0;
}

} // namespace loopy::testing
