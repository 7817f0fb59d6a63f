#include "free_inames.h"

#include <algorithm>
#include <utility>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

constexpr unsigned deepestRules = 100;

RuleInfo &InameFinder::analyse(const std::string &name, SourceRange use) {
  RuleInfo &rule = *scope_.rule(name);
  if (rule.isAnalysed) {
    rulesBelow_ = std::max(rulesBelow_, rule.depth);
    return rule;
  }
  if (rule.isBroken)
    throw Abandoned{};
  if (rule.isOpen)
    scope_.errors.fail(use, "The rule '" + name + "' uses itself.");
  if (openRules_ >= deepestRules)
    scope_.errors.fail(use, "Rules use each other more than 100 levels deep here.");
  rule.isOpen = true;
  ++openRules_;
  std::set<std::string> params;
  for (const ast::NamedWord &param : rule.line->params)
    params.insert(param.text);
  std::swap(params, ruleParams_);
  bool sawBefore = std::exchange(sawReduction_, false);
  unsigned besides = std::exchange(rulesBelow_, 0);
  auto restore = [&] {
    rule.isOpen = false;
    --openRules_;
    rule.depth = rulesBelow_ + 1;
    rulesBelow_ = std::max(besides, rule.depth);
    std::swap(params, ruleParams_);
    rule.hasReduction = sawReduction_;
    sawReduction_ |= sawBefore;
  };
  try {
    std::set<std::string> reduced;
    find(*rule.line->body, rule.freeInames, reduced, true);
    if (rulesBelow_ >= deepestRules)
      scope_.errors.fail(use, "Rules use each other more than 100 levels deep here.");
  } catch (const Abandoned &) {
    restore();
    rule.isBroken = true;
    throw;
  }
  restore();
  rule.isAnalysed = true;
  return rule;
}

void InameFinder::findNamed(const Term &term, std::set<std::string> &free, bool throughTemps) {
  if (ruleParams_.count(term.text))
    return;
  if (term.kind == Kind::Name && scope_.isIname(term.text))
    free.insert(term.text);
  else if (ArrayInfo *array = scope_.array(term.text); array && throughTemps)
    free.insert(array->implicit.begin(), array->implicit.end());
  else if (scope_.rule(term.text)) {
    RuleInfo &rule = analyse(term.text, term.range);
    free.insert(rule.freeInames.begin(), rule.freeInames.end());
    sawReduction_ |= rule.hasReduction;
  }
}

void InameFinder::find(const Term &term, std::set<std::string> &free, std::set<std::string> &reduced,
                       bool throughTemps) {
  if (std::optional<ReductionTerm> reduction = asReduction(scope_, term))
    return findReduction(*reduction, free, reduced, throughTemps);
  if (term.kind == Kind::Name || term.kind == Kind::Subscript || term.kind == Kind::Call)
    findNamed(term, free, throughTemps);
  std::set<std::string> below;
  for (const Term *arg : term.args)
    find(*arg, below, reduced, throughTemps);
  if (term.kind == Kind::SubArray)
    for (const std::string &name : term.names)
      below.erase(name);
  free.insert(below.begin(), below.end());
}

// Everything that the update will need is free, but for the inames that are reduced.
void InameFinder::findReduction(const ReductionTerm &reduction, std::set<std::string> &free,
                                std::set<std::string> &reduced, bool throughTemps) {
  sawReduction_ = true;
  std::set<std::string> inside;
  for (const Term *arg : reduction.args)
    find(*arg, inside, reduced, throughTemps);
  for (const ast::NamedWord &iname : reduction.inames)
    inside.insert(iname.text);
  domains_.close(inside);
  for (const ast::NamedWord &iname : reduction.inames) {
    inside.erase(iname.text);
    reduced.insert(iname.text);
  }
  free.insert(inside.begin(), inside.end());
}

} // namespace loopy
