#include "loopy/support/sources.h"

#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace loopy {

// A file's number is the number of its buffer in the source manager.
struct Sources::Impl {
  llvm::SourceMgr manager;

  const llvm::MemoryBuffer &buffer(uint32_t file) const {
    require(file != 0 && file <= manager.getNumBuffers(), "a source range names a file that was never added");
    return *manager.getMemoryBuffer(file);
  }
  llvm::SMLoc location(uint32_t file, uint32_t offset) const {
    const llvm::MemoryBuffer &b = buffer(file);
    return llvm::SMLoc::getFromPointer(b.getBufferStart() + std::min<size_t>(offset, b.getBufferSize()));
  }
};

Sources::Sources() : impl_(std::make_unique<Impl>()) {}
Sources::~Sources() = default;

uint32_t Sources::add(std::string name, std::string text) {
  return impl_->manager.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, name), llvm::SMLoc());
}

std::string_view Sources::text(uint32_t file) const {
  llvm::StringRef text = impl_->buffer(file).getBuffer();
  return {text.data(), text.size()};
}

std::string_view Sources::text(SourceRange range) const {
  std::string_view whole = text(range.file);
  size_t begin = std::min<size_t>(range.begin, whole.size());
  size_t end = std::clamp<size_t>(range.end, begin, whole.size());
  return whole.substr(begin, end - begin);
}

std::string Sources::name(uint32_t file) const { return impl_->buffer(file).getBufferIdentifier().str(); }

LineColumn Sources::lineColumn(uint32_t file, uint32_t offset) const {
  auto [line, column] = impl_->manager.getLineAndColumn(impl_->location(file, offset), file);
  return {line, column};
}

namespace {

llvm::SourceMgr::DiagKind kindOf(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return llvm::SourceMgr::DK_Error;
  case Severity::Warning:
    return llvm::SourceMgr::DK_Warning;
  case Severity::Note:
    return llvm::SourceMgr::DK_Note;
  case Severity::Remark:
    return llvm::SourceMgr::DK_Remark;
  }
  throw InternalError("unknown severity");
}

const char *spelling(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return "error";
  case Severity::Warning:
    return "warning";
  case Severity::Note:
    return "note";
  case Severity::Remark:
    return "remark";
  }
  throw InternalError("unknown severity");
}

nlohmann::json jsonOf(const Sources &sources, const Diagnostic &d) {
  nlohmann::json json = {{"severity", spelling(d.severity)}, {"message", d.message}};
  if (d.range.isValid()) {
    LineColumn begin = sources.lineColumn(d.range.file, d.range.begin);
    LineColumn end = sources.lineColumn(d.range.file, std::max(d.range.begin, d.range.end));
    json["file"] = sources.name(d.range.file);
    json["line"] = begin.line;
    json["column"] = begin.column;
    json["endLine"] = end.line;
    json["endColumn"] = end.column;
  }
  json["notes"] = nlohmann::json::array();
  for (const Diagnostic &note : d.notes)
    json["notes"].push_back(jsonOf(sources, note));
  return json;
}

} // namespace

// Of a line too long to read, the part around its range, and a caret below.
static void printPart(llvm::raw_ostream &out, llvm::StringRef line, size_t begin, size_t end) {
  constexpr size_t before = 60, width = 110;
  const size_t from = begin > before ? begin - before : 0;
  std::string part = line.substr(from, width).str();
  for (char &c : part)
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  const size_t marked = std::min(std::max(end, begin + 1), from + width) - begin;
  const std::string prefix = from ? "..." : "", suffix = from + width < line.size() ? "..." : "";
  out << prefix << part << suffix << "\n"
      << std::string(prefix.size() + begin - from, ' ') << '^' << std::string(marked - 1, '~') << "\n";
}

void Sources::print(llvm::raw_ostream &out, const Diagnostic &diagnostic, bool colors) const {
  llvm::SMDiagnostic message("", kindOf(diagnostic.severity), diagnostic.message);
  if (SourceRange r = diagnostic.range; r.isValid()) {
    llvm::SMLoc begin = impl_->location(r.file, r.begin);
    llvm::SMLoc end = impl_->location(r.file, std::max(r.begin, r.end));
    message =
        impl_->manager.GetMessage(begin, kindOf(diagnostic.severity), diagnostic.message, llvm::SMRange(begin, end));
  }
  constexpr size_t longestLine = 400;
  if (llvm::StringRef line = message.getLineContents(); line.size() > longestLine) {
    const auto [row, column] = lineColumn(diagnostic.range.file, diagnostic.range.begin);
    llvm::SMDiagnostic head(name(diagnostic.range.file) + ":" + std::to_string(row) + ":" + std::to_string(column),
                            kindOf(diagnostic.severity), diagnostic.message);
    head.print(nullptr, out, colors);
    const size_t begin = column - 1;
    printPart(out, line, begin, begin + diagnostic.range.end - std::min(diagnostic.range.end, diagnostic.range.begin));
  } else {
    message.print(nullptr, out, colors);
  }
  for (const Diagnostic &note : diagnostic.notes)
    print(out, note, colors);
}

std::string Sources::toJson(const std::vector<Diagnostic> &diagnostics) const {
  nlohmann::json list = nlohmann::json::array();
  for (const Diagnostic &d : diagnostics)
    list.push_back(jsonOf(*this, d));
  // Source text may hold bytes that are not UTF-8; a report about it must be printable all the same.
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace loopy
