#include "results.h"

#include "values.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

#include <charconv>

namespace loopy {
namespace {

// The names of a kind that are new, in the order of the kernel.
template <class List, class Name> std::vector<std::string> added(const List &before, const List &after, Name &&nameOf) {
  llvm::StringSet<> known;
  for (const auto &item : before)
    known.insert(nameOf(item));
  std::vector<std::string> names;
  for (const auto &item : after)
    if (!known.contains(nameOf(item)))
      names.push_back(nameOf(item));
  return names;
}

void addRole(PassResults &results, const std::string &role, std::vector<std::string> names) {
  if (names.size() == 1)
    results[role] = names;
  if (!names.empty())
    results[role + "s"] = std::move(names);
}

bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isNamePart(char c) { return llvm::isAlnum(c) || c == '_'; }

// `g.0`, `l.auto` and `ilp.seq` are tags.
bool beginsTags(std::string_view word) { return word == "g" || word == "l" || word == "ilp"; }

} // namespace

PassResults newNames(const Kernel &before, const Kernel &after) {
  auto name = [](const auto &item) -> const std::string & { return item.name; };
  PassResults results;
  addRole(results, "iname", added(before.inames, after.inames, name));
  addRole(results, "array", added(before.arrays, after.arrays, name));
  addRole(results, "rule", added(before.rules, after.rules, name));
  addRole(results, "statement",
          added(before.statements, after.statements,
                [](const StatementRef &statement) -> const std::string & { return statement->id; }));
  return results;
}

// NAME.ROLE or NAME.ROLE[INDEX], where NAME may have dots.
struct ResultScope::Reference {
  std::string text, name, role;
  std::optional<size_t> index;

  // The one that begins at `begin`, if there is one.
  static std::optional<Reference> at(std::string_view text, size_t begin) {
    size_t end = begin, lastDot = 0;
    while (true) {
      if (end == text.size() || !isNameStart(text[end]))
        break;
      while (end < text.size() && isNamePart(text[end]))
        ++end;
      if (end + 1 >= text.size() || text[end] != '.' || !isNameStart(text[end + 1]))
        break;
      lastDot = end++;
    }
    if (lastDot == 0)
      return std::nullopt;
    Reference result;
    result.name = text.substr(begin, lastDot - begin);
    result.role = text.substr(lastDot + 1, end - lastDot - 1);
    if (end < text.size() && text[end] == '[') {
      size_t index = 0;
      const char *first = text.data() + end + 1, *last = text.data() + text.size();
      if (auto [stop, error] = std::from_chars(first, last, index);
          error == std::errc() && stop != last && *stop == ']') {
        result.index = index;
        end = static_cast<size_t>(stop - text.data()) + 1;
      }
    }
    result.text = text.substr(begin, end - begin);
    return result;
  }
};

void ResultScope::add(const PipelineCall &call, PassResults results) {
  if (!results_.emplace(call.result, Result{call.pass, std::move(results)}).second)
    throw UserError(call.resultRange, "There are two results `" + call.result + "` in this pipeline.");
}

void ResultScope::addInner(const PipelineCall &call, const ResultScope &inner) {
  for (const auto &[name, result] : inner.results_)
    results_[call.result + "." + name] = result;
}

PipelineCall ResultScope::resolve(const PipelineCall &call) const {
  PipelineCall result = call;
  for (PipelineValue &value : result.positional)
    value = resolve(value);
  for (auto &[name, value] : result.named) {
    if (name.find('.') != std::string::npos)
      if (std::optional<Reference> reference = Reference::at(name, 0); reference && reference->text == name)
        name = oneNameOf(*reference, value.range);
    value = resolve(value);
  }
  return result;
}

PipelineValue ResultScope::resolve(const PipelineValue &value) const {
  PipelineValue result = value;
  if (const auto *name = std::get_if<PipelineValue::Name>(&value.data)) {
    const std::optional<Reference> reference = Reference::at(name->text, 0);
    if (!reference || reference->text != name->text) {
      result.data = PipelineValue::Name{resolveText(name->text, value.range)};
    } else if (!beginsTags(reference->name)) {
      PipelineValue::List items;
      for (const std::string &each : namesOf(*reference, value.range))
        items.items.push_back({PipelineValue::Name{each}, value.range, each});
      if (items.items.size() == 1)
        return items.items.front();
      result.data = std::move(items);
    }
  } else if (const auto *text = std::get_if<PipelineValue::Text>(&value.data)) {
    result.data = PipelineValue::Text{resolveText(text->text, value.range)};
  } else if (const auto *list = std::get_if<PipelineValue::List>(&value.data)) {
    PipelineValue::List items;
    for (const PipelineValue &item : list->items) {
      PipelineValue resolved = resolve(item);
      auto *several = std::get_if<PipelineValue::List>(&resolved.data);
      if (several && !std::holds_alternative<PipelineValue::List>(item.data))
        items.items.insert(items.items.end(), several->items.begin(), several->items.end());
      else
        items.items.push_back(std::move(resolved));
    }
    result.data = std::move(items);
  }
  result.source = toText(result);
  return result;
}

// References to what is known here are replaced, all else stays.
std::string ResultScope::resolveText(const std::string &text, SourceRange where) const {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const bool begins = isNameStart(text[at]) && (at == 0 || (!isNamePart(text[at - 1]) && text[at - 1] != '.'));
    std::optional<Reference> reference;
    if (begins)
      reference = Reference::at(text, at);
    if (reference && results_.count(reference->name.substr(0, reference->name.find('.')))) {
      result += oneNameOf(*reference, where);
      at += reference->text.size();
    } else {
      result += text[at++];
    }
  }
  return result;
}

std::vector<std::string> ResultScope::namesOf(const Reference &reference, SourceRange where) const {
  auto found = results_.find(reference.name);
  if (found == results_.end()) {
    std::vector<std::string> names;
    for (const auto &[name, result] : results_)
      names.push_back(name);
    throw UserError(where, unknownName("result", reference.name, names) +
                               (names.empty() ? " No step before this one gives a name to what it makes." : ""));
  }
  auto role = found->second.roles.find(reference.role);
  if (role != found->second.roles.end()) {
    const std::vector<std::string> &names = role->second;
    if (!reference.index)
      return names;
    if (*reference.index < names.size())
      return {names[*reference.index]};
    throw UserError(where, "`" + reference.name + "." + reference.role + "` is " + listOfNames(names) +
                               "; there is no number " + std::to_string(*reference.index) + ", counted from 0.");
  }
  std::vector<std::string> roles;
  for (const auto &[name, names] : found->second.roles)
    roles.push_back(name);
  if (roles.empty())
    throw UserError(where, "`" + reference.name + "` is empty: " + found->second.madeBy + " made nothing.");
  throw UserError(where, unknownName(found->second.madeBy + " result", reference.role, roles));
}

std::string ResultScope::oneNameOf(const Reference &reference, SourceRange where) const {
  const std::vector<std::string> names = namesOf(reference, where);
  if (names.size() != 1)
    throw UserError(where, "`" + reference.text + "` stands for " + std::to_string(names.size()) + " names, " +
                               listOfNames(names) + ", where one is wanted.");
  return names.front();
}

} // namespace loopy
