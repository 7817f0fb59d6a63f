#include "images.h"

#include "loopy/ir/texel.h"

#include "llvm/Support/ErrorHandling.h"

#include <algorithm>

namespace loopy {
namespace {

cl::ImageFormat formatOf(Type type) {
  const std::optional<Texel> texel = texelOf(type);
  require(texel.has_value(), "an image of a type that no texel has");
  const cl_channel_order order = texel->channels == 1 ? CL_R : texel->channels == 2 ? CL_RG : CL_RGBA;
  switch (texel->channel) {
  case Texel::Channel::Float32:
    return {order, CL_FLOAT};
  case Texel::Channel::Int32:
    return {order, CL_SIGNED_INT32};
  case Texel::Channel::UInt32:
    return {order, CL_UNSIGNED_INT32};
  }
  llvm_unreachable("a channel that is none of these");
}

// The largest extents of an image, x first.
std::vector<size_t> limitsOf(const cl::Device &device, size_t axes) {
  if (axes == 3)
    return {device.getInfo<CL_DEVICE_IMAGE3D_MAX_WIDTH>(), device.getInfo<CL_DEVICE_IMAGE3D_MAX_HEIGHT>(),
            device.getInfo<CL_DEVICE_IMAGE3D_MAX_DEPTH>()};
  return {device.getInfo<CL_DEVICE_IMAGE2D_MAX_WIDTH>(), device.getInfo<CL_DEVICE_IMAGE2D_MAX_HEIGHT>()};
}

cl::Memory imageOf(const cl::Context &context, const cl::ImageFormat &format, const std::vector<size_t> &extents,
                   void *texels) {
  constexpr cl_mem_flags flags = CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR;
  if (extents.size() == 1)
    return cl::Image1D(context, flags, format, extents[0], texels);
  if (extents.size() == 2)
    return cl::Image2D(context, flags, format, extents[0], extents[1], 0, texels);
  return cl::Image3D(context, flags, format, extents[0], extents[1], extents[2], 0, 0, texels);
}

} // namespace

cl::Memory makeImage(const cl::Context &context, const cl::Device &device, const BoundArray &array,
                     const std::vector<std::byte> &content) {
  const std::string deviceName = device.getInfo<CL_DEVICE_NAME>().c_str();
  if (!device.getInfo<CL_DEVICE_IMAGE_SUPPORT>())
    throw UserError(SourceRange{},
                    "The device `" + deviceName + "` has no images, and `" + array.arg->name + "` is one.");
  require(array.isDense, "an image with a layout of its own");
  // An image has texels on every axis; without elements nobody reads one.
  std::vector<size_t> extents;
  for (size_t axis = array.shape.size(); axis-- > 0;)
    extents.push_back(static_cast<size_t>(std::max<int64_t>(array.shape[axis], 1)));
  const std::vector<size_t> limits = limitsOf(device, extents.size());
  for (size_t d = 0; d < extents.size(); ++d)
    if (extents[d] > limits[d])
      throw UserError(SourceRange{}, "The image `" + array.arg->name + "` has " + std::to_string(extents[d]) +
                                         " texels on axis " + std::to_string(extents.size() - 1 - d) +
                                         ", and the device `" + deviceName + "` has at most " +
                                         std::to_string(limits[d]) + ".");
  size_t bytes = array.arg->type.sizeInBytes();
  for (size_t extent : extents)
    bytes *= extent;
  std::vector<std::byte> texels = content;
  texels.resize(bytes);
  try {
    return imageOf(context, formatOf(array.arg->type), extents, texels.data());
  } catch (const cl::Error &error) {
    if (error.err() != CL_INVALID_OPERATION && error.err() != CL_IMAGE_FORMAT_NOT_SUPPORTED)
      throw;
    throw UserError(SourceRange{}, "The device `" + deviceName + "` has no images of " + array.arg->type.name() +
                                       ", and `" + array.arg->name + "` is one.");
  }
}

} // namespace loopy
