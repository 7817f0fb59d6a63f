#include "loopy/transforms/set_address_space.h"

#include "edit.h"

#include "loopy/analysis/placement.h"
#include "loopy/ir/rules.h"

namespace loopy {
namespace {

std::optional<AddressSpace> spaceOf(const SetAddressSpace &options) {
  for (AddressSpace space : {AddressSpace::Private, AddressSpace::Local, AddressSpace::Global})
    if (options.memory == spelling(space))
      return space;
  if (options.memory == "auto")
    return std::nullopt;
  throw UserError(options.where,
                  "`" + options.memory + "` is no memory. There are: private, local and global, and auto.");
}

// An element in private memory is accessed by one work-item, one in local memory by one work-group:
//   for all accesses s(x), t(y) of one element, one of them writing:  P(s(x)) = P(t(y)) on the axes of which each
//   memory has its own
void requireOneOwner(const Kernel &kernel, const SetAddressSpace &options, AddressSpace space) {
  const Kernel expanded = expandAllRules(kernel);
  const AccessTable table(expanded);
  const Placements placements = placeStatements(table, {});
  const Axis last = space == AddressSpace::Private ? axisCount : groupAxis(3);
  std::set<Axis> used;
  for (const Iname &iname : kernel.inames)
    if (const std::optional<Axis> axis = axisOf(iname.tag); axis && *axis < last)
      used.insert(*axis);
  for (const Conflict &conflict : conflicts(table, options.array))
    for (Axis axis : used) {
      Alternatives differ = coordinatesDiffer(table, placements, {}, conflict, axis, true);
      if (differ.empty() || !conflict.formula().requireEither(std::move(differ)).isSatisfiable())
        continue;
      throw UserError(options.where,
                      "`" + options.array + "` cannot be " + options.memory + ": `" + conflict.firstStatement().id +
                          "` and `" + conflict.secondStatement().id + "` access one element of it from different " +
                          (isGroupAxis(axis) ? "work-groups" : "work-items") + " along " + axisName(axis) + ".");
    }
}

} // namespace

Kernel setAddressSpace(const Kernel &kernel, const SetAddressSpace &options, Notes *) {
  const Array &array = requireTemporary(kernel, options.array, options.where);
  const std::optional<AddressSpace> space = spaceOf(options);
  if (array.space == space)
    throw UserError(options.where, space ? "`" + array.name + "` is " + spelling(*space) + " already."
                                         : "The memory of `" + array.name + "` is derived already.");
  Kernel result = kernel;
  for (Array &each : result.arrays)
    if (each.name == options.array) {
      each.space = space;
      each.source = options.where; // what the mapping refuses was asked for here
    }
  if (space && *space != AddressSpace::Global)
    requireOneOwner(result, options, *space);
  return result;
}

} // namespace loopy
