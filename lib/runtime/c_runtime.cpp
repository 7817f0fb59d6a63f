// Runs C programs: the system compiler makes a shared object, which is loaded into this process.
#include "arguments.h"
#include "cache.h"
#include "guard_zone.h"
#include "process.h"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace loopy {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A loaded shared object.
class Library {
public:
  // With OpenMP the object stays in memory: its threads outlive it.
  Library(const std::string &path, bool keepLoaded)
      : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | (keepLoaded ? RTLD_NODELETE : 0))) {
    if (!handle_)
      error_ = dlerror();
  }
  ~Library() {
    if (handle_)
      dlclose(handle_);
  }
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  bool isLoaded() const { return handle_ != nullptr; }
  const std::string &error() const { return error_; }
  void *find(const std::string &symbol) const { return dlsym(handle_, symbol.c_str()); }

private:
  void *handle_;
  std::string error_;
};

// The program that $CC names, or cc, with the arguments that $CC gives it; and what tells its versions apart.
struct Compiler {
  std::vector<std::string> command;
  std::string identity;
};

Compiler findCompiler() {
  const char *environment = std::getenv("CC");
  std::istringstream words(environment && *environment ? environment : "cc");
  Compiler compiler;
  for (std::string word; words >> word;)
    compiler.command.push_back(word);
  if (compiler.command.empty())
    compiler.command.emplace_back("cc");
  const std::string name = compiler.command.front();
  const std::optional<std::string> path = findProgram(name);
  if (!path)
    throw UserError(SourceRange{}, "There is no C compiler `" + name + "`. Install one, or name one in $CC.");
  compiler.command.front() = *path;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(*path, error);
  const std::filesystem::path file = error ? std::filesystem::path(*path) : real;
  compiler.identity = file.string() + " " + std::to_string(std::filesystem::file_size(file, error)) + " " +
                      std::to_string(std::filesystem::last_write_time(file, error).time_since_epoch().count());
  return compiler;
}

// What `-march=native` depends on.
std::string processorIdentity() {
  std::ifstream stream("/proc/cpuinfo");
  std::string identity;
  for (std::string line; std::getline(stream, line) && !line.empty();) // the first processor
    if (line.starts_with("model") || line.starts_with("flags") || line.starts_with("vendor_id"))
      identity += line + "\n";
  return identity;
}

std::string joined(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

// Compiles `source` into a shared object and returns the file's content. A compiler that cannot even compile an empty
// function is the user's; one that rejects our text shows a mistake of ours.
class Compilation {
public:
  Compilation(const Compiler &compiler, const std::vector<std::string> &options)
      : compiler_(compiler), options_(options) {}

  std::string run(const std::string &source) {
    if (compile(source))
      return readFile(scratch_.file("kernel.so"));
    const std::string log = readFile(scratch_.file("log"));
    if (!compile("int loopy_probe(void) { return 0; }\n"))
      throw UserError(SourceRange{}, "The C compiler does not work. `" + commandText() + "` failed:\n" + log);
    throw InternalError("The emitted C does not compile with `" + commandText() + "`:\n" + log);
  }

private:
  std::string commandText() const { return joined(compiler_.command) + " " + joined(options_); }

  bool compile(const std::string &source) {
    const std::string input = scratch_.file("kernel.c"), output = scratch_.file("kernel.so"),
                      log = scratch_.file("log");
    std::error_code ignored;
    std::filesystem::remove(output, ignored);
    if (!writeFile(input, source) || !writeFile(log, ""))
      throw UserError(SourceRange{}, "Cannot write the temporary file `" + input + "`.");
    std::vector<std::string> command = compiler_.command;
    command.insert(command.end(), options_.begin(), options_.end());
    for (const std::string &word : {std::string("-o"), output, input, std::string("-lm")})
      command.push_back(word);
    const int status = runProcess(command, log);
    return status == 0 && std::filesystem::exists(output, ignored);
  }

  const Compiler &compiler_;
  const std::vector<std::string> &options_;
  ScratchDirectory scratch_;
};

// Memory of one array: aligned, and with sanitizeBounds between two guards that nobody may write.
class HostArray {
public:
  HostArray(std::string name, std::vector<std::byte> initial, bool isGuarded)
      : name_(std::move(name)), initial_(std::move(initial)), guard_(isGuarded ? guardBytes : 0),
        memory_(initial_.size() + 2 * guard_ + alignment) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    begin_ = memory_.data() + guard_ + (alignment - (address + guard_) % alignment) % alignment;
    reset();
  }
  HostArray(const HostArray &) = delete;
  HostArray &operator=(const HostArray &) = delete;

  void *data() { return begin_; }
  void reset() {
    std::fill(begin_ - guard_, begin_, guardByte);
    std::fill(begin_ + initial_.size(), begin_ + initial_.size() + guard_, guardByte);
    std::copy(initial_.begin(), initial_.end(), begin_);
  }
  std::vector<std::byte> content() const { return {begin_, begin_ + initial_.size()}; }
  void checkGuards() const {
    const std::byte *end = begin_ + initial_.size();
    if (!isIntact(begin_ - guard_, begin_) || !isIntact(end, end + guard_))
      throwWroteOutside(name_);
  }

private:
  static constexpr size_t alignment = 4096;
  std::string name_;
  std::vector<std::byte> initial_;
  size_t guard_;
  std::vector<std::byte> memory_;
  std::byte *begin_;
};

