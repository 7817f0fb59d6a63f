// What a target is: axes, limits, address spaces, vector widths, reserved words. What it prints is in codegen/.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace loopy {

struct Target {
  enum class Kind { C, OpenCL } kind = Kind::C;
  bool hasWorkItems() const { return kind == Kind::OpenCL; }
  // Limits of an OpenCL device; 0 = unknown, then the minimum that the standard guarantees is used.
  uint64_t localMemoryBytes = 32768;
  uint64_t maxWorkGroupSize = 256;
  std::array<uint64_t, 3> maxWorkItemSizes{256, 256, 256};
  uint64_t privateBytesWarning = 1024;  // per work-item: more is reported as a likely spill
  bool openMp = false;                  // C: `#pragma omp parallel for` on g loops
  bool contraction = true;              // a*b + c may become fma
  bool fastMath = false;                // floats may be reassociated, NaN and infinity ignored, functions approximated
  bool flushDenormals = false;          // OpenCL: denormal floats may become zero
  bool hasFastRsqrt = true;             // OpenCL: else rsqrt(x) is printed as 1/sqrt(x), which CPUs have instructions for
  bool checkBounds = false;             // C: test every access whose bounds are assumed
  unsigned indexBits = 32;

  static Target c() { return {}; }
  static Target openCL() { Target t; t.kind = Kind::OpenCL; return t; }
};

// Reserved words and built-in names of *all* targets: a user's name in this table gets a trailing '_' everywhere alike.
bool isReservedWord(std::string_view name);
std::string emittedName(std::string_view name);

} // namespace loopy
