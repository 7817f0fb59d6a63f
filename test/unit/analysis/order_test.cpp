// The order rule on small kernels, written in the kernel language.
#include "loopy/analysis/bounds.h"
#include "loopy/analysis/prove.h"
#include "loopy/frontend/parse.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

class OrderTest : public ::testing::Test {
protected:
  Kernel parse(const std::string &text) { return parseText(context_, "test.loopy", text).kernels.at(0); }
  Kernel tagged(Kernel kernel, const std::string &iname, const std::string &tag) {
    kernel.setTag(iname, *parseTag(tag));
    return kernel;
  }
  // i: j: ... becomes j: i: ...
  Kernel interchanged(Kernel kernel) {
    const Loop &outer = *kernel.tree.at(0)->loop();
    const Loop &inner = *outer.children.at(0)->loop();
    kernel.tree = {makeLoop(inner.iname, {makeLoop(outer.iname, inner.children)})};
    return kernel;
  }
  std::string messageOf(const Kernel &before, const Kernel &after) {
    std::optional<Violation> violation = findReorderViolation(before, after);
    return violation ? describe(before, *violation) : "";
  }
  Context context_;
};

constexpr const char *shifted = R"(
kernel shifted(n: int32, a: inout float32[n + 1])
  domain { [i] : 0 <= i < n }
  a[i + 1] = a[i] + 1 {id=S}
end
)";

TEST_F(OrderTest, AShiftedUpdateMayNotRunInParallel) {
  Kernel kernel = parse(shifted);
  std::optional<Violation> violation = findReorderViolation(kernel, tagged(kernel, "i", "g.0"));
  ASSERT_TRUE(violation);
  EXPECT_TRUE(violation->sourceWrites && !violation->sinkWrites);
  EXPECT_EQ(violation->atLoop, "i");
  EXPECT_TRUE(violation->atParallelLoop);
  EXPECT_EQ(describe(kernel, *violation), "for n=2, `S[i=0]` writes `a[1]`, which `S[i=1]` reads later");
}

TEST_F(OrderTest, UnrollingChangesNoOrder) {
  Kernel kernel = parse(shifted);
  EXPECT_FALSE(findReorderViolation(kernel, tagged(kernel, "i", "unr")));
}

TEST_F(OrderTest, InterchangeOfABackwardDiagonalIsRefused) {
  Kernel kernel = parse(R"(
kernel wavefront(n: int32, a: inout float32[n + 2, n + 2])
  domain { [i, j] : 0 <= i < n and 0 <= j < n }
  a[i + 1, j] = a[i, j + 1] {id=S}
end
)");
  EXPECT_EQ(messageOf(kernel, interchanged(kernel)),
            "for n=2, `S[i=0, j=1]` writes `a[1, 1]`, which `S[i=1, j=0]` reads later");
}

TEST_F(OrderTest, InterchangeOfAForwardDiagonalIsLegal) {
  Kernel kernel = parse(R"(
kernel forward(n: int32, a: inout float32[n + 2, n + 2])
  domain { [i, j] : 0 <= i < n and 0 <= j < n }
  a[i + 1, j + 1] = a[i, j] {id=S}
end
)");
  EXPECT_EQ(messageOf(kernel, interchanged(kernel)), "");
}

TEST_F(OrderTest, TheParameterRangeMatters) {
  // The distance is n - 1: there is no dependence within the domain.
  Kernel kernel = parse(R"(
kernel far(n: int32, a: inout float32[2*n])
  domain { [i] : 0 <= i < n }
  a[i + n] = a[i] {id=S}
end
)");
  EXPECT_EQ(messageOf(kernel, tagged(kernel, "i", "g.0")), "");
}

TEST_F(OrderTest, AtomicUpdatesMayRunInParallel) {
  Kernel kernel = parse(R"(
kernel histogram(n: int32, m: int32, bin: int32[n], count: inout int32[m])
  domain { [i] : 0 <= i < n }
  count[bin[i]] = count[bin[i]] + 1 {id=S, atomic}
end
)");
  EXPECT_EQ(messageOf(kernel, tagged(kernel, "i", "g.0")), "");
}

