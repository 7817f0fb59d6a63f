#include "loopy/transforms/tile.h"

#include "edit.h"

#include "loopy/transforms/reorder.h"
#include "loopy/transforms/split_iname.h"
#include "loopy/transforms/tag.h"

namespace loopy {

// The list, or one value of it for all loops; `defaults` where there is none.
template <class T>
static std::vector<T> oneForEach(const Tile &options, const std::vector<T> &given, const char *option,
                                 bool mayBeShared) {
  if (mayBeShared && given.size() == 1)
    return std::vector<T>(options.inames.size(), given.front());
  if (given.size() != options.inames.size())
    throw UserError(options.where, "tile wants one `" + std::string(option) + "` for each of the " +
                                       std::to_string(options.inames.size()) + " loops, not " +
                                       std::to_string(given.size()) + ".");
  return given;
}

static std::vector<std::string> namesOf(const Tile &options, const std::vector<std::string> &given, const char *option,
                                        const char *suffix) {
  if (!given.empty())
    return oneForEach(options, given, option, false);
  std::vector<std::string> names;
  for (const std::string &iname : options.inames)
    names.push_back(iname + suffix);
  return names;
}

Kernel tile(const Kernel &kernel, const Tile &options, Notes *notes) {
  requireInames(kernel, options.inames, options.where);
  if (options.inames.size() < 2)
    throw UserError(options.where, "tile wants two loops or more; split_iname splits one.");
  const std::vector<int64_t> sizes = oneForEach(options, options.sizes, "sizes", true);
  const std::vector<std::string> outer = namesOf(options, options.outerNames, "outer_names", "_outer");
  const std::vector<std::string> inner = namesOf(options, options.innerNames, "inner_names", "_inner");
  TagInames tags{.where = options.where};
  auto addTags = [&](const std::vector<std::string> &given, const char *option, const std::vector<std::string> &names) {
    if (given.empty())
      return;
    const std::vector<std::string> each = oneForEach(options, given, option, false);
    for (size_t i = 0; i < each.size(); ++i)
      if (each[i] != "none")
        tags.tags.emplace_back(names[i], each[i]);
  };
  addTags(options.outer, "outer", outer);
  addTags(options.inner, "inner", inner);

  Kernel result = kernel;
  for (size_t i = 0; i < options.inames.size(); ++i)
    result = splitIname(result,
                        {.iname = options.inames[i],
                         .factor = sizes[i],
                         .outerName = outer[i],
                         .innerName = inner[i],
                         .within = options.within,
                         .where = options.where},
                        notes);
  nameResult(notes, "outer", outer);
  nameResult(notes, "inner", inner);
  std::vector<std::string> order = outer;
  order.insert(order.end(), inner.begin(), inner.end());
  result = reorder(result, {.inames = order, .where = options.where}, notes);
  return tags.tags.empty() ? result : tagInames(result, tags, notes);
}

} // namespace loopy
