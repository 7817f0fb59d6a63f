#include "loopy/driver/commands.h"

#include <llvm/Support/raw_ostream.h>

#include <algorithm>

namespace loopy {

namespace {

// How the option stands in a call: `iname`, `inames...`, `outer=tag`, `iname=integer...`.
std::string optionText(const PassOption &option) {
  if (option.named)
    return "NAME=" + option.type + "...";
  if (option.repeated)
    return option.name + "...";
  return option.positional ? option.name : option.name + "=" + option.type;
}

std::string signature(const PassInfo &pass) {
  std::string text;
  for (const PassOption &option : pass.options)
    text += (text.empty() ? "" : ", ") + optionText(option);
  return pass.name + "(" + text + ")";
}

// The drawing without the line breaks around it.
std::string trimmed(const std::string &drawing) {
  size_t begin = drawing.find_first_not_of('\n');
  if (begin == std::string::npos)
    return "";
  return drawing.substr(begin, drawing.find_last_not_of(" \n") + 1 - begin);
}

void printResults(llvm::raw_ostream &out, const PassInfo &pass) {
  if (pass.results.empty())
    return;
  out << "\nresults of `t = " << pass.name << "(...)`:\n";
  size_t width = 0;
  for (const PassResultInfo &result : pass.results)
    width = std::max(width, result.role.size() + result.type.size() + 4);
  for (const PassResultInfo &result : pass.results) {
    std::string head = "t." + result.role + ": " + result.type;
    out << "  " << head << std::string(width - head.size() + 2, ' ') << result.help << "\n";
  }
}

void printPass(llvm::raw_ostream &out, const PassInfo &pass) {
  out << signature(pass) << "\n  " << pass.summary << (pass.defines ? " It defines another kernel." : "") << "\n";
  if (std::string drawing = trimmed(pass.drawing); !drawing.empty())
    out << "\n" << drawing << "\n";
  if (!pass.options.empty())
    out << "\noptions:\n";
  size_t width = 0;
  for (const PassOption &option : pass.options)
    width = std::max(width, option.name.size() + option.type.size() + 2);
  for (const PassOption &option : pass.options) {
    std::string head = option.name + ": " + option.type;
    out << "  " << head << std::string(width - head.size() + 2, ' ') << option.help;
    if (option.required)
      out << " (required)";
    else if (!option.defaultText.empty())
      out << " (default: " << option.defaultText << ")";
    out << "\n";
  }
  printResults(out, pass);
}

void printList(llvm::raw_ostream &out, const std::vector<PassInfo> &catalogue) {
  size_t width = 0;
  for (const PassInfo &pass : catalogue)
    width = std::max(width, pass.name.size());
  for (const PassInfo &pass : catalogue)
    out << pass.name << std::string(width - pass.name.size() + 2, ' ') << pass.summary << "\n";
  out << "\n`loopyc passes NAME` says more about one.\n";
}

} // namespace

ExitStatus passesCommand(Session &session, const PassesCommand &options) {
  const std::vector<PassInfo> &catalogue = passCatalogue();
  if (options.markdown) {
    session.out() << passesMarkdown();
  } else if (options.name.empty()) {
    printList(session.out(), catalogue);
  } else {
    auto found = std::find_if(catalogue.begin(), catalogue.end(),
                              [&](const PassInfo &pass) { return pass.name == options.name; });
    if (found == catalogue.end())
      throw UsageError(unknownPass(options.name));
    printPass(session.out(), *found);
  }
  return ExitStatus::Good;
}

} // namespace loopy