using EntryPoint = void (*)(void **);

class CRuntime final : public Runtime {
public:
  RunResult run(const Program &program, const Arguments &arguments, const RunOptions &options) override {
    require(program.target.kind == Target::Kind::C && program.functions.size() == 1, "no program for C");
    const BoundArguments bound(program, arguments);
    RunResult result;
    const Library &library = load(program, options, result.times);

    const DeviceFunction &function = program.functions.front();
    std::map<std::string, std::unique_ptr<HostArray>> arrays = allocate(program, bound, options.sanitizeBounds);
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

    const int runs = options.warmups + std::max(options.repetitions, 1);
    for (int i = 0; i < runs; ++i) {
      for (auto &[name, array] : arrays)
        array->reset();
      const Clock::time_point start = Clock::now();
      entry(pointers.data());
      if (i >= options.warmups)
        result.times.wallSeconds.push_back(secondsSince(start));
      if (i == 0)
        collect(program, bound, arrays, library, options, result);
    }
    result.times.eventSeconds = result.times.wallSeconds;
    return result;
  }

private:
  static std::map<std::string, std::unique_ptr<HostArray>> allocate(const Program &program, const BoundArguments &bound,
                                                                    bool isGuarded) {
    std::map<std::string, std::unique_ptr<HostArray>> arrays;
    for (const auto &[name, array] : bound.arrays())
      arrays[name] = std::make_unique<HostArray>(name, bound.initialContent(array), isGuarded);
    for (const TempBuffer &buffer : program.buffers) {
      const size_t bytes = static_cast<size_t>(bound.elements(buffer)) * buffer.type.sizeInBytes();
      arrays[buffer.name] =
          std::make_unique<HostArray>(buffer.name, std::vector<std::byte>(bytes, std::byte{0xa5}), isGuarded);
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
      if (arg.isArray && arg.role != Role::In)
        result.outputs[arg.name] = bound.result(bound.arrays().at(arg.name), arrays.at(arg.name)->content());
  }

  const Library &load(const Program &program, const RunOptions &options, RunTimes &times) {
    Program adapted = program;
    adapted.target.contraction = program.target.contraction && options.contraction;
    const std::string source = emit(adapted).source;
    std::vector<std::string> flags = {"-O2", "-march=native", "-std=gnu11", "-shared", "-fPIC"};
    if (!adapted.target.contraction)
      flags.emplace_back("-ffp-contract=off");
    if (program.target.openMp)
      flags.emplace_back("-fopenmp");
    const Compiler compiler = findCompiler();
    const std::string key =
        cacheKey({source, joined(compiler.command), joined(flags), compiler.identity, processorIdentity()});
    if (auto found = libraries_.find(key); found != libraries_.end()) {
      times.fromCache = true;
      return *found->second;
    }
    const Clock::time_point start = Clock::now();
    std::unique_ptr<Library> library = loadCached(key, program.target.openMp);
    times.fromCache = library != nullptr;
    if (!library)
      library = build(Compilation(compiler, flags).run(source), key, program.target.openMp);
    times.compileSeconds = secondsSince(start);
    return *(libraries_[key] = std::move(library));
  }

  std::unique_ptr<Library> loadCached(const std::string &key, bool keepLoaded) {
    if (!cache_.load(key))
      return nullptr;
    auto library = std::make_unique<Library>(cache_.pathOf(key), keepLoaded);
    return library->isLoaded() ? std::move(library) : nullptr;
  }

  // Loads a new shared object: from the cache, so that its file stays, or where there is none from a temporary file.
  std::unique_ptr<Library> build(const std::string &object, const std::string &key, bool keepLoaded) {
    std::unique_ptr<Library> library;
    if (cache_.store(key, object)) {
      library = std::make_unique<Library>(cache_.pathOf(key), keepLoaded);
    } else {
      const ScratchDirectory scratch;
      if (!writeFile(scratch.file("kernel.so"), object))
        throw UserError(SourceRange{}, "Cannot write the temporary file `" + scratch.file("kernel.so") + "`.");
      library = std::make_unique<Library>(scratch.file("kernel.so"), keepLoaded);
    }
    if (!library->isLoaded())
      throw UserError(SourceRange{}, "The compiled kernel cannot be loaded: " + library->error() +
                                         ". Does it call a function that no library has?");
    return library;
  }

  BinaryCache cache_{cacheDirectory(), ".so"};
  std::map<std::string, std::unique_ptr<Library>> libraries_;
};

} // namespace

std::unique_ptr<Runtime> makeCRuntime() { return std::make_unique<CRuntime>(); }

} // namespace loopy
