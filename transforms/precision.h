// Expressions in another precision.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// `e` with all arithmetic of real floats in `type`: what it reads is converted to it, and conversions between floats in
// it are left out. Integers and conditions stay, but for the floats in them; so do arguments of the user's own
// functions and of rules. The result has the type `type` where `e` was a real float.
Expr inPrecision(Context &context, Expr e, ScalarKind type);

} // namespace loopy
