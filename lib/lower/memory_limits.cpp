// What device kernels ask of the device: local memory, work-items. More than there is is refused before the device says so.
#include "mapping_state.h"

namespace loopy {
namespace {

void addMemory(MappingState &state, size_t number) {
  DeviceKernel &device = state.mapping.kernels[number];
  std::string locals;
  const Array *largest = nullptr;
  uint64_t largestBytes = 0;
  for (const auto &[name, storage] : state.mapping.storage) {
    if (storage.kernel != static_cast<int>(number))
      continue;
    if (storage.space == AddressSpace::Private)
      device.privateBytes += storage.bytes;
    if (storage.space != AddressSpace::Local || !storage.memoryOf.empty())
      continue;
    device.localBytes += storage.bytes;
    locals += (locals.empty() ? "`" : ", `") + name + "` " + std::to_string(storage.bytes);
    if (storage.bytes > largestBytes) {
      largest = &state.kernel.array(name);
      largestBytes = storage.bytes;
    }
  }
  if (device.localBytes > state.target.localMemoryBytes)
    throw UserError(largest->source, "Device kernel `" + device.name + "` needs " + std::to_string(device.localBytes) +
                                         " bytes of local memory per work-group (" + locals +
                                         " bytes), but the device has " + std::to_string(state.target.localMemoryBytes) +
                                         ". Use smaller tiles.");
  if (device.privateBytes > state.target.privateBytesWarning)
    state.mapping.notes.push_back("Device kernel `" + device.name + "` keeps " + std::to_string(device.privateBytes) +
                                  " bytes of temporaries per work-item, which may not fit into registers.");
}

void checkWorkGroup(const MappingState &state, const DeviceKernel &device) {
  uint64_t size = 1;
  for (unsigned n = 0; n < 3; ++n) {
    const AxisExtent &axis = device.axes[localAxis(n)];
    if (!axis.used)
      continue;
    const uint64_t extent = static_cast<uint64_t>(axis.constant);
    size *= extent;
    if (extent > state.target.maxWorkItemSizes[n])
      throw UserError(state.kernel.source, "Axis l." + std::to_string(n) + " of device kernel `" + device.name +
                                               "` has " + std::to_string(extent) +
                                               " work-items, but the device allows " +
                                               std::to_string(state.target.maxWorkItemSizes[n]) + ".");
  }
  if (size > state.target.maxWorkGroupSize)
    throw UserError(state.kernel.source, "The work-groups of device kernel `" + device.name + "` have " +
                                             std::to_string(size) + " work-items, but the device allows " +
                                             std::to_string(state.target.maxWorkGroupSize) + ".");
}

} // namespace

void checkMemoryLimits(MappingState &state) {
  if (!state.target.hasWorkItems())
    return;
  for (size_t number = 0; number < state.mapping.kernels.size(); ++number) {
    addMemory(state, number);
    checkWorkGroup(state, state.mapping.kernels[number]);
  }
}

} // namespace loopy
