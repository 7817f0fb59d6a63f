// Chooses from a prelude (prelude.c, prelude.cl) what a piece of emitted code calls.
#pragma once

#include "loopy/ir/type.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace loopy::codegen {

struct PreludeSelection {
  std::string text;            // the definitions, in the order of the prelude, with a blank line after each
  std::set<std::string> needs; // headers (C) or extensions (OpenCL) that they ask for
};

// The definitions of all functions that `code` names, and of those that these name. `typeName` is the target's
// spelling of a type.
PreludeSelection selectPrelude(std::string_view prelude, std::string_view code,
                               const std::function<std::string(Type)> &typeName);

} // namespace loopy::codegen
