#include "binding.h"

#include "edit.h"
#include "values.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

static bool startsWithVowel(const std::string &word) {
  return !word.empty() && std::string_view("aeiou").find(word[0]) != std::string_view::npos;
}

void throwWrongType(const PipelineValue &value, const OptionPlace &place) {
  const std::string &type = place.option.type;
  throw UserError(value.range, "`" + place.name + "` of " + place.pass.name + " is " +
                                   (startsWithVowel(type) ? "an " : "a ") + type + "; `" + toText(value) +
                                   "` is none.");
}

void convert(const PipelineValue &value, const OptionPlace &place, std::string &field) {
  if (const auto *name = std::get_if<PipelineValue::Name>(&value.data))
    field = name->text;
  else if (const auto *text = std::get_if<PipelineValue::Text>(&value.data))
    field = text->text;
  else
    throwWrongType(value, place);
}

void convert(const PipelineValue &value, const OptionPlace &place, int64_t &field) {
  const int64_t *number = std::get_if<int64_t>(&value.data);
  if (!number)
    throwWrongType(value, place);
  field = *number;
}

void convert(const PipelineValue &value, const OptionPlace &place, bool &field) {
  const bool *flag = std::get_if<bool>(&value.data);
  if (!flag)
    throwWrongType(value, place);
  field = *flag;
}

void convert(const PipelineValue &value, const OptionPlace &place, NumberOrText &field) {
  if (const int64_t *number = std::get_if<int64_t>(&value.data))
    field = *number;
  else
    convert(value, place, field.text);
}

// What the options of a pass are called, for messages.
static std::string optionList(const PassInfo &pass) {
  std::vector<std::string> names;
  for (const PassOption &option : pass.options)
    names.push_back(option.named ? "NAME=" + option.type : option.name);
  return "The options of " + pass.name + " are " + listOfNames(names) + ".";
}

namespace {
// Collects the arguments of one call.
class Binder {
public:
  Binder(const PassInfo &pass, const PipelineCall &call) : pass_(pass), call_(call), given_(pass.options.size()) {}

  std::vector<BoundArgument> bind() {
    for (const PipelineValue &value : call_.positional)
      bindPositional(value);
    for (const auto &[name, value] : call_.named)
      bindNamed(name, value);
    for (unsigned i = 0; i < pass_.options.size(); ++i)
      if (pass_.options[i].required && !given_[i]) {
        requireCommas();
        throw UserError(call_.range, pass_.name + " needs `" + pass_.options[i].name + "`: " + pass_.options[i].help +
                                         ". " + optionList(pass_));
      }
    return std::move(result_);
  }

private:
  // `i 4` is read as one value, as conditions and matches are; here it stands for two.
  void requireCommas() const {
    for (const PipelineValue &value : call_.positional) {
      const size_t blank = value.source.find(' ');
      if (!std::holds_alternative<PipelineValue::Name>(value.data) || blank == std::string::npos || blank == 0)
        continue;
      const std::string before = value.source.substr(0, blank), behind = value.source.substr(blank + 1);
      if (isWord(before) && !behind.empty() && std::isalnum(static_cast<unsigned char>(behind[0])))
        throw UserError(value.range, "Expected ',' between `" + before + "` and `" + behind + "`.");
    }
  }

  void bindPositional(const PipelineValue &value) {
    while (next_ < pass_.options.size() && !pass_.options[next_].positional)
      ++next_;
    if (next_ == pass_.options.size())
      throw UserError(value.range, pass_.name + " takes no further argument without a name. " + optionList(pass_));
    add(next_, "", value);
    if (!pass_.options[next_].repeated)
      ++next_;
  }

  void bindNamed(const std::string &name, const PipelineValue &value) {
    auto byName =
        llvm::find_if(pass_.options, [&](const PassOption &option) { return option.name == name && !option.named; });
    auto anyName = llvm::find_if(pass_.options, [](const PassOption &option) { return option.named; });
    // Where a pass takes pairs of any name, its other options stand by position only.
    if (anyName != pass_.options.end()) {
      add(anyName - pass_.options.begin(), name, value);
      return;
    }
    if (byName == pass_.options.end())
      throwUnknown(name, value);
    const unsigned option = byName - pass_.options.begin();
    if (given_[option])
      throw UserError(value.range, "`" + name + "` of " + pass_.name + " is given twice.");
    add(option, "", value);
  }

  [[noreturn]] void throwUnknown(const std::string &name, const PipelineValue &value) const {
    std::vector<std::string> names;
    for (const PassOption &option : pass_.options)
      names.push_back(option.name);
    const std::string near = nearestName(name, names);
    throw UserError(value.range, pass_.name + " has no option `" + name + "`. " +
                                     (near.empty() ? "" : "Did you mean `" + near + "`? ") + optionList(pass_));
  }

  void add(unsigned option, std::string key, const PipelineValue &value) {
    given_[option] = true;
    std::string name = key.empty() ? pass_.options[option].name : key;
    result_.push_back({option, std::move(key), std::move(name), value});
  }

  const PassInfo &pass_;
  const PipelineCall &call_;
  std::vector<bool> given_;
  unsigned next_ = 0;
  std::vector<BoundArgument> result_;
};
} // namespace

std::vector<BoundArgument> bindArguments(const PassInfo &pass, const PipelineCall &call) {
  return Binder(pass, call).bind();
}

} // namespace loopy
