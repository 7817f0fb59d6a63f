// The distributive law within expressions.
#pragma once

#include "loopy/ir/context.h"

namespace loopy {

// `e` with a factor that several terms of a sum have written once: a*b + a*c becomes a*(b + c). The factor of most
// terms first, of equal ones the first. The same expression if no two terms have a common factor.
Expr withFactoredSums(Context &context, Expr e);

} // namespace loopy
