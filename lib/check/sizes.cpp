#include "loopy/check/sizes.h"

#include "tuple.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace loopy {

namespace {

void collectIntegers(const PipelineValue &value, std::set<int64_t> &found) {
  std::visit(Overloaded{[&](int64_t number) { found.insert(number); }, [](bool) {}, [](const PipelineValue::Name &) {},
                        [](const PipelineValue::Text &) {},
                        [&](const PipelineValue::List &list) {
                          for (const PipelineValue &item : list.items)
                            collectIntegers(item, found);
                        },
                        [&](const PipelineValue::Arithmetic &arithmetic) {
                          for (const PipelineValue &operand : arithmetic.operands)
                            collectIntegers(operand, found);
                        }},
             value.data);
}

// The largest integer that a step of the pipeline names: the longest tile.
int64_t longestTile(const std::vector<StepRecord> &steps) {
  std::set<int64_t> found;
  for (const StepRecord &step : steps) {
    for (const PipelineValue &value : step.call.positional)
      collectIntegers(value, found);
    for (const auto &[name, value] : step.call.named)
      collectIntegers(value, found);
  }
  constexpr int64_t longest = 256;
  auto end = found.upper_bound(longest);
  int64_t tile = end == found.begin() ? 0 : *std::prev(end);
  return std::max<int64_t>(tile, 4);
}

std::optional<int64_t> extreme(const isl::set &set, const std::string &name, bool largest) {
  isl::pw_aff value = poly::paramAff(set.ctx(), name);
  return largest ? poly::constantMax(value, set) : poly::constantMin(value, set);
}

// The value of `name` on `set` that is nearest to `wanted`, the larger of two. Not 0 for another value, if there is a
// positive one: at 0 little would be run.
std::optional<int64_t> nearestValue(const isl::set &set, const std::string &name, int64_t wanted) {
  if (!poly::involves(set, name))
    return wanted;
  const isl::pw_aff value = poly::paramAff(set.ctx(), name);
  auto from = [&](int64_t bound) { return value.ge_set(poly::constantAff(set.ctx(), bound)); };
  const isl::set upTo = set.intersect(value.le_set(poly::constantAff(set.ctx(), wanted)));
  const std::optional<int64_t> above = extreme(set.intersect(from(wanted)), name, false);
  std::optional<int64_t> below = extreme(wanted > 0 ? upTo.intersect(from(1)) : upTo, name, true);
  if (!above && !below)
    below = extreme(upTo, name, true);
  if (above && below)
    return *above - wanted <= wanted - *below ? above : below;
  return above ? above : below;
}

std::optional<Sizes> roundToAssumptions(const Kernel &kernel, const Sizes &wanted) {
  Sizes sizes = kernel.fixedParams;
  isl::set allowed = fixParams(kernel.assumptions, sizes);
  for (const std::string &name : kernel.integerParams()) {
    if (sizes.count(name))
      continue;
    if (allowed.is_empty())
      return std::nullopt;
    std::optional<int64_t> value = nearestValue(allowed, name, wanted.at(name));
    if (!value)
      return std::nullopt;
    sizes[name] = *value;
    allowed = fixParams(allowed, {{name, *value}});
  }
  return allowed.is_empty() ? std::nullopt : std::optional(sizes);
}

// Rows of wanted values, one for each parameter, the most telling rows first.
std::vector<std::vector<int64_t>> wantedValues(int64_t tile, size_t params) {
  const int64_t prime = tile < 8 ? 13 : tile < 32 ? 37 : tile < 64 ? 71 : 139;
  const std::vector<int64_t> awkward = {tile + 1, 2 * tile + 3, tile - 1, prime};
  auto all = [&](int64_t value) { return std::vector<int64_t>(params, value); };
  auto rotated = [&](size_t shift) {
    std::vector<int64_t> row;
    for (size_t i = 0; i < params; ++i)
      row.push_back(awkward[(shift + i) % awkward.size()]);
    return row;
  };
  return {rotated(0), all(1), rotated(2), all(0), all(tile), rotated(1), all(2), rotated(3)};
}

// Halves the largest wanted values until the kernel's work is within bounds.
std::optional<Sizes> boundedSizes(const Kernel &kernel, Sizes wanted, int64_t maxInstances) {
  for (;;) {
    std::optional<Sizes> sizes = roundToAssumptions(kernel, wanted);
    if (!sizes)
      return std::nullopt;
    if (countedInstances(kernel, *sizes, maxInstances) <= maxInstances)
      return sizes;
    auto largest = std::max_element(wanted.begin(), wanted.end(),
                                    [](const auto &a, const auto &b) { return a.second < b.second; });
    if (largest == wanted.end() || largest->second <= 1)
      return std::nullopt; // The assumptions ask for more than can be run.
    largest->second = largest->second / 2 + 1 < largest->second ? largest->second / 2 + 1 : largest->second - 1;
  }
}

// { params : the statement has an instance }, for each different domain of a kernel that has versions.
std::vector<isl::set> regionsOfVersions(const PipelineResult &transformed) {
  const bool hasVersions = std::any_of(transformed.steps.begin(), transformed.steps.end(),
                                       [](const StepRecord &step) { return step.call.pass == "specialize"; });
  std::vector<isl::set> regions;
  std::set<const isl_set *> seen;
  constexpr size_t most = 64;
  for (const StatementRef &statement : transformed.kernel.statements) {
    if (!hasVersions || regions.size() >= most)
      break;
    if (!statement->dataParams.empty() || !seen.insert(statement->domain.get()).second)
      continue;
    const isl::set region = poly::projectOnto(statement->domain, transformed.kernel.integerParams());
    const bool isKnown = std::any_of(regions.begin(), regions.end(),
                                     [&](const isl::set &other) { return poly::isEqual(other, region); });
    if (!isKnown)
      regions.push_back(region);
  }
  return regions;
}

// One more size for each version of the kernel that no size reaches.
void addVersions(const Kernel &kernel, const PipelineResult &transformed, int64_t maxInstances,
                 std::vector<Sizes> &sizes) {
  for (const isl::set &region : regionsOfVersions(transformed)) {
    const bool isReached =
        std::any_of(sizes.begin(), sizes.end(), [&](const Sizes &one) { return !fixParams(region, one).is_empty(); });
    if (isReached)
      continue;
    Kernel inside = kernel;
    inside.assumptions = kernel.assumptions.intersect(region);
    Sizes wanted;
    for (const std::string &name : kernel.integerParams())
      wanted[name] = longestTile(transformed.steps) + 1;
    if (const std::optional<Sizes> more = boundedSizes(inside, wanted, maxInstances))
      sizes.push_back(*more);
  }
}

} // namespace

