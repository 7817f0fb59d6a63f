#include "cache.h"

#include "loopy/runtime/runtime.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/SHA256.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace loopy {

namespace {

constexpr std::string_view trailerMark = "loopyc-sha256:";
constexpr size_t digestLength = 64;

std::string sha256(std::string_view text) {
  llvm::SHA256 hash;
  hash.update(llvm::StringRef(text.data(), text.size()));
  const auto digest = hash.final();
  return llvm::toHex(llvm::ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(digest.data()), digest.size()), true);
}

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

} // namespace

std::string cacheDirectory() {
  if (std::string directory = environment("LOOPYC_CACHE_DIR"); !directory.empty())
    return directory;
  if (std::string directory = environment("XDG_CACHE_HOME"); !directory.empty())
    return directory + "/loopyc";
  if (std::string home = environment("HOME"); !home.empty())
    return home + "/.cache/loopyc";
  return std::filesystem::temp_directory_path().string() + "/loopyc";
}

std::string cacheKey(const std::vector<std::string> &parts) {
  std::string all;
  for (const std::string &part : parts)
    all += std::to_string(part.size()) + ":" + part;
  return sha256(all);
}

std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw UserError(SourceRange{}, "Cannot read `" + path + "`.");
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

bool writeFile(const std::string &path, std::string_view content) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(content.data(), static_cast<std::streamsize>(content.size()));
  stream.close();
  return static_cast<bool>(stream);
}

BinaryCache::BinaryCache(std::string directory, std::string suffix)
    : directory_(std::move(directory)), suffix_(std::move(suffix)) {}

std::string BinaryCache::pathOf(const std::string &key) const { return directory_ + "/" + key + suffix_; }

std::optional<std::string> BinaryCache::load(const std::string &key) const {
  const std::string path = pathOf(key);
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  std::string entry{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const size_t trailer = trailerMark.size() + digestLength;
  if (entry.size() >= trailer && entry.compare(entry.size() - trailer, trailerMark.size(), trailerMark) == 0) {
    const std::string digest = entry.substr(entry.size() - digestLength);
    entry.resize(entry.size() - trailer);
    if (sha256(entry) == digest)
      return entry;
  }
  remove(key);
  return std::nullopt;
}

bool BinaryCache::store(const std::string &key, std::string_view content) const {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  llvm::SmallString<128> temporary;
  if (error || llvm::sys::fs::createUniqueFile(directory_ + "/%%%%%%%%%%%%.tmp", temporary))
    return false;
  const std::string path = temporary.str().str();
  const bool isWritten = writeFile(path, std::string(content) + std::string(trailerMark) + sha256(content));
  if (isWritten)
    std::filesystem::rename(path, pathOf(key), error);
  if (isWritten && !error)
    return true;
  std::filesystem::remove(path, error);
  return false;
}

void BinaryCache::remove(const std::string &key) const {
  std::error_code ignored; // another process may have removed or replaced it
  std::filesystem::remove(pathOf(key), ignored);
}

ScratchDirectory::ScratchDirectory() {
  llvm::SmallString<128> path;
  if (std::error_code error = llvm::sys::fs::createUniqueDirectory("loopyc", path))
    throw UserError(SourceRange{}, "Cannot make a directory for temporary files: " + error.message() + ".");
  path_ = path.str().str();
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

} // namespace loopy
