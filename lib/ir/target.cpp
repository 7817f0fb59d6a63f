#include "loopy/ir/target.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>

namespace loopy {

namespace {

// Keywords, and names that the standard headers of C or the compilers of OpenCL C define.
constexpr const char *languageWords = R"(
  auto break case char const continue default do double else enum extern float for goto if inline int long register
  restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
  asm typeof main bool complex imaginary true false NULL I alignas alignof noreturn thread_local static_assert atomic
  and and_eq bitand bitor catch class compl const_cast constexpr delete dynamic_cast explicit export friend mutable
  namespace new noexcept not not_eq nullptr operator or or_eq private protected public reinterpret_cast static_cast
  template this throw try typeid typename using virtual wchar_t xor xor_eq
  linux unix i386 errno stdin stdout stderr offsetof assert
  size_t ssize_t ptrdiff_t intptr_t uintptr_t intmax_t uintmax_t div_t ldiv_t lldiv_t float_t double_t
  int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t
  u_char u_short u_int u_long quad_t off_t pid_t time_t clock_t fd_set
  EXIT_SUCCESS EXIT_FAILURE RAND_MAX MB_CUR_MAX
  INFINITY NAN HUGE_VAL HUGE_VALF HUGE_VALL MAXFLOAT FP_INFINITE FP_NAN FP_NORMAL FP_SUBNORMAL FP_ZERO FP_FAST_FMA
  FP_ILOGB0 FP_ILOGBNAN MATH_ERRNO MATH_ERREXCEPT math_errhandling signgam
  CHAR_BIT CHAR_MAX CHAR_MIN SCHAR_MAX SCHAR_MIN UCHAR_MAX SHRT_MAX SHRT_MIN USHRT_MAX INT_MAX INT_MIN UINT_MAX
  LONG_MAX LONG_MIN ULONG_MAX LLONG_MAX LLONG_MIN ULLONG_MAX SIZE_MAX
  kernel global local constant generic read_only write_only read_write uniform pipe
  uchar ushort uint ulong half quad unused
  event_t queue_t ndrange_t clk_event_t reserve_id_t sampler_t
  cl_mem_fence_flags memory_order memory_scope bool2 bool3 bool4 bool8 bool16
)";

// Functions of the C library that <stdlib.h>, <string.h> and the compilers' built-in declarations know.
constexpr const char *libraryFunctions = R"(
  abort abs aligned_alloc alloca atexit atof atoi atol atoll bsearch calloc div exit free getenv labs ldiv llabs lldiv
  malloc mblen mbstowcs mbtowc posix_memalign qsort quick_exit rand random realloc srand srandom strtod strtof strtol
  strtold strtoll strtoul strtoull system wcstombs wctomb select drand48 erand48 lrand48 nrand48 initstate setstate
  a64l l64a putenv setenv unsetenv mktemp mkstemp realpath ecvt fcvt gcvt
  memchr memcmp memcpy memmove memset strcat strchr strcmp strcoll strcpy strcspn strerror strlen strncat strncmp
  strncpy strpbrk strrchr strspn strstr strtok strxfrm strdup index rindex bcmp bcopy bzero ffs
  printf fprintf sprintf snprintf scanf fscanf sscanf puts putchar fputs fputc fopen fclose read write open close
  isalnum isalpha isblank iscntrl isdigit isgraph islower isprint ispunct isspace isupper isxdigit tolower toupper
  fork signal sleep time clock
)";

// Functions of <math.h> and <complex.h> that also exist with the suffixes f and l.
constexpr const char *mathFunctions = R"(
  acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 exp10 expm1 fabs fdim floor fma
  fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint
  nextafter nexttoward pow pow10 remainder remquo rint round scalb scalbln scalbn sin sincos sinh sqrt tan tanh tgamma
  trunc gamma j0 j1 jn y0 y1 yn drem significand finite roundeven
  cabs cacos cacosh carg casin casinh catan catanh ccos ccosh cexp cimag clog conj cpow cproj creal csin csinh csqrt
  ctan ctanh clog10
)";

