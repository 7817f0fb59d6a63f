#include "statement_builder.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"

#include <algorithm>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

Condition Condition::negated() const {
  Condition result = *this;
  if (result.set)
    result.set = set->complement();
  if (result.literal)
    result.literal->negated = !literal->negated;
  return result;
}

std::vector<std::string> inamesOf(const std::vector<LoopStep> &path) {
  std::vector<std::string> names;
  for (const LoopStep &step : path)
    names.push_back(step.iname);
  return names;
}

StatementBuilder::StatementBuilder(Scope &scope, Domains &domains)
    : scope_(scope), domains_(domains), finder_(scope, domains),
      exprs_(scope,
             [this](const std::string &rule, SourceRange use) -> RuleInfo & { return finder_.analyse(rule, use); }) {
  exprs_.onReduction = [this](const ReductionTerm &reduction, SourceRange range) { return realise(reduction, range); };
}

void StatementBuilder::add(const ast::Statement &statement, const Surroundings &around) {
  try {
    if (!statement.options.condition)
      return build(statement, around);
    Surroundings guarded = around;
    guarded.conditions.push_back(condition(*statement.options.condition, around, true));
    build(statement, guarded);
  } catch (const Abandoned &) {
    addPlaceholder(statement);
  }
}

// Keeps one mistake in a declaration from being reported again at every use of the temporary.
void StatementBuilder::addPlaceholder(const ast::Statement &statement) {
  if (!statement.declares || scope_.array(statement.lhs[0]->text) || !scope_.isAnnounced(statement.lhs[0]->text))
    return;
  Array array;
  array.name = statement.lhs[0]->text;
  array.type = statement.declaredType.value_or(float64Type);
  array.role = Role::Temp;
  if (statement.lhs[0]->kind == Kind::Subscript)
    array.shape.assign(statement.lhs[0]->args.size(), scope_.context.constant(int64_t(1)));
  array.source = statement.range;
  scope_.declareArray(std::move(array), {}, true).isBroken = true;
}

void StatementBuilder::build(const ast::Statement &statement, const Surroundings &around) {
  current_ = &statement;
  around_ = &around;
  tags_.clear();
  for (const auto *words : {&around.tags, &statement.options.tags})
    for (const ast::NamedWord &tag : *words)
      tags_.insert(tag.text);
  choosePath(statement, around);
  Realised realised;
  pending_ = &realised;
  Body body = bodyOf(statement);
  pending_ = nullptr;
  addFacts(statement, body);
  for (auto *list : {&realised.inits, &realised.updates})
    for (Emission &emission : *list)
      emit(std::move(emission));
  emit({statement.id, std::move(body), path_, "", ReductionRole::None});
}

// ----------------------------------------------------------------------------------------------------- the inames
void StatementBuilder::find(const Term &term, std::set<std::string> &free, std::set<std::string> &reduced,
                            bool throughTemps) {
  finder_.find(term, free, reduced, throughTemps);
}

// The statement's inames: those that it uses, those of its blocks and conditions, and what their conjuncts mention. A
// statement that writes a temporary with implicit axes belongs to their loops, and to those of the temporaries it
// reads.
void StatementBuilder::choosePath(const ast::Statement &statement, const Surroundings &around) {
  std::set<std::string> free, reduced;
  bool throughTemps = statement.declares;
  for (const Term *place : statement.lhs)
    if (ArrayInfo *info = scope_.array(place->text); info && info->declaredByStatement)
      throughTemps = true;
  for (const Term *place : statement.lhs)
    find(*place, free, reduced, throughTemps);
  if (statement.rhs)
    find(*statement.rhs, free, reduced, throughTemps);
  for (const auto *words : {&around.inames, &statement.options.inames})
    for (const ast::NamedWord &iname : *words) {
      if (!scope_.isIname(iname.text))
        scope_.errors.fail(iname.range, unknownName("iname", iname.text, scope_.inameNames()));
      free.insert(iname.text);
    }
  for (const Condition &c : around.conditions)
    free.insert(c.inames.begin(), c.inames.end());
  for (const LoopStep &step : around.loops)
    free.insert(step.iname);
  domains_.close(free);
  for (const std::string &iname : reduced)
    if (free.count(iname))
      scope_.errors.fail(
          statement.range,
          "The iname '" + iname +
              "' is reduced in this statement and also free in it, by a "
              "use outside the reduction, a block around it, or a bound. Give the reduction an iname of its own" +
              " (the functions of two numbers are minimum and maximum).");
  path_ = around.loops;
  for (const LoopStep &step : around.loops)
    free.erase(step.iname);
  std::vector<std::string> rest(free.begin(), free.end());
  std::sort(rest.begin(), rest.end(), [&](const std::string &a, const std::string &b) {
    return scope_.inamePosition(a) < scope_.inamePosition(b);
  });
  for (const std::string &iname : rest)
    path_.push_back({0, iname});
}

