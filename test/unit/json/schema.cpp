#include "schema.h"

#include <regex>
#include <set>
#include <stdexcept>

namespace loopy::test {
namespace {

using nlohmann::json;

class Validator {
public:
  explicit Validator(const json &root) : root_(root) {}

  std::string check(const json &schema, const json &value, const std::string &pointer) {
    static const std::set<std::string> known = {
        "$schema", "$id",     "$defs",   "$ref",     "title",    "description", "type",     "const",
        "enum",    "pattern", "items",   "minItems", "maxItems", "properties",  "required", "additionalProperties",
        "oneOf",   "anyOf",   "minimum", "maximum"};
    for (const auto &[key, part] : schema.items())
      if (!known.count(key))
        throw std::logic_error("the schema uses `" + key + "`, which this check does not know");
    if (schema.contains("$ref"))
      if (std::string bad = check(resolve(schema["$ref"]), value, pointer); !bad.empty())
        return bad;
    for (const char *choice : {"oneOf", "anyOf"})
      if (schema.contains(choice))
        if (std::string bad = checkChoice(schema[choice], value, pointer, choice == std::string("oneOf")); !bad.empty())
          return bad;
    if (schema.contains("type") && !hasType(schema["type"], value))
      return pointer + " is no " + schema["type"].get<std::string>();
    if (schema.contains("const") && schema["const"] != value)
      return pointer + " is not " + schema["const"].dump();
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
      return pointer + " is none of " + schema["enum"].dump();
    if (schema.contains("minimum") && value < schema["minimum"])
      return pointer + " is too small";
    if (schema.contains("maximum") && value > schema["maximum"])
      return pointer + " is too large";
    if (schema.contains("pattern") && !matches(schema["pattern"], value))
      return pointer + " does not match " + schema["pattern"].dump();
    if (value.is_array())
      return checkItems(schema, value, pointer);
    return value.is_object() ? checkMembers(schema, value, pointer) : "";
  }

private:
  const json &resolve(const std::string &reference) const { return root_.at(json::json_pointer(reference.substr(1))); }

  static bool hasType(const std::string &type, const json &value) {
    if (type == "integer")
      return value.is_number_integer();
    if (type == "number")
      return value.is_number();
    return type == value.type_name();
  }

  bool matches(const std::string &pattern, const std::string &text) {
    auto [found, isNew] = patterns_.try_emplace(pattern, pattern, std::regex::ECMAScript);
    return std::regex_match(text, found->second);
  }

  std::string checkChoice(const json &choices, const json &value, const std::string &pointer, bool exactlyOne) {
    size_t fitting = 0;
    std::string reasons;
    for (const json &choice : choices) {
      const std::string bad = check(choice, value, pointer);
      fitting += bad.empty();
      reasons += "; " + bad;
    }
    if (fitting == 0 || (exactlyOne && fitting != 1))
      return pointer + " fits " + std::to_string(fitting) + " of the choices" + reasons;
    return "";
  }

  std::string checkItems(const json &schema, const json &value, const std::string &pointer) {
    if (value.size() < schema.value("minItems", size_t{0}) || value.size() > schema.value("maxItems", size_t{1} << 40))
      return pointer + " has " + std::to_string(value.size()) + " items";
    for (size_t k = 0; schema.contains("items") && k < value.size(); ++k)
      if (std::string bad = check(schema["items"], value[k], pointer + "/" + std::to_string(k)); !bad.empty())
        return bad;
    return "";
  }

  std::string checkMembers(const json &schema, const json &value, const std::string &pointer) {
    for (const json &key : schema.value("required", json::array()))
      if (!value.contains(key.get<std::string>()))
        return pointer + " lacks " + key.dump();
    const json properties = schema.value("properties", json::object());
    const json others = schema.value("additionalProperties", json(true));
    for (const auto &[key, member] : value.items()) {
      const std::string place = pointer + "/" + key;
      if (!properties.contains(key) && others == json(false))
        return place + " is unknown";
      if (!properties.contains(key) && !others.is_object())
        continue;
      if (std::string bad = check(properties.contains(key) ? properties[key] : others, member, place); !bad.empty())
        return bad;
    }
    return "";
  }

  const json &root_;
  std::map<std::string, std::regex> patterns_;
};

} // namespace

std::string schemaViolation(const json &schema, const json &value) {
  return Validator(schema).check(schema, value, "");
}

} // namespace loopy::test
