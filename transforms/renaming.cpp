#include "renaming.h"

#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

using Names = std::map<std::string, std::string>;

const std::string &newName(const Names &names, const std::string &name) {
  const auto found = names.find(name);
  return found == names.end() ? name : found->second;
}
void change(const Names &names, std::string &name) { name = newName(names, name); }
void change(const Names &names, std::vector<std::string> &list) {
  for (std::string &name : list)
    change(names, name);
}
template <class Value> void changeKeys(const Names &names, std::map<std::string, Value> &map) {
  std::map<std::string, Value> result;
  for (auto &[name, value] : map)
    result.emplace(newName(names, name), std::move(value));
  map = std::move(result);
}

class Renamer {
public:
  Renamer(const Kernel &kernel, const Renaming &renaming)
      : kernel_(kernel), context_(*kernel.context), renaming_(renaming), names_(renaming.names) {}

  Kernel run() const {
    Kernel result = kernel_;
    change(names_, result.argumentOrder);
    changeKeys(names_, result.fixedParams);
    result.assumptions = poly::renameParams(kernel_.assumptions, names_);
    for (Param &param : result.params)
      change(names_, param.name);
    for (Array &array : result.arrays)
      changeArray(array);
    for (Home &home : result.homes)
      changeHome(home);
    for (Rule &rule : result.rules)
      changeRule(rule);
    for (ReductionInfo &reduction : result.reductions) {
      change(renaming_.reductions, reduction.id);
      change(names_, reduction.inames);
      change(names_, reduction.accumulators);
    }
    for (Fact &fact : result.facts)
      std::visit([this](auto &f) { changeFact(f); }, fact);
    for (StatementRef &statement : result.statements)
      statement = std::make_shared<const Statement>(changed(*statement));
    for (Iname &iname : result.inames) {
      change(names_, iname.name);
      change(names_, iname.turnsWith);
    }
    result.tree = changedTree();
    return result;
  }

private:
  Expr changed(Expr e) const {
    return rewrite(context_, e, [this](Expr node) { return changedNode(node); });
  }
  // The children are changed already.
  Expr changedNode(Expr e) const {
    ExprNode::Data data = e->data;
    std::visit(
        Overloaded{
            [&](InameRef &iname) { change(names_, iname.name); }, [&](ParamRef &param) { change(names_, param.name); },
            [&](Load &load) { change(names_, load.array); }, [&](RuleUse &use) { change(names_, use.rule); },
            [&](Reduce &reduce) { change(names_, reduce.inames); }, [](Constant &) {}, [](Unary &) {}, [](Binary &) {},
            [](Compare &) {}, [](Logical &) {}, [](Select &) {}, [](Cast &) {}, [](CallExpr &) {}},
        data);
    const bool hasName = e.is<InameRef>() || e.is<ParamRef>() || e.is<Load>() || e.is<RuleUse>() || e.is<Reduce>();
    return hasName ? context_.make({e.type(), e.range(), std::move(data)}) : e;
  }

  void changeHome(Home &home) const {
    change(names_, home.name);
    for (Expr &extent : home.shape)
      extent = changed(extent);
    for (Home::Part &part : home.parts) {
      part.access = changed(part.access);
      for (auto &[index, value] : part.conditions)
        index = changed(index);
    }
  }

  void changeArray(Array &array) const {
    change(names_, array.name);
    change(names_, array.aliasGroup);
    changeKeys(names_, array.copies);
    for (Expr &extent : array.shape)
      extent = changed(extent);
    for (Expr &stride : array.layout.strides)
      stride = changed(stride);
    if (array.layout.offset)
      array.layout.offset = changed(array.layout.offset);
  }

  // A rule's parameters are names of its own; one that is called like something that the body now mentions gives way.
  void changeRule(Rule &rule) const {
    change(names_, rule.name);
    std::map<std::string, Expr> apart, back;
    for (std::string &param : rule.params) {
      const std::string own = "(" + param + ")"; // no name of the language
      apart[param] = context_.iname(own);
      while (llvm::any_of(names_, [&](const auto &entry) { return entry.second == param; }))
        param += "_";
      back[own] = context_.iname(param);
    }
    rule.body = substituteInames(context_, changed(substituteInames(context_, rule.body, apart)), back);
  }

