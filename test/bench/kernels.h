// Kernels for measuring the compiler: the examples, and generated ones of any size.
#pragma once

#include <string>
#include <vector>

namespace loopy::bench {

// One example with one of its pipelines.
struct Example {
  std::string file; // "sgemm/sgemm.loopy", below examples/
  std::string kernel, pipeline;
  std::string name() const { return kernel + "/" + pipeline; }
};
// All examples with all their pipelines, in alphabetical order of the files.
std::vector<Example> allExamples();
std::string readExample(const std::string &file);
std::string pathOfExample(const std::string &file); // where its imports start

// `count` statements in one loop, each with an array of its own: x3[i] = 2*a[i] + 3.
std::string independentStatements(int count);
// `count` nests of two loops, one after the other, each with arrays and inames of its own.
std::string disjointNests(int count);
// `count` statements in one loop, each reading what the one before it wrote: nothing may be reordered.
std::string chainOfStatements(int count);

} // namespace loopy::bench
