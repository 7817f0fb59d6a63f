#include "loopy/ir/guards.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

// { i, i' in the statement's domain : i != i', equal subscripts } is empty.
bool writesEachOnce(const Kernel &kernel, const Statement &statement, const Load &place) {
  auto isIndex = [&](const std::string &iname) {
    return std::any_of(place.index.begin(), place.index.end(), [&](Expr e) {
      const InameRef *index = e.as<InameRef>();
      return index && index->name == iname;
    });
  };
  if (std::all_of(statement.inames.begin(), statement.inames.end(), isIndex))
    return true;
  isl::set elements = statement.domain.intersect(kernel.assumptions);
  poly::Renaming other;
  for (const std::string &iname : statement.inames)
    other[iname] = iname + "'";
  for (size_t axis = 0; axis < place.index.size(); ++axis) {
    const auto value = toAffine(*kernel.context, place.index[axis], statement.dataParams);
    if (!value)
      return false;
    elements = elements.intersect(poly::paramAff(elements.ctx(), "$" + std::to_string(axis)).eq_set(*value));
  }
  const isl::set pairs = elements.intersect(poly::renameParams(elements, other));
  return std::all_of(other.begin(), other.end(), [&](const auto &names) {
    const isl::pw_aff x = poly::paramAff(pairs.ctx(), names.first), y = poly::paramAff(pairs.ctx(), names.second);
    return pairs.intersect(x.ne_set(y)).is_empty();
  });
}

} // namespace

std::optional<size_t> complementAt(const std::vector<GuardLiteral> &a, const std::vector<GuardLiteral> &b) {
  if (a.size() != b.size())
    return std::nullopt;
  std::optional<size_t> differing;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto same =
        std::find_if(b.begin(), b.end(), [&](const GuardLiteral &other) { return readsSame(a[i], other); });
    if (same == b.end())
      return std::nullopt;
    if (same->negated != a[i].negated) {
      if (differing)
        return std::nullopt;
      differing = i;
    }
  }
  return differing;
}

LastingGuards::LastingGuards(const Kernel &kernel) : kernel_(kernel) {
  for (const StatementRef &statement : kernel.statements)
    for (const AccessRef &access : accesses(*statement))
      if (access.isWrite)
        writes_[access.load->array].push_back({statement.get(), access.load});
}

bool LastingGuards::isWrittenOnce(const std::string &array) const {
  const auto writes = writes_.find(array);
  if (writes == writes_.end())
    return true;
  const auto &[statement, place] = writes->second.front();
  const Assign *assign = std::get_if<Assign>(&statement->body);
  return writes->second.size() == 1 && assign && !assign->atomic && kernel_.array(array).isTemp() &&
         writesEachOnce(kernel_, *statement, *place);
}

bool LastingGuards::isLasting(const std::vector<GuardLiteral> &guard) const {
  bool result = true;
  for (const GuardLiteral &literal : guard)
    forEach(literal.load, [&](Expr e) {
      const Load *load = e.as<Load>();
      if (!load)
        return;
      auto known = isWrittenOnce_.find(load->array);
      if (known == isWrittenOnce_.end())
        known = isWrittenOnce_.emplace(load->array, isWrittenOnce(load->array)).first;
      result = result && known->second;
    });
  return result;
}

} // namespace loopy
