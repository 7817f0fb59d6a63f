#include "loopy/ir/verify.h"

#include "loopy/ir/constants.h"
#include "loopy/ir/tree.h"

#include <algorithm>

namespace loopy {
namespace {

[[noreturn]] void broken(const Kernel &kernel, const std::string &what) {
  throw IllFormed("kernel " + kernel.name + " is ill-formed: " + what);
}

void verifyNames(const Kernel &kernel) {
  std::set<std::string> names, ids;
  auto addUnique = [&](std::set<std::string> &set, const std::string &name, const char *kind) {
    if (name.empty() || !set.insert(name).second)
      broken(kernel, std::string(kind) + " '" + name + "' is not unique");
  };
  for (const Param &param : kernel.params)
    addUnique(names, param.name, "parameter");
  for (const Array &array : kernel.arrays)
    addUnique(names, array.name, "array");
  for (const Iname &iname : kernel.inames)
    addUnique(names, iname.name, "iname");
  for (const Rule &rule : kernel.rules)
    addUnique(names, rule.name, "rule");
  for (const StatementRef &statement : kernel.statements)
    addUnique(ids, statement->id, "statement");
}

void verifySwizzle(const Kernel &kernel, const Array &array) {
  const Swizzle &swizzle = *array.swizzle;
  const size_t rank = array.shape.size();
  if (!array.isTemp() || swizzle.axis >= rank || swizzle.by >= rank || swizzle.axis == swizzle.by)
    broken(kernel, "array " + array.name + " is swizzled along axes that are not two of a temporary");
  const std::optional<int64_t> extent = integerConstant(array.shape[swizzle.axis]);
  auto isPowerOfTwo = [](int64_t x) { return x > 0 && (x & (x - 1)) == 0; };
  if (!extent || !isPowerOfTwo(*extent) || !isPowerOfTwo(swizzle.granule) || swizzle.granule >= *extent)
    broken(kernel, "array " + array.name + " is swizzled along an axis whose extent is no power of two above the granule");
  if (!array.padding.empty() && array.padding[swizzle.axis] != 0)
    broken(kernel, "array " + array.name + " is padded along the axis that is swizzled");
}

// What is said of each axis is said of all of them or of none.
void verifyAxes(const Kernel &kernel) {
  for (const Array &array : kernel.arrays)
    for (size_t count : {array.axisNames.size(), array.padding.size(), array.layout.strides.size()})
      if (count != 0 && count != array.shape.size())
        broken(kernel, "array " + array.name + " has " + std::to_string(array.shape.size()) +
                           " axes, and a name, padding or stride for " + std::to_string(count));
  for (const Array &array : kernel.arrays)
    if (array.swizzle)
      verifySwizzle(kernel, array);
}

void verifyTree(const Kernel &kernel, const std::map<std::string, const Statement *> &byId) {
  std::map<std::string, Path> paths = allPaths(kernel.tree);
  std::vector<std::string> below = statementsBelow(kernel.tree);
  if (below.size() != paths.size())
    broken(kernel, "a statement stands twice in the tree");
  if (paths.size() != kernel.statements.size())
    broken(kernel, "the tree does not hold every statement once");
  for (const auto &[id, path] : paths) {
    auto it = byId.find(id);
    if (it == byId.end())
      broken(kernel, "the tree names an unknown statement " + id);
    std::vector<std::string> loops = path.loops, inames = it->second->inames;
    std::sort(loops.begin(), loops.end());
    std::sort(inames.begin(), inames.end());
    if (std::adjacent_find(loops.begin(), loops.end()) != loops.end())
      broken(kernel, "a loop stands twice around " + id);
    if (loops != inames)
      broken(kernel, "the loops around " + id + " (" + listOfNames(loops) + ") are not its inames (" +
                         listOfNames(inames) + ")");
  }
}

// What names the expressions of one statement may mention.
class StatementVerifier {
public:
  StatementVerifier(const Kernel &kernel, const Statement &statement, const std::set<std::string> &names)
      : kernel_(kernel), statement_(statement), params_(names) {}

  void verify() {
    std::set<std::string> axes;
    for (const std::string &iname : statement_.inames)
      if (const Iname *known = kernel_.findIname(iname);
          known && known->tag.isHardware() && !axes.insert(known->tag.name()).second)
        broken(kernel_, "two loops around " + statement_.id + " have the axis " + known->tag.name());
    for (const std::string &iname : statement_.inames)
      if (!kernel_.findIname(iname))
        fail("iname " + iname + " is not declared");
    for (const std::string &name : poly::involvedNames(statement_.domain))
      if (!isIname(name) && !params_.count(name) && !statement_.dataParams.count(name))
        fail("its domain mentions " + name);
    for (const auto &[name, load] : statement_.dataParams) {
      if (!load.is<Load>())
        fail("data parameter " + name + " is not a load");
      verifyExpr(load, {});
    }
    for (const GuardLiteral &literal : statement_.guard)
      verifyExpr(literal.load, {});
    std::visit([&](const auto &body) { verifyBody(body); }, statement_.body);
    if (statement_.reduction && !kernel_.findReduction(*statement_.reduction))
      fail("unknown reduction " + *statement_.reduction);
  }

private:
  [[noreturn]] void fail(const std::string &what) { broken(kernel_, "statement " + statement_.id + ": " + what); }
  bool isIname(const std::string &name) const {
    return std::find(statement_.inames.begin(), statement_.inames.end(), name) != statement_.inames.end();
  }

