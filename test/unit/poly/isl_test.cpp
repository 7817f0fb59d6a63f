#include "loopy/poly/isl.h"

#include <gtest/gtest.h>

namespace loopy::poly {
namespace {

class PolyTest : public ::testing::Test {
protected:
  isl::ctx ctx() { return context_.get(); }
  isl::pw_aff name(const char *n) { return paramAff(ctx(), n); }
  isl::pw_aff number(int64_t v) { return constantAff(ctx(), v); }
  // { : lower <= n < upper }
  isl::set range(const char *n, int64_t lower, const isl::pw_aff &upper) {
    return name(n).ge_set(number(lower)).intersect(name(n).lt_set(upper));
  }

private:
  IslContext context_;
};

TEST_F(PolyTest, SubstitutionOfASplitKeepsTheSet) {
  isl::set domain = range("i", 0, name("n"));
  isl::set split = substitute(domain, "i", name("i_outer").scale(16).add(name("i_inner")))
                       .intersect(range("i_inner", 0, number(16)));
  EXPECT_FALSE(involves(split, "i"));
  isl::set back = projectOut(split.intersect(name("i").eq_set(name("i_outer").scale(16).add(name("i_inner")))),
                             {"i_outer", "i_inner"});
  EXPECT_TRUE(isEqual(back, domain));
}

TEST_F(PolyTest, SubstitutionInAFunctionWithFloors) {
  isl::pw_aff half = name("i").scale_down(isl::val(ctx(), 2)).floor();
  isl::pw_aff result = substitute(half, "i", name("j").scale(4).add(number(1)));
  EXPECT_TRUE(result.ne_set(name("j").scale(2)).is_empty());
}

TEST_F(PolyTest, RenamingKeepsConstraints) {
  isl::set renamed = renameParams(range("i", 0, name("n")), {{"i", "i'"}});
  EXPECT_TRUE(isEqual(renamed, range("i'", 0, name("n"))));
}

TEST_F(PolyTest, ProjectionOntoNames) {
  isl::set box = range("i", 0, name("n")).intersect(range("j", 0, name("i")));
  EXPECT_TRUE(isEqual(projectOnto(box, {"i", "n"}), range("i", 1, name("n"))));
  EXPECT_EQ(involvedNames(projectOut(box, {"i", "j"})), Names{"n"});
}

TEST_F(PolyTest, SamplePointsAreSmall) {
  isl::set set = range("i", 3, name("n"));
  std::optional<Point> point = samplePoint(set, {"n"});
  ASSERT_TRUE(point);
  EXPECT_EQ(point->at("n"), 4);
  EXPECT_EQ(point->at("i"), 3);
  EXPECT_FALSE(samplePoint(emptySet(ctx())));
}

TEST_F(PolyTest, SamplePointsOfNegativeSets) {
  std::optional<Point> point = samplePoint(name("i").lt_set(number(-5)), {});
  ASSERT_TRUE(point);
  EXPECT_EQ(point->at("i"), -6);
}

TEST_F(PolyTest, ConstantExtremes) {
  isl::set box = range("i", 2, number(7));
  EXPECT_EQ(constantMin(name("i").scale(3), box), 6);
  EXPECT_EQ(constantMax(name("i").scale(3), box), 18);
  EXPECT_EQ(constantValue(name("i"), box), std::nullopt);
  EXPECT_EQ(constantValue(name("i").sub(name("i")), box), 0);
  EXPECT_EQ(constantMax(name("i"), range("i", 0, name("n"))), std::nullopt);
}

TEST_F(PolyTest, ABudgetThatRunsOutGivesNothing) {
  auto work = [&] {
    isl::set set = universe(ctx());
    for (int i = 0; i < 20; ++i)
      set = set.intersect(name(("x" + std::to_string(i)).c_str()).ne_set(number(i)));
    return set.is_empty();
  };
  EXPECT_EQ(withinBudget(ctx(), 1, work), std::nullopt);
  EXPECT_FALSE(range("i", 0, number(3)).is_empty());  // the budget is gone again
  EXPECT_EQ(withinBudget(ctx(), 1000000, [&] { return range("i", 0, number(3)).is_empty(); }), false);
}

} // namespace
} // namespace loopy::poly
