#include "loopy/ir/tree.h"
#include "loopy/ir/verify.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

// i: [A, B; j: C; D]
Tree sample() { return {makeLoop("i", {makeLeaf({"A", "B"}), makeLoop("j", {makeLeaf({"C"})}), makeLeaf({"D"})})}; }

TEST(Tree, PathsNamePositionsAndLoops) {
  Path c = pathTo(sample(), "C");
  EXPECT_EQ(c.loops, (std::vector<std::string>{"i", "j"}));
  EXPECT_EQ(c.positions, (std::vector<unsigned>{0, 1, 0, 0}));
  EXPECT_EQ(pathTo(sample(), "B").positions, (std::vector<unsigned>{0, 0, 1}));
}

TEST(Tree, RestrictingDropsEmptyLoopsAndJoinsLeaves) {
  Tree rest = restrictTree(sample(), [](const std::string &s) { return s != "C"; });
  ASSERT_EQ(rest.size(), 1u);
  ASSERT_EQ(rest[0]->loop()->children.size(), 1u);
  EXPECT_EQ(rest[0]->loop()->children[0]->leaf()->statements, (std::vector<std::string>{"A", "B", "D"}));
}

TEST(Tree, SplicingPutsChildrenInThePlaceOfALoop) {
  Tree spliced = spliceLoops(sample(), [](const std::string &loop) { return loop == "i"; });
  ASSERT_EQ(spliced.size(), 3u);
  EXPECT_EQ(statementsBelow(spliced), (std::vector<std::string>{"A", "B", "C", "D"}));
  EXPECT_EQ(loopsIn(spliced), std::vector<std::string>{"j"});
}

TEST(Tags, RoundTrip) {
  for (const char *text : {"g.0", "g.2", "l.1", "l.auto", "unr", "ilp", "ilp.seq", "vec", "unroll_hint(4)"}) {
    std::optional<Tag> tag = parseTag(text);
    ASSERT_TRUE(tag) << text;
    EXPECT_EQ(tag->name(), text);
  }
  for (const char *text : {"g.3", "l.", "g", "unroll_hint(x)", "parallel", "l.-1"})
    EXPECT_FALSE(parseTag(text)) << text;
}

class VerifyTest : public ::testing::Test {
protected:
  // for i: S: a[i] = 0
  Kernel kernel() {
    Kernel k;
    k.context = &context_;
    k.name = "k";
    k.assumptions = poly::universe(context_.isl());
    k.params.push_back({"n", indexType, {}});
    Array a;
    a.name = "a";
    a.type = float32Type;
    a.shape = {context_.param("n", indexType)};
    a.role = Role::Out;
    k.arrays.push_back(a);
    k.inames.push_back({"i", {}, {}});
    Statement s;
    s.id = "S";
    s.inames = {"i"};
    s.domain = poly::paramAff(context_.isl(), "i").lt_set(poly::paramAff(context_.isl(), "n"));
    s.body = Assign{{context_.load("a", {context_.iname("i")}, float32Type)}, {context_.constant(0.0, float32Type)}, false};
    k.statements.push_back(std::make_shared<const Statement>(s));
    k.tree = {makeLoop("i", {makeLeaf({"S"})})};
    return k;
  }
  Context context_;
};

TEST_F(VerifyTest, AcceptsAWellFormedKernel) { EXPECT_NO_THROW(verify(kernel())); }

TEST_F(VerifyTest, RefusesAStatementOutsideItsLoops) {
  Kernel k = kernel();
  k.tree = {makeLeaf({"S"})};
  EXPECT_THROW(verify(k), InternalError);
}

TEST_F(VerifyTest, RefusesAStatementThatStandsTwice) {
  Kernel k = kernel();
  k.tree = {makeLoop("i", {makeLeaf({"S"})}), makeLoop("i", {makeLeaf({"S"})})};
  EXPECT_THROW(verify(k), InternalError);
}

TEST_F(VerifyTest, RefusesUnknownNamesAndWrongRanks) {
  Kernel k = kernel();
  Statement s = k.statement("S");
  s.body = Assign{{context_.load("b", {context_.iname("i")}, float32Type)}, {context_.constant(0.0, float32Type)}, false};
  k.replaceStatement(s);
  EXPECT_THROW(verify(k), InternalError);
  s.body = Assign{{context_.load("a", {}, float32Type)}, {context_.constant(0.0, float32Type)}, false};
  k.replaceStatement(s);
  EXPECT_THROW(verify(k), InternalError);
}

TEST_F(VerifyTest, RefusesADomainOverForeignNames) {
  Kernel k = kernel();
  Statement s = k.statement("S");
  s.domain = s.domain.intersect(poly::paramAff(context_.isl(), "m").ge_set(poly::constantAff(context_.isl(), 0)));
  k.replaceStatement(s);
  EXPECT_THROW(verify(k), InternalError);
}

} // namespace
} // namespace loopy