std::optional<Sizes> nearestSizes(const Kernel &kernel, int64_t wanted) {
  Sizes all;
  for (const std::string &name : kernel.integerParams())
    all[name] = wanted;
  return roundToAssumptions(kernel, all);
}

int64_t countedInstances(const Kernel &kernel, const Sizes &sizes, int64_t limit) {
  int64_t total = 0;
  for (const StatementRef &statement : kernel.statements)
    if (statement->dataParams.empty()) {
      std::optional<int64_t> instances = countInstances(kernel, *statement, sizes);
      if (!instances || __builtin_add_overflow(total, *instances, &total))
        return limit + 1;
    }
  return total;
}

std::vector<Sizes> interestingSizes(const Kernel &kernel, const PipelineResult &transformed, size_t limit,
                                    int64_t maxInstances) {
  // The sizes must suit what the pipeline assumes as well, and what it fixed.
  Kernel both = kernel;
  both.assumptions = kernel.assumptions.intersect(transformed.kernel.assumptions);
  both.fixedParams.insert(transformed.kernel.fixedParams.begin(), transformed.kernel.fixedParams.end());
  const std::vector<std::string> params = kernel.integerParams();
  std::vector<Sizes> result;
  for (const std::vector<int64_t> &row : wantedValues(longestTile(transformed.steps), params.size())) {
    if (result.size() >= limit)
      break;
    Sizes wanted;
    for (size_t i = 0; i < params.size(); ++i)
      wanted[params[i]] = row[i];
    std::optional<Sizes> sizes = boundedSizes(both, wanted, maxInstances);
    if (sizes && std::find(result.begin(), result.end(), *sizes) == result.end())
      result.push_back(*sizes);
  }
  addVersions(both, transformed, maxInstances, result);
  auto sum = [](const Sizes &sizes) {
    return std::accumulate(sizes.begin(), sizes.end(), int64_t{0},
                           [](int64_t total, const auto &size) { return total + size.second; });
  };
  std::stable_sort(result.begin(), result.end(), [&](const Sizes &x, const Sizes &y) { return sum(x) < sum(y); });
  return result;
}

} // namespace loopy
