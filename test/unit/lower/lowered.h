// From text to a lowered program, for tests.
#pragma once

#include "interpreter.h"

#include "loopy/frontend/parse.h"
#include "loopy/lower/lower.h"
#include "loopy/transforms/pipeline.h"

namespace loopy::test {

// A parsed kernel and what one pipeline (calls separated by ';' or lines) makes of it.
struct Transformed {
  Context context;
  Module module;
  Kernel reference, kernel;
  explicit Transformed(const std::string &text, const std::string &calls = "");
};

// The body of the program's only function (or of all functions), as printProgram shows it, without the interface.
std::string bodyText(const Program &program);
std::string bodyText(const Transformed &transformed, const Target &target);

// Fills all arguments with small integers, runs the untouched kernel and the program made from the transformed one for
// each target, and returns "" or how the results differ.
std::string compareRuns(const Transformed &transformed, const std::map<std::string, int64_t> &params,
                        const std::map<std::string, std::vector<int64_t>> &contents = {});

} // namespace loopy::test
