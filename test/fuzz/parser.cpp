// Any text given to the parser gives a module or located errors. What it gives prints, and parses again.
#include "target.h"

#include "loopy/frontend/parse.h"

namespace loopy::fuzzing {

void runTarget(const std::string &text) {
  Context context;
  Module module;
  try {
    module = parseText(context, "input", text);
  } catch (const UserError &error) {
    require(!error.diagnostics().empty(), "a UserError without a diagnostic");
    for (const Diagnostic &diagnostic : error.diagnostics())
      require(!diagnostic.message.empty(), "a diagnostic without a message");
    return;
  }
  const std::string printed = printModule(module);
  try {
    parseText(context, "printed", printed);
  } catch (const UserError &error) {
    throw InternalError("what was printed does not parse: " + std::string(error.what()) + "\n" + printed);
  }
}

} // namespace loopy::fuzzing
