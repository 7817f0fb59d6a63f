// Source ranges in JSON: {"at": "0:17-25"}, bytes 17 to 25 of the first of the texts in "sources".
#pragma once

#include "place.h"

#include <map>

namespace loopy::json {

class RangeWriter {
public:
  explicit RangeWriter(Context &context);
  // Adds "at" to an object, unless the range is none.
  void add(Json &object, SourceRange range);
  Json sources() const; // the texts of all ranges that were added

private:
  const Sources &sources_;
  std::map<uint32_t, size_t> numbers_; // of files, in the order of their first range
  std::vector<uint32_t> files_;
};

class RangeReader {
public:
  RangeReader(Context &context, const Place &root); // adds the texts to the context's
  SourceRange read(const Place &object) const;      // its member "at"; none if it has none

private:
  struct Text {
    uint32_t file;
    size_t size;
  };
  std::vector<Text> texts_;
};

} // namespace loopy::json
