#include "loopy/transforms/specialize.h"

#include "edit.h"
#include "renaming.h"

#include "loopy/frontend/parse.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// The condition as a set of the parameters that are not fixed.
isl::set readCondition(const Kernel &kernel, const Specialize &options) {
  isl::set condition = parseCondition(kernel, options.condition, options.where);
  const std::vector<std::string> params = kernel.integerParams();
  for (const std::string &name : poly::involvedNames(condition))
    if (!llvm::is_contained(params, name))
      throw UserError(options.where, "The versions are chosen before the kernel runs, and `" + name +
                                         "` is no parameter. The integer parameters are: " + listOfNames(params) + ".");
  for (const auto &[name, value] : kernel.fixedParams)
    condition = poly::substitute(condition, name, poly::constantAff(kernel.context->isl(), value));
  return condition;
}

// Which statements have instances in a part of the parameters, asked once for each domain.
class Part {
public:
  Part(const Kernel &kernel, const isl::set &condition)
      : kernel_(kernel), condition_(condition.intersect(kernel.assumptions)) {}

  bool holds(const Statement &statement) {
    auto [answer, isNew] = answers_.try_emplace(statement.domain.get(), false);
    if (isNew)
      answer->second = !statement.domain.is_disjoint(condition_);
    return answer->second;
  }
  std::set<std::string> statements() {
    std::set<std::string> ids;
    for (const StatementRef &statement : kernel_.statements)
      if (holds(*statement))
        ids.insert(statement->id);
    return ids;
  }

private:
  const Kernel &kernel_;
  isl::set condition_;
  std::map<const isl_set *, bool> answers_;
};

// The kernel with the statements of `ids` alone, their domains cut down to `condition`.
Kernel restricted(const Kernel &kernel, const std::set<std::string> &ids, const isl::set &condition) {
  Kernel result = kernel;
  result.statements.clear();
  std::map<const isl_set *, isl::set> domains; // many statements share one
  for (const StatementRef &statement : kernel.statements) {
    if (!ids.count(statement->id))
      continue;
    Statement part = *statement;
    auto known = domains.find(statement->domain.get());
    if (known == domains.end())
      known = domains.emplace(statement->domain.get(), statement->domain.intersect(condition)).first;
    part.domain = known->second;
    result.statements.push_back(std::make_shared<const Statement>(std::move(part)));
  }
  result.tree = restrictTree(kernel.tree, [&](const std::string &id) { return ids.count(id) != 0; });
  return result;
}

bool mentions(Expr e, const Renaming &renaming) {
  bool found = false;
  forEach(e, [&](Expr node) {
    if (const InameRef *iname = node.as<InameRef>())
      found |= renaming.names.count(iname->name) != 0;
    else if (const Load *load = node.as<Load>())
      found |= renaming.names.count(load->array) != 0;
    else if (const RuleUse *use = node.as<RuleUse>())
      found |= renaming.names.count(use->rule) != 0;
  });
  return found;
}

// What a version has for itself: loops, temporaries, reductions, and the rules that mention any of these.
Renaming namesOfVersion(const Kernel &version, const std::string &suffix) {
  Renaming renaming;
  for (const Iname &iname : version.inames)
    renaming.names[iname.name] = iname.name + suffix;
  for (const Array &array : version.arrays)
    if (array.isTemp())
      renaming.names[array.name] = array.name + suffix;
  for (bool isChanged = true; isChanged;) {
    isChanged = false;
    for (const Rule &rule : version.rules)
      if (!renaming.names.count(rule.name) && mentions(rule.body, renaming)) {
        renaming.names[rule.name] = rule.name + suffix;
        isChanged = true;
      }
  }
  for (const ReductionInfo &reduction : version.reductions)
    renaming.reductions[reduction.id] = reduction.id + suffix;
  for (const StatementRef &statement : version.statements)
    renaming.statements[statement->id] = statement->id + suffix;
  return renaming;
}

