// Pipelines: calls of passes with values that are not interpreted here. A value is an integer, a list, a quoted text,
// or arithmetic over integers and names where it reads as one, and else a Name that holds its text as written.
#include "parser.h"

namespace loopy {

namespace {
// Every value holds its text as written, so long chains would take quadratic time.
constexpr unsigned mostOperations = 200;
constexpr const char *tooLong = "This value is more than 200 operations long.";

// With one space for each run of spaces and line ends.
std::string onOneLine(const std::string &text) {
  std::string result;
  for (char c : text) {
    const bool isSpace = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!isSpace)
      result += c;
    else if (result.empty() || result.back() != ' ')
      result += ' ';
  }
  return result;
}
} // namespace

bool Parser::atValueEnd() const {
  return isSymbol(",") || isSymbol(")") || isSymbol("]") || isSymbol("}") || isSymbol(";") || atLineEnd();
}

PipelineValue Parser::valueSince(size_t first, decltype(PipelineValue::data) data) const {
  SourceRange range = since(tokens_[first]);
  return {std::move(data), range, std::string(text_.substr(range.begin, range.end - range.begin))};
}

std::optional<PipelineValue> Parser::parseValueList(std::string_view close) {
  Nested nested(*this);
  size_t first = at_;
  next();
  PipelineValue::List list;
  while (!isSymbol(close)) {
    list.items.push_back(parseValue());
    if (!accept(","))
      break;
  }
  if (!accept(close))
    return std::nullopt;
  return valueSince(first, std::move(list));
}

std::optional<PipelineValue> Parser::parseValuePrimary() {
  Nested nested(*this);
  size_t first = at_;
  const Token &t = peek();
  if (t.kind == Token::Kind::Int) {
    next();
    return valueSince(first, t.intValue);
  }
  if (t.kind == Token::Kind::Text) {
    next();
    return valueSince(first, PipelineValue::Text{std::string(t.text)});
  }
  if (t.kind == Token::Kind::Name) {
    next();
    if (t.text == "true" || t.text == "false")
      return valueSince(first, t.text == "true");
    return valueSince(first, PipelineValue::Name{std::string(t.text)});
  }
  if (accept("-")) {
    std::optional<PipelineValue> operand = parseValuePrimary();
    if (!operand)
      return std::nullopt;
    if (int64_t *value = std::get_if<int64_t>(&operand->data))
      return valueSince(first, -*value);
    PipelineValue zero = valueSince(first, int64_t(0));
    return valueSince(first, PipelineValue::Arithmetic{"-", {zero, *operand}});
  }
  if (isSymbol("["))
    return parseValueList("]");
  if (!isSymbol("("))
    return std::nullopt;
  // A parenthesis around one value groups, around several it makes a list.
  std::optional<PipelineValue> list = parseValueList(")");
  if (!list)
    return std::nullopt;
  auto &items = std::get<PipelineValue::List>(list->data).items;
  bool trailingComma = at_ >= 2 && tokens_[at_ - 2].kind == Token::Kind::Symbol && tokens_[at_ - 2].text == ",";
  return items.size() == 1 && !trailingComma ? items[0] : *list;
}

std::optional<PipelineValue> Parser::parseValueProduct() {
  size_t first = at_;
  std::optional<PipelineValue> left = parseValuePrimary();
  for (unsigned operations = 1; left && (isSymbol("*") || isSymbol("//") || isSymbol("%")); ++operations) {
    if (operations > mostOperations)
      errors_.fail(peek().range, tooLong);
    std::string op(next().text);
    std::optional<PipelineValue> right = parseValuePrimary();
    if (!right)
      return std::nullopt;
    left = valueSince(first, PipelineValue::Arithmetic{op, {*left, *right}});
  }
  return left;
}

std::optional<PipelineValue> Parser::parseValueSum() {
  size_t first = at_;
  std::optional<PipelineValue> left = parseValueProduct();
  for (unsigned operations = 1; left && (isSymbol("+") || isSymbol("-")); ++operations) {
    if (operations > mostOperations)
      errors_.fail(peek().range, tooLong);
    std::string op(next().text);
    std::optional<PipelineValue> right = parseValueProduct();
    if (!right)
      return std::nullopt;
    left = valueSince(first, PipelineValue::Arithmetic{op, {*left, *right}});
  }
  return left;
}

// A structured value that ends where values end; nothing, without an error, if the text is none.
std::optional<PipelineValue> Parser::parseStructured() {
  size_t first = at_;
  std::optional<PipelineValue> value = parseValueSum();
  if (value && atValueEnd())
    return value;
  at_ = first;
  return std::nullopt;
}

