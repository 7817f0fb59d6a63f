// Recursive descent over the tokens of one file. The members are in parse_expr.cpp, parse_domain.cpp, parse_kernel.cpp,
// parse_options.cpp and parse_pipeline.cpp. A syntax error is added to `errors` and leaves the construct by Abandoned;
// the nearest list of lines catches it and goes on with the next line.
#pragma once

#include "ast.h"
#include "lexer.h"

namespace loopy {

class Parser {
public:
  Parser(ast::File &file, std::vector<Token> tokens, std::string_view text, Errors &errors)
      : file_(file), tokens_(std::move(tokens)), text_(text), errors_(errors), lexicalErrors_(errors.places()) {}

  void parseFile();
  void parsePipelinesOnly();
  std::vector<PipelineCall> parseCallsOnly();
  const ast::Term *parseExpressionOnly(bool domainSyntax);
  ast::MapText parseMapOnly();

private:
  // ---- tokens
  const Token &peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool isSymbol(std::string_view symbol, size_t ahead = 0) const;
  bool isWord(std::string_view word, size_t ahead = 0) const;
  bool atLineEnd() const;
  const Token &next();
  bool accept(std::string_view symbol);
  bool acceptWord(std::string_view word);
  const Token &expect(std::string_view symbol, const char *where);
  void expectLineEnd(const char *after);
  void skipNewlines();
  void expectEndOfText();
  [[noreturn]] void unexpected(const std::string &expected);
  bool lineHasLexicalError(uint32_t offset) const;
  ast::NamedWord expectName(const char *what);
  void skipLine();
  SourceRange since(const Token &first) const;

  // ---- parse_expr.cpp
  const ast::Term *make(ast::Term node);
  const ast::Term *parseExpr();
  const ast::Term *parseOr();
  const ast::Term *parseAnd();
  const ast::Term *parseNot();
  const ast::Term *parseCompare();
  const ast::Term *parseBinary(int level);
  const ast::Term *parseUnary();
  const ast::Term *parsePower();
  const ast::Term *parsePrimary();
  const ast::Term *parseNumber();
  const ast::Term *parseNamed();
  const ast::Term *parseCall(const Token &name);
  const ast::Term *parseSegmented(const Token &name);
  const ast::Term *parseCast(const Token &name);
  const ast::Term *parseSubscript(const Token &name);
  const ast::Term *parseParenthesis();
  const ast::Term *parseSubArray();
  const ast::Term *parseArgument();
  std::vector<const ast::Term *> parseList(std::string_view close, const char *where);
  Type parseTypeName();

  // ---- parse_domain.cpp
  const ast::Term *parseCondition(); // in domain syntax
  const ast::Term *parseComparand(); // one operand of a comparison: `i`, or `i, j` in domain syntax
  const ast::Term *parseExists();
  ast::DomainLine parseDomainSet();
  std::vector<ast::NamedWord> parseNameList(std::string_view close, const char *what);
  void skipParameterList(const char *where);
  void parseMapImage(ast::MapText &map);

  // ---- parse_kernel.cpp
  void parseTopLevel(bool kernelsToo);
  void parseImport();
  void parsePreamble();
  void parseKernel();
  void parseArguments(ast::Kernel &kernel);
  ast::Argument parseArgument(ast::NamedWord name);
  void parseLayout(ast::Argument &argument);
  void parseItems(ast::Kernel &kernel, ast::Items &items);
  bool atBlockEnd() const;
  void parseItem(ast::Kernel &kernel, ast::Items &items);
  bool parseDeclaration(ast::Kernel &kernel);
  bool isRuleLine() const;
  void parseRule(ast::Kernel &kernel);
  void parseFunction(ast::Kernel &kernel);
  void parseFor(ast::Kernel &kernel, ast::Items &items);
  void parseIf(ast::Kernel &kernel, ast::Items &items);
  void parseWith(ast::Kernel &kernel, ast::Items &items);
  void parseTemp(ast::Items &items);
  void parseBlockBody(ast::Kernel &kernel, ast::Items &items, const Token &opener);
  void expectEnd(const Token &opener);
  void parseStatement(ast::Items &items);
  void parsePlaces(ast::Statement &statement);

  // ---- parse_options.cpp
  ast::Options parseOptions();
  void parseOption(ast::Options &options);
  std::vector<ast::NamedWord> parseWords(bool globs);
  ast::NamedWord parseWord(bool glob);

  // ---- parse_pipeline.cpp
  void parsePipeline();
  std::vector<PipelineParam> parsePipelineParams();
  PipelineCall parsePipelineCall();
  void parsePipelineArguments(PipelineCall &call);
  std::optional<std::string> parseOptionName();
  void checkResultName(const PipelineCall &call, const std::vector<PipelineParam> &params,
                       const std::vector<PipelineCall> &before);
  PipelineValue parseValue();
  std::optional<PipelineValue> parseStructured();
  std::optional<PipelineValue> parseValueSum();
  std::optional<PipelineValue> parseValueProduct();
  std::optional<PipelineValue> parseValuePrimary();
  std::optional<PipelineValue> parseValueList(std::string_view close);
  PipelineValue valueSince(size_t first, decltype(PipelineValue::data) data) const;
  bool atValueEnd() const;

  ast::File &file_;
  std::vector<Token> tokens_;
  std::string_view text_;
  Errors &errors_;
  std::vector<SourceRange> lexicalErrors_; // what else is wrong in these lines follows from them
  size_t at_ = 0;
  unsigned nesting_ = 0;
  bool domainSyntax_ = false;
  bool noLists_ = false;      // in domain syntax: a comma ends the operand
  bool implicitAxes_ = false; // `t{i}[j]` may be written
  friend class Nested;
};

// Bounds the recursion of the parser, so that no text can exhaust the stack.
class Nested {
public:
  explicit Nested(Parser &parser);
  ~Nested() { --parser_.nesting_; }

private:
  Parser &parser_;
};

} // namespace loopy
