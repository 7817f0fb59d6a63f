#include "options.h"

#include "loopy/driver/commands.h"
#include "loopy/support/version.h"

#include <CLI/CLI.hpp>

#include <llvm/Support/raw_ostream.h>

#include <charconv>
#include <sstream>

namespace loopy {

namespace {

using Command = std::function<ExitStatus(Session &)>;

// A number of things, in words that speak of whole numbers.
CLI::Validator positiveInteger() {
  return {[](std::string &text) {
            int64_t number = 0;
            auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            const bool isGood = error == std::errc() && end == text.data() + text.size() && number >= 1;
            return isGood ? std::string() : "'" + text + "' is no whole number of at least 1";
          },
          ""};
}

void addSelection(CLI::App &app, Selection &selection, bool isRequired = true) {
  app.add_option("FILE", selection.file, "The kernel file, or a .json file that `show --json` wrote; - is standard input")->required(isRequired);
  app.add_option("-k,--kernel", selection.kernel, "The kernel, where the file holds several")->type_name("KERNEL");
  app.add_option("-p,--pipeline", selection.pipeline, "The pipeline to run; none = the kernel as it is written")
      ->type_name("PIPELINE");
  app.add_option("--pipeline-file", selection.pipelineFile, "A file with more pipelines")->type_name("P");
  app.add_option("-e", selection.calls, "Pipeline text, run after the pipeline: -e 'split_iname(i, 16)'")
      ->type_name("CALLS")
      ->take_all();
  app.add_option("--set", selection.settings, "A pipeline parameter's value: --set tile=32")
      ->type_name("NAME=VALUE")
      ->take_all();
  app.add_option("--print-after", selection.printAfter, "Print the kernel to stderr after each step of this pass")
      ->type_name("PASS")
      ->take_all();
  app.add_flag("--print-after-all", selection.printAfterAll, "Print the kernel to stderr after every step");
}

void addTuned(CLI::App &app, Selection &selection) {
  app.add_flag("--tuned", selection.tuned, "The parameter values that `loopyc tune` found best for this device");
}

void addSpeed(CLI::App &app, TargetOptions &target) {
  app.add_flag("--fast-math", target.fastMath,
               "Let the device's compiler reassociate floats, ignore NaN and infinity, and approximate functions");
  app.add_flag("--flush-denormals", target.flushDenormals, "OpenCL: denormal floats may become zero");
}

void addTarget(CLI::App &app, TargetOptions &target) {
  app.add_option("-t,--target", target.language, "What to generate: opencl or c")
      ->type_name("TARGET")
      ->check(CLI::IsMember({"opencl", "c"}));
  app.add_option("--device", target.device, "The OpenCL device: its number or a part of its name (see loopyc devices)")
      ->type_name("D");
  app.add_flag("--openmp", target.openMp, "C: run the loops tagged g in parallel");
  app.add_option("--index", target.indexBits, "Bits of integers in subscripts: 32 (the default) or 64")
      ->type_name("BITS")
      ->check(CLI::IsMember({32, 64}));
  addSpeed(app, target);
  app.add_flag("--contract,!--no-contract", target.contraction, "Whether a*b + c may be rounded once (it may)");
}

void addData(CLI::App &app, std::vector<std::string> &sizes, std::vector<std::string> &inputs, uint64_t &seed) {
  app.add_option("-D", sizes, "The value of a scalar argument: -D n=1024")->type_name("NAME=VALUE")->take_all();
  app.add_option("--in", inputs, "An array argument's data: --in a=a.npy; other arrays are random")
      ->type_name("NAME=FILE")
      ->take_all();
  app.add_option("--seed", seed, "Seed of the random data")->type_name("N");
}

CLI::App *addCommand(CLI::App &app, const char *name, const char *summary, const char *footer) {
  CLI::App *command = app.add_subcommand(name, summary);
  command->footer(footer);
  return command;
}

void addCheck(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<CheckCommand>();
  CLI::App *command = addCommand(app, "check", "Prove, run and compare",
                                 "Examples:\n"
                                 "  loopyc check sgemm.loopy                 every kernel with each of its pipelines\n"
                                 "  loopyc check sgemm.loopy -p tiled --set tile=32\n"
                                 "  loopyc check sgemm.loopy -e 'split_iname(i, 16, outer=g.0, inner=l.0)'\n"
                                 "  loopyc check sgemm.loopy --static        prove only\n"
                                 "The exit status is 1 if anything is refuted or disagrees.");
  addSelection(*command, options->selection);
  command->add_option("--device", options->device, "The OpenCL device: its number or a part of its name")
      ->type_name("D");
  addSpeed(*command, options->target);
  command->add_flag("--openmp", options->target.openMp, "C: run the loops tagged g in parallel");
  command->add_flag("--static", options->staticOnly, "Prove, but run nothing");
  command->add_option("--max-sizes", options->maxSizes, "How many combinations of sizes to run at (8)")
      ->type_name("N")
      ->check(positiveInteger());
  command->add_option("--max-work", options->maxWork, "Statement instances at one of them, at most about (8000000)")
      ->type_name("N")
      ->check(positiveInteger());
  addData(*command, options->sizes, options->inputs, options->seed);
  command->callback([=, &chosen] { chosen = [=](Session &session) { return checkCommand(session, *options); }; });
}

void addEmit(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<EmitCommand>();
  options->target.language = "opencl";
  CLI::App *command = addCommand(app, "emit", "Print the generated source",
                                 "Examples:\n"
                                 "  loopyc emit sgemm.loopy -p tiled -t opencl\n"
                                 "  loopyc emit sgemm.loopy -p none -t c -o sgemm.c");
  addSelection(*command, options->selection);
  addTuned(*command, options->selection);
  addTarget(*command, options->target);
  command->add_option("-o,--output", options->output, "The file to write; standard output is the default")
      ->type_name("OUT");
  command->callback([=, &chosen] { chosen = [=](Session &session) { return emitCommand(session, *options); }; });
}

void addRun(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<RunCommand>();
  options->target.language = "opencl";
  CLI::App *command = addCommand(app, "run", "Run a kernel on given or random data",
                                 "Examples:\n"
                                 "  loopyc run sgemm.loopy -p tiled -D n=1024 -D m=512 -D l=512\n"
                                 "  loopyc run sgemm.loopy -p tiled --in a=a.npy --in b=b.npy --out c=c.npy\n"
                                 "  loopyc run sgemm.loopy -p none -t c -D n=100 --seed 7\n"
                                 "Sizes are taken from the arrays given, from -D, or chosen.");
  addSelection(*command, options->selection);
  addTuned(*command, options->selection);
  addTarget(*command, options->target);
  addData(*command, options->sizes, options->inputs, options->seed);
  command->add_option("--out", options->outputs, "Where to write a result: --out c=c.npy")
      ->type_name("NAME=FILE")
      ->take_all();
  command->callback([=, &chosen] { chosen = [=](Session &session) { return runCommand(session, *options); }; });
}

void addBench(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<BenchCommand>();
  options->target.language = "opencl";
  CLI::App *command = addCommand(app, "bench", "Measure time, bytes and floating-point operations per second",
                                 "Examples:\n"
                                 "  loopyc bench sgemm.loopy -p tiled -D n=1024 -D m=1024 -D l=1024\n"
                                 "  loopyc bench sgemm.loopy -p tiled --steps --chart steps.svg\n"
                                 "  loopyc bench saxpy.loopy -p simple -t c --openmp --json new.json\n"
                                 "  loopyc bench --compare old.json new.json\n"
                                 "docs/performance.md says how to measure.");
  addSelection(*command, options->selection, /*isRequired=*/false);
  addTuned(*command, options->selection);
  addTarget(*command, options->target);
  addData(*command, options->sizes, options->inputs, options->seed);
  command->add_option("-n,--repetitions", options->repetitions, "How many runs to time (10)")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000));
  command->add_flag("--steps", options->steps, "Measure every prefix of the pipeline");
  command->add_option("--time-limit", options->timeLimit, "Seconds for one measurement (none; with --steps 20)")
      ->type_name("S")
      ->check(CLI::PositiveNumber);
  command->add_option("--json", options->json, "Write the results to this file; - for standard output, in place of the text")->type_name("OUT");
  command->add_option("--chart", options->chart, "Draw the results and the device's roof: a .svg or .html file")
      ->type_name("OUT");
  command->add_option("--compare", options->compare, "Compare two files that --json wrote, the older one first")
      ->type_name("OLD NEW")
      ->expected(2);
  command->add_flag("--check", options->check, "Also compare the results with the reference program, at these sizes");
  command->callback([=, &chosen] { chosen = [=](Session &session) { return benchCommand(session, *options); }; });
}

