// The mapping's decisions against brute force on random kernels: every dependence between work-groups is separated by
// a launch, every one between work-items by a barrier, no smaller number of barriers in a body would do, and every
// value read from a temporary's cell is the one that was written for it.
#include "mapped.h"

#include "support/random_kernel.h"
#include "support/seeds.h"

#include "loopy/analysis/prove.h"

#include <gtest/gtest.h>

#include <sstream>

namespace loopy::testing {
namespace {

std::string text(const Kernel &kernel, const Mapping *mapping) {
  std::ostringstream out;
  out << printTree(kernel);
  for (const StatementRef &statement : kernel.statements) {
    const Assign &assign = std::get<Assign>(statement->body);
    out << statement->id << ": " << toString(assign.lhs[0]) << (assign.atomic ? " =atomic " : " = ")
        << toString(assign.rhs[0]) << "   " << statement->domain << "\n";
  }
  if (mapping)
    out << printMapping(kernel, *mapping);
  return out.str();
}

bool isAtomicPair(const Execution &a, const Execution &b, const Cell &x, const Cell &y) {
  auto isUpdate = [](const Execution &execution, const Cell &cell) {
    const Assign &assign = std::get<Assign>(execution.instance->statement->body);
    return assign.atomic && equal(assign.lhs[0], cell.access->load);
  };
  return isUpdate(a, x) && isUpdate(b, y);
}

// The gaps of one body, one of which must hold a barrier for a pair of executions.
struct Demand {
  std::vector<unsigned> body;
  std::vector<bool> gaps;
};

// Where two executions of one group part in the device kernel's tree, the first running first.
Demand demandOf(const Tree &tree, const std::map<std::string, Path> &paths, const Execution &first,
                const Execution &second) {
  const Path &p = paths.at(first.instance->statement->id), &q = paths.at(second.instance->statement->id);
  const Tree *children = &tree;
  Demand demand;
  for (size_t depth = 0;; ++depth) {
    demand.gaps.assign(children->size(), false);
    const unsigned from = p.positions[depth], to = q.positions[depth];
    if (from != to) {
      for (unsigned gap = from; gap < to; ++gap)
        demand.gaps[gap] = true;
      return demand;
    }
    const Loop *loop = (*children)[from]->loop();
    require(loop != nullptr, "two executions on different work-items part somewhere");
    demand.body.push_back(from);
    children = &loop->children;
    const int64_t distance = second.instance->value(loop->iname) - first.instance->value(loop->iname);
    if (distance == 0)
      continue;
    demand.gaps.assign(children->size(), distance > 1);
    if (distance == 1)
      for (unsigned gap = 0; gap < children->size(); ++gap)
        demand.gaps[gap] = gap >= p.positions[depth + 1] || gap < q.positions[depth + 1];
    return demand;
  }
}

size_t fewestGaps(const std::vector<std::vector<bool>> &demands, size_t gaps) {
  size_t best = gaps;
  for (size_t chosen = 0; chosen < (size_t{1} << gaps); ++chosen) {
    auto isMet = [&](const std::vector<bool> &demand) {
      for (size_t gap = 0; gap < gaps; ++gap)
        if (demand[gap] && (chosen >> gap & 1))
          return true;
      return false;
    };
    if (std::all_of(demands.begin(), demands.end(), isMet))
      best = std::min(best, static_cast<size_t>(__builtin_popcountll(chosen)));
  }
  return best;
}

class MappingCheck {
public:
  MappingCheck(const Kernel &kernel, const Mapping &mapping, const Sizes &sizes)
      : kernel_(kernel), mapping_(mapping), mapped_(kernel, mapping, sizes) {
    for (const DeviceKernel &device : mapping.kernels)
      trees_.push_back(barrierTree(kernel, device));
    for (const Tree &tree : trees_)
      paths_.push_back(allPaths(tree));
  }

  void run() {
    for (const Execution &first : mapped_.executions())
      for (const Execution &second : mapped_.executions())
        if (first.instance != second.instance && mapped_.order(first, second) < 0 && !::testing::Test::HasFailure())
          checkPair(first, second);
    checkNumberOfBarriers();
    checkValues();
  }

private:
  std::string context() const { return text(kernel_, &mapping_); }

