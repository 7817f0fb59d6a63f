#include "loopy/driver/commands.h"
#include "loopy/driver/tuning.h"

#include <gtest/gtest.h>

#include <llvm/Support/raw_ostream.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <unistd.h>

using namespace loopy;
using nlohmann::json;

namespace {

const char *const scaleText = R"(
kernel scale(n: int32, s: float32, x: float32[n], y: out float32[n])
  domain { [i] : 0 <= i < n }
  y[i] = s*x[i]
end

pipeline blocks(tile = 4 in {2, 4, 0, 8}) for scale
  split_iname(i, tile)
  tag(i_outer, g.0)
end

pipeline broken for scale
  split_iname(i, 4)
  tag(no_such_iname, g.0)
end
)";

class BenchTest : public testing::Test {
protected:
  BenchTest() : directory_(testing::TempDir() + "loopyc_bench_" + std::to_string(getpid())), session_(console()) {
    std::filesystem::create_directories(directory_);
    setenv("LOOPYC_CACHE_DIR", directory_.c_str(), 1);
    unsetenv("LOOPYC_TUNING");
    writeText(pathTo("scale.loopy"), scaleText);
  }
  ~BenchTest() override {
    unsetenv("LOOPYC_CACHE_DIR");
    std::filesystem::remove_all(directory_);
  }
  Console console() {
    Console console;
    console.out = &out_;
    console.err = &err_;
    return console;
  }
  std::string pathTo(const std::string &name) const { return directory_ + "/" + name; }
  BenchCommand benchInC(const std::string &pipeline) const {
    BenchCommand command;
    command.selection.file = pathTo("scale.loopy");
    command.selection.pipeline = pipeline;
    command.target.language = "c";
    command.sizes = {"n=1000"};
    command.repetitions = 3;
    command.json = pathTo("result.json");
    return command;
  }
  json result() const { return json::parse(readText(pathTo("result.json"))); }

  std::string directory_, outText_, errText_;
  llvm::raw_string_ostream out_{outText_}, err_{errText_};
  Session session_;
};

TEST_F(BenchTest, JsonHasTheFields) {
  EXPECT_EQ(benchCommand(session_, benchInC("blocks")), ExitStatus::Good);
  const json report = result();
  EXPECT_EQ(report["kernel"], "scale");
  EXPECT_EQ(report["sizes"]["n"], 1000);
  EXPECT_EQ(report["float_operations"], 1000);
  EXPECT_EQ(report["bytes"], 8000);
  EXPECT_GT(report["peaks"]["gflops"], 0);
  EXPECT_GT(report["peaks"]["gbs"], 0);
  ASSERT_EQ(report["results"].size(), 1U);
  const json &entry = report["results"][0];
  EXPECT_EQ(entry["status"], "measured");
  EXPECT_EQ(entry["event_seconds"]["samples"].size(), 3U);
  EXPECT_LE(entry["event_seconds"]["lower_quartile"], entry["event_seconds"]["upper_quartile"]);
  for (const char *field : {"gflops", "gbs", "share_of_roof", "wall_seconds", "compile_seconds"})
    EXPECT_TRUE(entry.contains(field)) << field;
}

TEST_F(BenchTest, StepsListEveryPrefix) {
  BenchCommand command = benchInC("blocks");
  command.steps = true;
  command.chart = pathTo("chart.svg");
  EXPECT_EQ(benchCommand(session_, command), ExitStatus::Good);
  const json report = result();
  ASSERT_EQ(report["results"].size(), 3U);
  EXPECT_EQ(report["results"][0]["name"], "as written");
  EXPECT_EQ(report["results"][1]["name"], "split_iname(i, 4)");
  for (const json &entry : report["results"])
    EXPECT_EQ(entry["status"], "measured") << entry.dump();
  const std::string chart = readText(command.chart);
  EXPECT_NE(chart.find("<svg"), std::string::npos);
  EXPECT_NE(chart.find("roof"), std::string::npos);
}

TEST_F(BenchTest, StepsThatCannotRunAreListedWithTheirReason) {
  BenchCommand command = benchInC("broken");
  command.steps = true;
  EXPECT_EQ(benchCommand(session_, command), ExitStatus::Good);
  const json report = result();
  ASSERT_EQ(report["results"].size(), 3U);
  EXPECT_EQ(report["results"][1]["status"], "measured");
  EXPECT_EQ(report["results"][2]["status"], "refused");
  EXPECT_NE(report["results"][2]["reason"].get<std::string>().find("no_such_iname"), std::string::npos);
}

TEST_F(BenchTest, PeaksAreKeptOnDisk) {
  const Peaks first = peaksOfC(false, false), second = peaksOfC(false, false);
  EXPECT_GT(first.bytesPerSecond, 0);
  EXPECT_EQ(first.bytesPerSecond, second.bytesPerSecond); // measured anew it would differ
  EXPECT_EQ(first.operationsPerSecond, second.operationsPerSecond);
}

