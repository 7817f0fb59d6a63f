// What a pass says that it did beyond the letter of its call: "cut loop `i` before `S`".
#pragma once

#include <string>
#include <vector>

namespace loopy {

// Every pass takes a `Notes *`, which may be null, and appends plain whole sentences to it.
struct Notes : std::vector<std::string> {
  // Floats are computed in another way than the kernel says, reassociated or in another precision: results agree within
  // a tolerance, which no proof can replace.
  bool isApproximate = false;
};

inline void addNote(Notes *notes, std::string text) {
  if (notes)
    notes->push_back(std::move(text));
}

inline void markApproximate(Notes *notes) {
  if (notes)
    notes->isApproximate = true;
}

} // namespace loopy
