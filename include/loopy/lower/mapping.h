// What becomes of a kernel on a target: who executes which instance, in which device kernel, where temporaries live,
// where work-items wait for each other. Decided once, from relations; read by lowering and printed by `loopyc show`.
#pragma once

#include "loopy/analysis/placement.h"
#include "loopy/ir/kernel.h"
#include "loopy/ir/target.h"

#include <algorithm>
#include <array>

namespace loopy {

// The extent of a hardware axis in one device kernel.
struct AxisExtent {
  bool used = false;
  Expr lower;             // over params and host inames
  Expr extent;            // over params and host inames; constant for local axes
  int64_t constant = 0;   // the extent of a local axis
};

struct DeviceKernel {
  std::string name;
  Tree tree;                               // the part of the kernel's tree below the host loops, hardware loops kept
  std::array<AxisExtent, axisCount> axes;
  std::vector<std::string> hostInames;     // host loops around it, passed as arguments
  uint64_t localBytes = 0;                 // per work-group
  uint64_t privateBytes = 0;               // per work-item, of array temporaries
};

// The host's program: loops around launches.
struct HostNode {
  struct HostLoop { std::string iname; std::vector<HostNode> children; };
  struct LaunchNode { unsigned kernel = 0; };  // index into Mapping::kernels
  std::variant<HostLoop, LaunchNode> data;
};

// How one temporary is stored. The cell of an element x on axis d is (x_d - lower_d) / stride_d, modulo `modulo_d` if
// that is not 0; `lower` is an expression in the folded loops and params, so the same text serves every access.
struct StorageAxis {
  Expr lower;              // null = 0
  int64_t stride = 1;
  int64_t modulo = 0;
  Expr extent;             // of cells
  std::optional<int64_t> constantExtent;
  bool dropped = false;    // extent 1: the axis has no subscript
};
// Array::swizzle, with the axes' numbers among all axes and the number of cells that change places, a power of two.
struct StorageSwizzle {
  unsigned axis = 0, by = 0;
  int64_t granule = 1, cells = 1;
  int64_t rows() const { return cells / granule; } // whose orders differ
};
struct Storage {
  std::string array;
  AddressSpace space = AddressSpace::Private;
  std::vector<StorageAxis> axes;           // implicit axes first; in memory the last one is contiguous, but for
  std::optional<unsigned> contiguousAxis;  // the one that every access indexes by the lane of a vector
  std::vector<std::string> foldedLoops;
  // The node below whose loop it is declared (C: the innermost folded loop): "" = at the top of the function/kernel.
  std::string declaredIn;
  int kernel = -1;                         // device kernel index, -1 if used in several (space global)
  uint64_t bytes = 0;                      // if constant
  std::optional<StorageSwizzle> swizzle;   // of axes that are not dropped
  std::string memoryOf;                    // the temporary whose memory this one uses, "" = its own
  const std::string &memory() const { return memoryOf.empty() ? array : memoryOf; }
  // One cell.
  bool isScalar() const {
    return std::all_of(axes.begin(), axes.end(), [](const StorageAxis &axis) { return axis.dropped; });
  }
  std::vector<unsigned> memoryOrder() const; // axes that are not dropped, slowest first
};

// The tree in which barriers are counted: the device kernel's tree with hardware loops spliced out and every statement a
// leaf of its own (neighbouring leaves are not joined).
Tree barrierTree(const Kernel &kernel, const DeviceKernel &device);

// A barrier in gap `gap` (after child number `gap`) of the body of the loop reached by `path` from the root of the
// device kernel's barrierTree; an empty path = the root's own children. The last gap is the end of the body.
struct BarrierPlace {
  unsigned kernel = 0;
  std::vector<unsigned> path;              // child positions in the spliced tree
  unsigned gap = 0;
  bool local = false, global = false;      // fences
  std::string reason;                      // "a_fetch: a_fill -> upd, and 1 more"
};

struct Mapping {
  Target target;
  std::map<std::string, Placement> placement;   // by statement
  std::vector<DeviceKernel> kernels;             // for C one kernel, without axes
  std::vector<HostNode> host;
  std::map<std::string, Storage> storage;        // of every temporary that is accessed
  std::vector<BarrierPlace> barriers;
  std::vector<std::string> notes;                // remarks for the user
};

// The kernel as it is mapped and lowered: its rules expanded, statements without a single instance left out (unless that
// are all of them).
Kernel liveKernel(const Kernel &kernel);

// Throws UserError where the target cannot hold what the kernel asks for (local memory, work-group size, ...).
Mapping mapToTarget(const Kernel &kernel, const Target &target);
std::string printMapping(const Kernel &kernel, const Mapping &mapping);

} // namespace loopy
