#include "loopy/frontend/parse.h"

#include "imports.h"
#include "kernel_builder.h"
#include "parser.h"
#include "print_syntax.h"

#include "loopy/ir/verify.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace loopy {
namespace {

// Of two things with one name the one that was read later is reported.
template <class T, class Place>
std::map<std::string, SourceRange> checkUnique(const std::vector<const std::vector<T> *> &lists, const char *kind,
                                               Place &&placeOf, Errors &errors) {
  std::map<std::string, SourceRange> places;
  for (const std::vector<T> *list : lists)
    for (const T &item : *list)
      if (auto [it, isNew] = places.emplace(item.name, placeOf(item)); !isNew)
        errors.add(placeOf(item), "There are two " + std::string(kind) + " '" + item.name + "'.",
                   {noteAt(it->second, "Here is the first.")});
  return places;
}

void checkNames(const Module &module, Errors &errors) {
  const auto kernels = checkUnique<Kernel>(
      {&module.kernels, &module.importedKernels}, "kernels", [](const Kernel &kernel) { return kernel.source; },
      errors);
  checkUnique<PipelineSource>(
      {&module.pipelines, &module.importedPipelines}, "pipelines",
      [](const PipelineSource &pipeline) { return pipeline.range; }, errors);
  std::vector<std::string> names;
  for (const auto &[name, place] : kernels)
    names.push_back(name);
  for (const auto *list : {&module.pipelines, &module.importedPipelines})
    for (const PipelineSource &pipeline : *list)
      if (!pipeline.kernel.empty() && !kernels.count(pipeline.kernel))
        errors.add(pipeline.range, unknownName("kernel", pipeline.kernel, names));
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

// In the order of the file; those that call others are built after these. `callees` holds those of other files, and gets
// those of this one.
std::vector<Kernel> buildKernels(Context &context, ast::File &syntax,
                                 const std::shared_ptr<const std::vector<Preamble>> &preambles, Callees &callees,
                                 Errors &errors) {
  std::vector<std::optional<Kernel>> built(syntax.kernels.size());
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

// Reads a text and what it imports into a module. The syntax of the text itself is returned.
std::shared_ptr<ast::File> readInto(Module &module, const std::string &name, const std::string &text,
                                    FileContent content) {
  Context &context = *module.context;
  Errors errors;
  std::vector<ParsedFile> files = parseWithImports(context, name, text, content, module.files, errors);
  for (const ParsedFile &file : files)
    module.files.push_back(file.file);
  try {
    errors.throwIfAny();
    // A file may call the kernels of those that it imports, which stand behind it.
    Callees callees;
    std::vector<std::vector<Kernel>> built(files.size());
    for (size_t number = files.size(); number-- > 0;) {
      const ParsedFile &file = files[number];
      const std::string &path = number == 0 ? name : file.file.path;
      built[number] = buildKernels(context, *file.syntax, preamblesOf(path, *file.syntax, errors), callees, errors);
    }
    for (size_t number = 0; number < files.size(); ++number) {
      const ParsedFile &file = files[number];
      const bool isImported = file.file.importedAt.isValid();
      std::vector<Kernel> &kernels = isImported ? module.importedKernels : module.kernels;
      kernels.insert(kernels.end(), built[number].begin(), built[number].end());
      std::vector<PipelineSource> &pipelines = isImported ? module.importedPipelines : module.pipelines;
      pipelines.insert(pipelines.end(), file.syntax->pipelines.begin(), file.syntax->pipelines.end());
    }
    checkNames(module, errors);
    errors.throwIfAny();
  } catch (const UserError &error) {
    throw withImportNotes(module, error);
  }
  for (const std::vector<Kernel> *kernels : {&module.kernels, &module.importedKernels})
    for (const Kernel &kernel : *kernels)
      verify(kernel);
  return files.front().syntax;
}

} // namespace

Module parseText(Context &context, const std::string &name, const std::string &text) {
  Module module;
  module.context = &context;
  module.syntax = readInto(module, name, text, FileContent::KernelsAndPipelines);
  return module;
}

Module parseFile(Context &context, const std::string &path) {
  std::optional<std::string> failure;
  const std::string text = readFile(path, failure);
  if (failure)
    throw UserError({}, "The file '" + path + "' cannot be read: " + *failure + ".");
  return parseText(context, path, text);
}

void addPipelines(Module &module, const std::string &name, const std::string &text) {
  const std::string identity = identityOf(name);
  for (const ModuleFile &file : module.files) {
    if (identity.empty() || file.path != identity)
      continue;
    // It has been imported already. Now the user names it, and its pipelines are as good as those of the module's file.
    auto isElsewhere = [&](const PipelineSource &pipeline) { return pipeline.range.file != file.number; };
    auto &imported = module.importedPipelines;
    auto moved = std::stable_partition(imported.begin(), imported.end(), isElsewhere);
    module.pipelines.insert(module.pipelines.end(), moved, imported.end());
    imported.erase(moved, imported.end());
    return;
  }
  readInto(module, name, text, FileContent::PipelinesOnly);
}

std::vector<PipelineCall> parsePipelineCalls(Context &context, const std::string &name, const std::string &text) {
  const uint32_t file = context.sources().add(name, text);
  const std::string_view kept = context.sources().text(file);
  Errors errors;
  ast::File syntax;
  std::vector<Token> tokens = lex(kept, file, errors);
  std::vector<PipelineCall> calls = Parser(syntax, std::move(tokens), kept, errors).parseCallsOnly();
  errors.throwIfAny();
  return calls;
}

std::string printModule(const Module &module) {
  if (!module.syntax)
    throw UserError({}, "Only a module that was read from text can be printed as text.");
  return printFile(*module.syntax);
}

} // namespace loopy
