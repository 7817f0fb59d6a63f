#include "loopy/transforms/retime.h"

#include "match.h"
#include "retiming.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

std::vector<std::string> chosenStatements(const Kernel &kernel, const Retime &options) {
  if (options.statements.empty() == options.within.empty())
    throw UserError(options.where, "Say which statements are to be retimed: by their ids, or with within=.");
  if (!options.within.empty())
    return matchStatementsWith(kernel, options.iname, options.within, options.where);
  for (const std::string &id : options.statements) {
    requireStatement(kernel, id, options.where);
    if (!hasIname(kernel.statement(id), options.iname))
      throw UserError(options.where, "`" + id + "` does not stand in loop `" + options.iname +
                                         "`. The statements in it are: " +
                                         listOfNames(statementsWith(kernel, options.iname)) + ".");
  }
  return options.statements;
}

std::string quoted(const std::vector<std::string> &ids) {
  std::vector<std::string> names;
  for (const std::string &id : ids)
    names.push_back("`" + id + "`");
  return listOfNames(names);
}

std::string wording(const std::vector<std::string> &ids, const Retime &options) {
  const int64_t count = std::abs(options.ahead);
  return "Running " + quoted(ids) + " " + std::to_string(count) + (count == 1 ? " iteration" : " iterations") + " of `" +
         options.iname + "` " + (options.ahead < 0 ? "later" : "ahead");
}

} // namespace

Kernel retime(const Kernel &kernel, const Retime &options, Notes *) {
  if (options.iname.empty())
    throw UserError(options.where, "Say in which loop the statements are to be retimed: retime(STATEMENT, LOOP, ahead=1).");
  requireIname(kernel, options.iname, options.where);
  constexpr int64_t most = 1 << 20;
  if (options.ahead < -most || options.ahead > most)
    throw UserError(options.where, "Statements can be retimed by at most " + std::to_string(most) + " iterations.");
  Retiming retiming;
  retiming.statements = chosenStatements(kernel, options);
  retiming.loop = options.iname;
  retiming.ahead = options.ahead;
  retiming.where = options.where;
  if (!options.before.empty() && !options.after.empty())
    throw UserError(options.where, "The statements can stand before one statement or after one, not both.");
  if (!options.before.empty() || !options.after.empty()) {
    retiming.isBehind = options.before.empty();
    retiming.anchor = retiming.isBehind ? options.after : options.before;
    retiming.moved = retiming.statements;
    requireStatement(kernel, retiming.anchor, options.where);
  } else if (options.ahead == 0)
    throw UserError(options.where, "Retiming by 0 iterations changes nothing; give ahead=, before= or after=.");
  return retimed(kernel, retiming, wording(retiming.statements, options));
}

} // namespace loopy
