// Folding of integer arithmetic while expressions are made.
#pragma once

#include "loopy/ir/context.h"

namespace loopy {

// The value of an integer constant, else nothing.
std::optional<int64_t> integerValue(Expr e);
// Whether `value` is a value of the integer type `type`.
bool fitsType(int64_t value, Type type);
// A simpler expression with the value of `lhs op rhs`, both already of the integer type `type`; null if none is clear.
Expr foldInteger(Context &context, BinaryOp op, Expr lhs, Expr rhs, Type type, SourceRange range);

} // namespace loopy
