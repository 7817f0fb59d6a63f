// A driver for fuzz targets where there is no libFuzzer: runs the corpus, then mutants of it for some seconds.
//
//     fuzz_parser --seconds N [--seed S] FILE_OR_DIRECTORY...
//
// Mutants change lines and tokens. A text that ends in anything but an answer is printed, and written to a file beside
// the program, fuzz_parser.finding.loopy.
#include "target.h"

#include "support/random.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <unistd.h>

#include <fcntl.h>

namespace {

using loopy::testing::Random;

constexpr unsigned mostSecondsOfOneInput = 20;

// ----------------------------------------------------------------------------------------------------------- findings
const char *currentInput = nullptr;
size_t currentSize = 0;
std::string findingPath; // set once, because a signal handler may not make strings

void saveInput() {
  const int file = open(findingPath.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644);
  for (int out : {STDERR_FILENO, file})
    (void)!write(out, currentInput, currentSize);
  close(file);
}

extern "C" void onSignal(int number) {
  const char *what = number == SIGALRM ? "\nFINDING: no answer in time, to\n" : "\nFINDING: a crash, by\n";
  (void)!write(STDERR_FILENO, what, std::strlen(what));
  saveInput();
  _exit(1);
}

// Stack overflows too are reported, so the handler needs a stack of its own.
void installHandlers() {
  static char stack[1 << 16];
  stack_t alternate{};
  alternate.ss_sp = stack;
  alternate.ss_size = sizeof stack;
  sigaltstack(&alternate, nullptr);
  struct sigaction action {};
  action.sa_handler = onSignal;
  action.sa_flags = SA_ONSTACK;
  for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM})
    sigaction(number, &action, nullptr);
}

void runOne(const std::string &text) {
  currentInput = text.data();
  currentSize = text.size();
  alarm(mostSecondsOfOneInput);
  try {
    loopy::fuzzing::runTarget(text);
  } catch (const std::exception &error) {
    alarm(0);
    std::cerr << "\nFINDING: " << error.what() << ", by\n";
    saveInput();
    std::exit(1);
  }
  alarm(0);
}

// ----------------------------------------------------------------------------------------------------------- mutation
// Words, numbers, strings of blanks, and single other characters.
std::vector<std::string> tokensOf(const std::string &text) {
  auto kindOf = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' ? 1 : c == ' ' ? 2 : 0; };
  std::vector<std::string> tokens;
  for (char c : text) {
    if (!tokens.empty() && kindOf(c) != 0 && kindOf(tokens.back().back()) == kindOf(c))
      tokens.back() += c;
    else
      tokens.emplace_back(1, c);
  }
  return tokens;
}

std::vector<std::string> linesOf(const std::string &text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line + "\n");
  return lines;
}

std::string joined(const std::vector<std::string> &pieces) {
  std::string text;
  for (const std::string &piece : pieces)
    text += piece;
  return text;
}

// One kernel of a file and one of its pipelines: small texts make more mutants.
std::string oneOf(Random &random, const std::string &text) {
  std::vector<std::string> kernels, pipelines;
  std::vector<std::string> *into = nullptr;
  for (const std::string &line : linesOf(text)) {
    if (line.starts_with("kernel ") || line.starts_with("pipeline ")) {
      into = line.starts_with("kernel ") ? &kernels : &pipelines;
      into->emplace_back();
    }
    if (into)
      into->back() += line;
    if (line == "end\n")
      into = nullptr;
  }
  if (kernels.empty())
    return text;
  std::string result = random.pick(kernels);
  const std::string name = result.substr(7, result.find_first_of("( \n", 7) - 7);
  std::erase_if(pipelines, [&](const std::string &pipeline) { return pipeline.find("for " + name + "\n") == std::string::npos; });
  return pipelines.empty() ? result : result + random.pick(pipelines);
}

class Mutator {
public:
  Mutator(Random &random, const std::vector<std::string> &corpus) : random_(random), corpus_(corpus) {}

  std::string mutant() {
    std::string text = random_.pick(corpus_);
    if (random_.chance(80))
      text = oneOf(random_, text);
    for (int64_t round = random_.between(1, 3); round > 0; --round)
      text = random_.chance(35) ? mutateLines(text) : mutateTokens(text);
    return text;
  }

private:
  size_t position(size_t size) { return static_cast<size_t>(random_.between(0, static_cast<int64_t>(size) - 1)); }

  std::string mutateLines(const std::string &text) {
    std::vector<std::string> lines = linesOf(text);
    if (lines.empty())
      return "end\n";
    const size_t at = position(lines.size());
    switch (random_.between(0, 3)) {
    case 0: lines.erase(lines.begin() + static_cast<long>(at)); break;
    case 1: lines.insert(lines.begin() + static_cast<long>(position(lines.size())), lines[at]); break;
    case 2: std::swap(lines[at], lines[position(lines.size())]); break;
    default: {
      const std::vector<std::string> others = linesOf(random_.pick(corpus_));
      if (!others.empty())
        lines.insert(lines.begin() + static_cast<long>(at), random_.pick(others));
    }
    }
    return joined(lines);
  }

