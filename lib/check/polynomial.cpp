#include "loopy/check/quasi_polynomial.h"

#include <algorithm>
#include <limits>

namespace loopy {

namespace {

Wide gcd(Wide a, Wide b) {
  while (b != 0) {
    const Wide rest = a % b;
    a = b;
    b = rest;
  }
  return a < 0 ? -a : a;
}

Wide product(Wide a, Wide b) {
  Wide result = 0;
  require(!__builtin_mul_overflow(a, b, &result), "a coefficient of a count is too large");
  return result;
}

Wide sum(Wide a, Wide b) {
  Wide result = 0;
  require(!__builtin_add_overflow(a, b, &result), "a coefficient of a count is too large");
  return result;
}

std::string digits(Wide value) {
  std::string text;
  const bool isNegative = value < 0;
  do {
    const int digit = static_cast<int>(value % 10);
    text += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    value /= 10;
  } while (value != 0);
  if (isNegative)
    text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

} // namespace

Rational::Rational(Wide numerator, Wide denominator) : numerator_(numerator), denominator_(denominator) {
  require(denominator != 0, "a fraction with the denominator 0");
  const Wide common = gcd(numerator, denominator) * (denominator < 0 ? -1 : 1);
  numerator_ /= common;
  denominator_ /= common;
}

std::optional<int64_t> Rational::integer() const {
  if (denominator_ != 1 || numerator_ > std::numeric_limits<int64_t>::max() ||
      numerator_ < std::numeric_limits<int64_t>::min())
    return std::nullopt;
  return static_cast<int64_t>(numerator_);
}

std::string Rational::text() const {
  return denominator_ == 1 ? digits(numerator_) : digits(numerator_) + "/" + digits(denominator_);
}

Rational operator+(const Rational &a, const Rational &b) {
  return {sum(product(a.numerator_, b.denominator_), product(b.numerator_, a.denominator_)),
          product(a.denominator_, b.denominator_)};
}

Rational operator*(const Rational &a, const Rational &b) {
  return {product(a.numerator_, b.numerator_), product(a.denominator_, b.denominator_)};
}

Polynomial::Polynomial(Rational constant) {
  if (!constant.isZero())
    terms_[{}] = constant;
}

Polynomial Polynomial::variable(const std::string &name) {
  Polynomial result;
  result.terms_[{{name, 1}}] = 1;
  return result;
}

Polynomial operator+(const Polynomial &a, const Polynomial &b) {
  Polynomial result = a;
  for (const auto &[monomial, factor] : b.terms_) {
    auto [place, isNew] = result.terms_.try_emplace(monomial, factor);
    if (!isNew)
      place->second = place->second + factor;
    if (place->second.isZero())
      result.terms_.erase(place);
  }
  return result;
}

Polynomial operator*(const Polynomial &a, const Polynomial &b) {
  Polynomial result;
  for (const auto &[x, f] : a.terms_)
    for (const auto &[y, g] : b.terms_) {
      Polynomial::Monomial monomial = x;
      for (const auto &[name, power] : y)
        monomial[name] += power;
      Polynomial term;
      term.terms_[monomial] = f * g;
      result = result + term;
    }
  return result;
}

unsigned Polynomial::degreeIn(const std::string &name) const {
  unsigned degree = 0;
  for (const auto &[monomial, factor] : terms_)
    if (auto found = monomial.find(name); found != monomial.end())
      degree = std::max(degree, found->second);
  return degree;
}

Polynomial Polynomial::coefficient(const std::string &name, unsigned power) const {
  Polynomial result;
  for (const auto &[monomial, factor] : terms_) {
    auto found = monomial.find(name);
    if ((found == monomial.end() ? 0 : found->second) != power)
      continue;
    Monomial rest = monomial;
    rest.erase(name);
    result.terms_[rest] = factor;
  }
  return result;
}

std::set<std::string> Polynomial::variables() const {
  std::set<std::string> names;
  for (const auto &[monomial, factor] : terms_)
    for (const auto &[name, power] : monomial)
      names.insert(name);
  return names;
}

std::string Polynomial::text() const {
  auto degree = [](const Monomial &monomial) {
    return std::accumulate(monomial.begin(), monomial.end(), 0U,
                           [](unsigned total, const auto &factor) { return total + factor.second; });
  };
  std::vector<std::pair<Monomial, Rational>> sorted(terms_.begin(), terms_.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto &a, const auto &b) { return degree(a.first) > degree(b.first); });
  std::string text;
  for (const auto &[monomial, factor] : sorted) {
    std::string names;
    for (const auto &[name, power] : monomial)
      names += (names.empty() ? "" : "*") + name + (power > 1 ? "^" + std::to_string(power) : "");
    const Rational size = factor.isNegative() ? factor * Rational(-1) : factor;
    const std::string number = size == Rational(1) && !names.empty() ? "" : size.text();
    text += text.empty() ? (factor.isNegative() ? "-" : "") : factor.isNegative() ? " - " : " + ";
    text += number + (number.empty() || names.empty() ? "" : "*") + names;
  }
  return text.empty() ? "0" : text;
}

Polynomial substitute(const Polynomial &p, const std::string &name, const Polynomial &value) {
  Polynomial result; // Horner's scheme
  for (unsigned power = p.degreeIn(name) + 1; power-- > 0;)
    result = result * value + p.coefficient(name, power);
  return result;
}

namespace {

// S(x) = 0^d + 1^d + ... + x^d, the polynomial of degree d + 1 through its values at 0, 1, ..., d + 1 (Lagrange).
Polynomial powerSum(unsigned degree, const std::string &name) {
  const Polynomial x = Polynomial::variable(name);
  Polynomial result;
  Rational value = 0;
  for (unsigned node = 0; node <= degree + 1; ++node) {
    Rational power = 1;
    for (unsigned i = 0; i < degree; ++i)
      power = power * Rational(node);
    value = value + power;
    Polynomial basis = value;
    for (unsigned other = 0; other <= degree + 1; ++other)
      if (other != node)
        basis = basis * (x - Polynomial(other)) *
                Polynomial(Rational(1, static_cast<int64_t>(node) - static_cast<int64_t>(other)));
    result = result + basis;
  }
  return result;
}

} // namespace

Polynomial sumOver(const Polynomial &p, const std::string &name, const Polynomial &lower, const Polynomial &upper) {
  Polynomial result;
  for (unsigned degree = 0; degree <= p.degreeIn(name); ++degree) {
    const Polynomial factor = p.coefficient(name, degree);
    if (factor.isZero())
      continue;
    const Polynomial sums = powerSum(degree, name);
    result = result + factor * (substitute(sums, name, upper) - substitute(sums, name, lower - Polynomial(1)));
  }
  return result;
}

} // namespace loopy
