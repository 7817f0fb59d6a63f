#include "loopy/analysis/prove.h"

#include <algorithm>

namespace loopy {
namespace {

// What one proof may cost isl, with all its pairs of accesses: a few seconds of its work. Elimination answers nearly
// all questions without it.
constexpr unsigned long operationBudget = 2'000'000;

// How the two statements of a conflict stand to each other in one tree.
struct Relation {
  CommonPath common;
  std::vector<bool> isParallel; // per common loop
};

class ReorderProof {
public:
  ReorderProof(const Kernel &before, const Kernel &after, const Reordering &reordering)
      : before_(before), after_(after), reordering_(reordering), table_(after), pathsBefore_(allPaths(before.tree)),
        pathsAfter_(allPaths(after.tree)) {}

  std::optional<Violation> run() {
    const auto found = poly::withinBudget(table_.ctx(), operationBudget, [&] { return firstViolation(); });
    return found ? *found : undecided();
  }

private:
  std::optional<Violation> firstViolation() {
    for (const auto &[array, accesses] : table_.byArray()) {
      if (accesses.size() == 1 && !table_.access(accesses[0]).isWrite)
        continue;
      conflicts_ = conflicts(table_, array);
      for (asked_ = 0; asked_ < conflicts_.size(); ++asked_)
        if (std::optional<Violation> violation = check(conflicts_[asked_]))
          return violation;
    }
    return std::nullopt;
  }

  // Of the pair that was asked about last.
  std::optional<Violation> undecided() const {
    require(asked_ < conflicts_.size(), "a proof without a pair that ran out of operations");
    Violation violation = violationOf(conflicts_[asked_], true);
    violation.undecided = true;
    return violation;
  }

  Relation relation(const Kernel &kernel, const std::map<std::string, Path> &paths, const Conflict &conflict) const {
    Relation result;
    result.common = commonPath(paths.at(conflict.firstStatement().id), paths.at(conflict.secondStatement().id));
    for (const std::string &loop : result.common.loops)
      result.isParallel.push_back(kernel.tag(loop).isParallel());
    return result;
  }

  std::optional<Violation> check(const Conflict &conflict) {
    const Relation old = relation(before_, pathsBefore_, conflict), now = relation(after_, pathsAfter_, conflict);
    const bool sameOrder = old.common.loops == now.common.loops && old.common.order == now.common.order &&
                           distanceOf(conflict, old.common) == 0;
    const bool isTurned = std::any_of(now.common.loops.begin(), now.common.loops.end(),
                                      [&](const std::string &loop) { return reordering_.turned.count(loop) != 0; });
    if (sameOrder && !isTurned && old.isParallel == now.isParallel)
      return std::nullopt;
    const bool reorderable = isReorderable(before_, conflict);
    std::optional<Formula> pairs; // made for the first question
    for (bool firstRunsFirst : {true, false}) {
      if (!firstRunsFirst && conflict.isSymmetric())
        break;
      for (unsigned level = 0; level <= now.common.loops.size(); ++level)
        if (std::optional<Violation> found =
                checkLevel(conflict, old, now, sameOrder, reorderable, firstRunsFirst, level, pairs))
          return found;
    }
    return std::nullopt;
  }

  int64_t aheadOf(const Statement &statement) const {
    return reordering_.early.count(statement.id) ? reordering_.ahead : 0;
  }
  // How much later than now, compared with the second one, the first statement ran in the retimed loop around both.
  int64_t distanceOf(const Conflict &conflict, const CommonPath &old) const {
    const bool isInside = std::find(old.loops.begin(), old.loops.end(), reordering_.loop) != old.loops.end();
    return isInside ? aheadOf(conflict.firstStatement()) - aheadOf(conflict.secondStatement()) : 0;
  }

  // The pairs, over the inames of now, of which the first (or the second) instance ran before the other.
  Alternatives ranBefore(const Conflict &conflict, const CommonPath &old, bool firstRunsFirst) const {
    Alternatives result = firstRunsFirst ? runsBefore(table_.terms(), old) : runsAfter(table_.terms(), old);
    if (const int64_t distance = distanceOf(conflict, old)) { // x(first) + distance stands for x(first)
      const Term loop = table_.terms().ofName(reordering_.loop);
      for (Constraints &constraints : result)
        for (Constraint &constraint : constraints)
          constraint.form = withConstant(constraint.form, constraint.form.coefficient(loop) * distance);
    }
    return result;
  }

