// Every pass has what a pass must have.
#include "golden_cases.h"

#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace loopy::test {

TEST(Hygiene, EveryPassHasADrawingARefusalAndAnErrorCase) {
  const std::vector<GoldenCase> cases = goldenCases();
  for (const PassInfo &pass : passCatalogue()) {
    auto hasCase = [&](auto &&test) {
      return std::any_of(cases.begin(), cases.end(),
                         [&](const GoldenCase &c) { return c.pass == pass.name && test(c); });
    };
    EXPECT_TRUE(hasCase([](const GoldenCase &c) { return c.name == "drawing"; })) << pass.name;
    EXPECT_TRUE(hasCase([](const GoldenCase &c) { return c.isRefusal(); })) << pass.name;
    EXPECT_TRUE(hasCase([](const GoldenCase &c) { return c.isError(); })) << pass.name;
  }
}

TEST(Hygiene, EveryCaseBelongsToAPass) {
  for (const GoldenCase &golden : goldenCases()) {
    const std::vector<PassInfo> &passes = passCatalogue();
    EXPECT_TRUE(std::any_of(passes.begin(), passes.end(), [&](const PassInfo &p) { return p.name == golden.pass; }))
        << golden.path();
  }
}

TEST(Hygiene, EveryPassAndOptionIsDescribed) {
  for (const PassInfo &pass : passCatalogue()) {
    EXPECT_TRUE(pass.summary.ends_with(".")) << pass.name;
    for (const PassOption &option : pass.options) {
      EXPECT_FALSE(option.help.empty()) << pass.name << " " << option.name;
      EXPECT_FALSE(option.type.empty()) << pass.name << " " << option.name;
    }
  }
}

TEST(Hygiene, NamesInLoopyLeadToPasses) {
  auto isPass = [](const std::string &name) {
    return std::any_of(passCatalogue().begin(), passCatalogue().end(),
                       [&](const PassInfo &pass) { return pass.name == name; });
  };
  for (const LoopyName &known : loopyNames()) {
    EXPECT_FALSE(isPass(known.name)) << known.name;
    EXPECT_TRUE(known.pass.empty() ? known.note.ends_with(".") : isPass(known.pass)) << known.name;
  }
}

// Puts the drawing into the pass's record in passes.def.
static void acceptDrawing(const std::string &pass, const std::string &drawing) {
  const std::string path = LOOPY_SOURCE_DIR "/transforms/passes.def";
  std::string text = readText(path);
  const size_t record = text.find("\nLOOPY_PASS(" + pass + ",");
  const size_t begin = text.find("R\"(", record), end = text.find(")\"", begin);
  ASSERT_TRUE(record != std::string::npos && end != std::string::npos) << pass;
  writeText(path, text.replace(begin, end - begin, "R\"(\n" + drawing));
}

// The drawings in passes.def are what the passes do.
TEST(Hygiene, DrawingsAreTrue) {
  for (const PassInfo &pass : passCatalogue()) {
    const std::string drawn = drawing({pass.name, "drawing"});
    if (acceptsGoldens())
      acceptDrawing(pass.name, drawn);
    else
      EXPECT_EQ(pass.drawing, drawn) << pass.name << ": LOOPY_ACCEPT=1 writes it into passes.def";
  }
}

TEST(Hygiene, PassesPageIsUpToDate) {
  const std::string path = LOOPY_SOURCE_DIR "/docs/passes.md";
  if (acceptsGoldens())
    writeText(path, passesMarkdown());
  else
    EXPECT_EQ(readText(path), passesMarkdown()) << "LOOPY_ACCEPT=1 writes it";
}

} // namespace loopy::test
