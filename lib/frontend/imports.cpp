#include "imports.h"

#include "parser.h"

#include <llvm/Support/MemoryBuffer.h>

#include <algorithm>
#include <filesystem>

namespace loopy {

namespace fs = std::filesystem;

std::string identityOf(const std::string &name) {
  std::error_code error;
  const fs::path path = fs::canonical(name, error);
  return error ? "" : path.string();
}

std::string readFile(const std::string &path, std::optional<std::string> &failure) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    failure = "it is a directory";
    return "";
  }
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer) {
    failure = buffer.getError().message();
    return "";
  }
  return (*buffer)->getBuffer().str();
}

namespace {

class FileSet {
public:
  FileSet(Context &context, const std::vector<ModuleFile> &known, Errors &errors)
      : context_(context), known_(known), errors_(errors) {}

  void add(const std::string &name, const std::string &text, FileContent content, SourceRange importedAt) {
    // Source ranges are 32-bit offsets.
    if (text.size() > (uint32_t(1) << 30))
      throw UserError(importedAt, "'" + name + "' is larger than a gigabyte.");
    ParsedFile &parsed = files_.emplace_back();
    parsed.file = {context_.sources().add(name, text), identityOf(name), importedAt};
    parsed.syntax = std::make_shared<ast::File>();
    const std::string_view kept = context_.sources().text(parsed.file.number);
    Parser parser(*parsed.syntax, lex(kept, parsed.file.number, errors_), kept, errors_);
    if (content == FileContent::PipelinesOnly)
      parser.parsePipelinesOnly();
    else
      parser.parseFile();
  }

  // Files are added at the end while the list is walked.
  void followImports() {
    for (size_t k = 0; k < files_.size(); ++k) {
      const std::shared_ptr<ast::File> syntax = files_[k].syntax;
      for (const ast::ImportLine &import : syntax->imports)
        follow(import, context_.sources().name(files_[k].file.number));
    }
  }

  std::vector<ParsedFile> take() { return std::move(files_); }

private:
  void follow(const ast::ImportLine &import, const std::string &importer) {
    if (import.path.empty())
      return errors_.add(import.range, "This names no file.");
    const std::string path = (fs::path(importer).parent_path() / import.path).string();
    const std::string identity = identityOf(path);
    if (!identity.empty() && isRead(identity))
      return;
    std::optional<std::string> failure;
    const std::string text = readFile(path, failure);
    if (failure)
      return errors_.add(import.range, "The file '" + path + "' cannot be read: " + *failure + ".");
    if (text.starts_with("{"))
      return errors_.add(import.range, "The file '" + path + "' holds JSON. Only kernel files can be imported.");
    add(path, text, FileContent::KernelsAndPipelines, import.range);
  }

  bool isRead(const std::string &identity) const {
    auto isIt = [&](const ModuleFile &file) { return file.path == identity; };
    return std::any_of(known_.begin(), known_.end(), isIt) ||
           std::any_of(files_.begin(), files_.end(), [&](const ParsedFile &parsed) { return isIt(parsed.file); });
  }

  Context &context_;
  const std::vector<ModuleFile> &known_;
  Errors &errors_;
  std::vector<ParsedFile> files_;
};

} // namespace

std::vector<ParsedFile> parseWithImports(Context &context, const std::string &name, const std::string &text,
                                         FileContent content, const std::vector<ModuleFile> &known, Errors &errors) {
  FileSet files(context, known, errors);
  files.add(name, text, content, {});
  files.followImports();
  return files.take();
}

} // namespace loopy
