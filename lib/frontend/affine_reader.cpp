#include "affine_reader.h"

#include "loopy/ir/constants.h"

#include <algorithm>
#include <cmath>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

namespace {

constexpr double largestCoefficient = 2147483648.0;
constexpr int mostDisjuncts = 64;
constexpr unsigned mostDivisions = 12; // in one alternative

isl::set compareSets(CompareOp op, const isl::pw_aff &a, const isl::pw_aff &b) {
  switch (op) {
  case CompareOp::Lt:
    return a.lt_set(b);
  case CompareOp::Le:
    return a.le_set(b);
  case CompareOp::Gt:
    return a.gt_set(b);
  case CompareOp::Ge:
    return a.ge_set(b);
  case CompareOp::Eq:
    return a.eq_set(b);
  case CompareOp::Ne:
    return a.ne_set(b);
  }
  throw InternalError("unknown comparison");
}

int disjuncts(const isl::set &set) { return isl_set_n_basic_set(set.get()); }

} // namespace

std::vector<const Term *> comparands(const Term &term) {
  return term.kind == Kind::Tuple ? term.args : std::vector<const Term *>{&term};
}

void requireSimple(const isl::set &set, Errors &errors, SourceRange range) {
  if (disjuncts(set) > mostDisjuncts)
    errors.fail(range, "The conditions here have too many alternatives.");
  bool simple = true;
  set.foreach_basic_set([&](const isl::basic_set &basic) {
    simple &= static_cast<unsigned>(isl_basic_set_dim(basic.get(), isl_dim_div)) <= mostDivisions;
  });
  if (!simple)
    errors.fail(range, "The conditions here have too many divisions, remainders and 'exists'.");
}

isl::set intersectSimple(const isl::set &a, const isl::set &b, Errors &errors, SourceRange range) {
  if (disjuncts(a) * disjuncts(b) > 4 * mostDisjuncts)
    errors.fail(range, "The conditions here have too many alternatives.");
  isl::set result = a.intersect(b);
  requireSimple(result, errors, range);
  return result;
}

// Negations are pushed down to the comparisons: complements of whole sets are where isl's time explodes.
isl::set AffineReader::condition(const Term &term, bool negated) {
  switch (term.kind) {
  case Kind::Bool:
    return (term.intValue != 0) != negated ? poly::universe(ctx_) : poly::emptySet(ctx_);
  case Kind::And:
  case Kind::Or:
    return join(term, condition(*term.args[0], negated), condition(*term.args[1], negated),
                (term.kind == Kind::And) != negated);
  case Kind::Not:
    return condition(*term.args[0], !negated);
  case Kind::Compare:
    return chain(term, negated);
  case Kind::Exists:
    return negated ? exists(term).complement() : exists(term);
  case Kind::Int:
  case Kind::Float:
  case Kind::Name:
  case Kind::Subscript:
  case Kind::Call:
  case Kind::Segmented:
  case Kind::Unary:
  case Kind::Binary:
  case Kind::Conditional:
  case Kind::Cast:
  case Kind::Tuple:
  case Kind::SubArray:
    break;
  }
  errors_.fail(term.range, "Expected a condition, such as 0 <= i < n; this is a value.");
}

isl::set AffineReader::join(const Term &term, const isl::set &a, const isl::set &b, bool conjunction) {
  isl::set result = conjunction ? intersectSimple(a, b, errors_, term.range) : a.unite(b);
  requireSimple(result, errors_, term.range);
  return result;
}

isl::set AffineReader::comparison(CompareOp op, const Term &lhs, const Term &rhs) {
  return compareSets(op, value(lhs).aff, value(rhs).aff);
}

isl::set AffineReader::chain(const Term &term, bool negated) {
  isl::set result = negated ? poly::emptySet(ctx_) : poly::universe(ctx_);
  for (size_t i = 0; i < term.comparisons.size(); ++i)
    for (const Term *lhs : comparands(*term.args[i]))
      for (const Term *rhs : comparands(*term.args[i + 1])) {
        CompareOp op = negated ? loopy::negated(term.comparisons[i]) : term.comparisons[i];
        result = join(term, result, comparison(op, *lhs, *rhs), !negated);
      }
  return result;
}

isl::set AffineReader::exists(const Term &term) {
  poly::Names names;
  for (const std::string &name : term.names) {
    names.push_back("$" + std::to_string(boundCount_++));
    bound_[name].push_back(names.back());
  }
  isl::set inner = condition(*term.args[0]);
  for (const std::string &name : term.names)
    bound_[name].pop_back();
  return poly::projectOut(inner, names);
}

// --------------------------------------------------------------------------------------------------------- values
AffineReader::Value AffineReader::checked(const Term &term, Value value) {
  if (!(value.size < largestCoefficient))
    errors_.fail(term.range, "The numbers in a condition on inames must stay below 2**31.");
  return value;
}

AffineReader::Value AffineReader::value(const Term &term) {
  switch (term.kind) {
  case Kind::Int:
    if (std::abs(static_cast<double>(term.intValue)) >= largestCoefficient)
      errors_.fail(term.range, "The numbers in a condition on inames must stay below 2**31.");
    return {poly::constantAff(ctx_, term.intValue), std::abs(static_cast<double>(term.intValue)), term.intValue};
  case Kind::Name:
  case Kind::Subscript:
    return named(term);
  case Kind::Unary:
    if (term.unaryOp == UnaryOp::Neg) {
      Value v = value(*term.args[0]);
      return {v.aff.neg(), v.size, v.constant ? std::optional(-*v.constant) : std::nullopt};
    }
    break;
  case Kind::Binary:
    return binary(term);
  case Kind::Call:
    return call(term);
  case Kind::Float:
  case Kind::Bool:
  case Kind::Segmented:
  case Kind::Compare:
  case Kind::And:
  case Kind::Or:
  case Kind::Not:
  case Kind::Conditional:
  case Kind::Cast:
  case Kind::Tuple:
  case Kind::SubArray:
  case Kind::Exists:
    break;
  }
  errors_.fail(term.range, "Conditions on inames compare integer expressions that are affine: sums, multiples by "
                           "numbers, // and % by numbers, min and max.");
}