  void verifyBody(const Assign &assign) {
    if (assign.lhs.empty() || assign.lhs.size() != assign.rhs.size())
      fail("an assignment needs as many values as places");
    for (Expr e : assign.lhs)
      verifyPlace(e, {});
    for (Expr e : assign.rhs)
      verifyExpr(e, {});
    if (assign.atomic)
      verifyAtomic(assign);
  }
  void verifyAtomic(const Assign &assign) {
    const Binary *update = assign.rhs.at(0).as<Binary>();
    if (!update || (!equal(update->lhs, assign.lhs.at(0)) && !equal(update->rhs, assign.lhs.at(0))))
      fail("an atomic update is not of the form x = x op e");
  }
  void verifyBody(const CallBody &call) {
    for (Expr e : call.results)
      verifyPlace(e, {});
    for (const auto &arg : call.args)
      if (const Expr *e = std::get_if<Expr>(&arg))
        verifyExpr(*e, {});
      else
        verifyPlace(std::get<SubArray>(arg).access, std::get<SubArray>(arg).inames);
  }
  void verifyBody(const Nop &) {}
  void verifyBody(const Barrier &) {}

  void verifyPlace(Expr e, const std::vector<std::string> &bound) {
    if (!e.is<Load>())
      fail("a place is not a load");
    verifyExpr(e, bound);
  }

  void verifyExpr(Expr e, const std::vector<std::string> &bound) {
    forEach(e, [&](Expr node) {
      if (const Load *load = node.as<Load>()) {
        const Array *array = kernel_.findArray(load->array);
        if (!array)
          fail("unknown array " + load->array);
        if (array->rank() != load->index.size())
          fail("array " + load->array + " has " + std::to_string(array->rank()) + " axes, not " +
               std::to_string(load->index.size()));
        for (Expr index : load->index)
          if (!index.type().isInteger())
            fail("a subscript of " + load->array + " is not an integer");
      } else if (const InameRef *iname = node.as<InameRef>()) {
        if (!isIname(iname->name) && std::find(bound.begin(), bound.end(), iname->name) == bound.end())
          fail("iname " + iname->name + " is not one of its own");
      } else if (const ParamRef *param = node.as<ParamRef>()) {
        if (!kernel_.findParam(param->name))
          fail("unknown parameter " + param->name);
      } else if (const RuleUse *use = node.as<RuleUse>()) {
        const Rule *rule = kernel_.findRule(use->rule);
        if (!rule || rule->params.size() != use->args.size())
          fail("rule " + use->rule + " does not exist with that many parameters");
      } else if (node.is<Reduce>()) {
        fail("it holds a reduction that is not realised");
      }
    });
  }

  const Kernel &kernel_;
  const Statement &statement_;
  const std::set<std::string> &params_;
};

void verifyRule(const Kernel &kernel, const Rule &rule) {
  forEach(rule.body, [&](Expr node) {
    const Load *load = node.as<Load>();
    const Array *array = load ? kernel.findArray(load->array) : nullptr;
    if (load && (!array || array->rank() != load->index.size()))
      broken(kernel, "rule " + rule.name + " reads " + load->array + ", which does not exist with that many axes");
  });
}

} // namespace

void verify(const Kernel &kernel) {
  require(kernel.context != nullptr, "a kernel without a context");
  verifyNames(kernel);
  verifyAxes(kernel);
  std::map<std::string, const Statement *> byId;
  for (const StatementRef &statement : kernel.statements)
    byId[statement->id] = statement.get();
  verifyTree(kernel, byId);
  std::vector<std::string> integers = kernel.integerParams();
  std::set<std::string> params(integers.begin(), integers.end());
  for (const std::string &name : poly::involvedNames(kernel.assumptions))
    if (!params.count(name))
      broken(kernel, "the assumptions mention " + name);
  for (const StatementRef &statement : kernel.statements)
    StatementVerifier(kernel, *statement, params).verify();
  for (const Rule &rule : kernel.rules)
    verifyRule(kernel, rule);
  for (const ReductionInfo &reduction : kernel.reductions)
    for (const std::string &accumulator : reduction.accumulators)
      if (const Array *array = kernel.findArray(accumulator); !array || !array->isTemp())
        broken(kernel, "accumulator " + accumulator + " of reduction " + reduction.id + " is not a temporary");
}

} // namespace loopy
