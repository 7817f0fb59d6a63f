// What one file and its imports hold: kernels, and pipelines whose calls are not bound to passes yet.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

namespace ast {
struct File;
}

// A value in a pipeline call, as parsed. Names are resolved against the pipeline's parameters when it is run.
struct PipelineValue {
  struct Name { std::string text; };                       // i_outer, g.0, l.auto, id:foo* (up to , or ))
  struct List { std::vector<PipelineValue> items; };       // [a, b] or (a, b)
  struct Text { std::string text; };                       // "quoted"
  struct Arithmetic { std::string op; std::vector<PipelineValue> operands; };  // + - * // % over ints and names
  std::variant<int64_t, bool, Name, List, Text, Arithmetic> data;
  SourceRange range;
  std::string source;                                      // its text as written
};

struct PipelineCall {
  std::string result{};                                    // the name of what the pass makes, `t = pass(...)`; "" = none
  SourceRange resultRange{};
  std::string pass;                                        // "use" calls another pipeline: args[0] is its name
  std::vector<PipelineValue> positional;
  std::vector<std::pair<std::string, PipelineValue>> named;
  SourceRange range;                                       // of the whole call
  SourceRange nameRange;
};

struct PipelineParam {
  std::string name;
  PipelineValue value;                                     // the default
  std::vector<PipelineValue> candidates;                   // what tuning may try; may be empty
  SourceRange range;
};

struct PipelineSource {
  std::string name;
  std::string kernel;                                      // "" = any kernel
  std::vector<PipelineParam> params;
  std::vector<PipelineCall> calls;
  SourceRange range;
};

// A file that was read for a module.
struct ModuleFile {
  uint32_t number = 0;                                     // in the context's sources
  std::string path;                                        // absolute; "" for a text that is no file
  SourceRange importedAt;                                  // the first `import` of it; none for what the user named
};

struct Module {
  Context *context = nullptr;
  std::vector<Kernel> kernels;
  std::vector<PipelineSource> pipelines;
  // What `import` brought in. All names of a module differ, imported or not.
  std::vector<Kernel> importedKernels;
  std::vector<PipelineSource> importedPipelines;
  std::vector<ModuleFile> files;
  std::shared_ptr<const ast::File> syntax;                 // of the text it was parsed from, for printModule; may be null
  // Look-ups among all, also the imported ones.
  const Kernel &kernel(std::string_view name) const;       // UserError listing the kernels if there is none
  const PipelineSource *findPipeline(std::string_view name) const;
  std::vector<std::string> kernelNames() const;
  std::vector<std::string> pipelineNames() const;
};

// The error with a note at each `import` that led to the file of one of its places.
UserError withImportNotes(const Module &module, const UserError &error);

} // namespace loopy