  void checkPair(const Execution &first, const Execution &second) {
    for (const Cell &x : first.cells)
      for (const Cell &y : second.cells)
        if ((x.isWrite || y.isWrite) && sameCell(x, y) && !isAtomicPair(first, second, x, y))
          checkOrdered(first, second, x);
  }

  void checkOrdered(const Execution &first, const Execution &second, const Cell &cell) {
    const std::string pair = cell.array + ": " + describe(*first.instance) + " -> " + describe(*second.instance) + "\n";
    if (!first.sameLaunch(second)) {
      ASSERT_LT(mapped_.launchOrder(first, second), 0) << "launches run in the wrong order, " << pair << context();
      return;
    }
    ASSERT_EQ(first.group, second.group) << "work-groups of one launch share " << pair << context();
    if (first.item == second.item || cell.space == AddressSpace::Private)
      return;
    Demand demand = demandOf(trees_[first.kernel], paths_[first.kernel], first, second);
    if (isMetInside(demand, first, second, cell))
      return;
    bool isMet = false;
    for (const BarrierPlace &barrier : mapping_.barriers)
      isMet |= barrier.kernel == first.kernel && barrier.path == demand.body && demand.gaps[barrier.gap] &&
               (cell.space == AddressSpace::Local ? barrier.local : barrier.global);
    ASSERT_TRUE(isMet) << "no barrier separates " << pair << context();
    demands_[{first.kernel, demand.body}].insert(demand.gaps);
  }

  // Below the child in which the first execution stands, a barrier that follows in the same iterations of all loops
  // around it runs after the first and before the second; and alike before the second one.
  bool isMetInside(const Demand &demand, const Execution &first, const Execution &second, const Cell &cell) const {
    const std::map<std::string, Path> &paths = paths_[first.kernel];
    const Path &p = paths.at(first.instance->statement->id), &q = paths.at(second.instance->statement->id);
    auto gapOf = [&](const Path &path, const BarrierPlace &barrier) -> std::optional<unsigned> {
      const size_t depth = barrier.path.size();
      const bool isBelow =
          depth < path.positions.size() && std::equal(barrier.path.begin(), barrier.path.end(), path.positions.begin());
      return isBelow ? std::optional(path.positions[depth]) : std::nullopt;
    };
    for (const BarrierPlace &barrier : mapping_.barriers) {
      if (barrier.kernel != first.kernel || barrier.path.size() <= demand.body.size() ||
          !(cell.space == AddressSpace::Local ? barrier.local : barrier.global))
        continue;
      const std::optional<unsigned> after = gapOf(p, barrier), before = gapOf(q, barrier);
      if ((after && barrier.gap >= *after) || (before && barrier.gap < *before))
        return true;
    }
    return false;
  }

  void checkNumberOfBarriers() {
    if (::testing::Test::HasFailure())
      return;
    std::map<std::pair<unsigned, std::vector<unsigned>>, size_t> placed;
    for (const BarrierPlace &barrier : mapping_.barriers)
      ++placed[{barrier.kernel, barrier.path}];
    for (const auto &[body, count] : placed) {
      const std::set<std::vector<bool>> &demands = demands_[body];
      ASSERT_FALSE(demands.empty()) << "a barrier that nothing asks for\n" << context();
      const std::vector<std::vector<bool>> list(demands.begin(), demands.end());
      ASSERT_EQ(count, fewestGaps(list, list[0].size())) << "more barriers than needed\n" << context();
    }
  }

  // Each read of a temporary's element finds in its cell what was last written for this element.
  void checkValues() {
    for (const Execution &reader : mapped_.executions())
      for (const Cell &read : reader.cells)
        if (!::testing::Test::HasFailure() && !read.isWrite && kernel_.array(read.array).isTemp())
          checkValue(reader, read);
  }

