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

bool isWrittenOnce(const Kernel &kernel, const std::string &array) {
  const Statement *writer = nullptr;
  for (const StatementRef &statement : kernel.statements)
    for (const AccessRef &access : accesses(*statement))
      if (access.isWrite && access.load->array == array) {
        const Assign *assign = std::get_if<Assign>(&statement->body);
        if (writer || !assign || assign->atomic || !kernel.array(array).isTemp() ||
            !writesEachOnce(kernel, *statement, *access.load))
          return false;
        writer = statement.get();
      }
  return true;
}

bool isLasting(const Kernel &kernel, const std::vector<GuardLiteral> &guard) {
  bool result = true;
  for (const GuardLiteral &literal : guard)
    forEach(literal.load, [&](Expr e) {
      if (const Load *load = e.as<Load>())
        result = result && isWrittenOnce(kernel, load->array);
    });
  return result;
}

} // namespace loopy
