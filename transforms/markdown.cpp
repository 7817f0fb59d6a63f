#include "loopy/transforms/pipeline.h"

namespace loopy {

// "split_iname(iname, factor, outer=.., inner=..)"
static std::string signature(const PassInfo &pass) {
  std::string text;
  for (const PassOption &option : pass.options) {
    text += text.empty() ? "" : ", ";
    if (option.named)
      text += "NAME=" + option.type + ", ..";
    else if (option.repeated)
      text += option.name + ", ..";
    else
      text += option.positional ? option.name : option.name + "=..";
  }
  return pass.name + "(" + text + ")";
}

static std::string defaultOf(const PassOption &option) {
  if (option.required)
    return "must be given";
  return option.defaultText.empty() ? "none" : option.defaultText;
}

// A cell of a table: `|` would end it.
static std::string cell(const std::string &text) {
  std::string result;
  for (char c : text)
    result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string passesMarkdown() {
  std::string text =
      "# Passes\n\n"
      "This page is made from `transforms/passes.def`; `loopyc passes` prints the same. Every pass either "
      "does what it is told or refuses with the reason.\n\n"
      "What a pass makes can be named, `t = split_iname(i, 16)`, and used by later steps, `tag(t.outer, g.0)` "
      "([language.md](language.md), \"Named results\"). With every pass, `t.inames`, `t.arrays`, `t.statements` and "
      "`t.rules` are what is new in the kernel, and `t.iname`, `t.array`, `t.statement` and `t.rule` where that is "
      "one. "
      "The table below a pass says what its results are for.\n\n";
  for (const PassInfo &pass : passCatalogue())
    text += "* [" + pass.name + "](#" + pass.name + "): " + pass.summary + "\n";
  for (const PassInfo &pass : passCatalogue()) {
    text += "\n## " + pass.name + "\n\n" + pass.summary + (pass.defines ? " It defines another kernel." : "") +
            "\n\n    " + signature(pass) + "\n\n| option | type | default | meaning |\n|---|---|---|---|\n";
    for (const PassOption &option : pass.options)
      text += "| `" + (option.named ? "NAME" : option.name) + "` | " + cell(option.type) + " | " +
              cell(defaultOf(option)) + " | " + cell(option.help) + " |\n";
    if (!pass.results.empty())
      text += "\n| result | type | meaning |\n|---|---|---|\n";
    for (const PassResultInfo &result : pass.results)
      text += "| `." + result.role + "` | " + cell(result.type) + " | " + cell(result.help) + " |\n";
    text += "\n```\n" + pass.drawing + "```\n";
  }
  text += "\n## Names in Loo.py\n\n"
          "Transformations that have another name here, or none; all others have the same one in both.\n\n"
          "| Loo.py | here | |\n|---|---|---|\n";
  for (const LoopyName &known : loopyNames())
    text += "| `" + known.name + "` | " + (known.pass.empty() ? "" : "[" + known.pass + "](#" + known.pass + ")") +
            " | " + cell(known.note) + " |\n";
  return text;
}

} // namespace loopy
