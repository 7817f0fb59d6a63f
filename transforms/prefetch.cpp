#include "loopy/transforms/prefetch.h"

#include "edit.h"
#include "fill_uses.h"
#include "match.h"
#include "reads.h"

#include "loopy/transforms/expand_subst.h"
#include "loopy/transforms/extract_subst.h"

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
std::optional<std::string> ruleThatReads(const Kernel &kernel, const Prefetch &options) {
  std::optional<std::string> rule;
  for (const std::string &id : matchStatements(kernel, options.within, options.where))
    forEachRead(kernel.statement(id), [&](Expr value) {
      forEach(value, [&](Expr part) {
        const RuleUse *use = part.as<RuleUse>();
        if (use && reads(kernel, kernel.findRule(use->rule)->body, options.array))
          rule = use->rule;
      });
    });
  return rule;
}

// Reads in rules are fetched like all others, so the statements get these rules' bodies.
Kernel withReadsInStatements(Kernel kernel, const Prefetch &options, Notes *notes) {
  while (std::optional<std::string> rule = ruleThatReads(kernel, options)) {
    addNote(notes, "Rule `" + *rule + "`, which reads `" + options.array + "`, was expanded.");
    kernel = expandSubst(kernel, {.rule = *rule, .within = options.within, .where = options.where});
  }
  return kernel;
}

} // namespace

Kernel prefetch(const Kernel &original, const Prefetch &options, Notes *notes) {
  requireArray(original, options.array, options.where);
  const Kernel kernel = withReadsInStatements(original, options, notes);
  const Array &array = kernel.array(options.array);
  if (!options.at.empty())
    requireIname(kernel, options.at, options.where);
  const std::string rule = kernel.freshName(options.array + "_read");
  Kernel extracted = extractSubst(
      kernel, {.rule = rule, .pattern = options.array, .within = options.within, .where = options.where}, notes);
  Precompute step;
  step.rule = rule;
  step.at = options.at;
  step.sweep = options.sweep;
  step.in = options.in;
  for (const ArrayAxis &axis : options.axes)
    step.axes.push_back(requireAxis(array, axis, options.where));
  step.pad = options.pad;
  step.lanes = options.lanes;
  step.vec = options.vec;
  step.through = options.through;
  step.exact = options.exact;
  step.name = options.name.empty() ? kernel.freshName(options.array + "_fetch") : options.name;
  step.id = options.id.empty() ? kernel.freshName(options.array + "_fill") : options.id;
  step.inames = options.inames;
  step.where = options.where;
  const std::string what = "`" + options.array + "`";
  FillWording wording{what, "Fetching " + what, {}, array.axisNames, array.implicitAxes};
  for (unsigned axis = 0; axis < array.rank(); ++axis)
    wording.axisNames.push_back(axis < array.implicitAxes ? "an implicit axis"
                                                          : "axis " + axisLabel(array, axis - array.implicitAxes));
  Kernel fetched = fillUses(extracted, step, wording, notes);
  // Reads that do not stand below `at` go on reading the array.
  return isRuleUsed(fetched, rule) ? expandSubst(fetched, {.rule = rule, .where = options.where}) : fetched;
}

} // namespace loopy
