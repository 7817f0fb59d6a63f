// Kernels: header, declarations, blocks and statements.
#include "parser.h"

#include "loopy/ir/chunk_place.h"

namespace loopy {

using ast::Term;

void Parser::parseFile() { parseTopLevel(true); }
void Parser::parsePipelinesOnly() { parseTopLevel(false); }

void Parser::parseTopLevel(bool kernelsToo) {
  while (peek().kind != Token::Kind::End) {
    if (peek().kind == Token::Kind::Newline) {
      next();
      continue;
    }
    try {
      if (kernelsToo && isWord("kernel"))
        parseKernel();
      else if (isWord("pipeline"))
        parsePipeline();
      else if (kernelsToo && isWord("preamble"))
        parsePreamble();
      else if (isWord("import"))
        parseImport();
      else
        unexpected(kernelsToo ? "'kernel', 'pipeline', 'preamble' or 'import'" : "'pipeline' or 'import'");
    } catch (const Abandoned &) {
      // Go on with what comes next at this level.
      do
        skipLine();
      while (peek().kind != Token::Kind::End && !isWord("kernel") && !isWord("pipeline") && !isWord("import") &&
             !isWord("preamble"));
    }
  }
}

void Parser::parseImport() {
  next();
  const Token &path = peek();
  if (path.kind != Token::Kind::Text)
    unexpected("the path of a file in quotes, as in `import \"tiles.loopy\"`");
  next();
  file_.imports.push_back({std::string(path.text), path.range});
  expectLineEnd("the path of the file");
}

// preamble c, opencl """code""" or preamble c "file.h"
void Parser::parsePreamble() {
  const Token &first = next();
  ast::PreambleText preamble;
  do {
    ast::NamedWord target = expectName("c or opencl, whose code this is");
    if (target.text != "c" && target.text != "opencl")
      errors_.fail(target.range, unknownName("target language", target.text, {"c", "opencl"}));
    preamble.targets.push_back(std::move(target));
  } while (accept(","));
  preamble.range = since(first);
  if (peek().kind != Token::Kind::Text)
    unexpected("the code between \"\"\" and \"\"\", or the name of a file in quotes");
  preamble.isFile = !peek().isRaw;
  preamble.text = next().text;
  file_.preambles.push_back(std::move(preamble));
  expectLineEnd("the preamble");
}

void Parser::parseKernel() {
  const Token &opener = next();
  ast::Kernel &kernel = file_.kernels.emplace_back();
  kernel.name = expectName("the name of the kernel");
  expect("(", "and the arguments of the kernel");
  parseArguments(kernel);
  kernel.range = since(opener);
  expectLineEnd("the arguments of the kernel");
  parseItems(kernel, kernel.items);
  expectEnd(opener);
}

// ------------------------------------------------------------------------------------------------------ arguments
void Parser::parseArguments(ast::Kernel &kernel) {
  while (!isSymbol(")")) {
    std::vector<ast::NamedWord> names{expectName("the name of an argument")};
    while (accept(","))
      names.push_back(expectName("the name of an argument"));
    expect(":", "and the type of this argument");
    size_t typeAt = at_;
    for (const ast::NamedWord &name : names) {
      at_ = typeAt;
      kernel.arguments.push_back(parseArgument(name));
    }
    if (!accept(","))
      break;
  }
  if (!isSymbol(")"))
    unexpected("',' or ')' after an argument, or one of its options order=, strides=, offset=, align=, tags=");
  next();
}

ast::Argument Parser::parseArgument(ast::NamedWord name) {
  ast::Argument argument;
  argument.name = std::move(name);
  argument.roleRange = peek().range;
  for (Role role : {Role::In, Role::Out, Role::InOut})
    if (isWord(spelling(role))) {
      argument.role = role;
      next();
      break;
    }
  if (isWord("image"))
    errors_.fail(peek().range, "Images are not supported as arguments.");
  argument.type = parseTypeName();
  if (accept("[")) {
    argument.isArray = true;
    argument.shape = parseList("]", "after the extents");
  }
  parseLayout(argument);
  return argument;
}

void Parser::parseLayout(ast::Argument &argument) {
  while (peek().kind == Token::Kind::Name && isSymbol("=", 1)) {
    ast::NamedWord option = expectName("an option");
    next();
    if (!argument.isArray)
      errors_.fail(option.range, "Only arrays have the option '" + option.text + "'.");
    if (option.text == "order") {
      ast::NamedWord order = expectName("C or F");
      if (order.text != "C" && order.text != "F")
        errors_.fail(order.range, "The order is C (the last axis is contiguous) or F (the first one is).");
      argument.columnMajor = order.text == "F";
    } else if (option.text == "strides") {
      expect("[", "and a stride for each axis");
      argument.strides = parseList("]", "after the strides");
      if (argument.strides.size() != argument.shape.size())
        errors_.fail(option.range, "There are " + std::to_string(argument.strides.size()) + " strides for " +
                                       std::to_string(argument.shape.size()) + " axes.");
    } else if (option.text == "offset") {
      argument.offset = parseExpr();
    } else if (option.text == "align") {
      const Token &bytes = peek();
      bool isPowerOfTwo = bytes.kind == Token::Kind::Int && bytes.intValue > 0 && bytes.intValue <= 4096 &&
                          (bytes.intValue & (bytes.intValue - 1)) == 0;
      if (!isPowerOfTwo)
        unexpected("a power of two, the alignment in bytes");
      argument.alignment = static_cast<unsigned>(next().intValue);
    } else if (option.text == "tags") {
      argument.tags = parseWords(false);
    } else {
      errors_.fail(option.range,
                   unknownName("option of an argument", option.text, {"order", "strides", "offset", "align", "tags"}));
    }
  }
}

// --------------------------------------------------------------------------------------------------------- blocks
bool Parser::atBlockEnd() const {
  return peek().kind == Token::Kind::End || isWord("end") || isWord("elif") || isWord("else") ||
         (isWord("kernel") && peek(1).kind == Token::Kind::Name) ||
         (isWord("pipeline") && peek(1).kind == Token::Kind::Name);
}

void Parser::parseItems(ast::Kernel &kernel, ast::Items &items) {
  while (!atBlockEnd()) {
    if (peek().kind == Token::Kind::Newline) {
      next();
      continue;
    }
    try {
      parseItem(kernel, items);
    } catch (const Abandoned &) {
      domainSyntax_ = noLists_ = false;
      skipLine();
    }
  }
}

void Parser::expectEnd(const Token &opener) {
  if (!isWord("end")) {
    std::string opened(opener.text);
    const Token &found = peek();
    std::string what = found.kind == Token::Kind::End ? "the end of the file" : "'" + std::string(found.text) + "'";
    errors_.fail(found.range, "Expected 'end', but found " + what + ".",
                 {noteAt(opener.range, "It would close this '" + opened + "'.")});
  }
  next();
  expectLineEnd("'end'");
}

void Parser::parseItem(ast::Kernel &kernel, ast::Items &items) {
  if (isWord("for"))
    return parseFor(kernel, items);
  if (isWord("if"))
    return parseIf(kernel, items);
  if (isWord("with") && isSymbol("{", 1))
    return parseWith(kernel, items);
  if (isWord("temp") && peek(1).kind == Token::Kind::Name && isSymbol(":", 2))
    return parseTemp(items);
  if (parseDeclaration(kernel))
    return;
  parseStatement(items);
}

// domain, assume, function, rule: they hold for the whole kernel, wherever they stand.
bool Parser::parseDeclaration(ast::Kernel &kernel) {
  if (isWord("domain") && (isSymbol("{", 1) || isSymbol("[", 1))) {
    size_t mark = at_;
    next();
    // `domain[i] = ...` assigns to an array of that name.
    bool isSet = isSymbol("{");
    for (size_t k = 0;
         !isSet && !atLineEnd() && peek(k).kind != Token::Kind::Newline && peek(k).kind != Token::Kind::End; ++k)
      isSet = isSymbol("->", k);
    if (!isSet) {
      at_ = mark;
      return false;
    }
    kernel.domains.push_back(parseDomainSet());
    expectLineEnd("the domain");
    return true;
  }
  if (isWord("assume") && !isSymbol("=", 1) && !isSymbol("[", 1) && !isSymbol(":=", 1) && !isSymbol(",", 1)) {
    next();
    kernel.assumptions.push_back(parseCondition());
    expectLineEnd("the assumption");
    return true;
  }
  if (isWord("function") && peek(1).kind == Token::Kind::Name && isSymbol("(", 2)) {
    parseFunction(kernel);
    return true;
  }
  if (isRuleLine()) {
    parseRule(kernel);
    return true;
  }
  return false;
}

bool Parser::isRuleLine() const {
  if (peek().kind != Token::Kind::Name)
    return false;
  size_t k = 1;
  if (isSymbol("(", k))
    while (!isSymbol(")", k++))
      if (peek(k).kind == Token::Kind::Newline || peek(k).kind == Token::Kind::End)
        return false;
  return isSymbol(":=", k);
}

void Parser::parseRule(ast::Kernel &kernel) {
  const Token &first = peek();
  ast::RuleLine rule;
  rule.name = expectName("the name of a rule");
  if (accept("("))
    rule.params = parseNameList(")", "a parameter of the rule");
  expect(":=", "and what the rule stands for");
  rule.body = parseExpr();
  rule.range = since(first);
  kernel.rules.push_back(std::move(rule));
  expectLineEnd("the rule");
}

// function gemv(in, out, in) -> float32 pure
void Parser::parseFunction(ast::Kernel &kernel) {
  const Token &first = next();
  FunctionDecl function;
  const ast::NamedWord name = expectName("the name of a function");
  function.name = name.text;
  if (function.name == chunkPlaceFunction)
    errors_.fail(name.range, "'chunk_place' is what subscripts are made of by chunk_iname; give the function another name.");
  next();
  while (!isSymbol(")")) {
    Role role = isWord("in") ? Role::In : isWord("out") ? Role::Out : Role::InOut;
    if (role == Role::InOut && !isWord("inout"))
      unexpected("'in', 'out' or 'inout': what the function does with this argument");
    next();
    function.roles.push_back(role);
    if (!accept(","))
      break;
  }
  expect(")", "after the arguments of the function");
  if (accept("->"))
    function.result = parseTypeName();
  function.pure = acceptWord("pure");
  function.source = since(first);
  kernel.functions.push_back(std::move(function));
  expectLineEnd("the function");
}

static ast::Items &addItem(ast::Items &items, decltype(ast::Item::data) data) {
  items.push_back(std::make_unique<ast::Item>(ast::Item{std::move(data)}));
  return items;
}

void Parser::parseFor(ast::Kernel &kernel, ast::Items &items) {
  Nested nested(*this);
  const Token &opener = next();
  ast::ForBlock block;
  do
    block.inames.push_back(expectName("an iname"));
  while (accept(","));
  block.range = since(opener);
  expectLineEnd("the inames of this block");
  parseItems(kernel, block.body);
  addItem(items, std::move(block));
  expectEnd(opener);
}

void Parser::parseIf(ast::Kernel &kernel, ast::Items &items) {
  Nested nested(*this);
  const Token &opener = peek();
  ast::IfBlock block;
  auto branch = [&](bool hasCondition) {
    const Token &first = next();
    ast::IfBlock::Branch branch;
    if (hasCondition)
      branch.condition = parseExpr();
    branch.range = since(first);
    expectLineEnd(hasCondition ? "the condition" : "'else'");
    parseItems(kernel, branch.body);
    block.branches.push_back(std::move(branch));
  };
  branch(true);
  while (isWord("elif"))
    branch(true);
  if (isWord("else"))
    branch(false);
  addItem(items, std::move(block));
  expectEnd(opener);
}

void Parser::parseWith(ast::Kernel &kernel, ast::Items &items) {
  Nested nested(*this);
  const Token &opener = next();
  ast::WithBlock block;
  block.options = parseOptions();
  block.range = since(opener);
  if (block.options.id || block.options.disjoint)
    errors_.add(block.range, "'id' and 'disjoint' belong to one statement, not to a block.");
  expectLineEnd("the options");
  parseItems(kernel, block.body);
  addItem(items, std::move(block));
  expectEnd(opener);
}

// temp t: float32[n, 3] in local
void Parser::parseTemp(ast::Items &items) {
  const Token &first = next();
  ast::TempLine temp;
  temp.name = expectName("the name of a temporary");
  next();
  temp.type = parseTypeName();
  if (accept("["))
    temp.shape = parseList("]", "after the extents");
  if (acceptWord("in")) {
    for (AddressSpace space : {AddressSpace::Private, AddressSpace::Local, AddressSpace::Global})
      if (isWord(spelling(space)))
        temp.space = space;
    if (!temp.space)
      unexpected("private, local or global");
    next();
  }
  temp.range = since(first);
  addItem(items, std::move(temp));
  expectLineEnd("the temporary");
}

// ----------------------------------------------------------------------------------------------------- statements
void Parser::parseStatement(ast::Items &items) {
  const Token &first = peek();
  ast::Statement statement;
  if (accept("...")) {
    if (acceptWord("nop"))
      statement.kind = ast::Statement::Kind::Nop;
    else if (acceptWord("lbarrier"))
      statement.kind = ast::Statement::Kind::LocalBarrier;
    else if (acceptWord("gbarrier"))
      statement.kind = ast::Statement::Kind::GlobalBarrier;
    else
      unexpected("nop, lbarrier or gbarrier");
  } else {
    parsePlaces(statement);
  }
  statement.range = since(first);
  if (isSymbol("{"))
    statement.options = parseOptions();
  addItem(items, std::move(statement));
  expectLineEnd("the statement");
}

static std::optional<BinaryOp> augmentedOp(std::string_view symbol) {
  if (symbol == "+=")
    return BinaryOp::Add;
  if (symbol == "-=")
    return BinaryOp::Sub;
  if (symbol == "*=")
    return BinaryOp::Mul;
  if (symbol == "/=")
    return BinaryOp::Div;
  return std::nullopt;
}

// place = e, <type> place = e, a, b = e, place += e, or a bare call.
void Parser::parsePlaces(ast::Statement &statement) {
  if (accept("<")) {
    statement.declares = true;
    if (!isSymbol(">"))
      statement.declaredType = parseTypeName();
    expect(">", "after the type of the temporary");
  }
  do
    statement.lhs.push_back(parsePrimary());
  while (accept(","));
  if (!statement.declares && statement.lhs.size() == 1 && statement.lhs[0]->kind == Term::Kind::Call &&
      !isSymbol("=")) {
    statement.kind = ast::Statement::Kind::Call;
    statement.rhs = statement.lhs[0];
    statement.lhs.clear();
    return;
  }
  for (const Term *place : statement.lhs)
    if (place->kind != Term::Kind::Name && place->kind != Term::Kind::Subscript)
      errors_.fail(place->range, "This is not a place that can be assigned to.");
  statement.augmented = peek().kind == Token::Kind::Symbol ? augmentedOp(peek().text) : std::nullopt;
  if (statement.augmented)
    next();
  else
    expect("=", "and the value to assign");
  statement.rhs = parseExpr();
}

} // namespace loopy
