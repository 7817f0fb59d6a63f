// A value in a JSON document, and how it is reached: reading with messages that name the place.
#pragma once

#include "loopy/ir/context.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>

namespace loopy::json {

using Json = nlohmann::ordered_json;

// The text that is read, for locating messages.
struct Document {
  Context *context = nullptr;
  uint32_t file = 0;
  Json root;
};

class Place {
public:
  static Place root(const Document &document) { return Place(document, nullptr, document.root); }

  // Every reader that finds another type fails: "`name` is to be a text, and this is a number."
  Place member(const std::string &key) const;              // which must be there
  std::optional<Place> find(const std::string &key) const; // of an object
  std::vector<Place> items() const;                        // of an array
  std::vector<std::pair<std::string, Place>> members() const;
  std::string text() const;
  std::string name() const; // a text that is a name of the language
  bool flag() const;
  int64_t integer(int64_t least, int64_t most) const;
  bool isText() const { return value_->is_string(); }
  const Json &value() const { return *value_; }

  // Of an object: no other members than these.
  void allowOnly(std::initializer_list<const char *> keys) const;
  // One of the values of an enumeration, by its spelling.
  template <class Enum, class Spell>
  Enum oneOf(const char *kind, std::initializer_list<Enum> values, Spell &&spell) const {
    std::vector<std::string> names;
    for (Enum value : values)
      if (names.emplace_back(spell(value)); names.back() == text())
        return value;
    fail(unknownName(kind, text(), names));
  }
  std::vector<std::string> texts() const;                       // of an array of names
  std::vector<std::string> texts(const std::string &key) const; // of a member; none if it is not there

  // UserError at this place, "At /kernels/0/name: message".
  [[noreturn]] void fail(const std::string &message) const;
  std::string pointer() const;
  const Document &document() const { return *document_; }

private:
  struct Step {
    std::shared_ptr<const Step> parent;
    std::string key;
  };
  Place(const Document &document, std::shared_ptr<const Step> step, const Json &value)
      : document_(&document), step_(std::move(step)), value_(&value) {}
  Place below(std::string key, const Json &value) const;
  [[noreturn]] void wrongType(const char *wanted) const;

  const Document *document_;
  std::shared_ptr<const Step> step_; // null at the root
  const Json *value_;
};

// Reads a text as JSON. UserError where it is none.
Document readDocument(Context &context, const std::string &name, const std::string &text);
// Where the value of a pointer stands in a text of JSON.
SourceRange locate(const Document &document, const std::vector<std::string> &steps);

} // namespace loopy::json