TEST_F(OrderTest, TheUsersWordOnIndirectWritesCounts) {
  const std::string text = R"(
kernel scatter(n: int32, m: int32, to: int32[n], x: float32[n], y: inout float32[m])
  domain { [i] : 0 <= i < n }
  y[to[i]] = x[i] {id=S OPTION}
end
)";
  auto with = [&](const std::string &option) {
    std::string copy = text;
    copy.replace(copy.find(" OPTION"), 7, option);
    return parse(copy);
  };
  Kernel plain = with(""), disjoint = with(", disjoint=i");
  EXPECT_NE(messageOf(plain, tagged(plain, "i", "g.0")), "");
  EXPECT_EQ(messageOf(disjoint, tagged(disjoint, "i", "g.0")), "");
}

TEST_F(OrderTest, UpdatesOfASumMayBeReorderedButNotParallel) {
  Kernel kernel = parse(R"(
kernel total(n: int32, m: int32, a: float32[n, m], s: out float32[1])
  domain { [i, j] : 0 <= i < n and 0 <= j < m }
  s[0] = sum((i, j), a[i, j])
end
)");
  Tree swapped;
  for (const NodeRef &node : kernel.tree)
    if (const Loop *outer = node->loop()) {
      const Loop &inner = *outer->children.at(0)->loop();
      swapped.push_back(makeLoop(inner.iname, {makeLoop(outer->iname, inner.children)}));
    } else {
      swapped.push_back(node);
    }
  Kernel other = kernel;
  other.tree = swapped;
  EXPECT_EQ(messageOf(kernel, other), "");
  EXPECT_NE(messageOf(kernel, tagged(kernel, "i", "l.0")), "");
}

TEST_F(OrderTest, BoundsAreProvedOrRefuted) {
  for (const BoundsFinding &finding : checkBounds(parse(shifted)))
    EXPECT_EQ(finding.verdict, BoundsFinding::Verdict::Proved) << finding.detail;
  Kernel outside = parse(R"(
kernel outside(n: int32, a: float32[n], b: out float32[n])
  domain { [i] : 0 <= i < n }
  b[i] = a[i + 1]
end
)");
  unsigned refuted = 0;
  for (const BoundsFinding &finding : checkBounds(outside))
    if (finding.verdict == BoundsFinding::Verdict::Refuted) {
      ++refuted;
      EXPECT_EQ(finding.detail, "n=1, i=0: reads a[1] of a[1]");
    }
  EXPECT_EQ(refuted, 1u);
}

TEST_F(OrderTest, SelectsProtectTheirBranches) {
  Kernel kernel = parse(R"(
kernel guarded(n: int32, a: float32[n], b: out float32[n])
  domain { [i] : 0 <= i < n }
  b[i] = a[i - 1] if i > 0 else 0
end
)");
  for (const BoundsFinding &finding : checkBounds(kernel))
    EXPECT_EQ(finding.verdict, BoundsFinding::Verdict::Proved) << finding.access << ": " << finding.detail;
}

TEST_F(OrderTest, IndirectSubscriptsAreAssumed) {
  Kernel kernel = parse(R"(
kernel gather(n: int32, m: int32, from: int32[n], x: float32[m], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = x[from[i]]
end
)");
  unsigned assumed = 0;
  for (const BoundsFinding &finding : checkBounds(kernel))
    assumed += finding.verdict == BoundsFinding::Verdict::Assumed;
  EXPECT_EQ(assumed, 1u);
}

TEST_F(OrderTest, UnsetReadsAreFound) {
  Kernel covered = parse(R"(
kernel covered(n: int32, a: float32[n], b: out float32[n])
  domain { [i] : 0 <= i < n }
  temp x: float32[n]
  for i
    x[i] = a[i]
    b[i] = x[i]
  end
end
)");
  EXPECT_TRUE(findUnsetReads(covered).empty());
  Kernel partly = parse(R"(
kernel partly(n: int32, a: float32[n], b: out float32[n])
  domain { [i] : 0 <= i < n }
  domain { [j] : 0 <= j < n }
  temp x: float32[n + 1]
  for i
    x[i] = a[i]
  end
  for j
    b[j] = x[j + 1]
  end
end
)");
  EXPECT_EQ(findUnsetReads(partly).size(), 1u);
}

TEST_F(OrderTest, ComplementaryGuardsCoverTogether) {
  Kernel kernel = parse(R"(
kernel both(n: int32, a: float32[n], b: out float32[n])
  domain { [i] : 0 <= i < n }
  for i
    if a[i] > 0
      <> x = a[i]
    else
      x = -a[i]
    end
    b[i] = x
  end
end
)");
  EXPECT_TRUE(findUnsetReads(kernel).empty());
}

} // namespace
} // namespace loopy
