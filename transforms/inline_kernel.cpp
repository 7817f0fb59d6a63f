#include "loopy/transforms/inline_kernel.h"

#include "edit.h"
#include "match.h"
#include "renaming.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

const FunctionDecl *calledKernel(const Kernel &kernel, const Statement &statement) {
  const CallBody *call = std::get_if<CallBody>(&statement.body);
  if (!call)
    return nullptr;
  for (const FunctionDecl &function : kernel.functions)
    if (function.name == call->callee)
      return function.kernel ? &function : nullptr;
  return nullptr;
}

// The statements of one callee, in the names and loops of one call.
class Expansion {
public:
  Expansion(const Kernel &kernel, const Statement &statement, const Kernel &callee, FreshNames &names)
      : kernel_(kernel), context_(*kernel.context), statement_(statement), call_(std::get<CallBody>(statement.body)),
        source_(callee), callee_(renamed(withOwnRuleParams(callee, names), freshNames(callee, names))) {
    for (size_t k = 0; k < call_.args.size(); ++k)
      if (const Expr *value = std::get_if<Expr>(&call_.args[k]))
        values_[callee_.argumentOrder[k]] = *value;
      else
        parts_[callee_.argumentOrder[k]] = std::get<SubArray>(call_.args[k]);
  }

  Kernel run() const {
    requireNoVectors();
    requireAssumptions();
    Kernel result = callee_;
    llvm::erase_if(result.arrays, [](const Array &array) { return !array.isTemp(); });
    for (Array &array : result.arrays) {
      array.implicitAxes += statement_.inames.size();
      for (Expr &extent : array.shape)
        extent = extentInCaller(array, extent);
    }
    for (Rule &rule : result.rules)
      rule.body = inCaller(rule.body);
    for (Fact &fact : result.facts)
      if (DisjointFact *disjoint = std::get_if<DisjointFact>(&fact))
        *disjoint = inCaller(*disjoint);
    for (StatementRef &statement : result.statements)
      statement = std::make_shared<const Statement>(inCaller(*statement));
    return result;
  }

private:
  // What the rule's parameters are called is nothing that the caller's expressions mention.
  static Kernel withOwnRuleParams(const Kernel &callee, FreshNames &names) {
    Kernel result = callee;
    for (Rule &rule : result.rules) {
      std::map<std::string, Expr> values;
      for (std::string &param : rule.params) {
        const std::string own = names.fresh(param);
        values[param] = callee.context->iname(own);
        param = own;
      }
      rule.body = substituteInames(*callee.context, rule.body, values);
    }
    return result;
  }

  Renaming freshNames(const Kernel &callee, FreshNames &names) const {
    Renaming renaming;
    for (const Param &param : callee.params)
      renaming.names[param.name] = names.fresh(param.name);
    for (const Array &array : callee.arrays)
      renaming.names[array.name] = names.fresh(array.name);
    for (const Iname &iname : callee.inames)
      renaming.names[iname.name] = names.fresh(iname.name);
    for (const Rule &rule : callee.rules)
      renaming.names[rule.name] = names.fresh(rule.name);
    for (const StatementRef &statement : callee.statements) {
      renaming.statements[statement->id] = names.fresh(statement_.id + "_" + statement->id);
      for (const auto &[name, load] : statement->dataParams)
        if (!renaming.names.count(name))
          renaming.names[name] = names.fresh(name);
    }
    for (const ReductionInfo &reduction : callee.reductions)
      renaming.reductions[reduction.id] = statement_.id + "_" + reduction.id;
    return renaming;
  }

  // ---- expressions
  Expr inCaller(Expr e) const {
    return rewrite(context_, e, [this](Expr node) { return nodeInCaller(node); });
  }

  Expr nodeInCaller(Expr e) const {
    if (const ParamRef *param = e.as<ParamRef>())
      return context_.cast(e.type(), values_.at(param->name), e.range());
    const Load *load = e.as<Load>();
    if (!load)
      return e;
    const auto part = parts_.find(load->array);
    if (part == parts_.end())
      return inIteration(*load, e);
    std::map<std::string, Expr> index;
    for (size_t d = 0; d < load->index.size(); ++d)
      index[part->second.inames[d]] = load->index[d];
    return substituteInames(context_, part->second.access, index);
  }

