#include "repetition.h"

#include "loopy/analysis/formula.h"
#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

// The statement's accesses, by number.
static const std::vector<unsigned> &accessesOf(const AccessTable &table, const std::string &statement) {
  const auto &all = table.kernel().statements;
  const auto at = llvm::find_if(all, [&](const StatementRef &other) { return other->id == statement; });
  return table.ofStatement(static_cast<unsigned>(at - all.begin()));
}

std::optional<std::string> whyNotRepeatable(const AccessTable &table, const Statement &statement) {
  if (std::holds_alternative<CallBody>(statement.body))
    return "`" + statement.id + "` calls a function, and nothing says that it may be called more or less often";
  std::set<std::string> reads, writes;
  for (unsigned access : accessesOf(table, statement.id)) {
    const AccessInfo &info = table.access(access);
    (info.isWrite ? writes : reads).insert(info.load.as<Load>()->array);
  }
  for (const std::string &array : writes)
    if (reads.count(array))
      return "`" + statement.id + "` reads `" + array + "`, which it writes, so it does something else each time";
  return std::nullopt;
}

bool usesIname(const Kernel &kernel, const Statement &statement, const std::string &iname) {
  bool found = false;
  // An argument of a rule counts even if the rule makes no use of it.
  for (Statement body : {statement, expandRules(kernel, statement)}) {
    body.origin.reset();
    rewriteExprs(*kernel.context, body, [&](Expr e) {
      found |= mentionsIname(e, iname);
      return e;
    });
  }
  return found;
}

// Pairs with equal values of the loops outside `inames`, which differ in an iname that they use if they are of one
// statement.
static bool isDisturbing(const Conflict &conflict, const CommonPath &common, const std::set<std::string> &inames) {
  Terms &terms = conflict.table().terms();
  Formula pairs = conflict.formula();
  for (auto outer = common.loops.begin(); !inames.count(*outer); ++outer)
    pairs.require(equalToPrimed(terms, *outer));
  if (conflict.firstStatement().id != conflict.secondStatement().id)
    return pairs.isSatisfiable();
  Alternatives different;
  for (const std::string &name : conflict.firstStatement().inames)
    if (usesIname(conflict.table().kernel(), conflict.firstStatement(), name))
      llvm::append_range(different, unequalToPrimed(terms, name));
  return pairs.requireEither(std::move(different)).isSatisfiable();
}

std::optional<std::string> whatDisturbs(const AccessTable &table, const std::string &statement,
                                        const std::set<std::string> &inames) {
  const std::map<std::string, Path> paths = allPaths(table.kernel().tree);
  std::set<std::string> arrays;
  for (unsigned access : accessesOf(table, statement))
    arrays.insert(table.access(access).load.as<Load>()->array);
  for (const std::string &array : arrays)
    for (const Conflict &conflict : conflicts(table, array)) {
      const bool isFirst = conflict.firstStatement().id == statement;
      if (!isFirst && conflict.secondStatement().id != statement)
        continue;
      const std::string &other = isFirst ? conflict.secondStatement().id : conflict.firstStatement().id;
      const CommonPath common = commonPath(paths.at(statement), paths.at(other));
      const bool isWritten = isFirst ? conflict.second().isWrite : conflict.first().isWrite;
      const bool isInside =
          llvm::any_of(common.loops, [&](const std::string &loop) { return inames.count(loop) != 0; });
      if (isWritten && isInside && isDisturbing(conflict, common, inames))
        return "`" + other + "` writes `" + array + "`, which `" + statement + "` accesses, in the same loop `" +
               *inames.begin() + "`, so not every repetition of `" + statement + "` does the same";
    }
  return std::nullopt;
}

} // namespace loopy