// Leaves out loops, temporaries and reductions that no statement of the kernel has.
void dropUnused(Kernel &kernel) {
  std::set<std::string> used, reductions;
  auto look = [&](Expr e) {
    if (const Load *load = e.as<Load>())
      used.insert(load->array);
    return e;
  };
  for (const StatementRef &statement : kernel.statements) {
    used.insert(statement->inames.begin(), statement->inames.end());
    rewriteExprs(*kernel.context, *statement, look);
    if (const CallBody *call = std::get_if<CallBody>(&statement->body))
      for (const auto &arg : call->args)
        if (const SubArray *part = std::get_if<SubArray>(&arg))
          used.insert(part->inames.begin(), part->inames.end());
    if (statement->reduction)
      reductions.insert(*statement->reduction);
  }
  for (const Rule &rule : kernel.rules)
    forEach(rule.body, look);
  for (const ReductionInfo &reduction : kernel.reductions)
    if (reductions.count(reduction.id))
      used.insert(reduction.accumulators.begin(), reduction.accumulators.end());
  llvm::erase_if(kernel.inames, [&](const Iname &iname) { return !used.count(iname.name); });
  llvm::erase_if(kernel.arrays, [&](const Array &array) { return array.isTemp() && !used.count(array.name); });
  llvm::erase_if(kernel.reductions, [&](const ReductionInfo &r) { return !reductions.count(r.id); });
}

// Rules stay in both versions where they are the same; a fact is kept where its statements and loops are.
void dropForeignFacts(Kernel &version) {
  llvm::erase_if(version.facts, [&](const Fact &fact) {
    if (const TrustedFact *trusted = std::get_if<TrustedFact>(&fact))
      return !version.findStatement(trusted->first) || !version.findStatement(trusted->second);
    const DisjointFact &disjoint = std::get<DisjointFact>(fact);
    return llvm::any_of(disjoint.index, [&](Expr index) {
      return llvm::any_of(inamesIn(index), [&](const std::string &iname) { return !version.findIname(iname); });
    });
  });
}

void requireNewNames(const Kernel &kernel, const Renaming &renaming, const Specialize &options) {
  FreshNames taken;
  taken.reserve(kernel);
  for (const auto *map : {&renaming.names, &renaming.statements})
    for (const auto &[old, name] : *map)
      if (taken.isTaken(name))
        throw UserError(options.where, "The name `" + name + "`, of the version `" + options.name +
                                           "`, is in use; choose another `name` for the version.");
}

} // namespace

// The versions are the kernel, each for its part of the parameters:
//   instances of S_name = { S[..] : condition },   instances of S = { S[..] : not condition }
// No run has instances of both, so no dependence joins them, and within each of them the order is as it was.
Kernel specialize(const Kernel &kernel, const Specialize &options, Notes *notes) {
  requireNewName(kernel, "_" + options.name, options.where);
  const isl::set condition = readCondition(kernel, options);
  Part special(kernel, condition), other(kernel, condition.complement());
  const std::set<std::string> specialIds = special.statements(), otherIds = other.statements();
  if (specialIds.empty() || otherIds.empty())
    throw UserError(options.where, "`" + options.condition + "` holds " + (otherIds.empty() ? "always" : "never") +
                                       " where the kernel does anything, so there are no two versions of it.");
  Kernel version = restricted(kernel, specialIds, condition);
  Kernel rest = restricted(kernel, otherIds, condition.complement());
  dropUnused(version);
  dropForeignFacts(version);
  dropUnused(rest);
  dropForeignFacts(rest);
  const Renaming renaming = namesOfVersion(version, "_" + options.name);
  requireNewNames(kernel, renaming, options);
  Kernel result = renamed(version, renaming);
  append(result, rest);
  addNote(notes,
          "Where " + options.condition + ", the kernel runs the statements that end in `_" + options.name + "`.");
  return result;
}

} // namespace loopy
