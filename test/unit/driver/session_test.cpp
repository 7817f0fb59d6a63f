#include "loopy/driver/selection.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <llvm/Support/raw_ostream.h>

#include <filesystem>
#include <new>

using namespace loopy;

namespace {

struct Captured {
  std::string outText, errText;
  llvm::raw_string_ostream out{outText}, err{errText};
  Console console(bool json = false) {
    Console console;
    console.out = &out;
    console.err = &err;
    console.jsonDiagnostics = json;
    console.commandLine = "loopyc emit 'a b.loopy'";
    return console;
  }
};

TEST(RunGuarded, GivesEachKindOfFailureItsStatus) {
  Captured captured;
  Session session(captured.console());
  EXPECT_EQ(runGuarded(session, [] { return ExitStatus::Good; }), ExitStatus::Good);
  EXPECT_EQ(captured.err.str(), "");
  EXPECT_EQ(runGuarded(session, []() -> ExitStatus { throw UsageError("Wrong option."); }), ExitStatus::Usage);
  EXPECT_EQ(runGuarded(session, []() -> ExitStatus { throw UserError({}, "Wrong kernel."); }), ExitStatus::UserProgram);
  EXPECT_EQ(runGuarded(session, []() -> ExitStatus { throw std::bad_alloc(); }), ExitStatus::UserProgram);
  EXPECT_EQ(runGuarded(session, []() -> ExitStatus { throw InternalError("Broken."); }), ExitStatus::Internal);
  EXPECT_EQ(runGuarded(session, []() -> ExitStatus { throw std::logic_error("Broken too."); }), ExitStatus::Internal);
}

TEST(RunGuarded, AsksForAReportOfABug) {
  Captured captured;
  Session session(captured.console());
  runGuarded(session, []() -> ExitStatus { throw InternalError("It broke."); });
  EXPECT_NE(captured.err.str().find("bug in loopyc"), std::string::npos);
  EXPECT_NE(captured.err.str().find("loopyc emit 'a b.loopy'"), std::string::npos);
}

TEST(RunGuarded, AnUndecidedQuestionIsTheUsersToSimplify) {
  Captured captured;
  Session session(captured.console());
  ExitStatus status = runGuarded(session, [&]() -> ExitStatus {
    isl::set set = isl::manage(isl_set_read_from_str(session.context().isl().get(),
                                                     "{ [i, j, k] : exists a, b: 3i + 5j = 7a and 0 <= k < 9b + j }"));
    poly::OperationBudget budget(session.context().isl(), 1);
    return set.subtract(set.coalesce().lexmin()).is_empty() ? ExitStatus::Good : ExitStatus::Good;
  });
  EXPECT_EQ(status, ExitStatus::UserProgram);
  EXPECT_NE(captured.err.str().find("undecided"), std::string::npos);
}

TEST(Report, IsLocated) {
  Captured captured;
  Session session(captured.console());
  uint32_t file = session.context().sources().add("k.loopy", "first\n  second\n");
  session.report({{Severity::Error, {file, 8, 14}, "This is wrong.", {}}});
  EXPECT_NE(captured.err.str().find("k.loopy:2:3: error: This is wrong."), std::string::npos) << captured.err.str();
  EXPECT_NE(captured.err.str().find("^"), std::string::npos);
}

TEST(Report, IsJsonWhereAsked) {
  Captured captured;
  Session session(captured.console(true));
  session.report({{Severity::Error, {}, "This is wrong.", {}}});
  EXPECT_NE(captured.err.str().find("\"message\": \"This is wrong.\""), std::string::npos) << captured.err.str();
}

TEST(Files, AreWrittenWholeOrNotAtAll) {
  std::filesystem::path directory = std::filesystem::path(testing::TempDir()) / ("loopyc_files_" + std::to_string(::getpid()));
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  std::string path = directory / "out.c";
  writeText(path, "one");
  writeText(path, "two");
  EXPECT_EQ(readText(path), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory), {}), 1);
  EXPECT_THROW(writeText(directory / "missing" / "out.c", "x"), UserError);
  EXPECT_THROW(readText(directory / "missing.loopy"), UserError);
  EXPECT_THROW(readText(directory), UserError);
}

TEST(SplitAssignment, WantsNameAndValue) {
  EXPECT_EQ(splitAssignment("n=1024", "-D"), (std::pair<std::string, std::string>{"n", "1024"}));
  EXPECT_EQ(splitAssignment("a=x=y", "--in").second, "x=y");
  for (const char *wrong : {"n", "=5", "n=", ""})
    EXPECT_THROW(splitAssignment(wrong, "-D"), UsageError) << wrong;
}

} // namespace
