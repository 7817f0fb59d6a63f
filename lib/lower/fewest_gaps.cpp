#include "fewest_gaps.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <utility>

namespace loopy {
namespace {

using Arc = std::vector<bool>;

bool isStabbed(const Arc &arc, const std::vector<unsigned> &chosen) {
  return llvm::any_of(chosen, [&](unsigned gap) { return arc[gap]; });
}

// Stabs arcs that do not contain `start` (so that none wraps around it) with the fewest gaps, walking the circle from
// start + 1: the right end of the arc that ends first is always a best choice.
std::vector<unsigned> stabLinear(const std::vector<const Arc *> &arcs, unsigned gaps, unsigned start) {
  auto endOf = [&](const Arc &arc) {
    unsigned end = 0;
    for (unsigned step = 1; step <= gaps; ++step)
      if (arc[(start + step) % gaps])
        end = step;
    return end;
  };
  std::vector<std::pair<unsigned, const Arc *>> byEnd;
  for (const Arc *arc : arcs)
    byEnd.emplace_back(endOf(*arc), arc);
  llvm::stable_sort(byEnd, [](const auto &a, const auto &b) { return a.first < b.first; });
  std::vector<unsigned> chosen;
  for (const auto &[end, arc] : byEnd)
    if (!isStabbed(*arc, chosen))
      chosen.push_back((start + end) % gaps);
  return chosen;
}

// Of equally many gaps the latest in the body: work before a barrier has time to end.
void moveBack(std::vector<unsigned> &chosen, const std::vector<Arc> &arcs, unsigned gaps) {
  for (unsigned &gap : chosen)
    for (unsigned later = gaps; --later > gap;) {
      const unsigned old = std::exchange(gap, later);
      if (llvm::all_of(arcs, [&](const Arc &arc) { return isStabbed(arc, chosen); }))
        break;
      gap = old;
    }
}

} // namespace

// Some gap of the smallest arc is chosen; each of them opens the circle there.
std::vector<unsigned> fewestGaps(const std::vector<Arc> &arcs, unsigned gaps) {
  if (arcs.empty())
    return {};
  auto sizeOf = [](const Arc &arc) { return llvm::count(arc, true); };
  const Arc &smallest =
      *std::min_element(arcs.begin(), arcs.end(), [&](const Arc &a, const Arc &b) { return sizeOf(a) < sizeOf(b); });
  std::vector<unsigned> best;
  for (unsigned gap = gaps; gap-- > 0;) {
    if (!smallest[gap])
      continue;
    std::vector<const Arc *> rest;
    for (const Arc &arc : arcs)
      if (!arc[gap])
        rest.push_back(&arc);
    std::vector<unsigned> chosen = stabLinear(rest, gaps, gap);
    chosen.push_back(gap);
    if (best.empty() || chosen.size() < best.size())
      best = std::move(chosen);
  }
  moveBack(best, arcs, gaps);
  llvm::sort(best);
  return best;
}

} // namespace loopy
