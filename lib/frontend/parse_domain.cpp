// Integer sets in isl's notation: { [i, j] : 0 <= i, j < n and exists (e : i = 2e) and j mod 3 = 1 }
#include "parser.h"

#include <utility>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

const Term *Parser::parseCondition() {
  bool before = std::exchange(domainSyntax_, true);
  const Term *condition = parseOr();
  domainSyntax_ = before;
  return condition;
}

const Term *Parser::parseComparand() {
  const Token &first = peek();
  const Term *operand = parseBinary(0);
  if (!domainSyntax_ || noLists_ || !isSymbol(","))
    return operand;
  Term list{.kind = Kind::Tuple, .args = {operand}};
  while (accept(","))
    list.args.push_back(parseBinary(0));
  list.range = since(first);
  return make(std::move(list));
}

// exists (e0, e1 : condition), exists e0, e1 : condition
const Term *Parser::parseExists() {
  Nested nested(*this);
  const Token &first = next();
  bool parenthesis = accept("(");
  bool noLists = std::exchange(noLists_, false);
  Term node{.kind = Kind::Exists};
  do {
    node.names.push_back(expectName("a variable").text);
    if (accept("=")) // isl prints `exists (e0 = floor((i)/2) : ...)`
      errors_.fail(since(first), "Write the value of '" + node.names.back() + "' as a condition after the ':'.");
  } while (accept(","));
  expect(":", "after the variables of 'exists'");
  node.args.push_back(parseOr());
  if (parenthesis)
    expect(")", "to close 'exists ('");
  noLists_ = noLists;
  node.range = since(first);
  return make(std::move(node));
}

std::vector<ast::NamedWord> Parser::parseNameList(std::string_view close, const char *what) {
  std::vector<ast::NamedWord> names;
  while (!isSymbol(close)) {
    names.push_back(expectName(what));
    if (!accept(","))
      break;
  }
  if (!isSymbol(close))
    unexpected("',' or '" + std::string(close) + "' after " + what);
  next();
  return names;
}

// Parameters are declared by the kernel; a set that was copied may list them.
void Parser::skipParameterList(const char *where) {
  if (!accept("["))
    return;
  parseNameList("]", "a parameter");
  expect("->", where);
}

// { [i, j] : condition }, with an optional list of parameters before it: [n] -> { ... }
ast::DomainLine Parser::parseDomainSet() {
  const Token &first = peek();
  ast::DomainLine line;
  skipParameterList("between the parameters and the set");
  expect("{", "and a set, such as { [i] : 0 <= i < n }");
  expect("[", "and the inames of this domain");
  line.inames = parseNameList("]", "an iname");
  if (line.inames.empty())
    errors_.fail(since(first), "A domain has at least one iname.");
  if (accept(":"))
    line.condition = parseCondition();
  if (isSymbol(";"))
    errors_.fail(peek().range, "A domain is one set. Join its parts with 'or', or write several domain lines.");
  expect("}", "after the condition of the domain");
  line.range = since(first);
  return line;
}

// [u = i + j, v]
void Parser::parseMapImage(ast::MapText &map) {
  expect("[", "and the new inames");
  noLists_ = true;
  while (!isSymbol("]")) {
    ast::MapText::Image image{expectName("a new iname, such as u or u = i + j"), nullptr};
    if (accept("="))
      image.value = parseBinary(0);
    map.to.push_back(std::move(image));
    if (!accept(","))
      break;
  }
  noLists_ = false;
  expect("]", "after the new inames");
}

// { [i, j] -> [u = i + j, v] : v = j }, with an optional list of parameters before it: [n] -> { ... }
ast::MapText Parser::parseMapOnly() {
  domainSyntax_ = true;
  skipNewlines();
  const Token &first = peek();
  ast::MapText map;
  skipParameterList("between the parameters and the map");
  expect("{", "and a map, such as { [i] -> [j = i + 1] }");
  expect("[", "and the inames that are mapped");
  map.from = parseNameList("]", "an iname");
  expect("->", "between the inames that are mapped and the new ones");
  parseMapImage(map);
  if (accept(":"))
    map.condition = parseCondition();
  expect("}", "after the map");
  map.range = since(first);
  expectEndOfText();
  return map;
}

} // namespace loopy
