#include "prelude.h"

#include "loopy/ir/functions.h"

#include <cctype>
#include <sstream>
#include <vector>

namespace loopy::codegen {

namespace {

// One function, types filled in.
struct Definition {
  std::string name, text;
  std::vector<std::string> needs;
};

void replaceAll(std::string &text, std::string_view from, const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// "//: NAME [TYPE...] [+NEED...]" and the lines below it, as one definition for each type.
class PreludeReader {
public:
  explicit PreludeReader(const std::function<std::string(Type)> &typeName) : typeName_(typeName) {}

  std::vector<Definition> read(std::string_view prelude) {
    std::istringstream lines{std::string(prelude)};
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("//: "))
        startBlock(line.substr(4));
      else if (!name_.empty() && !line.empty())
        text_ += line + "\n";
    }
    endBlock();
    return std::move(definitions_);
  }

private:
  void startBlock(const std::string &header) {
    endBlock();
    std::istringstream words(header);
    words >> name_;
    for (std::string word; words >> word;) {
      if (word[0] == '+')
        needs_.push_back(word.substr(1));
      else
        types_.push_back(word);
    }
  }

  void endBlock() {
    if (name_.empty())
      return;
    if (types_.empty())
      definitions_.push_back({name_, text_, needs_});
    for (const std::string &type : types_)
      definitions_.push_back({fill(name_, type), fill(text_, type), needs_});
    name_.clear();
    text_.clear();
    types_.clear();
    needs_.clear();
  }

  std::string fill(std::string text, const std::string &typeText) const {
    std::optional<Type> type = parseType(typeText);
    require(type.has_value(), "a prelude names an unknown type");
    replaceAll(text, "$N", typeText);
    replaceAll(text, "$T", typeName_(*type));
    replaceAll(text, "$R", typeName_(realPartType(*type)));
    replaceAll(text, "$F", type->kind == ScalarKind::Float32 ? "f" : "");
    return text;
  }

  const std::function<std::string(Type)> &typeName_;
  std::string name_, text_;
  std::vector<std::string> types_, needs_;
  std::vector<Definition> definitions_;
};

// All identifiers in `code` that begin with "loopy_".
std::set<std::string> preludeNamesIn(std::string_view code) {
  std::set<std::string> names;
  for (size_t at = code.find("loopy_"); at != std::string_view::npos; at = code.find("loopy_", at + 1)) {
    size_t end = at;
    while (end < code.size() && (std::isalnum(static_cast<unsigned char>(code[end])) || code[end] == '_'))
      ++end;
    names.emplace(code.substr(at, end - at));
  }
  return names;
}

} // namespace

PreludeSelection selectPrelude(std::string_view prelude, std::string_view code,
                               const std::function<std::string(Type)> &typeName) {
  if (preludeNamesIn(code).empty())
    return {};
  const std::vector<Definition> definitions = PreludeReader(typeName).read(prelude);
  std::set<std::string> wanted = preludeNamesIn(code);
  for (bool grows = true; grows;) {
    grows = false;
    for (const Definition &definition : definitions)
      if (wanted.contains(definition.name))
        for (const std::string &name : preludeNamesIn(definition.text))
          grows |= wanted.insert(name).second;
  }
  // A function stands after those that it calls: a caller may come first in the prelude, where its callee is needed.
  PreludeSelection selection;
  std::set<std::string> done;
  std::function<void(const Definition &)> emit = [&](const Definition &definition) {
    if (!done.insert(definition.name).second)
      return;
    const std::set<std::string> used = preludeNamesIn(definition.text);
    for (const Definition &callee : definitions)
      if (used.contains(callee.name))
        emit(callee);
    selection.text += definition.text + "\n";
    selection.needs.insert(definition.needs.begin(), definition.needs.end());
  };
  for (const Definition &definition : definitions)
    if (wanted.contains(definition.name))
      emit(definition);
  return selection;
}

} // namespace loopy::codegen
