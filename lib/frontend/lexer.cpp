#include "lexer.h"

#include <charconv>

namespace loopy {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isNamePart(char c) { return isNameStart(c) || isDigit(c); }

// Longest first.
constexpr std::string_view symbols[] = {"...", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", ":=", "->",
                                        "+=",  "-=", "*=", "/=", "(",  ")",  "[",  "]",  "{",  "}",  ",",
                                        ":",   ";",  "=",  "<",  ">",  "+",  "-",  "*",  "/",  "%",  "&",
                                        "|",   "^",  "~",  ".",  "$",  "?",  "@",  "!",  "`",  "'",  "\\"};
// Symbols of the table that only pipeline values may hold, as part of a raw text.
constexpr std::string_view loneSymbols = "?@!`'\\";

class Lexer {
public:
  Lexer(std::string_view text, uint32_t file, Errors &errors) : text_(text), file_(file), errors_(errors) {}

  std::vector<Token> run() {
    if (constexpr std::string_view byteOrderMark = "\xef\xbb\xbf"; text_.starts_with(byteOrderMark))
      at_ = byteOrderMark.size();
    while (at_ < text_.size())
      step();
    for (const Token &open : open_)
      errors_.add(open.range, "This '" + std::string(open.text) + "' is never closed.");
    push(Token::Kind::Newline, at_, at_);
    push(Token::Kind::End, at_, at_);
    return std::move(tokens_);
  }

private:
  void step() {
    char c = text_[at_];
    if (c == '\n')
      return newline();
    if (c == ' ' || c == '\t' || c == '\r')
      return void(++at_);
    if (c == '#') {
      while (at_ < text_.size() && text_[at_] != '\n')
        ++at_;
      return;
    }
    if (c == '\\' && joinsLines())
      return;
    if (isNameStart(c))
      return name();
    if (isDigit(c) || (c == '.' && isDigit(peek(1))))
      return number();
    if (c == '"')
      return quoted();
    symbol();
  }

