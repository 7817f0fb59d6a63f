#include "known.h"

namespace loopy::lowering {
namespace {

int64_t ceilDivide(int64_t a, int64_t b) { return -floorDivide(-a, b); }

// The facts of a set with one disjunct.
std::vector<Constraint> constraintsOfConvex(Terms &terms, const isl::set &set) {
  std::vector<std::vector<Constraint>> disjuncts = terms.disjunctsOf(set);
  return disjuncts.size() == 1 ? disjuncts[0] : std::vector<Constraint>{};
}

std::optional<int64_t> times(std::optional<int64_t> value, int64_t factor) {
  int64_t result;
  if (!value || __builtin_mul_overflow(*value, factor, &result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> sum(std::optional<int64_t> a, std::optional<int64_t> b) {
  int64_t result;
  if (!a || !b || __builtin_add_overflow(*a, *b, &result))
    return std::nullopt;
  return result;
}

void tighten(Interval &interval, const Constraint &fact) {
  auto [term, c] = fact.form.terms[0];
  int64_t d = fact.form.constant;
  if (c > 0 || fact.isEquality) {
    int64_t low = c > 0 ? ceilDivide(-d, c) : ceilDivide(d, -c);
    interval.low = std::max(interval.low.value_or(low), low);
  }
  if (c < 0 || fact.isEquality) {
    int64_t high = c < 0 ? floorDivide(d, -c) : floorDivide(-d, c);
    interval.high = std::min(interval.high.value_or(high), high);
  }
}

} // namespace

Known::Known(Terms &terms, const isl::set &assumptions) {
  auto node = std::make_shared<Node>();
  node->terms = &terms;
  node->facts = constraintsOfConvex(terms, assumptions);
  node->other = assumptions;
  node_ = std::move(node);
}

Known Known::with(std::vector<Constraint> facts) const {
  if (facts.empty())
    return *this;
  auto node = std::make_shared<Node>();
  node->terms = node_->terms;
  node->parent = node_;
  node->facts = std::move(facts);
  return Known(std::move(node));
}

Known Known::with(const isl::set &fact) const {
  auto node = std::make_shared<Node>();
  node->terms = node_->terms;
  node->parent = node_;
  node->facts = constraintsOfConvex(terms(), fact);
  node->other = fact;
  return Known(std::move(node));
}

const isl::set &Known::setOf(const Node &node) {
  if (node.all)
    return *node.all;
  isl::set own = node.other ? *node.other : node.terms->toSet(node.facts);
  node.all = node.parent ? setOf(*node.parent).intersect(own) : own;
  return *node.all;
}

const isl::set &Known::set() const { return setOf(*node_); }

bool Known::isFact(const Constraint &constraint) const {
  for (const Node *node = node_.get(); node; node = node->parent.get())
    for (const Constraint &fact : node->facts) {
      if (fact.form.terms != constraint.form.terms)
        continue;
      if (fact.isEquality ? fact.form.constant == constraint.form.constant ||
                                (!constraint.isEquality && fact.form.constant < constraint.form.constant)
                          : !constraint.isEquality && fact.form.constant <= constraint.form.constant)
        return true;
    }
  return false;
}

Interval Known::intervalOf(Term term) const {
  if (const Terms::Floor *floor = terms().floor(term)) {
    const Terms::Floor copy = *floor;
    Interval inner = interval(copy.numerator);
    for (std::optional<int64_t> *end : {&inner.low, &inner.high})
      if (*end)
        *end = floorDivide(**end, copy.denominator);
    return inner;
  }
  Interval result;
  for (const Node *node = node_.get(); node; node = node->parent.get())
    for (const Constraint &fact : node->facts)
      if (fact.form.terms.size() == 1 && fact.form.terms[0].first == term)
        tighten(result, fact);
  return result;
}

Interval Known::interval(const Linear &form) const {
  Interval result{form.constant, form.constant};
  for (auto [term, c] : form.terms) {
    if (!result.low && !result.high)
      break;
    Interval inner = intervalOf(term);
    result.low = sum(result.low, times(c > 0 ? inner.low : inner.high, c));
    result.high = sum(result.high, times(c > 0 ? inner.high : inner.low, c));
  }
  return result;
}

Linear Known::simplified(const Linear &form) const {
  Linear result = form;
  for (auto [term, c] : form.terms) {
    if (!terms().floor(term))
      continue;
    Interval value = intervalOf(term);
    if (value.low && value.low == value.high)
      result = withConstant(minus(result, termTimes(term, c)), c * *value.low);
  }
  return result;
}

bool Known::implies(const Constraint &constraint) const {
  const Linear &form = constraint.form;
  if (form.isConstant())
    return constraint.isEquality ? form.constant == 0 : form.constant >= 0;
  if (isFact(constraint))
    return true;
  if (constraint.isEquality) {
    return implies(terms().normalized({form, false})) && implies(terms().normalized({scaled(form, -1), false}));
  }
  Interval value = interval(form);
  if (value.low && *value.low >= 0)
    return true;
  if (value.high && *value.high < 0)
    return false;
  for (auto [term, c] : form.terms)
    if (!terms().name(term) && !terms().floor(term))
      return false;
  auto [it, isNew] = node_->answers.try_emplace(constraint, false);
  if (isNew) {
    Constraint violated = terms().normalized({withConstant(scaled(form, -1), -1), false});
    it->second = set().intersect(terms().toSet({violated})).is_empty();
  }
  return it->second;
}

NonNegative Known::nonNegative() const {
  return [known = *this](const Linear &form) { return known.isNonNegative(form); };
}

} // namespace loopy::lowering
