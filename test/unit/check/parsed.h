// Kernels from text, for the tests of this directory.
#pragma once

#include "loopy/frontend/parse.h"

namespace loopy {

// The one kernel of a text; the context must outlive it.
inline Kernel parseKernel(Context &context, const std::string &text) {
  Module module = parseText(context, "test.loopy", text);
  require(module.kernels.size() == 1, "the text holds one kernel");
  return module.kernels.front();
}

} // namespace loopy
