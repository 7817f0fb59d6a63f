#include "loopy/transforms/array_axis.h"

namespace loopy {

std::string axisLabel(const Array &array, unsigned axis) {
  return array.axisNames.empty() ? std::to_string(axis) : array.axisNames[axis];
}

unsigned requireAxis(const Array &array, const ArrayAxis &axis, SourceRange where) {
  for (unsigned number = 0; number < array.shape.size(); ++number)
    if (axis.text == std::to_string(number) || (!array.axisNames.empty() && array.axisNames[number] == axis.text))
      return number;
  if (array.shape.empty())
    throw UserError(where, "`" + array.name + "` has no axes.");
  const std::string last = std::to_string(array.shape.size() - 1);
  const std::string numbers = last == "0" ? "only axis 0" : "the axes 0 to " + last;
  throw UserError(where, "`" + array.name + "` has " + numbers +
                             (array.axisNames.empty() ? "" : ", named " + listOfNames(array.axisNames)) +
                             "; there is no axis " + axis.text + ".");
}

} // namespace loopy
