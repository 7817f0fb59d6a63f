// Examples in which work-groups share tiles: sgemm, stencil, triangular product, finite elements.
#include "worked_example.h"

#include <gtest/gtest.h>

namespace loopy::test {
namespace {

using Lines = std::vector<std::string>;

TEST(WorkedSgemm, initialisesWhereTheSumIsEmpty) {
  const WorkedExample example("sgemm", "sgemm");
  EXPECT_EQ(example.tree(), "for i\n"
                            "  for j\n"
                            "    product_init\n"
                            "    for k\n"
                            "      product_update\n"
                            "    product\n");
  EXPECT_TRUE(example.inDomain("product_init", {{"n", 1}, {"m", 1}, {"l", 0}, {"i", 0}, {"j", 0}}));
  EXPECT_FALSE(example.inDomain("product_update", {{"n", 1}, {"m", 1}, {"l", 0}, {"i", 0}, {"j", 0}}));
}

TEST(WorkedSgemm, sharesTilesWithTwoBarriersAStep) {
  const WorkedExample example("sgemm", "sgemm", "tiled");
  EXPECT_EQ(example.tree(), "for i_outer [g.1]\n"
                            "  for j_outer [g.0]\n"
                            "    for i_inner [l.1]\n"
                            "      for j_inner [l.0]\n"
                            "        product_init\n"
                            "    for k_outer\n"
                            "      for a_fetch_0 [l.1]\n"
                            "        for a_fetch_1 [l.0]\n"
                            "          a_fill\n"
                            "      for b_fetch_0 [l.1]\n"
                            "        for b_fetch_1 [l.0]\n"
                            "          b_fill\n"
                            "      for i_inner [l.1]\n"
                            "        for j_inner [l.0]\n"
                            "          for k_inner\n"
                            "            product_update\n"
                            "    for i_inner [l.1]\n"
                            "      for j_inner [l.0]\n"
                            "        product\n");
  EXPECT_EQ(example.onDevice("a_fetch"), "local 16 x 16");
  EXPECT_EQ(example.onDevice("b_fetch"), "local 16 x 16");
  EXPECT_EQ(example.onDevice("acc"), "private scalar");
  EXPECT_EQ(example.inC("a_fetch"), "16 x 16");
  EXPECT_EQ(example.inC("acc"), "16 x 16");
  EXPECT_EQ(example.declaredIn("acc"), "j_outer");
  EXPECT_EQ(example.barriers(), (Lines{"k_outer 1 local", "k_outer 2 local"}));
}

TEST(WorkedSgemm, keepsItsBlockInRegisters) {
  for (const char *pipeline : {"registers", "cyclic"}) {
    const WorkedExample example("sgemm", "sgemm", pipeline);
    EXPECT_EQ(example.onDevice("acc"), "private 4 x 4") << pipeline;
    EXPECT_EQ(example.onDevice("a_reg"), "private 4") << pipeline;
    EXPECT_EQ(example.onDevice("b_reg"), "private 4") << pipeline;
    EXPECT_EQ(example.onDevice("a_fetch"), "local 64 x 16") << pipeline;
    EXPECT_EQ(example.onDevice("b_fetch"), "local 16 x 64") << pipeline;
    EXPECT_EQ(example.barriers(), (Lines{"k_outer 1 local", "k_outer 2 local"})) << pipeline;
  }
}

TEST(WorkedDoubleBuffer, needsOneBarrierAStep) {
  const WorkedExample plain("double_buffer", "double_buffered", "lanes");
  EXPECT_EQ(plain.barriers(), (Lines{"k 0 local"}));
  EXPECT_EQ(plain.onDevice("buffer"), "local 2 x 16");
  EXPECT_EQ(plain.onDevice("acc"), "private scalar");
  const WorkedExample retimed("double_buffer", "retimed", "retimed_lanes");
  EXPECT_EQ(retimed.barriers(), (Lines{"k 1 local"}));
}

TEST(WorkedStencil, runsItsTimeLoopOnTheHost) {
  const WorkedExample example("stencil", "stencil", "halo");
  EXPECT_EQ(example.host(), "for t: ((u_fill step) (copy))");
  EXPECT_EQ(example.onDevice("u_fetch"), "local 18 x 18");
  EXPECT_EQ(example.inC("u_fetch"), "18 x 18");
  EXPECT_EQ(example.barriers(), (Lines{"top 0 local"}));
}

TEST(WorkedStencil, fetchesOneOfTwoPlanes) {
  const WorkedExample example("stencil", "planes", "planes_halo");
  EXPECT_EQ(example.host(), "for t: ((u_fill step))");
  EXPECT_EQ(example.onDevice("u_fetch"), "local 18 x 18");
  EXPECT_EQ(example.barriers(), (Lines{"top 0 local"}));
}

TEST(WorkedTriangular, boundsBlocksByTheGroup) {
  const WorkedExample example("triangular", "triangular", "blocked");
  EXPECT_EQ(example.tree(), "for io [g.0]\n"
                            "  for ii [l.0]\n"
                            "    sto_init\n"
                            "  for jo\n"
                            "    for x_fetch_0 [l.0]\n"
                            "      x_fill\n"
                            "    for ii [l.0]\n"
                            "      for ji\n"
                            "        sto_update\n"
                            "  for ii [l.0]\n"
                            "    sto\n");
  EXPECT_EQ(example.barriers(), (Lines{"jo 0 local", "jo 1 local"}));
}

TEST(WorkedDgVolume, holdsItsOperandsInLocalMemory) {
  const WorkedExample example("dg_volume", "dg_volume", "order20");
  EXPECT_EQ(example.onDevice("D_fetch"), "local 20 x 20");
  EXPECT_EQ(example.onDevice("u_fetch"), "local 4 x 20");
  EXPECT_EQ(example.onDevice("acc"), "private scalar");
  EXPECT_EQ(example.barriers(), (Lines{"top 2 local"}));
}

} // namespace
} // namespace loopy::test
