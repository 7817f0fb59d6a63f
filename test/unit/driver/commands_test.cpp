#include "loopy/driver/commands.h"

#include <gtest/gtest.h>

#include <filesystem>

#include <unistd.h>

#include <llvm/Support/raw_ostream.h>

#include <cstring>

using namespace loopy;

namespace {

const char *const scaleText = R"(
kernel scale(n: int32, s: float32, x: float32[n], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = s*x[i]
end

pipeline blocks for scale
  split_iname(i, 4)
end
)";

class CommandsTest : public testing::Test {
protected:
  CommandsTest() : session_(console()) {
    std::filesystem::create_directories(directory());
    writeText(pathTo("scale.loopy"), scaleText);
  }
  ~CommandsTest() override { std::filesystem::remove_all(directory()); }

  Console console() {
    Console console;
    console.out = &out_;
    console.err = &err_;
    return console;
  }
  // One for each process: tests run side by side.
  static std::string directory() { return testing::TempDir() + "loopyc_commands_" + std::to_string(::getpid()); }
  static std::string pathTo(const std::string &name) { return directory() + "/" + name; }
  RunCommand runInC() {
    RunCommand command;
    command.selection.file = pathTo("scale.loopy");
    command.target.language = "c";
    return command;
  }

  std::string outText_, errText_;
  llvm::raw_string_ostream out_{outText_}, err_{errText_};
  Session session_;
};

Value floats(std::vector<float> numbers) {
  Value value{float32Type, {static_cast<int64_t>(numbers.size())}, std::vector<std::byte>(numbers.size() * 4)};
  std::memcpy(value.bytes.data(), numbers.data(), value.bytes.size());
  return value;
}

TEST_F(CommandsTest, RunReadsAndWritesArrays) {
  writeNpy(pathTo("x.npy"), floats({1, 2, 3}));
  RunCommand command = runInC();
  command.sizes = {"s=2"};
  command.inputs = {"x=" + pathTo("x.npy")};
  command.outputs = {"y=" + pathTo("y.npy")};
  EXPECT_EQ(runCommand(session_, command), ExitStatus::Good);
  EXPECT_EQ(readNpy(pathTo("y.npy")).bytes, floats({2, 4, 6}).bytes);
  EXPECT_NE(out_.str().find("scale at n=3"), std::string::npos) << out_.str();
}

TEST_F(CommandsTest, RunIsReproducible) {
  auto outputOf = [&](const std::string &pipeline, uint64_t seed) {
    RunCommand command = runInC();
    command.selection.pipeline = pipeline;
    command.sizes = {"n=10"};
    command.seed = seed;
    outText_.clear();
    runCommand(session_, command);
    return out_.str().substr(out_.str().find("checksum"));
  };
  EXPECT_EQ(outputOf("none", 1), outputOf("none", 1));
  EXPECT_EQ(outputOf("none", 1), outputOf("blocks", 1));
  EXPECT_NE(outputOf("none", 1), outputOf("none", 2));
}

TEST_F(CommandsTest, RunRefusesArgumentsThatDoNotFit) {
  writeNpy(pathTo("x.npy"), floats({1, 2, 3}));
  RunCommand command = runInC();
  command.inputs = {"x=" + pathTo("x.npy")};
  command.sizes = {"n=4"};
  EXPECT_THROW(runCommand(session_, command), UserError);
  command.sizes = {"n"};
  EXPECT_THROW(runCommand(session_, command), UsageError);
  command.sizes = {};
  command.outputs = {"x=x.npy"}; // not written by the kernel
  EXPECT_THROW(runCommand(session_, command), UserError);
  command.outputs = {};
  command.inputs = {"z=" + pathTo("x.npy")};
  EXPECT_THROW(runCommand(session_, command), UserError);
}

TEST_F(CommandsTest, EmitWritesTheFileThatIsPrintedElsewhere) {
  EmitCommand command;
  command.selection.file = pathTo("scale.loopy");
  command.target.language = "c";
  emitCommand(session_, command);
  std::string printed = out_.str();
  EXPECT_NE(printed.find("void scale("), std::string::npos);
  command.output = pathTo("scale.c");
  emitCommand(session_, command);
  EXPECT_EQ(readText(command.output), printed);
}

TEST_F(CommandsTest, CheckJudgesEachPipelineByItself) {
  writeText(pathTo("mixed.loopy"), std::string(scaleText) + R"(
pipeline wrong for scale
  split_iname(k, 4)
end
)");
  CheckCommand command;
  command.selection.file = pathTo("mixed.loopy");
  command.staticOnly = true;
  EXPECT_EQ(checkCommand(session_, command), ExitStatus::UserProgram);
  EXPECT_NE(out_.str().find("scale: pipeline blocks: PROVED (not run)\n"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("scale: pipeline wrong: FAILED (refused)\n"), std::string::npos) << out_.str();
  EXPECT_NE(err_.str().find("mixed.loopy:12:3: error: "), std::string::npos) << err_.str();
}

} // namespace
