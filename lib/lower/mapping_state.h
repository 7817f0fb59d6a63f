// What the four steps of the mapping share. Private to lib/lower/.
#pragma once

#include "loopy/analysis/placement.h"
#include "loopy/lower/mapping.h"

namespace loopy {

// The canonical name of a work-item's coordinate on an axis, in relations that speak of several statements at once.
inline std::string coordinateName(Axis axis) { return "$" + axisName(axis); }

// How one temporary is stored: `Storage` with forms instead of expressions.
struct CellAxis {
  std::optional<Linear> lower = Linear{};  // over params, folded and host loops and coordinates; nothing = no single form
  int64_t stride = 1;
  int64_t modulo = 0;                // 0 = none
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
  // What is asked of the values of a statement's hardware iname, by case of its domain; host inames are kept.
  mutable std::map<std::tuple<std::string, std::string, std::vector<std::string>>, std::vector<Constraints>> axisValues;

  isl::ctx ctx() const { return table.ctx(); }
  unsigned numberOf(const std::string &statement) const { return numbers.at(statement); }
  bool isHardware(const std::string &loop) const {
    return target.hasWorkItems() && kernel.tag(loop).isHardware();
  }
};

// Asks of the instances of a pair that they run in one launch of a device kernel, and in one work-group of it.
void requireOneLaunch(Formula &pairs, const MappingState &state, unsigned kernel);
void requireOneGroup(Formula &pairs, const MappingState &state, unsigned kernel, const Conflict &conflict);

// b. Device kernels, host loops, axis hulls: fills mapping.kernels, mapping.host, kernelOf and lowers.
void partition(MappingState &state);
// The hull of an axis over some statements; `host` inames count as parameters.
AxisExtent axisHull(const MappingState &state, const std::vector<std::string> &statements,
                    const std::vector<std::string> &host, Axis axis, std::optional<isl::pw_aff> &lower);

// The elements of one axis of a temporary that one access touches: the values of `subscript` where one of the cases and
// all of `coordinates` holds. `valueOf` gives inames that are coordinates as functions of them.
struct AxisElements {
  Linear subscript;
  const Alternatives *cases;
  Constraints coordinates;
  std::map<Term, Linear> valueOf;
};
// The elements lower, lower + stride, ... below lower + size hold all of them; `lower` over names that it may depend on.
struct CellBox {
  Linear lower;
  int64_t size = 1, stride = 1;
  bool isTight = true;  // its first and last element are there, for some values of the names
};
// The smallest such box with a constant size that elimination finds, if there is one.
std::optional<CellBox> cellBox(Terms &terms, const std::vector<AxisElements> &accesses,
                               const std::function<bool(Term)> &mayDependOn);

// c. Storage of every temporary: fills mapping.storage and cells. Returns the temporaries whose writers must become
// masked; if there are any, steps a to c are repeated.
Masked decideStorage(MappingState &state);
// Local temporaries that are not in use at the same time share memory: fills Storage::memoryOf.
void shareLocalMemory(MappingState &state);
void checkMemoryLimits(MappingState &state);

// d. The fewest barriers: fills mapping.barriers.
void placeBarriers(MappingState &state);

} // namespace loopy