AffineReader::Value AffineReader::named(const Term &term) {
  if (term.kind == Kind::Name)
    if (auto found = bound_.find(term.text); found != bound_.end() && !found->second.empty())
      return {poly::paramAff(ctx_, found->second.back()), 1, std::nullopt};
  return {poly::paramAff(ctx_, resolve_(term)), 1, std::nullopt};
}

AffineReader::Value AffineReader::binary(const Term &term) {
  const Term &lhs = *term.args[0], &rhs = *term.args[1];
  if (term.binaryOp == BinaryOp::FloorDiv || term.binaryOp == BinaryOp::Mod)
    return quotient(term, lhs, rhs, term.binaryOp);
  if (term.binaryOp == BinaryOp::Div)
    errors_.fail(term.range, "'/' does not say how to round. Write '//' for the floor of a quotient.");
  Value a = value(lhs), b = value(rhs);
  auto fold = [&](auto op) {
    return a.constant && b.constant ? std::optional<int64_t>(op(*a.constant, *b.constant)) : std::nullopt;
  };
  switch (term.binaryOp) {
  case BinaryOp::Add:
    return checked(term, {a.aff.add(b.aff), a.size + b.size, fold(std::plus<int64_t>())});
  case BinaryOp::Sub:
    return checked(term, {a.aff.sub(b.aff), a.size + b.size, fold(std::minus<int64_t>())});
  case BinaryOp::Mul:
    return product(term, a, b);
  case BinaryOp::Div:
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
  case BinaryOp::Pow:
  case BinaryOp::BitAnd:
  case BinaryOp::BitOr:
  case BinaryOp::BitXor:
  case BinaryOp::Shl:
  case BinaryOp::Shr:
  case BinaryOp::Min:
  case BinaryOp::Max:
    break;
  }
  errors_.fail(term.range, std::string("'") + spelling(term.binaryOp) +
                               "' is not affine, so it cannot stand in a "
                               "condition on inames.");
}

AffineReader::Value AffineReader::product(const Term &term, const Value &a, const Value &b) {
  if (!a.constant && !b.constant)
    errors_.fail(term.range, "A condition on inames must be affine: one factor of a product must be a number.");
  const Value &factor = a.constant ? a : b, &other = a.constant ? b : a;
  std::optional<int64_t> constant;
  Value sized = checked(term, {other.aff, a.size * b.size, std::nullopt});
  if (other.constant)
    constant = *factor.constant * *other.constant;
  return {other.aff.scale(isl::val(ctx_, static_cast<long>(*factor.constant))), sized.size, constant};
}

// floor(dividend / divisor), or the remainder that goes with it
AffineReader::Value AffineReader::quotient(const Term &term, const Term &dividend, const Term &divisor, BinaryOp op) {
  Value a = value(dividend), b = value(divisor);
  if (!b.constant || *b.constant <= 0)
    errors_.fail(divisor.range, "The divisor in a condition on inames must be a positive number.");
  isl::val d(ctx_, static_cast<long>(*b.constant));
  Value result{op == BinaryOp::Mod ? a.aff.mod(d) : a.aff.scale_down(d).floor(), a.size + b.size, std::nullopt};
  if (a.constant) {
    int64_t remainder = *a.constant % *b.constant;
    remainder += remainder < 0 ? *b.constant : 0;
    result.constant = op == BinaryOp::Mod ? remainder : (*a.constant - remainder) / *b.constant;
  }
  return checked(term, result);
}

AffineReader::Value AffineReader::call(const Term &term) {
  const std::string &f = term.text;
  auto isQuotient = [&] {
    return term.args.size() == 1 && term.args[0]->kind == Kind::Binary && term.args[0]->binaryOp == BinaryOp::Div;
  };
  if (f == "floor" && isQuotient())
    return quotient(term, *term.args[0]->args[0], *term.args[0]->args[1], BinaryOp::FloorDiv);
  if (f == "ceil" && isQuotient()) {
    Value a = value(*term.args[0]->args[0]), b = value(*term.args[0]->args[1]);
    if (!b.constant || *b.constant <= 0)
      errors_.fail(term.args[0]->range, "The divisor in a condition on inames must be a positive number.");
    return checked(term,
                   {a.aff.scale_down(isl::val(ctx_, static_cast<long>(*b.constant))).ceil(), a.size + b.size, {}});
  }
  if ((f == "floord" || f == "mod") && term.args.size() == 2)
    return quotient(term, *term.args[0], *term.args[1], f == "mod" ? BinaryOp::Mod : BinaryOp::FloorDiv);
  bool isMin = f == "min" || f == "minimum", isMax = f == "max" || f == "maximum";
  if ((isMin || isMax) && term.args.size() == 2) {
    Value a = value(*term.args[0]), b = value(*term.args[1]);
    return {isMin ? a.aff.min(b.aff) : a.aff.max(b.aff), std::max(a.size, b.size), std::nullopt};
  }
  errors_.fail(term.nameRange, unknownName("function in conditions on inames", f,
                                           {"floor(a/c)", "ceil(a/c)", "min(a, b)", "max(a, b)"}));
}

} // namespace loopy
