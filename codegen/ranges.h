// What is known of the smallest values of integer variables, and what follows from it: where `//` is plain division.
#pragma once

#include "loopy/ir/expr.h"
#include "loopy/lower/program.h"

#include <map>
#include <optional>
#include <string>

namespace loopy::codegen {

// Lower and upper ends of the values of params and variables, by name.
class Ranges {
public:
  // Of the integer params, from the program's assumptions, and of the host's loop variables.
  explicit Ranges(const Program &program);

  std::optional<int64_t> lowerEnd(Expr e) const;
  bool isNonNegative(Expr e) const { return lowerEnd(e).value_or(-1) >= 0; }
  bool isPositive(Expr e) const { return lowerEnd(e).value_or(0) >= 1; }

  // While it lives, `name` has values from the lower end of `from` (unknown if that is).
  class Scope {
  public:
    Scope(Ranges &ranges, const std::string &name, Expr from);
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

  private:
    Ranges &ranges_;
    std::string name_;
    std::optional<int64_t> hidden_;
  };
  // The same without an end, for a constant declared in a block.
  void set(const std::string &name, Expr value);

private:
  void addHostLoops(const std::vector<HostStmt> &stmts);
  std::optional<int64_t> upperEnd(Expr e) const;
  std::optional<int64_t> lowerEndOfBinary(const Binary &binary) const;
  std::map<std::string, int64_t> lower_;
};

// x + 1 for the inclusive upper bound x of a loop, where that is no longer than x itself: `n - 1` gives n, a constant
// its successor, `(n - 1) // 16` the rounded-up quotient. Otherwise a null expression.
Expr exclusiveBound(Context &context, Expr inclusive);

} // namespace loopy::codegen
