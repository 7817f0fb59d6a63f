#include "loopy/ir/context.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

class ExprTest : public testing::Test {
protected:
  Context context;
  Expr i = context.iname("i"), j = context.iname("j");
  Expr n = context.param("n", indexType);
  Expr x = context.load("x", {i}, float32Type);
  Expr number(int64_t value) { return context.constant(value); }
  Expr binary(BinaryOp op, Expr a, Expr b) { return context.binary(op, a, b); }
};

TEST_F(ExprTest, IntegerArithmeticFolds) {
  EXPECT_EQ(toString(context.add(number(2), number(3))), "5");
  EXPECT_EQ(toString(context.add(i, number(0))), "i");
  EXPECT_EQ(toString(context.mul(1, i)), "i");
  EXPECT_EQ(toString(context.mul(0, i)), "0");
  EXPECT_EQ(toString(context.add(context.add(i, number(1)), number(-1))), "i");
  EXPECT_EQ(toString(context.sub(context.add(i, number(1)), number(3))), "i - 2");
  EXPECT_EQ(toString(binary(BinaryOp::FloorDiv, number(-7), number(2))), "-4");
  EXPECT_EQ(toString(binary(BinaryOp::Mod, number(-7), number(2))), "1");
  EXPECT_EQ(toString(binary(BinaryOp::FloorDiv, i, number(1))), "i");
  EXPECT_EQ(toString(binary(BinaryOp::Mod, i, number(1))), "0");
}

TEST_F(ExprTest, MultiplesLeaveAQuotient) {
  Expr inside = context.add(context.mul(16, i), binary(BinaryOp::Mod, j, number(16)));
  EXPECT_EQ(toString(binary(BinaryOp::FloorDiv, inside, number(16))), "i");
  EXPECT_EQ(toString(binary(BinaryOp::Mod, inside, number(16))), "j % 16");
  EXPECT_EQ(toString(binary(BinaryOp::FloorDiv, context.add(context.mul(16, i), j), number(16))), "(16*i + j) // 16");
}

TEST_F(ExprTest, OverflowIsNotFolded) {
  Expr most = context.constant(int64_t(INT32_MAX));
  EXPECT_FALSE(context.add(most, number(1)).is<Constant>());
  Expr most64 = context.constant(INT64_MAX, int64Type);
  EXPECT_FALSE(context.mul(most64, most64).is<Constant>());
}

TEST_F(ExprTest, OperandsArePromoted) {
  Expr sum = context.add(i, x);
  EXPECT_EQ(sum.type(), float32Type);
  EXPECT_EQ(toString(sum), "cast(float32, i) + x[i]");
  EXPECT_EQ(toString(context.mul(2, x)), "2.0*x[i]");
}

TEST_F(ExprTest, IllFormedNodesAreRefused) {
  EXPECT_THROW(context.load("x", {x}, float32Type), InternalError);
  EXPECT_THROW(context.select(i, x, x), InternalError);
  EXPECT_THROW(context.binary(BinaryOp::Div, i, j), InternalError);
  EXPECT_THROW(context.binary(BinaryOp::BitAnd, x, x), InternalError);
  EXPECT_THROW(context.make({indexType, {}, Binary{BinaryOp::Add, i, Expr()}}), InternalError);
  EXPECT_THROW(context.constant(int64_t(300), Type{ScalarKind::Int8}), InternalError);
}

TEST_F(ExprTest, SubstitutionIsSimultaneousAndFolds) {
  Expr e = context.load("a", {context.add(i, number(1)), j}, float32Type);
  EXPECT_EQ(toString(substituteInames(context, e, {{"i", j}, {"j", context.add(i, number(-1))}})), "a[j + 1, i - 1]");
  EXPECT_EQ(toString(substituteInames(context, e, {{"i", context.sub(n, number(1))}})), "a[n, j]");
}

TEST_F(ExprTest, ReductionsBindTheirInames) {
  Expr sum = context.make({float32Type, {}, Reduce{ReductionOp::Sum, {"i"}, {x}}});
  EXPECT_EQ(toString(sum), "sum(i, x[i])");
  EXPECT_EQ(toString(substituteInames(context, sum, {{"i", j}})), "sum(i, x[i])");
}

TEST_F(ExprTest, ImplicitAxesPrintInBracesOrNotAtAll) {
  Expr e = context.load("t", {i, j, n}, float32Type);
  auto two = [](const std::string &) { return 2u; };
  EXPECT_EQ(toString(e, {two, false}), "t{i, j}[n]");
  EXPECT_EQ(toString(e, {two, true}), "t[n]");
  EXPECT_EQ(toString(e), "t[i, j, n]");
}

TEST_F(ExprTest, EqualityIsStructural) {
  EXPECT_TRUE(equal(context.add(i, number(1)), context.add(context.iname("i"), number(1))));
  EXPECT_FALSE(equal(context.add(i, number(1)), context.add(j, number(1))));
  EXPECT_TRUE(equal(number(5), context.constant(int64_t(5), int64Type)));
}

TEST_F(ExprTest, RewriteGoesBottomUp) {
  Expr e = context.add(context.mul(2, i), j);
  Expr result = rewrite(context, e, [&](Expr node) { return node.is<InameRef>() ? n : node; });
  EXPECT_EQ(toString(result), "2*n + n");
  EXPECT_EQ(inamesIn(e), (std::set<std::string>{"i", "j"}));
  EXPECT_TRUE(mentionsIname(e, "j"));
  EXPECT_FALSE(mentionsIname(result, "j"));
}

} // namespace
} // namespace loopy
