// loopyc, the command line of the compiler.

#include "options.h"

#include <llvm/Support/raw_ostream.h>

#include <cstdlib>

int main(int count, char **words) {
  loopy::Console console;
  console.out = &llvm::outs();
  console.err = &llvm::errs();
  console.colors = llvm::errs().is_displayed() && std::getenv("NO_COLOR") == nullptr;
  console.progress = llvm::errs().is_displayed();
  return static_cast<int>(loopy::runCommandLine({words, words + count}, std::move(console)));
}
