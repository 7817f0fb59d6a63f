// How arguments of pipeline calls get to passes.
#include "loopy/frontend/parse.h"
#include "loopy/transforms/draw.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

constexpr const char *kernelText = R"(
kernel scale(n: int32, x: float32[n], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = 2*x[i] {id=S}
end
)";

// The message that these calls end in, "" if they succeed.
std::string errorOf(const std::string &calls) {
  Context context;
  const Module module = parseText(context, "scale.loopy", kernelText);
  try {
    runCalls(module, module.kernels[0], parsePipelineCalls(context, "calls", calls));
    return "";
  } catch (const UserError &error) {
    EXPECT_TRUE(error.diagnostics().at(0).range.isValid()) << "no place: " << error.what();
    return error.diagnostics().at(0).message;
  }
}

TEST(Binding, TakesArgumentsByPositionAndByName) {
  EXPECT_EQ(errorOf("split_iname(i, 16)"), "");
  EXPECT_EQ(errorOf("split_iname(iname=i, factor=16)"), "");
  EXPECT_EQ(errorOf("split_iname(factor=16, iname=i)"), "");
  EXPECT_EQ(errorOf("split_iname(i, 2*8 - 1)"), "");
  EXPECT_EQ(errorOf("split_iname(\"i\", 16, inner_name=\"lane\")"), "");
}

TEST(Binding, NamesWhatIsWrong) {
  EXPECT_EQ(errorOf("split_iname(i)").substr(0, 28), "split_iname needs `factor`: ");
  EXPECT_NE(errorOf("split_iname(i, 4, iner=l.0)").find("Did you mean `inner`?"), std::string::npos);
  EXPECT_NE(errorOf("split_iname(i, j)").find("`factor` of split_iname is an integer; `j` is none."),
            std::string::npos);
  EXPECT_NE(errorOf("split_iname(3, 4)").find("`iname` of split_iname is an iname; `3` is none."), std::string::npos);
  EXPECT_NE(errorOf("split_iname(i, 4, 5)").find("takes no further argument without a name"), std::string::npos);
  EXPECT_NE(errorOf("split_iname(i, 4, factor=5)").find("is given twice"), std::string::npos);
  EXPECT_NE(errorOf("split_inames(i, 4)").find("split_iname"), std::string::npos);
}

TEST(Binding, ChecksArithmetic) {
  EXPECT_NE(errorOf("split_iname(i, 4 // 0)").find("divides by zero"), std::string::npos);
  EXPECT_NE(errorOf("split_iname(i, 4*tile)").find("tile"), std::string::npos);
  EXPECT_NE(errorOf("split_iname(i, 4000000000*4000000000)").find("64 bits"), std::string::npos);
}

TEST(Binding, TakesPairsOfAnyName) {
  EXPECT_EQ(errorOf("tag(i=g.0)"), "");
  EXPECT_EQ(errorOf("tag(i, g.0)"), "");
  EXPECT_EQ(errorOf("fix_parameters(n=17)"), "");
  EXPECT_NE(errorOf("fix_parameters(n=i)").find("is an integer"), std::string::npos);
}

} // namespace
} // namespace loopy
