// Options that are numbers or texts.
#pragma once

#include <concepts>
#include <string>

namespace loopy {

struct NumberOrText {
  std::string text{}; // of the number, too
  NumberOrText() = default;
  template <std::integral T> NumberOrText(T number) : text(std::to_string(number)) {}
  NumberOrText(std::string given) : text(std::move(given)) {}
  NumberOrText(const char *given) : text(given) {}
};

} // namespace loopy
