#include "witness.h"

namespace loopy {

std::string elementText(const AccessTable &table, const AccessInfo &access, const poly::Point &point) {
  isl::set at = poly::universe(table.ctx());
  for (const auto &[name, value] : point)
    at = at.intersect(poly::paramAff(table.ctx(), name).eq_set(poly::constantAff(table.ctx(), value)));
  const Array &array = table.kernel().array(access.load.as<Load>()->array);
  std::string text;
  for (size_t axis = array.implicitAxes; axis < access.index.size(); ++axis) {
    std::optional<int64_t> value = access.index[axis] ? poly::constantValue(*access.index[axis], at) : std::nullopt;
    text += (text.empty() ? "" : ", ") + (value ? std::to_string(*value) : std::string("..."));
  }
  return text.empty() ? array.name : array.name + "[" + text + "]";
}

} // namespace loopy