// --------------------------------------------------------------------------------------------------------- bodies
Body StatementBuilder::bodyOf(const ast::Statement &statement) {
  switch (statement.kind) {
  case ast::Statement::Kind::Nop:
    return Nop{};
  case ast::Statement::Kind::LocalBarrier:
    return Barrier{Barrier::Scope::Local};
  case ast::Statement::Kind::GlobalBarrier:
    return Barrier{Barrier::Scope::Global};
  case ast::Statement::Kind::Call:
    return externalCall(statement, *statement.rhs);
  case ast::Statement::Kind::Assign:
    break;
  }
  if (isCallBody(statement))
    return externalCall(statement, *statement.rhs);
  std::optional<ReductionTerm> reduction = asReduction(scope_, *statement.rhs);
  bool isArg = reduction && (reduction->op == ReductionOp::ArgMin || reduction->op == ReductionOp::ArgMax);
  if (isArg)
    return argExtreme(statement, *reduction);
  if (statement.lhs.size() != 1)
    scope_.errors.fail(statement.range,
                       "Several places are assigned at once only by argmin, argmax or the results of a "
                       "function: value, index = argmin(k, e).");
  return statement.declares ? declaration(statement) : assignment(statement);
}

Body StatementBuilder::declaration(const ast::Statement &statement) {
  if (statement.augmented)
    scope_.errors.fail(statement.range, "A declaration gives a first value with '='.");
  Typed value = exprs_.typed(*statement.rhs);
  Type type = statement.declaredType.value_or(value.e.type());
  Expr rhs = exprs_.convertFor(value, type, statement.rhs->range);
  return Assign{{declareByStatement(statement, type)}, {rhs}, false};
}

Body StatementBuilder::assignment(const ast::Statement &statement) {
  Expr place = exprs_.buildPlace(*statement.lhs[0]);
  Typed value = exprs_.typed(*statement.rhs);
  if (statement.augmented)
    value = exprs_.arithmetic(*statement.augmented, {place}, value, statement.range);
  Expr rhs = exprs_.convertFor(value, place.type(), statement.rhs->range);
  bool atomic = around_->atomic || statement.options.atomic;
  if (atomic) {
    auto *b = rhs.as<Binary>();
    bool isUpdate = b && (equal(b->lhs, place) || equal(b->rhs, place));
    const Expr operand = isUpdate ? (equal(b->lhs, place) ? b->rhs : b->lhs) : Expr();
    if (operand)
      forEach(operand, [&](Expr part) { isUpdate &= !equal(part, place); });
    bool hasForm = isUpdate && b->op != BinaryOp::Pow && (b->op != BinaryOp::Sub || equal(b->lhs, place));
    if (!hasForm)
      scope_.errors.fail(statement.range,
                         "An atomic statement has the form 'x = x op e', where e does not depend on x.");
  }
  return Assign{{place}, {rhs}, atomic};
}

// value, index = argmin(k, e): both accumulators are assigned at once; equal values keep the smaller index.
Body StatementBuilder::argExtreme(const ast::Statement &statement, const ReductionTerm &reduction) {
  if (statement.lhs.size() != 2 || statement.augmented)
    scope_.errors.fail(statement.range, std::string(spelling(reduction.op)) +
                                            " gives two results: value, index = " + spelling(reduction.op) + "(k, e).");
  if (statement.declares)
    scope_.errors.fail(statement.range,
                       "Declare the two places before, by 'temp' or '<type>', and assign to them here.");
  std::vector<Expr> places{exprs_.buildPlace(*statement.lhs[0]), exprs_.buildPlace(*statement.lhs[1])};
  std::vector<Expr> results = realiseArg(reduction, statement.rhs->range);
  for (size_t k = 0; k < 2; ++k)
    results[k] = exprs_.convertFor({results[k]}, places[k].type(), statement.lhs[k]->range);
  return Assign{places, results, false};
}

void StatementBuilder::addFacts(const ast::Statement &statement, const Body &body) {
  if (!statement.options.disjoint)
    return;
  auto *assign = std::get_if<Assign>(&body);
  if (!assign || assign->lhs.size() != 1)
    scope_.errors.fail(statement.range, "'disjoint' belongs to an assignment to an element of an array.");
  const Load *place = assign->lhs[0].as<Load>();
  scope_.kernel.facts.push_back(
      DisjointFact{place->array, place->index, exprs_.build(*statement.options.disjoint), statement.range});
}

// --------------------------------------------------------------------------------------------------- declarations
// A fresh variable for each iteration of the statement's inames that do not occur in its subscripts.
Expr StatementBuilder::declareByStatement(const ast::Statement &statement, Type type) {
  const Term &place = *statement.lhs[0];
  std::vector<Expr> index;
  if (place.kind == Kind::Subscript)
    for (const Term *term : place.args)
      index.push_back(exprs_.buildFor(*term, indexType));
  std::set<std::string> used;
  for (Expr e : index)
    for (const std::string &iname : inamesIn(expandRules(scope_.kernel, e)))
      used.insert(iname);
  std::vector<std::string> implicit;
  for (const LoopStep &step : path_)
    if (!used.count(step.iname))
      implicit.push_back(step.iname);
  Array array;
  array.name = place.text;
  array.type = type;
  array.role = Role::Temp;
  array.shape = rangesOf(index, place.range);
  array.source = place.range;
  return exprs_.load(place.text, scope_.declareArray(std::move(array), implicit, true), index, place.range);
}

