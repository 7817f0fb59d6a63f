// Reads parts of an array ahead of their uses, into a temporary.
#pragma once

#include "loopy/transforms/array_axis.h"
#include "loopy/transforms/notes.h"

#include <optional>

namespace loopy {

struct Prefetch {
  std::string array{};
  std::string at{};                  // all options as in Precompute, with the array's axes for the rule's arguments
  std::vector<std::string> sweep{};
  std::string in{};
  std::vector<ArrayAxis> axes{};
  std::vector<int64_t> pad{};
  std::vector<std::string> lanes{};
  int64_t vec = 0;
  std::string through{};
  bool roll = false;
  int64_t planes = 0;
  std::optional<bool> exact{};
  std::string name{};                // of the temporary; "" = <array>_fetch
  std::string id{};                  // of the statement that fills it; "" = <array>_fill
  std::vector<std::string> inames{};
  std::string within{};
  SourceRange where{};
};

// extract_subst of the array's reads, then precompute of that rule.
Kernel prefetch(const Kernel &kernel, const Prefetch &options, Notes *notes = nullptr);

inline Kernel applyPass(const Kernel &kernel, const Prefetch &options, Notes *notes) {
  return prefetch(kernel, options, notes);
}

} // namespace loopy
