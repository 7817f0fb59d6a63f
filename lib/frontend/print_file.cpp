#include "print_syntax.h"

namespace loopy {

using ast::Term;

namespace {

class FilePrinter {
public:
  std::string run(const ast::File &file) {
    for (const ast::ImportLine &import : file.imports)
      line("import \"" + import.path + "\"");
    for (const ast::PreambleText &preamble : file.preambles)
      print(preamble);
    for (const ast::Kernel &kernel : file.kernels)
      print(kernel);
    for (const PipelineSource &pipeline : file.pipelines)
      print(pipeline);
    return out_;
  }

private:
  void line(const std::string &text) { out_ += std::string(2 * depth_, ' ') + text + "\n"; }
  template <class F> void indented(F &&body) {
    ++depth_;
    body();
    --depth_;
  }
  void beginPart() {
    if (!out_.empty())
      out_ += "\n";
  }

  static std::string words(const std::vector<ast::NamedWord> &list, const char *separator = ", ") {
    std::string text;
    for (const ast::NamedWord &word : list)
      text += (text.empty() ? "" : separator) + word.text;
    return text;
  }
  static std::string terms(const std::vector<const Term *> &list) {
    std::string text;
    for (const Term *term : list)
      text += (text.empty() ? "" : ", ") + printTerm(*term);
    return text;
  }

  void print(const ast::PreambleText &preamble) {
    beginPart();
    const std::string quotes = preamble.isFile ? "\"" : "\"\"\"";
    line("preamble " + words(preamble.targets) + " " + quotes + preamble.text + quotes);
  }

  // --------------------------------------------------------------------------------------------------- kernels
  void print(const ast::Kernel &kernel) {
    beginPart();
    std::string head = "kernel " + kernel.name.text + "(";
    for (size_t k = 0; k < kernel.arguments.size(); ++k)
      head += (k ? ", " : "") + argument(kernel.arguments[k]);
    line(head + ")");
    indented([&] {
      for (const ast::DomainLine &domain : kernel.domains)
        line("domain { [" + words(domain.inames) + "]" +
             (domain.condition ? " : " + printTerm(*domain.condition, true) : "") + " }");
      for (const Term *assumption : kernel.assumptions)
        line("assume " + printTerm(*assumption, true));
      for (const FunctionDecl &function : kernel.functions)
        print(function);
      for (const ast::RuleLine &rule : kernel.rules)
        line(rule.name.text + (rule.params.empty() ? "" : "(" + words(rule.params) + ")") +
             " := " + printTerm(*rule.body));
      print(kernel.items);
    });
    line("end");
  }

  static std::string argument(const ast::Argument &a) {
    std::string text = a.name.text + ": " + (a.role ? std::string(spelling(*a.role)) + " " : "") + a.type.name();
    if (a.isArray)
      text += "[" + terms(a.shape) + "]";
    if (a.columnMajor)
      text += " order=F";
    if (!a.strides.empty())
      text += " strides=[" + terms(a.strides) + "]";
    if (a.offset)
      text += " offset=" + printTerm(*a.offset);
    if (a.alignment)
      text += " align=" + std::to_string(a.alignment);
    if (!a.tags.empty())
      text += " tags=[" + words(a.tags) + "]";
    return text;
  }

  void print(const FunctionDecl &function) {
    std::string roles;
    for (Role role : function.roles)
      roles += (roles.empty() ? "" : ", ") + std::string(spelling(role));
    line("function " + function.name + "(" + roles + ")" + (function.result ? " -> " + function.result->name() : "") +
         (function.pure ? " pure" : ""));
  }

  void print(const ast::Items &items) {
    for (const auto &item : items)
      std::visit([&](const auto &data) { print(data); }, item->data);
  }

  void print(const ast::ForBlock &block) {
    line("for " + words(block.inames));
    indented([&] { print(block.body); });
    line("end");
  }

  void print(const ast::IfBlock &block) {
    for (size_t b = 0; b < block.branches.size(); ++b) {
      const ast::IfBlock::Branch &branch = block.branches[b];
      line(branch.condition ? (b == 0 ? "if " : "elif ") + printTerm(*branch.condition) : "else");
      indented([&] { print(branch.body); });
    }
    line("end");
  }

