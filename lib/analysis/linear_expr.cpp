// Between linear forms and expressions.
#include "loopy/analysis/linear.h"

namespace loopy {
namespace {

std::optional<int64_t> literal(Expr e) {
  const Constant *c = e.as<Constant>();
  const int64_t *value = c ? std::get_if<int64_t>(&c->value) : nullptr;
  return value && e.type().isInteger() ? std::optional(*value) : std::nullopt;
}

bool fitsIndex(int64_t value) { return value >= INT32_MIN && value <= INT32_MAX; }

Expr constantOf(Context &context, int64_t value) {
  return context.constant(value, fitsIndex(value) ? indexType : int64Type);
}

} // namespace

// ------------------------------------------------------------------------------------------------- expression -> form

std::optional<Linear> Terms::affineOf(Expr e) { return parse(e, nullptr); }
Linear Terms::formOf(Expr e, Signs &signs) { return *parse(e, &signs); }

Linear Terms::formOf(Expr e) {
  Signs signs;
  return formOf(e, signs);
}

std::optional<Linear> Terms::parse(Expr e, Signs *signs) {
  if (!e.type().isInteger() || e.type().isVector())
    return opaque(e, signs);
  if (auto value = literal(e))
    return withConstant({}, *value);
  if (auto *param = e.as<ParamRef>())
    return termTimes(ofName(param->name), 1);
  if (auto *iname = e.as<InameRef>())
    return termTimes(ofName(iname->name), 1);
  if (e.is<Load>())
    for (const auto &[load, term] : loads_)
      if (equal(load, e))
        return termTimes(term, 1);
  if (e.type().isUnsigned()) // may wrap around
    return opaque(e, signs);
  if (auto *unary = e.as<Unary>(); unary && unary->op == UnaryOp::Neg) {
    auto operand = parse(unary->operand, signs);
    return operand ? std::optional(scaled(*operand, -1)) : std::nullopt;
  }
  if (auto *cast = e.as<Cast>()) {
    Type from = cast->operand.type();
    if (from.isInteger() && from.isSigned() == e.type().isSigned() && from.sizeInBytes() <= e.type().sizeInBytes())
      return parse(cast->operand, signs);
  }
  if (auto *call = e.as<CallExpr>();
      call && call->args.size() == 2 && (call->function == "quot" || call->function == "rem"))
    if (auto result = parseDivision(call->args[0], call->args[1], call->function == "quot", true, signs))
      return result;
  if (auto *binary = e.as<Binary>())
    if (auto result = parseBinary(*binary, signs))
      return result;
  return opaque(e, signs);
}

std::optional<Linear> Terms::parseBinary(const Binary &b, Signs *signs) {
  if (b.op == BinaryOp::FloorDiv || b.op == BinaryOp::Mod)
    return parseDivision(b.lhs, b.rhs, b.op == BinaryOp::FloorDiv, false, signs);
  bool isHandled = b.op == BinaryOp::Add || b.op == BinaryOp::Sub || b.op == BinaryOp::Mul || b.op == BinaryOp::Min ||
                   b.op == BinaryOp::Max;
  auto l = isHandled ? parse(b.lhs, signs) : std::nullopt;
  auto r = l ? parse(b.rhs, signs) : std::nullopt;
  if (!l || !r)
    return std::nullopt;
  if (b.op == BinaryOp::Add)
    return plus(*l, *r);
  if (b.op == BinaryOp::Sub)
    return minus(*l, *r);
  if (b.op == BinaryOp::Mul) {
    if (l->isConstant())
      return scaled(*r, l->constant);
    return r->isConstant() ? std::optional(scaled(*l, r->constant)) : std::nullopt;
  }
  const Interval difference = rangeOf(minus(*l, *r));
  if (difference.high && *difference.high <= 0)
    return b.op == BinaryOp::Min ? l : r;
  if (difference.low && *difference.low >= 0)
    return b.op == BinaryOp::Min ? r : l;
  return std::nullopt;
}

// Of a constant, and of a constant and a multiple of a remainder e - d*floor(e/d), which is in [0, d - 1].
Interval Terms::rangeOf(const Linear &form) const {
  if (form.isConstant())
    return {form.constant, form.constant};
  for (auto [term, c] : form.terms) {
    const Floor *f = floor(term);
    if (!f || c % f->denominator != 0)
      continue;
    const int64_t factor = -c / f->denominator;
    const Linear rest = minus(form, plus(scaled(f->numerator, factor), termTimes(term, c)));
    if (!rest.isConstant())
      continue;
    const int64_t end = rest.constant + factor * (f->denominator - 1);
    return {std::min(rest.constant, end), std::max(rest.constant, end)};
  }
  return {};
}

std::optional<Linear> Terms::parseDivision(Expr numerator, Expr denominator, bool isQuotient, bool isTruncating,
                                           Signs *signs) {
  auto d = literal(denominator);
  auto form = d && *d > 0 ? parse(numerator, signs) : std::nullopt;
  if (!form)
    return std::nullopt;
  Linear quotient = floorOf(*form, *d);
  // The numerator left inside the floor is at least the one that was known not to be negative.
  if (isTruncating && signs && quotient.constant <= 0 && quotient.terms.size() == 1)
    if (const Floor *f = floor(quotient.terms[0].first); f && quotient.terms[0].second == 1)
      signs->seen.insert(f->numerator);
  return isQuotient ? quotient : plus(*form, quotient, -*d);
}

// x ^ y, where that is a constant or one of both: subscripts of unrolled loops.
std::optional<Expr> Terms::exclusiveOr(Expr e, const std::vector<Expr> &operands) {
  auto *binary = e.as<Binary>();
  if (!binary || binary->op != BinaryOp::BitXor || !e.type().isInteger() || e.type().isVector())
    return std::nullopt;
  const std::optional<int64_t> x = literal(operands[0]), y = literal(operands[1]);
  if (x && y && *x >= 0 && *y >= 0)
    return context_.constant(*x ^ *y, e.type());
  if (x == 0)
    return operands[1];
  return y == 0 ? std::optional(operands[0]) : std::nullopt;
}

std::optional<Linear> Terms::opaque(Expr e, Signs *signs) {
  if (!signs)
    return std::nullopt;
  std::vector<Expr> simple;
  for (Expr child : children(e))
    simple.push_back(simplified(*this, child, *signs));
  if (auto value = exclusiveOr(e, simple))
    return formOf(*value, *signs);
  return termTimes(ofOpaque(withChildren(context_, e, simple)), 1);
}

Expr simplified(Terms &terms, Expr e, const NonNegative &nonNegative) {
  Signs signs{nonNegative, {}};
  return simplified(terms, e, signs);
}

Expr simplified(Terms &terms, Expr e, Signs &signs) {
  Context &context = terms.context();
  if (e.type().isInteger() && !e.type().isVector()) {
    Linear form = terms.formOf(e, signs);
    return context.cast(e.type(), terms.expr(form, signs));
  }
  std::vector<Expr> simple;
  for (Expr child : children(e))
    simple.push_back(simplified(terms, child, signs));
  return withChildren(context, e, simple);
}

// The operands of nested minima or maxima, each with the constants that were added to the whole.
std::optional<std::vector<Linear>> Terms::partsOf(Expr e, BinaryOp op) {
  auto *b = e.as<Binary>();
  if (b && b->op == op) {
    auto left = partsOf(b->lhs, op), right = partsOf(b->rhs, op);
    if (!left || !right)
      return std::nullopt;
    left->insert(left->end(), right->begin(), right->end());
    return left;
  }
  if (b && (b->op == BinaryOp::Add || b->op == BinaryOp::Sub))
    if (auto shift = literal(b->rhs)) {
      auto parts = partsOf(b->lhs, op);
      if (parts)
        for (Linear &part : *parts)
          part = withConstant(part, b->op == BinaryOp::Add ? *shift : -*shift);
      return parts;
    }
  auto form = affineOf(e);
  return form ? std::optional(std::vector{*form}) : std::nullopt;
}

std::optional<std::vector<Constraint>> Terms::constraintsOf(Expr condition) {
  if (auto *logical = condition.as<Logical>(); logical && logical->op == LogicalOp::And) {
    auto left = constraintsOf(logical->lhs), right = constraintsOf(logical->rhs);
    if (!left || !right)
      return std::nullopt;
    left->insert(left->end(), right->begin(), right->end());
    return left;
  }
  auto *compare = condition.as<Compare>();
  if (!compare || compare->op == CompareOp::Ne)
    return std::nullopt;
  if (compare->op == CompareOp::Eq) {
    auto l = affineOf(compare->lhs), r = affineOf(compare->rhs);
    if (!l || !r)
      return std::nullopt;
    return std::vector{normalized({minus(*l, *r), true})};
  }
  bool isLess = compare->op == CompareOp::Lt || compare->op == CompareOp::Le;
  bool isStrict = compare->op == CompareOp::Lt || compare->op == CompareOp::Gt;
  auto smaller = partsOf(isLess ? compare->lhs : compare->rhs, BinaryOp::Max);
  auto larger = partsOf(isLess ? compare->rhs : compare->lhs, BinaryOp::Min);
  if (!smaller || !larger)
    return std::nullopt;
  std::vector<Constraint> result;
  for (const Linear &s : *smaller)
    for (const Linear &l : *larger)
      result.push_back(normalized({withConstant(minus(l, s), isStrict ? -1 : 0), false}));
  return result;
}

// The operands of nested minima or maxima, constants added to the whole added to each.
std::vector<Expr> Terms::operandsOf(Expr e, BinaryOp op) {
  auto *b = e.as<Binary>();
  if (b && b->op == op) {
    std::vector<Expr> left = operandsOf(b->lhs, op), right = operandsOf(b->rhs, op);
    left.insert(left.end(), right.begin(), right.end());
    return left;
  }
  if (!b || (b->op != BinaryOp::Add && b->op != BinaryOp::Sub) || !literal(b->rhs))
    return {e};
  std::vector<Expr> operands = operandsOf(b->lhs, op);
  for (Expr &operand : operands)
    operand = context_.binary(b->op, operand, b->rhs);
  return operands;
}

std::optional<std::vector<std::vector<Constraint>>> Terms::alternativesOf(Expr condition) {
  std::vector<Expr> cases;
  if (auto *logical = condition.as<Logical>(); logical && logical->op == LogicalOp::Or) {
    cases = {logical->lhs, logical->rhs};
  } else if (auto *compare = condition.as<Compare>();
             compare && compare->op != CompareOp::Eq && compare->op != CompareOp::Ne) {
    bool isLess = compare->op == CompareOp::Lt || compare->op == CompareOp::Le;
    for (Expr l : operandsOf(compare->lhs, isLess ? BinaryOp::Min : BinaryOp::Max))
      for (Expr r : operandsOf(compare->rhs, isLess ? BinaryOp::Max : BinaryOp::Min))
        cases.push_back(context_.compare(compare->op, l, r));
  }
  std::vector<std::vector<Constraint>> result;
  for (Expr one : cases) {
    if (auto *logical = one.as<Logical>(); logical && logical->op == LogicalOp::Or) {
      auto inner = alternativesOf(one);
      if (!inner)
        return std::nullopt;
      result.insert(result.end(), inner->begin(), inner->end());
      continue;
    }
    auto constraints = constraintsOf(one);
    if (!constraints)
      return std::nullopt;
    result.push_back(std::move(*constraints));
  }
  return result.empty() ? std::nullopt : std::optional(std::move(result));
}

// ------------------------------------------------------------------------------------------------- form -> expression

Expr Terms::divided(Floor floor, bool isQuotient, const NonNegative &nonNegative) {
  if (!isQuotient && nonNegative && !nonNegative(floor.numerator)) {
    // isl writes 16*p mod 18 as -2*p mod 18: both are the same, but the target's own remainder can have the first only.
    Linear positive = floor.numerator;
    for (auto &[term, c] : positive.terms)
      c += c < 0 ? floor.denominator : 0;
    if (nonNegative(positive))
      floor.numerator = positive;
  }
  Expr numerator = expr(floor.numerator, nonNegative), denominator = constantOf(context_, floor.denominator);
  if (nonNegative && nonNegative(floor.numerator))
    return context_.call(isQuotient ? "quot" : "rem", {numerator, context_.cast(numerator.type(), denominator)},
                         numerator.type());
  return context_.binary(isQuotient ? BinaryOp::FloorDiv : BinaryOp::Mod, numerator, denominator);
}

Expr Terms::exprOf(Term term, const NonNegative &nonNegative) {
  const Entry entry = entries_[term];
  if (entry.printed)
    return entry.printed;
  return entry.opaque ? entry.opaque : divided(entry.floor, true, nonNegative);
}

std::vector<Terms::Printed> Terms::printed(Linear form, const NonNegative &nonNegative) {
  std::vector<Printed> result;
  // m*(e - d*floor(e/d)) is m*(e mod d), where that makes the form shorter. Later floors contain earlier ones.
  std::vector<Term> candidates;
  for (auto [term, c] : form.terms)
    if (floor(term))
      candidates.insert(candidates.begin(), term);
  for (Term term : candidates) {
    const Floor f = *floor(term);
    int64_t c = form.coefficient(term);
    if (c == 0 || c % f.denominator != 0)
      continue;
    int64_t factor = -c / f.denominator;
    Linear rest = minus(form, plus(scaled(f.numerator, factor), termTimes(term, c)));
    if (rest.terms.size() + f.numerator.terms.size() + 1 != form.terms.size())
      continue;
    result.push_back({factor, divided(f, false, nonNegative), 1});
    form = rest;
  }
  for (auto [term, c] : form.terms)
    result.push_back({c, exprOf(term, nonNegative), name(term) ? 2 : floor(term) ? 1 : 0});
  std::stable_sort(result.begin(), result.end(), [](const Printed &a, const Printed &b) {
    if ((a.rank == 0) != (b.rank == 0))
      return a.rank == 0;
    return std::abs(a.coefficient) > std::abs(b.coefficient);
  });
  result.push_back({form.constant, Expr(), 3});
  return result;
}

// The sum of the terms whose coefficient has the sign `sign`, times `sign`, and a constant; null if there is nothing.
Expr Terms::sumOf(const std::vector<Printed> &terms, int sign, int64_t constant) {
  Expr sum;
  for (const Printed &term : terms) {
    if (!term.expr || (term.coefficient > 0) != (sign > 0))
      continue;
    int64_t magnitude = std::abs(term.coefficient);
    Expr product =
        magnitude == 1 ? term.expr : context_.binary(BinaryOp::Mul, constantOf(context_, magnitude), term.expr);
    sum = sum ? context_.add(sum, product) : product;
  }
  if (constant == 0)
    return sum;
  if (!sum)
    return constantOf(context_, constant);
  return constant > 0 ? context_.add(sum, constantOf(context_, constant))
                      : context_.sub(sum, constantOf(context_, -constant));
}

Expr Terms::expr(const Linear &form, const NonNegative &nonNegative) {
  std::vector<Printed> terms = printed(form, nonNegative);
  int64_t constant = terms.back().coefficient;
  terms.pop_back();
  Expr sum = sumOf(terms, 1, 0);
  bool isConstantUsed = !sum;
  if (isConstantUsed)
    sum = constantOf(context_, constant);
  for (const Printed &term : terms) {
    if (term.coefficient > 0)
      continue;
    int64_t magnitude = std::abs(term.coefficient);
    Expr product =
        magnitude == 1 ? term.expr : context_.binary(BinaryOp::Mul, constantOf(context_, magnitude), term.expr);
    auto *zero = isConstantUsed && constant == 0 && &term == &terms.front() ? &term : nullptr;
    if (!zero)
      sum = context_.sub(sum, product);
    else
      sum = magnitude == 1 ? context_.unary(UnaryOp::Neg, product)
                           : context_.binary(BinaryOp::Mul, constantOf(context_, -magnitude), term.expr);
  }
  if (isConstantUsed || constant == 0)
    return sum;
  return constant > 0 ? context_.add(sum, constantOf(context_, constant))
                      : context_.sub(sum, constantOf(context_, -constant));
}

Expr Terms::expr(const Constraint &constraint, const NonNegative &nonNegative) {
  std::vector<Printed> terms = printed(constraint.form, nonNegative);
  int64_t c = terms.back().coefficient;
  terms.pop_back();
  Expr positive = sumOf(terms, 1, 0), negative = sumOf(terms, -1, 0);
  if (!positive && !negative)
    return context_.constant(constraint.isEquality ? c == 0 : c >= 0);
  if (constraint.isEquality) {
    Expr left = positive ? sumOf(terms, 1, negative ? std::max<int64_t>(c, 0) : 0) : sumOf(terms, -1, 0);
    Expr right = !positive   ? constantOf(context_, c)
                 : !negative ? constantOf(context_, -c)
                             : sumOf(terms, -1, std::max<int64_t>(-c, 0));
    return context_.compare(CompareOp::Eq, left, right);
  }
  if (!negative)
    return context_.compare(CompareOp::Ge, positive, constantOf(context_, -c));
  if (!positive)
    return context_.compare(CompareOp::Le, negative, constantOf(context_, c));
  if (c >= 0)
    return context_.compare(CompareOp::Le, negative, sumOf(terms, 1, c));
  return context_.compare(CompareOp::Lt, sumOf(terms, -1, -c - 1), positive);
}

} // namespace loopy
