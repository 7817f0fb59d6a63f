#include "index_simplifier.h"

#include "loopy/ir/constants.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

bool isIndexType(Type type) { return type == indexType || type == int64Type; }

// A comparison of integers, whose negation is a comparison too.
bool isOfIntegers(const Compare &compare) { return isIndexType(compare.lhs.type()) && isIndexType(compare.rhs.type()); }

// Divisions cost more than other operations.
unsigned weight(Expr e) {
  const Binary *binary = e.as<Binary>();
  unsigned total = binary && (binary->op == BinaryOp::FloorDiv || binary->op == BinaryOp::Mod) ? 4 : 1;
  for (Expr child : children(e))
    total += weight(child);
  return total;
}

// The operands of a node through which sums are linear; none if it is something else.
std::vector<Expr> linearOperands(Expr e) {
  if (const Unary *unary = e.as<Unary>(); unary && unary->op == UnaryOp::Neg)
    return {unary->operand};
  const Binary *binary = e.as<Binary>();
  if (!binary)
    return {};
  if (binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub)
    return {binary->lhs, binary->rhs};
  if (binary->op == BinaryOp::Mul && integerConstant(binary->lhs))
    return {binary->rhs};
  const std::optional<int64_t> right = integerConstant(binary->rhs);
  const bool isDivision = binary->op == BinaryOp::FloorDiv || binary->op == BinaryOp::Mod;
  return right && (binary->op == BinaryOp::Mul || (isDivision && *right > 0)) ? std::vector{binary->lhs}
                                                                              : std::vector<Expr>();
}

// Nothing in the sum is converted to another type, which a sum of linear terms would forget.
bool isOfOneType(Expr e) {
  for (Expr operand : linearOperands(e))
    if (!operand.is<Constant>() && (operand.type() != e.type() || operand.is<Cast>() || !isOfOneType(operand)))
      return false;
  return true;
}

bool isSame(Expr a, Expr b) { return &a.node() == &b.node(); }

} // namespace

IndexSimplifier::IndexSimplifier(const Kernel &kernel, const Statement &statement)
    : context_(*kernel.context), terms_(context_, namesOf(kernel, statement.dataParams)), domain_{Formula(terms_), {}} {
  for (const auto &[name, load] : statement.dataParams) {
    terms_.nameLoad(name, load);
    kept_.push_back(load);
  }
  for (const Fact &fact : kernel.facts)
    if (const DisjointFact *disjoint = std::get_if<DisjointFact>(&fact))
      keptArrays_.insert(disjoint->array);
  domain_.cases = terms_.disjunctsOf(context_.intersection(statement.domain, kernel.assumptions));
  domain_.all.requireEither(domain_.cases);
}

bool IndexSimplifier::isKept(Expr e) const {
  const Load *load = e.as<Load>();
  return load && (keptArrays_.count(load->array) || llvm::any_of(kept_, [&](Expr kept) { return equal(kept, e); }));
}

// -------------------------------------------------------------------------------------------------- what is known
// A condition that is not affine says nothing.
IndexSimplifier::Known IndexSimplifier::with(const Known &known, Expr condition, bool holds) {
  if (const Logical *logical = condition.as<Logical>(); logical && (logical->op == LogicalOp::And) == holds)
    return with(with(known, logical->lhs, holds), logical->rhs, holds);
  if (const Unary *unary = condition.as<Unary>(); unary && unary->op == UnaryOp::Not)
    return with(known, unary->operand, !holds);
  Known result = known;
  const Compare *compare = condition.as<Compare>();
  if (!compare || !isOfIntegers(*compare))
    return result;
  const CompareOp op = holds ? compare->op : negated(compare->op);
  if (op == CompareOp::Ne) {
    const auto l = terms_.affineOf(compare->lhs), r = terms_.affineOf(compare->rhs);
    if (l && r)
      result.all.requireEither({{terms_.normalized({withConstant(minus(*l, *r), -1), false})},
                                {terms_.normalized({withConstant(minus(*r, *l), -1), false})}});
    return result;
  }
  const Expr held = holds ? condition : context_.compare(op, compare->lhs, compare->rhs);
  if (const auto constraints = terms_.constraintsOf(held)) {
    result.all.require(*constraints);
    for (Constraints &one : result.cases)
      llvm::append_range(one, *constraints);
  } else if (const auto alternatives = terms_.alternativesOf(held)) {
    result.all.requireEither(*alternatives);
  }
  return result;
}

