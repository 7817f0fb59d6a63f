// Who executes which instance: the work-item map P of every statement, and which dependences cross work-items.
#pragma once

#include "loopy/analysis/dependence.h"

#include <array>

namespace loopy {

// A hardware axis: 0..2 = g.0..g.2, 3..5 = l.0..l.2.
using Axis = unsigned;
inline constexpr Axis axisCount = 6;
inline constexpr Axis groupAxis(unsigned n) { return n; }
inline constexpr Axis localAxis(unsigned n) { return 3 + n; }
inline bool isGroupAxis(Axis axis) { return axis < 3; }
std::string axisName(Axis axis);
std::optional<Axis> axisOf(Tag tag);

// Where a statement stands on an axis: its loop's value less the axis' lower end, coordinate 0, or everywhere.
struct AxisPlacement {
  enum class Kind { Iname, Masked, Replicated } kind = Kind::Masked;
  std::string iname;  // for Iname
};
struct Placement {
  std::array<AxisPlacement, axisCount> axes;
};
using Placements = std::map<std::string, Placement>;  // by statement id

// (axis, temporary): the temporaries that may not be written by replicated statements on this axis.
using Masked = std::set<std::pair<Axis, std::string>>;

// The hull of an axis: lower end (a function of params and host inames) by axis; 0 where it is not given.
using AxisLowers = std::array<std::optional<isl::pw_aff>, axisCount>;

// Every statement's placement. On an axis that a statement lacks it is replicated iff it writes only temporaries that
// are not given as local or global nor in `masked`, and whose writers are all candidates on it; else masked.
Placements placeStatements(const AccessTable &table, const Masked &masked);

// All writers of this temporary are replicated on the axis: every work-item along it has its own copy.
bool hasCopyPerItem(const AccessTable &table, const Placements &placements, const std::string &array, Axis axis);

// Where the coordinates on `axis` of a conflict's two work-items differ, all replicas counted: over first's inames and
// second's primed ones, to be met by pairs. Through a temporary with a copy per item along an axis only equal coordinates
// of it are paired: no alternative there. `sameElement` says that the pairs access one element and not just one cell; then
// equal subscripts answer by themselves.
Alternatives coordinatesDiffer(const AccessTable &table, const Placements &placements, const AxisLowers &lowers,
                               const Conflict &conflict, Axis axis, bool sameElement);
// The pairs whose coordinates may be equal on `axis` (what remains for questions within one group).
Alternatives coordinatesEqual(const AccessTable &table, const Placements &placements, const AxisLowers &lowers,
                              const Conflict &conflict, Axis axis);

} // namespace loopy
