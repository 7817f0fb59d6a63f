// What a pass says about what it did.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace loopy {

// What a pass made, by role: {"outer": [i_outer]}. The names of inames, arrays, statements or rules.
using PassResults = std::map<std::string, std::vector<std::string>>;

// Every pass takes a `Notes *`, which may be null.
struct Notes {
  std::vector<std::string> texts; // what it did beyond the letter of its call: "cut loop `i` before `S`"
  PassResults results;
  // Floats are computed in another way than the kernel says, reassociated or in another precision: results agree within
  // a tolerance, which no proof can replace.
  bool isApproximate = false;
};

// Appends a plain whole sentence.
inline void addNote(Notes *notes, std::string text) {
  if (notes)
    notes->texts.push_back(std::move(text));
}

// Says what a role is played by; of a role named twice, the last word counts. What is new in a kernel has the roles
// `inames`, `arrays`, `statements` and `rules` without a word of the pass.
inline void nameResult(Notes *notes, const std::string &role, std::vector<std::string> names) {
  if (notes)
    notes->results[role] = std::move(names);
}

inline void markApproximate(Notes *notes) {
  if (notes)
    notes->isApproximate = true;
}

} // namespace loopy
