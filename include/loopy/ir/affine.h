// Between expressions and isl's quasi-affine functions over parameter sets (inames are isl parameters by name).
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// The value of an integer expression as { : [value] } over params and inames, or nothing if it is not quasi-affine
// (loads, products of variables, division by a variable). min, max, //, % by positive constants are affine.
// Loads that `dataParams` name are the parameter of that name.
std::optional<isl::pw_aff> toAffine(Context &context, Expr e,
                                    const std::map<std::string, Expr> &dataParams = {});
// The set on which a condition holds, or nothing if it is not affine.
std::optional<isl::set> toSet(Context &context, Expr condition, const std::map<std::string, Expr> &dataParams = {});

// Expressions of isl functions. `nameToExpr` gives the expression of an isl parameter (an iname, a param, a Load ...).
using NameToExpr = std::function<Expr(const std::string &)>;
Expr fromAff(Context &context, const isl::aff &aff, const NameToExpr &nameToExpr);
// A pw_aff that is a min or max of affs becomes nested min/max; other pieces become selects.
Expr fromPwAff(Context &context, const isl::pw_aff &aff, const NameToExpr &nameToExpr);
NameToExpr namesOf(const Kernel &kernel, const std::map<std::string, Expr> &dataParams = {});

} // namespace loopy
