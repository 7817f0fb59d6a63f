#include "loopy/analysis/bounds.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/chunk_place.h"

namespace loopy {
namespace {

class BoundsCheck {
public:
  explicit BoundsCheck(const Kernel &kernel) : table_(kernel) {}

  std::vector<BoundsFinding> run() {
    std::vector<BoundsFinding> findings;
    for (const AccessInfo &access : table_.all()) {
      const Array &array = table_.kernel().array(access.load.as<Load>()->array);
      if (!array.shape.empty())
        findings.push_back(check(access, array));
    }
    return findings;
  }

private:
  BoundsFinding check(const AccessInfo &access, const Array &array) const {
    const Statement &statement = table_.statement(access.statement);
    BoundsFinding finding;
    finding.statement = statement.id;
    finding.access = toString(access.load);
    finding.range = access.load.range().isValid() ? access.load.range() : statement.source;
    isl::set domain = table_.domain(access.statement);
    if (access.condition)
      domain = domain.intersect(*access.condition);
    for (size_t axis = 0; axis < array.shape.size(); ++axis)
      if (!checkAxis(access, array, axis, domain, finding))
        break;
    return finding;
  }

  // outside = { instance : subscript < 0 or subscript >= extent }; false once the access is refuted.
  bool checkAxis(const AccessInfo &access, const Array &array, size_t axis, const isl::set &domain,
                 BoundsFinding &finding) const {
    if (hasPlacesInside(access, array, axis, domain))
      return true;
    Context &context = *table_.kernel().context;
    const std::optional<isl::pw_aff> &subscript = access.index[array.implicitAxes + axis];
    std::optional<isl::pw_aff> extent = toAffine(context, array.shape[axis]);
    if (!subscript || !extent) {
      finding.verdict = BoundsFinding::Verdict::Assumed;
      finding.detail = "subscript " + std::to_string(axis + 1) + " is not affine";
      return true;
    }
    isl::set below = domain.intersect(subscript->lt_set(poly::constantAff(table_.ctx(), 0)));
    isl::set above = domain.intersect(subscript->ge_set(*extent));
    const bool isBelow = !below.is_empty();
    if (!isBelow && above.is_empty())
      return true;
    const Statement &statement = table_.statement(access.statement);
    if (!statement.guard.empty() || access.isConditional || !statement.dataParams.empty()) {
      finding.verdict = BoundsFinding::Verdict::Assumed;
      finding.detail = "it is in bounds only where the data-dependent condition or bound around it says so";
      return true;
    }
    finding.verdict = BoundsFinding::Verdict::Refuted;
    finding.detail = witness(access, array, statement, isBelow ? below : above);
    return false;
  }

  // A place in chunks can be any from 0 to the total, if its number is such a one: are all of these inside?
  bool hasPlacesInside(const AccessInfo &access, const Array &array, size_t axis, const isl::set &domain) const {
    Context &context = *table_.kernel().context;
    const Expr subscript = access.load.as<Load>()->index[array.implicitAxes + axis];
    const std::optional<isl::set> values = valuesInChunks(context, subscript, "$value");
    if (!values)
      return false;
    const ChunkPlace place = *asChunkPlace(*findChunkPlace(subscript));
    const auto number = toAffine(context, place.number), total = toAffine(context, place.total),
               extent = toAffine(context, array.shape[axis]);
    if (!number || !total || !extent)
      return false;
    const isl::pw_aff zero = poly::constantAff(table_.ctx(), 0), value = poly::paramAff(table_.ctx(), "$value");
    return domain.is_subset(number->ge_set(zero).intersect(number->lt_set(*total))) &&
           domain.intersect(*values).is_subset(value.ge_set(zero).intersect(value.lt_set(*extent)));
  }

  std::string witness(const AccessInfo &access, const Array &array, const Statement &statement,
                      const isl::set &outside) const {
    const Kernel &kernel = table_.kernel();
    poly::Point point = poly::samplePoint(outside, kernel.integerParams()).value_or(poly::Point{});
    isl::set at = poly::universe(table_.ctx());
    std::string text, element;
    auto add = [&](const std::string &name) {
      auto it = point.find(name);
      if (it == point.end())
        return;
      text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(it->second);
      at = at.intersect(poly::paramAff(table_.ctx(), name).eq_set(poly::constantAff(table_.ctx(), it->second)));
    };
    for (const std::string &name : kernel.integerParams())
      add(name);
    for (const std::string &iname : statement.inames)
      add(iname);
    auto number = [&](const std::optional<isl::pw_aff> &value) {
      std::optional<int64_t> constant = value ? poly::constantValue(*value, at) : std::nullopt;
      return constant ? std::to_string(*constant) : std::string("...");
    };
    std::string shape;
    for (size_t axis = 0; axis < array.shape.size(); ++axis) {
      element += (axis ? ", " : "") + number(access.index[array.implicitAxes + axis]);
      shape += (axis ? ", " : "") + number(toAffine(*kernel.context, array.shape[axis]));
    }
    return text + (text.empty() ? "" : ": ") + (access.isWrite ? "writes " : "reads ") + array.name + "[" + element +
           "] of " + array.name + "[" + shape + "]";
  }

  AccessTable table_;
};

} // namespace

std::vector<BoundsFinding> checkBounds(const Kernel &kernel) { return BoundsCheck(kernel).run(); }

} // namespace loopy
