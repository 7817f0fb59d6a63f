// Arrays as OpenCL images.
#pragma once

#include "arguments.h"
#include "opencl.h"

namespace loopy {

// A read-only image of the array's shape, the last axis being x, with the array's content. UserError where the device has
// no images, or none of this size.
cl::Memory makeImage(const cl::Context &context, const cl::Device &device, const BoundArray &array,
                    const std::vector<std::byte> &content);

} // namespace loopy
