#include "ranges.h"

#include <charconv>

namespace loopy::json {

RangeWriter::RangeWriter(Context &context) : sources_(context.sources()) {}

void RangeWriter::add(Json &object, SourceRange range) {
  if (!range.isValid())
    return;
  auto [known, isNew] = numbers_.emplace(range.file, files_.size());
  if (isNew)
    files_.push_back(range.file);
  object["at"] = std::to_string(known->second) + ":" + std::to_string(range.begin) + "-" + std::to_string(range.end);
}

Json RangeWriter::sources() const {
  Json list = Json::array();
  for (uint32_t file : files_)
    list.push_back({{"name", sources_.name(file)}, {"text", std::string(sources_.text(file))}});
  return list;
}

RangeReader::RangeReader(Context &context, const Place &root) {
  std::optional<Place> sources = root.find("sources");
  if (!sources)
    return;
  for (const Place &source : sources->items()) {
    source.allowOnly({"name", "text"});
    const std::string text = source.member("text").text();
    texts_.push_back({context.sources().add(source.member("name").text(), text), text.size()});
  }
}

SourceRange RangeReader::read(const Place &object) const {
  std::optional<Place> at = object.find("at");
  if (!at)
    return {};
  const std::string text = at->text();
  size_t file = 0;
  SourceRange range;
  const char *position = text.data(), *end = text.data() + text.size();
  auto take = [&](auto &number, char stop) {
    auto [next, error] = std::from_chars(position, end, number);
    const bool isGood = error == std::errc() && (stop == '\0' ? next == end : next != end && *next == stop);
    position = isGood && stop != '\0' ? next + 1 : next;
    return isGood;
  };
  if (!take(file, ':') || !take(range.begin, '-') || !take(range.end, '\0'))
    at->fail("A range is of the form SOURCE:BEGIN-END, and `" + text + "` is not.");
  if (file >= texts_.size() || range.begin > range.end || range.end > texts_[file].size)
    at->fail("The range `" + text + "` is in no text of \"sources\".");
  range.file = texts_[file].file;
  return range;
}

} // namespace loopy::json
