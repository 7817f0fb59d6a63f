#include "loopy/transforms/expand_subst.h"

#include "edit.h"
#include "match.h"
#include "reads.h"

#include <algorithm>

namespace loopy {
namespace {

// The expansion of a use of the rule ("" = of any rule), with the uses that this brings expanded too; null for any other
// node.
Expr expand(const Kernel &kernel, const std::string &rule, Expr node, unsigned &count) {
  const RuleUse *use = node.as<RuleUse>();
  if (!use || (!rule.empty() && use->rule != rule))
    return Expr();
  ++count;
  Expr expanded = expandUse(*kernel.context, *kernel.findRule(use->rule), use->args);
  return replaceTopDown(*kernel.context, expanded, [&](Expr e) { return expand(kernel, rule, e, count); });
}

} // namespace

Kernel expandSubst(const Kernel &kernel, const ExpandSubst &options, Notes *) {
  std::vector<std::string> names;
  for (const Rule &rule : kernel.rules)
    names.push_back(rule.name);
  if (!options.rule.empty() && !kernel.findRule(options.rule))
    throw UserError(options.where, unknownName("rule", options.rule, names));
  const std::vector<std::string> selected = matchStatements(kernel, options.within, options.where);
  Kernel result = kernel;
  unsigned count = 0;
  for (StatementRef &statement : result.statements) {
    if (std::find(selected.begin(), selected.end(), statement->id) == selected.end())
      continue;
    const unsigned before = count;
    Statement rewritten = rewriteReads(*kernel.context, *statement,
                                       [&](Expr e) { return expand(kernel, options.rule, e, count); });
    if (count > before)
      statement = std::make_shared<const Statement>(std::move(rewritten));
  }
  if (count == 0)
    throw UserError(options.where, options.rule.empty() ? "No selected statement uses a rule."
                                                        : "No selected statement uses `" + options.rule + "`.");
  // Rules may use each other: the body of one that goes may hold the last use of another.
  for (bool isChanged = true; isChanged;) {
    isChanged = false;
    for (const std::string &name : names)
      if ((options.rule.empty() || name == options.rule) && result.findRule(name) && !isRuleUsed(result, name)) {
        removeRule(result, name);
        isChanged = true;
      }
  }
  return result;
}

} // namespace loopy
