#include "sharing.h"

#include <algorithm>

namespace loopy {
namespace {

// What one question may cost isl: about a second of its work.
constexpr unsigned long operationBudget = 2'000'000;

class SharingProof {
public:
  SharingProof(const MappingState &state, const SharingQuestion &question)
      : state_(state), table_(state.table), question_(question), accesses_(table_.ofArray(question.array)) {}

  std::optional<Violation> run() {
    for (size_t i = 0; i < accesses_.size(); ++i)
      for (size_t j = i; j < accesses_.size(); ++j) {
        const AccessInfo &a = table_.access(accesses_[i]), &b = table_.access(accesses_[j]);
        if (!a.isWrite && !b.isWrite)
          continue;
        for (bool firstIsSmaller : {true, false})
          if (std::optional<Violation> found = check(i, j, firstIsSmaller))
            return found;
      }
    return std::nullopt;
  }

private:
  bool isShared(size_t axis) const {
    return std::any_of(question_.axes.begin(), question_.axes.end(),
                       [&](const SharedAxis &shared) { return shared.axis == axis; });
  }

  std::optional<Violation> check(size_t i, size_t j, bool firstIsSmaller) {
    if (i == j && !firstIsSmaller)
      return std::nullopt;  // the same pairs once more
    const Conflict pair(table_, accesses_[i], accesses_[j],
                        plainlyEqualInames(table_, accesses_[i], accesses_[j],
                                           [&](size_t axis) { return !isShared(axis); }));
    const CommonPath common = commonPath(state_.sequentialPaths.at(pair.firstStatement().id),
                                         state_.sequentialPaths.at(pair.secondStatement().id));
    std::optional<Formula> made;
    for (unsigned level = 0; level <= common.loops.size(); ++level) {
      if (level < common.loops.size() && (pair.equalInames().count(common.loops[level]) || isFolded(common.loops[level])))
        continue;
      if (level == common.loops.size() && common.order == (firstIsSmaller ? -1 : 1))
        continue;  // in order at a child position
      // Nothing inside if there is no such pair, nothing at all if that was not found out.
      const auto violated = poly::withinBudget(table_.ctx(), operationBudget, [&]() -> std::optional<Formula> {
        if (!made)
          made = sharing(pair, firstIsSmaller);
        Formula pairs = *made;
        // At the last level, that of one statement with itself too, nothing orders the pair.
        pairs.require(level < common.loops.size() ? *partingAt(terms(), common, level, !firstIsSmaller)
                                                  : equalLoops(common));
        return pairs.isSatisfiable() ? std::optional(pairs) : std::nullopt;
      });
      if (violated && !*violated)
        continue;
      // The one with the smaller index is the source, which ought to run first.
      Violation found = violationOf(pair, firstIsSmaller);
      found.undecided = !violated;
      if (violated)
        setPoint(found, pair, firstIsSmaller, (*violated)->toSet());
      return found;
    }
    return std::nullopt;
  }

  Terms &terms() const { return table_.terms(); }

  bool isFolded(const std::string &loop) const {
    return std::find(question_.foldedLoops.begin(), question_.foldedLoops.end(), loop) != question_.foldedLoops.end();
  }

  Constraints equalLoops(const CommonPath &common) const {
    Constraints result;
    for (const std::string &loop : common.loops)
      result.push_back(equalToPrimed(terms(), loop));
    return result;
  }

  // The pairs of one cell in one memory that differ on the shared axes, the smaller index as asked for.
  Formula sharing(const Conflict &pair, bool firstIsSmaller) const {
    const AccessInfo &a = pair.first(), &b = pair.second();
    Formula pairs(terms());
    pairs.requireEither(table_.cases(a.statement)).requireEither(table_.primedCases(b.statement));
    for (const std::string &loop : question_.foldedLoops)
      pairs.require(equalToPrimed(terms(), loop));
    for (const std::string &loop : hostInames())
      pairs.require(equalToPrimed(terms(), loop));
    for (Axis axis : question_.owner)
      pairs.requireEither(
          coordinatesEqual(table_, state_.placements, state_.lowers[question_.kernel], pair, axis));
    for (unsigned axis = 0; axis < a.index.size(); ++axis)
      if (!isShared(axis))
        requireEqualSubscript(pairs, pair, axis);
    Alternatives smaller;
    Constraints equal;  // on the shared axes before this one
    for (const SharedAxis &shared : question_.axes) {
      const Linear difference = differenceOn(pair, static_cast<unsigned>(shared.axis));  // first less second
      if (shared.modulo > 1)
        pairs.require(terms().normalized(
            {minus(difference, scaled(terms().floorOf(difference, shared.modulo), shared.modulo)), true}));
      smaller.push_back(equal);
      smaller.back().push_back({withConstant(scaled(difference, firstIsSmaller ? -1 : 1), -1), false});
      equal.push_back(terms().normalized({difference, true}));
    }
    return pairs.requireEither(std::move(smaller));
  }

  Linear differenceOn(const Conflict &pair, unsigned axis) const {
    const std::optional<Linear> x = table_.subscript(pair.firstAccess(), axis, false),
                                y = table_.subscript(pair.secondAccess(), axis, true);
    require(x && y, "a shared axis with a subscript that has no form");
    return minus(*x, *y);
  }

  const std::vector<std::string> &hostInames() const {
    static const std::vector<std::string> none;
    return state_.target.hasWorkItems() ? state_.mapping.kernels[question_.kernel].hostInames : none;
  }

  const MappingState &state_;
  const AccessTable &table_;
  const SharingQuestion &question_;
  const std::vector<unsigned> &accesses_;
};

} // namespace

std::optional<Violation> findSharingViolation(const MappingState &state, const SharingQuestion &question) {
  return SharingProof(state, question).run();
}

} // namespace loopy
