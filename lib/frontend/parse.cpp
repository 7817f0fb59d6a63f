#include "loopy/frontend/parse.h"

#include "imports.h"
#include "kernel_builder.h"
#include "parser.h"
#include "print_syntax.h"

#include "loopy/ir/verify.h"

#include <algorithm>

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
    for (const ParsedFile &file : files) {
      const bool isImported = file.file.importedAt.isValid();
      std::vector<Kernel> &kernels = isImported ? module.importedKernels : module.kernels;
      for (ast::Kernel &kernel : file.syntax->kernels)
        kernels.push_back(buildKernel(context, kernel, errors));
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
