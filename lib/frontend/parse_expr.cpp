// Tokens and expressions.
#include "parser.h"

#include <algorithm>
#include <array>
#include <utility>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

constexpr unsigned deepestNesting = 200;
constexpr unsigned deepestExpression = 1000;

Nested::Nested(Parser &parser) : parser_(parser) {
  if (++parser.nesting_ > deepestNesting) {
    --parser.nesting_;
    parser.errors_.fail(parser.peek().range, "This is nested more than 200 levels deep.");
  }
}

// --------------------------------------------------------------------------------------------------------- tokens
bool Parser::isSymbol(std::string_view symbol, size_t ahead) const {
  const Token &t = peek(ahead);
  return t.kind == Token::Kind::Symbol && t.text == symbol;
}

bool Parser::isWord(std::string_view word, size_t ahead) const {
  const Token &t = peek(ahead);
  return t.kind == Token::Kind::Name && t.text == word;
}

bool Parser::atLineEnd() const { return peek().kind == Token::Kind::Newline || peek().kind == Token::Kind::End; }

const Token &Parser::next() {
  const Token &token = peek();
  if (at_ + 1 < tokens_.size())
    ++at_;
  return token;
}

bool Parser::accept(std::string_view symbol) {
  if (!isSymbol(symbol))
    return false;
  next();
  return true;
}

bool Parser::acceptWord(std::string_view word) {
  if (!isWord(word))
    return false;
  next();
  return true;
}

const Token &Parser::expect(std::string_view symbol, const char *where) {
  if (!isSymbol(symbol))
    unexpected("'" + std::string(symbol) + "' " + where);
  return next();
}

void Parser::expectLineEnd(const char *after) {
  if (!atLineEnd())
    unexpected(std::string("the end of the line after ") + after);
  if (peek().kind == Token::Kind::Newline)
    next();
}

bool Parser::lineHasLexicalError(uint32_t offset) const {
  return std::any_of(lexicalErrors_.begin(), lexicalErrors_.end(), [&](SourceRange r) {
    uint32_t first = std::min(r.begin, offset), last = std::max(r.begin, offset);
    return text_.substr(first, last - first).find('\n') == std::string_view::npos;
  });
}

void Parser::unexpected(const std::string &expected) {
  const Token &t = peek();
  if (lineHasLexicalError(t.range.begin))
    throw Abandoned{};
  std::string found = t.kind == Token::Kind::End ? "the end of the file"
                      : t.kind == Token::Kind::Newline
                          ? "the end of the line"
                          : "'" + std::string(text_.substr(t.range.begin, t.range.end - t.range.begin)) + "'";
  errors_.fail(t.range, "Expected " + expected + ", but found " + found + ".");
}

