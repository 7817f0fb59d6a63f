#include "externals.h"

#include "loopy/ir/rules.h"

#include <cctype>

namespace loopy::lowering {

std::vector<FunctionDecl> externalsOf(const Kernel &kernel) {
  std::set<std::string> called;
  for (const StatementRef &statement : kernel.statements) {
    const Statement expanded = expandRules(kernel, *statement);
    rewriteExprs(*kernel.context, expanded, [&](Expr e) {
      if (const CallExpr *call = e.as<CallExpr>())
        called.insert(call->function);
      return e;
    });
    if (const CallBody *call = std::get_if<CallBody>(&statement->body))
      called.insert(call->callee);
  }
  std::vector<FunctionDecl> externals;
  for (const FunctionDecl &function : kernel.functions)
    if (called.count(function.name))
      externals.push_back(function);
  return externals;
}

std::string preambleFor(const Kernel &kernel, const Target &target) {
  std::string text;
  if (!kernel.preambles)
    return text;
  const std::string name = target.kind == Target::Kind::C ? "c" : "opencl";
  for (const Preamble &preamble : *kernel.preambles)
    if (preamble.target == name)
      text += preamble.text + (preamble.text.ends_with('\n') ? "" : "\n");
  return text;
}

} // namespace loopy::lowering

namespace loopy {

static bool isNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool isInPreamble(const Program &program, const std::string &function) {
  const std::string &text = program.preamble;
  for (size_t at = text.find(function); at != std::string::npos; at = text.find(function, at + 1)) {
    const size_t end = at + function.size();
    if ((at == 0 || !isNamePart(text[at - 1])) && (end == text.size() || !isNamePart(text[end])))
      return true;
  }
  return false;
}

} // namespace loopy
