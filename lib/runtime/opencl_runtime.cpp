// Runs OpenCL programs: buffers, host loops, launches timed by events.
#include "arguments.h"
#include "cache.h"
#include "externals.h"
#include "guard_zone.h"
#include "images.h"
#include "opencl.h"
#include "repeat.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace loopy {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string describe(const cl::Error &error) {
  return std::string(error.what()) + " failed with OpenCL error " + std::to_string(error.err());
}

// A failed call that the program's size may have caused is reported to the user.
[[noreturn]] void rethrow(const cl::Error &error, const DeviceInfo &device) {
  const bool isResource = error.err() == CL_MEM_OBJECT_ALLOCATION_FAILURE || error.err() == CL_OUT_OF_RESOURCES ||
                          error.err() == CL_OUT_OF_HOST_MEMORY || error.err() == CL_INVALID_BUFFER_SIZE;
  if (isResource)
    throw UserError(SourceRange{}, "The device `" + device.name + "` has not enough memory: " + describe(error) + ".");
  throw InternalError("On the device `" + device.name + "`, " + describe(error) + ".");
}

class OpenCLRuntime final : public Runtime {
public:
  explicit OpenCLRuntime(const DeviceInfo &info)
      : info_(info), device_(openDevice(info)), context_(device_),
        queue_(context_, device_, cl::QueueProperties::Profiling) {}

private:
  RunResult execute(const Program &program, const Arguments &arguments, const RunOptions &options) override;
  friend class OpenCLRun;
  const cl::Program &load(const Program &program, const RunOptions &options, RunTimes &times);
  cl::Program buildFromCache(const std::string &key, const std::string &flags, bool &isFound);
  cl::Program buildFromSource(const std::string &source, const std::string &flags);
  void storeBinary(const std::string &key, const cl::Program &program);

  DeviceInfo info_;
  cl::Device device_;
  cl::Context context_;
  cl::CommandQueue queue_;
  BinaryCache cache_{cacheDirectory(), ".clbin"};
  std::map<std::string, cl::Program> programs_;
};

// One run of one program: its buffers, kernels and arguments.
class OpenCLRun {
public:
  OpenCLRun(OpenCLRuntime &runtime, const Program &program, const BoundArguments &bound, const cl::Program &binary,
            bool isGuarded)
      : runtime_(runtime), program_(program), bound_(bound), guard_(isGuarded ? guardBytes : 0) {
    for (const DeviceFunction &function : program.functions)
      kernels_.emplace_back(binary, emittedName(function.name).c_str());
    requireMemory();
    for (const auto &[name, array] : bound.arrays()) {
      InitialContent content = bound.initialContent(array);
      if (array.arg->isImage) {
        images_[name] = makeImage(runtime.context_, runtime.device_, array, content.bytes());
        continue;
      }
      sizes_[name] = content.bytes().size();
      allocate(name, content.bytes().size());
      write(name, content.bytes());
      if (array.arg->role == Role::InOut)
        initial_[name] = std::move(content);
    }
    for (const TempBuffer &buffer : program.buffers)
      allocate(buffer.name, static_cast<size_t>(bound.elements(buffer)) * buffer.type.sizeInBytes());
  }

  // Arrays that are read and written become what they were; all others a run does not change or does not read.
  void restoreArrays() {
    for (const auto &[name, content] : initial_)
      write(name, content.bytes());
    runtime_.queue_.finish();
  }

  // Runs the host's program. Returns the seconds from the start of its first launch to the end of the last one.
  double execute() {
    events_.clear();
    std::map<std::string, int64_t> values = bound_.params();
    execute(program_.host, values);
    runtime_.queue_.finish();
    if (events_.empty())
      return 0;
    return 1e-9 * static_cast<double>(events_.back().getProfilingInfo<CL_PROFILING_COMMAND_END>() -
                                      events_.front().getProfilingInfo<CL_PROFILING_COMMAND_START>());
  }

  void checkGuards() {
    std::vector<std::byte> before(guard_), behind(guard_);
    for (const auto &[name, whole] : guarded_) {
      runtime_.queue_.enqueueReadBuffer(whole.buffer, CL_TRUE, 0, guard_, before.data());
      runtime_.queue_.enqueueReadBuffer(whole.buffer, CL_TRUE, guard_ + whole.bytes, guard_, behind.data());
      if (!isIntact(before.data(), before.data() + guard_) || !isIntact(behind.data(), behind.data() + guard_))
        throwWroteOutside(name);
    }
  }

