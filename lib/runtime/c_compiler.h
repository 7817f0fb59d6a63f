// The system's C compiler: from source text to a shared object in this process.
#pragma once

#include "cache.h"
#include "loopy/runtime/runtime.h"

#include <map>
#include <memory>

namespace loopy {

// A loaded shared object.
class Library {
public:
  // `keepLoaded`: the object stays in memory, as with OpenMP, whose threads outlive it.
  Library(const std::string &path, bool keepLoaded);
  ~Library();
  Library(const Library &) = delete;
  Library &operator=(const Library &) = delete;

  bool isLoaded() const { return handle_ != nullptr; }
  const std::string &error() const { return error_; }
  void *find(const std::string &symbol) const;

private:
  void *handle_;
  std::string error_;
};

// The program that $CC names, or cc, with the arguments that $CC gives it; and what tells its versions apart.
struct Compiler {
  std::vector<std::string> command;
  std::string identity;
};
Compiler findCompiler(); // UserError if there is none

// What `-march=native` depends on.
std::string processorIdentity();

// Compiles and loads, through the cache on disk.
class CCompiler {
public:
  // Valid as long as this object. `seconds` is the time it took; `fromCache` whether there was something to compile.
  const Library &load(const std::string &source, const std::vector<std::string> &flags, double &seconds,
                      bool &fromCache);

private:
  std::unique_ptr<Library> loadCached(const std::string &key, bool keepLoaded);
  std::unique_ptr<Library> build(const std::string &object, const std::string &key, bool keepLoaded);

  BinaryCache cache_{cacheDirectory(), ".so"};
  std::map<std::string, std::unique_ptr<Library>> libraries_;
};

} // namespace loopy
