#include "loopy/support/sources.h"

#include <llvm/Support/raw_ostream.h>

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

namespace loopy {
namespace {

TEST(Names, TheNearestOneIsFound) {
  EXPECT_EQ(nearestName("rowlem", {"rowlen", "start"}), "rowlen");
  EXPECT_EQ(nearestName("k_outr", {"k_inner", "k_outer"}), "k_outer");
  EXPECT_EQ(nearestName("q", {"i", "j"}), "");
  EXPECT_EQ(nearestName("anything", {}), "");
}

TEST(Names, AreListed) {
  EXPECT_EQ(listOfNames({}), "none");
  EXPECT_EQ(listOfNames({"a"}), "a");
  EXPECT_EQ(listOfNames({"a", "b", "c"}), "a, b and c");
  EXPECT_EQ(unknownName("iname", "ii", {"i", "j"}), "There is no iname 'ii'. Did you mean 'i'? There are: i and j.");
  EXPECT_EQ(unknownName("iname", "i", {}), "There is no iname 'i'.");
}

TEST(Errors, CarryTheirDiagnostics) {
  UserError error({1, 2, 3}, "No.");
  EXPECT_STREQ(error.what(), "No.");
  EXPECT_EQ(error.diagnostics().size(), 1u);
  EXPECT_THROW(UserError(std::vector<Diagnostic>{}), InternalError);
  EXPECT_NE(std::string(InternalError("broken").what()).find("diagnostics_test.cpp"), std::string::npos);
}

class SourcesTest : public testing::Test {
protected:
  std::string printed(const Diagnostic &d) {
    std::string text;
    llvm::raw_string_ostream out(text);
    sources.print(out, d, false);
    return out.str();
  }
  Sources sources;
  uint32_t file = sources.add("a.loopy", "first line\nsecond line\n");
};

TEST_F(SourcesTest, LinesAndColumnsCountFromOne) {
  EXPECT_EQ(sources.lineColumn(file, 0).line, 1u);
  EXPECT_EQ(sources.lineColumn(file, 0).column, 1u);
  EXPECT_EQ(sources.lineColumn(file, 18).line, 2u);
  EXPECT_EQ(sources.lineColumn(file, 18).column, 8u);
  EXPECT_EQ(sources.text({file, 11, 17}), "second");
  EXPECT_EQ(sources.text({file, 11, 9999}), "second line\n");
}

TEST_F(SourcesTest, PrintShowsTheLineAndACaret) {
  Diagnostic d{
      Severity::Error, {file, 11, 17}, "This is wrong.", {{Severity::Note, {file, 0, 5}, "Because of this.", {}}}};
  EXPECT_EQ(printed(d), "a.loopy:2:1: error: This is wrong.\nsecond line\n^~~~~~\n"
                        "a.loopy:1:1: note: Because of this.\nfirst line\n^~~~~\n");
  EXPECT_EQ(printed({Severity::Warning, {}, "Nowhere.", {}}), "warning: Nowhere.\n");
}

TEST_F(SourcesTest, JsonSurvivesBytesThatAreNoText) {
  auto json = nlohmann::json::parse(sources.toJson({{Severity::Error, {file, 11, 17}, "bad \xff byte", {}}}));
  EXPECT_EQ(json[0]["line"], 2);
  EXPECT_EQ(json[0]["endColumn"], 7);
  EXPECT_EQ(json[0]["severity"], "error");
  EXPECT_EQ(json[0]["file"], "a.loopy");
}

} // namespace
} // namespace loopy
