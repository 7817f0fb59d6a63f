#include "buffer_obligation.h"


#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// What one question may cost isl: about a second of its work.
constexpr unsigned long operationBudget = 2'000'000;

class BufferProof {
public:
  explicit BufferProof(const BufferCheck &check)
      : check_(check), table_(*check.kernel), paths_(allPaths(check.kernel->tree)) {
    for (const std::string &id : check.statements) {
      first_ = std::min(first_, childOf(id));
      last_ = std::max(last_, childOf(id));
    }
  }

  std::optional<Violation> run() const {
    for (const Conflict &conflict : conflicts(table_, check_.array)) {
      const bool isFirst = check_.statements.count(conflict.firstStatement().id) != 0;
      const bool isSecond = check_.statements.count(conflict.secondStatement().id) != 0;
      if (!isFirst && !isSecond)
        continue;
      if (isFirst != isSecond && !standsBetween(isFirst ? conflict.secondStatement() : conflict.firstStatement()))
        continue;
      if (isFirst && isSecond && areOfOneCopy(conflict))
        continue;
      if (std::optional<Violation> found = look(conflict, isFirst && isSecond))
        return found;
    }
    return std::nullopt;
  }

private:
  // The child of the innermost loop around that holds the statement.
  unsigned childOf(const std::string &id) const { return paths_.at(id).positions[check_.around.size()]; }

  bool standsBetween(const Statement &statement) const {
    const CommonPath common = commonPath(paths_.at(statement.id), paths_.at(*check_.statements.begin()));
    return common.loops.size() >= check_.around.size() && first_ <= childOf(statement.id) &&
           childOf(statement.id) <= last_;
  }

  // They are equal in all loops inside in every pair.
  bool areOfOneCopy(const Conflict &conflict) const {
    return llvm::all_of(check_.inside,
                        [&](const std::string &iname) { return conflict.equalInames().count(iname) != 0; });
  }

  std::optional<Violation> look(const Conflict &conflict, bool inOtherCopies) const {
    Violation violation;
    violation.array = check_.array;
    violation.source = conflict.firstStatement().id;
    violation.sink = conflict.secondStatement().id;
    violation.sourceWrites = conflict.first().isWrite;
    violation.sinkWrites = conflict.second().isWrite;
    try {
      poly::OperationBudget budget(table_.ctx(), operationBudget);
      Formula pairs = conflict.formula();
      for (const std::string &iname : check_.around)
        if (!conflict.equalInames().count(iname))
          pairs.require(equalToPrimed(table_.terms(), iname));
      if (inOtherCopies) {
        Alternatives different;
        for (const std::string &iname : check_.inside)
          if (!conflict.equalInames().count(iname))
            llvm::append_range(different, unequalToPrimed(table_.terms(), iname));
        pairs.requireEither(std::move(different));
      }
      if (!pairs.isSatisfiable())
        return std::nullopt;
      violation.point = poly::samplePoint(pairs.toSet(), check_.kernel->integerParams()).value_or(poly::Point{});
      violation.element = elementText(table_, conflict.first(), violation.point);
    } catch (const isl::exception_quota &) {
      violation.undecided = true;
    }
    return violation;
  }

  const BufferCheck &check_;
  AccessTable table_;
  std::map<std::string, Path> paths_;
  unsigned first_ = ~0u, last_ = 0;
};

} // namespace

std::optional<Violation> findBufferViolation(const BufferCheck &check) { return BufferProof(check).run(); }

} // namespace loopy
