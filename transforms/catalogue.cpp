#include "binding.h"

#include "loopy/transforms/passes.h"

namespace loopy {

// The drawings of passes.def start on a line of their own.
static std::string withoutFirstNewline(std::string text) {
  return !text.empty() && text.front() == '\n' ? text.substr(1) : text;
}

static std::vector<PassEntry> makeEntries() {
  std::vector<PassEntry> entries;
#define LOOPY_PASS(name, Options, summary, drawing, ...)                                                               \
  {                                                                                                                    \
    using P = Options;                                                                                                 \
    entries.push_back(makeEntry<P>(#name, summary, withoutFirstNewline(drawing), {__VA_ARGS__}));                      \
  }
#define LOOPY_RESULT(pass, role, type, help)                                                                           \
  require(!entries.empty() && entries.back().info.name == #pass,                                                       \
          "a result of " #pass " stands behind another record");                                                       \
  entries.back().info.results.push_back({#role, type, help});
#include "passes.def"
#undef LOOPY_RESULT
#undef LOOPY_PASS
  return entries;
}

const std::vector<PassEntry> &passEntries() {
  static const std::vector<PassEntry> entries = makeEntries();
  return entries;
}

const std::vector<PassInfo> &passCatalogue() {
  static const std::vector<PassInfo> catalogue = [] {
    std::vector<PassInfo> result;
    for (const PassEntry &entry : passEntries())
      result.push_back(entry.info);
    return result;
  }();
  return catalogue;
}

const std::vector<LoopyName> &loopyNames() {
  static const std::vector<LoopyName> names = {
#define LOOPY_NAME(name, pass, note) {#name, pass, note},
#include "loopy_names.def"
#undef LOOPY_NAME
  };
  return names;
}

std::string unknownPass(const std::string &name) {
  for (const LoopyName &known : loopyNames())
    if (known.name == name)
      return "There is no pass '" + name + "'. What it does in Loo.py is " +
             (known.pass.empty() ? "not needed here" : "done by '" + known.pass + "' here") + "." +
             (known.note.empty() ? "" : " " + known.note);
  std::vector<std::string> names;
  for (const PassInfo &pass : passCatalogue())
    names.push_back(pass.name);
  return unknownName("pass", name, names);
}

} // namespace loopy
