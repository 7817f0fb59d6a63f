// Stores each row of a temporary in another order, against bank conflicts.
#pragma once

#include "loopy/transforms/array_axis.h"
#include "loopy/transforms/notes.h"

#include <optional>

namespace loopy {

struct SwizzleArray {
  std::string array{};             // a temporary
  std::optional<ArrayAxis> axis{}; // along which elements trade places; default: the last one
  std::optional<ArrayAxis> by{};   // whose subscript says how; default: the axis before it, or else the one behind it
  int64_t granule = 1;             // neighbours that stay together: the elements of a vector access
  SourceRange where{};
};

// The element c of row r is stored as element c ^ r % m of its row, m being the extent of the axis; with a granule g,
//     (c // g ^ r % (m // g))*g + c % g
// Then m neighbours in a column lie in m different places modulo m, as the neighbours in a row do: neither kind of
// access has bank conflicts, and no memory is spent on padding.
//
// Legal iff every row is permuted: x -> x ^ y is one to one on [0, m // g) for all y of it iff that is a power of two.
// So the extent has to be a constant power of two and the granule a smaller one; any extent will do for `by`. UserError
// otherwise, for axes that are padded, and for arrays whose parts are passed to functions. It is a matter of storage:
// what passes see of the array stays as it is.
Kernel swizzleArray(const Kernel &kernel, const SwizzleArray &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const SwizzleArray &options, Notes *notes) {
  return swizzleArray(kernel, options, notes);
}

} // namespace loopy
