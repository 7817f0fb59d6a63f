#include "loopy/transforms/expand_subst.h"

#include "edit.h"
#include "match.h"
#include "reads.h"
#include "uses.h"

#include <algorithm>

namespace loopy {
namespace {

// The expansion of a use that is chosen (or of any use), with those that this brings expanded too; null for any other
// node.
Expr expand(const Kernel &kernel, const std::optional<ChosenUses> &chosen, Expr node, unsigned &count) {
  const RuleUse *use = node.as<RuleUse>();
  if (!use || (chosen && !chosen->has(*use)))
    return Expr();
  ++count;
  Expr expanded = expandUse(*kernel.context, *kernel.findRule(use->rule), use->args);
  return replaceTopDown(*kernel.context, expanded, [&](Expr e) { return expand(kernel, chosen, e, count); });
}

} // namespace

Kernel expandSubst(const Kernel &kernel, const ExpandSubst &options, Notes *) {
  std::optional<ChosenUses> chosen; // of all rules without
  if (!options.rule.empty())
    chosen = chooseUses(kernel, options.rule, options.where);
  const std::vector<std::string> selected = matchStatements(kernel, options.within, options.where);
  Kernel result = kernel;
  unsigned count = 0;
  for (StatementRef &statement : result.statements) {
    if (std::find(selected.begin(), selected.end(), statement->id) == selected.end())
      continue;
    const unsigned before = count;
    Statement rewritten =
        rewriteReads(*kernel.context, *statement, [&](Expr e) { return expand(kernel, chosen, e, count); });
    if (count > before)
      statement = std::make_shared<const Statement>(std::move(rewritten));
  }
  if (count == 0)
    throw UserError(options.where, options.rule.empty() ? "No selected statement uses a rule."
                                                        : "No selected statement uses `" + options.rule + "`.");
  // Rules may use each other: the body of one that goes may hold the last use of another.
  for (bool isChanged = true; isChanged;) {
    isChanged = false;
    for (const Rule &rule : kernel.rules)
      if ((!chosen || &rule == chosen->rule) && result.findRule(rule.name) && !isRuleUsed(result, rule.name)) {
        removeRule(result, rule.name);
        isChanged = true;
      }
  }
  return result;
}

} // namespace loopy