// The extent of each axis: one more than the largest value of its subscript.
std::vector<Expr> StatementBuilder::rangesOf(const std::vector<Expr> &index, SourceRange range) {
  std::vector<Expr> extents;
  if (index.empty())
    return extents;
  std::vector<std::string> inames = inamesOf(path_);
  isl::set domain = domains_.domainOf({inames.begin(), inames.end()}).intersect(scope_.kernel.assumptions);
  for (Expr e : index) {
    std::optional<isl::pw_aff> value = toAffine(scope_.context, expandRules(scope_.kernel, e));
    std::optional<Expr> extent;
    if (value) {
      // { [v] : v is a value of the subscript }, over params and data
      isl::set values =
          poly::projectOut(domain.intersect(poly::paramAff(scope_.context.isl(), "$v").eq_set(*value)), inames);
      poly::Names names = poly::involvedNames(values);
      bool overParams =
          std::all_of(names.begin(), names.end(), [&](const std::string &n) { return n == "$v" || scope_.param(n); });
      isl_set *tuple = isl_set_from_params(values.copy());
      int at = isl_set_find_dim_by_name(tuple, isl_dim_param, "$v");
      tuple = isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(at), 1);
      isl::set set = isl::manage(tuple);
      if (overParams && isl_set_dim_has_upper_bound(set.get(), isl_dim_set, 0) == isl_bool_true) {
        isl::pw_aff one = poly::constantAff(scope_.context.isl(), 1);
        isl::pw_aff most = isl::manage(isl_set_dim_max(set.copy(), 0)).add(one).coalesce();
        if (isl_pw_aff_n_piece(most.get()) > 0)
          extent = fromPwAff(scope_.context, most, namesOf(scope_.kernel));
      }
    }
    if (!extent)
      scope_.errors.fail(range, "The extents of this temporary do not follow from its subscripts. Declare it by "
                                "'temp " +
                                    current_->lhs[0]->text + ": type[extents]'.");
    extents.push_back(*extent);
  }
  return extents;
}

void StatementBuilder::declareTemp(const ast::TempLine &temp, const Surroundings &around) {
  Array array;
  array.name = temp.name.text;
  array.type = temp.type;
  array.role = Role::Temp;
  array.space = temp.space;
  array.source = temp.range;
  exprs_.paramsOnly = "The extents of a temporary";
  try {
    for (const Term *extent : temp.shape)
      array.shape.push_back(exprs_.buildFor(*extent, indexType));
  } catch (const Abandoned &) {
    array.shape.assign(temp.shape.size(), scope_.context.constant(int64_t(1)));
  }
  exprs_.paramsOnly.clear();
  std::vector<std::string> implicit;
  for (const LoopStep &step : around.loops)
    implicit.push_back(step.iname);
  if (scope_.isAnnounced(temp.name.text))
    scope_.declareArray(std::move(array), implicit, false);
}

// ----------------------------------------------------------------------------------------------------- conditions
Condition StatementBuilder::condition(const Term &term, const Surroundings &around, bool mayBeLoad) {
  std::set<std::string> free, reduced;
  find(term, free, reduced, true);
  if (reduced.empty()) {
    Expr value = exprs_.buildCondition(term);
    isl::ctx ctx = scope_.context.isl();
    std::optional<isl::set> set = withBudget(ctx, scope_.errors, term.range, [&]() -> std::optional<isl::set> {
      return toSet(scope_.context, expandRules(scope_.kernel, value));
    });
    if (set)
      requireSimple(*set, scope_.errors, term.range);
    if (set)
      return {set, std::nullopt, free};
    auto *negation = value.as<Unary>();
    Expr inner = negation && negation->op == UnaryOp::Not ? negation->operand : value;
    if (mayBeLoad && inner.is<Load>())
      return {std::nullopt, GuardLiteral{inner, !(&inner.node() == &value.node())}, free};
  }
  ast::Term place{
      .kind = Kind::Name, .range = term.range, .nameRange = term.range, .text = scope_.freshNumbered("cond")};
  ast::Statement statement;
  statement.range = term.range;
  statement.lhs = {&place};
  statement.rhs = &term;
  statement.declares = true;
  statement.declaredType = boolType;
  statement.id = scope_.freshId(place.text);
  build(statement, around);
  const ArrayInfo &info = *scope_.array(place.text);
  Expr load = exprs_.load(place.text, info, {}, term.range);
  return {std::nullopt, GuardLiteral{load, false}, {info.implicit.begin(), info.implicit.end()}};
}

} // namespace loopy
