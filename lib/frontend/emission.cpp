// The last step of a statement: domain, data-dependent bounds, guards, its place in the tree.
#include "statement_builder.h"

#include "loopy/ir/rules.h"

#include <algorithm>

namespace loopy {

void StatementBuilder::emit(Emission emission) {
  Statement statement;
  statement.id = emission.id;
  statement.inames = inamesOf(emission.path);
  statement.body = std::move(emission.body);
  if (!emission.reduction.empty())
    statement.reduction = emission.reduction;
  statement.reductionRole = emission.role;
  statement.tags = tags_;
  statement.source = current_->range;
  addDomain(statement, emission.path);
  for (const Condition &c : around_->conditions)
    if (c.literal)
      statement.guard.push_back(*c.literal);
  Origin origin{current_->id, {}};
  for (const std::string &iname : statement.inames)
    origin.inames.emplace_back(iname, scope_.context.iname(iname));
  statement.origin = std::move(origin);
  checkLoops(statement, nest_.add(statement.id, emission.path));
  scope_.kernel.statements.push_back(std::make_shared<const Statement>(std::move(statement)));
}

void StatementBuilder::addDomain(Statement &statement, const std::vector<LoopStep> &path) {
  std::set<std::string> inames(statement.inames.begin(), statement.inames.end());
  statement.domain = domains_.domainOf(inames);
  for (const Condition &c : around_->conditions)
    if (c.set)
      statement.domain = withBudget(scope_.context.isl(), scope_.errors, statement.source, [&] {
        return intersectSimple(statement.domain, *c.set, scope_.errors, statement.source);
      });
  require(path.size() == inames.size(), "an iname stands twice on the path of a statement");
  addDataParams(statement, inames);
}

// The loop that a read bounds stands inside all loops that its subscripts use.
void StatementBuilder::addDataParams(Statement &statement, const std::set<std::string> &inames) {
  auto position = [&](const std::string &iname) {
    return std::find(statement.inames.begin(), statement.inames.end(), iname) - statement.inames.begin();
  };
  for (const Domains::DataRead *read : domains_.dataReads(inames)) {
    Expr load = exprs_.build(*read->term);
    if (!load.is<Load>() || !load.type().isInteger() || load.type().isVector())
      scope_.errors.fail(read->term->range, "A bound of a loop is an integer; '" + read->term->text + "' is none.");
    for (const std::string &iname : inamesIn(load))
      if (position(iname) >= position(read->iname))
        scope_.errors.fail(statement.source,
                           "The loop '" + read->iname + "' is bounded by '" + toString(load) +
                               "', which has a value for each '" + iname + "', so it must stand inside the loop '" +
                               iname + "'.",
                           {noteAt(read->term->range, "The bound is read here.")});
    statement.dataParams[read->name] = load;
  }
}

// A temporary with implicit axes lives in the loops in which it was declared: every access must be inside these very
// loops, not only inside loops over the same inames.
void StatementBuilder::checkLoops(const Statement &statement, const std::vector<unsigned> &numbers) {
  for (const AccessRef &access : accesses(expandRules(scope_.kernel, statement))) {
    ArrayInfo *info = scope_.array(access.load->array);
    if (!info || info->implicit.empty() || info->isBroken)
      continue;
    std::vector<unsigned> loops;
    std::string missing;
    for (const std::string &iname : info->implicit) {
      auto it = std::find(statement.inames.begin(), statement.inames.end(), iname);
      if (it == statement.inames.end())
        missing = iname;
      else
        loops.push_back(numbers[static_cast<size_t>(it - statement.inames.begin())]);
    }
    if (missing.empty() && info->loops.empty())
      info->loops = loops;
    if (missing.empty() && info->loops == loops)
      continue;
    const Array &array = scope_.arrayOf(*info);
    const std::string &n = array.name;
    scope_.errors.fail(
        access.expr.range().isValid() ? access.expr.range() : statement.source,
        "'" + n + "' is a variable of each iteration of " + listOfNames(info->implicit) +
            ", and this statement stands outside " + (info->implicit.size() == 1 ? "that loop." : "these loops.") +
            " Put both statements into one 'for " + info->implicit[0] + "' block, or declare an array, 'temp " + n +
            ": " + array.type.name() + "[...]', and write " + n + "[" + info->implicit[0] + "].",
        {noteAt(info->declaration, "It is declared here.")});
  }
}

} // namespace loopy
