// The functions that emitted C may use. Only those that a program calls, and those that these call, are emitted.
//
// A line "//: NAME [TYPE...] [+HEADER...]" starts the definition of NAME; with types it is a family, one function for
// each type, in which $N is the type's name in the kernel language, $T its name in C, $R the C name of its real part,
// and $F the suffix of the functions of <math.h>. HEADERs are the headers it needs.

//: loopy_allocate +stdlib.h +stdio.h
// An aligned array that the caller frees. An array of no elements still has an address.
static void *loopy_allocate(int64_t elements, size_t elementSize) {
  const size_t bytes = (elements > 0 ? (size_t)elements : 1)*elementSize;
  void *array = aligned_alloc(64, (bytes + 63)/64*64);
  if (!array) {
    fprintf(stderr, "loopy: cannot allocate %zu bytes\n", bytes);
    abort();
  }
  return array;
}

//: loopy_check
// The first subscript outside its array, as {source line, subscript, extent}; the line is -1 while there is none.
int64_t loopy_violation[3] = {-1, 0, 0};
static inline int64_t loopy_check(int64_t index, int64_t extent, int64_t line) {
  if (index >= 0 && index < extent)
    return index;
  if (loopy_violation[0] < 0) {
    loopy_violation[0] = line;
    loopy_violation[1] = index;
    loopy_violation[2] = extent;
  }
  return 0;
}

//: loopy_min_$N int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64
static inline $T loopy_min_$N($T a, $T b) { return b < a ? b : a; }

//: loopy_max_$N int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64
static inline $T loopy_max_$N($T a, $T b) { return a < b ? b : a; }

//: loopy_floordiv_pos_$N int8 int16 int32 int64
// a/b rounded down, for positive b
static inline $T loopy_floordiv_pos_$N($T a, $T b) { return a/b - (a%b < 0); }

//: loopy_mod_pos_$N int8 int16 int32 int64
// the remainder of that, in [0, b)
static inline $T loopy_mod_pos_$N($T a, $T b) {
  const $T r = a%b;
  return r < 0 ? r + b : r;
}

//: loopy_floordiv_$N int8 int16 int32 int64
static inline $T loopy_floordiv_$N($T a, $T b) { return a/b - ((a%b != 0) && ((a < 0) != (b < 0))); }

//: loopy_mod_$N int8 int16 int32 int64
static inline $T loopy_mod_$N($T a, $T b) {
  const $T r = a%b;
  return r != 0 && ((r < 0) != (b < 0)) ? r + b : r;
}

//: loopy_floordiv_$N float32 float64 +math.h
static inline $T loopy_floordiv_$N($T a, $T b) { return floor$F(a/b); }

//: loopy_mod_$N float32 float64 +math.h
static inline $T loopy_mod_$N($T a, $T b) { return a - b*floor$F(a/b); }

//: loopy_abs_$N int8 int16 int32 int64
static inline $T loopy_abs_$N($T a) { return a < 0 ? -a : a; }

//: loopy_ipow_$N int8 int16 int32 int64 uint8 uint16 uint32 uint64
// base to the power exponent; 0 for a negative exponent, except of 1 and -1
static inline $T loopy_ipow_$N($T base, $T exponent) {
  $T result = 1;
  if (exponent < 0)
    return base == 1 ? 1 : base == ($T)-1 ? (exponent%2 ? ($T)-1 : 1) : 0;
  for (; exponent > 0; exponent /= 2) {
    if (exponent%2)
      result *= base;
    base *= base;
  }
  return result;
}

//: loopy_powi_$N float16 float32 float64 complex64 complex128
// the product of `exponent` factors, from the left; the exponent is a small constant
static inline $T loopy_powi_$N($T base, int exponent) {
  $T result = base;
  for (int i = 1; i < exponent; ++i)
    result *= base;
  return result;
}

//: loopy_rsqrt_$N float32 float64 +math.h
static inline $T loopy_rsqrt_$N($T a) { return 1/sqrt$F(a); }

//: loopy_complex_$N complex64 complex128
static inline $T loopy_complex_$N($R re, $R im) { return __builtin_complex(re, im); }
