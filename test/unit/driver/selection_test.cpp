#include "loopy/driver/print_kernel.h"
#include "loopy/driver/selection.h"

#include <gtest/gtest.h>

#include <llvm/Support/raw_ostream.h>

#include <filesystem>

#include <unistd.h>

using namespace loopy;

namespace {

const char *const twoKernels = R"(
kernel first(n: int32, x: inout float32[n])
  domain { [i] : 0 <= i < n }
  x[i] = 2.0*x[i]
end

kernel second(n: int32, x: inout float32[n])
  domain { [i] : 0 <= i < n }
  x[i] = 3.0*x[i]
end

pipeline blocks(tile = 16) for first
  split_iname(i, tile, outer=g.0, inner=l.0)
end

pipeline unrolled for first
  split_iname(i, 4, inner=unr)
end
)";

class SelectionTest : public testing::Test {
protected:
  SelectionTest() : session_(console()) {
    path_ = testing::TempDir() + "loopyc_selection_" + std::to_string(::getpid()) + ".loopy";
    writeText(path_, twoKernels);
  }
  ~SelectionTest() override { std::filesystem::remove(path_); }

  Console console() {
    Console console;
    console.out = &out_;
    console.err = &err_;
    return console;
  }
  Selection select(const std::string &kernel, const std::string &pipeline) {
    Selection selection;
    selection.file = path_;
    selection.kernel = kernel;
    selection.pipeline = pipeline;
    return selection;
  }
  std::vector<std::string> names(const Selection &selection) {
    module_ = loadModule(session_, selection);
    std::vector<std::string> result;
    for (const Job &job : selectAll(session_, module_, selection))
      result.push_back(job.kernel->name + "/" + job.name);
    return result;
  }

  std::string path_, outText_, errText_;
  llvm::raw_string_ostream out_{outText_}, err_{errText_};
  Session session_;
  Module module_;
};

using Names = std::vector<std::string>;

TEST_F(SelectionTest, AllKernelsWithAllPipelines) {
  EXPECT_EQ(names(select("", "")), (Names{"first/blocks", "first/unrolled", "second/none"}));
  EXPECT_EQ(names(select("first", "")), (Names{"first/blocks", "first/unrolled"}));
  EXPECT_EQ(names(select("", "none")), (Names{"first/none", "second/none"}));
  EXPECT_EQ(names(select("", "unrolled")), (Names{"first/unrolled"}));
}

TEST_F(SelectionTest, CallsReplaceOrFollowThePipeline) {
  Selection selection = select("first", "");
  selection.calls = {"split_iname(i, 8)"};
  EXPECT_EQ(names(selection), (Names{"first/-e"}));
  selection.pipeline = "blocks";
  selection.calls = {"untag(i_outer)"};
  EXPECT_EQ(names(selection), (Names{"first/blocks -e"}));
  Job job = selectOne(session_, module_, selection);
  PipelineResult result = transform(session_, module_, job, selection);
  EXPECT_EQ(result.steps.size(), 2u);
  EXPECT_EQ(result.kernel.tag("i_outer"), Tag{});
}

TEST_F(SelectionTest, OneMustBeChosen) {
  Selection selection = select("", "");
  Module module = loadModule(session_, selection);
  EXPECT_THROW(selectOne(session_, module, selection), UsageError);
  EXPECT_THROW(selectOne(session_, module, select("first", "")), UsageError);
  EXPECT_EQ(selectOne(session_, module, select("second", "")).name, "none");
  EXPECT_THROW(selectAll(session_, module, select("third", "")), UserError);
  EXPECT_THROW(selectAll(session_, module, select("first", "third")), UserError);
  EXPECT_THROW(selectAll(session_, module, select("second", "blocks")), UserError);
}

TEST_F(SelectionTest, SettingsReachThePipeline) {
  Selection selection = select("first", "blocks");
  selection.settings = {"tile=32"};
  Module module = loadModule(session_, selection);
  Job job = selectOne(session_, module, selection);
  EXPECT_NE(transform(session_, module, job, selection).steps.front().text.find("32"), std::string::npos);
  selection.settings = {"tiles=32"};
  EXPECT_THROW(transform(session_, module, job, selection), UserError);
  selection.settings = {"tile"};
  EXPECT_THROW(transform(session_, module, job, selection), UsageError);
}

TEST_F(SelectionTest, PrintsAfterThePassesNamed) {
  Selection selection = select("first", "blocks");
  selection.printAfter = {"split_iname"};
  Module module = loadModule(session_, selection);
  transform(session_, module, selectOne(session_, module, selection), selection);
  EXPECT_NE(err_.str().find("# after split_iname("), std::string::npos);
  EXPECT_NE(err_.str().find("for i_outer [g.0]"), std::string::npos) << err_.str();
  selection.printAfter = {"no_such_pass"};
  EXPECT_THROW(transform(session_, module, selectOne(session_, module, selection), selection), UsageError);
}

TEST_F(SelectionTest, DependencesArePrinted) {
  writeText(path_, R"(
kernel recurrence(n: int32, a: inout float32[n])
  domain { [i] : 1 <= i < n }
  a[i] = a[i - 1] + 1.0   {id=step}
end
)");
  Module module = loadModule(session_, select("", ""));
  std::string text = printDependences(module.kernels.front());
  EXPECT_NE(text.find("flow step -> step"), std::string::npos) << text;
  EXPECT_EQ(text.find("anti step -> step"), std::string::npos) << text;
}

TEST_F(SelectionTest, UnsetTemporariesAreRefused) {
  writeText(path_, R"(
kernel unset(n: int32, a: out float32[n])
  domain { [i] : 0 <= i < n }
  temp t: float32[n]
  a[i] = t[i]
end
)");
  EXPECT_THROW(loadModule(session_, select("", "")), UserError);
}

// The pipeline and the further calls share one reference: the kernel with what defines it.
TEST_F(SelectionTest, DefinitionsReachTheReference) {
  Selection selection = select("first", "blocks");
  selection.calls = {"batch(count)", "tag(batch, g.1)"};
  Module module = loadModule(session_, selection);
  Job job = selectOne(session_, module, selection);
  const PipelineResult result = transform(session_, module, job, selection);
  const Kernel defined = definedKernel(session_, module, job, selection);
  EXPECT_EQ(result.reference.argumentOrder.front(), "count");
  EXPECT_EQ(defined.argumentOrder, result.reference.argumentOrder);
  EXPECT_EQ(result.reference.tag("batch"), Tag{});
  EXPECT_NE(result.kernel.tag("batch"), Tag{});
}

TEST_F(SelectionTest, CallsThatAreLeftAreInlined) {
  writeText(path_, R"(
kernel outer(n: int32, a: inout float32[n])
  inner(n, a)   {id=C}
end

kernel inner(n: int32, x: inout float32[n])
  domain { [i] : 0 <= i < n }
  x[i] = 2*x[i]   {id=S}
end
)");
  Selection selection = select("outer", "");
  Module module = loadModule(session_, selection);
  const PipelineResult result = transform(session_, module, selectOne(session_, module, selection), selection);
  EXPECT_EQ(result.kernel.statementIds(), (Names{"C_S"}));
  EXPECT_EQ(result.reference.statementIds(), (Names{"C_S"}));
  ASSERT_EQ(result.steps.size(), 1u);
  EXPECT_NE(result.steps[0].text.find("inlined"), std::string::npos);
}

} // namespace