// Words that a name may not be, because the grammar could not tell it from an operator or a block.
static bool isReserved(std::string_view word) {
  constexpr std::array<std::string_view, 12> words{"and", "or",  "not",  "if",     "elif",     "else",
                                                   "for", "end", "with", "kernel", "pipeline", "exists"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

ast::NamedWord Parser::expectName(const char *what) {
  const Token &t = peek();
  if (t.kind != Token::Kind::Name)
    unexpected(what);
  if (isReserved(t.text))
    errors_.fail(t.range, "'" + std::string(t.text) + "' is a word of the language and cannot be " + what + ".");
  next();
  return {std::string(t.text), t.range};
}

void Parser::skipLine() {
  while (!atLineEnd())
    next();
  if (peek().kind == Token::Kind::Newline)
    next();
}

SourceRange Parser::since(const Token &first) const {
  uint32_t end = at_ > 0 ? tokens_[at_ - 1].range.end : first.range.end;
  return {first.range.file, first.range.begin, std::max(end, first.range.end)};
}

// ---------------------------------------------------------------------------------------------------- expressions
const Term *Parser::make(Term node) {
  for (const Term *arg : node.args)
    node.depth = std::max(node.depth, arg->depth + 1);
  if (node.depth > deepestExpression)
    errors_.fail(node.range, "This expression is more than 1000 operations deep. Split it over several statements.");
  file_.terms.push_back(std::move(node));
  return &file_.terms.back();
}

const Term *Parser::parseExpr() {
  const Token &first = peek();
  const Term *value = parseOr();
  if (domainSyntax_ || !acceptWord("if"))
    return value;
  const Term *condition = parseOr();
  if (!acceptWord("else"))
    unexpected("'else' and the other value");
  Nested nested(*this);
  const Term *other = parseExpr();
  return make({.kind = Kind::Conditional, .range = since(first), .args = {value, condition, other}});
}

const Term *Parser::parseOr() {
  const Token &first = peek();
  const Term *left = parseAnd();
  while (acceptWord("or")) {
    const Term *right = parseAnd();
    left = make({.kind = Kind::Or, .range = since(first), .args = {left, right}});
  }
  return left;
}

const Term *Parser::parseAnd() {
  const Token &first = peek();
  const Term *left = parseNot();
  while (acceptWord("and")) {
    const Term *right = parseNot();
    left = make({.kind = Kind::And, .range = since(first), .args = {left, right}});
  }
  return left;
}

const Term *Parser::parseNot() {
  const Token &first = peek();
  if (acceptWord("not")) {
    Nested nested(*this);
    const Term *operand = parseNot();
    return make({.kind = Kind::Not, .range = since(first), .args = {operand}});
  }
  if (domainSyntax_ && isWord("exists"))
    return parseExists();
  return parseCompare();
}

static std::optional<CompareOp> compareOp(std::string_view symbol, bool domainSyntax) {
  if (symbol == "<")
    return CompareOp::Lt;
  if (symbol == "<=")
    return CompareOp::Le;
  if (symbol == ">")
    return CompareOp::Gt;
  if (symbol == ">=")
    return CompareOp::Ge;
  if (symbol == "==")
    return CompareOp::Eq;
  if (symbol == "!=")
    return CompareOp::Ne;
  if (symbol == "=" && domainSyntax)
    return CompareOp::Eq;
  return std::nullopt;
}

const Term *Parser::parseCompare() {
  const Token &first = peek();
  Term chain{.kind = Kind::Compare, .args = {parseComparand()}};
  while (peek().kind == Token::Kind::Symbol) {
    std::optional<CompareOp> op = compareOp(peek().text, domainSyntax_);
    if (!op)
      break;
    next();
    chain.comparisons.push_back(*op);
    chain.args.push_back(parseComparand());
  }
  chain.range = since(first);
  return chain.comparisons.empty() ? chain.args[0] : make(std::move(chain));
}

namespace {
struct BinarySymbol {
  std::string_view text;
  BinaryOp op;
  int level;
};
// Levels from weak to strong; ** is apart, being right-associative.
constexpr std::array<BinarySymbol, 11> binarySymbols{{{"|", BinaryOp::BitOr, 0},
                                                      {"^", BinaryOp::BitXor, 1},
                                                      {"&", BinaryOp::BitAnd, 2},
                                                      {"<<", BinaryOp::Shl, 3},
                                                      {">>", BinaryOp::Shr, 3},
                                                      {"+", BinaryOp::Add, 4},
                                                      {"-", BinaryOp::Sub, 4},
                                                      {"*", BinaryOp::Mul, 5},
                                                      {"/", BinaryOp::Div, 5},
                                                      {"//", BinaryOp::FloorDiv, 5},
                                                      {"%", BinaryOp::Mod, 5}}};
constexpr int strongestLevel = 5;

std::optional<BinaryOp> binaryOpAt(const Token &t, int level, bool domainSyntax) {
  if (domainSyntax && level == strongestLevel && t.kind == Token::Kind::Name && t.text == "mod")
    return BinaryOp::Mod;
  if (t.kind != Token::Kind::Symbol)
    return std::nullopt;
  for (const BinarySymbol &symbol : binarySymbols)
    if (symbol.level == level && symbol.text == t.text)
      return symbol.op;
  return std::nullopt;
}
} // namespace

const Term *Parser::parseBinary(int level) {
  if (level > strongestLevel)
    return parseUnary();
  const Token &first = peek();
  const Term *left = parseBinary(level + 1);
  while (std::optional<BinaryOp> op = binaryOpAt(peek(), level, domainSyntax_)) {
    next();
    const Term *right = parseBinary(level + 1);
    left = make({.kind = Kind::Binary, .range = since(first), .args = {left, right}, .binaryOp = *op});
  }
  return left;
}

const Term *Parser::parseUnary() {
  const Token &first = peek();
  bool negate = isSymbol("-"), complement = isSymbol("~");
  if (!negate && !complement && !isSymbol("+"))
    return parsePower();
  Nested nested(*this);
  if (accept("+"))
    return parseUnary();
  next();
  const Term *operand = parseUnary();
  return make({.kind = Kind::Unary,
               .range = since(first),
               .args = {operand},
               .unaryOp = negate ? UnaryOp::Neg : UnaryOp::BitNot});
}

const Term *Parser::parsePower() {
  const Token &first = peek();
  const Term *base = parsePrimary();
  if (!accept("**"))
    return base;
  Nested nested(*this);
  const Term *exponent = parseUnary();
  return make({.kind = Kind::Binary, .range = since(first), .args = {base, exponent}, .binaryOp = BinaryOp::Pow});
}

const Term *Parser::parsePrimary() {
  const Token &t = peek();
  switch (t.kind) {
  case Token::Kind::Int:
  case Token::Kind::Float:
    return parseNumber();
  case Token::Kind::Name:
    return parseNamed();
  case Token::Kind::Symbol:
    if (t.text == "(")
      return parseParenthesis();
    break;
  case Token::Kind::Text:
  case Token::Kind::Newline:
  case Token::Kind::End:
    break;
  }
  unexpected("a value");
}

const Term *Parser::parseNumber() {
  const Token &t = next();
  if (t.kind == Token::Kind::Float)
    return make({.kind = Kind::Float, .range = t.range, .floatValue = t.floatValue});
  const Term *value = make({.kind = Kind::Int, .range = t.range, .intValue = t.intValue});
  // isl's notation allows 2i for 2*i.
  bool isFactor = domainSyntax_ && peek().follows && (peek().kind == Token::Kind::Name || isSymbol("("));
  if (!isFactor)
    return value;
  const Term *factor = parsePrimary();
  return make({.kind = Kind::Binary, .range = since(t), .args = {value, factor}, .binaryOp = BinaryOp::Mul});
}

const Term *Parser::parseNamed() {
  const Token &name = peek();
  if (name.text == "true" || name.text == "false") {
    next();
    return make({.kind = Kind::Bool, .range = name.range, .intValue = name.text == "true"});
  }
  if (isWord("if") && isSymbol("(", 1) && !domainSyntax_) { // if(c, a, b)
    next();
    next();
    std::vector<const Term *> args = parseList(")", "after the values of if(condition, value, other value)");
    if (args.size() != 3)
      errors_.fail(since(name), "if(condition, value, other value) takes three arguments.");
    return make({.kind = Kind::Conditional, .range = since(name), .args = {args[1], args[0], args[2]}});
  }
  expectName("a value");
  if (name.text == "segmented" && isSymbol("("))
    return parseSegmented(name);
  if (name.text == "cast" && isSymbol("("))
    return parseCast(name);
  if (isSymbol("(") || isSymbol("$"))
    return parseCall(name);
  if (isSymbol("[") || (implicitAxes_ && isSymbol("{")))
    return parseSubscript(name);
  return make({.kind = Kind::Name, .range = name.range, .nameRange = name.range, .text = std::string(name.text)});
}

const Term *Parser::parseCall(const Token &name) {
  Term call{.kind = Kind::Call, .nameRange = name.range, .text = std::string(name.text)};
  if (accept("$"))
    call.tag = expectName("the tag of this use of a rule").text;
  expect("(", "and the arguments");
  call.args = parseList(")", "after the arguments");
  call.range = since(name);
  return make(std::move(call));
}

const Term *Parser::parseSegmented(const Token &name) {
  expect("(", "and the operator");
  Term call{.kind = Kind::Segmented, .nameRange = name.range, .text = expectName("an operator").text};
  expect(")", "after the operator of a segmented reduction");
  if (accept("(")) {
    call.args = parseList(")", "after the arguments");
    if (call.args.empty())
      errors_.fail(since(name), "A segmented reduction takes inames, a value and a flag.");
  }
  call.range = since(name);
  return make(std::move(call));
}

const Term *Parser::parseCast(const Token &name) {
  Nested nested(*this);
  expect("(", "and a type");
  Type type = parseTypeName();
  expect(",", "after the type");
  const Term *operand = parseExpr();
  expect(")", "after the value to cast");
  return make(
      {.kind = Kind::Cast, .range = since(name), .nameRange = name.range, .text = type.name(), .args = {operand}});
}

const Term *Parser::parseSubscript(const Token &name) {
  Term access{.kind = Kind::Subscript, .nameRange = name.range, .text = std::string(name.text)};
  if (implicitAxes_ && accept("{")) {
    access.args = parseList("}", "after the implicit axes");
    access.implicit = static_cast<unsigned>(access.args.size());
  }
  if (accept("["))
    for (const Term *index : parseList("]", "after the subscripts"))
      access.args.push_back(index);
  access.range = since(name);
  if (access.args.empty())
    errors_.fail(access.range, "Brackets hold at least one subscript; a scalar is written without them.");
  return make(std::move(access));
}

const Term *Parser::parseParenthesis() {
  Nested nested(*this);
  const Token &open = next();
  bool noLists = std::exchange(noLists_, false);
  const Term *first = domainSyntax_ ? parseOr() : parseExpr();
  noLists_ = noLists;
  if (!domainSyntax_ && isSymbol(",")) {
    Term tuple{.kind = Kind::Tuple, .args = {first}};
    while (accept(",") && !isSymbol(")"))
      tuple.args.push_back(parseExpr());
    expect(")", "after the last of these");
    tuple.range = since(open);
    return make(std::move(tuple));
  }
  expect(")", "to close the parenthesis");
  return first;
}

// [i, j]: a[i, k]
const Term *Parser::parseSubArray() {
  const Token &open = next();
  Term part{.kind = Kind::SubArray};
  for (const ast::NamedWord &iname : parseNameList("]", "an iname"))
    part.names.push_back(iname.text);
  expect(":", "and the access that the inames sweep");
  part.args.push_back(parsePrimary());
  part.range = since(open);
  return make(std::move(part));
}

const Term *Parser::parseArgument() {
  if (domainSyntax_) {
    bool noLists = std::exchange(noLists_, true);
    const Term *argument = parseOr();
    noLists_ = noLists;
    return argument;
  }
  return isSymbol("[") ? parseSubArray() : parseExpr();
}

std::vector<const Term *> Parser::parseList(std::string_view close, const char *where) {
  Nested nested(*this);
  std::vector<const Term *> items;
  while (!isSymbol(close)) {
    items.push_back(parseArgument());
    if (!accept(","))
      break;
  }
  if (!isSymbol(close))
    unexpected("',' or '" + std::string(close) + "' " + where);
  next();
  return items;
}

Type Parser::parseTypeName() {
  ast::NamedWord word = expectName("a type");
  if (std::optional<Type> type = parseType(word.text))
    return *type;
  std::vector<std::string> names;
  for (const char *name : {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16",
                           "float32", "float64", "complex64", "complex128", "float32x4"})
    names.emplace_back(name);
  errors_.fail(word.range, unknownName("type", word.text, names));
}

const Term *Parser::parseExpressionOnly(bool domainSyntax) {
  domainSyntax_ = domainSyntax;
  implicitAxes_ = !domainSyntax;
  skipNewlines();
  const Term *e = domainSyntax ? parseCondition() : parseExpr();
  expectEndOfText();
  return e;
}

void Parser::skipNewlines() {
  while (peek().kind == Token::Kind::Newline)
    next();
}

void Parser::expectEndOfText() {
  skipNewlines();
  if (peek().kind != Token::Kind::End)
    unexpected("the end of the text");
}

} // namespace loopy
