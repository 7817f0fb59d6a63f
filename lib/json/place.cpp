#include "place.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace loopy::json {
namespace {

bool isName(const std::string &text) {
  auto isPart = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), isPart);
}

// ~ and / have names of their own in pointers.
std::string escaped(const std::string &key) {
  std::string result;
  for (char c : key)
    result += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  return result;
}

} // namespace

Place Place::below(std::string key, const Json &value) const {
  return Place(*document_, std::make_shared<const Step>(Step{step_, std::move(key)}), value);
}

std::string Place::pointer() const {
  std::string text;
  for (const Step *step = step_.get(); step; step = step->parent.get())
    text = "/" + escaped(step->key) + text;
  return text;
}

void Place::fail(const std::string &message) const {
  std::vector<std::string> steps;
  for (const Step *step = step_.get(); step; step = step->parent.get())
    steps.push_back(step->key);
  std::reverse(steps.begin(), steps.end());
  const std::string where = pointer();
  throw UserError(locate(*document_, steps), (where.empty() ? "" : "At " + where + ": ") + message);
}

void Place::wrongType(const char *wanted) const {
  const char *found = value_->is_null()     ? "null"
                      : value_->is_object() ? "an object"
                      : value_->is_array()  ? "an array"
                      : value_->is_string() ? "a text"
                      : value_->is_number() ? "a number"
                                            : "a truth value";
  fail("This is to be " + std::string(wanted) + ", and it is " + found + ".");
}

Place Place::member(const std::string &key) const {
  if (std::optional<Place> found = find(key))
    return *found;
  fail("There is no member \"" + key + "\" here, and there must be one.");
}

std::optional<Place> Place::find(const std::string &key) const {
  if (!value_->is_object())
    wrongType("an object");
  auto found = value_->find(key);
  if (found == value_->end())
    return std::nullopt;
  return below(key, *found);
}

std::vector<Place> Place::items() const {
  if (!value_->is_array())
    wrongType("an array");
  std::vector<Place> result;
  for (size_t k = 0; k < value_->size(); ++k)
    result.push_back(below(std::to_string(k), (*value_)[k]));
  return result;
}

std::vector<std::pair<std::string, Place>> Place::members() const {
  if (!value_->is_object())
    wrongType("an object");
  std::vector<std::pair<std::string, Place>> result;
  for (const auto &[key, value] : value_->items())
    result.emplace_back(key, below(key, value));
  return result;
}

std::string Place::text() const {
  if (!value_->is_string())
    wrongType("a text");
  return value_->get<std::string>();
}

std::string Place::name() const {
  std::string result = text();
  if (!isName(result))
    fail("`" + result + "` is not a name. Names are made of letters, digits and '_'.");
  return result;
}

bool Place::flag() const {
  if (!value_->is_boolean())
    wrongType("true or false");
  return value_->get<bool>();
}

int64_t Place::integer(int64_t least, int64_t most) const {
  if (!value_->is_number_integer())
    wrongType("an integer");
  const bool isTooLarge = value_->is_number_unsigned() && value_->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX);
  const int64_t number = isTooLarge ? 0 : value_->get<int64_t>();
  if (isTooLarge || number < least || number > most)
    fail("This number is to be from " + std::to_string(least) + " to " + std::to_string(most) + ".");
  return number;
}

void Place::allowOnly(std::initializer_list<const char *> keys) const {
  const std::vector<std::string> known(keys.begin(), keys.end());
  for (const auto &[key, place] : members())
    if (std::find(known.begin(), known.end(), key) == known.end())
      place.fail(unknownName("member", key, known));
}

std::vector<std::string> Place::texts() const {
  std::vector<std::string> result;
  for (const Place &item : items())
    result.push_back(item.name());
  return result;
}

std::vector<std::string> Place::texts(const std::string &key) const {
  std::optional<Place> list = find(key);
  return list ? list->texts() : std::vector<std::string>();
}

