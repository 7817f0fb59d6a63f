#include "loopy/transforms/unroll.h"

#include "edit.h"

#include "loopy/transforms/tag.h"

namespace loopy {

Kernel unroll(const Kernel &kernel, const Unroll &options, Notes *notes) {
  requireInames(kernel, options.inames, options.where);
  TagInames tags;
  tags.where = options.where;
  for (const std::string &iname : options.inames)
    tags.tags.emplace_back(iname, "unr");
  return tagInames(kernel, tags, notes);
}

} // namespace loopy
