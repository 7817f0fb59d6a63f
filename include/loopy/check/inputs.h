// Test data that a kernel can run on.
#pragma once

#include "loopy/check/count.h"
#include "loopy/runtime/runtime.h"

namespace loopy {

// All arguments of `kernel` at these sizes: those of `given`, and random ones for the others:
//  * elements that are floats in [-1, 1], scalars in [1/16, 1/8] (with such coefficients explicit time steps are
//    stable); both in [1, 2] where the kernel divides by them, takes their root, logarithm or power, or searches
//    shortest paths, d[i, j] = min(d[i, j], d[i, k] + d[k, j]);
//  * a matrix whose diagonal the kernel divides by, or takes the root of, is made diagonally dominant, so that
//    triangular solves and factorisations stay well-conditioned;
//  * integers in [0, 8), or, where they are used in subscripts or as loop bounds, such that all accesses stay inside
//    their arrays; arrays of row starts (`x[i + 1] - x[i]` iterations from x[i] on) are increasing from 0 to the extent
//    of the array that they point into; arrays named in a `disjoint` fact hold no value twice.
// Arrays that the kernel only writes get random initial content too, so that it shows what was not to be written; they
// are left out where `fillOutputs` is false.
// UserError where no value of an index array would keep the accesses inside.
Arguments makeInputs(const Kernel &kernel, const Sizes &sizes, uint64_t seed, const Arguments &given = {},
                     bool fillOutputs = true);

// The kernel with its assumptions narrowed to the sizes that suit these arguments: the shapes of the arrays, the values
// of the integer scalars. UserError where an argument is unknown, has the wrong type, or no sizes suit.
Kernel narrowToArguments(const Kernel &kernel, const Arguments &given);

// The value of a scalar of this type, read from text ("0.5", "3", "true"). UserError if it is no such value.
Value parseScalar(Type type, const std::string &name, const std::string &text);

} // namespace loopy