  void print(const ast::WithBlock &block) {
    std::string text = options(block.options);
    line("with " + (text.empty() ? "{}" : text));
    indented([&] { print(block.body); });
    line("end");
  }

  void print(const ast::TempLine &temp) {
    line("temp " + temp.name.text + ": " + temp.type.name() +
         (temp.shape.empty() ? "" : "[" + terms(temp.shape) + "]") +
         (temp.space ? std::string(" in ") + spelling(*temp.space) : ""));
  }

  void print(const ast::Statement &s) {
    std::string text;
    switch (s.kind) {
    case ast::Statement::Kind::Nop:
      text = "... nop";
      break;
    case ast::Statement::Kind::LocalBarrier:
      text = "... lbarrier";
      break;
    case ast::Statement::Kind::GlobalBarrier:
      text = "... gbarrier";
      break;
    case ast::Statement::Kind::Call:
      text = printTerm(*s.rhs);
      break;
    case ast::Statement::Kind::Assign:
      if (s.declares)
        text = "<" + (s.declaredType ? s.declaredType->name() : "") + "> ";
      text += terms(s.lhs) + " " + (s.augmented ? spelling(*s.augmented) : "") + "= " + printTerm(*s.rhs);
      break;
    }
    std::string suffix = options(s.options);
    line(text + (suffix.empty() ? "" : "   " + suffix));
  }

  static std::string options(const ast::Options &o) {
    std::vector<std::string> parts;
    if (o.id)
      parts.push_back("id=" + o.id->text);
    if (o.idPrefix)
      parts.push_back("id_prefix=" + o.idPrefix->text);
    if (!o.dep.empty())
      parts.push_back("dep=" + words(o.dep, ":"));
    if (!o.inames.empty())
      parts.push_back("inames=" + words(o.inames, ":"));
    if (!o.tags.empty())
      parts.push_back("tags=" + words(o.tags, ":"));
    if (o.condition)
      parts.push_back("if=" + printTerm(*o.condition));
    if (o.atomic)
      parts.push_back("atomic");
    if (o.disjoint)
      parts.push_back("disjoint=" + printTerm(*o.disjoint));
    std::string text;
    for (const std::string &part : parts)
      text += (text.empty() ? "{" : ", ") + part;
    return text.empty() ? "" : text + "}";
  }

  // ------------------------------------------------------------------------------------------------- pipelines
  void print(const PipelineSource &pipeline) {
    beginPart();
    std::string head = "pipeline " + pipeline.name;
    for (size_t k = 0; k < pipeline.params.size(); ++k) {
      const PipelineParam &param = pipeline.params[k];
      head += (k ? ", " : "(") + param.name + " = " + param.value.source;
      for (size_t c = 0; c < param.candidates.size(); ++c)
        head += (c ? ", " : " in {") + param.candidates[c].source;
      head += param.candidates.empty() ? "" : "}";
    }
    line(head + (pipeline.params.empty() ? "" : ")") + (pipeline.kernel.empty() ? "" : " for " + pipeline.kernel));
    indented([&] {
      for (const PipelineCall &call : pipeline.calls)
        line(callText(call));
    });
    line("end");
  }

  static std::string callText(const PipelineCall &call) {
    std::vector<std::string> args;
    bool isUse = call.pass == "use";
    for (size_t k = isUse ? 1 : 0; k < call.positional.size(); ++k)
      args.push_back(call.positional[k].source);
    for (const auto &[name, value] : call.named)
      args.push_back(name + "=" + value.source);
    std::string text = call.result.empty() ? "" : call.result + " = ";
    text += isUse && !call.positional.empty() ? "use " + call.positional[0].source : call.pass;
    text += "(";
    for (size_t k = 0; k < args.size(); ++k)
      text += (k ? ", " : "") + args[k];
    return text + ")";
  }

  std::string out_;
  unsigned depth_ = 0;
};

} // namespace

std::string printFile(const ast::File &file) { return FilePrinter().run(file); }

} // namespace loopy