  // A temporary of the callee: one for each iteration around the call.
  Expr inIteration(const Load &load, Expr e) const {
    std::vector<Expr> index;
    for (const std::string &iname : statement_.inames)
      index.push_back(context_.iname(iname));
    llvm::append_range(index, load.index);
    return context_.load(load.array, std::move(index), e.type(), e.range());
  }

  Expr extentInCaller(const Array &array, Expr extent) const {
    const Expr result = inCaller(extent);
    forEach(result, [&](Expr node) {
      if (node.is<InameRef>() || node.is<Load>())
        throw UserError(statement_.source, "The temporary `" + array.name + "` of `" + source_.name +
                                               "` would have an extent that changes while the kernel runs: `" +
                                               toString(result) + "`.");
    });
    return result;
  }

  DisjointFact inCaller(const DisjointFact &fact) const {
    DisjointFact result = fact;
    std::vector<Expr> index;
    for (Expr e : fact.index)
      index.push_back(inCaller(e));
    const Type type = callee_.array(fact.array).type;
    const Expr place = nodeInCaller(context_.load(fact.array, index, type));
    result.array = place.as<Load>()->array;
    result.index = place.as<Load>()->index;
    result.value = inCaller(fact.value);
    return result;
  }

  // ---- domains
  isl::set inCaller(isl::set set) const {
    for (const auto &[name, value] : values_) {
      if (!poly::involves(set, name))
        continue;
      const std::optional<isl::pw_aff> affine = toAffine(context_, expandRules(kernel_, value), statement_.dataParams);
      if (!affine)
        throw UserError(statement_.source, "`" + toString(value) + "` would bound loops of `" + source_.name +
                                               "`, and is no affine expression of inames and integer parameters.");
      set = poly::substitute(set, name, *affine);
    }
    return set;
  }

  // Nothing but statements stands in a vector loop.
  void requireNoVectors() const {
    for (const std::string &iname : statement_.inames)
      if (kernel_.tag(iname).isVec() && !loopsIn(callee_.tree).empty())
        throw UserError(statement_.source, "`" + statement_.id + "` calls `" + source_.name +
                                               "`, which has loops, and stands in "
                                               "the vector loop `" +
                                               iname + "`. Inline the call before the loop is tagged.");
  }

  //   { call : domain } within { call : assumptions of the callee }
  void requireAssumptions() const {
    const isl::set holds = inCaller(callee_.assumptions);
    const isl::set calls = kernel_.context->intersection(statement_.domain, kernel_.assumptions);
    if (calls.is_subset(holds))
      return;
    std::string point;
    if (const std::optional<poly::Point> sample = poly::samplePoint(calls.subtract(holds)))
      for (const auto &[name, value] : *sample)
        point += (point.empty() ? ": " : ", ") + name + " = " + std::to_string(value);
    throw UserError(statement_.source, "What `" + source_.name +
                                           "` assumes of its parameters does not hold in all calls of `" +
                                           statement_.id + "`" + point + ".");
  }

  Statement inCaller(const Statement &old) const {
    Statement result = rewriteExprs(context_, old, [this](Expr e) { return nodeInCaller(e); });
    result.inames = statement_.inames;
    llvm::append_range(result.inames, old.inames);
    result.domain = inCaller(old.domain).intersect(statement_.domain);
    for (const auto &[name, load] : statement_.dataParams)
      result.dataParams.emplace(name, load);
    result.guard.insert(result.guard.begin(), statement_.guard.begin(), statement_.guard.end());
    result.tags.insert(statement_.tags.begin(), statement_.tags.end());
    if (result.origin)
      result.origin->statement = result.id;
    return result;
  }

  const Kernel &kernel_;
  Context &context_;
  const Statement &statement_;
  const CallBody &call_;
  const Kernel &source_;
  const Kernel callee_; // under names that are free in the caller
  std::map<std::string, Expr> values_;
  std::map<std::string, SubArray> parts_;
};

