#include "loopy/frontend/parse.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

template <class T> const T &as(const PipelineValue &value) { return std::get<T>(value.data); }

TEST(PipelineCalls, ValuesKeepTheirKind) {
  Context context;
  std::vector<PipelineCall> calls = parsePipelineCalls(context, "-e",
                                                       "f(i, -16, 2*tile + 1, [a, (b, c)], \"x y\", true, g.0, l.auto, "
                                                       "id:load* and not tag:x, n >= 16 and m % 2 = 0, outer=unr)");
  ASSERT_EQ(calls.size(), 1u);
  const auto &p = calls[0].positional;
  ASSERT_EQ(p.size(), 10u);
  EXPECT_EQ(as<PipelineValue::Name>(p[0]).text, "i");
  EXPECT_EQ(as<int64_t>(p[1]), -16);
  EXPECT_EQ(as<PipelineValue::Arithmetic>(p[2]).op, "+");
  EXPECT_EQ(as<PipelineValue::List>(p[3]).items.size(), 2u);
  EXPECT_EQ(as<PipelineValue::List>(as<PipelineValue::List>(p[3]).items[1]).items.size(), 2u);
  EXPECT_EQ(as<PipelineValue::Text>(p[4]).text, "x y");
  EXPECT_EQ(as<bool>(p[5]), true);
  EXPECT_EQ(as<PipelineValue::Name>(p[6]).text, "g.0");
  EXPECT_EQ(as<PipelineValue::Name>(p[7]).text, "l.auto");
  EXPECT_EQ(as<PipelineValue::Name>(p[8]).text, "id:load* and not tag:x");
  EXPECT_EQ(as<PipelineValue::Name>(p[9]).text, "n >= 16 and m % 2 = 0");
  EXPECT_EQ(calls[0].named.at(0).first, "outer");
  EXPECT_EQ(p[2].source, "2*tile + 1");
}

TEST(PipelineCalls, AreSeparatedByLinesAndSemicolons) {
  Context context;
  EXPECT_EQ(parsePipelineCalls(context, "-e", "a(1); b()\n\nc(\n 2)\n").size(), 3u);
  EXPECT_EQ(parsePipelineCalls(context, "-e", "").size(), 0u);
  EXPECT_THROW(parsePipelineCalls(context, "-e", "a(1"), UserError);
}

TEST(Pipelines, HaveParametersWithCandidatesAndUseOthers) {
  Context context;
  Module module = parseText(context, "kernel", "kernel f()\nend\n");
  addPipelines(module, "file", R"(
pipeline base(tile = 16 in {8, 16, 32}, w = 2*4) for f
  split_iname(i, tile)
end
pipeline other
  use base(8)
  use base
end)");
  const std::vector<PipelineSource> &pipelines = module.pipelines;
  ASSERT_EQ(pipelines.size(), 2u);
  EXPECT_EQ(pipelines[0].kernel, "f");
  ASSERT_EQ(pipelines[0].params.size(), 2u);
  EXPECT_EQ(pipelines[0].params[0].candidates.size(), 3u);
  EXPECT_EQ(pipelines[1].kernel, "");
  EXPECT_EQ(pipelines[1].calls[0].pass, "use");
  EXPECT_EQ(as<PipelineValue::Name>(pipelines[1].calls[0].positional[0]).text, "base");
  EXPECT_EQ(as<int64_t>(pipelines[1].calls[0].positional[1]), 8);
}

} // namespace
} // namespace loopy
