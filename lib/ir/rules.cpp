#include "loopy/ir/rules.h"

#include <algorithm>

namespace loopy {
namespace {

constexpr size_t largestExpansion = 1000000;
constexpr unsigned deepestExpansion = 2000; // later work recurses over expressions

unsigned depthOf(Expr e) {
  unsigned depth = 0;
  for (Expr child : children(e))
    depth = std::max(depth, depthOf(child));
  return depth + 1;
}

// Counts the nodes of what it makes, so that rules that double at each level end in a message and not in a full memory.
class RuleExpander {
public:
  explicit RuleExpander(const Kernel &kernel) : kernel_(kernel) {}

  // Arguments are expanded before they are put into the body, and the body after that, with them in place.
  Expr expand(Expr e) {
    std::vector<Expr> parts = children(e);
    for (Expr &part : parts)
      part = expand(part);
    auto *use = e.as<RuleUse>();
    if (!use)
      return withChildren(*kernel_.context, e, parts);
    const Rule *rule = kernel_.findRule(use->rule);
    require(rule && rule->params.size() == parts.size(), "a use of a rule that does not exist");
    std::map<std::string, Expr> values;
    for (size_t i = 0; i < parts.size(); ++i)
      values[standIn(rule->params[i])] = parts[i];
    Expr body = substituteInames(*kernel_.context, expandedBody(*rule), values);
    count(body, e.range());
    return body;
  }

private:
  Expr expandedBody(const Rule &rule) {
    auto found = bodies_.find(rule.name);
    if (found == bodies_.end()) {
      std::map<std::string, Expr> params;
      for (const std::string &param : rule.params)
        params[param] = kernel_.context->iname(standIn(param));
      found = bodies_.emplace(rule.name, expand(substituteInames(*kernel_.context, rule.body, params))).first;
    }
    return found->second;
  }

  // In expanded bodies, so that a parameter is no iname of the same name in the body of another rule.
  static std::string standIn(const std::string &param) { return "$" + param; }

  void count(Expr e, SourceRange range) {
    forEach(e, [&](Expr) { ++nodes_; });
    if (nodes_ > largestExpansion)
      throw UserError(range, "The expansion of this rule is larger than a million operations.");
    if (depthOf(e) > deepestExpansion)
      throw UserError(range, "The expansion of this rule is more than 2000 operations deep.");
  }

  const Kernel &kernel_;
  std::map<std::string, Expr> bodies_;
  size_t nodes_ = 0;
};

bool usesRules(const Statement &statement) {
  bool found = false;
  auto look = [&](Expr e) { forEach(e, [&](Expr node) { found |= node.is<RuleUse>(); }); };
  for (const auto &[name, load] : statement.dataParams)
    look(load);
  for (const GuardLiteral &literal : statement.guard)
    look(literal.load);
  std::visit(
      Overloaded{[&](const Assign &assign) {
                   for (Expr e : assign.lhs)
                     look(e);
                   for (Expr e : assign.rhs)
                     look(e);
                 },
                 [&](const CallBody &call) {
                   for (Expr e : call.results)
                     look(e);
                   for (const auto &arg : call.args)
                     std::visit(Overloaded{[&](Expr e) { look(e); }, [&](const SubArray &s) { look(s.access); }}, arg);
                 },
                 [](const Nop &) {}, [](const Barrier &) {}},
      statement.body);
  return found;
}

Statement expandWith(RuleExpander &expander, const Kernel &kernel, const Statement &statement) {
  return rewriteExprs(*kernel.context, statement, [&](Expr e) { return e.is<RuleUse>() ? expander.expand(e) : e; });
}

} // namespace

Expr expandRules(const Kernel &kernel, Expr e) { return RuleExpander(kernel).expand(e); }

Statement expandRules(const Kernel &kernel, const Statement &statement) {
  if (!usesRules(statement))
    return statement;
  RuleExpander expander(kernel);
  return expandWith(expander, kernel, statement);
}

Kernel expandAllRules(const Kernel &kernel) {
  Kernel result = kernel;
  RuleExpander expander(kernel);
  for (StatementRef &statement : result.statements)
    if (usesRules(*statement))
      statement = std::make_shared<const Statement>(expandWith(expander, kernel, *statement));
  return result;
}

} // namespace loopy
