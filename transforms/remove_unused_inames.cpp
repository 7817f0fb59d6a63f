#include "loopy/transforms/remove_unused_inames.h"

#include "cut.h"
#include "edit.h"
#include "extent.h"
#include "match.h"
#include "repetition.h"

#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class InameRemover {
public:
  InameRemover(const Kernel &kernel, const RemoveUnusedInames &options, Notes *notes)
      : kernel_(kernel), options_(options), notes_(notes), table_(kernel) {}

  Kernel run() const {
    if (!options_.inames.empty())
      requireInames(kernel_, options_.inames, options_.where);
    Kernel result = kernel_;
    bool isChanged = false;
    for (const std::string &iname : options_.inames.empty() ? kernel_.inameNames() : options_.inames) {
      const std::set<std::string> idle = statementsOnlyRepeatedIn(iname);
      if (!idle.empty())
        result = without(result, iname, idle);
      isChanged |= !idle.empty();
    }
    if (!isChanged)
      fail("No statement is only repeated in a loop.");
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  // The selected statements in the loop that do not use its iname. There is one, and all of them may be repeated, where
  // the loop was named.
  std::set<std::string> statementsOnlyRepeatedIn(const std::string &iname) const {
    std::set<std::string> idle;
    std::optional<std::string> user;
    for (const std::string &id : matchStatements(kernel_, options_.within, options_.where)) {
      const Statement &statement = kernel_.statement(id);
      if (!hasIname(statement, iname))
        continue;
      if (usesIname(kernel_, statement, iname))
        user = id;
      else if (const auto reason = whyNotRepeatable(table_, statement); !reason)
        idle.insert(id);
      else if (!options_.inames.empty())
        fail("remove_unused_inames(" + iname + ") is not legal: " + *reason + ".");
    }
    if (idle.empty() && !options_.inames.empty())
      fail(user ? "No statement is only repeated in loop `" + iname + "`: `" + *user + "` uses the iname."
                : "None of the statements selected by within=\"" + options_.within + "\" has a loop `" + iname + "`.");
    return idle;
  }

  Kernel without(const Kernel &kernel, const std::string &iname, const std::set<std::string> &idle) const {
    Kernel result = kernel;
    const AccessTable table(kernel);
    for (const std::string &id : idle) {
      if (const auto disturbance = whatDisturbs(table, id, {iname}))
        fail("remove_unused_inames(" + iname + ") is not legal: " + *disturbance + ".");
      result = runningOnce(result, iname, id);
    }
    requireLengthsForTags(result, idle, options_.where, "remove_unused_inames(" + iname + ")");
    if (statementsWith(result, iname).empty())
      llvm::erase_if(result.inames, [&](const Iname &other) { return other.name == iname; });
    return result;
  }

  // Only the first of the repeated instances runs, before the others in the loop, which is proved.
  Kernel runningOnce(const Kernel &kernel, const std::string &iname, const std::string &id) const {
    Kernel result = kernel;
    Statement statement = kernel.statement(id);
    statement.domain = firstIn(statement.domain, iname);
    result.replaceStatement(statement);
    result = separateLoops(result, iname, {id}, options_.where, notes_);
    statement.domain = poly::projectOut(statement.domain, {iname});
    llvm::erase(statement.inames, iname);
    if (statement.origin)
      llvm::erase_if(statement.origin->inames, [&](const auto &pair) { return mentionsIname(pair.second, iname); });
    result.replaceStatement(std::move(statement));
    result.tree = replaceLoops(
        result.tree, iname, [&](const std::string &other) { return other == id; },
        [](const Loop &loop) { return loop.children; });
    return result;
  }

  // { x in domain : there is no x' in it with a smaller value of the iname and else equal to x }
  static isl::set firstIn(const isl::set &domain, const std::string &iname) {
    const std::string earlier = iname + "''";
    const isl::set before =
        poly::renameParams(domain, {{iname, earlier}})
            .intersect(poly::paramAff(domain.ctx(), earlier).lt_set(poly::paramAff(domain.ctx(), iname)));
    return domain.subtract(poly::projectOut(before, {earlier}));
  }

  const Kernel &kernel_;
  const RemoveUnusedInames &options_;
  Notes *notes_;
  const AccessTable table_;
};

} // namespace

Kernel removeUnusedInames(const Kernel &kernel, const RemoveUnusedInames &options, Notes *notes) {
  return InameRemover(kernel, options, notes).run();
}

} // namespace loopy
