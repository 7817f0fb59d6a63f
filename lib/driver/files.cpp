#include "loopy/driver/selection.h"

#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>

#include <unistd.h>

namespace loopy {

std::string readText(const std::string &path) {
  if (path != "-" && llvm::sys::fs::is_directory(path))
    throw UserError({}, "`" + path + "` is a directory; a kernel file is wanted.");
  auto buffer = llvm::MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!buffer)
    throw UserError({}, "`" + path + "` cannot be read: " + buffer.getError().message() + ".");
  return (*buffer)->getBuffer().str();
}

// Writes to a path as it is, which may be a device or a pipe. Messages speak of `name`.
static void writeDirectly(const std::string &path, const std::string &text, const std::string &name) {
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (!error) {
    file << text;
    file.close();
    error = file.error();
    file.clear_error(); // Reported below; the stream would end the program otherwise.
  }
  if (error)
    throw UserError({}, "`" + name + "` cannot be written: " + error.message() + ".");
}

void writeText(const std::string &path, const std::string &text) {
  if (llvm::sys::fs::exists(path) && !llvm::sys::fs::is_regular_file(path))
    return writeDirectly(path, text, path);
  std::string temporary = path + ".tmp" + std::to_string(::getpid());
  writeDirectly(temporary, text, path);
  if (std::error_code error = llvm::sys::fs::rename(temporary, path)) {
    llvm::sys::fs::remove(temporary);
    throw UserError({}, "`" + path + "` cannot be written: " + error.message() + ".");
  }
}

std::pair<std::string, std::string> splitAssignment(const std::string &text, const std::string &option) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw UsageError("`" + option + " " + text + "` is not of the form " + option + " NAME=VALUE.");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

} // namespace loopy
