// Text -> Module (docs/language.md has the grammar).
#pragma once

#include "loopy/ir/module.h"

namespace loopy {

// Parses and checks a whole file and those that it imports. Errors are collected: one UserError carries all of them, in
// source order. The paths of a text's imports start at the directory of its name.
Module parseFile(Context &context, const std::string &path); // UserError if the file cannot be read
Module parseText(Context &context, const std::string &name, const std::string &text);
// Reads a file of pipelines into a module, where they are like those of the module's own file. It may import others.
void addPipelines(Module &module, const std::string &name, const std::string &text);
// Only pipeline calls (`-e 'split_iname(i, 16)'`), one call a line or separated by ';'.
std::vector<PipelineCall> parsePipelineCalls(Context &context, const std::string &name, const std::string &text);

// An expression over the names of a kernel; rule parameters and extra inames may be given by name.
Expr parseExpression(const Kernel &kernel, const std::string &text, const std::vector<std::string> &extraInames = {},
                     SourceRange where = {});
// A condition on integer params and inames in domain syntax, as a parameter set (assume, isolate, ...).
isl::set parseCondition(const Kernel &kernel, const std::string &text, SourceRange where = {});

// A relation between inames and new ones, `{ [i, j] -> [u = i + j, v] : v = j }`. Other names in it are integer params
// and inames of the kernel. A name on both sides means the same value.
struct InameMap {
  std::vector<std::string> from, to; // as listed
  isl::set relation;                 // a parameter set over both lists, params and other inames
};
InameMap parseInameMap(const Kernel &kernel, const std::string &text, SourceRange where = {});

// Text that parses back to an equal module, with the imports as they were written. Only for modules that no pass has
// touched.
std::string printModule(const Module &module);

} // namespace loopy
