#include "loopy/ir/affine.h"

#include "loopy/ir/chunk_place.h"
#include "loopy/ir/constants.h"

namespace loopy {

using poly::constantAff;
using poly::paramAff;

namespace {

// Translates expressions; every member returns nothing where the expression is not quasi-affine.
class Translator {
public:
  Translator(Context &context, const std::map<std::string, Expr> &dataParams)
      : ctx_(context.isl()), dataParams_(dataParams) {}

  std::optional<isl::pw_aff> value(Expr e) {
    return visit(e, Overloaded{
                        [&](const Constant &c) -> std::optional<isl::pw_aff> {
                          const int64_t *v = std::get_if<int64_t>(&c.value);
                          if (!v || !e.type().isInteger())
                            return std::nullopt;
                          return constantAff(ctx_, *v);
                        },
                        [&](const ParamRef &p) -> std::optional<isl::pw_aff> {
                          if (!e.type().isInteger())
                            return std::nullopt;
                          return paramAff(ctx_, p.name);
                        },
                        [&](const InameRef &i) -> std::optional<isl::pw_aff> { return paramAff(ctx_, i.name); },
                        [&](const Load &) -> std::optional<isl::pw_aff> { return dataParam(e); },
                        [&](const Unary &u) -> std::optional<isl::pw_aff> {
                          if (u.op != UnaryOp::Neg)
                            return std::nullopt;
                          auto operand = value(u.operand);
                          return operand ? std::optional(operand->neg()) : std::nullopt;
                        },
                        [&](const Binary &b) { return binary(e, b); },
                        [&](const Select &s) -> std::optional<isl::pw_aff> {
                          auto condition = set(s.condition);
                          auto a = value(s.ifTrue), b = value(s.ifFalse);
                          if (!condition || !a || !b)
                            return std::nullopt;
                          isl::pw_aff first = a->intersect_domain(*condition), second = b->subtract_domain(*condition);
                          return isl::manage(isl_pw_aff_union_add(first.copy(), second.copy()));
                        },
                        [&](const Cast &c) -> std::optional<isl::pw_aff> {
                          // Widening integer casts keep the value; others may not, but sizes and inames fit index
                          // arithmetic.
                          const bool isWidening = e.type().sizeInBytes() >= c.operand.type().sizeInBytes();
                          if (!e.type().isInteger() || !c.operand.type().isInteger() ||
                              !(isWidening || (e.type() == indexType && isFreeOfData(c.operand))))
                            return std::nullopt;
                          return value(c.operand);
                        },
                        [](const Compare &) -> std::optional<isl::pw_aff> { return std::nullopt; },
                        [](const Logical &) -> std::optional<isl::pw_aff> { return std::nullopt; },
                        [&](const CallExpr &) { return chunkPlace(e); },
                        [](const RuleUse &) -> std::optional<isl::pw_aff> { return std::nullopt; },
                        [](const Reduce &) -> std::optional<isl::pw_aff> { return std::nullopt; },
                    });
  }

