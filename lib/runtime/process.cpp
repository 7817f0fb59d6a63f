#include "process.h"

#include <llvm/Support/Program.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <fstream>

extern char **environ;

namespace loopy {

namespace {

constexpr int couldNotRun = 127;

int noteFailure(const std::string &log, const std::string &message) {
  std::ofstream(log, std::ios::app) << message << "\n";
  return couldNotRun;
}

// The redirections of a new process.
class FileActions {
public:
  explicit FileActions(const std::string &log) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, 1, log.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
    posix_spawn_file_actions_adddup2(&actions_, 1, 2);
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions &) = delete;
  FileActions &operator=(const FileActions &) = delete;
  const posix_spawn_file_actions_t *get() const { return &actions_; }

private:
  posix_spawn_file_actions_t actions_;
};

} // namespace

std::optional<std::string> findProgram(const std::string &name) {
  llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(name);
  return path ? std::optional(*path) : std::nullopt;
}

int runProcess(const std::vector<std::string> &command, const std::string &log) {
  std::vector<std::string> words = command;
  std::vector<char *> argv;
  for (std::string &word : words)
    argv.push_back(word.data());
  argv.push_back(nullptr);
  const FileActions actions(log);
  pid_t child = 0;
  if (const int error = posix_spawn(&child, argv[0], actions.get(), nullptr, argv.data(), environ))
    return noteFailure(log, "Cannot start " + command.front() + ": " + std::strerror(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return noteFailure(log, "Lost the process of " + command.front() + ".");
  if (WIFSIGNALED(status))
    return noteFailure(log, command.front() + " was killed by signal " + std::to_string(WTERMSIG(status)) + ".");
  return WEXITSTATUS(status);
}

} // namespace loopy
