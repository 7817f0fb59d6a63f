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

} // namespace

// What the disjuncts of a domain ask besides what is common to them, as far as it can be printed here and is not known:
// nothing if one of them asks nothing more. Inside, the same question is asked again with more names at hand.
std::optional<Condition> Lowering::alternativesOf(const Prepared &statement, const Scope &scope,
                                                  const std::function<bool(const Condition &)> &isPrintable) {
  Condition result;
  result.kind = Condition::Kind::Either;
  for (const std::vector<Constraint> &disjunct : statement.alternatives) {
    std::vector<Constraint> asked;
    for (const Constraint &constraint : disjunct) {
      Condition one = conditionOf(constraint);
      if (!isPrintable(one) || scope.known.implies(constraint))
        continue;
      asked.push_back(constraint);
      result.names.insert(one.names.begin(), one.names.end());
      result.arrays.insert(one.arrays.begin(), one.arrays.end());
    }
    if (asked.empty())
      return std::nullopt;
    std::sort(asked.begin(), asked.end());
    if (std::find(result.alternatives.begin(), result.alternatives.end(), asked) == result.alternatives.end())
      result.alternatives.push_back(std::move(asked));
  }
  if (result.alternatives.empty())
    return std::nullopt;
  std::sort(result.alternatives.begin(), result.alternatives.end());
  return result;
}

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

// Reading a literal is safe only where the value has been set: where the statement has some instance with these values
// of the literal's names and of the parameters, of which a loop further inside need not be asked again.
bool Lowering::isSafeToRead(const Condition &literal, const Prepared &statement, const Scope &scope,
                            const std::vector<Condition> &before) {
  if (!statement.alternatives.empty())
    return false;
  std::vector<Constraint> asked;
  for (const Condition &condition : before)
    if (condition.kind == Condition::Kind::Affine)
      asked.push_back(condition.constraint);
  const Known known = scope.known.with(std::move(asked));
  for (const std::vector<Constraint> &disjunct : statement.disjuncts) {
    const auto needed = eliminated(terms, disjunct, [&](Term term) {
      const std::vector<Term> &names = terms.namesIn(term);
      return std::all_of(names.begin(), names.end(), [&](Term name) {
        return literal.names.count(name) != 0 || kernel.findParam(*terms.name(name)) != nullptr;
      });
    });
    if (needed && !std::all_of(needed->begin(), needed->end(),
                               [&](const Constraint &constraint) { return known.implies(constraint); }))
      return false;
  }
  return true;
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
  std::optional<Condition> either;
  bool isFirst = true;
  for (const Prepared *statement : node.statements) {
    if (isFirst) {
      for (const Condition &condition : statement->conditions)
        if (!isKnown(condition, scope) && isPrintable(condition))
          result.push_back(condition);
      either = alternativesOf(*statement, scope, isPrintable);
    } else {
      std::erase_if(result, [&](const Condition &c) { return !contains(statement->conditions, c); });
      auto other = either ? alternativesOf(*statement, scope, isPrintable) : std::nullopt;
      if (!other || !other->isSameAs(*either))
        either.reset();
    }
    isFirst = false;
    if (result.empty() && !either)
      return result;
  }
  if (!node.statement) {
    const std::vector<Condition> before = result;
    std::erase_if(result, [&](const Condition &c) {
      return c.kind == Condition::Kind::Literal &&
             !std::all_of(node.statements.begin(), node.statements.end(),
                          [&](const Prepared *statement) { return isSafeToRead(c, *statement, scope, before); });
    });
  }
  dropImplied(result, scope.known);
  if (either && !isKnown(*either, scope))
    result.insert(std::find_if(result.begin(), result.end(),
                               [](const Condition &c) { return c.kind == Condition::Kind::Literal; }),
                  std::move(*either));
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
    return condition.expr;
  case Condition::Kind::Either: {
    Expr either;
    for (const std::vector<Constraint> &alternative : condition.alternatives) {
      Expr all;
      for (const Constraint &constraint : alternative)
        all = conjunction(context, all, terms.expr(constraint));
      either = either ? context.logical(LogicalOp::Or, either, all) : all;
    }
    return either;
  }
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
    else if (condition.kind == Condition::Kind::Either)
      result.known = result.known.withEither(condition.alternatives);
    if (condition.kind == Condition::Kind::Affine || condition.kind == Condition::Kind::Either)
      trail->printed.push_back(exprOf(condition, scope.known));
    result.applied.push_back(condition);
  }
  result.known = result.known.with(std::move(facts));
  result.trail = std::move(trail);
  return result;
}

} // namespace loopy::lowering