  void changeFact(DisjointFact &fact) const {
    change(names_, fact.array);
    for (Expr &index : fact.index)
      index = changed(index);
    fact.value = changed(fact.value);
  }
  void changeFact(TrustedFact &fact) const {
    change(names_, fact.array);
    change(renaming_.statements, fact.first);
    change(renaming_.statements, fact.second);
  }

  Statement changed(const Statement &old) const {
    Statement statement = rewriteExprs(context_, old, [this](Expr e) { return changedNode(e); });
    change(renaming_.statements, statement.id);
    change(names_, statement.inames);
    statement.domain = poly::renameParams(old.domain, names_);
    changeKeys(names_, statement.dataParams);
    if (statement.reduction)
      change(renaming_.reductions, *statement.reduction);
    if (CallBody *call = std::get_if<CallBody>(&statement.body))
      for (auto &arg : call->args)
        if (SubArray *part = std::get_if<SubArray>(&arg))
          change(names_, part->inames);
    return statement;
  }

  Tree changedTree() const {
    return rewriteTree(kernel_.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      if (const Loop *loop = node->loop())
        return {makeLoop(newName(names_, loop->iname), loop->children)};
      std::vector<std::string> ids = node->leaf()->statements;
      change(renaming_.statements, ids);
      return {makeLeaf(std::move(ids))};
    });
  }

  const Kernel &kernel_;
  Context &context_;
  const Renaming &renaming_;
  const Names &names_;
};

std::string nameOf(const Array &array) { return array.name; }
std::string nameOf(const Rule &rule) { return rule.name; }
std::string nameOf(const Iname &iname) { return iname.name; }
std::string nameOf(const FunctionDecl &function) { return function.name; }
std::string nameOf(const ReductionInfo &reduction) { return reduction.id; }

template <class T> void appendNew(std::vector<T> &list, const std::vector<T> &more) {
  std::set<std::string> known;
  for (const T &item : list)
    known.insert(nameOf(item));
  for (const T &item : more)
    if (!known.count(nameOf(item)))
      list.push_back(item);
}

} // namespace

Kernel renamed(const Kernel &kernel, const Renaming &renaming) { return Renamer(kernel, renaming).run(); }

void append(Kernel &kernel, const Kernel &other) {
  appendNew(kernel.arrays, other.arrays);
  appendNew(kernel.rules, other.rules);
  appendNew(kernel.reductions, other.reductions);
  appendNew(kernel.functions, other.functions);
  appendNew(kernel.inames, other.inames);
  llvm::append_range(kernel.facts, other.facts);
  llvm::append_range(kernel.statements, other.statements);
  Tree tree = kernel.tree;
  llvm::append_range(tree, other.tree);
  // Joins the leaves that meet.
  kernel.tree = rewriteTree(tree, [](const NodeRef &node) { return std::vector<NodeRef>{node}; });
}

void FreshNames::reserve(const Kernel &kernel) {
  taken_.insert(kernel.name);
  for (const Param &param : kernel.params)
    taken_.insert(param.name);
  for (const Array &array : kernel.arrays)
    taken_.insert(array.name);
  for (const Iname &iname : kernel.inames)
    taken_.insert(iname.name);
  for (const Rule &rule : kernel.rules)
    taken_.insert(rule.name);
  for (const StatementRef &statement : kernel.statements) {
    taken_.insert(statement->id);
    for (const auto &[name, load] : statement->dataParams)
      taken_.insert(name);
  }
}

std::string FreshNames::fresh(const std::string &base) {
  if (taken_.insert(base).second)
    return base;
  for (unsigned i = 0;; ++i)
    if (std::string candidate = base + "_" + std::to_string(i); taken_.insert(candidate).second)
      return candidate;
}

} // namespace loopy
