#include "loopy/frontend/parse.h"

#include "affine_reader.h"
#include "kernel_builder.h"
#include "parser.h"
#include "print_syntax.h"
#include "typing.h"

#include "loopy/ir/verify.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace loopy {
namespace {

struct ParsedText {
  std::string_view text;
  uint32_t file;
};

ParsedText addText(Context &context, const std::string &name, const std::string &text) {
  // Source ranges are 32-bit offsets.
  if (text.size() > (uint32_t(1) << 30))
    throw UserError({}, "'" + name + "' is larger than a gigabyte.");
  uint32_t file = context.sources().add(name, text);
  return {context.sources().text(file), file};
}

void checkNames(const Module &module, Errors &errors) {
  std::map<std::string, SourceRange> kernels, pipelines;
  std::vector<std::string> names;
  for (const Kernel &kernel : module.kernels) {
    names.push_back(kernel.name);
    if (auto [it, isNew] = kernels.emplace(kernel.name, kernel.source); !isNew)
      errors.add(kernel.source, "There are two kernels '" + kernel.name + "'.",
                 {noteAt(it->second, "Here is the first.")});
  }
  for (const PipelineSource &pipeline : module.pipelines) {
    if (auto [it, isNew] = pipelines.emplace(pipeline.name, pipeline.range); !isNew)
      errors.add(pipeline.range, "There are two pipelines '" + pipeline.name + "'.",
                 {noteAt(it->second, "Here is the first.")});
    if (!pipeline.kernel.empty() && !kernels.count(pipeline.kernel))
      errors.add(pipeline.range, unknownName("kernel", pipeline.kernel, names));
  }
}

// The text of a preamble's file, whose name is relative to the kernel file.
std::string readPreamble(const std::string &kernelFile, const ast::PreambleText &preamble, Errors &errors) {
  const std::filesystem::path path = std::filesystem::path(kernelFile).parent_path() / preamble.text;
  std::error_code ignored;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!std::filesystem::is_regular_file(path, ignored) || !file) {
    errors.add(preamble.range, "The file '" + path.string() + "' cannot be read.");
    return "";
  }
  text << file.rdbuf();
  return text.str();
}

std::shared_ptr<const std::vector<Preamble>> preamblesOf(const std::string &name, const ast::File &syntax,
                                                         Errors &errors) {
  if (syntax.preambles.empty())
    return nullptr;
  std::vector<Preamble> preambles;
  for (const ast::PreambleText &preamble : syntax.preambles) {
    const std::string text = preamble.isFile ? readPreamble(name, preamble, errors) : preamble.text;
    for (const ast::NamedWord &target : preamble.targets)
      preambles.push_back({target.text, text, preamble.range});
  }
  return std::make_shared<const std::vector<Preamble>>(std::move(preambles));
}

// In the order of the file; those that call others are built after these.
std::vector<Kernel> buildKernels(Context &context, ast::File &syntax,
                                 const std::shared_ptr<const std::vector<Preamble>> &preambles, Errors &errors) {
  std::vector<std::optional<Kernel>> built(syntax.kernels.size());
  Callees callees;
  for (const ast::Kernel &kernel : syntax.kernels)
    callees[kernel.name.text] = nullptr; // until it is built
  for (unsigned number : callOrder(syntax, errors)) {
    const size_t before = errors.count();
    Kernel kernel = buildKernel(context, syntax.kernels[number], callees, errors);
    kernel.preambles = preambles;
    if (errors.count() == before)
      callees[kernel.name] = std::make_shared<const Kernel>(kernel);
    built[number] = std::move(kernel);
  }
  std::vector<Kernel> kernels;
  for (std::optional<Kernel> &kernel : built)
    if (kernel)
      kernels.push_back(std::move(*kernel));
  return kernels;
}

} // namespace

Module parseText(Context &context, const std::string &name, const std::string &text) {
  ParsedText source = addText(context, name, text);
  Errors errors;
  auto syntax = std::make_shared<ast::File>();
  std::vector<Token> tokens = lex(source.text, source.file, errors);
  Parser(*syntax, std::move(tokens), source.text, errors).parseFile();
  errors.throwIfAny();
  Module module;
  module.context = &context;
  module.kernels = buildKernels(context, *syntax, preamblesOf(name, *syntax, errors), errors);
  module.pipelines = syntax->pipelines;
  checkNames(module, errors);
  errors.throwIfAny();
  for (const Kernel &kernel : module.kernels)
    verify(kernel);
  module.syntax = std::move(syntax);
  return module;
}

Module parseFile(Context &context, const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf()))
    // An empty file sets the stream's failbit although it was read.
    if (!file.is_open() || file.peek() != std::ifstream::traits_type::eof() || file.bad())
      throw UserError({}, "The file '" + path + "' cannot be read.");
  return parseText(context, path, text.str());
}

std::vector<PipelineCall> parsePipelineCalls(Context &context, const std::string &name, const std::string &text) {
  ParsedText source = addText(context, name, text);
  Errors errors;
  ast::File syntax;
  std::vector<Token> tokens = lex(source.text, source.file, errors);
  std::vector<PipelineCall> calls = Parser(syntax, std::move(tokens), source.text, errors).parseCallsOnly();
  errors.throwIfAny();
  return calls;
}

std::vector<PipelineSource> parsePipelines(Context &context, const std::string &name, const std::string &text) {
  ParsedText source = addText(context, name, text);
  Errors errors;
  ast::File syntax;
  std::vector<Token> tokens = lex(source.text, source.file, errors);
  Parser(syntax, std::move(tokens), source.text, errors).parsePipelinesOnly();
  errors.throwIfAny();
  return std::move(syntax.pipelines);
}

std::string printModule(const Module &module) {
  if (!module.syntax)
    throw UserError({}, "Only a module that was read from text can be printed as text.");
  return printFile(*module.syntax);
}

} // namespace loopy
