#include "loopy/analysis/formula.h"

#include <algorithm>

namespace loopy {
namespace {

// Cases looked at before isl is asked about all of them together.
constexpr unsigned mostCases = 256;

struct TooManyCases {};

} // namespace

Formula &Formula::require(const Constraint &constraint) {
  if (!constraint.form.isConstant())
    all_.push_back(constraint);
  else if (constraint.isEquality ? constraint.form.constant != 0 : constraint.form.constant < 0)
    isFalse_ = true;
  return *this;
}

Formula &Formula::require(const Constraints &constraints) {
  for (const Constraint &constraint : constraints)
    require(constraint);
  return *this;
}

Formula &Formula::requireEither(Alternatives alternatives) {
  if (alternatives.empty())
    isFalse_ = true;
  else if (alternatives.size() == 1)
    require(alternatives[0]);
  else if (std::none_of(alternatives.begin(), alternatives.end(), [](const Constraints &one) { return one.empty(); }))
    either_.push_back(std::move(alternatives));
  return *this;
}

Formula &Formula::require(const isl::set &set) { return requireEither(terms_->disjunctsOf(set)); }

bool Formula::isSatisfiable() const {
  if (isFalse_)
    return false;
  unsigned budget = mostCases;
  try {
    return isSatisfiable(all_, 0, budget);
  } catch (const TooManyCases &) {
    return !toSet().is_empty();
  }
}

// Case by case; a case that is excluded already is not taken apart further.
bool Formula::isSatisfiable(Constraints chosen, size_t next, unsigned &budget) const {
  if (budget-- == 0)
    throw TooManyCases();
  if (!loopy::isSatisfiable(*terms_, chosen))
    return false;
  if (next == either_.size())
    return true;
  for (const Constraints &alternative : either_[next]) {
    Constraints more = chosen;
    more.insert(more.end(), alternative.begin(), alternative.end());
    if (isSatisfiable(std::move(more), next + 1, budget))
      return true;
  }
  return false;
}

isl::set Formula::toSet() const {
  const isl::ctx ctx = terms_->context().isl();
  if (isFalse_)
    return poly::emptySet(ctx);
  isl::set result = terms_->toSet(all_);
  for (const Alternatives &alternatives : either_) {
    isl::set any = poly::emptySet(ctx);
    for (const Constraints &alternative : alternatives)
      any = any.unite(terms_->toSet(alternative));
    result = result.intersect(any);
  }
  return result;
}

} // namespace loopy
