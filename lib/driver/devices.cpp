#include "loopy/driver/commands.h"

#include <llvm/Support/raw_ostream.h>

namespace loopy {

ExitStatus devicesCommand(Session &session) {
  std::vector<DeviceInfo> devices = listDevices();
  if (devices.empty()) {
    session.out() << "There is no OpenCL device. On Debian and Ubuntu the package pocl-opencl-icd provides one.\n";
    return ExitStatus::Good;
  }
  DeviceInfo chosen = findDevice("");
  for (size_t i = 0; i < devices.size(); ++i) {
    const DeviceInfo &device = devices[i];
    bool isDefault = device.name == chosen.name && device.platform == chosen.platform;
    session.out() << i << ": " << device.name << (isDefault ? " (default)" : "") << "\n"
                  << "   " << device.platform << ", " << device.version << ", driver " << device.driver << "\n"
                  << "   " << (device.isCpu ? "CPU" : "GPU or accelerator") << ", " << device.computeUnits
                  << " compute units, " << device.localMemoryBytes / 1024 << " KiB of local memory, "
                  << device.globalMemoryBytes / (1024 * 1024) << " MiB of global memory, at most "
                  << device.maxWorkGroupSize << " work-items per group\n"
                  << "   float64: " << (device.hasDoubles ? "yes" : "no")
                  << ", float16: " << (device.hasHalves ? "yes" : "no") << "\n";
    if (isDefault)
      chosen.name.clear(); // Only the first of several equal devices is the default one.
  }
  return ExitStatus::Good;
}

} // namespace loopy