  Arguments outputs() {
    Arguments results;
    for (const auto &[name, array] : bound_.arrays()) {
      if (!array.isWritten())
        continue;
      std::vector<std::byte> content(sizes_.at(name));
      if (!content.empty())
        runtime_.queue_.enqueueReadBuffer(buffers_.at(name), CL_TRUE, 0, content.size(), content.data());
      results[name] = bound_.result(array, content);
    }
    return results;
  }

private:
  void requireMemory() const {
    const uint64_t needed = memoryNeeded(program_, bound_.params()), available = runtime_.info_.globalMemoryBytes;
    if (available && needed > available)
      throw UserError(SourceRange{}, "The arrays take " + std::to_string(needed) + " bytes, but the device `" +
                                         runtime_.info_.name + "` has " + std::to_string(available) + ".");
  }

  void write(const std::string &name, const std::vector<std::byte> &content) {
    if (!content.empty())
      runtime_.queue_.enqueueWriteBuffer(buffers_.at(name), CL_TRUE, 0, content.size(), content.data());
  }

  // A buffer, and with sanitizeBounds between two guards that nobody may write.
  void allocate(const std::string &name, size_t bytes) {
    constexpr size_t smallest = 16; // a buffer of no bytes is an error
    const size_t allocated = std::max(bytes, smallest) + 2 * guard_;
    if (runtime_.info_.maxAllocationBytes && allocated > runtime_.info_.maxAllocationBytes)
      throw UserError(SourceRange{}, "The array `" + name + "` takes " + std::to_string(bytes) +
                                         " bytes, but the device `" + runtime_.info_.name + "` allocates at most " +
                                         std::to_string(runtime_.info_.maxAllocationBytes) + " at once.");
    cl::Buffer buffer(runtime_.context_, CL_MEM_READ_WRITE, allocated);
    if (guard_) {
      runtime_.queue_.enqueueFillBuffer(buffer, std::to_integer<uint8_t>(guardByte), 0, allocated);
      const cl_buffer_region region{guard_, allocated - 2 * guard_};
      guarded_[name] = {buffer, bytes};
      buffer = buffer.createSubBuffer(CL_MEM_READ_WRITE, CL_BUFFER_CREATE_TYPE_REGION, &region);
    }
    buffers_[name] = buffer;
  }

  void execute(const std::vector<HostStmt> &stmts, std::map<std::string, int64_t> &values) {
    for (const HostStmt &stmt : stmts) {
      if (const auto *loop = std::get_if<HostFor>(&stmt.data)) {
        const int64_t lower = evaluate(loop->lower, values), upper = evaluate(loop->upper, values);
        for (int64_t value = lower; value <= upper; ++value) {
          values[loop->var] = value;
          execute(loop->body, values);
        }
        values.erase(loop->var);
      } else {
        launch(std::get<LaunchStmt>(stmt.data), values);
      }
    }
  }

  void launch(const LaunchStmt &launch, const std::map<std::string, int64_t> &values) {
    const DeviceFunction &function = program_.functions.at(launch.function);
    std::array<size_t, 3> global{1, 1, 1}, local{1, 1, 1};
    const unsigned dims = std::max(function.workDims, 1U);
    for (unsigned d = 0; d < 3; ++d) {
      const int64_t groups = launch.groups[d] ? evaluate(launch.groups[d], values) : 1;
      if (groups <= 0)
        return;
      require(d < dims || (groups == 1 && function.localSize[d] == 1), "a launch uses more axes than it says");
      local[d] = static_cast<size_t>(function.localSize[d]);
      global[d] = static_cast<size_t>(groups) * local[d];
    }
    cl::Kernel &kernel = kernels_.at(launch.function);
    for (unsigned i = 0; i < function.params.size(); ++i)
      setArgument(kernel, i, function.params[i], values);
    cl::Event event;
    runtime_.queue_.enqueueNDRangeKernel(kernel, cl::NullRange, range(global, dims), range(local, dims), nullptr,
                                         &event);
    events_.push_back(std::move(event));
  }

  static cl::NDRange range(const std::array<size_t, 3> &sizes, unsigned dims) {
    if (dims == 1)
      return {sizes[0]};
    return dims == 2 ? cl::NDRange(sizes[0], sizes[1]) : cl::NDRange(sizes[0], sizes[1], sizes[2]);
  }

  void setArgument(cl::Kernel &kernel, unsigned i, const FunctionParam &param,
                   const std::map<std::string, int64_t> &values) {
    if (param.imageAxes > 0) {
      kernel.setArg(i, images_.at(param.name));
      return;
    }
    if (param.isArray) {
      auto found = buffers_.find(param.name);
      require(found != buffers_.end(), "a parameter of a device function that is no array of the program");
      kernel.setArg(i, found->second);
      return;
    }
    const std::vector<std::byte> bytes = bound_.scalar(param, values);
    kernel.setArg(i, bytes.size(), bytes.data());
  }

