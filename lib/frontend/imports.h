// The files that are read together: one, and those that its `import` lines bring in, each once.
#pragma once

#include "ast.h"
#include "errors.h"

#include "loopy/ir/context.h"

namespace loopy {

// What the first of the files may hold. Imported ones may hold both.
enum class FileContent { KernelsAndPipelines, PipelinesOnly };

struct ParsedFile {
  ModuleFile file;
  std::shared_ptr<ast::File> syntax;
};

// Parses a text and what it imports, but nothing of what `known` lists. The path of an import starts at the directory
// of the file that it stands in (of the text's name; the current one for a name without a directory). Files that
// cannot be read are errors at their import.
std::vector<ParsedFile> parseWithImports(Context &context, const std::string &name, const std::string &text,
                                         FileContent content, const std::vector<ModuleFile> &known, Errors &errors);

// The path that tells a file from all others, "" where there is no file of that name.
std::string identityOf(const std::string &name);
// The text of a file, or why it cannot be read, as in "No such file or directory".
std::string readFile(const std::string &path, std::optional<std::string> &failure);

} // namespace loopy