// `nonNegative` >= 0 wherever `known` holds.
bool IndexSimplifier::implies(const Known &known, const Linear &nonNegative) {
  if (nonNegative.isConstant())
    return nonNegative.constant >= 0;
  Formula violated = known.all;
  violated.require(terms_.normalized({withConstant(scaled(nonNegative, -1), -1), false}));
  return !violated.isSatisfiable();
}

// Where `known` holds, the condition never has the value `holds`.
bool IndexSimplifier::excludes(const Known &known, Expr condition, bool holds) {
  const Compare *compare = condition.as<Compare>();
  if (!compare || !isOfIntegers(*compare) || !terms_.affineOf(compare->lhs) || !terms_.affineOf(compare->rhs))
    return false;
  return !with(known, condition, holds).all.isSatisfiable();
}

// floor(form / divisor), if it is one number.
std::optional<int64_t> IndexSimplifier::quotient(const Linear &form, int64_t divisor, const Known &known) {
  if (form.isConstant())
    return floorDivide(form.constant, divisor);
  std::set<int64_t> candidates;
  for (const Constraints &one : known.cases)
    if (const std::optional<Interval> interval = constantBounds(terms_, one, form)) {
      if (interval->low)
        candidates.insert(floorDivide(*interval->low, divisor));
      if (interval->high)
        candidates.insert(floorDivide(*interval->high, divisor));
    }
  if (candidates.size() > 4) // of many numbers none is the only one
    return std::nullopt;
  for (int64_t candidate : candidates)
    if (implies(known, withConstant(form, -candidate * divisor)) &&
        implies(known, withConstant(scaled(form, -1), (candidate + 1) * divisor - 1)))
      return candidate;
  return std::nullopt;
}

// ------------------------------------------------------------------------------------------------------------- floors
// floor((g*x + rest) / (g*d)) is floor((x + k) / d) where k*g <= rest < (k + 1)*g.
std::optional<Linear> IndexSimplifier::reducedFloor(Term term, const Known &known) {
  const Terms::Floor floor = *terms_.floor(term);
  if (const auto inner = reduced(floor.numerator, known))
    return terms_.floorOf(*inner, floor.denominator);
  if (const auto value = quotient(floor.numerator, floor.denominator, known))
    return withConstant({}, *value);
  for (auto [unused, coefficient] : floor.numerator.terms) {
    const int64_t g = std::abs(coefficient);
    if (g < 2 || floor.denominator % g != 0)
      continue;
    Linear multiple, rest = withConstant({}, floor.numerator.constant);
    for (auto [each, c] : floor.numerator.terms)
      (c % g == 0 ? multiple : rest).terms.emplace_back(each, c % g == 0 ? c / g : c);
    if (rest.terms.empty())
      continue; // floorOf sees to it
    if (const auto carried = quotient(rest, g, known))
      return terms_.floorOf(withConstant(multiple, *carried), floor.denominator / g);
  }
  return std::nullopt;
}

// The form with simpler floors, or none; nothing if it has none that is simpler.
std::optional<Linear> IndexSimplifier::reduced(const Linear &form, const Known &known) {
  for (auto [term, c] : form.terms)
    if (terms_.floor(term))
      if (const auto simpler = reducedFloor(term, known)) {
        const Linear result = plus(minus(form, termTimes(term, c)), *simpler, c);
        return reduced(result, known).value_or(result);
      }
  return std::nullopt;
}

// -------------------------------------------------------------------------------------------------------- expressions
Expr IndexSimplifier::simplify(Expr e, const Known &known) {
  if (const Select *select = e.as<Select>())
    return selection(*select, e, known);
  if (const Logical *both = e.as<Logical>())
    return logical(*both, e, known);
  const Expr simple = simplifyParts(e, known);
  if (const Unary *unary = simple.as<Unary>(); unary && unary->op == UnaryOp::Not && boolConstant(unary->operand))
    return context_.constant(!*boolConstant(unary->operand), e.range());
  try {
    if (simple.is<Compare>())
      return decided(simple, known);
    return isIndexType(simple.type()) ? asSum(simple, known) : simple;
  } catch (const LinearOverflow &) { // numbers that are too large to reason about
    return simple;
  }
}

