// Passes called from C++.
#include "loopy/frontend/parse.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/passes.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

constexpr const char *text = R"(
kernel grid(n: int32, m: int32, a: float32[n, m], b: out float32[n, m])
  domain { [i, j] : 0 <= i < n and 0 <= j < m }
  b[i, j] = 2*a[i, j] {id=S}
end
)";

TEST(Builder, CallsPassesDirectly) {
  Context context;
  const Module module = parseText(context, "grid.loopy", text);
  Kernel kernel = splitIname(module.kernels[0], {.iname = "i", .factor = 16, .outerTag = "g.0", .innerTag = "l.0"});
  kernel = reorder(kernel, {.inames = {"j", "i_inner"}});
  EXPECT_EQ(printTree(kernel), "for i_outer [g.0]\n  for j\n    for i_inner [l.0]\n      S\n");
}

TEST(Builder, RunsPipelinesMadeInCode) {
  Context context;
  const Module module = parseText(context, "grid.loopy", text);
  Pipeline pipeline;
  pipeline.add<SplitIname>({.iname = "j", .factor = 8}).add<Unroll>({.inames = {"j_inner"}});
  const Kernel kernel = pipeline.run(module.kernels[0]);
  EXPECT_EQ(printTree(kernel), "for i\n  for j_outer\n    for j_inner [unr]\n      S\n");
  EXPECT_THROW(pipeline.run(kernel), UserError);
}

TEST(Builder, LeavesItsInputAlone) {
  Context context;
  const Module module = parseText(context, "grid.loopy", text);
  const std::string before = printTree(module.kernels[0]);
  tagInames(module.kernels[0], {.tags = {{"i", "g.0"}, {"j", "g.1"}}});
  EXPECT_EQ(printTree(module.kernels[0]), before);
}

} // namespace
} // namespace loopy
