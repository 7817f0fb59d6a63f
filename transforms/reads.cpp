#include "reads.h"

#include <algorithm>

namespace loopy {

Expr replaceTopDown(Context &context, Expr e, const Replacement &replace) {
  if (Expr replaced = replace(e))
    return replaced;
  std::vector<Expr> below = children(e);
  for (Expr &child : below)
    child = replaceTopDown(context, child, replace);
  return withChildren(context, e, below);
}

namespace {

// A place is assigned, not read; its subscripts are read.
Expr rewriteSubscripts(Context &context, Expr place, const Replacement &replace) {
  std::vector<Expr> below = children(place);
  for (Expr &child : below)
    child = replaceTopDown(context, child, replace);
  return withChildren(context, place, below);
}

void rewriteBody(Context &context, Assign &assign, const Replacement &replace) {
  for (Expr &value : assign.rhs)
    value = replaceTopDown(context, value, replace);
  for (Expr &place : assign.lhs)
    place = rewriteSubscripts(context, place, replace);
}

void rewriteBody(Context &context, CallBody &call, const Replacement &replace) {
  for (auto &arg : call.args)
    if (Expr *value = std::get_if<Expr>(&arg))
      *value = replaceTopDown(context, *value, replace);
  for (Expr &place : call.results)
    place = rewriteSubscripts(context, place, replace);
}
void rewriteBody(Context &, Nop &, const Replacement &) {}
void rewriteBody(Context &, Barrier &, const Replacement &) {}

} // namespace

Statement rewriteReads(Context &context, const Statement &statement, const Replacement &replace) {
  Statement result = statement;
  const Assign *assign = std::get_if<Assign>(&statement.body);
  const bool isUpdate = assign && (assign->atomic || statement.reductionRole == ReductionRole::Update);
  // `place op e` keeps its form: neither it nor its own place is replaced as a whole.
  const Replacement keepOwnPlace = [&](Expr e) {
    if (assign->atomic && std::any_of(assign->rhs.begin(), assign->rhs.end(), [&](Expr value) { return equal(value, e); }))
      return Expr();
    const bool isOwnPlace =
        std::any_of(assign->lhs.begin(), assign->lhs.end(), [&](Expr place) { return equal(place, e); });
    return isOwnPlace ? rewriteSubscripts(context, e, replace) : replace(e);
  };
  std::visit([&](auto &body) { rewriteBody(context, body, isUpdate ? keepOwnPlace : replace); }, result.body);
  return result;
}

void forEachRead(const Statement &statement, const std::function<void(Expr)> &f) {
  auto subscripts = [&](Expr place) {
    for (Expr index : children(place))
      f(index);
  };
  std::visit(Overloaded{[&](const Assign &assign) {
                          for (Expr value : assign.rhs)
                            f(value);
                          for (Expr place : assign.lhs)
                            subscripts(place);
                        },
                        [&](const CallBody &call) {
                          for (const auto &arg : call.args)
                            if (const Expr *value = std::get_if<Expr>(&arg))
                              f(*value);
                          for (Expr place : call.results)
                            subscripts(place);
                        },
                        [](const Nop &) {}, [](const Barrier &) {}},
             statement.body);
}

bool isRuleUsed(const Kernel &kernel, const std::string &rule) {
  bool found = false;
  auto look = [&](Expr top) {
    forEach(top, [&](Expr e) {
      const RuleUse *use = e.as<RuleUse>();
      found |= use && use->rule == rule;
    });
  };
  for (const StatementRef &statement : kernel.statements) {
    forEachRead(*statement, look);
    for (const auto &[name, load] : statement->dataParams)
      look(load);
    for (const GuardLiteral &literal : statement->guard)
      look(literal.load);
  }
  for (const Rule &other : kernel.rules)
    look(other.body);
  return found;
}

void removeRule(Kernel &kernel, const std::string &rule) {
  std::erase_if(kernel.rules, [&](const Rule &r) { return r.name == rule; });
}

Expr expandUse(Context &context, const Rule &rule, const std::vector<Expr> &args) {
  require(rule.params.size() == args.size(), "a use of a rule with another number of arguments");
  std::map<std::string, Expr> replacement;
  for (size_t i = 0; i < args.size(); ++i)
    replacement[rule.params[i]] = args[i];
  return substituteInames(context, rule.body, replacement);
}

} // namespace loopy
