#include "rule_reads.h"

#include "match.h"
#include "reads.h"

#include "loopy/transforms/expand_subst.h"

namespace loopy {

namespace {

bool reads(const Kernel &kernel, Expr e, const std::string &array) {
  bool found = false;
  forEach(e, [&](Expr part) {
    const Load *load = part.as<Load>();
    const RuleUse *use = part.as<RuleUse>();
    found |= (load && load->array == array) || (use && reads(kernel, kernel.findRule(use->rule)->body, array));
  });
  return found;
}

// A rule that a selected statement uses and that reads the array, if there is one.
std::optional<std::string> ruleThatReads(const Kernel &kernel, const std::string &array, const std::string &within,
                                         SourceRange where) {
  std::optional<std::string> rule;
  for (const std::string &id : matchStatements(kernel, within, where))
    forEachRead(kernel.statement(id), [&](Expr value) {
      forEach(value, [&](Expr part) {
        const RuleUse *use = part.as<RuleUse>();
        if (use && reads(kernel, kernel.findRule(use->rule)->body, array))
          rule = use->rule;
      });
    });
  return rule;
}

} // namespace

Kernel withReadsInStatements(Kernel kernel, const std::string &array, const std::string &within, SourceRange where,
                             Notes *notes) {
  while (std::optional<std::string> rule = ruleThatReads(kernel, array, within, where)) {
    addNote(notes, "Rule `" + *rule + "`, which reads `" + array + "`, was expanded.");
    kernel = expandSubst(kernel, {.rule = *rule, .within = within, .where = where});
  }
  return kernel;
}

} // namespace loopy
