// Binds the arguments of a pipeline call to the fields of a pass's options struct. The records of passes.def are lists
// of the functions `required`, `optional`, ... below; everything that is known about a pass's options comes from them.
#pragma once

#include "loopy/transforms/notes.h"
#include "loopy/transforms/number_or_text.h"
#include "loopy/transforms/pipeline.h"

namespace loopy {

// Whose value is being read, for messages.
struct OptionPlace {
  const PassInfo &pass;
  const PassOption &option;
  std::string name; // the option's, or that of the `name=value` pair
};

// "`factor` of split_iname is an integer; `foo` is none."
[[noreturn]] void throwWrongType(const PipelineValue &value, const OptionPlace &place);

// The conversions to field types. UserError at the value if it has another type.
void convert(const PipelineValue &value, const OptionPlace &place, std::string &field);
void convert(const PipelineValue &value, const OptionPlace &place, int64_t &field);
void convert(const PipelineValue &value, const OptionPlace &place, bool &field);
void convert(const PipelineValue &value, const OptionPlace &place, NumberOrText &field);
template <class T> void convert(const PipelineValue &value, const OptionPlace &place, std::optional<T> &field) {
  convert(value, place, field.emplace());
}
// A list, or a single value for a list of one.
template <class T> void convert(const PipelineValue &value, const OptionPlace &place, std::vector<T> &field) {
  field.clear();
  if (const auto *list = std::get_if<PipelineValue::List>(&value.data))
    for (const PipelineValue &item : list->items)
      convert(item, place, field.emplace_back());
  else
    convert(value, place, field.emplace_back());
}

// One option of the pass with options struct P, and how its value gets into the struct. `key` is the name of a
// `name=value` pair where the option takes several of them.
template <class P> struct Option {
  PassOption info;
  std::function<void(P &, const std::string &key, const PipelineValue &, const OptionPlace &)> set;
};

// An option that must be given, by position or by name.
template <class P, class T> Option<P> required(std::string name, T P::*field, std::string type, std::string help) {
  PassOption info{
      .name = std::move(name), .type = std::move(type), .help = std::move(help), .required = true, .positional = true};
  return {std::move(info), [field](P &options, const std::string &, const PipelineValue &value,
                                   const OptionPlace &place) { convert(value, place, options.*field); }};
}

// An option that is given by name; without it the field keeps what the struct says, `defaultText` in words.
template <class P, class T>
Option<P> optional(std::string name, T P::*field, std::string type, std::string defaultText, std::string help) {
  Option<P> option = required(std::move(name), field, std::move(type), std::move(help));
  option.info.defaultText = std::move(defaultText);
  option.info.required = option.info.positional = false;
  return option;
}

// As `optional`, and may stand by position after the required ones.
template <class P, class T>
Option<P> optionalPositional(std::string name, T P::*field, std::string type, std::string defaultText,
                             std::string help) {
  Option<P> option = optional(std::move(name), field, std::move(type), std::move(defaultText), std::move(help));
  option.info.positional = true;
  return option;
}

// All positional values from here on, at least one; as `name=[a, b]` too.
template <class P, class T>
Option<P> repeated(std::string name, std::vector<T> P::*field, std::string type, std::string help) {
  PassOption info{.name = std::move(name),
                  .type = std::move(type),
                  .help = std::move(help),
                  .required = true,
                  .positional = true,
                  .repeated = true};
  return {std::move(info),
          [field](P &options, const std::string &, const PipelineValue &value, const OptionPlace &place) {
            std::vector<T> values;
            convert(value, place, values);
            (options.*field).insert((options.*field).end(), values.begin(), values.end());
          }};
}

// All `name=value` pairs whose name is no other option's.
template <class P, class T>
Option<P> pairs(std::string name, std::vector<std::pair<std::string, T>> P::*field, std::string type,
                std::string help) {
  PassOption info{.name = std::move(name), .type = std::move(type), .help = std::move(help), .named = true};
  return {std::move(info),
          [field](P &options, const std::string &key, const PipelineValue &value, const OptionPlace &place) {
            std::pair<std::string, T> entry{key, T()};
            convert(value, place, entry.second);
            (options.*field).push_back(std::move(entry));
          }};
}

// Which option gets which value.
struct BoundArgument {
  unsigned option = 0; // index into PassInfo::options
  std::string key;     // of a `name=value` pair
  std::string name;    // what the user calls it: the key, or the option's name
  PipelineValue value;
};
// UserError for unknown, missing and doubled options; it lists what the pass takes.
std::vector<BoundArgument> bindArguments(const PassInfo &pass, const PipelineCall &call);

// A pass as the runner sees it.
struct PassEntry {
  PassInfo info;
  std::function<Kernel(const Kernel &, const PipelineCall &, Notes &)> run;
};
const std::vector<PassEntry> &passEntries();

template <class P>
PassEntry makeEntry(std::string name, std::string summary, std::string drawing, std::vector<Option<P>> options) {
  PassInfo info{std::move(name), std::move(summary), std::move(drawing), {}};
  for (const Option<P> &option : options)
    info.options.push_back(option.info);
  auto run = [info, options](const Kernel &kernel, const PipelineCall &call, Notes &notes) {
    P values;
    for (const BoundArgument &argument : bindArguments(info, call))
      options[argument.option].set(values, argument.key, argument.value,
                                   OptionPlace{info, info.options[argument.option], argument.name});
    values.where = call.range;
    return applyPass(kernel, values, &notes);
  };
  return {std::move(info), std::move(run)};
}

} // namespace loopy