  void checkValue(const Execution &reader, const Cell &read) {
    const Execution *lastOfElement = nullptr, *lastOfCell = nullptr;
    auto isLater = [&](const Execution *a, const Execution &b) { return !a || mapped_.order(*a, b) <= 0; };
    for (const Execution &writer : mapped_.executions()) {
      if (mapped_.order(writer, reader) >= 0)
        continue;
      for (const Cell &written : writer.cells) {
        if (!written.isWrite || written.array != read.array)
          continue;
        if (written.access->element == read.access->element && isLater(lastOfElement, writer))
          lastOfElement = &writer;
        if (sameCell(written, read) && isLater(lastOfCell, writer))
          lastOfCell = &writer;
      }
    }
    if (!lastOfElement)
      return; // unset: refused before the mapping in kernels that are not random
    ASSERT_TRUE(lastOfCell && lastOfCell->instance == lastOfElement->instance)
        << describe(*reader.instance) << " reads from its cell of " << read.array << " not what "
        << describe(*lastOfElement->instance) << " wrote, but "
        << (lastOfCell ? "what " + describe(*lastOfCell->instance) + " wrote" : std::string("nothing")) << "\n"
        << context();
    if (!mapping_.target.hasWorkItems())
      checkScope(*lastOfElement, reader, read.array);
  }

  // C: the array is declared in the body of one loop, so writer and reader stand in one iteration of it.
  void checkScope(const Execution &writer, const Execution &reader, const std::string &array) {
    const std::string &loop = mapping_.storage.at(array).declaredIn;
    if (loop.empty())
      return;
    const Path &p = mapped_.paths().at(writer.instance->statement->id),
               &q = mapped_.paths().at(reader.instance->statement->id);
    for (size_t depth = 0;; ++depth) {
      ASSERT_TRUE(depth < p.loops.size() && depth < q.loops.size() && p.positions[depth] == q.positions[depth] &&
                  writer.instance->value(p.loops[depth]) == reader.instance->value(p.loops[depth]))
          << array << " is out of scope between " << describe(*writer.instance) << " and " << describe(*reader.instance)
          << "\n"
          << context();
      if (p.loops[depth] == loop)
        return;
    }
  }

  const Kernel &kernel_;
  const Mapping &mapping_;
  MappedKernel mapped_;
  std::vector<Tree> trees_;
  std::vector<std::map<std::string, Path>> paths_;
  std::map<std::pair<unsigned, std::vector<unsigned>>, std::set<std::vector<bool>>> demands_;
};

struct Tally {
  int mapped = 0, refused = 0, barriers = 0, kernels = 0;
};

// A random kernel whose tags are legal; nothing if none was found soon.
std::optional<Kernel> legalKernel(Context &context, Random &random, const RandomKernelOptions &options, bool groups) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    Kernel kernel = randomKernel(context, random, options);
    Kernel tagged = kernel;
    tagAtRandom(random, tagged, 60, groups, true);
    if (!findReorderViolation(kernel, tagged))
      return tagged;
  }
  return std::nullopt;
}

void checkOne(Random &random, bool groups, const Target &target, Tally &tally) {
  Context context;
  RandomKernelOptions options;
  options.temps = random.chance(70);
  options.smallest = options.largest = random.between(2, 4); // one size, so that enumeration is exact
  const std::optional<Kernel> kernel = legalKernel(context, random, options, groups);
  if (!kernel)
    return;
  std::optional<Mapping> mapping;
  try {
    mapping = mapToTarget(*kernel, target);
  } catch (const UserError &) {
    ++tally.refused;
    return;
  } catch (const InternalError &error) {
    FAIL() << error.what() << "\n" << text(*kernel, nullptr);
  }
  ++tally.mapped;
  tally.barriers += static_cast<int>(mapping->barriers.size());
  tally.kernels += static_cast<int>(mapping->kernels.size());
  MappingCheck(*kernel, *mapping, {{"n", options.largest}}).run();
}

TEST(Mapping, separatesDependencesOfWorkItemsWithTheFewestBarriers) {
  Tally tally;
  forEachSeed(200, [&](Random &random) { checkOne(random, false, Target::openCL(), tally); });
  EXPECT_GT(tally.mapped, tally.refused);
  EXPECT_GT(tally.barriers, 0);
}

TEST(Mapping, separatesDependencesOfWorkGroupsByLaunches) {
  Tally tally;
  forEachSeed(200, [&](Random &random) { checkOne(random, true, Target::openCL(), tally); });
  EXPECT_GT(tally.mapped, tally.refused);
  EXPECT_GT(tally.kernels, tally.mapped);
}

TEST(Mapping, storesEveryValueInC) {
  Tally tally;
  forEachSeed(200, [&](Random &random) { checkOne(random, true, Target::c(), tally); });
  EXPECT_EQ(tally.refused, 0);
}

} // namespace
} // namespace loopy::testing
