// The host's part: scopes outside and at the top of device kernels, loops around launches.
#include "loopy/ir/tree.h"
#include "lowering.h"

namespace loopy::lowering {
namespace {

// The kernels launched below a host node.
void collectKernels(const HostNode &node, std::vector<unsigned> &out) {
  if (auto *launch = std::get_if<HostNode::LaunchNode>(&node.data)) {
    out.push_back(launch->kernel);
    return;
  }
  for (const HostNode &child : std::get<HostNode::HostLoop>(node.data).children)
    collectKernels(child, out);
}

} // namespace

Scope Lowering::hostScope() {
  Scope scope{assumed, {}, {}, {}, nullptr, {}};
  for (const std::string &param : kernel.integerParams())
    scope.available.insert(terms.ofName(param));
  return scope;
}

Scope Lowering::deviceScope(unsigned deviceKernel, const Scope &host) {
  Scope scope = host;
  if (!mapping.target.hasWorkItems())
    return scope;
  const DeviceKernel &device = mapping.kernels[deviceKernel];
  for (const std::string &iname : loopsIn(device.tree)) {
    Tag tag = kernel.tag(iname);
    if (!tag.isHardware())
      continue;
    require(tag.kind != Tag::Kind::LocalAuto, "an unresolved l.auto tag");
    const AxisExtent &axis = device.axes[tag.isGroup() ? groupAxis(tag.value) : localAxis(tag.value)];
    require(axis.used && axis.extent, "a hardware loop on an axis that its kernel does not have");
    Expr x = context.iname(iname), lower = axis.lower ? axis.lower : context.constant(int64_t(0));
    Expr last = terms.expr(withConstant(plus(terms.formOf(lower), terms.formOf(axis.extent)), -1));
    auto trail = std::make_shared<Trail>();
    trail->parent = scope.trail;
    trail->hardware = iname;
    trail->printed = {context.compare(CompareOp::Ge, x, lower), context.compare(CompareOp::Le, x, last)};
    for (Expr condition : trail->printed) {
      if (auto constraints = terms.constraintsOf(condition)) {
        scope.known = scope.known.with(*constraints);
        continue;
      }
      auto set = toSet(context, condition);
      require(set.has_value(), "an axis whose extent is not affine");
      scope.known = scope.known.with(*set);
    }
    scope.trail = std::move(trail);
    scope.available.insert(terms.ofName(iname));
    if (tag.isLocal())
      scope.divergent.insert(terms.ofName(iname));
  }
  return scope;
}

// What the domains of all statements of a device kernel ask of parameters and host loops: where it does not hold, there
// is nothing to launch.
std::vector<Condition> Lowering::launchConditions(unsigned deviceKernel, const Scope &scope) {
  if (!mapping.target.hasWorkItems())
    return {};
  std::optional<std::vector<Condition>> common;
  for (const std::string &id : statementsBelow(mapping.kernels[deviceKernel].tree)) {
    const std::vector<Condition> &conditions = prepared.at(id).conditions;
    auto isAsked = [&](const Condition &condition) {
      return std::any_of(conditions.begin(), conditions.end(),
                         [&](const Condition &c) { return c.isSameAs(condition); });
    };
    if (common)
      std::erase_if(*common, [&](const Condition &condition) { return !isAsked(condition); });
    else
      common = conditions;
    if (common->empty())
      return {};
  }
  std::vector<Condition> result;
  for (const Condition &condition : common.value_or(std::vector<Condition>{})) {
    const bool isOfHost = condition.kind == Condition::Kind::Affine &&
                          std::all_of(condition.names.begin(), condition.names.end(),
                                      [&](Term name) { return scope.available.count(name) != 0; });
    if (isOfHost && !scope.known.implies(condition.constraint))
      result.push_back(condition);
  }
  return result;
}

void Lowering::lowerHost(const std::vector<HostNode> &nodes, const Scope &scope, std::vector<HostStmt> &out,
                         const std::function<void(unsigned, const Scope &)> &lowerKernel) {
  for (const HostNode &node : nodes) {
    if (auto *launch = std::get_if<HostNode::LaunchNode>(&node.data)) {
      const std::vector<Condition> conditions = launchConditions(launch->kernel, scope);
      lowerKernel(launch->kernel, withConditions(scope, conditions));
      LaunchStmt stmt;
      stmt.function = launch->kernel;
      for (unsigned n = 0; n < 3; ++n) {
        const AxisExtent &axis = mapping.kernels[launch->kernel].axes[groupAxis(n)];
        stmt.groups[n] = axis.used ? conditionOf(axis.extent, scope.known) : context.constant(int64_t(1));
      }
      for (const Condition &condition : conditions)
        stmt.groups[0] = context.select(exprOf(condition, scope.known), stmt.groups[0], context.constant(int64_t(0)));
      out.push_back({std::move(stmt)});
      continue;
    }
    const auto &loop = std::get<HostNode::HostLoop>(node.data);
    BodyNode body;
    body.iname = loop.iname;
    std::vector<unsigned> kernels;
    collectKernels(node, kernels);
    for (unsigned k : kernels)
      for (const std::string &id : statementsBelow(mapping.kernels[k].tree))
        body.statements.push_back(&prepared.at(id));
    std::optional<LoopBounds> bounds = boundsOf(body, scope);
    if (!bounds)
      continue;
    HostFor stmt{loop.iname, conditionOf(bounds->lower, scope.known), conditionOf(bounds->upper, scope.known), {}};
    lowerHost(loop.children, insideLoop(scope, loop.iname, *bounds), stmt.body, lowerKernel);
    out.push_back({std::move(stmt)});
  }
}

} // namespace loopy::lowering
