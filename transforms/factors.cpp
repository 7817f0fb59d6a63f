#include "factors.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

bool isNumber(Expr e, double number) {
  const Constant *constant = e.as<Constant>();
  return constant && std::visit(Overloaded{[](bool) { return false; },
                                           [&](int64_t value) { return static_cast<double>(value) == number; },
                                           [&](double value) { return value == number; },
                                           [&](const std::complex<double> &value) { return value == number; }},
                                constant->value);
}

const Binary *binaryOf(Expr e, BinaryOp op) {
  const Binary *binary = e.as<Binary>();
  return binary && binary->op == op ? binary : nullptr;
}
const Binary *sumOf(Expr e) {
  const Binary *sum = binaryOf(e, BinaryOp::Add);
  return sum ? sum : binaryOf(e, BinaryOp::Sub);
}

// Takes out of `factors` what `available` has, each as often as it has it.
FactorList taken(FactorList &factors, FactorList available) {
  FactorList result;
  for (auto factor = factors.begin(); factor != factors.end();) {
    const auto found = llvm::find_if(available, [&](const Factor &each) { return equal(each, *factor); });
    if (found == available.end()) {
      ++factor;
      continue;
    }
    available.erase(found);
    result.push_back(*factor);
    factor = factors.erase(factor);
  }
  return result;
}

} // namespace

bool equal(const Factor &a, const Factor &b) { return a.isInverse == b.isInverse && equal(a.value, b.value); }
bool isZero(Expr e) { return isNumber(e, 0); }

std::optional<FactorList> inCommon(const std::optional<FactorList> &a, const std::optional<FactorList> &b) {
  if (!a || !b)
    return a ? a : b;
  FactorList rest = *a;
  return taken(rest, *b);
}

std::optional<FactorList> Factoring::factorsOf(Expr e) const {
  if (isZero(e))
    return std::nullopt;
  if (const Binary *product = binaryOf(e, BinaryOp::Mul)) {
    std::optional<FactorList> left = factorsOf(product->lhs), right = factorsOf(product->rhs);
    if (!left || !right)
      return std::nullopt;
    llvm::append_range(*left, *right);
    return left;
  }
  if (const Binary *quotient = binaryOf(e, BinaryOp::Div)) {
    std::optional<FactorList> result = factorsOf(quotient->lhs);
    if (result)
      result->push_back({canonical_(quotient->rhs), true});
    return result;
  }
  if (const Binary *sum = sumOf(e))
    return inCommon(factorsOf(sum->lhs), factorsOf(sum->rhs));
  if (const Unary *unary = e.as<Unary>(); unary && unary->op == UnaryOp::Neg)
    return factorsOf(unary->operand);
  if (const Select *select = e.as<Select>())
    return inCommon(factorsOf(select->ifTrue), factorsOf(select->ifFalse));
  return isNumber(e, 1) ? FactorList() : FactorList{{canonical_(e)}};
}

Expr Factoring::without(Expr e, FactorList factors) const {
  if (factors.empty() || isZero(e))
    return e;
  if (const Binary *product = binaryOf(e, BinaryOp::Mul)) {
    const FactorList ofLeft = taken(factors, factorsOf(product->lhs).value_or(FactorList()));
    const Expr left = without(product->lhs, ofLeft), right = without(product->rhs, factors);
    return isNumber(left, 1)    ? right
           : isNumber(right, 1) ? left
                                : context_.binary(BinaryOp::Mul, left, right, e.range());
  }
  if (const Binary *quotient = binaryOf(e, BinaryOp::Div)) {
    const bool isWhole = taken(factors, {{canonical_(quotient->rhs), true}}).empty();
    const Expr left = without(quotient->lhs, factors);
    return isWhole ? context_.binary(BinaryOp::Div, left, quotient->rhs, e.range()) : left;
  }
  if (const Binary *sum = sumOf(e))
    return context_.binary(sum->op, without(sum->lhs, factors), without(sum->rhs, factors), e.range());
  if (const Unary *unary = e.as<Unary>(); unary && unary->op == UnaryOp::Neg)
    return context_.unary(UnaryOp::Neg, without(unary->operand, factors), e.range());
  if (const Select *select = e.as<Select>())
    return context_.select(select->condition, without(select->ifTrue, factors), without(select->ifFalse, factors),
                           e.range());
  require(factors.size() == 1 && !factors[0].isInverse && equal(canonical_(e), factors[0].value),
          "a factor is taken out of an expression that does not have it");
  return e.type().isComplex() ? context_.constant(1.0, e.type(), e.range())
                              : context_.constant(int64_t{1}, e.type(), e.range());
}

Expr times(Context &context, Expr e, const FactorList &factors) {
  Expr product;
  for (const Factor &factor : factors)
    if (!factor.isInverse)
      product = product ? context.binary(BinaryOp::Mul, product, factor.value, e.range()) : factor.value;
  if (product)
    e = context.binary(BinaryOp::Mul, product, e, e.range());
  for (const Factor &factor : factors)
    if (factor.isInverse)
      e = context.binary(BinaryOp::Div, e, factor.value, e.range());
  return e;
}

} // namespace loopy