  OpenCLRuntime &runtime_;
  const Program &program_;
  const BoundArguments &bound_;
  std::vector<cl::Kernel> kernels_;
  std::map<std::string, cl::Buffer> buffers_;
  std::map<std::string, cl::Memory> images_;
  size_t guard_; // bytes before and behind each buffer
  struct Guarded {
    cl::Buffer buffer; // with its guards
    size_t bytes = 0;  // of the array between them
  };
  std::map<std::string, Guarded> guarded_;
  std::map<std::string, size_t> sizes_;           // of the arguments' buffers
  std::map<std::string, InitialContent> initial_; // of those that are restored
  std::vector<cl::Event> events_;
};

RunResult OpenCLRuntime::execute(const Program &program, const Arguments &arguments, const RunOptions &options) {
  require(program.target.kind == Target::Kind::OpenCL, "no program for OpenCL");
  const BoundArguments bound(program, arguments);
  if (const std::string what = info_.lacks(program); !what.empty())
    throw UserError(SourceRange{},
                    "The device `" + info_.name + "` cannot run this: " + what + ", which it does not have.");
  RunResult result;
  try {
    const cl::Program &binary = load(program, options, result.times);
    OpenCLRun run(*this, program, bound, binary, options.sanitizeBounds);
    repeat(
        options, result.times, [&] { run.restoreArrays(); },
        [&] {
          const Clock::time_point start = Clock::now();
          const double eventSeconds = run.execute();
          return RunSeconds{eventSeconds, secondsSince(start)};
        },
        [&] {
          run.checkGuards();
          if (options.collectOutputs)
            result.outputs = run.outputs();
        });
  } catch (const cl::Error &error) {
    rethrow(error, info_);
  }
  return result;
}

const cl::Program &OpenCLRuntime::load(const Program &program, const RunOptions &options, RunTimes &times) {
  Program adapted = program;
  adapted.target.contraction = program.target.contraction && options.contraction;
  const std::string source = emit(adapted).source;
  std::string flags = "-cl-std=CL1.2";
  const bool canRound = (device_.getInfo<CL_DEVICE_SINGLE_FP_CONFIG>() & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
  if (!adapted.target.contraction && canRound)
    flags += " -cl-fp32-correctly-rounded-divide-sqrt";
  if (adapted.target.fastMath)
    flags += " -cl-fast-relaxed-math";
  if (adapted.target.flushDenormals)
    flags += " -cl-denorms-are-zero";
  const std::string key = cacheKey({source, flags, info_.platform, info_.name, info_.version, info_.driver});
  if (auto found = programs_.find(key); found != programs_.end()) {
    times.fromCache = true;
    return found->second;
  }
  const Clock::time_point start = Clock::now();
  requireCode(program);
  cl::Program binary = buildFromCache(key, flags, times.fromCache);
  if (!times.fromCache) {
    try {
      binary = buildFromSource(source, flags);
    } catch (const InternalError &error) {
      throwDoesNotCompile(program, error.what());
    }
    storeBinary(key, binary);
  }
  times.compileSeconds = secondsSince(start);
  return programs_[key] = std::move(binary);
}

cl::Program OpenCLRuntime::buildFromCache(const std::string &key, const std::string &flags, bool &isFound) {
  isFound = false;
  const std::optional<std::string> entry = cache_.load(key);
  if (!entry)
    return {};
  try {
    const cl::Program::Binaries binaries{std::vector<unsigned char>(entry->begin(), entry->end())};
    cl::Program program(context_, {device_}, binaries);
    program.build({device_}, flags.c_str());
    isFound = true;
    return program;
  } catch (const cl::Error &) {
    cache_.remove(key); // the driver does not take its own binary any more: it is built anew
    return {};
  }
}

cl::Program OpenCLRuntime::buildFromSource(const std::string &source, const std::string &flags) {
  cl::Program program(context_, source);
  try {
    program.build({device_}, flags.c_str());
  } catch (const cl::Error &error) {
    throw InternalError("The emitted OpenCL C does not compile for the device `" + info_.name + "` (" +
                        describe(error) + "):\n" + program.getBuildInfo<CL_PROGRAM_BUILD_LOG>(device_));
  }
  return program;
}

void OpenCLRuntime::storeBinary(const std::string &key, const cl::Program &program) {
  const auto binaries = program.getInfo<CL_PROGRAM_BINARIES>();
  if (binaries.size() == 1 && !binaries.front().empty())
    cache_.store(key, {reinterpret_cast<const char *>(binaries.front().data()), binaries.front().size()});
}

} // namespace

std::unique_ptr<Runtime> makeOpenCLRuntime(const DeviceInfo &device) {
  try {
    return std::make_unique<OpenCLRuntime>(device);
  } catch (const cl::Error &error) {
    throw UserError(SourceRange{},
                    "The OpenCL device `" + device.name + "` cannot be opened: " + describe(error) + ".");
  }
}

} // namespace loopy