  char peek(size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  Token &push(Token::Kind kind, size_t begin, size_t end) {
    Token token;
    token.kind = kind;
    token.text = text_.substr(begin, end - begin);
    token.range = {file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    token.follows =
        !tokens_.empty() && tokens_.back().range.end == begin && tokens_.back().kind != Token::Kind::Newline;
    tokens_.push_back(token);
    return tokens_.back();
  }

  void newline() {
    if (open_.empty() && !tokens_.empty() && tokens_.back().kind != Token::Kind::Newline)
      push(Token::Kind::Newline, at_, at_ + 1);
    ++at_;
    lineIsFresh_ = true;
  }

  bool joinsLines() {
    size_t end = at_ + 1;
    while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t' || text_[end] == '\r'))
      ++end;
    if (end >= text_.size() || text_[end] != '\n')
      return false;
    at_ = end + 1;
    return true;
  }

  void name() {
    size_t begin = at_;
    while (at_ < text_.size() && isNamePart(text_[at_]))
      ++at_;
    std::string_view word = text_.substr(begin, at_ - begin);
    // A bracket that was forgotten must not swallow the rest of the file.
    if (lineIsFresh_ && !open_.empty() && (word == "end" || word == "kernel" || word == "pipeline")) {
      for (const Token &open : open_)
        errors_.add(open.range, "This '" + std::string(open.text) + "' is never closed.");
      open_.clear();
      push(Token::Kind::Newline, begin, begin);
    }
    lineIsFresh_ = false;
    push(Token::Kind::Name, begin, at_);
  }

  void digits() {
    while (isDigit(peek(0)))
      ++at_;
  }

  void number() {
    size_t begin = at_;
    bool isFloat = false;
    digits();
    if (peek(0) == '.' && peek(1) != '.') {
      isFloat = true;
      ++at_;
      digits();
    }
    if ((peek(0) == 'e' || peek(0) == 'E') &&
        (isDigit(peek(1)) || ((peek(1) == '+' || peek(1) == '-') && isDigit(peek(2))))) {
      isFloat = true;
      at_ += 2;
      digits();
    }
    lineIsFresh_ = false;
    Token &token = push(isFloat ? Token::Kind::Float : Token::Kind::Int, begin, at_);
    const char *first = token.text.data(), *last = first + token.text.size();
    bool good = isFloat ? std::from_chars(first, last, token.floatValue).ec == std::errc()
                        : std::from_chars(first, last, token.intValue).ec == std::errc();
    if (!good)
      errors_.add(token.range,
                  isFloat ? "This number is outside the range of float64." : "This integer does not fit in 64 bits.");
  }

  // """text""": as it stands, over several lines.
  void rawText() {
    const size_t begin = at_, end = text_.find("\"\"\"", at_ + 3);
    at_ = end == std::string_view::npos ? text_.size() : end + 3;
    Token &token = push(Token::Kind::Text, begin, at_);
    token.text = text_.substr(begin + 3, (end == std::string_view::npos ? text_.size() : end) - begin - 3);
    token.isRaw = true;
    lineIsFresh_ = false;
    if (end == std::string_view::npos)
      errors_.add({file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(begin + 3)},
                  "This text has no closing '\"\"\"'.");
  }

  void quoted() {
    if (text_.substr(at_, 3) == "\"\"\"")
      return rawText();
    size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n')
      ++at_;
    bool closed = at_ < text_.size() && text_[at_] == '"';
    size_t end = at_;
    if (closed)
      ++at_;
    Token &token = push(Token::Kind::Text, begin, at_);
    token.text = text_.substr(begin + 1, end - begin - 1);
    lineIsFresh_ = false;
    if (!closed)
      errors_.add(token.range, "This text has no closing '\"' on its line.");
  }

  void symbol() {
    lineIsFresh_ = false;
    for (std::string_view symbol : symbols)
      if (text_.substr(at_, symbol.size()) == symbol) {
        if (loneSymbols.find(symbol) != std::string_view::npos && open_.empty())
          break;
        at_ += symbol.size();
        return bracket(push(Token::Kind::Symbol, at_ - symbol.size(), at_));
      }
    unknownByte();
  }

  // Remembers open brackets; tells of those that do not match.
  void bracket(Token token) {
    std::string_view s = token.text;
    if (s == "(" || s == "[" || s == "{") {
      open_.push_back(token);
    } else if (s == ")" || s == "]" || s == "}") {
      std::string_view opener = s == ")" ? "(" : s == "]" ? "[" : "{";
      if (!open_.empty() && open_.back().text == opener)
        return open_.pop_back();
      std::vector<Diagnostic> notes;
      if (!open_.empty())
        notes.push_back(noteAt(open_.back().range, "The innermost open bracket is this one."));
      errors_.add(token.range, "This '" + std::string(s) + "' closes no '" + std::string(opener) + "'.", notes);
      if (!open_.empty())
        open_.pop_back();
      else
        tokens_.pop_back();
    }
  }

  // One message for a run of them, so that a binary file does not give thousands.
  void unknownByte() {
    size_t begin = at_;
    auto isKnown = [&](char c) {
      return isNamePart(c) || c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '#' || c == '"' ||
             std::string_view("()[]{},:;=<>+-*/%&|^~.$").find(c) != std::string_view::npos;
    };
    do
      ++at_;
    while (at_ < text_.size() && !isKnown(text_[at_]));
    errors_.add({file_, static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)},
                "This is no part of the language. Names are made of letters, digits and '_'.");
  }

  std::string_view text_;
  uint32_t file_;
  Errors &errors_;
  size_t at_ = 0;
  bool lineIsFresh_ = true;
  std::vector<Token> open_;
  std::vector<Token> tokens_;
};

} // namespace

std::vector<Token> lex(std::string_view text, uint32_t file, Errors &errors) { return Lexer(text, file, errors).run(); }

} // namespace loopy
