#include "loopy/transforms/vectorize.h"

#include "edit.h"

#include "loopy/transforms/isolate.h"
#include "loopy/transforms/rename_iname.h"
#include "loopy/transforms/split_iname.h"
#include "loopy/transforms/tag.h"

namespace loopy {

namespace {

// What `step` returns. Its errors speak of loops that the first step of vectorize makes.
template <class F> auto explained(const Vectorize &options, const std::string &inner, bool isIsolated, F &&step) {
  try {
    return step();
  } catch (const UserError &error) {
    std::vector<Diagnostic> diagnostics = error.diagnostics();
    const std::string split = "split_iname(" + options.iname + ", " + std::to_string(options.width) + ")";
    diagnostics.back().notes.push_back(
        {Severity::Note,
         options.where,
         "`" + inner + "` is the inner loop that " + split + " makes, the first step of vectorize; isolate(" + inner +
             ") and tag(" + inner + ", vec) are the others. Call " + split +
             (isIsolated ? " and isolate(" + inner + ")" : "") + " instead to go on with that loop.",
         {}});
    throw UserError(std::move(diagnostics));
  }
}

} // namespace

Kernel vectorize(const Kernel &kernel, const Vectorize &options, Notes *notes) {
  if (!isVectorWidth(options.width))
    throw UserError(options.where, "A vector has 2, 4, 8 or 16 lanes, not " + std::to_string(options.width) + ".");
  const std::string inner = options.innerName.empty() ? options.iname + "_inner" : options.innerName;
  const Kernel split = splitIname(kernel,
                                  {.iname = options.iname,
                                   .factor = options.width,
                                   .outerTag = options.outerTag,
                                   .outerName = options.outerName,
                                   .innerName = inner,
                                   .within = options.within,
                                   .where = options.where},
                                  notes);
  Kernel result = explained(options, inner, false,
                            [&] { return isolate(split, {.inames = {inner}, .where = options.where}, notes); });
  std::string partial;
  for (const std::string &id : statementsWith(result, inner))
    if (!split.findStatement(id))
      partial += (partial.empty() ? "id:" : " or id:") + id;
  if (!partial.empty()) {
    const std::string name = result.freshName(inner + "_partial");
    result = renameIname(result, {.iname = inner, .name = name, .within = partial, .where = options.where}, notes);
    nameResult(notes, "partial", {name});
  }
  return explained(options, inner, true,
                   [&] { return tagInames(result, {.iname = inner, .tag = "vec", .where = options.where}, notes); });
}

} // namespace loopy
