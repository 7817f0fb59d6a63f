// The peaks of an OpenCL device, by two kernels.
#include "opencl.h"
#include "peaks.h"

#include <algorithm>

namespace loopy {

namespace {

// `V` is a vector of 64 bytes, as wide as the widest processor's registers; GPUs take it apart. Eight of them are few
// enough for their registers.
const char *const source = R"(
#ifdef DOUBLES
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
__kernel void loopy_copy(__global const float4 *restrict from, __global float4 *restrict to) {
  to[get_global_id(0)] = from[get_global_id(0)];
}
__kernel void loopy_fma(__global T *sink, int steps, T a, T b) {
  V x0 = (V)((T)get_local_id(0)), x1 = x0 + (T)1, x2 = x0 + (T)2, x3 = x0 + (T)3, x4 = x0 + (T)4, x5 = x0 + (T)5,
    x6 = x0 + (T)6, x7 = x0 + (T)7;
  for (int s = 0; s < steps; ++s) {
    x0 = fma(x0, a, b);
    x1 = fma(x1, a, b);
    x2 = fma(x2, a, b);
    x3 = fma(x3, a, b);
    x4 = fma(x4, a, b);
    x5 = fma(x5, a, b);
    x6 = fma(x6, a, b);
    x7 = fma(x7, a, b);
  }
  V sum = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7;
  T all = sum.s0 + sum.s1 + sum.s2 + sum.s3 + sum.s4 + sum.s5 + sum.s6 + sum.s7;
#ifndef DOUBLES
  all += sum.s8 + sum.s9 + sum.sa + sum.sb + sum.sc + sum.sd + sum.se + sum.sf;
#endif
  sink[get_global_id(0)] = all;
}
)";

Peaks measure(const DeviceInfo &info, bool doubles) {
  const cl::Device device = openDevice(info);
  const cl::Context context(device);
  cl::CommandQueue queue(context, device, cl::QueueProperties::Profiling);
  cl::Program program(context, source);
  program.build({device}, doubles ? "-DT=double -DV=double8 -DDOUBLES" : "-DT=float -DV=float16");
  auto timeOf = [&](cl::Kernel &kernel, size_t global, size_t local) {
    cl::Event event;
    queue.enqueueNDRangeKernel(kernel, cl::NullRange, cl::NDRange(global), cl::NDRange(local), nullptr, &event);
    event.wait();
    return 1e-9 * static_cast<double>(event.getProfilingInfo<CL_PROFILING_COMMAND_END>() -
                                      event.getProfilingInfo<CL_PROFILING_COMMAND_START>());
  };
  const size_t local = std::clamp<size_t>(info.maxWorkGroupSize, 1, info.isCpu ? 64 : 256);
  constexpr double each = 0.15;

  size_t bytes = size_t{1} << (info.isCpu ? 27 : 30);
  while (bytes > (size_t{1} << 20) &&
         (3 * bytes > info.globalMemoryBytes || (info.maxAllocationBytes && bytes > info.maxAllocationBytes)))
    bytes /= 2;
  const cl::Buffer from(context, CL_MEM_READ_WRITE, bytes), to(context, CL_MEM_READ_WRITE, bytes);
  queue.enqueueFillBuffer(from, 1.0F, 0, bytes);
  queue.enqueueFillBuffer(to, 0.0F, 0, bytes);
  cl::Kernel copy(program, "loopy_copy");
  copy.setArg(0, from);
  copy.setArg(1, to);
  const size_t copies = bytes / 16 / local * local;
  Peaks peaks;
  peaks.bytesPerSecond =
      2.0 * 16 * static_cast<double>(copies) / shortestTime(each, [&] { return timeOf(copy, copies, local); });

  cl::Kernel fma(program, "loopy_fma");
  const size_t items = local * std::max(1U, info.computeUnits) * (info.isCpu ? 4 : 32);
  const cl::Buffer sink(context, CL_MEM_READ_WRITE, items * sizeof(double));
  constexpr cl_int steps = 2000;
  fma.setArg(0, sink);
  fma.setArg(1, steps);
  if (doubles) {
    fma.setArg(2, 0.999);
    fma.setArg(3, 0.001);
  } else {
    fma.setArg(2, 0.999F);
    fma.setArg(3, 0.001F);
  }
  const double operationsPerStep = 2.0 * 8 * (doubles ? 8 : 16);
  peaks.operationsPerSecond = operationsPerStep * steps * static_cast<double>(items) /
                              shortestTime(each, [&] { return timeOf(fma, items, local); });
  return peaks;
}

} // namespace

Peaks peaksOf(const DeviceInfo &device, bool doubles) {
  return cachedPeaks(
      {"OpenCL", device.platform, device.name, device.version, device.driver, doubles ? "float64x8" : "float32x16"}, [&] {
        try {
          return measure(device, doubles);
        } catch (const cl::Error &error) {
          throw UserError(SourceRange{}, "The peaks of the device `" + device.name +
                                             "` cannot be measured: " + error.what() + " failed with OpenCL error " +
                                             std::to_string(error.err()) + ".");
        }
      });
}

} // namespace loopy
