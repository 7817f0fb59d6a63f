#include "loopy/transforms/extract_subst.h"

#include "edit.h"
#include "match.h"
#include "reads.h"

#include "loopy/frontend/parse.h"

#include <algorithm>

namespace loopy {
namespace {

// Does `e` match the pattern? Parameters are bound to expressions on the way.
class Matcher {
public:
  explicit Matcher(const std::vector<std::string> &params) : params_(params) {}

  bool match(Expr pattern, Expr e) {
    if (const InameRef *name = pattern.as<InameRef>();
        name && std::find(params_.begin(), params_.end(), name->name) != params_.end()) {
      auto [it, isNew] = bound_.emplace(name->name, e);
      return isNew ? e.type().isInteger() : equal(it->second, e);
    }
    const std::vector<Expr> left = children(pattern), right = children(e);
    if (left.empty())
      return equal(pattern, e);
    if (left.size() != right.size() || !sameNode(pattern, e))
      return false;
    for (size_t i = 0; i < left.size(); ++i)
      if (!match(left[i], right[i]))
        return false;
    return true;
  }

  std::vector<Expr> arguments() const {
    std::vector<Expr> args;
    for (const std::string &param : params_) {
      auto it = bound_.find(param);
      require(it != bound_.end(), "a parameter of a pattern that does not occur in it");
      args.push_back(it->second);
    }
    return args;
  }

private:
  // The two nodes are equal but for their children.
  static bool sameNode(Expr a, Expr b) {
    if (a->data.index() != b->data.index() || a.type() != b.type())
      return false;
    auto same = [&]<class T>(const T &x, auto &&test) { return test(x, *b.as<T>()); };
    return visit(
        a, Overloaded{
               [](const Constant &) { return false; },
               [](const ParamRef &) { return false; },
               [](const InameRef &) { return false; },
               [&](const Load &l) { return same(l, [](auto &x, auto &y) { return x.array == y.array; }); },
               [&](const Unary &u) { return same(u, [](auto &x, auto &y) { return x.op == y.op; }); },
               [&](const Binary &n) { return same(n, [](auto &x, auto &y) { return x.op == y.op; }); },
               [&](const Compare &n) { return same(n, [](auto &x, auto &y) { return x.op == y.op; }); },
               [&](const Logical &n) { return same(n, [](auto &x, auto &y) { return x.op == y.op; }); },
               [](const Select &) { return true; },
               [](const Cast &) { return true; },
               [&](const CallExpr &n) { return same(n, [](auto &x, auto &y) { return x.function == y.function; }); },
               [&](const RuleUse &n) { return same(n, [](auto &x, auto &y) { return x.rule == y.rule; }); },
               [](const Reduce &) { return false; },
           });
  }

  const std::vector<std::string> &params_;
  std::map<std::string, Expr> bound_;
};

// name[p_0, p_1, ...] with a parameter for each axis.
Rule readOf(const Kernel &kernel, const Array &array, const ExtractSubst &options) {
  Rule rule{options.rule, {}, Expr(), options.where};
  std::vector<Expr> index;
  for (unsigned axis = 0; axis < array.rank(); ++axis) {
    rule.params.push_back(kernel.freshName(array.name + "_" + std::to_string(axis)));
    index.push_back(kernel.context->iname(rule.params.back()));
  }
  rule.body = kernel.context->load(array.name, std::move(index), array.type, options.where);
  return rule;
}

Rule patternOf(const Kernel &kernel, const ExtractSubst &options) {
  if (const Array *array = kernel.findArray(options.pattern); array && options.params.empty())
    return readOf(kernel, *array, options);
  for (size_t i = 0; i < options.params.size(); ++i)
    if (std::count(options.params.begin(), options.params.begin() + i, options.params[i]))
      throw UserError(options.where, "Parameter `" + options.params[i] + "` stands twice in the list.");
  std::vector<std::string> names = options.params;
  for (const std::string &iname : kernel.inameNames())
    names.push_back(iname);
  Rule rule{options.rule, options.params, parseExpression(kernel, options.pattern, names, options.where),
            options.where};
  if (const InameRef *name = rule.body.as<InameRef>();
      name && std::find(options.params.begin(), options.params.end(), name->name) != options.params.end())
    throw UserError(options.where,
                    "The pattern `" + options.pattern + "` is a parameter alone, which matches everything.");
  const std::set<std::string> mentioned = inamesIn(rule.body);
  for (const std::string &param : options.params)
    if (!mentioned.count(param))
      throw UserError(options.where,
                      "Parameter `" + param + "` does not occur in the pattern `" + options.pattern + "`.");
  return rule;
}

// A use of the rule in the place of a node that matches, its arguments searched too; null for a node that does not.
Expr replaceMatch(Context &context, const Rule &rule, Expr node, unsigned &count) {
  Matcher matcher(rule.params);
  if (!matcher.match(rule.body, node))
    return Expr();
  ++count;
  std::vector<Expr> args = matcher.arguments();
  for (Expr &arg : args)
    arg = replaceTopDown(context, arg, [&](Expr e) { return replaceMatch(context, rule, e, count); });
  return context.make({node.type(), node.range(), RuleUse{rule.name, std::move(args), ""}});
}

} // namespace

Kernel extractSubst(const Kernel &kernel, const ExtractSubst &options, Notes *) {
  requireNewName(kernel, options.rule, options.where);
  const Rule rule = patternOf(kernel, options);
  const std::vector<std::string> selected = matchStatements(kernel, options.within, options.where);
  Context &context = *kernel.context;
  Kernel result = kernel;
  unsigned count = 0;
  for (StatementRef &statement : result.statements) {
    if (std::find(selected.begin(), selected.end(), statement->id) == selected.end())
      continue;
    const unsigned before = count;
    Statement rewritten =
        rewriteReads(context, *statement, [&](Expr e) { return replaceMatch(context, rule, e, count); });
    if (count > before)
      statement = std::make_shared<const Statement>(std::move(rewritten));
  }
  if (count == 0)
    throw UserError(options.where, kernel.findArray(options.pattern)
                                       ? "No selected statement reads `" + options.pattern + "` in an expression."
                                       : "Nothing in the selected statements matches `" + toString(rule.body) + "`.");
  result.rules.push_back(rule);
  return result;
}

} // namespace loopy
