// How many points a set has, as a formula in the parameters.
#pragma once

#include "loopy/check/count.h"

#include <numeric>

namespace loopy {

__extension__ typedef __int128 Wide;

// A fraction in lowest terms, with a positive denominator. InternalError where it leaves 128 bits.
class Rational {
public:
  Rational(int64_t integer = 0) : numerator_(integer) {}
  Rational(Wide numerator, Wide denominator);
  bool isZero() const { return numerator_ == 0; }
  bool isNegative() const { return numerator_ < 0; }
  std::optional<int64_t> integer() const; // nothing if it is none, or too large
  std::string text() const;               // "3", "-1/2"
  friend Rational operator+(const Rational &a, const Rational &b);
  friend Rational operator*(const Rational &a, const Rational &b);
  friend bool operator==(const Rational &, const Rational &) = default;

private:
  Wide numerator_ = 0, denominator_ = 1;
};

// A polynomial with rational coefficients. Its variables are names of parameters, or texts of floors of affine
// expressions in them, floor((n + 3)/16), that `QuasiPolynomial::floors` gives the meaning of.
class Polynomial {
public:
  using Monomial = std::map<std::string, unsigned>; // variable -> exponent, which is not 0
  Polynomial(Rational constant = 0);
  static Polynomial variable(const std::string &name);

  const std::map<Monomial, Rational> &terms() const { return terms_; }
  bool isZero() const { return terms_.empty(); }
  unsigned degreeIn(const std::string &name) const;
  Polynomial coefficient(const std::string &name, unsigned power) const; // of name^power, free of `name`
  std::set<std::string> variables() const;
  std::string text() const; // "n*m + 1/2*n"

  friend Polynomial operator+(const Polynomial &a, const Polynomial &b);
  friend Polynomial operator*(const Polynomial &a, const Polynomial &b);
  friend Polynomial operator-(const Polynomial &a, const Polynomial &b) { return a + b * Polynomial(-1); }
  friend bool operator==(const Polynomial &, const Polynomial &) = default;

private:
  std::map<Monomial, Rational> terms_; // no zero coefficients
};
// p with `name` replaced by `value`.
Polynomial substitute(const Polynomial &p, const std::string &name, const Polynomial &value);
// sum of p over name = lower .. upper, for upper >= lower - 1 (Faulhaber's formulas, found by exact interpolation).
Polynomial sumOver(const Polynomial &p, const std::string &name, const Polynomial &lower, const Polynomial &upper);

// A sum of polynomials, each of which counts only where its condition holds.
struct QuasiPolynomial {
  struct Piece {
    isl::set condition; // over parameters
    Polynomial count;
  };
  struct Floor {
    std::map<std::string, int64_t> factors; // of parameters
    int64_t constant = 0, denominator = 1;  // floor((sum + constant) / denominator)
  };
  std::vector<Piece> pieces;
  std::map<std::string, Floor> floors; // by the text that stands for it in `pieces`

  // "n*m", "16*floor(n/16) if n >= 16; + ...", "0"; conditions that `context` implies are left out.
  std::string text(const isl::set &context) const;
  // The value at these sizes; nothing if a parameter is missing or the value is no 64-bit integer.
  std::optional<int64_t> at(const Sizes &sizes) const;
};
// a + factor * b
void addMultiple(QuasiPolynomial &a, const QuasiPolynomial &b, int64_t factor);

// The number of points of a parameter set over `names` for every value of its other names. Nothing where that is no
// quasi-polynomial this can find (a bound with a divisor that depends on another of `names`), the set is unbounded, or
// it falls into more than `maxPieces` pieces.
std::optional<QuasiPolynomial> symbolicCount(const isl::set &set, const poly::Names &names, int maxPieces = 64);

} // namespace loopy
