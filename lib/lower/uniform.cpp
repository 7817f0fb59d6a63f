// What has the same value on all work-items of a group.
#include "lowering.h"

namespace loopy::lowering {

// One copy of an array is the same for all who read it between two barriers. Private copies are the same if all their
// writers run on all work-items and compute from such values only; the subscripts are the caller's to check.
bool Lowering::isUniformLoad(Expr e) {
  const Load &load = *e.as<Load>();
  auto storage = mapping.storage.find(load.array);
  if (!mapping.target.hasWorkItems() || storage == mapping.storage.end() ||
      storage->second.space != AddressSpace::Private)
    return true;
  if (!uniformInProgress_.insert(load.array).second)
    return true; // a value computed from its own earlier value: decided by the other operands
  bool isUniform = true;
  for (const auto &[id, statement] : prepared) {
    if (!statement.writes.count(load.array))
      continue;
    auto placement = mapping.placement.find(id);
    for (Axis axis = localAxis(0); axis < axisCount && placement != mapping.placement.end(); ++axis) {
      AxisPlacement::Kind kind = placement->second.axes[axis].kind;
      bool isWideSomewhere = false;
      for (unsigned k = 0; k < mapping.kernels.size(); ++k)
        isWideSomewhere |= isWide(axis, k);
      isUniform &= kind == AxisPlacement::Kind::Replicated || !isWideSomewhere;
    }
    for (const AccessRef &access : accesses(*statement.statement))
      if (isUniform && !access.isWrite)
        isUniform &= isUniformLoad(access.expr);
  }
  uniformInProgress_.erase(load.array);
  return isUniform;
}

} // namespace loopy::lowering
