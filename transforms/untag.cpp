#include "loopy/transforms/untag.h"

#include "edit.h"

namespace loopy {

Kernel untagInames(const Kernel &kernel, const UntagInames &options, Notes *) {
  requireInames(kernel, options.inames, options.where);
  for (const std::string &iname : options.inames)
    if (kernel.tag(iname).kind == Tag::Kind::None)
      throw UserError(options.where, "Loop `" + iname + "` has no tag.");
  Kernel result = kernel;
  for (const std::string &iname : options.inames)
    result.setTag(iname, {});
  return result;
}

} // namespace loopy
