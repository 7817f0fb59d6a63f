// Which inames an expression uses, before it is built.
#pragma once

#include "domains.h"

namespace loopy {

class InameFinder {
public:
  InameFinder(Scope &scope, Domains &domains) : scope_(scope), domains_(domains) {}

  // Adds to `free` the inames that the term uses and no reduction or sub-array in it binds, closed under the conjuncts
  // of the reductions' inames; to `reduced` those that reductions bind. `throughTemps`: reading a temporary uses the
  // inames of its implicit axes.
  void find(const ast::Term &term, std::set<std::string> &free, std::set<std::string> &reduced, bool throughTemps);
  // Makes the facts about a rule known; reports rules that use themselves.
  RuleInfo &analyse(const std::string &rule, SourceRange use);

private:
  void findNamed(const ast::Term &term, std::set<std::string> &free, bool throughTemps);
  void findReduction(const ReductionTerm &reduction, std::set<std::string> &free, std::set<std::string> &reduced,
                     bool throughTemps);

  Scope &scope_;
  Domains &domains_;
  std::set<std::string> ruleParams_; // of the rule being analysed: they hide other names
  bool sawReduction_ = false;
  unsigned openRules_ = 0, rulesBelow_ = 0; // being analysed; the depth of those used so far
};

} // namespace loopy
