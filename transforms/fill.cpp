#include "fill.h"

#include "auto_axes.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

// a + b as one flat sum.
Expr addFlat(Context &context, Expr a, Expr b) {
  const Binary *sum = b.as<Binary>();
  if (!sum || sum->op != BinaryOp::Add)
    return context.add(a, b);
  return context.add(addFlat(context, a, sum->lhs), sum->rhs);
}

// By argument of the rule: its value at the element that the fill's iteration fills.
std::map<std::string, Expr> argumentValues(const FillPlan &plan, const Dealing &dealing) {
  Context &context = *plan.kernel->context;
  const Footprint &footprint = *plan.footprint;
  std::map<std::string, Expr> values;
  for (size_t i = 0; i < plan.arguments.size(); ++i)
    if (footprint.single[i])
      values[plan.arguments[i]] = footprint.single[i];
  NameToExpr names = namesOf(*plan.kernel, footprint.dataParams);
  for (size_t i = 0; i < footprint.axes.size(); ++i) {
    const FootprintAxis &axis = footprint.axes[i];
    Expr position = context.mul(axis.stride, dealing.coordinates[i]);
    values[plan.arguments[axis.argument]] = addFlat(context, fromPwAff(context, axis.base, names), position);
  }
  return values;
}

// The parameter set with names replaced by functions of other parameters. Constraints keep their form, which projecting
// the names out would not give for functions with divisions.
isl::set pullBack(const isl::set &set, const poly::Names &names, const std::vector<isl::pw_aff> &values) {
  if (names.empty())
    return set;
  isl_set *tuple = isl_set_from_params(set.copy());
  isl_pw_multi_aff *function = nullptr;
  for (unsigned i = 0; i < names.size(); ++i) {
    int position = isl_set_find_dim_by_name(tuple, isl_dim_param, names[i].c_str());
    require(position >= 0, "a value of a footprint that its sets do not bound");
    tuple = isl_set_move_dims(tuple, isl_dim_set, i, isl_dim_param, position, 1);
    isl_pw_multi_aff *value = isl_pw_multi_aff_from_pw_aff(values[i].copy());
    function = function ? isl_pw_multi_aff_flat_range_product(function, value) : value;
  }
  function = isl_pw_multi_aff_insert_domain(function, isl_space_set_alloc(set.ctx().get(), 0, 0));
  return isl::manage(isl_set_params(isl_set_preimage_pw_multi_aff(tuple, function)));
}

// The iterations of the fill: those with base + stride*coordinate in `elements` on all axes.
isl::set fillDomain(const FillPlan &plan, const Dealing &dealing, const isl::set &elements) {
  Context &context = *plan.kernel->context;
  poly::Names names;
  std::vector<isl::pw_aff> values;
  for (size_t i = 0; i < plan.footprint->axes.size(); ++i) {
    const FootprintAxis &axis = plan.footprint->axes[i];
    std::optional<isl::pw_aff> coordinate = toAffine(context, dealing.coordinates[i]);
    require(coordinate.has_value(), "the coordinate of a fill is not affine");
    names.push_back(axis.value);
    values.push_back(axis.base.add(coordinate->scale(isl::val(context.isl(), static_cast<long>(axis.stride)))));
  }
  return pullBack(elements, names, values).intersect(dealing.domain).coalesce();
}

} // namespace

Expr fillAccess(const FillPlan &plan, const std::vector<Expr> &position) {
  Context &context = *plan.kernel->context;
  std::vector<Expr> index;
  for (const std::string &iname : plan.outer) {
    const auto ahead = plan.ahead.find(iname);
    const Expr value = context.iname(iname);
    index.push_back(
        ahead == plan.ahead.end() || ahead->second == 0 ? value : context.add(value, context.constant(ahead->second)));
  }
  for (unsigned axis : plan.storageOrder)
    index.push_back(position[axis]);
  return context.load(plan.names.array, std::move(index), plan.rule->body.type(), plan.names.source);
}

Fill makeFill(const FillPlan &plan, const Dealing &dealing, const isl::set &elements) {
  Fill fill;
  fill.loops = dealing.loops;
  Statement &statement = fill.statement;
  statement.id = plan.names.statement;
  statement.source = plan.names.source;
  statement.inames = plan.outer;
  for (const FillLoop &loop : dealing.loops)
    statement.inames.push_back(loop.name);
  statement.domain = fillDomain(plan, dealing, elements);
  statement.guard = plan.guard;
  for (const auto &[name, load] : plan.footprint->dataParams)
    if (poly::involves(statement.domain, name))
      statement.dataParams[name] = load;
  Expr value = substituteInames(*plan.kernel->context, plan.rule->body, argumentValues(plan, dealing));
  statement.body = Assign{{fillAccess(plan, dealing.coordinates)}, {value}, false};

  fill.nest = makeLeaf({statement.id});
  for (size_t i = dealing.loops.size(); i-- > 0;)
    fill.nest = makeLoop(dealing.loops[i].name, {fill.nest});
  for (size_t i = plan.outer.size(); i-- > 0;)
    if (std::find(plan.around.begin(), plan.around.end(), plan.outer[i]) == plan.around.end())
      fill.nest = makeLoop(plan.outer[i], {fill.nest});
  return fill;
}

std::vector<unsigned> memoryOrder(const Kernel &kernel, const Expr &body, const std::vector<std::string> &arguments,
                                  const Footprint &footprint) {
  const Load *read = nullptr;
  forEach(body, [&](Expr e) {
    if (!read)
      read = e.as<Load>();
  });
  std::vector<unsigned> order;
  auto addAxesIn = [&](Expr subscript) {
    for (unsigned axis = 0; axis < footprint.axes.size(); ++axis)
      if (mentionsIname(subscript, arguments[footprint.axes[axis].argument]) &&
          std::find(order.begin(), order.end(), axis) == order.end())
        order.push_back(axis);
  };
  if (read) {
    const Array &array = kernel.array(read->array);
    for (unsigned axis = 0; axis < array.implicitAxes; ++axis)
      addAxesIn(read->index[axis]);
    for (unsigned axis : axesSlowestFirst(array))
      addAxesIn(read->index[array.implicitAxes + axis]);
  }
  // Axes that the read does not mention come first.
  std::vector<unsigned> result;
  for (unsigned axis = 0; axis < footprint.axes.size(); ++axis)
    if (std::find(order.begin(), order.end(), axis) == order.end())
      result.push_back(axis);
  result.insert(result.end(), order.begin(), order.end());
  return result;
}

} // namespace loopy
