// Every file below test/errors is a kernel file with mistakes. A comment
//
//     # error@+1: text
//
// says that an error is reported one line below it whose message contains the text (+0: this line, -2: two above). The
// test fails for an error that is missing, one that nobody expects, and one in another line. Errors are those of
// reading the file; if there are none, those of its temporaries and accesses, and of running each of its pipelines.
#include "loopy/analysis/bounds.h"
#include "loopy/frontend/parse.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace loopy {
namespace {

struct Expectation {
  unsigned line = 0;
  std::string text;
  bool isMet = false;
};

std::string readText(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Expectation> expectationsIn(const std::string &text) {
  const std::string mark = "# error@";
  std::vector<Expectation> result;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    size_t at = line.find(mark);
    if (at == std::string::npos)
      continue;
    size_t colon = line.find(':', at);
    int offset = std::stoi(line.substr(at + mark.size(), colon - at - mark.size()));
    size_t begin = line.find_first_not_of(' ', colon + 1);
    result.push_back({static_cast<unsigned>(number + offset), line.substr(begin), false});
  }
  return result;
}

void collect(const UserError &error, std::vector<Diagnostic> &out) {
  out.insert(out.end(), error.diagnostics().begin(), error.diagnostics().end());
}

void checkKernel(const Kernel &kernel, std::vector<Diagnostic> &out) {
  for (const Diagnostic &d : findUnsetReads(kernel))
    out.push_back(d);
  for (const BoundsFinding &finding : checkBounds(kernel))
    if (finding.verdict == BoundsFinding::Verdict::Refuted)
      out.push_back({Severity::Error, finding.range, finding.detail, {}});
}

std::vector<Diagnostic> errorsOf(Context &context, const std::string &name, const std::string &text) {
  std::vector<Diagnostic> errors;
  try {
    Module module = parseText(context, name, text);
    for (const Kernel &kernel : module.kernels)
      checkKernel(kernel, errors);
    if (!errors.empty())
      return errors;
    for (const PipelineSource &pipeline : module.pipelines)
      try {
        const Kernel &kernel = pipeline.kernel.empty() ? module.kernels.at(0) : module.kernel(pipeline.kernel);
        runPipeline(module, kernel, pipeline);
      } catch (const UserError &error) {
        collect(error, errors);
      }
  } catch (const UserError &error) {
    collect(error, errors);
  }
  return errors;
}

std::vector<std::string> caseFiles() {
  std::vector<std::string> files;
  std::filesystem::path root = std::filesystem::path(LOOPY_SOURCE_DIR) / "test" / "errors";
  for (const auto &entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.path().extension() == ".loopy")
      files.push_back(std::filesystem::relative(entry.path(), root).string());
  std::sort(files.begin(), files.end());
  return files;
}

class ErrorCase : public testing::TestWithParam<std::string> {};

TEST_P(ErrorCase, ReportsWhatItsCommentsSay) {
  std::string text = readText(std::filesystem::path(LOOPY_SOURCE_DIR) / "test" / "errors" / GetParam());
  std::vector<Expectation> expectations = expectationsIn(text);
  ASSERT_FALSE(expectations.empty()) << "the file expects no error";
  Context context;
  for (const Diagnostic &d : errorsOf(context, GetParam(), text)) {
    unsigned line = d.range.isValid() ? context.sources().lineColumn(d.range.file, d.range.begin).line : 0;
    bool expected = false;
    for (Expectation &e : expectations)
      if (!expected && !e.isMet && e.line == line && d.message.find(e.text) != std::string::npos)
        expected = e.isMet = true;
    EXPECT_TRUE(expected) << "nobody expects this error in line " << line << ": " << d.message;
  }
  for (const Expectation &e : expectations)
    EXPECT_TRUE(e.isMet) << "line " << e.line << " gives no error with the text: " << e.text;
}

std::string testName(const testing::TestParamInfo<std::string> &info) {
  std::string name = info.param.substr(0, info.param.rfind('.'));
  for (char &c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)))
      c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ErrorCase, testing::ValuesIn(caseFiles()), testName);

} // namespace
} // namespace loopy
