// Statements and trees in the form that the other parts of lowering read.
#include "loopy/ir/tree.h"
#include "lowering.h"

namespace loopy::lowering {
namespace {

bool isIntegerConstant(Expr e, int64_t value) {
  const Constant *c = e ? e.as<Constant>() : nullptr;
  const int64_t *v = c ? std::get_if<int64_t>(&c->value) : nullptr;
  return v && *v == value;
}

std::vector<Constraint> commonConstraints(const std::vector<std::vector<Constraint>> &disjuncts) {
  std::vector<Constraint> common;
  if (!disjuncts.empty())
    for (const Constraint &constraint : disjuncts[0])
      if (std::all_of(disjuncts.begin() + 1, disjuncts.end(), [&](const std::vector<Constraint> &other) {
            return std::find(other.begin(), other.end(), constraint) != other.end();
          }))
        common.push_back(constraint);
  return common;
}

void fillNode(Lowering &lowering, const SplicedNode &spliced, std::vector<unsigned> &path, unsigned deviceKernel,
              BodyNode &node) {
  node.iname = spliced.iname;
  node.hardware.insert(spliced.hardware.begin(), spliced.hardware.end());
  for (const BarrierPlace &place : lowering.mapping.barriers)
    if (place.kernel == deviceKernel && place.path == path && spliced.statement.empty()) {
      require(place.gap < spliced.children.size(), "a barrier in a gap that the body does not have");
      node.barriers[place.gap] = &place;
      node.hasBarrier = true;
    }
  if (!spliced.statement.empty()) {
    node.statement = &lowering.prepared.at(spliced.statement);
    node.statements = {node.statement};
    node.writes = node.statement->writes;
    return;
  }
  node.children.resize(spliced.children.size());
  for (unsigned i = 0; i < spliced.children.size(); ++i) {
    path.push_back(i);
    BodyNode &child = node.children[i];
    fillNode(lowering, spliced.children[i], path, deviceKernel, child);
    path.pop_back();
    node.hasBarrier |= child.hasBarrier;
    node.statements.insert(node.statements.end(), child.statements.begin(), child.statements.end());
    node.writes.insert(child.writes.begin(), child.writes.end());
  }
}

} // namespace

bool Condition::isSameAs(const Condition &other) const {
  if (kind != other.kind || axis != other.axis || constraint != other.constraint || alternatives != other.alternatives)
    return false;
  return expr ? other.expr && equal(expr, other.expr) : !other.expr;
}

Lowering::Lowering(const Kernel &kernel, const Mapping &mapping)
    : kernel(kernel), mapping(mapping), context(*kernel.context), terms(*kernel.context, loopy::namesOf(kernel)),
      assumed(terms, kernel.assumptions) {
  for (const std::string &param : kernel.integerParams())
    terms.ofName(param);
  for (const StatementRef &statement : kernel.statements)
    prepare(*statement);
  // All are widened by what the others were asked for.
  std::map<std::string, std::vector<std::vector<Constraint>>> wider;
  for (const StatementRef &statement : kernel.statements)
    wider[statement->id] = widened(prepared.at(statement->id));
  for (const StatementRef &statement : kernel.statements) {
    Prepared &own = prepared.at(statement->id);
    if (std::vector<std::vector<Constraint>> &disjuncts = wider.at(statement->id); disjuncts != own.disjuncts) {
      own.domain = poly::emptySet(context.isl());
      for (const std::vector<Constraint> &disjunct : disjuncts)
        own.domain = own.domain.unite(terms.toSet(disjunct));
      own.disjuncts = std::move(disjuncts);
    }
    findConditions(own);
  }
}

// Two nests may use one name for different Loads (after a pass has rewritten one of them): the later one is renamed.
void Lowering::prepare(const Statement &statement) {
  Prepared &result = prepared[statement.id];
  result.statement = &statement;
  result.domain = statement.domain;
  for (const auto &[name, load] : statement.dataParams) {
    std::string unique = name;
    for (unsigned i = 0;; unique = name + "_" + std::to_string(i++)) {
      auto known = dataLoads.find(unique);
      if (known == dataLoads.end() && (unique == name || kernel.freshName(unique) == unique)) {
        dataLoads[unique] = load;
        terms.nameLoad(unique, load);
        break;
      }
      if (known != dataLoads.end() && equal(known->second, load))
        break;
    }
    if (unique != name)
      result.domain = poly::renameParams(result.domain, {{name, unique}});
  }
  result.disjuncts = terms.disjunctsOf(result.domain);
  for (const AccessRef &access : accesses(statement)) {
    result.accessed.insert(access.load->array);
    if (access.isWrite)
      result.writes.insert(access.load->array);
  }
}

void Lowering::findConditions(Prepared &result) {
  const Statement &statement = *result.statement;
  std::vector<Condition> &affine = result.conditions;
  const std::vector<Constraint> common = commonConstraints(result.disjuncts);
  for (const Constraint &constraint : common)
    affine.push_back(conditionOf(constraint));
  if (result.disjuncts.size() > 1)
    for (std::vector<Constraint> alternative : result.disjuncts) {
      std::erase_if(alternative, [&](const Constraint &constraint) {
        return std::find(common.begin(), common.end(), constraint) != common.end();
      });
      result.alternatives.push_back(std::move(alternative));
    }
  // Conditions on outer inames come first, those that read data after all that make it safe to do so.
  auto order = [&](const Condition &condition) {
    size_t innermost = 0;
    for (size_t i = 0; i < statement.inames.size(); ++i)
      if (condition.names.count(terms.ofName(statement.inames[i])))
        innermost = i + 1;
    return std::pair(!condition.arrays.empty(), innermost);
  };
  std::stable_sort(affine.begin(), affine.end(),
                   [&](const Condition &a, const Condition &b) { return order(a) < order(b); });
  // Literals come last: a temporary has a value only where the affine conditions hold.
  for (Condition &literal : literalsOf(statement))
    result.conditions.push_back(std::move(literal));
}

Condition Lowering::conditionOf(Constraint constraint) {
  Condition condition;
  condition.names = terms.namesIn(constraint.form);
  for (Term name : condition.names)
    if (auto data = dataLoads.find(*terms.name(name)); data != dataLoads.end())
      condition.arrays.insert(data->second.as<Load>()->array);
  condition.constraint = std::move(constraint);
  return condition;
}

std::vector<Condition> Lowering::literalsOf(const Statement &statement) {
  std::vector<Condition> result;
  for (const GuardLiteral &literal : statement.guard) {
    Condition condition;
    condition.kind = Condition::Kind::Literal;
    condition.expr = literal.negated ? context.unary(UnaryOp::Not, literal.load) : literal.load;
    condition.names = namesOf(literal.load);
    forEach(literal.load, [&](Expr e) {
      if (auto *load = e.as<Load>())
        condition.arrays.insert(load->array);
    });
    result.push_back(std::move(condition));
  }
  return result;
}

bool Lowering::isWide(Axis axis, unsigned deviceKernel) const {
  const AxisExtent &extent = mapping.kernels[deviceKernel].axes[axis];
  return extent.used && (axis >= localAxis(0) ? extent.constant > 1 : !isIntegerConstant(extent.extent, 1));
}

std::vector<Condition> Lowering::masksOf(const Statement &statement, unsigned deviceKernel) const {
  std::vector<Condition> result;
  auto placement = mapping.placement.find(statement.id);
  if (placement == mapping.placement.end())
    return result;
  for (Axis axis = 0; axis < axisCount; ++axis)
    if (placement->second.axes[axis].kind == AxisPlacement::Kind::Masked && isWide(axis, deviceKernel)) {
      Condition condition;
      condition.kind = Condition::Kind::Mask;
      condition.axis = axis;
      result.push_back(std::move(condition));
    }
  return result;
}

BodyNode Lowering::bodyOf(unsigned deviceKernel) {
  const Tree &tree = mapping.kernels[deviceKernel].tree;
  if (mapping.target.hasWorkItems())
    for (const std::string &id : statementsBelow(tree)) {
      Prepared &statement = prepared.at(id);
      std::vector<Condition> masks = masksOf(*statement.statement, deviceKernel);
      statement.conditions.insert(statement.conditions.begin(), masks.begin(), masks.end());
    }
  BodyNode root;
  std::vector<unsigned> path;
  fillNode(*this, spliceHardwareLoops(kernel, tree, mapping.target), path, deviceKernel, root);
  return root;
}

std::set<Term> Lowering::namesOf(Expr e) {
  std::set<Term> names;
  forEach(e, [&](Expr part) {
    if (auto *iname = part.as<InameRef>())
      names.insert(terms.ofName(iname->name));
    if (auto *param = part.as<ParamRef>())
      names.insert(terms.ofName(param->name));
  });
  return names;
}

bool Lowering::isAvailable(Term term, const Scope &scope, const std::set<std::string> &writesBelow) {
  for (Term name : terms.namesIn(term)) {
    auto data = dataLoads.find(*terms.name(name));
    if (data == dataLoads.end()) {
      if (!scope.available.count(name))
        return false;
      continue;
    }
    bool isReady = true;
    forEach(data->second, [&](Expr part) {
      if (auto *load = part.as<Load>())
        isReady &= !writesBelow.count(load->array);
    });
    for (Term inner : namesOf(data->second))
      isReady &= scope.available.count(inner) > 0;
    if (!isReady)
      return false;
  }
  return true;
}

} // namespace loopy::lowering
