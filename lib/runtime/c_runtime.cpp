// Runs C programs: the system compiler makes a shared object, which is loaded into this process.
#include "arguments.h"
#include "c_compiler.h"
#include "fault.h"
#include "guard_zone.h"
#include "repeat.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>

namespace loopy {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Memory of one array, with sanitizeBounds between two guards that nobody may write. Arrays number 0, 1, 2, ... begin at
// different offsets from multiples of 2^21 and of the page size: element i of one array and element i of another would
// else compete for the same few lines of every cache.
class HostArray {
public:
  HostArray(std::string name, size_t bytes, bool isGuarded, unsigned number, size_t alignment)
      : name_(std::move(name)), bytes_(bytes), guard_(isGuarded ? guardBytes : 0) {
    const size_t period = bytes < largest ? page : largest;
    const size_t unit = std::max<size_t>(alignment, 64);
    const size_t skew = number * (33 * page + 5 * 64) % period / unit * unit;
    const size_t base = std::max(period, unit);
    memory_.reset(static_cast<std::byte *>(std::malloc(bytes + 2 * guard_ + 2 * base)));
    if (!memory_)
      throw std::bad_alloc();
    const auto address = reinterpret_cast<uintptr_t>(memory_.get()) + guard_;
    begin_ = memory_.get() + guard_ + (base - address % base) % base + skew;
    std::fill(begin_ - guard_, begin_, guardByte);
    std::fill(begin_ + bytes_, begin_ + bytes_ + guard_, guardByte);
  }

  void *data() { return begin_; }
  void write(const std::vector<std::byte> &content) { std::copy(content.begin(), content.end(), begin_); }
  void fill(std::byte byte) { std::fill(begin_, begin_ + bytes_, byte); }
  std::vector<std::byte> content() const { return {begin_, begin_ + bytes_}; }
  void checkGuards() const {
    const std::byte *end = begin_ + bytes_;
    if (!isIntact(begin_ - guard_, begin_) || !isIntact(end, end + guard_))
      throwWroteOutside(name_);
  }

private:
  struct Free {
    void operator()(std::byte *memory) const { std::free(memory); }
  };
  static constexpr size_t page = 4096, largest = size_t{1} << 21;
  std::string name_;
  size_t bytes_, guard_;
  std::unique_ptr<std::byte, Free> memory_;
  std::byte *begin_ = nullptr;
};

using EntryPoint = void (*)(void **);

class CRuntime final : public Runtime {
private:
  RunResult execute(const Program &program, const Arguments &arguments, const RunOptions &options) override {
    require(program.target.kind == Target::Kind::C && program.functions.size() == 1, "no program for C");
    const BoundArguments bound(program, arguments);
    RunResult result;
    const Library &library = load(program, options, result.times);

    const DeviceFunction &function = program.functions.front();
    std::map<std::string, std::unique_ptr<HostArray>> arrays = allocate(program, bound, options.sanitizeBounds);
    std::map<std::string, InitialContent> restored; // before every further run
    for (const auto &[name, array] : bound.arrays()) {
      InitialContent content = bound.initialContent(array);
      arrays.at(name)->write(content.bytes());
      if (array.arg->role == Role::InOut)
        restored[name] = std::move(content);
    }
    std::vector<std::vector<std::byte>> scalars;
    scalars.reserve(function.params.size());
    std::vector<void *> pointers;
    for (const FunctionParam &param : function.params) {
      if (param.isArray) {
        require(arrays.contains(param.name), "a parameter of the C function that is no array of the program");
        pointers.push_back(arrays.at(param.name)->data());
      } else {
        scalars.push_back(bound.scalar(param, {}));
        pointers.push_back(scalars.back().data());
      }
    }
    const std::string symbol = "loopy_entry_" + emittedName(function.name);
    const auto entry = reinterpret_cast<EntryPoint>(library.find(symbol));
    require(entry, "the shared object lacks the entry function");

    repeat(
        options, result.times,
        [&] {
          for (const auto &[name, content] : restored)
            arrays.at(name)->write(content.bytes());
        },
        [&] {
          const Clock::time_point start = Clock::now();
          if (std::string fault = runWatched([&] { entry(pointers.data()); }); !fault.empty())
            throw UserError(SourceRange{}, "The kernel `" + program.name + "` " + fault + ".");
          const double seconds = secondsSince(start);
          return RunSeconds{seconds, seconds};
        },
        [&] { collect(program, bound, arrays, library, options, result); });
    return result;
  }

  static std::map<std::string, std::unique_ptr<HostArray>> allocate(const Program &program, const BoundArguments &bound,
                                                                    bool isGuarded) {
    std::map<std::string, std::unique_ptr<HostArray>> arrays;
    unsigned number = 0;
    auto add = [&](const std::string &name, int64_t elements, Type type, size_t alignment) {
      const size_t bytes = static_cast<size_t>(elements) * type.sizeInBytes();
      arrays[name] = std::make_unique<HostArray>(name, bytes, isGuarded, number++, alignment);
    };
    for (const auto &[name, array] : bound.arrays())
      add(name, array.physicalElements, array.arg->type, array.arg->layout.alignment);
    for (const TempBuffer &buffer : program.buffers) {
      add(buffer.name, bound.elements(buffer), buffer.type, 0);
      arrays.at(buffer.name)->fill(std::byte{0xa5});
    }
    return arrays;
  }

  static void collect(const Program &program, const BoundArguments &bound,
                      const std::map<std::string, std::unique_ptr<HostArray>> &arrays, const Library &library,
                      const RunOptions &options, RunResult &result) {
    if (const auto *violation = static_cast<const int64_t *>(library.find("loopy_violation"));
        violation && violation[0] >= 0)
      throw UserError(SourceRange{}, "A subscript is out of bounds in line " + std::to_string(violation[0]) + ": " +
                                         std::to_string(violation[1]) + " of an extent of " +
                                         std::to_string(violation[2]) + ".");
    if (options.sanitizeBounds)
      for (const auto &[name, array] : arrays)
        array->checkGuards();
    for (const ProgramArg &arg : program.args)
      if (options.collectOutputs && arg.isArray && arg.role != Role::In)
        result.outputs[arg.name] = bound.result(bound.arrays().at(arg.name), arrays.at(arg.name)->content());
  }

  const Library &load(const Program &program, const RunOptions &options, RunTimes &times) {
    Program adapted = program;
    adapted.target.contraction = program.target.contraction && options.contraction;
    // Nobody reads errno after a kernel, and setting it would keep loops with square roots from being vectorised.
    std::vector<std::string> flags = {"-O3", "-march=native", "-std=gnu11", "-fno-math-errno", "-shared", "-fPIC"};
    if (!adapted.target.contraction)
      flags.emplace_back("-ffp-contract=off");
    // Not all of -ffast-math: linked into a shared object it would flush denormals in the whole process, and kernels use
    // infinity as the neutral element of min and max.
    if (adapted.target.fastMath)
      for (const char *flag : {"-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math", "-freciprocal-math"})
        flags.emplace_back(flag);
    if (program.target.openMp)
      flags.emplace_back("-fopenmp");
    return compiler_.load(emit(adapted).source, flags, times.compileSeconds, times.fromCache);
  }

  CCompiler compiler_;
};

} // namespace

std::unique_ptr<Runtime> makeCRuntime() { return std::make_unique<CRuntime>(); }

} // namespace loopy
