// The uses of a rule, with what is known about when they are evaluated.
#pragma once

#include "footprint.h"

namespace loopy {

// All uses of the rule among the values that a statement reads. `extra` are further arguments, inames of the statement.
std::vector<UseSite> usesIn(const Kernel &kernel, const StatementRef &statement, const std::string &rule,
                            const std::vector<std::string> &extra);

// `e` can be evaluated for all values of what it reads: no subscript reads an array, no integer is divided by a variable.
bool isTotal(Expr e);

// The guards that a fill needs so that it evaluates nothing that the uses would not: those of the uses where the rule is
// not total, none else. UserError at `where` if there is no such guard for all values of the swept inames.
std::vector<GuardLiteral> guardsOfFill(const Kernel &kernel, const std::vector<UseSite> &uses,
                                       const FootprintRequest &request);

} // namespace loopy
