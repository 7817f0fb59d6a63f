// The cases of test/golden/transforms/<pass>/<case>.loopy: a kernel and a pipeline each.
#pragma once

#include <string>
#include <vector>

namespace loopy::test {

struct GoldenCase {
  std::string pass, name;
  // Cases named refused_* and error_* end in an error: of a step that is not legal, or of a mistake in its call.
  bool isRefusal() const { return name.starts_with("refused_"); }
  bool isError() const { return name.starts_with("error_"); }
  std::string path() const; // without ".loopy"
};

std::vector<GoldenCase> goldenCases();

std::string readText(const std::string &path); // fails the test and returns "" if there is no such file
bool acceptsGoldens();                         // LOOPY_ACCEPT is set: write what is expected instead of comparing
void writeText(const std::string &path, const std::string &text);

// What running the first pipeline of the case's file on its first kernel gives: notes and loops, or the error.
std::string outcome(const GoldenCase &golden);
// The loops before and after, as passes.def draws them.
std::string drawing(const GoldenCase &golden);

} // namespace loopy::test
