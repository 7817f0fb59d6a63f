#include "loopy/transforms/fold_constants.h"

#include "fold_expr.h"
#include "match.h"
#include "rewrite_values.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

Kernel foldConstants(const Kernel &kernel, const FoldConstants &options, Notes *) {
  const std::vector<std::string> ids = matchStatements(kernel, options.within, options.where);
  const std::set<std::string> selected(ids.begin(), ids.end());
  Context &context = *kernel.context;
  const auto fold = [&](Expr e) { return rewrite(context, e, [&](Expr node) { return foldedFully(context, node); }); };
  Kernel result = kernel;
  bool isChanged = false;
  for (StatementRef &statement : result.statements) {
    if (!selected.count(statement->id))
      continue;
    Statement folded = rewriteConditions(context, rewriteValues(context, *statement, fold), fold);
    if (!differs(*statement, folded))
      continue;
    isChanged = true;
    statement = std::make_shared<const Statement>(std::move(folded));
  }
  if (options.within.empty())
    for (Rule &rule : result.rules)
      if (const Expr folded = fold(rule.body); !equal(folded, rule.body)) {
        isChanged = true;
        rule.body = folded;
      }
  if (!isChanged)
    throw UserError(options.where,
                    std::string("There is nothing to fold") +
                        (options.within.empty() ? "" : " in the selected statements") +
                        ": no operation has constant operands only, or a neutral one that is exact for its "
                        "type.");
  if (options.within.empty())
    rewriteFacts(result, fold);
  return result;
}

} // namespace loopy
