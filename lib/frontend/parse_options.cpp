// {id=x, dep=a*:b, inames=i:j, if=condition, tags=[p, q], atomic, disjoint=e}
#include "parser.h"

namespace loopy {

// A name, or with `glob` also a pattern with * and ?, which must be written without spaces.
ast::NamedWord Parser::parseWord(bool glob) {
  const Token &first = peek();
  if (first.kind == Token::Kind::Text) {
    next();
    return {std::string(first.text), first.range};
  }
  auto isPart = [&](const Token &t) {
    return t.kind == Token::Kind::Name || t.kind == Token::Kind::Int ||
           (glob && t.kind == Token::Kind::Symbol && (t.text == "*" || t.text == "?" || t.text == "**"));
  };
  if (!isPart(first))
    unexpected(glob ? "a statement id, in which '*' stands for anything" : "a name");
  next();
  while (peek().follows && isPart(peek()))
    next();
  SourceRange range = since(first);
  return {std::string(text_.substr(range.begin, range.end - range.begin)), range};
}

// a, a:b:c, [a, b, c]
std::vector<ast::NamedWord> Parser::parseWords(bool globs) {
  std::vector<ast::NamedWord> words;
  if (accept("[")) {
    do
      words.push_back(parseWord(globs));
    while (accept(","));
    expect("]", "after the last of these");
    return words;
  }
  accept("+"); // inames=+i of older kernels; the inames of a statement can only be added to
  do
    words.push_back(parseWord(globs));
  while (accept(":"));
  return words;
}

void Parser::parseOption(ast::Options &options) {
  ast::NamedWord name{std::string(peek().text), peek().range};
  if (peek().kind != Token::Kind::Name)
    unexpected("an option");
  next();
  if (name.text == "atomic") {
    options.atomic = true;
    return;
  }
  const std::vector<std::string> known{"id", "id_prefix", "dep", "inames", "if", "tags", "atomic", "disjoint"};
  if (std::find(known.begin(), known.end(), name.text) == known.end())
    errors_.fail(name.range, unknownName("option", name.text, known));
  expect("=", "and the value of this option");
  if (name.text == "id")
    options.id = expectName("a statement id");
  else if (name.text == "id_prefix")
    options.idPrefix = expectName("the beginning of a statement id");
  else if (name.text == "dep")
    for (ast::NamedWord &word : parseWords(true))
      options.dep.push_back(std::move(word));
  else if (name.text == "inames")
    for (ast::NamedWord &word : parseWords(false))
      options.inames.push_back(std::move(word));
  else if (name.text == "tags")
    for (ast::NamedWord &word : parseWords(false))
      options.tags.push_back(std::move(word));
  else if (name.text == "if")
    options.condition = parseExpr();
  else
    options.disjoint = parseExpr();
}

ast::Options Parser::parseOptions() {
  ast::Options options;
  expect("{", "and options");
  while (!isSymbol("}")) {
    parseOption(options);
    if (!accept(","))
      break;
  }
  if (!isSymbol("}"))
    unexpected("',' or '}' after an option");
  next();
  return options;
}

} // namespace loopy