void addTune(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<TuneCommand>();
  options->target.language = "opencl";
  CLI::App *command =
      addCommand(app, "tune", "Find the best values of a pipeline's parameters by measuring",
                 "Examples:\n"
                 "  loopyc tune sgemm.loopy -p tiled -D n=1024 -D m=1024 -D l=1024\n"
                 "  loopyc bench sgemm.loopy -p tiled --tuned -D n=1024 -D m=1024 -D l=1024\n"
                 "Tries the values that the pipeline declares, `tile = 16 in {8, 16, 32}`. An interrupted search goes on\n"
                 "where it stopped.");
  addSelection(*command, options->selection);
  addTarget(*command, options->target);
  addData(*command, options->sizes, options->inputs, options->seed);
  command->add_option("--time-limit", options->timeLimit, "Seconds for all measurements (60)")
      ->type_name("S")
      ->check(CLI::PositiveNumber);
  command->add_option("--database", options->database,
                      "The file of results ($LOOPYC_TUNING, else tuning.json in the cache directory)")
      ->type_name("FILE");
  command->callback([=, &chosen] { chosen = [=](Session &session) { return tuneCommand(session, *options); }; });
}

void addStats(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<StatsCommand>();
  options->target.language = "opencl";
  CLI::App *command = addCommand(app, "stats", "Count operations, bytes, barriers and memory, as formulas",
                                 "Examples:\n"
                                 "  loopyc stats sgemm.loopy -p tiled\n"
                                 "  loopyc stats sgemm.loopy -p none -D n=64 -D m=64 -D l=64 --json -");
  addSelection(*command, options->selection);
  addTarget(*command, options->target);
  command->add_option("-D", options->sizes, "The value of a parameter: -D n=1024")->type_name("NAME=VALUE")->take_all();
  command->add_option("--json", options->json, "Write the numbers to this file; - for standard output")
      ->type_name("OUT");
  command->callback([=, &chosen] { chosen = [=](Session &session) { return statsCommand(session, *options); }; });
}

