// Several contexts, each used by a thread of its own.
#include "loopy/codegen/emit.h"
#include "loopy/frontend/parse.h"
#include "loopy/lower/lower.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

#include <barrier>
#include <thread>

namespace loopy {
namespace {

// All stages from text to text: every pipeline of the file, for both targets.
std::string emitAll(const std::string &path) {
  Context context;
  Module module = parseFile(context, path);
  std::string texts;
  for (const PipelineSource &pipeline : module.pipelines) {
    const Kernel kernel = runPipeline(module, module.kernel(pipeline.kernel), pipeline).kernel;
    for (const Target &target : {Target::c(), Target::openCL()})
      texts += emit(lower(kernel, target)).source;
  }
  return texts;
}

TEST(Threads, WithContextsOfTheirOwnTheyEmitTheSameTexts) {
  const std::vector<std::string> paths = {LOOPY_SOURCE_DIR "/examples/sgemm/sgemm.loopy",
                                          LOOPY_SOURCE_DIR "/examples/saxpy/saxpy.loopy"};
  std::vector<std::string> expected;
  for (const std::string &path : paths)
    expected.push_back(emitAll(path));

  constexpr int count = 4;
  std::barrier start(count);
  std::vector<std::string> texts(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      texts[i] = emitAll(paths[i % paths.size()]);
    });
  for (std::thread &thread : threads)
    thread.join();
  for (int i = 0; i < count; ++i) {
    EXPECT_FALSE(texts[i].empty());
    EXPECT_EQ(texts[i], expected[i % paths.size()]);
  }
}

} // namespace
} // namespace loopy
