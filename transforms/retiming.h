// Statements that run some iterations of a loop earlier, at another place of its body.
#pragma once

#include "edit.h"

namespace loopy {

struct Retiming {
  std::vector<std::string> statements;
  std::string loop;
  int64_t ahead = 0;
  std::vector<std::string> moved;   // those of the statements that also change their place in the loop's body,
  std::string anchor;               // to before or behind the child of the loop that holds this one; "" = none
  bool isBehind = false;
  SourceRange where;
};

// The retimed kernel, proved. `what` was asked for ("Running `S` 1 iteration of `k` ahead").
Kernel retimed(const Kernel &kernel, const Retiming &retiming, const std::string &what);

} // namespace loopy
