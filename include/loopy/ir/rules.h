// Substitution rules: what a use of one stands for.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// `e` with every use of a rule replaced by the rule's body, parameters by arguments; bodies may use further rules.
// UserError at the use if the result would be larger than a million nodes or deeper than 2000.
Expr expandRules(const Kernel &kernel, Expr e);

// The statement with all its expressions expanded.
Statement expandRules(const Kernel &kernel, const Statement &statement);

// The kernel with every use of a rule in every statement expanded. The rules themselves stay.
Kernel expandAllRules(const Kernel &kernel);

} // namespace loopy
