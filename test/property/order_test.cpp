// The order rule against brute force: findReorderViolation(before, after) finds a violation iff, at some size that the
// assumptions allow, some dependence of the old tree does not hold in the new one; and the pair it names is one.
#include "support/instances.h"
#include "support/random_kernel.h"
#include "support/seeds.h"

#include "loopy/analysis/prove.h"

#include <gtest/gtest.h>

#include <sstream>

namespace loopy::testing {
namespace {

bool isAtomicPair(const Instance &a, const Instance &b, const ElementAccess &x, const ElementAccess &y) {
  auto isUpdate = [](const Instance &instance, const ElementAccess &access) {
    const Assign &assign = std::get<Assign>(instance.statement->body);
    return assign.atomic && equal(assign.lhs[0], access.load);
  };
  return isUpdate(a, x) && isUpdate(b, y);
}

struct Pair {
  const Instance *source, *sink;
  std::string array;
};

// All dependences of the old tree that do not hold in the new one.
std::vector<Pair> violations(const Kernel &before, const Kernel &after, const std::vector<Instance> &instances) {
  const std::map<std::string, Path> oldPaths = allPaths(before.tree), newPaths = allPaths(after.tree);
  std::vector<Pair> found;
  for (const Instance &source : instances)
    for (const Instance &sink : instances) {
      if (orderOf(oldPaths, source, sink).order >= 0)
        continue;
      const Order now = orderOf(newPaths, source, sink);
      const bool holds = now.order < 0 && (now.loop.empty() || !after.tag(now.loop).isParallel());
      if (holds)
        continue;
      for (const ElementAccess &x : source.accesses)
        for (const ElementAccess &y : sink.accesses)
          if (x.array == y.array && x.element == y.element && (x.isWrite || y.isWrite) && !isAtomicPair(source, sink, x, y))
            found.push_back({&source, &sink, x.array});
    }
  return found;
}

std::string islText(const isl::set &set) {
  std::ostringstream stream;
  stream << set;
  return stream.str();
}

std::string text(const Kernel &before, const Kernel &after) {
  std::string result = "before:\n" + printTree(before) + "after:\n" + printTree(after);
  for (const StatementRef &statement : before.statements) {
    const Assign &assign = std::get<Assign>(statement->body);
    result += statement->id + ": " + toString(assign.lhs[0]) + (assign.atomic ? " =atomic " : " = ") + toString(assign.rhs[0]) +
              "   " + islText(statement->domain) + "\n";
  }
  return result;
}

bool isNamedPair(const Violation &violation, const Pair &pair) {
  if (violation.array != pair.array || violation.source != pair.source->statement->id ||
      violation.sink != pair.sink->statement->id)
    return false;
  auto agrees = [&](const Instance &instance, bool isPrimed) {
    for (const std::string &iname : instance.statement->inames)
      if (auto it = violation.point.find(isPrimed ? primed(iname) : iname);
          it != violation.point.end() && it->second != instance.value(iname))
        return false;
    return true;
  };
  return agrees(*pair.source, false) && agrees(*pair.sink, true);
}

struct Tally {
  int legal = 0, illegal = 0;
};

void checkOne(Random &random, Tally &tally) {
  Context context;
  RandomKernelOptions options;
  options.temps = random.chance(40);
  options.guards = random.chance(20);
  Kernel before = randomKernel(context, random, options);
  Kernel after = before;
  if (random.chance(85))
    after.tree = randomTree(random, before, random.chance(70));
  if (random.chance(60))
    tagAtRandom(random, after, 50, true, true);

  std::map<int64_t, std::vector<Pair>> bySize;
  std::map<int64_t, std::vector<Instance>> instances;
  bool isViolated = false;
  for (int64_t n = options.smallest; n <= options.largest; ++n) {
    instances[n] = instancesOf(before, {{"n", n}});
    bySize[n] = violations(before, after, instances[n]);
    isViolated |= !bySize[n].empty();
  }
  const std::optional<Violation> violation = findReorderViolation(before, after);
  ++(isViolated ? tally.illegal : tally.legal);
  ASSERT_EQ(violation.has_value(), isViolated) << text(before, after);
  if (!violation)
    return;
  ASSERT_FALSE(violation->undecided) << text(before, after);
  bool isWitness = false;
  for (const auto &[n, pairs] : bySize)
    if (auto it = violation->point.find("n"); it == violation->point.end() || it->second == n)
      for (const Pair &pair : pairs)
        isWitness |= isNamedPair(*violation, pair);
  EXPECT_TRUE(isWitness) << text(before, after) << describe(before, *violation);
}

TEST(OrderRule, agreesWithEnumeration) {
  Tally tally;
  forEachSeed(400, [&](Random &random) { checkOne(random, tally); });
  // Both answers must occur often, or the test would say little.
  EXPECT_GT(tally.legal, tally.illegal / 20);
  EXPECT_GT(tally.illegal, tally.legal / 20);
}

} // namespace
} // namespace loopy::testing
