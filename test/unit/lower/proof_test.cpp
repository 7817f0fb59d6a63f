// What lowering must never do is noticed: mappings that are wrong on purpose end in an internal error.
#include "made_kernel.h"

#include "loopy/lower/lower.h"

#include <gtest/gtest.h>

namespace loopy::test {
namespace {

struct Tiled : MadeKernel {
  Tiled() : MadeKernel("tiled") {
    param("n");
    array("x", Role::In, {"n"});
    array("y", Role::Out, {"n"});
    kernel.assumptions = set("n >= 1");
    iname("io", "g.0");
    iname("ii", "l.0");
    statement("S", {"io", "ii"}, "0 <= 16io + ii < n and 0 <= ii < 16", load("y", {"16io + ii"}),
              load("x", {"16io + ii"}));
    kernel.tree = {makeLoop("io", {makeLoop("ii", {makeLeaf({"S"})})})};
    verify(kernel);
  }
};

std::string failure(const Kernel &kernel, const Mapping &mapping) {
  try {
    lower(kernel, mapping);
  } catch (const InternalError &error) {
    return error.what();
  }
  return "";
}

TEST(Proof, AnAxisThatIsTooShortLeavesInstancesOut) {
  Tiled made;
  Mapping mapping = mapToTarget(made.kernel, Target::openCL());
  EXPECT_EQ(failure(made.kernel, mapping), "");
  mapping.kernels[0].axes[localAxis(0)].extent = made.context.constant(int64_t(15));
  mapping.kernels[0].axes[localAxis(0)].constant = 15;
  std::string message = failure(made.kernel, mapping);
  EXPECT_NE(message.find("leaves out an instance of its domain"), std::string::npos) << message;
  EXPECT_NE(message.find("ii=15"), std::string::npos) << message;
}

TEST(Proof, AGroupAxisThatIsTooShortLeavesInstancesOut) {
  Tiled made;
  Mapping mapping = mapToTarget(made.kernel, Target::openCL());
  mapping.kernels[0].axes[groupAxis(0)].extent = made.affine("floor(n/16)");
  EXPECT_NE(failure(made.kernel, mapping).find("leaves out an instance"), std::string::npos);
}

TEST(Proof, BarriersInDivergentLoopsAreRefused) {
  MadeKernel made("triangle");
  made.param("n");
  made.array("x", Role::InOut, {"n + 16"});
  made.kernel.assumptions = made.set("n >= 1");
  made.iname("i", "l.0");
  made.iname("j");
  made.temp("len", 1, {}, indexType);
  made.statement("len_set", {"i"}, "0 <= i < 16", made.load("len", {"i"}), made.affine("i"));
  made.statement("S", {"i", "j"}, "0 <= i < 16 and 0 <= j < len", made.load("x", {"i"}), made.number(1)).dataParams = {
      {"len", made.load("len", {"i"})}};
  made.kernel.tree = {makeLoop("i", {makeLeaf({"len_set"}), makeLoop("j", {makeLeaf({"S"})})})};
  Mapping mapping = mapToTarget(made.kernel, Target::openCL());
  mapping.barriers.push_back({0, {1}, 0, true, false, "for this test"});
  EXPECT_THROW(lower(made.kernel, mapping), UserError);
}

// A loop around a barrier takes the hull over the work-items, and the condition moves inside.
TEST(Proof, LoopsAroundBarriersTakeTheHull) {
  MadeKernel made("triangle");
  made.param("n");
  made.array("x", Role::InOut, {"n + 16"});
  made.kernel.assumptions = made.set("n >= 1");
  made.iname("i", "l.0");
  made.iname("j");
  made.statement("S", {"i", "j"}, "0 <= i < 16 and 0 <= j <= i", made.load("x", {"i"}), made.number(1));
  made.kernel.tree = {makeLoop("i", {makeLoop("j", {makeLeaf({"S"})})})};
  Mapping mapping = mapToTarget(made.kernel, Target::openCL());
  mapping.barriers.push_back({0, {0}, 0, true, false, "for this test"});
  std::string text = printProgram(lower(made.kernel, mapping));
  EXPECT_NE(text.find("for j = 0 .. 15"), std::string::npos) << text;
  EXPECT_NE(text.find("if j <= i"), std::string::npos) << text;
}

} // namespace
} // namespace loopy::test
