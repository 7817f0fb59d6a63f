// Examples about order and storage: data-dependent loops, work-items that lack an axis, distributed temporaries, scans.
#include "worked_example.h"

#include "loopy/frontend/parse.h"
#include "loopy/support/diagnostics.h"
#include "loopy/transforms/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace loopy::test {
namespace {

using Lines = std::vector<std::string>;
using testing::HasSubstr;

// The message with which a kernel of this directory refuses pipeline text.
std::string refusal(const std::string &file, const std::string &kernel, const std::string &calls) {
  Context context;
  const Module module = parseFile(context, LOOPY_SOURCE_DIR "/test/run/worked/" + file + ".loopy");
  try {
    runCalls(module, module.kernel(kernel), parsePipelineCalls(context, "calls", calls));
  } catch (const UserError &error) {
    return error.what();
  }
  return "it is not refused";
}

TEST(WorkedCsr, keepsRowLengthsInRegisters) {
  const WorkedExample example("csr", "csr", "rows");
  EXPECT_EQ(example.onDevice("rowlen"), "private scalar");
  EXPECT_EQ(example.onDevice("acc"), "private scalar");
  EXPECT_TRUE(example.barriers().empty());
  EXPECT_TRUE(example.inDomain("sto_init", {{"i", 0}, {"nrows", 1}, {"rowlen", 0}}));
}

TEST(WorkedCsr, distributedLengthsStayWithTheirRow) {
  const WorkedExample example("csr", "csr", "lengths_first");
  EXPECT_EQ(example.inC("rowlen"), "(nrows + 31) // 32 x 32");
  EXPECT_EQ(example.host(), "(len sto_init sto_update sto)");
  EXPECT_EQ(example.onDevice("rowlen"), "private scalar");
}

TEST(WorkedTreeSum, separatesStagesByBarriers) {
  const WorkedExample example("tree_sum", "tree_sum", "groups");
  EXPECT_EQ(example.onDevice("part"), "local 128");
  EXPECT_EQ(example.inC("part"), "128");
  EXPECT_EQ(example.placement("sto", "l.0"), "0");
  // One after the lanes' own sums, one between each two stages, none before the first lane reads its own result.
  EXPECT_EQ(example.barriers().size(), 7u);
}

TEST(WorkedTreeSum, isWhatThePassMakes) {
  const WorkedExample example("tree_sum", "row_sum", "realized");
  EXPECT_EQ(example.onDevice("part"), "local 128");
  EXPECT_EQ(example.onDevice("part_acc"), "private scalar");
  EXPECT_EQ(example.placement("sto", "l.0"), "0");
  // The last two results go into the accumulator on all lanes, behind the seventh barrier.
  EXPECT_EQ(example.placement("part_combine", "l.0"), "all");
  EXPECT_EQ(example.barriers().size(), 7u);
}

TEST(WorkedTreeSum, refusesATagOnTheReduction) {
  EXPECT_THAT(refusal("fewer_axes", "through_argument", "tag(j, l.0)"), HasSubstr("realize_parallel_reduction"));
}

TEST(WorkedFewerAxes, oneItemWritesAnArgumentForAll) {
  const WorkedExample example("fewer_axes", "through_argument", "argument");
  EXPECT_EQ(example.placement("total_update", "l.0"), "all");
  EXPECT_EQ(example.placement("total", "l.0"), "0");
  ASSERT_EQ(example.barriers().size(), 1u);
  EXPECT_THAT(example.barriers()[0], HasSubstr("global"));
}

TEST(WorkedFewerAxes, everyItemComputesAScalar) {
  const WorkedExample example("fewer_axes", "through_scalar", "scalar");
  EXPECT_EQ(example.placement("total", "l.0"), "all");
  EXPECT_TRUE(example.barriers().empty());
  EXPECT_EQ(example.onDevice("s"), "private scalar");
}

TEST(WorkedFewerAxes, manyElementsAreWrittenOnce) {
  const WorkedExample example("fewer_axes", "through_row", "row");
  EXPECT_EQ(example.placement("row", "l.0"), "0");
  EXPECT_EQ(example.onDevice("w"), "local 64");
  ASSERT_EQ(example.barriers().size(), 1u);
  EXPECT_THAT(example.barriers()[0], HasSubstr("local"));
}

TEST(WorkedNeighbours, twoBlocksAreTwoDeviceKernels) {
  const WorkedExample example("neighbours", "two_blocks", "separate");
  EXPECT_EQ(example.host(), "(A) (B)");
}

TEST(WorkedNeighbours, aTagCutsTheLoopThatItConcerns) {
  const WorkedExample example("neighbours", "previous", "cut_by_tag");
  EXPECT_EQ(example.host(), "(A) (B)");
  EXPECT_THAT(example.notes(), HasSubstr("io"));
}

TEST(WorkedTemporaries, distributedScalarIsAnArrayInCOnly) {
  const WorkedExample written("temporaries", "scalar");
  EXPECT_EQ(written.inC("x"), "scalar");
  const WorkedExample example("temporaries", "scalar", "distributed");
  EXPECT_EQ(example.inC("x"), "(n + 15) // 16 x 16");  // split with the loop
  EXPECT_EQ(example.host(), "(twice one two)");
  EXPECT_EQ(example.onDevice("x"), "private scalar");
}

TEST(WorkedTemporaries, usedInTwoKernelsIsGlobal) {
  const WorkedExample example("temporaries", "crossing", "crossing_groups");
  EXPECT_EQ(example.host(), "(twice one) (two)");
  EXPECT_THAT(example.onDevice("x"), HasSubstr("global"));
}

TEST(WorkedTemporaries, complementaryBranchesCoverARead) {
  const WorkedExample example("temporaries", "both_branches", "branches");
  EXPECT_EQ(example.onDevice("x"), "private scalar");
}

TEST(WorkedScan, triangleKeepsItsSumInARegister) {
  const WorkedExample example("scan", "triangle", "rows");
  EXPECT_EQ(example.onDevice("acc"), "private scalar");
  EXPECT_TRUE(example.barriers().empty());
}

TEST(WorkedScan, oneBarrierAStage) {
  const WorkedExample example("scan", "stages", "lanes");
  EXPECT_EQ(example.onDevice("s"), "local 2 x 16");
  // After the load and after each of the four stages but the last, whose values their own lanes store.
  EXPECT_EQ(example.barriers().size(), 4u);
}

TEST(WorkedScan, realisedOneByOneHasOneSum) {
  const WorkedExample example("scan", "triangle", "one_by_one");
  EXPECT_EQ(example.onDevice("acc"), "private scalar");
  EXPECT_TRUE(example.barriers().empty());
}

TEST(WorkedScan, realisedInStagesUsesTwoArraysInTurn) {
  const WorkedExample example("scan", "rows_of_16", "in_stages");
  EXPECT_THAT(example.onDevice("s_2"), HasSubstr("local"));
  EXPECT_EQ(example.onDevice("acc"), "private scalar");
  EXPECT_EQ(example.barriers().size(), 4u);
}

TEST(WorkedScan, inBlocksTakesThreeLaunches) {
  const WorkedExample example("scan", "triangle", "in_blocks");
  EXPECT_EQ(example.host(), "(prefix_init_block prefix_update_block acc_block_set) "
                            "(prefix_init_carry prefix_update_carry acc_carry_set) "
                            "(prefix_init prefix_update acc_set prefix)");
  EXPECT_EQ(example.onDevice("acc_carry_run"), "private scalar");
}

TEST(WorkedScan, whatOneGroupHasSummedItGoesOnWith) {
  const WorkedExample example("scan", "triangle", "in_blocks_of_blocks");
  const std::string host = example.host();
  EXPECT_EQ(std::count(host.begin(), host.end(), '('), 3);
  EXPECT_EQ(example.placement("prefix_update_carry_carry", "g.0"), "0");
}

TEST(WorkedFourWide, fullBlocksHaveNoConditions) {
  const WorkedExample example("four_wide", "four_wide", "blocks");
  EXPECT_FALSE(example.inDomain("axpy", {{"n", 7}, {"i_outer_outer", 0}, {"i_outer_inner", 1}}));
  EXPECT_TRUE(example.inDomain("axpy", {{"n", 7}, {"i_outer_outer", 0}, {"i_outer_inner", 0}}));
  EXPECT_TRUE(example.inDomain("axpy_partial", {{"n", 7}, {"i_outer_outer", 0}, {"i_outer_inner", 1}}));
}

TEST(WorkedImperfectNest, ordersAreProvedOrRefused) {
  // Rows one after the other need the results of earlier rows.
  EXPECT_THAT(refusal("imperfect_nest", "rows", "tag(i, g.0)"), HasSubstr("X[i="));
  EXPECT_THAT(refusal("imperfect_nest", "rows", "distribute(i, before=X_update)\nreorder(j, i)"), HasSubstr("X"));
  // By columns the updates of one column are in no particular order; the columns are.
  EXPECT_THAT(refusal("imperfect_nest", "columns", "tag(j, g.0)"), HasSubstr("j="));
  const WorkedExample example("imperfect_nest", "columns", "columns_parallel");
  EXPECT_EQ(example.host(), "(I) for j: ((X) (U))");
}

} // namespace
} // namespace loopy::test
