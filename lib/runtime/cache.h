// The on-disk cache of compiled binaries. Processes share it without locks: an entry is written to a file of its own
// and renamed into place, and carries a checksum, so that a reader finds a whole entry or none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace loopy {

// A key of everything that a binary depends on.
std::string cacheKey(const std::vector<std::string> &parts);

class BinaryCache {
public:
  // `suffix` tells kinds of entries apart: ".so", ".clbin". The directory is made when the first entry is stored.
  BinaryCache(std::string directory, std::string suffix);

  std::string pathOf(const std::string &key) const;
  // The entry's content; nothing if there is none or it is damaged (then it is removed).
  std::optional<std::string> load(const std::string &key) const;
  // Stores the content, followed by its checksum. False if the directory cannot be written: then there is no cache.
  bool store(const std::string &key, std::string_view content) const;
  void remove(const std::string &key) const;

private:
  std::string directory_, suffix_;
};

// A new, empty directory for temporary files, removed with all it holds at the end.
class ScratchDirectory {
public:
  ScratchDirectory(); // UserError if there is no place for one
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory &) = delete;
  ScratchDirectory &operator=(const ScratchDirectory &) = delete;
  std::string file(const std::string &name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

// UserError if the file cannot be read; false if it cannot be written.
std::string readFile(const std::string &path);
bool writeFile(const std::string &path, std::string_view content);

} // namespace loopy
