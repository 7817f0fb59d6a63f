// The options of loopyc's commands.
#pragma once

#include "loopy/driver/session.h"

namespace loopy {

// Runs the command that the words (the program's name first) spell.
ExitStatus runCommandLine(const std::vector<std::string> &words, Console console);

} // namespace loopy
