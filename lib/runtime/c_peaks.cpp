// The peaks of this machine's processors, by two C functions.
#include "c_compiler.h"
#include "peaks.h"

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace loopy {

namespace {

// Without OpenMP the pragmas are comments. `T` is the element type.
const char *const source = R"(
#ifdef __AVX512F__
enum { lanes = 64 / sizeof(T), chains = 12 };
#else
enum { lanes = 32 / sizeof(T), chains = 12 };
#endif
#define ALL(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11)
#define INIT(c) vec x##c = zero + (T)c;
#define STEP(c) x##c = a * x##c + b;
#define ADD(c) sum += x##c;
typedef T vec __attribute__((vector_size(lanes * sizeof(T))));

void loopy_copy(const T *from, T *to, long n) {
#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; ++i)
    to[i] = from[i];
}

static T chain(long steps) {
  const vec zero = {0}, a = zero + (T)0.999, b = zero + (T)0.001;
  ALL(INIT)
  for (long s = 0; s < steps; ++s) {
    ALL(STEP)
  }
  vec sum = zero;
  ALL(ADD)
  return sum[0];
}

// Returns the number of operations; `sink` keeps the results alive.
double loopy_fma(T *sink, long steps, long threads) {
#pragma omp parallel for schedule(static, 1)
  for (long t = 0; t < threads; ++t)
    sink[t] = chain(steps);
  return 2.0 * lanes * chains * (double)steps * (double)threads;
}
)";

double secondsOf(const std::function<void()> &f) {
  const auto start = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Peaks measure(bool openMp, bool doubles) {
  CCompiler compiler;
  std::vector<std::string> flags = {"-O3",     "-march=native", "-std=gnu11",
                                    "-shared", "-fPIC",         doubles ? "-DT=double" : "-DT=float"};
  if (openMp)
    flags.emplace_back("-fopenmp");
  double compileSeconds = 0;
  bool fromCache = false;
  const Library &library = compiler.load(source, flags, compileSeconds, fromCache);
  const auto copy = reinterpret_cast<void (*)(const void *, void *, long)>(library.find("loopy_copy"));
  const auto fma = reinterpret_cast<double (*)(void *, long, long)>(library.find("loopy_fma"));
  require(copy && fma, "the peak functions are not in their object");

  constexpr size_t bytes = size_t{1} << 27; // larger than the caches
  constexpr double each = 0.15;
  std::vector<double> from(bytes / sizeof(double), 1), to(bytes / sizeof(double) + 512, 0);
  const long elements = static_cast<long>(bytes / (doubles ? sizeof(double) : sizeof(float)));
  Peaks peaks;
  peaks.bytesPerSecond = 2.0 * static_cast<double>(bytes) / shortestTime(each, [&] {
                           return secondsOf([&] { copy(from.data(), to.data() + 512, elements); });
                         });
  double operations = 0;
  const double seconds = shortestTime(each, [&] {
    return secondsOf([&] { operations = fma(to.data(), 200000, static_cast<long>(threadsOfC(openMp))); });
  });
  peaks.operationsPerSecond = operations / seconds;
  return peaks;
}

} // namespace

unsigned threadsOfC(bool openMp) {
  if (!openMp)
    return 1;
  if (const char *text = std::getenv("OMP_NUM_THREADS"))
    if (const int threads = std::atoi(text); threads > 0)
      return static_cast<unsigned>(threads);
  return std::max(1U, std::thread::hardware_concurrency());
}

Peaks peaksOfC(bool openMp, bool doubles) {
  return cachedPeaks({"C", processorIdentity(), findCompiler().identity, std::to_string(threadsOfC(openMp)),
                      openMp ? "openmp" : "", doubles ? "float64" : "float32"},
                     [&] { return measure(openMp, doubles); });
}

} // namespace loopy
