// Simpler expressions with exactly the same value: what folding means for each type.
#pragma once

#include "loopy/ir/context.h"

namespace loopy {

// A simpler expression that has the value of `node` bit for bit, for all values of what it reads; `node` itself where
// none is known. Its operands are taken as they are. Integers: operations on constants, and the identities of the ring;
// floats: operations on constants in the type's own precision, unless the result is no ordinary number (infinite, not a
// number, subnormal), and x*1, x/1, x + -0.0 and the like, never x + 0.0 (which is 0.0 for -0.0) or x*0.
Expr foldedNode(Context &context, Expr node);

// `node` folded again and again until it does not change.
Expr foldedFully(Context &context, Expr node);

// The value of `function(args)` where it is an ordinary number that the type has exactly. `kind` is the type of all.
std::optional<double> exactValue(const std::string &function, const std::vector<double> &args, ScalarKind kind);

// `value` rounded to the nearest number of a float type, ties to even; nothing if that is not zero or a normal number.
std::optional<double> roundedTo(ScalarKind kind, double value);

} // namespace loopy
