// What integer expressions of a program are known to be divisible by.
#pragma once

#include "loopy/ir/context.h"

#include <functional>
#include <optional>

namespace loopy::lowering {

// The largest integer known to divide all values that the assumptions, a parameter set, leave to the parameter; its
// absolute value if it has only one, and 0 if that is 0.
int64_t divisorOfParameter(const isl::set &assumptions, const std::string &name);

class Divisibility {
public:
  // `ofParameter` gives an integer that divides a parameter; variables may have any value.
  explicit Divisibility(std::function<int64_t(const std::string &)> ofParameter)
      : ofParameter_(std::move(ofParameter)) {}

  // An integer that divides e whatever the variables' values are, the largest that the form of e shows; 0 for 0.
  int64_t divisorOf(Expr e) const;
  // e modulo a positive `modulus`, in [0, modulus), if it is always the same.
  std::optional<int64_t> remainderOf(Expr e, int64_t modulus) const;

private:
  std::function<int64_t(const std::string &)> ofParameter_;
};

} // namespace loopy::lowering
