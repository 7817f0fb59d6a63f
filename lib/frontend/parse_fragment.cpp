// Expressions and conditions over the names of a finished kernel, for passes and tools.
#include "loopy/frontend/parse.h"

#include "affine_reader.h"
#include "parser.h"
#include "typing.h"

#include "loopy/ir/rules.h"

#include <algorithm>

namespace loopy {
namespace {

// Fills a scope with a kernel's names. The scope works on a copy, which is thrown away.
void fillScope(Scope &scope, const Kernel &kernel, const std::vector<std::string> &extraInames, Kernel &copy) {
  copy.context = kernel.context;
  copy.functions = kernel.functions;
  auto isTaken = [&](const std::string &name) {
    return std::find(extraInames.begin(), extraInames.end(), name) != extraInames.end();
  };
  for (const Param &param : kernel.params)
    if (!isTaken(param.name))
      scope.declareParam(param.name, param.type, param.source);
  for (const std::string &name : extraInames)
    if (!scope.isIname(name))
      scope.declareIname(name, {});
  for (const Iname &iname : kernel.inames)
    if (!isTaken(iname.name))
      scope.declareIname(iname.name, iname.source);
  for (const Array &array : kernel.arrays)
    if (!isTaken(array.name))
      scope.declareArray(array, std::vector<std::string>(array.implicitAxes), false);
}

// The implicit axes of a temporary as its first writer has them, where they are plain inames.
std::vector<std::string> implicitAxes(const Kernel &kernel, const Array &array) {
  for (const StatementRef &statement : kernel.statements)
    for (const AccessRef &access : accesses(*statement)) {
      if (!access.isWrite || access.load->array != array.name)
        continue;
      std::vector<std::string> names;
      for (unsigned d = 0; d < array.implicitAxes; ++d)
        if (auto *iname = access.load->index[d].as<InameRef>())
          names.push_back(iname->name);
      if (names.size() == array.implicitAxes)
        return names;
    }
  return {};
}

// What `work` returns. A construct that it abandons has reported an error, which is thrown.
template <class F> auto unlessAbandoned(Errors &errors, F &&work) {
  try {
    return work();
  } catch (const Abandoned &) {
    errors.throwIfAny();
    throw InternalError("a construct was abandoned without an error");
  }
}

// What `parse` makes of the text.
template <class F>
auto parseFragment(ast::File &syntax, Context &context, const std::string &text, Errors &errors, F &&parse) {
  const uint32_t file = context.sources().add("expression", text);
  std::vector<Token> tokens = lex(context.sources().text(file), file, errors);
  Parser parser(syntax, std::move(tokens), context.sources().text(file), errors);
  auto result = unlessAbandoned(errors, [&] { return parse(parser); });
  errors.throwIfAny();
  return result;
}

// The place in a pipeline call of what the fragment's text has at `inText`; the whole call if that is not found.
SourceRange placeInCall(const Sources &sources, const std::string &text, SourceRange inText, SourceRange where) {
  if (!inText.isValid() || sources.text(inText.file) != text)
    return where;
  const std::string_view call = sources.text(where);
  size_t start = call.find('"' + text);
  start = start == std::string_view::npos ? call.find(text) : start + 1;
  if (text.empty() || start == std::string_view::npos)
    return where;
  const uint32_t shift = where.begin + static_cast<uint32_t>(start);
  return {where.file, inText.begin + shift, inText.end + shift};
}

// What `work` returns. The text stands in a pipeline call; errors are shown there.
template <class F> auto withErrorsAt(const Kernel &kernel, const std::string &text, SourceRange where, F &&work) {
  try {
    return work();
  } catch (const UserError &error) {
    std::vector<Diagnostic> diagnostics = error.diagnostics();
    if (where.isValid())
      for (Diagnostic &d : diagnostics)
        d.range = placeInCall(kernel.context->sources(), text, d.range, where);
    throw UserError(std::move(diagnostics));
  }
}

Expr buildExpression(const Kernel &kernel, const ast::Term &term, const std::vector<std::string> &extraInames,
                     Errors &errors) {
  Kernel names;
  Scope scope(*kernel.context, names, errors);
  fillScope(scope, kernel, extraInames, names);
  for (const Array &array : kernel.arrays)
    if (ArrayInfo *info = scope.array(array.name); info && array.implicitAxes > 0)
      info->implicit = implicitAxes(kernel, array);
  std::deque<ast::RuleLine> lines;
  for (const Rule &rule : kernel.rules) {
    ast::RuleLine &line = lines.emplace_back();
    line.name = {rule.name, rule.source};
    for (const std::string &param : rule.params)
      line.params.push_back({param, {}});
    scope.declareRule(line);
    RuleInfo *info = scope.rule(rule.name);
    info->isAnalysed = info->isTyped = true;
  }
  names.rules = kernel.rules;
  ExprBuilder exprs(scope, [&](const std::string &rule, SourceRange) -> RuleInfo & { return *scope.rule(rule); });
  return exprs.build(term);
}

// Integer params, inames and `more` names.
AffineReader::Resolve namesOfKernel(const Kernel &kernel, std::vector<std::string> more, Errors &errors) {
  return [&kernel, more = std::move(more), &errors](const ast::Term &name) -> std::string {
    const bool isName = name.kind == ast::Term::Kind::Name;
    const Param *param = isName ? kernel.findParam(name.text) : nullptr;
    if ((param && param->type.isInteger()) ||
        (isName && (kernel.findIname(name.text) || std::find(more.begin(), more.end(), name.text) != more.end())))
      return name.text;
    std::vector<std::string> names = kernel.integerParams();
    for (const std::string &iname : kernel.inameNames())
      names.push_back(iname);
    errors.fail(name.range, unknownName("integer parameter or iname", name.text, names));
  };
}

// The condition, and the equations among the new inames.
isl::set relationOf(const ast::MapText &map, AffineReader &reader) {
  isl::set relation = map.condition ? reader.condition(*map.condition) : reader.universe();
  for (const ast::MapText::Image &image : map.to)
    if (image.value) {
      ast::Term name{.kind = ast::Term::Kind::Name,
                     .range = image.name.range,
                     .nameRange = image.name.range,
                     .text = image.name.text};
      relation = relation.intersect(reader.comparison(CompareOp::Eq, name, *image.value));
    }
  return relation;
}

} // namespace

Expr parseExpression(const Kernel &kernel, const std::string &text, const std::vector<std::string> &extraInames,
                     SourceRange where) {
  return withErrorsAt(kernel, text, where, [&] {
    Errors errors;
    ast::File syntax;
    const ast::Term *term = parseFragment(syntax, *kernel.context, text, errors,
                                          [](Parser &parser) { return parser.parseExpressionOnly(false); });
    // A new name may be in use, too.
    return unlessAbandoned(errors, [&] { return buildExpression(kernel, *term, extraInames, errors); });
  });
}

isl::set parseCondition(const Kernel &kernel, const std::string &text, SourceRange where) {
  return withErrorsAt(kernel, text, where, [&] {
    Errors errors;
    ast::File syntax;
    const ast::Term *term = parseFragment(syntax, *kernel.context, text, errors,
                                          [](Parser &parser) { return parser.parseExpressionOnly(true); });
    AffineReader reader(kernel.context->isl(), errors, namesOfKernel(kernel, {}, errors));
    return unlessAbandoned(errors, [&] {
      return withBudget(kernel.context->isl(), errors, term->range, [&] { return reader.condition(*term); });
    });
  });
}

InameMap parseInameMap(const Kernel &kernel, const std::string &text, SourceRange where) {
  return withErrorsAt(kernel, text, where, [&] {
    Errors errors;
    ast::File syntax;
    const ast::MapText map =
        parseFragment(syntax, *kernel.context, text, errors, [](Parser &parser) { return parser.parseMapOnly(); });
    InameMap result;
    for (const ast::NamedWord &name : map.from)
      result.from.push_back(name.text);
    for (const ast::MapText::Image &image : map.to)
      result.to.push_back(image.name.text);
    AffineReader reader(kernel.context->isl(), errors, namesOfKernel(kernel, result.to, errors));
    result.relation = unlessAbandoned(errors, [&] {
      return withBudget(kernel.context->isl(), errors, map.range, [&] { return relationOf(map, reader); });
    });
    return result;
  });
}

} // namespace loopy