  // A dependence s -> t (s first in the old tree) is violated where it first parts, in the new tree, at a parallel
  // loop, at a sequential loop x with x(s) > x(t), or x(s) != x(t) if it may run downwards, or at a child position with
  // t before s:
  //   violated(level) = pairs and old(s before t) and new(parts at level, not s before t)
  std::optional<Violation> checkLevel(const Conflict &conflict, const Relation &old, const Relation &now,
                                      bool sameOrder, bool reorderable, bool firstRunsFirst, unsigned level,
                                      std::optional<Formula> &pairs) {
    const bool isLoop = level < now.common.loops.size();
    const bool isParallel = isLoop && now.isParallel[level];
    const bool isTurned = isLoop && reordering_.turned.count(now.common.loops[level]);
    if (reorderable && !isParallel)
      return std::nullopt; // either order holds
    if (sameOrder && !isTurned && (!isLoop || !isParallel || old.isParallel[level]))
      return std::nullopt; // it parts here as it did
    if (isLoop && conflict.equalInames().count(now.common.loops[level]))
      return std::nullopt; // it cannot part here
    if (!isLoop && now.common.order == 0)
      return std::nullopt; // one and the same instance
    if (!isLoop && (now.common.order < 0) == firstRunsFirst)
      return std::nullopt; // in order at a child position
    if (!pairs)
      pairs = conflict.formula();
    Terms &terms = table_.terms();
    Alternatives parted;
    for (bool isSmaller : {true, false})
      if (isParallel || isTurned || isSmaller != firstRunsFirst)
        if (std::optional<Constraints> one = partingAt(terms, now.common, level, isSmaller))
          parted.push_back(std::move(*one));
    const Formula violated =
        Formula(*pairs).requireEither(std::move(parted)).requireEither(ranBefore(conflict, old.common, firstRunsFirst));
    if (!violated.isSatisfiable())
      return std::nullopt;
    return describeAt(conflict, now, firstRunsFirst, level, violated.toSet());
  }

  Violation describeAt(const Conflict &conflict, const Relation &now, bool firstRunsFirst, unsigned level,
                       const isl::set &violated) const {
    Violation violation = violationOf(conflict, firstRunsFirst);
    if (level < now.common.loops.size()) {
      violation.atLoop = now.common.loops[level];
      violation.atParallelLoop = now.isParallel[level];
    }
    violation.element = elementText(table_, conflict.first(), setPoint(violation, conflict, firstRunsFirst, violated));
    const Statement &first = conflict.firstStatement(), &second = conflict.secondStatement();
    // It speaks of the instances as they were.
    auto delay = [&](const Statement &statement, const std::string &iname) {
      if (auto it = violation.point.find(iname); it != violation.point.end())
        it->second += aheadOf(statement);
    };
    delay(first, firstRunsFirst ? reordering_.loop : primed(reordering_.loop));
    delay(second, firstRunsFirst ? primed(reordering_.loop) : reordering_.loop);
    return violation;
  }

  const Kernel &before_, &after_;
  const Reordering &reordering_;
  AccessTable table_;
  std::map<std::string, Path> pathsBefore_, pathsAfter_;
  std::vector<Conflict> conflicts_; // of the array that is looked at
  size_t asked_ = 0;                // which of them
};

} // namespace

std::optional<Violation> findReorderViolation(const Kernel &before, const Kernel &after, const Reordering &reordering) {
  return ReorderProof(before, after, reordering).run();
}

void proveReorder(const Kernel &before, const Kernel &after, SourceRange where, const std::string &what,
                  const std::string &advice, const Reordering &reordering) {
  std::optional<Violation> violation = findReorderViolation(before, after, reordering);
  if (!violation)
    return;
  std::string message = what + " is not legal: " + describe(before, *violation) + ".";
  if (!violation->atLoop.empty()) {
    const std::string tag = after.tag(violation->atLoop).name();
    message += violation->atParallelLoop
                   ? " With `" + violation->atLoop + "` tagged `" + tag + "` nothing orders them."
                   : " The new order of loop `" + violation->atLoop + "` runs the second one first.";
  } else if (!violation->undecided) {
    message += " The new order runs the second one first.";
  }
  if (!advice.empty())
    message += " " + advice;
  throw UserError(where, message);
}

} // namespace loopy
