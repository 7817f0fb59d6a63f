// Calls of external functions as statements.
#include "statement_builder.h"

#include <algorithm>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

// r = f(...) is a call statement where f cannot be called inside an expression: it writes arguments, takes parts of
// arrays, or gives several results.
bool StatementBuilder::isCallBody(const ast::Statement &statement) const {
  const Term &rhs = *statement.rhs;
  const FunctionDecl *function = rhs.kind == Kind::Call ? scope_.function(rhs.text) : nullptr;
  if (!function || statement.declares || statement.augmented)
    return false;
  bool hasParts =
      std::any_of(rhs.args.begin(), rhs.args.end(), [](const Term *arg) { return arg->kind == Kind::SubArray; });
  bool writes = std::any_of(function->roles.begin(), function->roles.end(), [](Role role) { return role != Role::In; });
  return hasParts || writes || !function->pure || statement.lhs.size() > 1;
}

Body StatementBuilder::externalCall(const ast::Statement &statement, const Term &call) {
  const FunctionDecl *function = scope_.function(call.text);
  if (!function || function->kernel)
    if (const auto callee = scope_.callees.find(call.text); callee != scope_.callees.end())
      return kernelCall(statement, call, callee->second);
  if (!function) {
    std::vector<std::string> names;
    for (const auto &[name, kernel] : scope_.callees)
      if (name != scope_.kernel.name)
        names.push_back(name);
    for (const FunctionDecl &f : scope_.kernel.functions)
      names.push_back(f.name);
    scope_.errors.fail(call.nameRange, unknownName("external function or kernel", call.text, names) +
                                           " An external function is declared by 'function " + call.text +
                                           "(in, out, ...)'.");
  }
  if (function->roles.size() != call.args.size())
    scope_.errors.fail(call.range,
                       "'" + call.text + "' takes " + std::to_string(function->roles.size()) + " arguments, but " +
                           std::to_string(call.args.size()) + " are given.",
                       {noteAt(function->source, "It is declared here.")});
  CallBody body;
  body.callee = call.text;
  for (const Term *place : statement.lhs)
    body.results.push_back(exprs_.buildPlace(*place));
  if (body.results.size() > (function->result ? 1u : 0u))
    scope_.errors.fail(call.range, "'" + call.text + "' does not have that many results.",
                       {noteAt(function->source, "It is declared here.")});
  for (size_t k = 0; k < call.args.size(); ++k) {
    const Term &arg = *call.args[k];
    if (arg.kind == Kind::SubArray) {
      body.args.push_back(subArray(arg));
      requireFromZero(arg);
    } else if (function->roles[k] == Role::In) {
      body.args.push_back(exprs_.build(arg));
    } else {
      if (arg.kind != Kind::Name && arg.kind != Kind::Subscript)
        scope_.errors.fail(arg.range,
                           "'" + call.text + "' writes this argument, so it must be an element or a part of an array.");
      body.args.push_back(SubArray{{}, exprs_.buildPlace(arg)});
    }
  }
  return body;
}

SubArray StatementBuilder::subArray(const Term &arg) {
  for (const std::string &iname : arg.names)
    if (!scope_.isIname(iname))
      scope_.errors.fail(arg.range, unknownName("iname", iname, scope_.inameNames()));
  return SubArray{arg.names, exprs_.buildPlace(*arg.args[0])};
}

// An external function gets the address of the element that all swept inames are 0 at.
void StatementBuilder::requireFromZero(const Term &arg) {
  isl::ctx ctx = scope_.context.isl();
  for (const std::string &iname : arg.names) {
    const isl::set range = domains_.domainOf({iname}).intersect(scope_.kernel.assumptions);
    const isl::pw_aff x = poly::paramAff(ctx, iname), zero = poly::constantAff(ctx, 0);
    const bool isFromZero = withBudget(ctx, scope_.errors, arg.range, [&] {
      return range.is_disjoint(x.lt_set(zero)) &&
             poly::projectOut(range, {iname}).is_subset(poly::projectOut(range.intersect(x.eq_set(zero)), {iname}));
    });
    if (!isFromZero)
      scope_.errors.fail(arg.range, "The iname '" + iname +
                                        "' of a part of an array that an external function gets "
                                        "begins at 0; shift the subscript instead.");
  }
}

} // namespace loopy