// The operands simplified, those of one sum not each for itself. What a data parameter reads stays: it is known by it.
Expr IndexSimplifier::simplifyParts(Expr e, const Known &known) {
  if (isKept(e))
    return e;
  const std::vector<Expr> linear = linearOperands(e);
  std::vector<Expr> below = children(e);
  for (Expr &child : below) {
    const bool isSameSum = child.type() == e.type() && !linearOperands(child).empty() &&
                           llvm::any_of(linear, [&](Expr operand) { return isSame(operand, child); });
    child = isSameSum ? simplifyParts(child, known) : simplify(child, known);
  }
  const Expr simple = withChildren(context_, e, below);
  const Binary *binary = simple.as<Binary>();
  const bool isExtremum =
      binary && isIndexType(e.type()) && (binary->op == BinaryOp::Min || binary->op == BinaryOp::Max);
  return isExtremum ? extremum(*binary, simple, known) : simple;
}

Expr IndexSimplifier::selection(const Select &select, Expr e, const Known &known) {
  const Expr condition = simplify(select.condition, known);
  if (const std::optional<bool> value = boolConstant(condition))
    return simplify(*value ? select.ifTrue : select.ifFalse, known);
  const Expr ifTrue = simplify(select.ifTrue, with(known, condition, true));
  const Expr ifFalse = simplify(select.ifFalse, with(known, condition, false));
  return withChildren(context_, e, {condition, ifTrue, ifFalse});
}

// The second operand is evaluated only where the first does not decide.
Expr IndexSimplifier::logical(const Logical &logical, Expr e, const Known &known) {
  const bool deciding = logical.op == LogicalOp::Or;
  const Expr lhs = simplify(logical.lhs, known), rhs = simplify(logical.rhs, with(known, lhs, !deciding));
  for (auto [one, other] : {std::pair(lhs, rhs), std::pair(rhs, lhs)})
    if (const std::optional<bool> value = boolConstant(one))
      return *value == deciding ? context_.constant(deciding, e.range()) : other;
  return withChildren(context_, e, {lhs, rhs});
}

Expr IndexSimplifier::decided(Expr condition, const Known &known) {
  for (bool value : {true, false})
    if (excludes(known, condition, !value))
      return context_.constant(value, condition.range());
  return condition;
}

Expr IndexSimplifier::extremum(const Binary &binary, Expr e, const Known &known) {
  if (equal(binary.lhs, binary.rhs))
    return binary.lhs;
  try {
    const auto l = terms_.affineOf(binary.lhs), r = terms_.affineOf(binary.rhs);
    if (!l || !r)
      return e;
    const bool isMin = binary.op == BinaryOp::Min;
    if (implies(known, minus(*r, *l)))
      return isMin ? binary.lhs : binary.rhs;
    if (implies(known, minus(*l, *r)))
      return isMin ? binary.rhs : binary.lhs;
  } catch (const LinearOverflow &) { // numbers that are too large to reason about
  }
  return e;
}

// `e` with names in the place of what is not linear in it.
Expr IndexSimplifier::withNamedLeaves(Expr e) {
  const std::vector<Expr> linear = linearOperands(e);
  if (!linear.empty()) {
    std::vector<Expr> below = children(e);
    for (Expr &child : below)
      if (!child.is<Constant>())
        child = withNamedLeaves(child);
    return withChildren(context_, e, below);
  }
  if (e.is<Constant>() || e.is<InameRef>() || e.is<ParamRef>() ||
      llvm::any_of(kept_, [&](Expr kept) { return equal(kept, e); }))
    return e;
  auto leaf = llvm::find_if(leaves_, [&](const auto &each) { return equal(each.first, e); });
  if (leaf == leaves_.end()) {
    leaves_.emplace_back(e, "leaf " + std::to_string(leaves_.size()));
    leaf = std::prev(leaves_.end());
    terms_.nameLoad(leaf->second, e);
  }
  return context_.iname(leaf->second);
}

// The sum of linear terms that `e` is, if that is simpler.
Expr IndexSimplifier::asSum(Expr e, const Known &known) {
  if (linearOperands(e).empty() || !isOfOneType(e))
    return e;
  const std::optional<Linear> form = terms_.affineOf(withNamedLeaves(e));
  if (!form)
    return e;
  const Expr result = terms_.expr(reduced(*form, known).value_or(*form));
  return weight(result) < weight(e) && (result.type() == e.type() || result.is<Constant>())
             ? context_.cast(e.type(), result, e.range())
             : e;
}

} // namespace loopy
