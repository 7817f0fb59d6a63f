// The entry point for libFuzzer.
#include "target.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  loopy::fuzzing::runTarget(std::string(reinterpret_cast<const char *>(data), size));
  return 0;
}
