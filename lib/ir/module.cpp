#include "loopy/ir/module.h"

namespace loopy {
namespace {

template <class T> const T *find(const std::vector<T> &own, const std::vector<T> &imported, std::string_view name) {
  for (const std::vector<T> *list : {&own, &imported})
    for (const T &item : *list)
      if (item.name == name)
        return &item;
  return nullptr;
}

template <class T> std::vector<std::string> namesOf(const std::vector<T> &own, const std::vector<T> &imported) {
  std::vector<std::string> names;
  for (const std::vector<T> *list : {&own, &imported})
    for (const T &item : *list)
      names.push_back(item.name);
  return names;
}

const ModuleFile *findFile(const Module &module, uint32_t number) {
  for (const ModuleFile &file : module.files)
    if (file.number == number)
      return &file;
  return nullptr;
}

} // namespace

const Kernel &Module::kernel(std::string_view name) const {
  if (const Kernel *found = find(kernels, importedKernels, name))
    return *found;
  throw UserError({}, unknownName("kernel", name, kernelNames()));
}

const PipelineSource *Module::findPipeline(std::string_view name) const {
  return find(pipelines, importedPipelines, name);
}

std::vector<std::string> Module::kernelNames() const { return namesOf(kernels, importedKernels); }

std::vector<std::string> Module::pipelineNames() const { return namesOf(pipelines, importedPipelines); }

UserError withImportNotes(const Module &module, const UserError &error) {
  std::vector<Diagnostic> diagnostics = error.diagnostics();
  for (Diagnostic &diagnostic : diagnostics) {
    // A file is imported by one that was read before it, so this ends.
    const ModuleFile *file = findFile(module, diagnostic.range.file);
    while (file && file->importedAt.isValid()) {
      diagnostic.notes.push_back({Severity::Note, file->importedAt, "The file is imported here.", {}});
      file = findFile(module, file->importedAt.file);
    }
  }
  return UserError(std::move(diagnostics));
}

} // namespace loopy
