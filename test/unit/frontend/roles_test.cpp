// What arguments default to.
#include "loopy/frontend/parse.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

struct Case {
  const char *name;
  const char *body;
  Role role; // of x: float32[n], beside a: float32[n] and idx: int32[n]
};

const Case cases[] = {
    {"NeverWritten", "y[i] = x[i]", Role::In},
    {"WrittenAsAWhole", "x[i] = a[i]", Role::Out},
    {"WrittenBackwards", "x[n - 1 - i] = a[i]", Role::Out},
    {"WrittenInTwoParts", "x[j] = 1\nx[k] = 2", Role::Out},
    {"OnePartIsMissing", "x[j] = 1", Role::InOut},
    {"ReadAndWritten", "x[i] = 2*x[i]", Role::InOut},
    {"WrittenThroughAnIndexArray", "x[idx[i]] = 1", Role::InOut},
    {"WrittenUnderAnAffineCondition", "if i > 0\nx[i] = 1\nend", Role::InOut},
    {"WrittenInBothBranches", "if a[i] > 0\nx[i] = 1\nelse\nx[i] = 2\nend", Role::Out},
    {"WrittenInOneBranch", "if a[i] > 0\nx[i] = 1\nend", Role::InOut},
    {"WrittenAtomically", "x[i] = x[i] + 1 {atomic}", Role::InOut},
    {"WrittenByAReduction", "x[i] = sum(q, a[q])", Role::Out},
};

class DefaultRole : public testing::TestWithParam<Case> {};

TEST_P(DefaultRole, FollowsTheMustWrites) {
  Context context;
  std::string text = R"(
kernel f(n: int32, a: float32[n], idx: int32[n], x: float32[n], y: float32[n])
  domain { [i, q] : 0 <= i, q < n }
  domain { [j, k] : 0 <= j < n // 2 and n // 2 <= k < n }
  )" + std::string(GetParam().body) +
                     "\nfor i, q, j, k\n... nop\nend\nend\n";
  Module module = parseText(context, "case", text);
  EXPECT_EQ(spelling(module.kernels[0].array("x").role), spelling(GetParam().role));
}

INSTANTIATE_TEST_SUITE_P(Table, DefaultRole, testing::ValuesIn(cases),
                         [](const testing::TestParamInfo<Case> &info) { return std::string(info.param.name); });

} // namespace
} // namespace loopy
