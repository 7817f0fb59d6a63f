// The distributive law: multiplies once what is multiplied again and again.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct CollectCommonFactors {
  std::string target{}; // an array temporary or an accumulator; or a statement
  SourceRange where{};
};

// Of a temporary, what all statements that write it have as a factor of what they store or add is moved to its uses:
//
//     for k: acc = acc + s*x[k];  y = acc    ->    for k: acc = acc + x[k];  y = s*acc
//
// Legal iff all of these statements are linear in the temporary, the factor depends on the element alone (each of its
// inames is a subscript of the temporary), nothing writes what it reads between a write of an element and a use of it,
// and it can be evaluated wherever there is a use. Divisors are factors too. Of a statement, terms of one sum that have
// a factor in common are added first: a*b + a*c becomes a*(b + c). Integers are as before; floats are reassociated, so
// the step is marked approximate.
Kernel collectCommonFactors(const Kernel &kernel, const CollectCommonFactors &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const CollectCommonFactors &options, Notes *notes) {
  return collectCommonFactors(kernel, options, notes);
}

} // namespace loopy
