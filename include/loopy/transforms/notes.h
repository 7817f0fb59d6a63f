// What a pass says that it did beyond the letter of its call: "cut loop `i` before `S`".
#pragma once

#include <string>
#include <vector>

namespace loopy {

// Every pass takes a `Notes *`, which may be null, and appends plain whole sentences to it.
using Notes = std::vector<std::string>;

inline void addNote(Notes *notes, std::string text) {
  if (notes)
    notes->push_back(std::move(text));
}

} // namespace loopy
