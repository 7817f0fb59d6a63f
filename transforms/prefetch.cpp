#include "loopy/transforms/prefetch.h"

#include "edit.h"
#include "fill_uses.h"
#include "reads.h"
#include "rule_reads.h"

#include "loopy/transforms/expand_subst.h"
#include "loopy/transforms/extract_subst.h"

namespace loopy {

Kernel prefetch(const Kernel &original, const Prefetch &options, Notes *notes) {
  requireArray(original, options.array, options.where);
  const Kernel kernel = withReadsInStatements(original, options.array, options.within, options.where, notes);
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
  step.roll = options.roll;
  step.planes = options.planes;
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
