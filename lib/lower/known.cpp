#include "known.h"

namespace loopy::lowering {
namespace {

int64_t ceilDivide(int64_t a, int64_t b) { return -floorDivide(-a, b); }

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
  node_ = std::move(node);
  *this = with(assumptions);
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
  std::vector<std::vector<Constraint>> disjuncts = terms().disjunctsOf(fact);
  if (disjuncts.size() == 1)
    return with(std::move(disjuncts[0]));
  if (disjuncts.empty())
    return with(std::vector<Constraint>{{Linear{{}, -1}, false}});
  return withEither(std::move(disjuncts));
}

Known Known::withEither(std::vector<std::vector<Constraint>> alternatives) const {
  auto node = std::make_shared<Node>();
  node->terms = node_->terms;
  node->parent = node_;
  node->alternatives = std::move(alternatives);
  return Known(std::move(node));
}

const isl::set &Known::setOf(const Node &node) {
  if (node.all)
    return *node.all;
  isl::set own = node.terms->toSet(node.facts);
  if (!node.alternatives.empty()) {
    own = poly::emptySet(own.ctx());
    for (const std::vector<Constraint> &alternative : node.alternatives)
      own = own.unite(node.terms->toSet(alternative));
  }
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

// floor((g*x + rest) / (g*d)) is floor(x / d) where 0 <= rest < g.
std::optional<Linear> Known::withoutSmallParts(const Terms::Floor &floor) const {
  for (auto [unused, g] : floor.numerator.terms) {
    if (g < 2 || floor.denominator % g != 0)
      continue;
    Linear multiple, rest;
    for (auto [term, c] : floor.numerator.terms)
      (c % g == 0 ? multiple : rest).terms.emplace_back(term, c % g == 0 ? c / g : c);
    multiple.constant = floorDivide(floor.numerator.constant, g);
    rest.constant = floor.numerator.constant - multiple.constant * g;
    Interval value = interval(rest);
    if (!rest.terms.empty() && value.low && *value.low >= 0 && value.high && *value.high < g)
      return simplified(terms().floorOf(multiple, floor.denominator / g));
  }
  return std::nullopt;
}

Linear Known::simplified(const Linear &form) const {
  Linear result = form;
  for (auto [term, c] : form.terms) {
    const Terms::Floor *floor = terms().floor(term);
    if (!floor)
      continue;
    Interval value = intervalOf(term);
    if (value.low && value.low == value.high)
      result = withConstant(minus(result, termTimes(term, c)), c * *value.low);
    else if (auto simpler = withoutSmallParts(*floor))
      result = plus(minus(result, termTimes(term, c)), *simpler, c);
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
  return impliesByAll(constraint);
}

// Only facts that are linked to the constraints by common names can contradict them.
Known::Linked Known::linkedTo(const std::vector<Constraint> &constraints) const {
  Linked linked;
  std::vector<char> names;
  auto add = [&](const Constraint &constraint) {
    for (auto [term, c] : constraint.form.terms)
      for (Term name : terms().namesIn(term)) {
        if (name >= names.size())
          names.resize(name + 1);
        names[name] = 1;
      }
  };
  auto isLinked = [&](const Constraint &constraint) {
    for (auto [term, c] : constraint.form.terms)
      for (Term name : terms().namesIn(term))
        if (name < names.size() && names[name])
          return true;
    return constraint.form.isConstant();
  };
  std::for_each(constraints.begin(), constraints.end(), add);
  std::set<const void *> seen;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Node *node = node_.get(); node; node = node->parent.get()) {
      for (const Constraint &fact : node->facts)
        if (isLinked(fact) && seen.insert(&fact).second) {
          linked.facts.push_back(fact);
          add(fact);
          changed = true;
        }
      bool isEitherLinked = std::any_of(node->alternatives.begin(), node->alternatives.end(),
                                        [&](const auto &all) { return std::any_of(all.begin(), all.end(), isLinked); });
      if (isEitherLinked && seen.insert(node).second) {
        linked.disjunctions.push_back(node);
        for (const std::vector<Constraint> &alternative : node->alternatives)
          std::for_each(alternative.begin(), alternative.end(), add);
        changed = true;
      }
    }
  }
  std::sort(linked.facts.begin(), linked.facts.end());
  linked.facts.erase(std::unique(linked.facts.begin(), linked.facts.end()), linked.facts.end());
  return linked;
}

// No point satisfies the facts and one alternative of each disjunction. At most `budget` cases are looked at.
bool Known::excludes(std::vector<Constraint> facts, const std::vector<const Node *> &disjunctions, size_t next,
                     unsigned &budget) const {
  if (budget == 0)
    return false;
  --budget;
  auto [it, isNew] = terms().unsatisfiable.try_emplace(facts, false);
  if (isNew)
    it->second = !isSatisfiable(terms(), facts);
  if (it->second || next == disjunctions.size())
    return it->second;
  for (const std::vector<Constraint> &alternative : disjunctions[next]->alternatives) {
    std::vector<Constraint> more = facts;
    more.insert(more.end(), alternative.begin(), alternative.end());
    if (!excludes(std::move(more), disjunctions, next + 1, budget))
      return false;
  }
  return true;
}

bool Known::impliesByAll(const Constraint &constraint) const {
  const Constraint violated = terms().normalized({withConstant(scaled(constraint.form, -1), -1), false});
  Linked linked = linkedTo({violated});
  linked.facts.push_back(violated);
  unsigned budget = 32;
  return excludes(std::move(linked.facts), linked.disjunctions, 0, budget);
}

// No point satisfies the facts, the violated constraints and, of each further alternative, the negation of some
// constraint.
bool Known::excludesAll(std::vector<Constraint> violated, const std::vector<std::vector<Constraint>> &alternatives,
                        size_t next, unsigned &budget) const {
  if (budget == 0)
    return false;
  --budget;
  if (!violated.empty()) {
    Linked linked = linkedTo(violated);
    linked.facts.insert(linked.facts.end(), violated.begin(), violated.end());
    unsigned cases = 32;
    if (excludes(std::move(linked.facts), linked.disjunctions, 0, cases))
      return true;
  }
  if (next == alternatives.size())
    return false;
  for (const Constraint &constraint : alternatives[next])
    for (int sign : {1, -1}) {
      if (sign < 0 && !constraint.isEquality)
        continue;
      std::vector<Constraint> more = violated;
      more.push_back(terms().normalized({withConstant(scaled(constraint.form, -sign), -1), false}));
      if (!excludesAll(std::move(more), alternatives, next + 1, budget))
        return false;
    }
  return true;
}

bool Known::impliesEither(const std::vector<std::vector<Constraint>> &alternatives) const {
  unsigned budget = 256;
  return excludesAll({}, alternatives, 0, budget);
}

NonNegative Known::nonNegative() const {
  return [known = *this](const Linear &form) { return known.isNonNegative(form); };
}

} // namespace loopy::lowering
