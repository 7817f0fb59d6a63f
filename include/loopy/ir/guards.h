// When two guard literals say the same, or the opposite, wherever they are read.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

inline bool readsSame(const GuardLiteral &a, const GuardLiteral &b) { return equal(a.load, b.load); }

// If the guards differ in the sign of one literal only, its position in `a`: where the rest holds, one of them does.
std::optional<size_t> complementAt(const std::vector<GuardLiteral> &a, const std::vector<GuardLiteral> &b);

// Guards that say the same wherever they are read in a kernel.
class LastingGuards {
public:
  explicit LastingGuards(const Kernel &kernel);
  // All literals read only arrays that nothing writes, or temporaries that one statement writes, each element at most
  // once.
  bool isLasting(const std::vector<GuardLiteral> &guard) const;

private:
  struct Write {
    const Statement *statement;
    const Load *place;
  };
  bool isWrittenOnce(const std::string &array) const;

  const Kernel &kernel_;
  std::map<std::string, std::vector<Write>> writes_;  // by array
  mutable std::map<std::string, bool> isWrittenOnce_; // the arrays asked for so far
};

} // namespace loopy
