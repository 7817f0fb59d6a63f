#include "planned_fill.h"

#include "extent.h"
#include "fill_loops.h"
#include "reads.h"

#include "loopy/ir/rules.h"

#include <algorithm>
#include <numeric>

namespace loopy {
namespace {

// The number of an axis for the user: of the rule's argument, or of the array's axis behind the implicit ones.
int64_t number(const PlannedFill &fill, const FootprintAxis &axis) {
  return static_cast<int64_t>(axis.argument) - static_cast<int64_t>(fill.wording->unnumbered);
}

// Its name, or its number where it has none.
std::string label(const PlannedFill &fill, const FootprintAxis &axis) {
  const int64_t n = number(fill, axis);
  if (n < 0)
    return "implicit_" + std::to_string(axis.argument);
  return fill.wording->labels.empty() ? std::to_string(n) : fill.wording->labels[static_cast<size_t>(n)];
}

// What the user said of all statements whose reads the fill takes over holds for the fill.
void addTrust(Kernel &kernel, const PlannedFill &planned, const std::string &fill) {
  const std::vector<std::string> &statements = planned.statements;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> trusting; // (other, array) -> uses
  for (const Fact &fact : kernel.facts)
    if (const TrustedFact *trusted = std::get_if<TrustedFact>(&fact))
      for (const std::string &id : statements) {
        if (trusted->first == id)
          trusting[{trusted->second, trusted->array}].insert(id);
        if (trusted->second == id)
          trusting[{trusted->first, trusted->array}].insert(id);
      }
  for (const auto &[pair, uses] : trusting)
    if (uses.size() == statements.size())
      kernel.facts.push_back(TrustedFact{fill, pair.first, pair.second, planned.options->where});
}

// The array that takes the elements.
Array temporaryOf(const PlannedFill &fill, const FillPlan &plan) {
  const Footprint &footprint = *plan.footprint;
  Array array;
  array.name = plan.names.array;
  array.type = fill.rule->body.type();
  array.role = Role::Temp;
  if (fill.sweep.isSpaceGiven)
    array.space = fill.sweep.in;
  array.implicitAxes = static_cast<unsigned>(plan.outer.size());
  for (unsigned axis : plan.storageOrder) {
    array.shape.push_back(footprint.axes[axis].size);
    if (!fill.wording->labels.empty())
      array.axisNames.push_back(label(fill, footprint.axes[axis]));
  }
  array.padding = fillPadding(fill.options->pad, footprint.axes.size(), fill.wording->what, fill.options->where);
  array.source = fill.options->where;
  return array;
}

} // namespace

FillPlan planOf(const PlannedFill &fill, const Footprint &footprint) {
  FillPlan plan;
  plan.kernel = fill.kernel;
  plan.rule = fill.rule;
  plan.footprint = &footprint;
  plan.arguments = fill.arguments;
  plan.outer = fill.sweep.outer;
  plan.around = fill.sweep.around;
  plan.storageOrder.resize(footprint.axes.size());
  std::iota(plan.storageOrder.begin(), plan.storageOrder.end(), 0U);
  plan.guard = fill.guard;
  plan.names = fill.names;
  return plan;
}

std::vector<unsigned> storageOrder(const PlannedFill &fill, const Footprint &footprint) {
  const std::vector<int64_t> &asked = fill.options->axes;
  const std::string &what = fill.wording->what;
  std::vector<unsigned> order;
  for (unsigned axis = 0; axis < footprint.axes.size(); ++axis)
    if (asked.empty() || number(fill, footprint.axes[axis]) < 0)
      order.push_back(axis);
  const int64_t numbers = static_cast<int64_t>(fill.arguments.size() - fill.wording->unnumbered);
  for (int64_t one : asked) {
    if (one < 0 || one >= numbers)
      fill.fail("axes= numbers the axes of " + what + ", from 0 to " + std::to_string(numbers - 1) + "; there is no " +
                std::to_string(one) + ".");
    for (unsigned axis = 0; axis < footprint.axes.size(); ++axis)
      if (number(fill, footprint.axes[axis]) == one)
        order.push_back(axis);
  }
  std::vector<unsigned> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  if (order.size() != footprint.axes.size() || std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    fill.fail("axes= must name each axis along which the footprint of " + what + " extends, once.");
  return order;
}

DealRequest boxOf(const PlannedFill &fill, const Footprint &footprint, const std::string &prefix) {
  DealRequest request;
  for (const FootprintAxis &axis : footprint.axes) {
    request.extents.push_back(axis.extent);
    request.axisNames.push_back(prefix + "_" + label(fill, axis));
  }
  request.order = memoryOrder(*fill.kernel, fill.body, fill.arguments, footprint);
  request.work = 0;
  forEach(fill.body, [&](Expr) { ++request.work; });
  request.prefix = prefix;
  request.where = fill.options->where;
  return request;
}

Dealing chooseLoops(const PlannedFill &fill, const Kernel &kernel, const Footprint &footprint, const DealRequest &box) {
  const Precompute &options = *fill.options;
  auto choose = [&](const DealRequest &request) {
    return chooseFillLoops({&kernel, fill.wording->what, &fill.sweep, &footprint, fill.request.argumentNames,
                            options.lanes, fill.statements[0], options.where},
                           request);
  };
  if (options.vec == 0)
    return choose(box);
  if (!isVectorWidth(options.vec))
    fill.fail("A vector has 2, 4, 8 or 16 lanes, not " + std::to_string(options.vec) + ".");
  return inGroups(kernel, box, options.vec, choose);
}

Kernel withTemporary(const PlannedFill &fill, const FillPlan &plan) {
  Kernel result = *fill.kernel;
  result.tree = fill.sweep.tree;
  result.arrays.push_back(temporaryOf(fill, plan));
  return result;
}

void addFill(Kernel &kernel, const PlannedFill &planned, const Fill &fill) {
  const std::vector<std::string> &statements = planned.statements;
  kernel.tree = insertFill(kernel.tree, planned.sweep.at, statements, fill.nest);
  auto isUse = [&](const StatementRef &statement) {
    return std::find(statements.begin(), statements.end(), statement->id) != statements.end();
  };
  auto firstUse = std::find_if(kernel.statements.begin(), kernel.statements.end(), isUse);
  kernel.statements.insert(firstUse, std::make_shared<const Statement>(fill.statement));
  for (const FillLoop &loop : fill.loops)
    kernel.inames.push_back({loop.name, loop.tag, planned.options->where});
  addTrust(kernel, planned, fill.statement.id);
}

void tagLanes(Kernel &kernel, const PlannedFill &planned, const Fill &fill, Notes *notes) {
  const int64_t vec = planned.options->vec;
  if (vec == 0)
    return;
  const std::string &lanes = fill.loops.back().name;
  if (exactLength(kernel, fill.statement.id, lanes) == vec) {
    kernel.setTag(lanes, Tag{Tag::Kind::Vec});
    return;
  }
  addNote(notes, "Loop `" + lanes + "` of the fill is not tagged `vec`, since not all groups of " +
                     std::to_string(vec) + " elements are full. Say what the parameters are divisible by " +
                     "(assume) or set full tiles apart (isolate) before; or isolate(" + lanes +
                     "), rename_iname the loop in the copies of it, and tag it.");
}

void replaceUses(Kernel &kernel, const PlannedFill &fill, const std::vector<FillPlan> &plans, Notes *notes) {
  std::map<const ExprNode *, size_t> numbers;
  for (size_t i = 0; i < fill.uses.size(); ++i)
    numbers[&fill.uses[i].use.node()] = i;
  for (const std::string &id : fill.statements)
    kernel.replaceStatement(rewriteReads(*kernel.context, fill.kernel->statement(id), [&](Expr e) {
      const auto use = numbers.find(&e.node());
      return use == numbers.end() ? Expr()
                                  : fillAccess(plans[use->second], plans[use->second].footprint->position[use->second]);
    }));
  if (!isRuleUsed(kernel, fill.rule->name))
    removeRule(kernel, fill.rule->name);
  nameResult(notes, "array", {fill.names.array});
  nameResult(notes, "statement", {fill.names.statement});
}

} // namespace loopy
