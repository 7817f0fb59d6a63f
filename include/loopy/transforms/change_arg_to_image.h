// Reads an argument through the texture units.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct ChangeArgToImage {
  std::string array{};
  SourceRange where{};
};

// On OpenCL the argument is an image, the last axis being x, and elements are read by their indices, without filtering;
// C goes on reading an array. It has one, two or three axes of float32, int32, uint32 (or vectors of two or four of
// these) or float64, is only read, and has no layout of its own.
Kernel changeArgToImage(const Kernel &kernel, const ChangeArgToImage &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const ChangeArgToImage &options, Notes *notes) {
  return changeArgToImage(kernel, options, notes);
}

} // namespace loopy
