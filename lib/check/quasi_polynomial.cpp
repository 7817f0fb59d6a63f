#include "loopy/check/quasi_polynomial.h"

#include "loopy/runtime/runtime.h"
#include "tuple.h"

#include <algorithm>
#include <sstream>

namespace loopy {

namespace {

int64_t floorDiv(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// sum of factors * names + constant >= 0
struct Constraint {
  std::map<std::string, int64_t> factors;
  int64_t constant = 0;
};

// The constraints of a basic parameter set without quantified variables; an equality as two.
std::vector<Constraint> constraintsOf(const isl::basic_set &set) {
  struct Reader {
    std::vector<Constraint> constraints;
    static int64_t integer(__isl_take isl_val *value) {
      const int64_t number = isl_val_get_num_si(value);
      isl_val_free(value);
      return number;
    }
    static isl_stat read(__isl_take isl_constraint *source, void *user) {
      Constraint constraint, negated;
      for (int d = 0; d < static_cast<int>(isl_constraint_dim(source, isl_dim_param)); ++d)
        if (int64_t factor = integer(isl_constraint_get_coefficient_val(source, isl_dim_param, d))) {
          const std::string name = isl_constraint_get_dim_name(source, isl_dim_param, static_cast<unsigned>(d));
          constraint.factors[name] = factor;
          negated.factors[name] = -factor;
        }
      constraint.constant = integer(isl_constraint_get_constant_val(source));
      negated.constant = -constraint.constant;
      auto &reader = *static_cast<Reader *>(user);
      reader.constraints.push_back(constraint);
      if (isl_constraint_is_equality(source) == isl_bool_true)
        reader.constraints.push_back(negated);
      isl_constraint_free(source);
      return isl_stat_ok;
    }
  };
  Reader reader;
  isl_basic_set_foreach_constraint(set.get(), Reader::read, &reader);
  return reader.constraints;
}

isl::set setOf(const isl::ctx &ctx, const std::vector<Constraint> &constraints) {
  isl::set set = poly::universe(ctx);
  for (const Constraint &constraint : constraints) {
    isl::pw_aff sum = poly::constantAff(ctx, constraint.constant);
    for (const auto &[name, factor] : constraint.factors)
      sum = sum.add(poly::paramAff(ctx, name).scale(isl::val(ctx, static_cast<long>(factor))));
    set = set.intersect(sum.ge_set(poly::constantAff(ctx, 0)));
  }
  return set;
}

int64_t factorOf(const Constraint &constraint, const std::string &name) {
  auto found = constraint.factors.find(name);
  return found == constraint.factors.end() ? 0 : found->second;
}

// Where outer and inner are the two digits of one number x = c*outer + inner, 0 <= inner < c, and nothing else is said
// of them: the same set over x, which takes the place of `outer`, and as many points. So splits leave formulas as they
// were.
//   f*(c*outer + inner) + r >= 0  is  f*x + r >= 0
//     outer + r >= 0              is    x + c*r >= 0
//    -outer + r >= 0              is   -x + c*r + c - 1 >= 0
std::optional<isl::basic_set> joinDigits(const isl::basic_set &set, const std::string &outer,
                                         const std::string &inner) {
  const std::vector<Constraint> constraints = constraintsOf(set);
  int64_t c = 0;
  bool isFromZero = false;
  for (const Constraint &constraint : constraints)
    if (constraint.factors.size() == 1 && std::abs(factorOf(constraint, inner)) == 1) {
      isFromZero = isFromZero || (factorOf(constraint, inner) == 1 && constraint.constant == 0);
      if (factorOf(constraint, inner) == -1)
        c = constraint.constant + 1;
    }
  if (!isFromZero || c < 1)
    return std::nullopt;
  std::vector<Constraint> kept = {{{{inner, 1}}, 0}, {{{inner, -1}}, c - 1}}, joined;
  for (Constraint constraint : constraints) {
    const int64_t f = factorOf(constraint, outer), g = factorOf(constraint, inner);
    if (f == c * g) {
      kept.push_back(constraint);
      constraint.factors.erase(outer);
      constraint.factors.erase(inner);
      if (g != 0)
        constraint.factors[outer] = g;
    } else if (g == 0 && std::abs(f) == 1) {
      kept.push_back(constraint);
      for (auto &[name, factor] : constraint.factors)
        factor *= name == outer ? 1 : c;
      constraint.constant = constraint.constant * c + (f < 0 ? c - 1 : 0);
    } else {
      continue; // a bound of `inner`, or one that must follow from the others
    }
    joined.push_back(constraint);
  }
  if (!setOf(set.ctx(), kept).is_equal(set.to_set()))
    return std::nullopt;
  std::optional<isl::basic_set> result;
  const isl::set all = setOf(set.ctx(), joined);
  if (all.n_basic_set() == 1)
    all.foreach_basic_set([&](const isl::basic_set &only) { result = only; });
  return result;
}

// Counts by summing 1 over the names, the last one first. The set is kept as a union of basic sets; the summand belongs
// to one of them.
class SymbolicCounter {
public:
  SymbolicCounter(poly::Names names, int maxPieces) : names_(std::move(names)), pieces_(maxPieces) {}

  bool add(const isl::set &set, const Polynomial &summand, size_t open) {
    bool ok = true;
    const isl::set disjoint = isl::manage(isl_set_make_disjoint(isl_set_coalesce(set.copy())));
    disjoint.foreach_basic_set([&](const isl::basic_set &piece) { ok = ok && addPiece(piece, summand, open); });
    return ok;
  }
  QuasiPolynomial take() { return std::move(result_); }

private:
  // open: names_[0 .. open) are still to be summed over.
  bool addPiece(isl::basic_set piece, const Polynomial &summand, size_t open) {
    if (--pieces_ < 0)
      return false;
    if (piece.is_empty())
      return true;
    if (open == names_.size())
      open -= joinAllDigits(piece);
    if (open == 0) {
      result_.pieces.push_back({piece.to_set(), summand});
      return true;
    }
    if (isl_basic_set_dim(piece.get(), isl_dim_div) != 0 && dividesNames(piece))
      return false;
    const std::string &name = names_[open - 1];
    std::vector<Constraint> lower, upper;
    for (const Constraint &constraint : constraintsOf(isl::manage(isl_basic_set_remove_divs(piece.copy())))) {
      auto found = constraint.factors.find(name);
      if (found != constraint.factors.end())
        (found->second > 0 ? lower : upper).push_back(constraint);
    }
    if (lower.empty() || upper.empty())
      return false;
    // The piece falls into one part for each pair of the bound that is the tightest below, and above.
    for (size_t l = 0; l < lower.size(); ++l)
      for (size_t u = 0; u < upper.size(); ++u) {
        const std::optional<isl::set> part = partWith(piece.to_set(), name, lower, l, upper, u);
        if (!part)
          return false;
        if (part->is_empty())
          continue;
        const std::optional<Polynomial> first = bound(lower[l], name), last = bound(upper[u], name);
        if (!first || !last)
          return false;
        // projected : the values of the other names for which there is a value of `name`
        if (!add(poly::projectOut(*part, {name}), sumOver(summand, name, *first, *last), open - 1))
          return false;
      }
    return true;
  }

  // Joins the digits among the names of a piece. The names that are gone stand behind the others then; how many they
  // are.
  size_t joinAllDigits(isl::basic_set &piece) {
    size_t left = names_.size();
    auto joinTwo = [&] {
      for (size_t inner = 0; inner < left; ++inner)
        for (size_t outer = 0; outer < left; ++outer)
          if (inner != outer)
            if (const std::optional<isl::basic_set> joined = joinDigits(piece, names_[outer], names_[inner])) {
              piece = *joined;
              std::rotate(names_.begin() + static_cast<std::ptrdiff_t>(inner),
                          names_.begin() + static_cast<std::ptrdiff_t>(inner) + 1, names_.end());
              --left;
              return true;
            }
      return false;
    };
    while (isl_basic_set_dim(piece.get(), isl_dim_div) == 0 && joinTwo()) {
    }
    return names_.size() - left;
  }

  // A quantified variable of the piece that involves one of the names: the points are every s-th one only.
  bool dividesNames(const isl::basic_set &piece) const {
    const isl::set plain = isl::manage(isl_basic_set_remove_divs(piece.copy())).to_set();
    // plain and what the parameters alone say is the piece exactly where no name is divided
    isl::set params = poly::projectOut(piece.to_set(), names_);
    return !piece.to_set().is_equal(plain.intersect(params));
  }

  // The part of `set` on which lower[l] and upper[u] are the tightest bounds, the first such where several are.
  // Bound a is tighter than b where a's rounded value is further in; both are compared as fractions, which agree with
  // rounded values as far as the order goes only where both factors are 1, or the bounds are free of the names.
  std::optional<isl::set> partWith(const isl::set &set, const std::string &name, const std::vector<Constraint> &lower,
                                   size_t l, const std::vector<Constraint> &upper, size_t u) const {
    isl::set part = set;
    for (auto [bounds, chosen, sign] : {std::tuple(&lower, l, 1), std::tuple(&upper, u, -1)})
      for (size_t other = 0; other < bounds->size(); ++other) {
        if (other == chosen)
          continue;
        const isl::pw_aff mine = roundedBound(set.ctx(), (*bounds)[chosen], name),
                          its = roundedBound(set.ctx(), (*bounds)[other], name);
        const bool isStrict = other < chosen;
        part = part.intersect(sign > 0 ? (isStrict ? mine.gt_set(its) : mine.ge_set(its))
                                       : (isStrict ? mine.lt_set(its) : mine.le_set(its)));
      }
    return part;
  }

  // c*x + rest >= 0 : x >= ceil(-rest/c), or for c < 0 : x <= floor(rest/-c)
  static isl::pw_aff roundedBound(const isl::ctx &ctx, const Constraint &constraint, const std::string &name) {
    const int64_t factor = constraint.factors.at(name), sign = factor > 0 ? -1 : 1;
    isl::pw_aff rest = poly::constantAff(ctx, sign * constraint.constant);
    for (const auto &[other, value] : constraint.factors)
      if (other != name)
        rest = rest.add(poly::paramAff(ctx, other).scale(isl::val(ctx, static_cast<long>(sign * value))));
    const isl::pw_aff quotient = rest.scale_down(isl::val(ctx, static_cast<long>(factor > 0 ? factor : -factor)));
    return factor > 0 ? quotient.ceil() : quotient.floor();
  }

  // The same as a polynomial. Divided bounds become a floor, if they are free of the names.
  std::optional<Polynomial> bound(const Constraint &constraint, const std::string &name) {
    const int64_t factor = constraint.factors.at(name), sign = factor > 0 ? -1 : 1,
                  divisor = factor > 0 ? factor : -factor;
    QuasiPolynomial::Floor floor{{}, sign * constraint.constant, divisor};
    Polynomial rest(floor.constant);
    bool isFree = true;
    for (const auto &[other, value] : constraint.factors)
      if (other != name) {
        floor.factors[other] = sign * value;
        rest = rest + Polynomial(sign * value) * Polynomial::variable(other);
        isFree = isFree && std::find(names_.begin(), names_.end(), other) == names_.end();
      }
    if (divisor == 1)
      return rest;
    // The multiples of the divisor come out of the floor: floor((d*x + y)/d) = x + floor(y/d).
    if (factor > 0)
      floor.constant += divisor - 1; // ceil(a/d) = floor((a + d - 1)/d)
    Polynomial whole(floorDiv(floor.constant, divisor));
    floor.constant -= floorDiv(floor.constant, divisor) * divisor;
    for (auto it = floor.factors.begin(); it != floor.factors.end();) {
      const bool isMultiple = it->second % divisor == 0;
      if (isMultiple)
        whole = whole + Polynomial(it->second / divisor) * Polynomial::variable(it->first);
      it = isMultiple ? floor.factors.erase(it) : std::next(it);
    }
    if (floor.factors.empty())
      return whole;
    for (const auto &[other, value] : floor.factors)
      if (std::find(names_.begin(), names_.end(), other) != names_.end())
        return std::nullopt;
    return whole + Polynomial::variable(nameOf(floor));
  }

  std::string nameOf(const QuasiPolynomial::Floor &floor) {
    Polynomial inside(floor.constant);
    for (const auto &[name, factor] : floor.factors)
      inside = inside + Polynomial(factor) * Polynomial::variable(name);
    const std::string text = inside.text();
    const bool isPlain = inside.terms().size() == 1;
    const std::string name =
        "floor(" + (isPlain ? text : "(" + text + ")") + "/" + std::to_string(floor.denominator) + ")";
    result_.floors[name] = floor;
    return name;
  }

  poly::Names names_;
  int pieces_;
  QuasiPolynomial result_;
};

std::string conditionText(const isl::set &condition) {
  std::ostringstream stream;
  stream << condition;
  std::string text = stream.str();
  const size_t colon = text.find(" : "), end = text.rfind(" }");
  return colon == std::string::npos || end == std::string::npos || end < colon
             ? text
             : text.substr(colon + 3, end - colon - 3);
}

} // namespace

std::optional<QuasiPolynomial> symbolicCount(const isl::set &set, const poly::Names &names, int maxPieces) {
  constexpr unsigned long operations = 2'000'000;
  std::optional<std::optional<QuasiPolynomial>> result =
      poly::withinBudget(set.ctx(), operations, [&]() -> std::optional<QuasiPolynomial> {
        SymbolicCounter counter(names, maxPieces);
        if (!counter.add(set, Polynomial(1), names.size()))
          return std::nullopt;
        QuasiPolynomial all = counter.take(), merged;
        merged.floors = all.floors;
        addMultiple(merged, all, 1);
        return merged;
      });
  return result ? *result : std::nullopt;
}

void addMultiple(QuasiPolynomial &a, const QuasiPolynomial &b, int64_t factor) {
  a.floors.insert(b.floors.begin(), b.floors.end());
  for (const QuasiPolynomial::Piece &piece : b.pieces) {
    auto same = std::find_if(a.pieces.begin(), a.pieces.end(), [&](const QuasiPolynomial::Piece &other) {
      return other.condition.is_equal(piece.condition);
    });
    if (same == a.pieces.end())
      a.pieces.push_back({piece.condition, Polynomial(factor) * piece.count});
    else
      same->count = same->count + Polynomial(factor) * piece.count;
  }
  std::erase_if(a.pieces, [](const QuasiPolynomial::Piece &piece) { return piece.count.isZero(); });
}

namespace {

// p with the parameter `name` fixed, also inside floors of it alone; nothing where a floor mixes it with others.
std::optional<Polynomial> fixed(const QuasiPolynomial &all, Polynomial p, const std::string &name, int64_t value) {
  for (const std::string &variable : p.variables()) {
    auto floor = all.floors.find(variable);
    if (floor == all.floors.end() || !floor->second.factors.count(name))
      continue;
    if (floor->second.factors.size() > 1)
      return std::nullopt;
    const int64_t total = floor->second.factors.at(name) * value + floor->second.constant;
    p = substitute(p, variable, Polynomial(floorDiv(total, floor->second.denominator)));
  }
  return substitute(p, name, Polynomial(value));
}

// A condition n >= 16 is not needed where the count is 0 for all smaller n that the context allows.
isl::set widened(const QuasiPolynomial &all, const QuasiPolynomial::Piece &piece, const isl::set &context) {
  constexpr int64_t mostValues = 256;
  isl::set condition = piece.condition;
  for (const std::string &name : poly::involvedNames(condition)) {
    const isl::pw_aff param = poly::paramAff(condition.ctx(), name);
    const std::optional<int64_t> lowest = poly::constantMin(param, context),
                                 first = poly::constantMin(param, condition.intersect(context));
    if (!lowest || !first || *first <= *lowest || *first - *lowest > mostValues)
      continue;
    bool isZero = true;
    for (int64_t value = *lowest; value < *first && isZero; ++value) {
      const std::optional<Polynomial> p = fixed(all, piece.count, name, value);
      isZero = p && p->isZero();
    }
    if (isZero)
      condition = condition
                      .unite(poly::projectOut(condition, {name})
                                 .intersect(param.ge_set(poly::constantAff(condition.ctx(), *lowest)))
                                 .intersect(param.lt_set(poly::constantAff(condition.ctx(), *first))))
                      .coalesce();
  }
  return condition;
}

} // namespace

std::string QuasiPolynomial::text(const isl::set &context) const {
  QuasiPolynomial simple;
  for (const Piece &piece : pieces) {
    const isl::set within = piece.condition.intersect(context);
    if (!within.is_empty())
      addMultiple(simple, {{{widened(*this, piece, context).intersect(context), piece.count}}, {}}, 1);
  }
  std::string text;
  for (const Piece &piece : simple.pieces) {
    const bool isAlways = context.is_subset(piece.condition);
    text += (text.empty() ? "" : "; + ") + piece.count.text() +
            (isAlways ? "" : " if " + conditionText(piece.condition.gist(context)));
  }
  return text.empty() ? "0" : text;
}

std::optional<int64_t> QuasiPolynomial::at(const Sizes &sizes) const {
  std::map<std::string, int64_t> values(sizes);
  for (const auto &[name, floor] : floors) {
    int64_t total = floor.constant;
    for (const auto &[param, factor] : floor.factors) {
      auto value = sizes.find(param);
      if (value == sizes.end())
        return std::nullopt;
      total += factor * value->second;
    }
    values[name] = floorDiv(total, floor.denominator);
  }
  Rational total = 0;
  for (const Piece &piece : pieces) {
    const isl::set rest = fixParams(piece.condition, sizes);
    for (const std::string &name : poly::involvedNames(rest))
      if (!sizes.count(name))
        return std::nullopt;
    if (rest.is_empty())
      continue;
    for (const auto &[monomial, factor] : piece.count.terms()) {
      Rational term = factor;
      for (const auto &[name, power] : monomial) {
        auto value = values.find(name);
        if (value == values.end())
          return std::nullopt;
        for (unsigned i = 0; i < power; ++i)
          term = term * Rational(value->second);
      }
      total = total + term;
    }
  }
  return total.integer();
}

} // namespace loopy
