#include "resolve.h"

namespace loopy {

Resolver::Resolver(const Kernel &kernel, const std::map<std::string, int64_t> &params)
    : kernel_(kernel), params_(params) {
  for (const StatementRef &statement : kernel.statements)
    for (const AccessRef &access : accesses(*statement))
      if (access.isWrite && kernel.array(access.load->array).isTemp())
        writers_[access.load->array].push_back(statement.get());
}

// The value of an element of a temporary, if its one writer is `t[i, j] = e` with a plain iname in each subscript.
std::optional<Expr> Resolver::definition(const Load &load) const {
  auto found = writers_.find(load.array);
  if (found == writers_.end() || found->second.size() != 1)
    return std::nullopt;
  const Assign *assign = std::get_if<Assign>(&found->second.front()->body);
  if (!assign || assign->lhs.size() != 1 || assign->atomic)
    return std::nullopt;
  const Load &place = *assign->lhs.front().as<Load>();
  std::map<std::string, Expr> values;
  for (size_t axis = 0; axis < place.index.size(); ++axis) {
    const InameRef *iname = place.index[axis].as<InameRef>();
    if (!iname || !values.insert({iname->name, load.index[axis]}).second)
      return std::nullopt;
  }
  return substituteInames(*kernel_.context, assign->rhs.front(), values);
}

Expr Resolver::resolve(Expr e) const { return resolve(e, 0); }

Expr Resolver::resolve(Expr e, int depth) const {
  constexpr int deepest = 8; // Definitions that mention themselves end here.
  return rewrite(*kernel_.context, e, [&](Expr node) {
    if (const ParamRef *param = node.as<ParamRef>()) {
      auto value = params_.find(param->name);
      return value == params_.end() ? node : kernel_.context->constant(value->second, node.type(), node.range());
    }
    if (const Load *load = node.as<Load>(); load && depth < deepest)
      if (std::optional<Expr> value = definition(*load))
        return resolve(*value, depth + 1);
    return node;
  });
}

} // namespace loopy
