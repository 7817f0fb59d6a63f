// A mapped kernel, execution by execution: which work-item of which launch runs an instance, and which cells of which
// memory it touches. Read off the mapping's decisions, without isl.
#pragma once

#include "support/instances.h"

#include "loopy/lower/mapping.h"

namespace loopy::testing {

struct Cell {
  std::string array;
  AddressSpace space = AddressSpace::Global;
  // Whose memory it lies in: launch, group and work-item as far as the space has them; then the cell's subscripts.
  std::vector<int64_t> place;
  bool isWrite = false;
  const ElementAccess *access = nullptr;
  friend bool sameCell(const Cell &a, const Cell &b) { return a.array == b.array && a.place == b.place; }
};

struct Execution {
  const Instance *instance = nullptr;
  unsigned kernel = 0;
  std::vector<int64_t> host;  // values of the host loops
  std::array<int64_t, 3> group{}, item{};
  std::vector<Cell> cells;
  bool sameLaunch(const Execution &other) const { return kernel == other.kernel && host == other.host; }
};

class MappedKernel {
public:
  MappedKernel(const Kernel &kernel, const Mapping &mapping, const Sizes &sizes);
  const std::vector<Instance> &instances() const { return instances_; }
  const std::vector<Execution> &executions() const { return executions_; }
  // -1, 0, 1: the order of the launches of two executions.
  int launchOrder(const Execution &a, const Execution &b) const;
  // -1, 0, 1: the order of two executions in the sequential program.
  int order(const Execution &a, const Execution &b) const { return orderOf(paths_, *a.instance, *b.instance).order; }
  const std::map<std::string, Path> &paths() const { return paths_; }

private:
  void addExecutions(const Instance &instance);
  void addCells(Execution &execution) const;
  void findLaunches(const std::vector<HostNode> &nodes, Path path);
  int64_t evaluate(Expr e, const Execution &execution) const;

  const Kernel &kernel_;
  const Mapping &mapping_;
  const Sizes sizes_;
  std::map<std::string, Path> paths_;
  std::vector<Path> launches_;               // by device kernel: positions and host loops
  std::map<std::string, unsigned> kernelOf_;
  std::vector<Instance> instances_;
  std::vector<Execution> executions_;
};

} // namespace loopy::testing
