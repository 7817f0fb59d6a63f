// External functions when a program is to run.
#pragma once

#include "loopy/lower/program.h"

namespace loopy {

// UserError at the declaration of a function that the program calls and that nothing is known to define: neither the
// file's preamble for the target nor the target itself (for C also the libraries of this process).
void requireCode(const Program &program);

// What a compiler says about text with the user's own code in it is for the user; about other text it is a bug.
[[noreturn]] void throwDoesNotCompile(const Program &program, const std::string &message);

} // namespace loopy