  std::optional<isl::set> set(Expr e) {
    return visit(e, Overloaded{
                        [&](const Constant &c) -> std::optional<isl::set> {
                          const bool *v = std::get_if<bool>(&c.value);
                          if (!v)
                            return std::nullopt;
                          return *v ? poly::universe(ctx_) : poly::emptySet(ctx_);
                        },
                        [&](const Unary &u) -> std::optional<isl::set> {
                          if (u.op != UnaryOp::Not)
                            return std::nullopt;
                          auto operand = set(u.operand);
                          return operand ? std::optional(operand->complement()) : std::nullopt;
                        },
                        [&](const Compare &c) { return compare(c); },
                        [&](const Logical &l) -> std::optional<isl::set> {
                          auto a = set(l.lhs), b = set(l.rhs);
                          if (!a || !b)
                            return std::nullopt;
                          return l.op == LogicalOp::And ? a->intersect(*b) : a->unite(*b);
                        },
                        [](const ParamRef &) -> std::optional<isl::set> { return std::nullopt; },
                        [](const InameRef &) -> std::optional<isl::set> { return std::nullopt; },
                        [](const Load &) -> std::optional<isl::set> { return std::nullopt; },
                        [](const Binary &) -> std::optional<isl::set> { return std::nullopt; },
                        [](const Select &) -> std::optional<isl::set> { return std::nullopt; },
                        [](const Cast &) -> std::optional<isl::set> { return std::nullopt; },
                        [](const CallExpr &) -> std::optional<isl::set> { return std::nullopt; },
                        [](const RuleUse &) -> std::optional<isl::set> { return std::nullopt; },
                        [](const Reduce &) -> std::optional<isl::set> { return std::nullopt; },
                    });
  }

private:
  static bool isFreeOfData(Expr e) {
    bool reads = false;
    forEach(e, [&](Expr part) { reads |= part.is<Load>(); });
    return !reads;
  }

  // Affine for each chunk by itself: few chunks are a function of as many pieces, many are not worth their time.
  std::optional<isl::pw_aff> chunkPlace(Expr e) {
    constexpr int64_t mostPieces = 4;
    const std::optional<ChunkPlace> place = asChunkPlace(e);
    if (!place || place->chunks > mostPieces)
      return std::nullopt;
    const auto number = value(place->number), total = value(place->total);
    if (!number || !total)
      return std::nullopt;
    const isl::val chunks(ctx_, static_cast<long>(place->chunks));
    const isl::pw_aff chunk = number->mod(chunks), length = total->scale_down(chunks).floor(),
                      longer = total->mod(chunks);
    const isl::pw_aff member = number->scale_down(chunks).floor();
    std::optional<isl::pw_aff> result;
    for (long c = 0; c < place->chunks; ++c) {
      const isl::pw_aff start = length.scale(isl::val(ctx_, c)).add(longer.min(constantAff(ctx_, c)));
      const isl::pw_aff piece = start.add(member).intersect_domain(chunk.eq_set(constantAff(ctx_, c)));
      result = result ? isl::manage(isl_pw_aff_union_add(result->copy(), piece.copy())) : piece;
    }
    return result;
  }

  std::optional<isl::pw_aff> dataParam(Expr load) {
    for (const auto &[name, known] : dataParams_)
      if (equal(load, known))
        return paramAff(ctx_, name);
    return std::nullopt;
  }

  std::optional<isl::pw_aff> binary(Expr e, const Binary &b) {
    if (!e.type().isInteger())
      return std::nullopt;
    if (b.op == BinaryOp::Mul)
      return product(b);
    if (b.op == BinaryOp::FloorDiv || b.op == BinaryOp::Mod)
      return division(b);
    auto l = value(b.lhs);
    auto r = l ? value(b.rhs) : std::nullopt;
    if (!l || !r)
      return std::nullopt;
    switch (b.op) {
    case BinaryOp::Add:
      return l->add(*r);
    case BinaryOp::Sub:
      return l->sub(*r);
    case BinaryOp::Min:
      return l->min(*r);
    case BinaryOp::Max:
      return l->max(*r);
    default:
      return std::nullopt;
    }
  }

  std::optional<isl::pw_aff> product(const Binary &b) {
    auto factor = integerConstant(b.lhs);
    auto operand = factor ? value(b.rhs) : std::nullopt;
    if (!factor) {
      factor = integerConstant(b.rhs);
      operand = factor ? value(b.lhs) : std::nullopt;
    }
    if (!factor || !operand)
      return std::nullopt;
    return operand->scale(isl::val(ctx_, static_cast<long>(*factor)));
  }

  std::optional<isl::pw_aff> division(const Binary &b) {
    auto divisor = integerConstant(b.rhs);
    if (!divisor || *divisor <= 0)
      return std::nullopt;
    auto dividend = value(b.lhs);
    if (!dividend)
      return std::nullopt;
    isl::val d(ctx_, static_cast<long>(*divisor));
    return b.op == BinaryOp::Mod ? dividend->mod(d) : dividend->scale_down(d).floor();
  }

