#include "c_compiler.h"

#include "process.h"

#include <dlfcn.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace loopy {

Library::Library(const std::string &path, bool keepLoaded)
    : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | (keepLoaded ? RTLD_NODELETE : 0))) {
  if (!handle_)
    error_ = dlerror();
}

Library::~Library() {
  if (handle_)
    dlclose(handle_);
}

void *Library::find(const std::string &symbol) const { return dlsym(handle_, symbol.c_str()); }

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

std::string processorIdentity() {
  std::ifstream stream("/proc/cpuinfo");
  std::string identity;
  for (std::string line; std::getline(stream, line) && !line.empty();) // the first processor
    if (line.starts_with("model") || line.starts_with("flags") || line.starts_with("vendor_id"))
      identity += line + "\n";
  return identity;
}

static std::string joined(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

namespace {

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

} // namespace

const Library &CCompiler::load(const std::string &source, const std::vector<std::string> &flags, double &seconds,
                               bool &fromCache) {
  const Compiler compiler = findCompiler();
  const bool keepLoaded = std::find(flags.begin(), flags.end(), "-fopenmp") != flags.end();
  const std::string key =
      cacheKey({source, joined(compiler.command), joined(flags), compiler.identity, processorIdentity()});
  fromCache = true;
  if (auto found = libraries_.find(key); found != libraries_.end())
    return *found->second;
  const auto start = std::chrono::steady_clock::now();
  std::unique_ptr<Library> library = loadCached(key, keepLoaded);
  fromCache = library != nullptr;
  if (!library)
    library = build(Compilation(compiler, flags).run(source), key, keepLoaded);
  seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return *(libraries_[key] = std::move(library));
}

std::unique_ptr<Library> CCompiler::loadCached(const std::string &key, bool keepLoaded) {
  if (!cache_.load(key))
    return nullptr;
  auto library = std::make_unique<Library>(cache_.pathOf(key), keepLoaded);
  return library->isLoaded() ? std::move(library) : nullptr;
}

// Loads a new shared object: from the cache, so that its file stays, or where there is none from a temporary file.
std::unique_ptr<Library> CCompiler::build(const std::string &object, const std::string &key, bool keepLoaded) {
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

} // namespace loopy