// ----------------------------------------------------------------------------------------------------------- documents
// More brackets in one another than a kernel can have; reading on would exhaust the stack.
static void requireShallow(const Document &document, std::string_view text) {
  constexpr unsigned most = 10000;
  unsigned depth = 0;
  bool isQuoted = false;
  for (size_t k = 0; k < text.size(); ++k) {
    const char c = text[k];
    if (isQuoted && c == '\\')
      ++k;
    else if (c == '"')
      isQuoted = !isQuoted;
    else if (!isQuoted && (c == '[' || c == '{') && ++depth > most)
      throw UserError({document.file, static_cast<uint32_t>(k), static_cast<uint32_t>(k + 1)},
                      "Brackets are nested more than " + std::to_string(most) + " deep here.");
    else if (!isQuoted && (c == ']' || c == '}') && depth > 0)
      --depth;
  }
}

Document readDocument(Context &context, const std::string &name, const std::string &text) {
  if (text.size() > (uint32_t(1) << 30))
    throw UserError({}, "'" + name + "' is larger than a gigabyte.");
  Document document{&context, context.sources().add(name, text), {}};
  requireShallow(document, text);
  try {
    document.root = Json::parse(text);
  } catch (const Json::exception &error) {
    const auto *syntax = dynamic_cast<const Json::parse_error *>(&error);
    const uint32_t at = syntax && syntax->byte > 0 ? static_cast<uint32_t>(syntax->byte - 1) : 0;
    std::string what = error.what(); // "[json.exception..] parse error at line 1, column 2: what is wrong"
    if (size_t colon = what.find(": "); colon != std::string::npos)
      what = what.substr(colon + 2);
    throw UserError({document.file, at, at + 1}, "This is not JSON: " + what + ".");
  }
  return document;
}

namespace {

// Finds values in a text that is known to be JSON.
class Locator {
public:
  explicit Locator(std::string_view text) : text_(text) {}

  // The range of the value that `steps` lead to.
  std::pair<size_t, size_t> find(const std::vector<std::string> &steps) {
    skipSpace();
    for (const std::string &step : steps)
      enter(step);
    const size_t begin = at_;
    skipValue();
    return {begin, at_};
  }

private:
  void skipSpace() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])))
      ++at_;
  }
  void pass() { // a bracket, a comma or a colon
    ++at_;
    skipSpace();
  }
  std::string quoted() {
    const size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"')
      at_ += text_[at_] == '\\' ? 2 : 1;
    ++at_;
    const std::string raw(text_.substr(begin, at_ - begin));
    return Json::parse(raw, nullptr, false).get<std::string>();
  }
  void skipValue() {
    unsigned depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        quoted();
        continue;
      }
      if (depth == 0 && (c == ',' || c == ']' || c == '}' || std::isspace(static_cast<unsigned char>(c))))
        return;
      depth += c == '[' || c == '{';
      depth -= c == ']' || c == '}';
      ++at_;
      if (depth == 0 && (c == ']' || c == '}'))
        return;
    } while (at_ < text_.size() && (depth > 0 || text_[at_] != '"'));
  }
  // From the bracket of an object or array to its member `step`.
  void enter(const std::string &step) {
    const bool isObject = text_[at_] == '{';
    pass();
    for (size_t k = 0; at_ < text_.size(); ++k) {
      std::string key = std::to_string(k);
      if (isObject) {
        key = quoted();
        skipSpace();
        pass();
      }
      if (key == step)
        return;
      skipValue();
      skipSpace();
      pass();
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

} // namespace

SourceRange locate(const Document &document, const std::vector<std::string> &steps) {
  std::string_view text = document.context->sources().text(document.file);
  auto [begin, end] = Locator(text).find(steps);
  return {document.file, static_cast<uint32_t>(begin), static_cast<uint32_t>(std::min(end, text.size()))};
}

} // namespace loopy::json