  std::optional<isl::set> compare(const Compare &c) {
    auto l = value(c.lhs);
    auto r = l ? value(c.rhs) : std::nullopt;
    if (!l || !r)
      return std::nullopt;
    switch (c.op) {
    case CompareOp::Lt:
      return l->lt_set(*r);
    case CompareOp::Le:
      return l->le_set(*r);
    case CompareOp::Gt:
      return l->gt_set(*r);
    case CompareOp::Ge:
      return l->ge_set(*r);
    case CompareOp::Eq:
      return l->eq_set(*r);
    case CompareOp::Ne:
      return l->ne_set(*r);
    }
    throw InternalError("unknown comparison");
  }

  isl::ctx ctx_;
  const std::map<std::string, Expr> &dataParams_;
};

int64_t integerOf(__isl_take isl_val *value) {
  isl::val v = isl::manage(value);
  if (!isl_val_is_int(v.get()))
    throw InternalError("a coefficient of an affine function is not an integer");
  if (isl_val_cmp_si(v.get(), INT64_MIN) < 0 || isl_val_cmp_si(v.get(), INT64_MAX) > 0)
    throw UserError(SourceRange{},
                    "The numbers in a subscript or a bound are too large: they do not fit into 64 bits.");
  return isl_val_get_num_si(v.get());
}

// sum of coefficient * name + constant, over a common denominator that the caller divides by.
Expr fromNumerator(Context &context, const isl::aff &aff, int64_t denominator, const NameToExpr &nameToExpr);

Expr addTerm(Context &context, Expr sum, int64_t coefficient, Expr term) {
  if (coefficient == 0)
    return sum;
  bool subtract = sum && coefficient < 0;
  int64_t magnitude = subtract ? -coefficient : coefficient;
  Expr scaled = magnitude == 1 ? term : context.mul(magnitude, term);
  if (!sum)
    return scaled;
  return subtract ? context.sub(sum, scaled) : context.add(sum, scaled);
}

// e with floor(div) = x + y + .. - floor(e), where all names x, y, .. stand in div with more than half of the
// denominator d, which is how isl writes -x: floor((31*x + 30)/32) = x - floor((x + 1)/32). Nothing for others.
//   e = x + y + .. - div + (d - 1)/d
std::optional<isl::aff> negatedRest(const isl::aff &div) {
  if (isl_aff_involves_dims(div.get(), isl_dim_div, 0, isl_aff_dim(div.get(), isl_dim_div)) == isl_bool_true)
    return std::nullopt;
  isl::aff names = div.sub(div);
  bool isFound = false;
  for (unsigned i = 0; i < static_cast<unsigned>(isl_aff_dim(div.get(), isl_dim_param)); ++i) {
    const isl::val c = isl::manage(isl_aff_get_coefficient_val(div.get(), isl_dim_param, i));
    if (c.is_zero())
      continue;
    if (!c.mul(isl::val(div.ctx(), 2)).gt(isl::val::one(div.ctx())) || !c.lt(isl::val::one(div.ctx())))
      return std::nullopt;
    names = isl::manage(isl_aff_set_coefficient_si(names.release(), isl_dim_param, i, 1));
    isFound = true;
  }
  if (!isFound)
    return std::nullopt;
  const isl::val d = isl::manage(isl_aff_get_denominator_val(div.get()));
  return names.sub(div).add_constant(d.sub(isl::val::one(div.ctx())).div(d));
}

Expr fromNumerator(Context &context, const isl::aff &aff, int64_t denominator, const NameToExpr &nameToExpr) {
  auto scaled = [&](__isl_take isl_val *value) {
    return integerOf(isl_val_mul(value, isl_val_int_from_si(aff.ctx().get(), denominator)));
  };
  // Positive terms first, so that no expression begins with a minus where that can be helped.
  std::vector<std::pair<int64_t, Expr>> terms, floors;
  const unsigned params = isl_aff_dim(aff.get(), isl_dim_param), divs = isl_aff_dim(aff.get(), isl_dim_div);
  std::vector<int64_t> coefficients;
  for (unsigned i = 0; i < params; ++i)
    coefficients.push_back(scaled(isl_aff_get_coefficient_val(aff.get(), isl_dim_param, i)));
  for (unsigned i = 0; i < divs; ++i)
    if (int64_t c = scaled(isl_aff_get_coefficient_val(aff.get(), isl_dim_div, i))) {
      isl::aff div = isl::manage(isl_aff_get_div(aff.get(), i));
      const int64_t d = integerOf(isl_aff_get_denominator_val(div.get()));
      if (std::optional<isl::aff> shorter = negatedRest(div)) {
        for (unsigned j = 0; j < params; ++j)
          if (!isl::manage(isl_aff_get_coefficient_val(div.get(), isl_dim_param, j)).is_zero())
            coefficients[j] += c;
        div = *shorter;
        c = -c;
      }
      Expr numerator = fromNumerator(context, div, d, nameToExpr);
      floors.emplace_back(c, d == 1 ? numerator : context.binary(BinaryOp::FloorDiv, numerator, context.constant(d)));
    }
  for (unsigned i = 0; i < params; ++i)
    if (coefficients[i] != 0)
      terms.emplace_back(coefficients[i], nameToExpr(isl_aff_get_dim_name(aff.get(), isl_dim_param, i)));
  terms.insert(terms.end(), floors.begin(), floors.end());
  Expr sum;
  for (auto &[c, term] : terms)
    if (c > 0)
      sum = addTerm(context, sum, c, term);
  int64_t constant = scaled(isl_aff_get_constant_val(aff.get()));
  if (!sum && constant > 0) {
    sum = context.constant(constant);
    constant = 0;
  }
  for (auto &[c, term] : terms)
    if (c < 0)
      sum = addTerm(context, sum, c, term);
  if (!sum)
    return context.constant(constant);
  if (constant > 0 || constant == INT64_MIN)
    return context.add(sum, context.constant(constant));
  return constant < 0 ? context.sub(sum, context.constant(-constant)) : sum;
}

} // namespace

std::optional<isl::pw_aff> toAffine(Context &context, Expr e, const std::map<std::string, Expr> &dataParams) {
  if (!e.type().isInteger())
    return std::nullopt;
  return Translator(context, dataParams).value(e);
}

std::optional<isl::set> toSet(Context &context, Expr condition, const std::map<std::string, Expr> &dataParams) {
  return Translator(context, dataParams).set(condition);
}

Expr fromAff(Context &context, const isl::aff &aff, const NameToExpr &nameToExpr) {
  int64_t denominator = integerOf(isl_aff_get_denominator_val(aff.get()));
  Expr numerator = fromNumerator(context, aff, denominator, nameToExpr);
  return denominator == 1 ? numerator : context.binary(BinaryOp::FloorDiv, numerator, context.constant(denominator));
}

namespace {

struct Piece {
  isl::set domain;
  isl::aff value;
};

// The formula of one piece, if that is what the function is everywhere on its domain. Formulas are compared as they are
// printed: m/16, for a piece on which m is a multiple of 16, becomes a floor division.
std::optional<Expr> asOneFormula(Context &context, const isl::pw_aff &aff, const std::vector<Piece> &pieces,
                                 const NameToExpr &nameToExpr) {
  for (const Piece &piece : pieces)
    if (isl::pw_aff(piece.value.floor()).ne_set(aff).is_empty())
      return fromAff(context, piece.value, nameToExpr);
  return std::nullopt;
}

// The min (or max) of all pieces, if that is what the function is everywhere on its domain.
std::optional<Expr> asExtreme(Context &context, const isl::pw_aff &aff, const std::vector<Piece> &pieces, bool maximum,
                              const NameToExpr &nameToExpr) {
  isl::pw_aff combined = pieces[0].value.floor();
  for (size_t i = 1; i < pieces.size(); ++i)
    combined = maximum ? combined.max(pieces[i].value.floor()) : combined.min(pieces[i].value.floor());
  if (!combined.ne_set(aff).is_empty())
    return std::nullopt;
  Expr result = fromAff(context, pieces[0].value, nameToExpr);
  for (size_t i = 1; i < pieces.size(); ++i)
    result =
        context.binary(maximum ? BinaryOp::Max : BinaryOp::Min, result, fromAff(context, pieces[i].value, nameToExpr));
  return result;
}

// The conjunction of a basic set's constraints, as an expression; divs are printed as floor divisions.
Expr conditionOf(Context &context, const isl::set &set, const NameToExpr &nameToExpr) {
  Expr disjunction;
  set.foreach_basic_set([&](isl::basic_set basic) {
    Expr conjunction;
    isl::basic_set known = isl::manage(isl_basic_set_detect_equalities(basic.copy()));
    struct State {
      Context &context;
      const NameToExpr &nameToExpr;
      Expr &conjunction;
    } state{context, nameToExpr, conjunction};
    isl_basic_set_foreach_constraint(
        known.get(),
        [](isl_constraint *constraint, void *user) -> isl_stat {
          State &s = *static_cast<State *>(user);
          bool isEquality = isl_constraint_is_equality(constraint);
          isl::aff aff = isl::manage(isl_constraint_get_aff(constraint));
          isl_constraint_free(constraint);
          Expr term = s.context.compare(isEquality ? CompareOp::Eq : CompareOp::Ge,
                                        fromAff(s.context, aff, s.nameToExpr), s.context.constant(int64_t{0}));
          s.conjunction = s.conjunction ? s.context.logical(LogicalOp::And, s.conjunction, term) : term;
          return isl_stat_ok;
        },
        &state);
    if (!conjunction)
      conjunction = context.constant(true);
    disjunction = disjunction ? context.logical(LogicalOp::Or, disjunction, conjunction) : conjunction;
  });
  return disjunction ? disjunction : context.constant(false);
}

} // namespace

Expr fromPwAff(Context &context, const isl::pw_aff &function, const NameToExpr &nameToExpr) {
  isl::pw_aff aff = function.coalesce();
  std::vector<Piece> pieces;
  isl_pw_aff_foreach_piece(
      aff.get(),
      [](isl_set *domain, isl_aff *value, void *user) -> isl_stat {
        static_cast<std::vector<Piece> *>(user)->push_back({isl::manage(domain), isl::manage(value)});
        return isl_stat_ok;
      },
      &pieces);
  require(!pieces.empty(), "a piecewise function without pieces");
  if (pieces.size() == 1)
    return fromAff(context, pieces[0].value, nameToExpr);
  if (auto formula = asOneFormula(context, aff, pieces, nameToExpr))
    return *formula;
  if (auto minimum = asExtreme(context, aff, pieces, false, nameToExpr))
    return *minimum;
  if (auto maximum = asExtreme(context, aff, pieces, true, nameToExpr))
    return *maximum;
  Expr result = fromAff(context, pieces.back().value, nameToExpr);
  for (size_t i = pieces.size() - 1; i-- > 0;)
    result = context.select(conditionOf(context, pieces[i].domain, nameToExpr),
                            fromAff(context, pieces[i].value, nameToExpr), result);
  return result;
}

NameToExpr namesOf(const Kernel &kernel, const std::map<std::string, Expr> &dataParams) {
  return [&kernel, dataParams](const std::string &name) {
    if (auto it = dataParams.find(name); it != dataParams.end())
      return it->second;
    if (const Param *param = kernel.findParam(name))
      return kernel.context->param(name, param->type);
    return kernel.context->iname(name);
  };
}

} // namespace loopy
