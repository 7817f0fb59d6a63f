// Naming array elements in messages.
#pragma once

#include "loopy/analysis/dependence.h"

namespace loopy {

// "u[3]": the element that an access touches at a point that fixes its statement's inames; "u[...]" where a subscript is
// not affine. Implicit axes are left out.
std::string elementText(const AccessTable &table, const AccessInfo &access, const poly::Point &point);

} // namespace loopy
