// Program -> source text. Output is a function of the program alone, byte for byte.
#pragma once

#include "loopy/lower/program.h"

namespace loopy {

struct EmittedCode {
  std::string source;              // OpenCL: the device program. C: the whole translation unit
  std::string extension;           // ".cl" or ".c"
  std::vector<std::string> notes;
};

// C: one function `void NAME(args in the user's order: scalars by value, arrays as pointers)`, plus
// `void loopy_entry_NAME(void **args)` that unpacks pointers to the arguments, for dlopen.
EmittedCode emit(const Program &program);

} // namespace loopy
