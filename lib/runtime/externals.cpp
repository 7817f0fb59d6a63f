#include "externals.h"

#include <dlfcn.h>

namespace loopy {

static bool isOfTarget(const Program &program, const std::string &function) {
  if (isReservedWord(function))
    return true;
  return program.target.kind == Target::Kind::C && dlsym(RTLD_DEFAULT, function.c_str()) != nullptr;
}

void requireCode(const Program &program) {
  const bool isC = program.target.kind == Target::Kind::C;
  for (const FunctionDecl &function : program.externals)
    if (!isInPreamble(program, function.name) && !isOfTarget(program, function.name))
      throw UserError(function.source, "The external function '" + function.name + "' has no code for " +
                                           (isC ? "C" : "OpenCL") +
                                           ", so the kernel cannot run there. Give it one: " + "preamble " +
                                           (isC ? "c" : "opencl") + " \"\"\"...\"\"\" in front of the kernel.");
}

void throwDoesNotCompile(const Program &program, const std::string &message) {
  if (program.externals.empty())
    throw InternalError(message);
  // The place in our source, in front, is of no use to the user.
  const size_t begin = message.find("The emitted ");
  throw UserError(program.externals.front().source,
                  "The kernel calls external functions, and with the file's preambles it does not compile. " +
                      message.substr(begin == std::string::npos ? 0 : begin));
}

} // namespace loopy
