// Integer-linear forms over program names, floors of such forms and opaque terms: what bounds, guards and subscripts
// are computed with. One form has one spelling, so that equal constraints compare equal without asking isl.
#pragma once

#include "loopy/ir/affine.h"

#include <deque>
#include <unordered_map>

namespace loopy {

// A term: a name, floor(form / d), or an expression that is not affine. Numbered by a `Terms`.
using Term = unsigned;

// sum of coefficient * term + constant; terms ascend, no coefficient is 0.
struct Linear {
  std::vector<std::pair<Term, int64_t>> terms;
  int64_t constant = 0;

  bool isConstant() const { return terms.empty(); }
  int64_t coefficient(Term term) const;
  friend bool operator==(const Linear &, const Linear &) = default;
  friend auto operator<=>(const Linear &, const Linear &) = default;
};

// Thrown where a number exceeds 64 bits. It is the user's: only what the user wrote can be that large, unless a
// question multiplied constraints with each other to be answered; such a question goes to isl instead.
class LinearOverflow : public UserError {
public:
  LinearOverflow() : UserError(SourceRange{}, "a number in a loop bound, condition or subscript exceeds 64 bits.") {}
};

Linear plus(const Linear &a, const Linear &b, int64_t factorOfB = 1);
Linear minus(const Linear &a, const Linear &b);
Linear scaled(const Linear &a, int64_t factor);
Linear withConstant(Linear a, int64_t difference);
Linear termTimes(Term term, int64_t coefficient);

int64_t floorDivide(int64_t a, int64_t b);

// form >= 0, or form == 0.
struct Constraint {
  Linear form;
  bool isEquality = false;
  friend bool operator==(const Constraint &, const Constraint &) = default;
  friend auto operator<=>(const Constraint &, const Constraint &) = default;
};

struct Interval {
  std::optional<int64_t> low, high; // inclusive
};

// Whether a form is known not to be negative where an expression is printed.
using NonNegative = std::function<bool(const Linear &)>;

// What reading an expression may rely on, and finds out about signs.
struct Signs {
  NonNegative known;
  std::set<Linear> seen; // numerators of truncating divisions ("quot", "rem"), which were known not to be negative
  bool operator()(const Linear &form) const { return seen.count(form) > 0 || (known && known(form)); }
};

// Numbers the terms of one lowering and translates between forms, expressions and isl.
class Terms {
public:
  Terms(Context &context, NameToExpr nameToExpr) : context_(context), nameToExpr_(std::move(nameToExpr)) {}
  // For questions alone: the expression of a name is the iname of that name.
  explicit Terms(Context &context)
      : Terms(context, [&context](const std::string &name) { return context.iname(name); }) {}

  struct Floor {
    Linear numerator;
    int64_t denominator = 1;
  };

  Context &context() const { return context_; }
  Term ofName(const std::string &name);
  // Makes `load` the expression of `name`, and the name what `load` is read as.
  void nameLoad(const std::string &name, Expr load);
  // floor(form / d) for d > 0, simplified: multiples of d leave the floor, the constant left inside is in [0, d).
  Linear floorOf(const Linear &form, int64_t denominator);

  const std::string *name(Term term) const;          // nullptr for floors and opaque terms
  const Floor *floor(Term term) const;               // nullptr for others
  const std::vector<Term> &namesIn(Term term) const; // of a name: itself; of a floor: those of its numerator
  std::set<Term> namesIn(const Linear &form) const;

  // The form of an integer expression; nothing if it is not quasi-affine.
  std::optional<Linear> affineOf(Expr e);
  // The same with opaque terms for what is not affine, their parts simplified.
  Linear formOf(Expr e);
  Linear formOf(Expr e, Signs &signs);
  // Constraints equivalent to a condition; nothing if it is no conjunction of affine comparisons. Minima on the larger
  // side and maxima on the smaller one are taken apart.
  std::optional<std::vector<Constraint>> constraintsOf(Expr condition);
  // The same for disjunctions: one of the lists holds. Maxima on the larger side and minima on the smaller one are
  // taken apart too.
  std::optional<std::vector<std::vector<Constraint>>> alternativesOf(Expr condition);

  // Readable expressions: positive terms first, large coefficients before small ones, remainders recognised.
  Expr expr(const Linear &form, const NonNegative &nonNegative = {});
  Expr expr(const Constraint &constraint, const NonNegative &nonNegative = {});

  // The form with other names, in its floors too.
  Linear renamed(const Linear &form, const std::map<Term, Term> &names);

