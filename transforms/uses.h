// The uses of a rule, with what is known about when they are evaluated.
#pragma once

#include "footprint.h"

namespace loopy {

// The uses that a pass is asked for: `f` for all of a rule, `f$left` for those with a tag.
struct ChosenUses {
  const Rule *rule = nullptr;
  std::string tag{}; // "" = any or none
  bool has(const RuleUse &use) const { return use.rule == rule->name && (tag.empty() || use.tag == tag); }
};

// UserError at `where` if there is no such rule, or no use of it with this tag.
ChosenUses chooseUses(const Kernel &kernel, const std::string &text, SourceRange where);

// All such uses among the values that a statement reads. `extra` are further arguments, inames of the statement.
std::vector<UseSite> usesIn(const Kernel &kernel, const StatementRef &statement, const ChosenUses &chosen,
                            const std::vector<std::string> &extra);

// `e` can be evaluated for all values of what it reads: no subscript reads an array, no integer is divided by a
// variable.
bool isTotal(Expr e);

// The guards that a fill needs so that it evaluates nothing that the uses would not: those of the uses where the rule
// is not total, none else. UserError at `where` if there is no such guard for all values of the swept inames.
std::vector<GuardLiteral> guardsOfFill(const Kernel &kernel, const std::vector<UseSite> &uses,
                                       const FootprintRequest &request);

} // namespace loopy