// Built-in functions and macros of OpenCL C.
constexpr const char *openClFunctions = R"(
  get_work_dim get_global_size get_global_id get_local_size get_enqueued_local_size get_local_id get_num_groups
  get_group_id get_global_offset get_global_linear_id get_local_linear_id get_sub_group_size get_max_sub_group_size
  get_num_sub_groups get_enqueued_num_sub_groups get_sub_group_id get_sub_group_local_id
  acospi asinpi atanpi atan2pi cospi sinpi tanpi fract lgamma_r mad maxmag minmag pown powr rootn rsqrt
  abs_diff add_sat hadd rhadd clamp clz ctz mad_hi mad_sat max min mul_hi rotate sub_sat upsample popcount mad24 mul24
  degrees mix radians step smoothstep sign cross dot distance length normalize fast_distance fast_length fast_normalize
  isequal isnotequal isgreater isgreaterequal isless islessequal islessgreater isfinite isinf isnan isnormal isordered
  isunordered signbit fpclassify any all bitselect select vec_step shuffle shuffle2 printf
  barrier mem_fence read_mem_fence write_mem_fence work_group_barrier sub_group_barrier
  async_work_group_copy async_work_group_strided_copy wait_group_events prefetch
  to_global to_local to_private get_fence enqueue_kernel enqueue_marker retain_event release_event create_user_event
  get_default_queue ndrange_1D ndrange_2D ndrange_3D reserve_read_pipe reserve_write_pipe commit_read_pipe
  commit_write_pipe is_valid_reserve_id read_pipe write_pipe get_pipe_num_packets get_pipe_max_packets
  kernel_exec nosvm wg_barrier
  image1d_t image1d_array_t image1d_buffer_t image2d_t image2d_array_t image2d_depth_t image2d_array_depth_t
  image2d_msaa_t image2d_array_msaa_t image3d_t
)";

// Families of names: everything that begins so.
constexpr std::string_view reservedPrefixes[] = {
    "as_",       "convert_",   "native_",        "half_",       "vload",    "vstore",       "atomic_",
    "atom_",     "sub_group_", "work_group_",    "read_image",  "write_image", "get_image_", "intel_",
    "CL_",       "CLK_",       "cl_",            "clk_",        "M_",       "FLT_",         "DBL_",
    "LDBL_",     "HALF_",      "INT8_",          "INT16_",      "INT32_",   "INT64_",       "UINT8_",
    "UINT16_",   "UINT32_",    "UINT64_",        "INTPTR_",     "UINTPTR_", "INTMAX_",      "UINTMAX_",
    "__",        "memory_order_", "memory_scope_", "ATOMIC_",   "ATOM_",    "loopy_",       "pocl_",
    "_cl_",      "omp_",       "GOMP_"};

std::set<std::string, std::less<>> wordsOf(std::initializer_list<const char *> texts) {
  std::set<std::string, std::less<>> words;
  for (const char *text : texts) {
    std::istringstream stream(text);
    for (std::string word; stream >> word;)
      words.insert(word);
  }
  return words;
}

// "float4", "uchar16", "double3x3": an element type of OpenCL C and a number.
bool isVectorTypeName(std::string_view name) {
  constexpr std::string_view elements[] = {"char", "uchar", "short", "ushort", "int",   "uint",
                                           "long", "ulong", "half",  "float",  "double", "bool", "quad"};
  return std::any_of(std::begin(elements), std::end(elements), [&](std::string_view element) {
    if (!name.starts_with(element) || name.size() == element.size())
      return false;
    std::string_view rest = name.substr(element.size());
    return rest[0] >= '0' && rest[0] <= '9' &&
           std::all_of(rest.begin(), rest.end(), [](char c) { return (c >= '0' && c <= '9') || c == 'x'; });
  });
}

} // namespace

bool isReservedWord(std::string_view name) {
  static const std::set<std::string, std::less<>> words =
      wordsOf({languageWords, libraryFunctions, mathFunctions, openClFunctions});
  static const std::set<std::string, std::less<>> suffixed = wordsOf({mathFunctions});
  if (words.contains(name) || isVectorTypeName(name))
    return true;
  if (!name.empty() && (name.back() == 'f' || name.back() == 'l') && suffixed.contains(name.substr(0, name.size() - 1)))
    return true;
  return std::any_of(std::begin(reservedPrefixes), std::end(reservedPrefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

std::string emittedName(std::string_view name) {
  // `max` becomes `max_`; so that a user's own `max_` stays a different name, it becomes `max__`.
  std::string_view stem = name;
  while (!stem.empty() && stem.back() == '_')
    stem.remove_suffix(1);
  return isReservedWord(stem) || isReservedWord(name) ? std::string(name) + "_" : std::string(name);
}

} // namespace loopy