json madeUp(double median, double spread, const std::string &kernel = "scale") {
  json times = {{"median", median},
                {"lower_quartile", median - spread},
                {"upper_quartile", median + spread},
                {"fastest", median - spread},
                {"slowest", median + spread}};
  return {{"kernel", kernel},
          {"pipeline", "blocks"},
          {"sizes", {{"n", 10}}},
          {"results", {{{"name", "whole pipeline"}, {"status", "measured"}, {"event_seconds", times}}}}};
}

TEST_F(BenchTest, CompareRespectsTheSpread) {
  auto verdictOf = [&](const json &before, const json &after) {
    writeText(pathTo("a.json"), before.dump());
    writeText(pathTo("b.json"), after.dump());
    BenchCommand command;
    command.compare = {pathTo("a.json"), pathTo("b.json")};
    out_.flush();
    outText_.clear();
    benchCommand(session_, command);
    return out_.str();
  };
  EXPECT_NE(verdictOf(madeUp(1.0, 0.1), madeUp(0.95, 0.1)).find("no difference"), std::string::npos);
  EXPECT_NE(verdictOf(madeUp(1.0, 0.01), madeUp(0.95, 0.01)).find(" faster"), std::string::npos);
  EXPECT_NE(verdictOf(madeUp(1.0, 0.01), madeUp(1.05, 0.01)).find("SLOWER"), std::string::npos);
  EXPECT_THROW(verdictOf(madeUp(1.0, 0.1), madeUp(1.0, 0.1, "other")), UserError);
  EXPECT_THROW(verdictOf(madeUp(1.0, 0.1), json::array()), UserError);
}

TEST(SuccessiveHalving, FindsThePlantedBest) {
  std::map<size_t, int> runs;
  const TuneHooks hooks{[&](size_t point, int repetitions) -> std::optional<double> {
                          runs[point] += repetitions;
                          if (point == 3)
                            return std::nullopt; // cannot be run
                          return point == 11 ? 0.5 : 1.0 + static_cast<double>(point);
                        },
                        [] { return false; }};
  const std::vector<size_t> order = successiveHalving(17, hooks);
  ASSERT_EQ(order.size(), 16U); // all that ran
  EXPECT_EQ(order[0], 11U);
  EXPECT_EQ(order[1], 0U);
  EXPECT_GT(runs[11], runs[16]);
}

TEST(SuccessiveHalving, StopsWhenTimeIsOut) {
  int left = 3;
  const TuneHooks hooks{[&](size_t point, int) -> std::optional<double> { return 10.0 - static_cast<double>(point); },
                        [&] { return left-- <= 0; }};
  EXPECT_EQ(successiveHalving(8, hooks), (std::vector<size_t>{2, 1, 0}));
}

TEST(AllPoints, AreTheProduct) {
  const std::vector<Settings> points = allPoints({{"x", {"1", "2"}}, {"y", {"3", "4", "5"}}});
  ASSERT_EQ(points.size(), 6U);
  EXPECT_EQ(pointName(points[1]), "x=1, y=4");
}

TEST_F(BenchTest, DatabaseFindsTheNearestSizeClass) {
  TuningDatabase database(pathTo("tuning.json"));
  TuningDatabase::Key small{"k", "p", "hash", "device", {{"n", 100}}}, large{"k", "p", "hash", "device", {{"n", 5000}}};
  database.recordBest(small, {{"tile", "4"}}, 1);
  database.recordBest(large, {{"tile", "32"}}, 1);
  auto bestAt = [&](int64_t n) {
    small.sizes["n"] = n;
    return TuningDatabase(pathTo("tuning.json")).best(small).value().at("tile");
  };
  EXPECT_EQ(bestAt(127), "4");
  EXPECT_EQ(bestAt(200), "4");
  EXPECT_EQ(bestAt(100000), "32");
  small.device = "another";
  EXPECT_EQ(database.best(small), std::nullopt);
  writeText(pathTo("wrong.json"), "[]");
  EXPECT_THROW(TuningDatabase(pathTo("wrong.json")), UserError);
}

TEST_F(BenchTest, TuneDiscardsVerifiesAndResumes) {
  TuneCommand command;
  command.selection.file = pathTo("scale.loopy");
  command.selection.pipeline = "blocks";
  command.target.language = "c";
  command.sizes = {"n=1000"};
  EXPECT_EQ(tuneCommand(session_, command), ExitStatus::Good);
  EXPECT_NE(out_.str().find("4 points, 1 discarded by proof"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find(" 0 known from before"), std::string::npos) << out_.str();
  outText_.clear();
  EXPECT_EQ(tuneCommand(session_, command), ExitStatus::Good);
  EXPECT_NE(out_.str().find("\n  0 measurements, "), std::string::npos) << out_.str();

  BenchCommand bench = benchInC("blocks");
  bench.selection.tuned = true;
  EXPECT_EQ(benchCommand(session_, bench), ExitStatus::Good);
  bench.selection.pipeline = "broken"; // not tuned
  EXPECT_THROW(benchCommand(session_, bench), UserError);
}

} // namespace
