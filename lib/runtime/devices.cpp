#include "opencl.h"

#include "loopy/codegen/emit.h"

#include <algorithm>
#include <cctype>

namespace loopy {

namespace {

// Drivers end some of their texts with a NUL or with blanks.
std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\0' || std::isspace(static_cast<unsigned char>(text.back()))))
    text.pop_back();
  return text;
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool hasExtension(const std::string &extensions, const std::string &name) {
  return (" " + extensions + " ").find(" " + name + " ") != std::string::npos;
}

DeviceInfo describe(const cl::Platform &platform, const cl::Device &device) {
  DeviceInfo info;
  info.platform = trimmed(platform.getInfo<CL_PLATFORM_NAME>());
  info.name = trimmed(device.getInfo<CL_DEVICE_NAME>());
  info.version = trimmed(device.getInfo<CL_DEVICE_VERSION>());
  info.driver = trimmed(device.getInfo<CL_DRIVER_VERSION>());
  info.isCpu = (device.getInfo<CL_DEVICE_TYPE>() & CL_DEVICE_TYPE_CPU) != 0;
  info.localMemoryBytes = device.getInfo<CL_DEVICE_LOCAL_MEM_SIZE>();
  info.globalMemoryBytes = device.getInfo<CL_DEVICE_GLOBAL_MEM_SIZE>();
  info.maxAllocationBytes = device.getInfo<CL_DEVICE_MAX_MEM_ALLOC_SIZE>();
  info.maxWorkGroupSize = device.getInfo<CL_DEVICE_MAX_WORK_GROUP_SIZE>();
  info.computeUnits = device.getInfo<CL_DEVICE_MAX_COMPUTE_UNITS>();
  const std::vector<size_t> sizes = device.getInfo<CL_DEVICE_MAX_WORK_ITEM_SIZES>();
  for (size_t d = 0; d < info.maxWorkItemSizes.size(); ++d)
    info.maxWorkItemSizes[d] = d < sizes.size() ? sizes[d] : 1;
  const std::string extensions = device.getInfo<CL_DEVICE_EXTENSIONS>();
  info.hasDoubles = hasExtension(extensions, "cl_khr_fp64");
  info.hasHalves = hasExtension(extensions, "cl_khr_fp16");
  return info;
}

bool matches(const DeviceInfo &info, const std::string &selector) {
  const std::string wanted = lowered(selector);
  return lowered(info.name).find(wanted) != std::string::npos ||
         lowered(info.platform).find(wanted) != std::string::npos;
}

std::string listing(const std::vector<DeviceInfo> &devices) {
  std::string text;
  for (size_t i = 0; i < devices.size(); ++i)
    text += "\n  " + std::to_string(i) + ": " + devices[i].name + " (" + devices[i].platform + ")";
  return text;
}

} // namespace

std::vector<std::pair<cl::Platform, cl::Device>> allDevices() {
  std::vector<std::pair<cl::Platform, cl::Device>> found;
  std::vector<cl::Platform> platforms;
  try {
    cl::Platform::get(&platforms);
  } catch (const cl::Error &) {
    return found; // the loader has no platform at all
  }
  for (const cl::Platform &platform : platforms) {
    std::vector<cl::Device> devices;
    try {
      platform.getDevices(CL_DEVICE_TYPE_ALL, &devices);
    } catch (const cl::Error &) {
      continue; // a platform without a device
    }
    for (const cl::Device &device : devices)
      if (device.getInfo<CL_DEVICE_AVAILABLE>())
        found.emplace_back(platform, device);
  }
  return found;
}

cl::Device openDevice(const DeviceInfo &wanted) {
  for (const auto &[platform, device] : allDevices()) {
    const DeviceInfo info = describe(platform, device);
    if (info.name == wanted.name && info.platform == wanted.platform && info.driver == wanted.driver)
      return device;
  }
  throw UserError(SourceRange{}, "The OpenCL device `" + wanted.name + "` of " + wanted.platform + " is gone.");
}

std::vector<DeviceInfo> listDevices() {
  std::vector<DeviceInfo> infos;
  for (const auto &[platform, device] : allDevices())
    infos.push_back(describe(platform, device));
  return infos;
}

DeviceInfo findDevice(const std::string &selector) {
  const std::vector<DeviceInfo> devices = listDevices();
  if (devices.empty())
    throw UserError(SourceRange{}, "There is no OpenCL device. Install one, for example pocl-opencl-icd for the CPU.");
  if (selector.empty()) {
    for (const DeviceInfo &info : devices)
      if (info.isCpu && lowered(info.platform).find("portable computing language") != std::string::npos)
        return info;
    return devices.front();
  }
  const bool isNumber = std::all_of(selector.begin(), selector.end(), [](unsigned char c) { return std::isdigit(c); });
  if (isNumber && selector.size() <= 4 && std::stoul(selector) < devices.size())
    return devices[std::stoul(selector)];
  for (const DeviceInfo &info : devices)
    if (matches(info, selector))
      return info;
  throw UserError(SourceRange{}, "No OpenCL device matches `" + selector + "`. There are:" + listing(devices));
}

Target DeviceInfo::target() const {
  Target target = Target::openCL();
  target.localMemoryBytes = localMemoryBytes;
  target.maxWorkGroupSize = maxWorkGroupSize;
  target.maxWorkItemSizes = maxWorkItemSizes;
  target.hasFastRsqrt = !isCpu;
  return target;
}

std::string DeviceInfo::lacks(const Program &program) const {
  for (const ProgramArg &arg : program.args) {
    const ScalarKind kind = arg.type.kind;
    const bool needsDoubles = kind == ScalarKind::Float64 || kind == ScalarKind::Complex128;
    if ((needsDoubles && !hasDoubles) || (kind == ScalarKind::Float16 && !hasHalves))
      return "`" + arg.name + "` is of " + arg.type.name();
  }
  const std::string source = emit(program).source;
  auto asksFor = [&](const char *extension) { return source.find(extension) != std::string::npos; };
  if (!hasHalves && asksFor("cl_khr_fp16"))
    return "it stores or computes float16";
  if (!hasDoubles && asksFor("cl_khr_fp64"))
    return "it stores or computes float64";
  return "";
}

} // namespace loopy
