#include "loopy/analysis/linear.h"

#include <numeric>

namespace loopy {
namespace {

int64_t times(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result))
    throw LinearOverflow();
  return result;
}

int64_t sum(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_add_overflow(a, b, &result))
    throw LinearOverflow();
  return result;
}

int64_t gcdOfTerms(const Linear &form) {
  int64_t gcd = 0;
  for (auto [term, coefficient] : form.terms)
    gcd = std::gcd(gcd, coefficient);
  return gcd;
}

} // namespace

int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0)); }

int64_t Linear::coefficient(Term term) const {
  for (auto [t, c] : terms)
    if (t == term)
      return c;
  return 0;
}

Linear plus(const Linear &a, const Linear &b, int64_t factorOfB) {
  Linear result;
  result.constant = sum(a.constant, times(b.constant, factorOfB));
  auto i = a.terms.begin(), j = b.terms.begin();
  while (i != a.terms.end() || j != b.terms.end()) {
    if (j == b.terms.end() || (i != a.terms.end() && i->first < j->first)) {
      result.terms.push_back(*i++);
      continue;
    }
    int64_t c = times(j->second, factorOfB);
    if (i != a.terms.end() && i->first == j->first)
      c = sum(c, i++->second);
    if (c != 0)
      result.terms.emplace_back(j->first, c);
    ++j;
  }
  return result;
}

Linear minus(const Linear &a, const Linear &b) { return plus(a, b, -1); }
Linear scaled(const Linear &a, int64_t factor) { return plus(Linear{}, a, factor); }

Linear withConstant(Linear a, int64_t difference) {
  a.constant = sum(a.constant, difference);
  return a;
}

Linear termTimes(Term term, int64_t coefficient) {
  Linear result;
  if (coefficient != 0)
    result.terms.emplace_back(term, coefficient);
  return result;
}

Term Terms::addEntry(Entry entry) {
  entries_.push_back(std::move(entry));
  return static_cast<Term>(entries_.size() - 1);
}

Term Terms::ofName(const std::string &name) {
  auto [it, isNew] = byName_.try_emplace(name, static_cast<Term>(entries_.size()));
  if (isNew)
    addEntry({name, {}, {}, {it->second}, nameToExpr_(name)});
  return it->second;
}

void Terms::nameLoad(const std::string &name, Expr load) {
  Term term = ofName(name);
  entries_[term].printed = load;
  loads_.emplace_back(load, term);
}

Term Terms::ofOpaque(Expr e) {
  std::vector<Term> &candidates = byText_[toString(e)];
  for (Term candidate : candidates)
    if (equal(entries_[candidate].opaque, e) && entries_[candidate].opaque.type() == e.type())
      return candidate;
  candidates.push_back(addEntry({"", {}, e, {}, {}}));
  return candidates.back();
}

// floor(e/d) keeps coefficients between -d and d. Of e and -e, by floor(e/d) = -floor((d - 1 - e)/d), it holds the one
// with fewer negative coefficients, so that a remainder of isl's reads like the user's.
Linear Terms::floorOf(const Linear &form, int64_t denominator) {
  require(denominator > 0, "a floor division by a number that is not positive");
  Linear outside, inside;
  int balance = 0; // negative less positive coefficients
  for (auto [term, c] : form.terms) {
    int64_t rest = c % denominator;
    if (rest < 0 && -2 * rest == denominator)
      rest = -rest;
    if (c != rest)
      outside.terms.emplace_back(term, (c - rest) / denominator);
    if (rest != 0)
      inside.terms.emplace_back(term, rest);
    balance += rest < 0 ? 1 : rest > 0 ? -1 : 0;
  }
  outside.constant = floorDivide(form.constant, denominator);
  inside.constant = form.constant - times(outside.constant, denominator);
  if (inside.isConstant())
    return outside;
  if (balance > 0 || (balance == 0 && inside.terms.front().second < 0))
    return minus(outside, floorOf(withConstant(scaled(inside, -1), denominator - 1), denominator));
  int64_t gcd = std::gcd(gcdOfTerms(inside), denominator);
  if (gcd > 1) { // floor((2*x + 3) / 4) is floor((x + 1) / 2)
    for (auto &[term, c] : inside.terms)
      c /= gcd;
    inside.constant = floorDivide(inside.constant, gcd);
    return plus(outside, floorOf(inside, denominator / gcd));
  }
  auto [it, isNew] = byFloor_.try_emplace({inside, denominator}, static_cast<Term>(entries_.size()));
  if (isNew) {
    std::set<Term> names = namesIn(inside);
    addEntry({"", {inside, denominator}, {}, std::vector<Term>(names.begin(), names.end()), {}});
  }
  return plus(outside, termTimes(it->second, 1));
}

const std::string *Terms::name(Term term) const { return entries_[term].name.empty() ? nullptr : &entries_[term].name; }

const Terms::Floor *Terms::floor(Term term) const {
  const Entry &entry = entries_[term];
  return entry.name.empty() && !entry.opaque ? &entry.floor : nullptr;
}

const std::vector<Term> &Terms::namesIn(Term term) const { return entries_[term].names; }

std::set<Term> Terms::namesIn(const Linear &form) const {
  std::set<Term> names;
  for (auto [term, c] : form.terms)
    names.insert(entries_[term].names.begin(), entries_[term].names.end());
  return names;
}

Linear Terms::renamed(const Linear &form, const std::map<Term, Term> &names) {
  Linear result;
  result.constant = form.constant;
  for (auto [term, c] : form.terms) {
    if (const Floor *f = floor(term)) {
      const Floor copy = *f; // new entries are made meanwhile
      result = plus(result, floorOf(renamed(copy.numerator, names), copy.denominator), c);
      continue;
    }
    const auto it = names.find(term);
    result = plus(result, termTimes(it == names.end() ? term : it->second, 1), c);
  }
  return result;
}

Constraint Terms::normalized(Constraint constraint) {
  Linear &form = constraint.form;
  for (bool changed = true; changed && !constraint.isEquality;) {
    changed = false;
    for (auto [term, c] : form.terms) {
      const Floor *f = floor(term);
      if (!f || (c != 1 && c != -1))
        continue;
      // floor(e/d) + r >= 0 iff e + d*r >= 0;  r - floor(e/d) >= 0 iff d*r - e + d - 1 >= 0.
      Linear rest = minus(form, termTimes(term, c));
      form = plus(scaled(rest, f->denominator), f->numerator, c);
      form.constant = sum(form.constant, c < 0 ? f->denominator - 1 : 0);
      changed = true;
      break;
    }
  }
  int64_t gcd = gcdOfTerms(form);
  if (gcd == 0)
    return constraint;
  if (constraint.isEquality) {
    if (form.constant % gcd != 0)
      return {withConstant({}, -1), false};
    gcd = form.terms.front().second < 0 ? -gcd : gcd;
  }
  form.constant = constraint.isEquality ? form.constant / gcd : floorDivide(form.constant, gcd);
  for (auto &[term, c] : form.terms)
    c /= gcd;
  return constraint;
}

} // namespace loopy
