// What the four steps of the mapping share. Private to lib/lower/.
#pragma once

#include "loopy/analysis/placement.h"
#include "loopy/lower/mapping.h"

namespace loopy {

// The canonical name of a work-item's coordinate on an axis, in relations that speak of several statements at once.
inline std::string coordinateName(Axis axis) { return "$" + axisName(axis); }

// How one temporary is stored, as functions: `Storage` with relations instead of expressions.
struct CellAxis {
  std::optional<isl::pw_aff> lower;  // over params, folded loops, host loops and coordinate names; nothing = 0
  int64_t stride = 1;
};
struct CellMap {
  std::vector<CellAxis> axes;
};

// Takes loops out of a tree and gives every statement a leaf of its own; children are never joined.
Tree spliceApart(const Tree &tree, const std::function<bool(const std::string &)> &splice);

struct MappingState {
  MappingState(const Kernel &kernel, const Target &target)
      : kernel(kernel), target(target), table(kernel), paths(allPaths(kernel.tree)),
        sequentialPaths(allPaths(spliceApart(kernel.tree, [this](const std::string &loop) { return isHardware(loop); }))) {
    for (unsigned i = 0; i < table.kernel().statements.size(); ++i)
      numbers[table.statement(i).id] = i;
  }

  const Kernel &kernel;
  const Target &target;
  AccessTable table;
  std::map<std::string, unsigned> numbers;        // of statements, in the access table
  std::map<std::string, Path> paths;
  std::map<std::string, Path> sequentialPaths;    // with the hardware loops spliced out

  Masked masked;
  Placements placements;
  Mapping mapping;
  std::map<std::string, unsigned> kernelOf;       // by statement; barriers of the user are in none
  std::vector<AxisLowers> lowers;                 // by device kernel
  std::map<std::string, CellMap> cells;           // by temporary

  isl::ctx ctx() const { return table.ctx(); }
  unsigned numberOf(const std::string &statement) const { return numbers.at(statement); }
  bool isHardware(const std::string &loop) const {
    return target.hasWorkItems() && kernel.tag(loop).isHardware();
  }
};

// b. Device kernels, host loops, axis hulls: fills mapping.kernels, mapping.host, kernelOf and lowers.
void partition(MappingState &state);
// The hull of an axis over some statements; `host` inames count as parameters.
AxisExtent axisHull(const MappingState &state, const std::vector<std::string> &statements,
                    const std::vector<std::string> &host, Axis axis, std::optional<isl::pw_aff> &lower);

// c. Storage of every temporary: fills mapping.storage and cells. Returns the temporaries whose writers must become
// masked; if there are any, steps a to c are repeated.
Masked decideStorage(MappingState &state);
void checkMemoryLimits(MappingState &state);

// d. The fewest barriers: fills mapping.barriers.
void placeBarriers(MappingState &state);

} // namespace loopy
