#include "loopy/lower/mapping.h"

#include "loopy/ir/tree.h"

namespace loopy {
namespace {

void printHost(const Mapping &mapping, const std::vector<HostNode> &nodes, unsigned depth, std::string &out) {
  for (const HostNode &node : nodes) {
    out.append(2 * depth, ' ');
    if (const auto *loop = std::get_if<HostNode::HostLoop>(&node.data)) {
      out += "for " + loop->iname + "\n";
      printHost(mapping, loop->children, depth + 1, out);
    } else {
      out += "launch " + mapping.kernels[std::get<HostNode::LaunchNode>(node.data).kernel].name + "\n";
    }
  }
}

std::string placementText(const Placement &placement, const Mapping &mapping) {
  std::string text;
  for (Axis axis = 0; axis < axisCount; ++axis) {
    bool isUsed = false;
    for (const DeviceKernel &kernel : mapping.kernels)
      isUsed |= kernel.axes[axis].used;
    if (!isUsed)
      continue;
    const AxisPlacement &place = placement.axes[axis];
    text += (text.empty() ? "" : ", ") + axisName(axis) + " = ";
    switch (place.kind) {
    case AxisPlacement::Kind::Iname: text += place.iname; break;
    case AxisPlacement::Kind::Masked: text += "0"; break;
    case AxisPlacement::Kind::Replicated: text += "all"; break;
    }
  }
  return text;
}

std::string storageText(const Kernel &kernel, const Storage &storage) {
  std::string text = std::string(spelling(storage.space)) + " " + kernel.array(storage.array).type.name() + " " + storage.array;
  for (unsigned number : storage.memoryOrder())
    text += "[" + toString(storage.axes[number].extent) + "]" + (storage.axes[number].modulo ? " (modulo)" : "");
  if (const auto &swizzle = storage.swizzle)
    text += ", axis " + std::to_string(swizzle->axis) + " swizzled by axis " + std::to_string(swizzle->by);
  if (!storage.memoryOf.empty())
    text += ", in the memory of " + storage.memoryOf;
  if (!storage.foldedLoops.empty())
    text += ", folded over " + listOfNames(storage.foldedLoops);
  return text;
}

} // namespace

std::string printMapping(const Kernel &kernel, const Mapping &mapping) {
  std::string out = "host:\n";
  printHost(mapping, mapping.host, 1, out);
  for (const DeviceKernel &device : mapping.kernels) {
    out += "kernel " + device.name + ":\n";
    for (Axis axis = 0; axis < axisCount; ++axis)
      if (device.axes[axis].used)
        out += "  " + axisName(axis) + ": " + toString(device.axes[axis].lower) + " + [0, " +
               toString(device.axes[axis].extent) + ")\n";
    if (device.localBytes || device.privateBytes)
      out += "  " + std::to_string(device.localBytes) + " bytes of local memory per work-group, " +
             std::to_string(device.privateBytes) + " bytes of private temporaries per work-item\n";
    for (const std::string &id : statementsBelow(device.tree)) {
      std::string where = placementText(mapping.placement.at(id), mapping);
      out += "  " + id + (where.empty() ? "" : ": " + where) + "\n";
    }
  }
  if (!mapping.storage.empty())
    out += "storage:\n";
  for (const auto &[name, storage] : mapping.storage)
    out += "  " + storageText(kernel, storage) + "\n";
  if (!mapping.barriers.empty())
    out += "barriers:\n";
  for (const BarrierPlace &barrier : mapping.barriers) {
    out += "  " + mapping.kernels[barrier.kernel].name + ", body [";
    for (size_t i = 0; i < barrier.path.size(); ++i)
      out += (i ? ", " : "") + std::to_string(barrier.path[i]);
    out += "], gap " + std::to_string(barrier.gap) + (barrier.local ? " local" : "") + (barrier.global ? " global" : "") +
           ": " + barrier.reason + "\n";
  }
  for (const std::string &note : mapping.notes)
    out += "note: " + note + "\n";
  return out;
}

} // namespace loopy