// The kernel with `id` replaced by the statements and loops of `body`.
Kernel withBody(const Kernel &kernel, const std::string &id, const Kernel &body) {
  Kernel result = kernel;
  result.statements.clear();
  for (const StatementRef &statement : kernel.statements)
    if (statement->id == id)
      llvm::append_range(result.statements, body.statements);
    else
      result.statements.push_back(statement);
  result.tree = rewriteTree(kernel.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    if (!node->leaf() || !llvm::is_contained(node->leaf()->statements, id))
      return {node};
    const std::vector<std::string> &ids = node->leaf()->statements;
    const auto at = llvm::find(ids, id);
    std::vector<NodeRef> nodes;
    if (at != ids.begin())
      nodes.push_back(makeLeaf({ids.begin(), at}));
    llvm::append_range(nodes, body.tree);
    if (at + 1 != ids.end())
      nodes.push_back(makeLeaf({at + 1, ids.end()}));
    return nodes;
  });
  Kernel rest = body;
  rest.statements.clear();
  rest.tree.clear();
  append(result, rest);
  return result;
}

void requireSameFunctions(const Kernel &kernel, const Kernel &callee, SourceRange where) {
  for (const FunctionDecl &function : callee.functions)
    for (const FunctionDecl &other : kernel.functions)
      if (function.name == other.name && (function.roles != other.roles || function.result != other.result ||
                                          function.pure != other.pure || function.kernel != other.kernel))
        throw UserError(where, "`" + kernel.name + "` and `" + callee.name + "` declare the function `" +
                                   function.name + "` in different ways.");
}

void dropUncalled(Kernel &kernel) {
  std::set<std::string> called;
  for (const StatementRef &statement : kernel.statements)
    if (const CallBody *call = std::get_if<CallBody>(&statement->body))
      called.insert(call->callee);
  llvm::erase_if(kernel.functions, [&](const FunctionDecl &f) { return f.kernel && !called.count(f.name); });
}

// `selected` are calls of kernels.
Kernel inlined(const Kernel &kernel, const std::vector<std::string> &selected, SourceRange where) {
  FreshNames names;
  names.reserve(kernel);
  for (const Rule &rule : kernel.rules)
    for (const std::string &param : rule.params)
      names.reserve(param);
  Kernel result = kernel;
  for (const std::string &id : selected) {
    const Statement statement = result.statement(id);
    const Kernel callee = *calledKernel(result, statement)->kernel;
    requireSameFunctions(result, callee, where.isValid() ? where : statement.source);
    result = withBody(result, id, Expansion(result, statement, callee, names).run());
  }
  dropUncalled(result);
  return result;
}

std::vector<std::string> callsOf(const Kernel &kernel) {
  std::vector<std::string> ids;
  for (const StatementRef &statement : kernel.statements)
    if (calledKernel(kernel, *statement))
      ids.push_back(statement->id);
  return ids;
}

} // namespace

bool callsKernels(const Kernel &kernel) {
  return llvm::any_of(kernel.functions, [](const FunctionDecl &function) { return function.kernel != nullptr; }) &&
         !callsOf(kernel).empty();
}

bool callsKernel(const Kernel &kernel, const std::string &statement) {
  return calledKernel(kernel, kernel.statement(statement)) != nullptr;
}

// Kernels do not call themselves, so this ends.
Kernel inlineAllKernels(const Kernel &kernel) {
  Kernel result = kernel;
  while (callsKernels(result))
    result = inlined(result, callsOf(result), {});
  return result;
}

Kernel inlineKernel(const Kernel &kernel, const InlineKernel &options, Notes *notes) {
  std::set<std::string> callees;
  std::vector<std::string> calls;
  const std::vector<std::string> matched = matchStatements(kernel, options.within, options.where);
  for (const std::string &id : callsOf(kernel)) {
    const std::string &callee = calledKernel(kernel, kernel.statement(id))->name;
    callees.insert(callee);
    if (callee == options.callee && llvm::is_contained(matched, id))
      calls.push_back(id);
  }
  if (!callees.count(options.callee))
    throw UserError(options.where, callees.empty() ? "`" + kernel.name + "` calls no kernels."
                                                   : unknownName("kernel that is called", options.callee,
                                                                 {callees.begin(), callees.end()}));
  if (calls.empty())
    throw UserError(options.where, "None of the statements selected by within=\"" + options.within + "\" calls `" +
                                       options.callee + "`.");
  addNote(notes, "The statements of `" + options.callee + "` stand in the place of " + listOfNames(calls) + ".");
  return inlined(kernel, calls, options.where);
}

} // namespace loopy
