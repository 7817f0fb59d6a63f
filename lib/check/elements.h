// Reading and writing the elements of a Value.
#pragma once

#include "loopy/runtime/runtime.h"

namespace loopy {

// Of an integer or bool array.
int64_t integerAt(const Value &value, int64_t index);
void setInteger(Value &value, int64_t index, int64_t number);

// Moves all floats of [-1, 1] to [1, 2), keeping their fraction bits; complex numbers by their parts.
void makePositive(Value &value);
// Divides the float at `index` by 2^power (towards zero where it becomes too small).
void scaleDown(Value &value, int64_t index, int power);
void makePositive(Value &value, int64_t index);

bool containsNaN(const Value &value);

// The largest magnitude of a finite float, at least 1.
double largestMagnitude(const Value &value);

} // namespace loopy
