// The compiler's own speed: text to emitted source, with all proofs on. The targets are in docs/architecture.md: every
// example below 100 ms, most below 30 ms; 1000 independent statements or 500 disjoint nests below 1 s.
#include "kernels.h"

#include "loopy/analysis/bounds.h"
#include "loopy/codegen/emit.h"
#include "loopy/frontend/parse.h"
#include "loopy/lower/lower.h"
#include "loopy/transforms/pipeline.h"

#include <benchmark/benchmark.h>

#include <chrono>

namespace loopy::bench {
namespace {

struct Emitted {
  std::vector<StepRecord> steps;
  size_t bytes = 0;
};

// All that `loopyc emit` does.
Emitted emitText(const std::string &name, const std::string &text, const std::string &kernelName,
                 const std::string &pipeline, const Target &target) {
  Context context;
  const Module module = parseText(context, name, text);
  const Kernel &kernel = module.kernel(kernelName);
  require(findUnsetReads(kernel).empty(), "a benchmark's kernel reads unset elements");
  Emitted emitted;
  PipelineResult result = runPipeline(module, kernel, *module.findPipeline(pipeline));
  emitted.bytes = emit(lower(result.kernel, target)).source.size();
  emitted.steps = std::move(result.steps);  // the kernel must not outlive its context
  return emitted;
}

void emitExample(benchmark::State &state, const Example &example, const Target &target) {
  const std::string text = readExample(example.file);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        emitText(pathOfExample(example.file), text, example.kernel, example.pipeline, target).bytes);
}

// Where the time of an example goes: seconds of each step of the pipeline, as counters.
void stepsOfExample(benchmark::State &state, const Example &example) {
  const std::string text = readExample(example.file);
  std::map<std::string, double> seconds;
  for (auto _ : state) {
    const Emitted emitted =
        emitText(pathOfExample(example.file), text, example.kernel, example.pipeline, Target::openCL());
    for (size_t i = 0; i < emitted.steps.size(); ++i)
      seconds[std::to_string(i + 1) + ":" + emitted.steps[i].call.pass] += emitted.steps[i].seconds;
  }
  for (const auto &[step, sum] : seconds)
    state.counters[step] = sum / static_cast<double>(state.iterations());
}

void emitMany(benchmark::State &state, std::string (*generate)(int), const std::string &kernel) {
  const std::string text = generate(static_cast<int>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(emitText("bench", text, kernel, "gpu", Target::openCL()).bytes);
  state.SetComplexityN(state.range(0));
}

void parseMany(benchmark::State &state, std::string (*generate)(int)) {
  const std::string text = generate(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    Context context;
    benchmark::DoNotOptimize(parseText(context, "bench", text).kernels.size());
  }
  state.SetComplexityN(state.range(0));
}

void registerAll() {
  for (const Example &example : allExamples()) {
    for (const auto &[target, name] : {std::pair(Target::c(), "c"), std::pair(Target::openCL(), "opencl")})
      benchmark::RegisterBenchmark(("emit/" + example.name() + "/" + name).c_str(),
                                   [example, target = target](benchmark::State &state) { emitExample(state, example, target); })
          ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("steps/" + example.name()).c_str(),
                                 [example](benchmark::State &state) { stepsOfExample(state, example); })
        ->Unit(benchmark::kMillisecond);
  }
  struct Generated {
    const char *name, *kernel;
    std::string (*generate)(int);
    int largest;
  };
  for (const Generated &of : {Generated{"independent_statements", "many", independentStatements, 1000},
                              Generated{"disjoint_nests", "many", disjointNests, 500},
                              Generated{"chain_of_statements", "chain", chainOfStatements, 1000}}) {
    benchmark::RegisterBenchmark((std::string("emit_many/") + of.name).c_str(),
                                 [of](benchmark::State &state) { emitMany(state, of.generate, of.kernel); })
        ->Arg(of.largest / 4)->Arg(of.largest / 2)->Arg(of.largest)
        ->Unit(benchmark::kMillisecond)->Iterations(1)->Complexity();
    benchmark::RegisterBenchmark((std::string("parse_many/") + of.name).c_str(),
                                 [of](benchmark::State &state) { parseMany(state, of.generate); })
        ->Arg(of.largest / 2)->Arg(of.largest)
        ->Unit(benchmark::kMillisecond)->Iterations(1);
  }
}

} // namespace
} // namespace loopy::bench

int main(int argc, char **argv) {
  loopy::bench::registerAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
