// The one place that includes the OpenCL bindings, and what the runtime's files share.
#pragma once

#include "loopy/runtime/runtime.h"

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"
#endif
#include <CL/opencl.hpp>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include <utility>
#include <vector>

namespace loopy {

std::vector<std::pair<cl::Platform, cl::Device>> allDevices();
// UserError if the device is not there any more.
cl::Device openDevice(const DeviceInfo &wanted);

} // namespace loopy
