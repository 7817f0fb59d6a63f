// Conditions: what a statement's domain asks beyond what is known around it, at the outermost place where all that a
// condition mentions has a value.
#include "lowering.h"

namespace loopy::lowering {
namespace {

bool contains(const std::vector<Condition> &conditions, const Condition &condition) {
  return std::any_of(conditions.begin(), conditions.end(), [&](const Condition &c) { return c.isSameAs(condition); });
}

bool isKnown(const Condition &condition, const Scope &scope) {
  if (condition.kind == Condition::Kind::Affine)
    return scope.known.implies(condition.constraint);
  return contains(scope.applied, condition);
}

// Drops affine conditions that the others imply, long ones first.
void dropImplied(std::vector<Condition> &conditions, const Known &known) {
  for (size_t i = conditions.size(); i-- > 0 && conditions.size() > 1;) {
    if (conditions[i].kind != Condition::Kind::Affine)
      continue;
    std::vector<Constraint> others;
    for (size_t j = 0; j < conditions.size(); ++j)
      if (j != i && conditions[j].kind == Condition::Kind::Affine)
        others.push_back(conditions[j].constraint);
    if (!others.empty() && known.with(std::move(others)).implies(conditions[i].constraint))
      conditions.erase(conditions.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Expr conjunction(Context &context, Expr a, Expr b) { return a ? context.logical(LogicalOp::And, a, b) : b; }

// The disjunction of `set`'s disjuncts.
Expr exprOfSet(Terms &terms, const isl::set &set) {
  Context &context = terms.context();
  Expr result;
  for (const std::vector<Constraint> &disjunct : terms.disjunctsOf(set)) {
    Expr all;
    for (const Constraint &constraint : disjunct)
      all = conjunction(context, all, terms.expr(constraint));
    if (!all)
      return context.constant(true);
    result = result ? context.logical(LogicalOp::Or, result, all) : all;
  }
  return result ? result : context.constant(false);
}

// What the domain asks beyond the conjunctive conditions, if it is a union; nothing if they say it all.
std::optional<Condition> residue(Lowering &lowering, const Prepared &statement, const Scope &scope,
                                 const std::vector<Condition> &conditions) {
  if (statement.disjuncts.size() == 1)
    return std::nullopt;
  isl::set around = lowering.withConditions(scope, conditions).known.set();
  isl::set rest = statement.domain.gist(around).coalesce();
  Condition condition;
  condition.kind = Condition::Kind::Set;
  condition.set = rest;
  condition.expr = exprOfSet(lowering.terms, rest);
  if (auto *constant = condition.expr.as<Constant>(); constant && std::get<bool>(constant->value))
    return std::nullopt;
  for (const std::string &name : poly::involvedNames(rest)) {
    condition.names.insert(lowering.terms.ofName(name));
    if (auto data = lowering.dataLoads.find(name); data != lowering.dataLoads.end())
      condition.arrays.insert(data->second.as<Load>()->array);
  }
  return condition;
}

} // namespace

bool Lowering::isDivergent(Term name, const Scope &scope) {
  auto data = dataLoads.find(*terms.name(name));
  if (data == dataLoads.end())
    return scope.divergent.count(name) > 0;
  for (Term inner : namesOf(data->second))
    if (scope.divergent.count(inner))
      return true;
  return !isUniformLoad(data->second);
}

bool Lowering::isDivergent(const Condition &condition, const Scope &scope) {
  if (condition.kind == Condition::Kind::Mask)
    return condition.axis >= localAxis(0);
  for (Term name : condition.names)
    if (isDivergent(name, scope))
      return true;
  if (condition.kind != Condition::Kind::Literal)
    return false;
  auto *negation = condition.expr.as<Unary>();
  return !isUniformLoad(negation ? negation->operand : condition.expr);
}

// A condition may stand around a subtree if all its names have a value there, the subtree writes nothing that it reads,
// and, where the subtree holds a barrier, it is the same on all work-items of a group.
std::vector<Condition> Lowering::conditionsOf(const BodyNode &node, const Scope &scope) {
  const std::set<std::string> none;
  const std::set<std::string> &writes = node.statement ? none : node.writes;
  auto isPrintable = [&](const Condition &condition) {
    for (const std::string &array : condition.arrays)
      if (writes.count(array))
        return false;
    for (Term name : condition.names)
      if (!isAvailable(name, scope, writes))
        return false;
    return !node.hasBarrier || !isDivergent(condition, scope);
  };
  std::vector<Condition> result;
  bool isFirst = true;
  for (const Prepared *statement : node.statements) {
    if (isFirst) {
      for (const Condition &condition : statement->conditions)
        if (!isKnown(condition, scope) && isPrintable(condition))
          result.push_back(condition);
      isFirst = false;
    } else {
      std::erase_if(result, [&](const Condition &c) { return !contains(statement->conditions, c); });
    }
    if (result.empty() && !node.statement)
      return result;
  }
  dropImplied(result, scope.known);
  if (node.statement)
    if (auto rest = residue(*this, *node.statement, scope, result))
      result.push_back(std::move(*rest));
  // A literal has a value only where the domain holds: it is asked last.
  std::stable_partition(result.begin(), result.end(),
                        [](const Condition &condition) { return condition.kind != Condition::Kind::Literal; });
  return result;
}

Expr Lowering::exprOf(const Condition &condition, const Known &known) {
  switch (condition.kind) {
  case Condition::Kind::Mask: {
    bool isLocal = condition.axis >= localAxis(0);
    std::string function = isLocal ? "get_local_id(" + std::to_string(condition.axis - localAxis(0)) + ")"
                                   : "get_group_id(" + std::to_string(condition.axis) + ")";
    return context.compare(CompareOp::Eq, context.call(function, {}, indexType), context.constant(int64_t(0)));
  }
  case Condition::Kind::Literal:
  case Condition::Kind::Set:
    return condition.expr;
  case Condition::Kind::Affine:
    return terms.expr(Constraint{known.simplified(condition.constraint.form), condition.constraint.isEquality});
  }
  throw InternalError("unknown kind of condition");
}

Scope Lowering::withConditions(const Scope &scope, const std::vector<Condition> &conditions) {
  if (conditions.empty())
    return scope;
  Scope result = scope;
  auto trail = std::make_shared<Trail>();
  trail->parent = scope.trail;
  std::vector<Constraint> facts;
  for (const Condition &condition : conditions) {
    if (condition.kind == Condition::Kind::Affine)
      facts.push_back(condition.constraint);
    else if (condition.kind == Condition::Kind::Set)
      result.known = result.known.with(*condition.set);
    if (condition.kind == Condition::Kind::Affine || condition.kind == Condition::Kind::Set)
      trail->printed.push_back(exprOf(condition, scope.known));
    result.applied.push_back(condition);
  }
  result.known = result.known.with(std::move(facts));
  result.trail = std::move(trail);
  return result;
}

} // namespace loopy::lowering
