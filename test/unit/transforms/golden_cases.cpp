#include "golden_cases.h"

#include "loopy/frontend/parse.h"
#include "loopy/transforms/draw.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace loopy::test {

namespace fs = std::filesystem;

static const fs::path goldenRoot = fs::path(LOOPY_SOURCE_DIR) / "test" / "golden" / "transforms";

std::string GoldenCase::path() const { return (goldenRoot / pass / name).string(); }

std::vector<GoldenCase> goldenCases() {
  std::vector<GoldenCase> cases;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(goldenRoot))
    if (entry.path().extension() == ".loopy")
      cases.push_back({entry.path().parent_path().filename().string(), entry.path().stem().string()});
  std::sort(cases.begin(), cases.end(), [](const GoldenCase &a, const GoldenCase &b) { return a.path() < b.path(); });
  return cases;
}

std::string readText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    ADD_FAILURE() << "there is no file " << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool acceptsGoldens() { return std::getenv("LOOPY_ACCEPT") != nullptr; }

void writeText(const std::string &path, const std::string &text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  ASSERT_TRUE(file.good()) << "cannot write " << path;
}

// "[16, 16+1]": the explicit axes, with what pads them.
static std::string shape(const Array &array) {
  std::string text;
  for (size_t axis = 0; axis < array.shape.size(); ++axis) {
    text += (axis ? ", " : "") + toString(array.shape[axis]);
    if (axis < array.padding.size() && array.padding[axis] != 0)
      text += "+" + std::to_string(array.padding[axis]);
  }
  return text.empty() ? "" : "[" + text + "]";
}

static std::string swizzle(const Array &array) {
  if (!array.swizzle)
    return "";
  return ", axis " + std::to_string(array.swizzle->axis) + " swizzled by axis " + std::to_string(array.swizzle->by) +
         " in granules of " + std::to_string(array.swizzle->granule);
}

static std::string storage(const Kernel &kernel) {
  std::string text;
  for (const Array &array : kernel.arrays)
    if (array.isTemp())
      text += "temporary " + array.name + ": " + array.type.name() + shape(array) + ", " +
              std::to_string(array.implicitAxes) + " implicit axes" +
              (array.space ? std::string(", ") + spelling(*array.space) : "") + swizzle(array) + "\n";
  for (const auto &[name, value] : kernel.fixedParams)
    text += "fixed: " + name + " = " + std::to_string(value) + "\n";
  for (const Fact &fact : kernel.facts)
    if (const TrustedFact *trusted = std::get_if<TrustedFact>(&fact))
      text += "trusted: " + trusted->first + ", " + trusted->second + ", " + trusted->array + "\n";
  return text;
}

static Module parseCase(Context &context, const GoldenCase &golden) {
  return parseText(context, golden.name + ".loopy", readText(golden.path() + ".loopy"));
}

std::string outcome(const GoldenCase &golden) {
  Context context;
  try {
    const Module module = parseCase(context, golden);
    const PipelineResult result = runPipeline(module, module.kernels.at(0), module.pipelines.at(0));
    std::string text;
    for (const StepRecord &step : result.steps) {
      text += step.text + "\n";
      for (const std::string &note : step.notes)
        text += "  note: " + note + "\n";
    }
    return text + "\n" + drawLoops(result.kernel) + "\n" + storage(result.kernel);
  } catch (const UserError &error) {
    std::string text;
    llvm::raw_string_ostream out(text);
    for (const Diagnostic &diagnostic : error.diagnostics())
      context.sources().print(out, diagnostic, false);
    return text;
  }
}

std::string drawing(const GoldenCase &golden) {
  Context context;
  const Module module = parseCase(context, golden);
  const Kernel &kernel = module.kernels.at(0);
  PipelineOptions options;
  std::string before = drawLoops(kernel), beforePass, steps; // steps before the pass only prepare the loops for it
  options.afterStep = [&](const StepRecord &step, const Kernel &now) {
    if (step.call.pass == golden.pass && steps.empty())
      beforePass = before;
    if (!beforePass.empty())
      steps += (steps.empty() ? "" : "; ") + step.text;
    before = drawLoops(now);
  };
  runPipeline(module, kernel, module.pipelines.at(0), options);
  return beforePass + "-> " + steps + "\n" + before;
}

} // namespace loopy::test
