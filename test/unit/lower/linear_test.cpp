#include "loopy/analysis/linear.h"

#include <gtest/gtest.h>

namespace loopy::lowering {
namespace {

class LinearTest : public ::testing::Test {
protected:
  Context context;
  Terms terms{context};

  Expr name(const char *text) { return context.iname(text); }
  Expr constant(int64_t value) { return context.constant(value); }
  Linear form(const char *text, int64_t coefficient = 1) { return termTimes(terms.ofName(text), coefficient); }
  std::string text(const Linear &form) { return toString(terms.expr(form)); }
  std::string text(const Constraint &constraint) { return toString(terms.expr(constraint)); }
};

TEST_F(LinearTest, SumsCancelAndSort) {
  Linear sum = plus(plus(form("i", 16), form("j")), form("i", -16));
  EXPECT_EQ(sum, form("j"));
  EXPECT_EQ(text(plus(form("j"), withConstant(form("i", 16), -1))), "16*i + j - 1");
  EXPECT_EQ(text(withConstant(form("i", -1), 5)), "5 - i");
  EXPECT_EQ(text(form("i", -3)), "-3*i");
}

TEST_F(LinearTest, MultiplesLeaveTheFloor) {
  Linear dealt = plus(form("r", 256), plus(form("y", 16), form("x")));
  EXPECT_EQ(text(terms.floorOf(dealt, 16)), "16*r + y + x // 16");
  EXPECT_EQ(text(terms.floorOf(withConstant(form("n"), -1), 16)), "(n + 15) // 16 - 1");
  EXPECT_EQ(text(terms.floorOf(withConstant(form("n", 2), 3), 4)), "(n + 1) // 2");
}

TEST_F(LinearTest, OneFloorHasOneSpelling) {
  // floor((4y - x + 7) / 8) is how isl writes the quotient of 7 - x + 4y by 8; both remainders are that of 4y + x.
  Linear x = plus(form("y", 4), form("x"));
  Linear remainder = plus(x, terms.floorOf(x, 8), -8);
  Linear negated = withConstant(scaled(x, -1), 7);
  Linear other = withConstant(scaled(plus(negated, terms.floorOf(negated, 8), -8), -1), 7);
  EXPECT_EQ(remainder, other);
  EXPECT_EQ(text(remainder), "(4*y + x) % 8");
}

TEST_F(LinearTest, FloorsThatStandAloneAreMultipliedOut) {
  // x <= floor((n + 15) / 16) - 1 is 16*x <= n - 1.
  Linear slack = minus(withConstant(terms.floorOf(withConstant(form("n"), 15), 16), -1), form("x"));
  EXPECT_EQ(text(terms.normalized({slack, false})), "16*x < n");
  Linear other = minus(form("x"), terms.floorOf(form("n"), 4));
  EXPECT_EQ(text(terms.normalized({other, false})), "n <= 4*x + 3");
}

TEST_F(LinearTest, ConstraintsReadWell) {
  EXPECT_EQ(text(Constraint{withConstant(minus(form("n"), plus(form("p", 16), form("q"))), -1), false}),
            "16*p + q < n");
  EXPECT_EQ(text(Constraint{withConstant(form("i"), -1), false}), "i >= 1");
  EXPECT_EQ(text(Constraint{withConstant(form("i", -1), 7), false}), "i <= 7");
  EXPECT_EQ(text(Constraint{minus(form("i"), form("j")), false}), "j <= i");
  Linear even = plus(form("i"), terms.floorOf(form("i"), 2), -2);
  EXPECT_EQ(text(Constraint{even, true}), "i % 2 == 0");
}

TEST_F(LinearTest, ExpressionsAreReadBack) {
  Expr e =
      context.sub(context.binary(BinaryOp::FloorDiv, context.add(context.mul(16, name("p")), name("q")), constant(16)),
                  context.mul(2, name("p")));
  EXPECT_EQ(text(*terms.affineOf(e)), "q // 16 - p");
  EXPECT_FALSE(terms.affineOf(context.mul(name("p"), name("q"))).has_value());
  Expr product = context.mul(context.add(name("p"), name("p")), name("q"));
  EXPECT_EQ(text(terms.formOf(product)), "2*p*q");
}

TEST_F(LinearTest, SignsDecideHowDivisionsArePrinted) {
  Linear half = terms.floorOf(form("i"), 2);
  EXPECT_EQ(toString(terms.expr(half, [](const Linear &) { return true; })), "quot(i, 2)");
  EXPECT_EQ(toString(terms.expr(half, [](const Linear &) { return false; })), "i // 2");
  // What was printed as truncating is known not to be negative when it is read again.
  Expr printed = terms.expr(half, [](const Linear &) { return true; });
  EXPECT_EQ(toString(simplified(terms, context.add(printed, constant(1)))), "quot(i, 2) + 1");
}

TEST_F(LinearTest, ConditionsAreTakenApart) {
  Expr bound = context.sub(context.binary(BinaryOp::Min, constant(16), context.sub(name("n"), name("p"))), constant(1));
  auto constraints = terms.constraintsOf(context.compare(CompareOp::Le, name("x"), bound));
  ASSERT_TRUE(constraints.has_value());
  ASSERT_EQ(constraints->size(), 2u);
  EXPECT_EQ(text((*constraints)[0]), "x <= 15");
  EXPECT_EQ(text((*constraints)[1]), "x + p < n");
  Expr hull = context.binary(BinaryOp::Max, name("n"), name("p"));
  Expr condition = context.compare(CompareOp::Le, name("x"), hull);
  EXPECT_FALSE(terms.constraintsOf(condition).has_value());
  EXPECT_EQ(terms.alternativesOf(condition)->size(), 2u);
}

TEST_F(LinearTest, SetsComeAndGo) {
  isl::set set(context.isl(), "[n, i] -> { : exists e : i = 2e + 1 and 0 <= i < n }");
  auto disjuncts = terms.disjunctsOf(set);
  ASSERT_EQ(disjuncts.size(), 1u);
  EXPECT_TRUE(poly::isEqual(terms.toSet(disjuncts[0]), set));
  isl::set either(context.isl(), "[n, i] -> { : 0 <= i < n or 2n <= i < 3n }");
  EXPECT_EQ(terms.disjunctsOf(either).size(), 2u);
}

} // namespace
} // namespace loopy::lowering
