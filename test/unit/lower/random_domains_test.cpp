// Random nests with guards, unions, strides and unrolled loops: the program executes what the domains say.
#include "interpreter.h"
#include "made_kernel.h"

#include "loopy/lower/lower.h"

#include <gtest/gtest.h>

#include <random>

namespace loopy::test {
namespace {

class RandomNest {
public:
  explicit RandomNest(unsigned seed) : random_(seed), made("nest") {
    made.param("n");
    made.param("m");
    made.kernel.assumptions = made.set("0 <= n <= 12 and 0 <= m <= 12");
    made.array("a", Role::InOut, {"60", "60"});
    for (const char *name : {"i", "j", "k"})
      made.iname(name, pick(0, 3) == 0 ? "unr" : "");
    std::vector<NodeRef> children;
    unsigned count = static_cast<unsigned>(pick(1, 3));
    for (unsigned s = 0; s < count; ++s)
      children.push_back(nest(s));
    made.kernel.tree = {makeLoop("i", children)};
    verify(made.kernel);
  }

  int pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }

private:
  std::string bound() {
    static const char *const choices[] = {"n", "m", "n + m", "7", "floor(n/2)", "2n - 1"};
    return choices[pick(0, 5)];
  }

  std::string extra(const std::string &x) {
    switch (pick(0, 6)) {
    case 0:
      return " and " + x + " mod 3 = " + std::to_string(pick(0, 2));
    case 1:
      return " and (" + x + " < 2 or " + x + " > n)";
    case 2:
      return " and i + " + x + " <= n + 2";
    case 3:
      return " and 2" + x + " >= i";
    case 4:
      return " and floor(" + x + "/2) + i < m";
    default:
      return "";
    }
  }

  NodeRef nest(unsigned number) {
    const std::string id = "S" + std::to_string(number);
    const std::string outer = std::to_string(pick(-1, 1)) + " <= i < " + bound() + " and i <= 5" + extra("i");
    std::string domain = outer;
    std::vector<std::string> inames{"i"};
    unsigned depth = static_cast<unsigned>(pick(0, 2));
    for (unsigned d = 0; d < depth; ++d) {
      const std::string x = d == 0 ? "j" : "k";
      inames.push_back(x);
      domain += " and " + std::string(pick(0, 1) ? "0" : "i - 1") + " <= " + x + " < " + bound() + " and " + x +
                " <= i + 5" + extra(x);
    }
    // Which instances run, and in which order, shows in the values.
    std::string row = "i + 5", column = depth > 0 ? "j + 10 + " + std::to_string(number) : std::to_string(number);
    Expr old = made.load("a", {row, column});
    Expr value = made.context.add(made.context.mul(made.number(2), old), made.number(number + 1));
    if (depth > 1)
      value = made.context.add(value, made.context.cast(float32Type, made.context.iname("k")));
    made.statement(id, inames, domain, old, value);
    NodeRef node = makeLeaf({id});
    for (size_t d = inames.size(); d-- > 1;)
      node = makeLoop(inames[d], {node});
    return node;
  }

  std::mt19937 random_;

public:
  MadeKernel made;
};

TEST(RandomDomains, ProgramsExecuteTheDomains) {
  unsigned lowered = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    RandomNest nest(seed);
    Program program;
    try {
      program = lower(nest.made.kernel, Target::c());
    } catch (const UserError &) {
      continue; // an unrolled loop without constant bound
    }
    ++lowered;
    for (int n : {0, 1, 4, 7})
      for (int m : {0, 3, 6}) {
        Memory expected;
        expected.scalars = {{"n", n}, {"m", m}};
        for (int64_t cell = 0; cell < 3600; ++cell)
          expected.arrays["a"][cell] = 0;
        Memory actual = expected;
        interpret(nest.made.kernel, expected);
        interpret(program, actual);
        ASSERT_EQ(expected.arrays["a"], actual.arrays["a"]) << "seed " << seed << "\n" << printProgram(program);
      }
  }
  EXPECT_GT(lowered, 40u);
}

} // namespace
} // namespace loopy::test
