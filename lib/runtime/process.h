// Other programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace loopy {

// The path of a program that is found like the shell finds it; nothing if there is none.
std::optional<std::string> findProgram(const std::string &name);

// Runs a program, given by its path, with nothing to read and with its output and errors appended to the file `log`.
// Returns its exit status; 127 with a line in the log if it cannot be started or is killed.
int runProcess(const std::vector<std::string> &command, const std::string &log);

} // namespace loopy
