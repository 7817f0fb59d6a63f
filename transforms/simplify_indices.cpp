#include "loopy/transforms/simplify_indices.h"

#include "index_simplifier.h"
#include "match.h"
#include "rewrite_values.h"

namespace loopy {

Kernel simplifyIndices(const Kernel &kernel, const SimplifyIndices &options, Notes *) {
  const std::vector<std::string> ids = matchStatements(kernel, options.within, options.where);
  const std::set<std::string> selected(ids.begin(), ids.end());
  Kernel result = kernel;
  bool isChanged = false;
  for (StatementRef &statement : result.statements) {
    if (!selected.count(statement->id))
      continue;
    // A new expression equals the old one wherever the statement runs:
    //   for all x in domain(S):  new(x) = old(x)
    IndexSimplifier simplifier(kernel, *statement);
    Statement simple = rewriteValues(*kernel.context, *statement, [&](Expr e) { return simplifier.simplified(e); });
    if (!differs(*statement, simple))
      continue;
    isChanged = true;
    statement = std::make_shared<const Statement>(std::move(simple));
  }
  if (!isChanged)
    throw UserError(options.where, std::string("There is nothing to simplify") +
                                       (options.within.empty() ? "" : " in the selected statements") +
                                       ": no integer expression or condition has a simpler form on the domain of its "
                                       "statement.");
  return result;
}

} // namespace loopy
