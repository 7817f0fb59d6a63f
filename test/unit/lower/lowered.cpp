#include "lowered.h"

#include "loopy/ir/affine.h"

#include <cmath>

namespace loopy::test {

Transformed::Transformed(const std::string &text, const std::string &calls)
    : module(parseText(context, "test.loopy", text)), reference(module.kernels.at(0)), kernel(reference) {
  if (!calls.empty())
    kernel = runCalls(module, kernel, parsePipelineCalls(context, "calls", calls)).kernel;
}

std::string bodyText(const Program &program) {
  std::string text = printProgram(program);
  size_t begin = text.find("\nfunction ");
  return begin == std::string::npos ? text : text.substr(begin + 1);
}

std::string bodyText(const Transformed &transformed, const Target &target) {
  return bodyText(lower(transformed.kernel, target));
}

namespace {

int64_t extentOf(const Array &array, const std::map<std::string, int64_t> &params, Context &context) {
  int64_t total = 1;
  for (Expr extent : array.shape) {
    isl::pw_aff value = *toAffine(context, extent);
    isl::set point = poly::universe(context.isl());
    for (const auto &[name, v] : params)
      point = point.intersect(poly::paramAff(context.isl(), name).eq_set(poly::constantAff(context.isl(), v)));
    total *= poly::constantValue(value, point).value();
  }
  return total;
}

Memory initialMemory(const Kernel &kernel, const std::map<std::string, int64_t> &params,
                     const std::map<std::string, std::vector<int64_t>> &contents) {
  Memory memory;
  for (const Param &param : kernel.params)
    memory.scalars[param.name] = 3;
  for (const auto &[name, value] : params)
    memory.scalars[name] = static_cast<double>(value);
  unsigned seed = 1;
  for (const Array &array : kernel.arrays) {
    if (array.isTemp())
      continue;
    auto &cells = memory.arrays[array.name];
    int64_t count = extentOf(array, params, *kernel.context);
    for (int64_t i = 0; i < count; ++i) {
      seed = seed * 1103515245u + 12345u;
      cells[i] = static_cast<double>((seed >> 16) % 9) - 4;
    }
    if (auto given = contents.find(array.name); given != contents.end())
      for (size_t i = 0; i < given->second.size(); ++i)
        cells[static_cast<int64_t>(i)] = static_cast<double>(given->second[i]);
  }
  return memory;
}

} // namespace

std::string compareRuns(const Transformed &transformed, const std::map<std::string, int64_t> &params,
                        const std::map<std::string, std::vector<int64_t>> &contents) {
  Memory expected = initialMemory(transformed.reference, params, contents);
  const Memory initial = expected;
  interpret(transformed.reference, expected);
  for (const Target &target : {Target::c(), Target::openCL()}) {
    Memory actual = initial;
    std::string name = target.hasWorkItems() ? "opencl" : "c";
    try {
      interpret(lower(transformed.kernel, target), actual);
    } catch (const std::exception &error) {
      return name + ": " + error.what();
    }
    for (const Array &array : transformed.reference.arrays)
      if (!array.isTemp())
        for (const auto &[cell, value] : expected.arrays[array.name]) {
          auto found = actual.arrays[array.name].find(cell);
          bool isUnset = found == actual.arrays[array.name].end();
          if (isUnset || (found->second != value && !(std::isnan(value) && std::isnan(found->second))))
            return name + ": " + array.name + "[" + std::to_string(cell) + "] differs";
        }
  }
  return "";
}

} // namespace loopy::test
