#include "divisibility.h"

#include "support/random.h"

#include <gtest/gtest.h>

namespace loopy::lowering {
namespace {

class DivisibilityTest : public ::testing::Test {
protected:
  Context c;
  std::map<std::string, int64_t> params{{"n", 1}, {"m", 4}, {"l", 6}};
  Divisibility divisibility{[this](const std::string &name) { return params.at(name); }};

  Expr number(int64_t value) { return c.constant(value); }
  Expr param(const char *name) { return c.param(name, indexType); }
  Expr var(const char *name) { return c.iname(name); }
  int64_t divisorOf(Expr e) { return divisibility.divisorOf(e); }
  std::optional<int64_t> remainder(Expr e, int64_t modulus) { return divisibility.remainderOf(e, modulus); }
};

TEST_F(DivisibilityTest, OfSumsProductsAndQuotients) {
  EXPECT_EQ(divisorOf(number(-12)), 12);
  EXPECT_EQ(divisorOf(number(0)), 0);
  EXPECT_EQ(divisorOf(var("i")), 1);
  EXPECT_EQ(divisorOf(c.mul(8, var("i"))), 8);
  EXPECT_EQ(divisorOf(c.add(c.mul(8, var("i")), number(12))), 4);
  EXPECT_EQ(divisorOf(c.sub(c.mul(8, var("i")), number(6))), 2);
  EXPECT_EQ(divisorOf(c.mul(c.add(c.mul(2, var("i")), number(2)), param("m"))), 8);
  EXPECT_EQ(divisorOf(c.binary(BinaryOp::FloorDiv, c.mul(12, var("i")), param("n"))), 1);
  EXPECT_EQ(divisorOf(c.call("quot", {c.mul(12, param("m")), number(3)}, indexType)), 16);
  EXPECT_EQ(divisorOf(c.call("quot", {c.mul(10, var("i")), number(3)}, indexType)), 1);
  EXPECT_EQ(divisorOf(c.call("rem", {c.mul(12, var("i")), number(8)}, indexType)), 4);
  EXPECT_EQ(divisorOf(c.binary(BinaryOp::Min, c.mul(12, var("i")), param("l"))), 6);
  EXPECT_EQ(divisorOf(c.cast(int64Type, c.mul(12, var("i")))), 12);
  EXPECT_EQ(divisorOf(c.load("index", {var("i")}, indexType)), 1);
  EXPECT_EQ(divisorOf(c.mul(4, c.load("index", {var("i")}, indexType))), 4);
  // What does not fit into 64 bits is still a divisor.
  Expr large = c.mul(int64_t{1} << 40, var("i"));
  EXPECT_EQ(
      divisorOf(c.make({int64Type, {}, Binary{BinaryOp::Mul, c.cast(int64Type, large), c.cast(int64Type, large)}})) %
          16,
      0);
}

TEST_F(DivisibilityTest, Remainders) {
  EXPECT_EQ(remainder(c.add(c.mul(8, var("i")), number(3)), 4), 3);
  EXPECT_EQ(remainder(c.sub(c.mul(8, var("i")), number(3)), 4), 1);
  EXPECT_EQ(remainder(c.add(c.mul(2, var("i")), number(1)), 4), std::nullopt);
  EXPECT_EQ(remainder(c.add(c.mul(var("i"), param("m")), number(7)), 4), 3);
  EXPECT_EQ(remainder(number(-1), 4), 3);
}

TEST_F(DivisibilityTest, OfParameters) {
  auto of = [&](const char *assumptions, const char *name) {
    return divisorOfParameter(isl::set(c.isl(), assumptions), name);
  };
  EXPECT_EQ(of("[n] -> { : n >= 0 and n mod 4 = 0 }", "n"), 4);
  EXPECT_EQ(of("[n] -> { : n >= 0 and n mod 8 = 4 }", "n"), 4);
  EXPECT_EQ(of("[n] -> { : n >= 0 and n mod 4 = 1 }", "n"), 1);
  EXPECT_EQ(of("[n] -> { : n >= 0 }", "n"), 1);
  EXPECT_EQ(of("[n, m] -> { : n = 6m and m >= 0 }", "n"), 6);
  EXPECT_EQ(of("[n, m] -> { : n = 6m and m >= 0 }", "k"), 1);
  EXPECT_EQ(of("[n] -> { : n = 12 }", "n"), 12);
  EXPECT_EQ(of("[n] -> { : n = 0 }", "n"), 0);
  EXPECT_EQ(2 % of("[n] -> { : n mod 4 = 0 or n mod 6 = 0 }", "n"), 0);
}

// Every value is divisible by what was found, whatever the variables are.
TEST_F(DivisibilityTest, HoldsForValues) {
  loopy::testing::Random random(5);
  using Pair = std::pair<Expr, std::function<int64_t(const std::map<std::string, int64_t> &)>>;
  std::function<Pair(int)> make = [&](int depth) -> Pair {
    if (depth == 0 || random.chance(20)) {
      const int64_t value = random.between(-12, 12);
      static const std::vector<std::string> names = {"i", "j"}, known = {"m", "l"};
      if (random.chance(40)) {
        const std::string name = random.pick(names);
        return {c.iname(name), [=](const auto &values) { return values.at(name); }};
      }
      if (random.chance(40)) {
        const std::string name = random.pick(known);
        return {c.param(name, indexType), [=](const auto &values) { return values.at(name); }};
      }
      return {number(value), [=](const auto &) { return value; }};
    }
    const Pair a = make(depth - 1), b = make(depth - 1);
    switch (random.between(0, 3)) {
    case 0:
      return {c.add(a.first, b.first), [=](const auto &v) { return a.second(v) + b.second(v); }};
    case 1:
      return {c.sub(a.first, b.first), [=](const auto &v) { return a.second(v) - b.second(v); }};
    case 2:
      return {c.mul(a.first, b.first), [=](const auto &v) { return a.second(v) * b.second(v); }};
    default:
      return {c.binary(BinaryOp::Max, a.first, b.first),
              [=](const auto &v) { return std::max(a.second(v), b.second(v)); }};
    }
  };
  int better = 0;
  for (int trial = 0; trial < 500; ++trial) {
    const Pair e = make(3);
    const int64_t divisor = divisorOf(e.first);
    better += divisor != 1;
    for (int sample = 0; sample < 8; ++sample) {
      const std::map<std::string, int64_t> values{{"i", random.between(-9, 9)},
                                                  {"j", random.between(-9, 9)},
                                                  {"m", 4 * random.between(-3, 3)},
                                                  {"l", 6 * random.between(-3, 3)}};
      const int64_t value = e.second(values);
      EXPECT_TRUE(divisor == 0 ? value == 0 : value % divisor == 0) << toString(e.first) << " by " << divisor;
      for (int64_t modulus : {2, 4, 8})
        if (const std::optional<int64_t> found = remainder(e.first, modulus)) {
          EXPECT_EQ(*found, ((value % modulus) + modulus) % modulus) << toString(e.first) << " modulo " << modulus;
        }
    }
  }
  EXPECT_GT(better, 100);
}

} // namespace
} // namespace loopy::lowering
