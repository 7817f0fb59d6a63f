#include "loopy/transforms/name_array_axes.h"

#include "edit.h"

#include <cctype>

namespace loopy {

Kernel nameArrayAxes(const Kernel &kernel, const NameArrayAxes &options, Notes *) {
  const Array &array = requireArray(kernel, options.array, options.where);
  if (options.names.size() != array.shape.size())
    throw UserError(options.where, "`" + array.name + "` has " + std::to_string(array.shape.size()) +
                                       " axes, and names= gives " + std::to_string(options.names.size()) + " names.");
  std::set<std::string> seen;
  for (const std::string &name : options.names) {
    if (!isWord(name))
      throw UserError(options.where, "`" + name + "` is not a name.");
    if (!seen.insert(name).second)
      throw UserError(options.where, "The name `" + name + "` is given to two axes.");
  }
  if (array.axisNames == options.names)
    throw UserError(options.where, "The axes of `" + array.name + "` have these names already.");
  Kernel result = kernel;
  for (Array &named : result.arrays)
    if (named.name == array.name)
      named.axisNames = options.names;
  return result;
}

} // namespace loopy