  // Divides by the greatest common divisor, tightens the constant, gives equalities a positive first coefficient and
  // multiplies out floors that stand alone: x <= floor(n / 16) becomes 16*x <= n.
  Constraint normalized(Constraint constraint);

  // The form of a function in one piece; nothing for others.
  std::optional<Linear> formOf(const isl::pw_aff &function);
  // { : constraints }, a parameter set over the names. No opaque terms.
  isl::set toSet(const std::vector<Constraint> &constraints);
  // The disjuncts of a parameter set. The constraints that define its floors are left out.
  std::vector<std::vector<Constraint>> disjunctsOf(const isl::set &set);

  // Answers of Known, shared by all scopes: sorted facts and one more constraint -> they exclude each other.
  std::map<std::vector<Constraint>, bool> unsatisfiable;

private:
  struct Entry {
    std::string name;
    Floor floor;
    Expr opaque;
    std::vector<Term> names;
    Expr printed; // of names, made once
  };
  // coefficient * expression, in the order in which they are printed.
  struct Printed {
    int64_t coefficient;
    Expr expr;
    int rank;
  };
  Term ofOpaque(Expr e);
  Term addEntry(Entry entry);
  // `signs` null: opaque terms are not allowed.
  std::optional<Linear> parse(Expr e, Signs *signs);
  Interval rangeOf(const Linear &form) const;
  std::optional<Linear> parseBinary(const Binary &b, Signs *signs);
  std::optional<Linear> parseDivision(Expr numerator, Expr denominator, bool isQuotient, bool isTruncating,
                                      Signs *signs);
  std::optional<Linear> opaque(Expr e, Signs *signs);
  std::optional<Expr> exclusiveOr(Expr e, const std::vector<Expr> &operands);
  std::optional<std::vector<Linear>> partsOf(Expr e, BinaryOp op);
  std::vector<Expr> operandsOf(Expr e, BinaryOp op);
  Expr exprOf(Term term, const NonNegative &nonNegative);
  Expr divided(Floor floor, bool isQuotient, const NonNegative &nonNegative);
  std::vector<Printed> printed(Linear form, const NonNegative &nonNegative);
  Expr sumOf(const std::vector<Printed> &terms, int sign, int64_t constant);
  std::vector<Constraint> constraintsOf(__isl_keep isl_basic_set *basic);
  Linear numeratorOf(const isl::aff &function);

  Context &context_;
  NameToExpr nameToExpr_;
  std::deque<Entry> entries_; // references stay valid
  std::unordered_map<std::string, Term> byName_;
  std::map<std::pair<Linear, int64_t>, Term> byFloor_;
  std::map<std::string, std::vector<Term>> byText_; // opaque terms by their text
  std::vector<std::pair<Expr, Term>> loads_;
};

// e with all integer expressions in it simplified. `nonNegative` as in Terms::expr, besides what "quot" and "rem" say.
Expr simplified(Terms &terms, Expr e, const NonNegative &nonNegative = {});
Expr simplified(Terms &terms, Expr e, Signs &signs);

// Rational elimination (Fourier-Motzkin) of all names and floors for which `keep` does not hold: constraints over the
// other names that contain the projection. Nothing if the constraints are found to be unsatisfiable.
std::optional<std::vector<Constraint>> eliminated(Terms &terms, std::vector<Constraint> constraints,
                                                  const std::function<bool(Term)> &keep);

// Does each case of the set bound the name on both sides, by the names for which `isKnown` holds? Divisions of the name
// itself count, too, and what bounds it only by an unknown name does not.
bool isBounded(Terms &terms, const isl::set &set, const std::string &name,
               const std::function<bool(const std::string &)> &isKnown);

// Constant bounds of a form where all constraints hold, by elimination: valid, and tight but for effects of
// integrality. Nothing at all if the constraints are found to be unsatisfiable.
std::optional<Interval> constantBounds(Terms &terms, std::vector<Constraint> constraints, const Linear &form);

// The same over all cases, tight: nothing where an end is infinite or not found to be attained. High below low if there
// is no point at all.
std::optional<std::pair<int64_t, int64_t>> tightBounds(Terms &terms, const std::vector<std::vector<Constraint>> &cases,
                                                       const Linear &form);

// Is there an integer point? Asks isl only where elimination finds neither a contradiction nor a point.
bool isSatisfiable(Terms &terms, const std::vector<Constraint> &constraints);

} // namespace loopy