  std::string mutateTokens(const std::string &text) {
    std::vector<std::string> tokens = tokensOf(text);
    if (tokens.empty())
      return "kernel";
    const size_t at = position(tokens.size());
    switch (random_.between(0, 6)) {
    case 0: tokens.erase(tokens.begin() + static_cast<long>(at)); break;
    case 1: tokens[at] = tokens[position(tokens.size())]; break;
    case 2: tokens[at] = random_.pick(words()); break;
    case 3: tokens.insert(tokens.begin() + static_cast<long>(at), random_.pick(words())); break;
    case 4: tokens[at] = random_.pick(tokensOf(random_.pick(corpus_) + " ")); break;
    case 5: changeNumber(tokens); break;
    default: repeat(tokens[at]);
    }
    return joined(tokens);
  }

  // Something many times over: deep nesting and long lists.
  void repeat(std::string &token) {
    static const std::vector<std::string> nests = {"(", "-", "not ", "a[", "1+", "if(", "2**", "x if y else ", "{", "for i\n"};
    const std::string piece = random_.chance(50) ? random_.pick(nests) : token;
    const int64_t count = random_.chance(20) ? random_.between(100, 100'000) : random_.between(2, 20);
    std::string many;
    for (int64_t i = 0; i < count && many.size() < 200'000; ++i)
      many += piece;
    token = many + token;
  }

  void changeNumber(std::vector<std::string> &tokens) {
    std::vector<size_t> numbers;
    for (size_t i = 0; i < tokens.size(); ++i)
      if (std::isdigit(static_cast<unsigned char>(tokens[i][0])))
        numbers.push_back(i);
    static const std::vector<std::string> strange = {"0", "1", "2", "3", "-1", "7", "64", "1000", "2147483647", "2147483648",
                                                     "4294967296", "9223372036854775807", "99999999999999999999", "1e400", "0x10"};
    if (!numbers.empty())
      tokens[random_.pick(numbers)] = random_.pick(strange);
  }

  static const std::vector<std::string> &words() {
    static const std::vector<std::string> list = {
        "kernel ", "end\n", "domain ", "assume ", "for ", "if ", "else\n", "elif ", "temp ", "with ", "pipeline ", "{", "}", "[", "]",
        "(", ")", ":", ",", "=", ":=", "+", "-", "*", "/", "//", "%", "**", "<", "<=", "==", "!=", "and ", "or ", "not ", "exists ",
        "mod ", "floor", "sum(", "argmin(", "reduce(", "any(", "cast(", "{id=x}", "{dep=*}", "{atomic}", "int32", "float32", "float64x4",
        "complex64", "bool", "out ", "inout ", "n", "i", "j", "k", "0", "1", "...", "nop", "lbarrier", "gbarrier", "<> ", "<int32> ",
        "true", "in local", "order=F", "strides=[1]", "offset=1", "\"", "#", "\n", "\t", "\x01", "\xff", "unroll(i)", "tag(i, l.0)",
        "split_iname(i, 4)", "prefetch(a, at=i)", "l.auto", "g.0", "unr", "ilp", "use x", "disjoint=i", "isolate(i)", "vectorize(i, 4)", "vec=4", "@", "$"};
    return list;
  }

  Random &random_;
  const std::vector<std::string> &corpus_;
};

std::string readFile(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void addCorpus(const std::filesystem::path &path, std::vector<std::string> &corpus) {
  if (!std::filesystem::is_directory(path)) {
    corpus.push_back(readFile(path));
    return;
  }
  std::vector<std::filesystem::path> files;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(path))
    if (entry.path().extension() == ".loopy")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path &file : files)
    corpus.push_back(readFile(file));
}

} // namespace

int main(int argc, char **argv) {
  int64_t seconds = 10;
  uint64_t seed = 1;
  std::vector<std::string> corpus;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seconds" && i + 1 < argc)
      seconds = std::atoll(argv[++i]);
    else if (argument == "--seed" && i + 1 < argc)
      seed = std::strtoull(argv[++i], nullptr, 10);
    else
      addCorpus(argument, corpus);
  }
  if (corpus.empty()) {
    std::cerr << "There is no corpus.\n";
    return 2;
  }
  findingPath = std::string(argv[0]) + ".finding.loopy";
  installHandlers();
  for (const std::string &text : corpus)
    runOne(text);
  Random random(seed);
  Mutator mutator(random, corpus);
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::seconds(seconds);
  int64_t mutants = 0;
  for (; Clock::now() < end; ++mutants)
    runOne(mutator.mutant());
  std::cout << corpus.size() << " files and " << mutants << " mutants of them: no findings.\n";
  return 0;
}
