#include "copy_obligation.h"


#include <algorithm>

namespace loopy {
namespace {

// What one question may cost isl: about a second of its work.
constexpr unsigned long operationBudget = 2'000'000;

class CopyProof {
public:
  explicit CopyProof(const CopyCheck &check)
      : check_(check), relevant_(restrictToRelevant(check)), table_(relevant_), paths_(allPaths(relevant_.tree)) {}

  std::optional<CopyViolation> run() {
    for (const std::string &array : readArrays(check_))
      for (const Conflict &conflict : conflicts(table_, array)) {
        if (std::optional<CopyViolation> found = checkWriteBetween(conflict, true))
          return found;
        if (!conflict.isSymmetric())
          if (std::optional<CopyViolation> found = checkWriteBetween(conflict, false))
            return found;
        if (std::optional<CopyViolation> found = checkFill(conflict))
          return found;
      }
    return std::nullopt;
  }

  static std::set<std::string> readArrays(const CopyCheck &check) {
    std::set<std::string> arrays;
    for (const auto &[statement, loads] : check.reads)
      for (const ExprNode *node : loads)
        arrays.insert(Expr(node).as<Load>()->array);
    return arrays;
  }

private:
  // The kernel with the fill, the uses and the writers of what they read alone.
  static Kernel restrictToRelevant(const CopyCheck &check) {
    const std::set<std::string> arrays = readArrays(check);
    std::set<std::string> kept{check.fill};
    for (const auto &[statement, loads] : check.reads)
      kept.insert(statement);
    for (const StatementRef &statement : check.kernel->statements)
      for (const AccessRef &access : accesses(*statement))
        if (access.isWrite && arrays.count(access.load->array))
          kept.insert(statement->id);
    Kernel kernel = *check.kernel;
    std::erase_if(kernel.statements, [&](const StatementRef &statement) { return !kept.count(statement->id); });
    kernel.tree = restrictTree(kernel.tree, [&](const std::string &id) { return kept.count(id) != 0; });
    return kernel;
  }

  CommonPath common(const Statement &first, const Statement &second) const {
    return commonPath(paths_.at(first.id), paths_.at(second.id));
  }

  bool isUse(const Statement &statement, const AccessInfo &access) const {
    auto it = check_.reads.find(statement.id);
    return !access.isWrite && it != check_.reads.end() && it->second.count(&access.load.node());
  }

  // w writes between f(u) and u only if it runs in the same iteration of the loops around the fill's place, stands
  // behind the fill there or in a further loop around it, and before u:
  //   violated = pairs(w, u) and equal loops around and w before u
  std::optional<CopyViolation> checkWriteBetween(const Conflict &conflict, bool writeIsFirst) {
    const AccessInfo &write = writeIsFirst ? conflict.first() : conflict.second();
    const AccessInfo &read = writeIsFirst ? conflict.second() : conflict.first();
    const Statement &writer = table_.statement(write.statement), &user = table_.statement(read.statement);
    if (!write.isWrite || !isUse(user, read))
      return std::nullopt;
    const CommonPath toFill = common(writer, relevant_.statement(check_.fill));
    if (toFill.loops.size() < check_.around.size() || (toFill.loops.size() == check_.around.size() && toFill.order < 0))
      return std::nullopt; // parts from fill and use at the same place, or stands before both
    const CommonPath toUse = common(conflict.firstStatement(), conflict.secondStatement());
    for (unsigned level = static_cast<unsigned>(check_.around.size()); level <= toUse.loops.size(); ++level) {
      if (level < toUse.loops.size() && conflict.equalInames().count(toUse.loops[level]))
        continue;
      std::optional<Constraints> parted = partingAt(table_.terms(), toUse, level, writeIsFirst);
      if (!parted)
        continue;
      if (std::optional<Violation> found = sample(conflict, writeIsFirst, {std::move(*parted)}))
        return CopyViolation{*found, true};
    }
    return std::nullopt;
  }

  // violated = pairs(f, w) that first part at a parallel loop
  std::optional<CopyViolation> checkFill(const Conflict &conflict) {
    const bool fillIsFirst = conflict.firstStatement().id == check_.fill;
    if (!fillIsFirst && conflict.secondStatement().id != check_.fill)
      return std::nullopt;
    const CommonPath path = common(conflict.firstStatement(), conflict.secondStatement());
    for (unsigned level = 0; level < path.loops.size(); ++level) {
      const std::string &loop = path.loops[level];
      if (!relevant_.tag(loop).isParallel() || conflict.equalInames().count(loop))
        continue;
      Alternatives parted;
      for (bool firstIsSmaller : {true, false})
        parted.push_back(*partingAt(table_.terms(), path, level, firstIsSmaller));
      std::optional<Violation> found = sample(conflict, fillIsFirst, std::move(parted));
      if (found) {
        found->atLoop = loop;
        found->atParallelLoop = true;
        return CopyViolation{*found, false};
      }
    }
    return std::nullopt;
  }

  // A pair of the conflict that parts in one of these ways, if there is one.
  std::optional<Violation> sample(const Conflict &conflict, bool firstIsSource, Alternatives parted) {
    Violation violation = violationOf(conflict, firstIsSource);
    try {
      poly::OperationBudget budget(table_.ctx(), operationBudget);
      Formula pairs = conflict.formula();
      if (!pairs.requireEither(std::move(parted)).isSatisfiable())
        return std::nullopt;
      violation.element =
          elementText(table_, conflict.first(), setPoint(violation, conflict, firstIsSource, pairs.toSet()));
    } catch (const isl::exception_quota &) {
      violation.undecided = true;
    }
    return violation;
  }

  const CopyCheck &check_;
  Kernel relevant_;
  AccessTable table_;
  std::map<std::string, Path> paths_;
};

} // namespace

std::optional<CopyViolation> findCopyViolation(const CopyCheck &check) { return CopyProof(check).run(); }

} // namespace loopy