void addShow(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<ShowCommand>();
  options->target.language = "opencl";
  CLI::App *command = addCommand(app, "show", "Look inside: IR, tree, dependences, mapping, program",
                                 "Examples:\n"
                                 "  loopyc show sgemm.loopy -p none --stage=deps\n"
                                 "  loopyc show sgemm.loopy -p tiled --stage=mapping\n"
                                 "  loopyc show sgemm.loopy -p tiled --stage=ir --json > tiled.json");
  addSelection(*command, options->selection);
  addTarget(*command, options->target);
  command->add_option("--stage", options->stage, "ir (the default), tree, deps, mapping or program")
      ->type_name("STAGE")
      ->check(CLI::IsMember({"ir", "tree", "deps", "mapping", "program"}));
  command->add_flag("--json", options->json, "The ir as JSON, which every command reads in place of a kernel file");
  command->callback([=, &chosen] { chosen = [=](Session &session) { return showCommand(session, *options); }; });
}

void addPasses(CLI::App &app, Command &chosen) {
  auto options = std::make_shared<PassesCommand>();
  CLI::App *command = addCommand(app, "passes", "List the transformations, or describe one",
                                 "Examples:\n"
                                 "  loopyc passes\n"
                                 "  loopyc passes split_iname");
  command->add_option("NAME", options->name, "The pass to describe");
  command->add_flag("--markdown", options->markdown, "All of them as Markdown");
  command->callback([=, &chosen] { chosen = [=](Session &session) { return passesCommand(session, *options); }; });
}

void addDevices(CLI::App &app, Command &chosen) {
  CLI::App *command = addCommand(app, "devices", "List the OpenCL devices", "");
  command->callback([&chosen] { chosen = devicesCommand; });
}

std::string quoted(const std::vector<std::string> &words) {
  std::string line;
  for (const std::string &word : words) {
    bool plain = !word.empty() && word.find_first_of(" \t\n'\"\\$&;|<>()*?[]{}!`#~") == std::string::npos;
    std::string text = word;
    if (!plain) {
      text = "'";
      for (char c : word)
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
      text += "'";
    }
    line += (line.empty() ? "" : " ") + text;
  }
  return line;
}

// Prints the help that was asked for, or what is wrong with the words.
ExitStatus answer(Session &session, const CLI::App &app, const CLI::ParseError &error,
                  const std::vector<std::string> &words) {
  if (error.get_name() == "RequiredError" && app.get_subcommands().empty() && words.size() > 1) {
    if (words[1].starts_with("-"))
      throw UsageError("'" + words[1] + "' is no option of loopyc, and there is no command.");
    std::vector<std::string> commands;
    for (const CLI::App *command : app.get_subcommands(nullptr))
      commands.push_back(command->get_name());
    throw UsageError(unknownName("command", words[1], commands));
  }
  std::ostringstream out, err;
  const int status = app.exit(error, out, err);
  session.out() << out.str();
  session.err() << err.str();
  return status == 0 ? ExitStatus::Good : ExitStatus::Usage;
}

} // namespace

ExitStatus runCommandLine(const std::vector<std::string> &words, Console console) {
  CLI::App app("loopyc compiles kernels, written as mathematics, by pipelines of transformations that it proves legal.",
               "loopyc");
  app.footer("`loopyc COMMAND --help` says more about a command.\n"
             "The exit status is 0 if all is well, 1 if the kernel file, a pipeline or the data is wrong, 2 if the\n"
             "command line is wrong, and 3 if loopyc itself is.");
  app.set_version_flag("--version", "loopyc " LOOPY_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  std::string diagnostics = "text";
  app.add_option("--diagnostics", diagnostics, "How to print messages: text (the default) or json")
      ->type_name("FORM")
      ->check(CLI::IsMember({"text", "json"}));
  Command command;
  addCheck(app, command);
  addEmit(app, command);
  addRun(app, command);
  addBench(app, command);
  addTune(app, command);
  addStats(app, command);
  addShow(app, command);
  addPasses(app, command);
  addDevices(app, command);

  std::vector<std::string> reversed(words.rbegin(), words.rend() - 1); // CLI11 takes them from the back.
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError &error) {
    Session session(std::move(console));
    return runGuarded(session, [&] { return answer(session, app, error, words); });
  }
  console.jsonDiagnostics = diagnostics == "json";
  if (console.jsonDiagnostics)
    console.progress = false;
  console.commandLine = quoted(words);
  Session session(std::move(console));
  return runGuarded(session, [&] { return command(session); });
}

} // namespace loopy