PipelineValue Parser::parseValue() {
  Nested nested(*this);
  if (std::optional<PipelineValue> value = parseStructured())
    return *value;
  size_t first = at_;
  for (unsigned depth = 0; !atLineEnd(); next()) {
    bool opens = isSymbol("(") || isSymbol("[") || isSymbol("{");
    bool closes = isSymbol(")") || isSymbol("]") || isSymbol("}");
    if (depth == 0 && (closes || isSymbol(",") || isSymbol(";")))
      break;
    depth = opens ? depth + 1 : closes ? depth - 1 : depth;
  }
  if (at_ == first)
    unexpected("a value");
  PipelineValue value = valueSince(first, PipelineValue::Name{});
  value.data = PipelineValue::Name{onOneLine(value.source)};
  return value;
}

// split_iname(i, 16, outer=g.0), or `use base(tile)`, which is a call of "use" whose first argument is the name.
PipelineCall Parser::parsePipelineCall() {
  PipelineCall call;
  const Token &first = peek();
  ast::NamedWord name = expectName("the name of a pass");
  if (name.text == "use" && peek().kind == Token::Kind::Name) {
    size_t at = at_;
    next();
    call.positional.push_back(valueSince(at, PipelineValue::Name{std::string(tokens_[at].text)}));
  }
  call.pass = name.text;
  call.nameRange = name.range;
  bool hasArguments = isSymbol("(");
  if (!hasArguments && call.pass != "use")
    unexpected("'(' and the arguments of the pass");
  if (hasArguments) {
    next();
    while (!isSymbol(")")) {
      if (peek().kind == Token::Kind::Name && isSymbol("=", 1)) {
        std::string option(next().text);
        next();
        call.named.emplace_back(option, parseValue());
      } else {
        if (!call.named.empty())
          errors_.add(peek().range, "Arguments without a name stand before those with one.");
        call.positional.push_back(parseValue());
      }
      if (!accept(","))
        break;
    }
    expect(")", "after the arguments of the pass");
  }
  call.range = since(first);
  return call;
}

// (tile = 16 in {8, 16, 32}, width = 4)
std::vector<PipelineParam> Parser::parsePipelineParams() {
  std::vector<PipelineParam> params;
  if (!accept("("))
    return params;
  while (!isSymbol(")")) {
    PipelineParam param;
    ast::NamedWord name = expectName("a parameter of the pipeline");
    param.name = name.text;
    param.range = name.range;
    expect("=", "and the default of the parameter");
    size_t first = at_;
    std::optional<PipelineValue> value = parseValueSum();
    if (!value) {
      at_ = first;
      unexpected("the default of the parameter");
    }
    param.value = *value;
    if (acceptWord("in")) {
      expect("{", "and the values that tuning may try");
      while (!isSymbol("}")) {
        param.candidates.push_back(parseValue());
        if (!accept(","))
          break;
      }
      expect("}", "after the values that tuning may try");
    }
    params.push_back(std::move(param));
    if (!accept(","))
      break;
  }
  expect(")", "after the parameters of the pipeline");
  return params;
}

void Parser::parsePipeline() {
  const Token &opener = next();
  PipelineSource pipeline;
  pipeline.name = expectName("the name of the pipeline").text;
  pipeline.params = parsePipelineParams();
  if (isWord("for")) {
    next();
    pipeline.kernel = expectName("the name of a kernel").text;
  }
  pipeline.range = since(opener);
  expectLineEnd("the head of the pipeline");
  while (!atBlockEnd()) {
    if (peek().kind == Token::Kind::Newline) {
      next();
      continue;
    }
    try {
      pipeline.calls.push_back(parsePipelineCall());
      expectLineEnd("the call");
    } catch (const Abandoned &) {
      skipLine();
    }
  }
  file_.pipelines.push_back(std::move(pipeline));
  expectEnd(opener);
}

std::vector<PipelineCall> Parser::parseCallsOnly() {
  std::vector<PipelineCall> calls;
  while (peek().kind != Token::Kind::End) {
    if (peek().kind == Token::Kind::Newline || isSymbol(";")) {
      next();
      continue;
    }
    try {
      calls.push_back(parsePipelineCall());
      if (!isSymbol(";"))
        expectLineEnd("the call");
    } catch (const Abandoned &) {
      skipLine();
    }
  }
  return calls;
}

} // namespace loopy
