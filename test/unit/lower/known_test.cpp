#include "known.h"

#include <gtest/gtest.h>

#include <random>

namespace loopy::lowering {
namespace {

class KnownTest : public ::testing::Test {
protected:
  Context context;
  Terms terms{context};
  std::mt19937 random{7};

  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); }
  Known known(const char *text) { return Known(terms, isl::set(context.isl(), text)); }
  Linear form(const char *text, int64_t coefficient = 1) { return termTimes(terms.ofName(text), coefficient); }

  std::vector<Constraint> randomConstraints(unsigned count) {
    std::vector<Constraint> result;
    for (const char *x : {"x", "y", "z"}) {
      result.push_back({withConstant(form(x), 4), false});
      result.push_back({withConstant(form(x, -1), 5), false});
    }
    for (unsigned i = 0; i < count; ++i) {
      Linear sum = withConstant({}, pick(-6, 6));
      for (const char *x : {"x", "y", "z"})
        sum = plus(sum, form(x, pick(-3, 3)));
      if (pick(0, 3) == 0)
        sum = plus(sum, terms.floorOf(plus(form("x", pick(-3, 3)), form("y")), pick(2, 4)), pick(-2, 2));
      result.push_back(terms.normalized({sum, pick(0, 5) == 0}));
    }
    return result;
  }
};

TEST_F(KnownTest, FactsIntervalsAndCases) {
  Known facts = known("[n, i] -> { : 0 <= i and 16i + 16 <= n }");
  EXPECT_TRUE(facts.isNonNegative(form("i")));
  EXPECT_TRUE(facts.isNonNegative(withConstant(minus(form("n"), form("i", 16)), -16)));
  EXPECT_TRUE(facts.isNonNegative(withConstant(form("n"), -16)));
  EXPECT_FALSE(facts.isNonNegative(withConstant(form("n"), -17)));
  Known either = facts.withEither({{{withConstant(form("j"), -3), false}}, {{withConstant(form("j"), -5), false}}});
  EXPECT_TRUE(either.isNonNegative(withConstant(form("j"), -3)));
  EXPECT_FALSE(either.isNonNegative(withConstant(form("j"), -4)));
}

TEST_F(KnownTest, SmallPartsLeaveFloors) {
  Known facts = known("[x, y] -> { : 0 <= x < 4 and 0 <= y < 16 }");
  Linear dealt = plus(form("y", 4), form("x"));
  EXPECT_EQ(facts.simplified(terms.floorOf(dealt, 8)), terms.floorOf(form("y"), 2));
  EXPECT_EQ(facts.simplified(terms.floorOf(form("x"), 4)), Linear{});
}

// The elimination and the search for a point agree with isl on random constraints.
TEST_F(KnownTest, SatisfiabilityAgreesWithIsl) {
  for (int round = 0; round < 400; ++round) {
    std::vector<Constraint> constraints = randomConstraints(static_cast<unsigned>(pick(1, 4)));
    EXPECT_EQ(isSatisfiable(terms, constraints), !terms.toSet(constraints).is_empty()) << round;
  }
}

// Eliminating names keeps all points of the projection.
TEST_F(KnownTest, EliminationContainsTheProjection) {
  Term x = terms.ofName("x");
  for (int round = 0; round < 200; ++round) {
    std::vector<Constraint> constraints = randomConstraints(static_cast<unsigned>(pick(1, 4)));
    isl::set exact = poly::projectOnto(terms.toSet(constraints), {"x"});
    auto rest = eliminated(terms, constraints, [&](Term term) { return term == x; });
    isl::set found = rest ? terms.toSet(*rest) : poly::emptySet(context.isl());
    EXPECT_TRUE(exact.is_subset(found)) << round;
  }
}

// With disjunctions: what is said to be implied is.
TEST_F(KnownTest, ImplicationsHold) {
  for (int round = 0; round < 200; ++round) {
    std::vector<Constraint> one = randomConstraints(1), two = randomConstraints(2), asked = randomConstraints(2);
    Known facts = Known(terms, poly::universe(context.isl())).withEither({one, two}).with(randomConstraints(1));
    isl::set question = terms.toSet({asked[6]}).unite(terms.toSet({asked[7]}));
    bool impliesOne = facts.implies(asked[6]), impliesEither = facts.impliesEither({{asked[6]}, {asked[7]}});
    EXPECT_TRUE(!impliesEither || facts.set().is_subset(question)) << round;
    EXPECT_TRUE(!impliesOne || facts.set().is_subset(terms.toSet({asked[6]}))) << round;
  }
}

} // namespace
} // namespace loopy::lowering
