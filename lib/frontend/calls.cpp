// Calls: functions of the language, external functions, rules.
#include "typing.h"

#include "loopy/ir/functions.h"

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

Typed ExprBuilder::call(const Term &term) {
  if (scope_.rule(term.text) && !ruleArgs_.count(term.text))
    return ruleUse(term);
  if (!term.tag.empty())
    scope_.errors.fail(term.nameRange, "There is no rule '" + term.text + "' whose use could carry a tag.");
  if (const FunctionDecl *function = scope_.function(term.text))
    return externalCall(term, *function);
  if (term.text == "complex")
    return complexCall(term);
  return mathCall(term);
}

Typed ExprBuilder::mathCall(const Term &term) {
  const FunctionInfo *function = findFunction(term.text);
  if (!function) {
    std::vector<std::string> names = functionNames();
    std::string near = nearestName(term.text, names);
    scope_.errors.fail(term.nameRange, "There is no function '" + term.text + "'." +
                                           (near.empty() ? "" : " Did you mean '" + near + "'?") +
                                           " An external function is declared by 'function " + term.text +
                                           "(in, ...) -> type'.");
  }
  if (term.args.size() != function->arity)
    scope_.errors.fail(term.range, "'" + term.text + "' takes " + std::to_string(function->arity) +
                                       (function->arity == 1 ? " argument" : " arguments") + ", but " +
                                       std::to_string(term.args.size()) + (term.args.size() == 1 ? " is" : " are") +
                                       " given.");
  std::vector<Typed> args;
  for (const Term *arg : term.args)
    args.push_back(typed(*arg));
  if (function->operation)
    return arithmetic(*function->operation, args[0], args[1], term.range);
  // Numbers follow the other arguments.
  for (Typed &arg : args)
    for (Typed &other : args)
      if (arg.isLiteral != other.isLiteral)
        unify(arg, other, term.range);
  std::vector<Type> types;
  for (const Typed &arg : args)
    types.push_back(arg.e.type());
  std::optional<CallTyping> typing = typeOfCall(*function, types);
  if (!typing)
    scope_.errors.fail(term.range, "'" + term.text + "' is not defined for the type " + types[0].name() + ".");
  std::vector<Expr> values;
  for (const Typed &arg : args) {
    Expr adapted = arg.isLiteral ? adaptLiteral(scope_.context, arg.e, typing->argument) : Expr();
    values.push_back(scope_.context.cast(typing->argument, adapted ? adapted : arg.e, arg.e.range()));
  }
  return {scope_.context.call(term.text, std::move(values), typing->result, term.range)};
}

// complex(re, im): a constant of two numbers, else re + im * i.
Typed ExprBuilder::complexCall(const Term &term) {
  if (term.args.size() != 2)
    scope_.errors.fail(term.range, "'complex' takes two arguments, the real and the imaginary part.");
  Typed re = typed(*term.args[0]), im = typed(*term.args[1]);
  Type complex128{ScalarKind::Complex128};
  auto number = [&](const Typed &part) -> std::optional<double> {
    Expr adapted = part.isLiteral ? adaptLiteral(scope_.context, part.e, float64Type) : Expr();
    auto *c = adapted ? adapted.as<Constant>() : nullptr;
    return c ? std::optional(std::get<double>(c->value)) : std::nullopt;
  };
  if (re.e.type().isComplex() || im.e.type().isComplex())
    scope_.errors.fail(term.range, "The parts of a complex number are real.");
  auto x = number(re), y = number(im);
  if (x && y)
    return {scope_.context.make({complex128, term.range, Constant{std::complex<double>(*x, *y)}}), true};
  Typed i{scope_.context.make({complex128, term.range, Constant{std::complex<double>(0, 1)}}), true};
  return arithmetic(BinaryOp::Add, re, arithmetic(BinaryOp::Mul, im, i, term.range), term.range);
}

Typed ExprBuilder::externalCall(const Term &term, const FunctionDecl &function) {
  if (!function.result)
    scope_.errors.fail(term.range,
                       "The function '" + function.name + "' has no result, so it cannot stand in an expression.",
                       {noteAt(function.source, "It is declared here.")});
  if (function.roles.size() != term.args.size())
    scope_.errors.fail(term.range,
                       "'" + function.name + "' takes " + std::to_string(function.roles.size()) + " arguments, but " +
                           std::to_string(term.args.size()) + " are given.",
                       {noteAt(function.source, "It is declared here.")});
  std::vector<Expr> args;
  for (size_t k = 0; k < term.args.size(); ++k) {
    if (function.roles[k] != Role::In)
      scope_.errors.fail(term.args[k]->range,
                         "'" + function.name + "' writes this argument, so the call must be a statement.");
    args.push_back(build(*term.args[k]));
  }
  return {scope_.context.call(function.name, std::move(args), *function.result, term.range)};
}

// ---------------------------------------------------------------------------------------------------------- rules
// Types the rule's body with its parameters as integers, once, and adds it to the kernel.
void ExprBuilder::typeRule(RuleInfo &rule, const Term &use) {
  if (rule.isTyped)
    return;
  if (rule.isOpen)
    scope_.errors.fail(use.range, "The rule '" + rule.line->name.text + "' uses itself.");
  rule.isOpen = true;
  std::map<std::string, Typed> params;
  Rule result{rule.line->name.text, {}, Expr(), rule.line->range};
  for (const ast::NamedWord &param : rule.line->params) {
    result.params.push_back(param.text);
    params[param.text] = {scope_.context.iname(param.text, param.range)};
  }
  std::swap(params, ruleArgs_);
  try {
    result.body = build(*rule.line->body);
  } catch (const Abandoned &) {
    std::swap(params, ruleArgs_);
    rule.isOpen = false;
    throw;
  }
  std::swap(params, ruleArgs_);
  rule.isOpen = false;
  rule.isTyped = true;
  scope_.kernel.rules.push_back(std::move(result));
}

// Rules of integers stay in the kernel, for passes to work on. Other uses are expanded at once: their types depend on
// their arguments, or they hold a reduction, which is realised where it is used.
Typed ExprBuilder::ruleUse(const Term &term) {
  RuleInfo &rule = analyse_(term.text, term.range);
  const ast::RuleLine &line = *rule.line;
  if (term.args.size() != line.params.size())
    scope_.errors.fail(term.range,
                       "The rule '" + term.text + "' has " + std::to_string(line.params.size()) + " parameters, but " +
                           std::to_string(term.args.size()) + " arguments are given.",
                       {noteAt(line.range, "It is defined here.")});
  std::vector<Typed> args;
  for (const Term *arg : term.args)
    args.push_back(typed(*arg));
  bool isPlain = !rule.hasReduction;
  for (const Typed &arg : args)
    isPlain &= arg.e.type() == indexType;
  if (isPlain) {
    typeRule(rule, term);
    std::vector<Expr> values;
    for (const Typed &arg : args)
      values.push_back(arg.e);
    Type type = scope_.kernel.findRule(term.text)->body.type();
    return {scope_.context.make({type, term.range, RuleUse{term.text, values, term.tag}})};
  }
  if (!line.body)
    scope_.errors.fail(term.range, "The arguments of the rule '" + term.text + "' are integers of 32 bits.");
  std::map<std::string, Typed> values;
  for (size_t k = 0; k < args.size(); ++k)
    values[line.params[k].text] = args[k];
  std::swap(values, ruleArgs_);
  try {
    Typed result = typed(*line.body);
    std::swap(values, ruleArgs_);
    return result;
  } catch (const Abandoned &) {
    std::swap(values, ruleArgs_);
    throw;
  }
}

} // namespace loopy
