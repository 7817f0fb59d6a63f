// How the elements of a temporary become cells, once its space, kernel and folded loops are known.
#pragma once

#include "mapping_state.h"

namespace loopy {

struct AxisLayout {
  CellAxis cell;
  StorageAxis stored;
};

// The cells of an axis. Throws UserError where it needs more of them than its memory can have.
AxisLayout layoutOf(const MappingState &state, const Array &array, const Storage &storage, size_t axis);
// The same, if their number is a constant.
std::optional<AxisLayout> constantLayoutOf(const MappingState &state, const Array &array, const Storage &storage,
                                           size_t axis);
// That many cells, used in turn.
AxisLayout moduloLayout(const MappingState &state, int64_t copies);

} // namespace loopy
