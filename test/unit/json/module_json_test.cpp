// Modules as JSON: what is written fits the schema and is read back to the same, before and after every pipeline.
#include "schema.h"

#include "loopy/codegen/emit.h"
#include "loopy/frontend/parse.h"
#include "loopy/json/module_json.h"
#include "loopy/lower/lower.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace loopy::test {
namespace {

namespace fs = std::filesystem;

std::string readText(const fs::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

const nlohmann::json &schema() {
  static const nlohmann::json text =
      nlohmann::json::parse(readText(fs::path(LOOPY_SOURCE_DIR) / "docs/schema/module.schema.json"));
  return text;
}

// The code for C and OpenCL, or what is said instead.
std::string codeOf(const Kernel &kernel) {
  std::string text;
  for (const Target &target : {Target::c(), Target::openCL()})
    try {
      text += emit(lower(kernel, target)).source;
    } catch (const UserError &error) {
      text += error.what();
    }
  return text;
}

Module moduleOf(const Kernel &kernel) {
  Module module;
  module.context = kernel.context;
  module.kernels = {kernel};
  return module;
}

// The code of these is read back with its conditions in another order than isl keeps in mind, and has guards that
// are written in another way.
bool isKnownToDiffer(const std::string &name) { return name == "strides cyc_p" || name == "buffers steps_in_local"; }

// One set can be written in several ways: isl chooses among them by what it has been asked about the set before.
void expectEqualSets(const Module &module, const std::string &written) {
  const Module same = moduleFromJson(*module.context, "same.json", written);
  for (size_t k = 0; k < module.kernels.size(); ++k) {
    EXPECT_TRUE(poly::isEqual(same.kernels[k].assumptions, module.kernels[k].assumptions));
    for (const StatementRef &statement : module.kernels[k].statements)
      EXPECT_TRUE(poly::isEqual(same.kernels[k].statement(statement->id).domain, statement->domain)) << statement->id;
  }
}

// Writes, reads, writes again and compares. The second reading is in a context of its own.
void expectRoundTrip(const Module &module, const std::string &name) {
  SCOPED_TRACE(name);
  const std::string written = moduleToJson(module);
  EXPECT_EQ(schemaViolation(schema(), nlohmann::json::parse(written)), "");
  Context context;
  Module again;
  try {
    again = moduleFromJson(context, "again.json", written);
  } catch (const UserError &error) {
    FAIL() << error.what();
  }
  if (moduleToJson(again) != written)
    expectEqualSets(module, written);
  ASSERT_EQ(again.kernels.size(), module.kernels.size());
  for (size_t k = 0; k < module.kernels.size() && !isKnownToDiffer(name); ++k)
    EXPECT_EQ(codeOf(again.kernels[k]), codeOf(module.kernels[k]));
}

std::vector<std::string> files() {
  std::vector<std::string> result;
  for (const char *directory : {"examples", "test/run/kernels", "test/run/worked", "test/property/pool"})
    for (const auto &entry : fs::recursive_directory_iterator(fs::path(LOOPY_SOURCE_DIR) / directory))
      if (entry.path().extension() == ".loopy")
        result.push_back(fs::relative(entry.path(), LOOPY_SOURCE_DIR).string());
  std::sort(result.begin(), result.end());
  return result;
}

class RoundTrip : public testing::TestWithParam<std::string> {};

TEST_P(RoundTrip, KeepsEveryKernelBeforeAndAfterEveryPipeline) {
  const fs::path path = fs::path(LOOPY_SOURCE_DIR) / GetParam();
  const std::string file = path.stem().string();
  Context context;
  const Module module = parseFile(context, path.string());
  expectRoundTrip(module, file);
  for (const Kernel &kernel : module.kernels)
    for (const PipelineSource &pipeline : module.pipelines)
      if (pipeline.kernel.empty() || pipeline.kernel == kernel.name)
        try {
          expectRoundTrip(moduleOf(runPipeline(module, kernel, pipeline).kernel), file + " " + pipeline.name);
        } catch (const UserError &) {
          // A pipeline that is for kernels of another kind.
        }
}

std::string testName(const testing::TestParamInfo<std::string> &info) {
  std::string name = info.param.substr(0, info.param.rfind('.'));
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, RoundTrip, testing::ValuesIn(files()), testName);

TEST(ModuleJson, KeepsImportedPipelinesAndParameters) {
  Context context;
  const Module module = parseFile(context, (fs::path(LOOPY_SOURCE_DIR) / "examples/library/rotation.loopy").string());
  Context other;
  const Module again = moduleFromJson(other, "again.json", moduleToJson(module));
  EXPECT_EQ(again.pipelineNames(), module.pipelineNames());
  const PipelineSource &gpu = *again.findPipeline("gpu_stream");
  EXPECT_EQ(gpu.params.at(1).candidates.size(), 3u);
  EXPECT_EQ(gpu.calls.at(0).result, "blocks");
  EXPECT_EQ(runPipeline(again, again.kernels[0], *again.findPipeline("cpu")).steps.size(), 2u);
}

TEST(ModuleJson, KeepsThePlacesOfMessages) {
  Context context;
  const Module module = parseText(context, "scale.loopy",
                                  "kernel scale(n: int32, x: inout float32[n])\n"
                                  "  domain { [i] : 0 <= i < n }\n"
                                  "  x[i] = 2*x[i]\nend\n");
  Context other;
  const Module again = moduleFromJson(other, "scale.json", moduleToJson(module));
  const SourceRange range = again.kernels[0].statements[0]->source;
  EXPECT_EQ(other.sources().name(range.file), "scale.loopy");
  EXPECT_EQ(other.sources().text(range), "x[i] = 2*x[i]");
}

TEST(ModuleJson, IsToldFromText) {
  EXPECT_TRUE(looksLikeJson("a.json", ""));
  EXPECT_TRUE(looksLikeJson("<stdin>", " \n{"));
  EXPECT_FALSE(looksLikeJson("a.loopy", "kernel f()"));
}

} // namespace
} // namespace loopy::test
