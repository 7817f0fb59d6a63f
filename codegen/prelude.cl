// The functions that emitted OpenCL C may use. Only those that a program calls, and those that these call, are emitted.
//
// A line "//: NAME [TYPE...] [+EXTENSION...]" starts the definition of NAME; with types it is a family, one function
// for each type, in which $N is the type's name in the kernel language, $T its name in OpenCL C and $R the OpenCL C
// name of its real part. EXTENSIONs are the extensions it needs. Complex numbers are vectors of two.

//: loopy_min_$N int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 float16x2 float16x4 float16x8 float16x16 float32x2 float32x4 float32x8 float32x16 float64x2 float64x4 float64x8 float64x16
static inline $T loopy_min_$N($T a, $T b) { return b < a ? b : a; }

//: loopy_max_$N int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 float16x2 float16x4 float16x8 float16x16 float32x2 float32x4 float32x8 float32x16 float64x2 float64x4 float64x8 float64x16
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

//: loopy_floordiv_$N float16 float32 float64
static inline $T loopy_floordiv_$N($T a, $T b) { return floor(a/b); }

//: loopy_mod_$N float16 float32 float64
static inline $T loopy_mod_$N($T a, $T b) { return a - b*floor(a/b); }

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

//: loopy_powi_$N float16 float32 float64 float16x2 float16x4 float16x8 float16x16 float32x2 float32x4 float32x8 float32x16 float64x2 float64x4 float64x8 float64x16
// the product of `exponent` factors, from the left; the exponent is a small constant
static inline $T loopy_powi_$N($T base, int exponent) {
  $T result = base;
  for (int i = 1; i < exponent; ++i)
    result *= base;
  return result;
}

//: loopy_powi_$N complex64 complex128
static inline $T loopy_powi_$N($T base, int exponent) {
  $T result = base;
  for (int i = 1; i < exponent; ++i)
    result = loopy_cmul_$N(result, base);
  return result;
}

//: loopy_cmul_$N complex64 complex128
static inline $T loopy_cmul_$N($T a, $T b) { return ($T)(a.x*b.x - a.y*b.y, a.x*b.y + a.y*b.x); }

//: loopy_cdiv_$N complex64 complex128
// Smith's algorithm: divides by the larger part first, so that nothing overflows on the way
static inline $T loopy_cdiv_$N($T a, $T b) {
  if (fabs(b.x) >= fabs(b.y)) {
    const $R q = b.y/b.x, d = b.x + b.y*q;
    return ($T)((a.x + a.y*q)/d, (a.y - a.x*q)/d);
  }
  const $R q = b.x/b.y, d = b.x*q + b.y;
  return ($T)((a.x*q + a.y)/d, (a.y*q - a.x)/d);
}

//: loopy_ceq_$N complex64 complex128
static inline bool loopy_ceq_$N($T a, $T b) { return a.x == b.x && a.y == b.y; }

//: loopy_conj_$N complex64 complex128
static inline $T loopy_conj_$N($T a) { return ($T)(a.x, -a.y); }

//: loopy_cabs_$N complex64 complex128
static inline $R loopy_cabs_$N($T a) { return hypot(a.x, a.y); }

//: loopy_cexp_$N complex64 complex128
static inline $T loopy_cexp_$N($T a) { return exp(a.x)*($T)(cos(a.y), sin(a.y)); }

//: loopy_clog_$N complex64 complex128
static inline $T loopy_clog_$N($T a) { return ($T)(log(hypot(a.x, a.y)), atan2(a.y, a.x)); }

//: loopy_csqrt_$N complex64 complex128
// the root with a non-negative real part; each part is found without cancellation
static inline $T loopy_csqrt_$N($T a) {
  if (a.x == 0 && a.y == 0)
    return ($T)(0, a.y);
  const $R half_sum = sqrt((hypot(a.x, a.y) + fabs(a.x))/2);
  if (a.x >= 0)
    return ($T)(half_sum, a.y/(2*half_sum));
  return ($T)(fabs(a.y)/(2*half_sum), copysign(half_sum, a.y));
}

//: loopy_csin_$N complex64 complex128
static inline $T loopy_csin_$N($T a) { return ($T)(sin(a.x)*cosh(a.y), cos(a.x)*sinh(a.y)); }

//: loopy_ccos_$N complex64 complex128
static inline $T loopy_ccos_$N($T a) { return ($T)(cos(a.x)*cosh(a.y), -sin(a.x)*sinh(a.y)); }

//: loopy_csinh_$N complex64 complex128
static inline $T loopy_csinh_$N($T a) { return ($T)(sinh(a.x)*cos(a.y), cosh(a.x)*sin(a.y)); }

//: loopy_ccosh_$N complex64 complex128
static inline $T loopy_ccosh_$N($T a) { return ($T)(cosh(a.x)*cos(a.y), sinh(a.x)*sin(a.y)); }

//: loopy_ctan_$N complex64 complex128
static inline $T loopy_ctan_$N($T a) { return loopy_cdiv_$N(loopy_csin_$N(a), loopy_ccos_$N(a)); }

//: loopy_ctanh_$N complex64 complex128
static inline $T loopy_ctanh_$N($T a) { return loopy_cdiv_$N(loopy_csinh_$N(a), loopy_ccosh_$N(a)); }

//: loopy_cpow_$N complex64 complex128
static inline $T loopy_cpow_$N($T a, $T b) {
  if (a.x == 0 && a.y == 0)
    return ($T)(b.x == 0 && b.y == 0, 0);
  return loopy_cexp_$N(loopy_cmul_$N(b, loopy_clog_$N(a)));
}
