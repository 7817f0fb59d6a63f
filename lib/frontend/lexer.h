// Text -> tokens. Lines join while a bracket is open or after a backslash; comments run from # to the end of the line.
#pragma once

#include "errors.h"

#include <string>
#include <string_view>
#include <vector>

namespace loopy {

struct Token {
  enum class Kind { Name, Int, Float, Text, Symbol, Newline, End };
  Kind kind = Kind::End;
  std::string_view text; // as written; of Text without the quotes
  SourceRange range;
  int64_t intValue = 0;
  double floatValue = 0;
  bool isRaw = false;   // of Text: between three quotes on each side
  bool follows = false; // directly, without a space, the token before it
};

// The last token is End, the one before it Newline. Bytes that start no token are reported and skipped.
std::vector<Token> lex(std::string_view text, uint32_t file, Errors &errors);

} // namespace loopy
