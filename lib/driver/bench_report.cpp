#include "bench_report.h"

#include <algorithm>
#include <cstdio>

namespace loopy {

using nlohmann::json;

std::string number(const char *format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string timeText(double seconds) {
  if (seconds < 1e-3)
    return number("%.2f us", seconds * 1e6);
  return seconds < 1 ? number("%.3f ms", seconds * 1e3) : number("%.3f s", seconds);
}

namespace {

std::optional<double> numberAt(const json &object, const char *name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_number())
    return std::nullopt;
  return object[name].get<double>();
}

// The shortest time that the peaks allow: that of the operations or that of the bytes.
std::optional<double> shortestSeconds(const json &report) {
  if (!report.contains("peaks"))
    return std::nullopt;
  double shortest = 0;
  for (auto [amount, peak] : {std::pair("float_operations", "gflops"), std::pair("bytes", "gbs")})
    if (std::optional<double> count = numberAt(report, amount), rate = numberAt(report["peaks"], peak);
        count && rate && *rate > 0)
      shortest = std::max(shortest, *count / (*rate * 1e9));
  return shortest > 0 ? std::optional(shortest) : std::nullopt;
}

std::string spreadText(const json &times) {
  const std::optional<Spread> spread = spreadFrom(times);
  require(spread.has_value(), "a measured entry without times");
  return timeText(spread->median) + " (quartiles " + timeText(spread->lowerQuartile) + " to " +
         timeText(spread->upperQuartile) + ", fastest " + timeText(spread->fastest) + ")";
}

std::string amountText(const json &report, const char *amount, const json &entry, const char *rate, const char *unit,
                       const char *peak) {
  const std::optional<double> count = numberAt(report, amount), reached = numberAt(entry, rate);
  if (!count)
    return "not counted";
  std::string text = std::to_string(report[amount].get<int64_t>());
  if (reached)
    text += " (" + number("%.3f ", *reached) + unit;
  if (const std::optional<double> best = report.contains("peaks") ? numberAt(report["peaks"], peak) : std::nullopt;
      reached && best && *best > 0)
    text += ", " + number("%.1f %% of the ", 100 * *reached / *best) + number("%.1f measured", *best);
  return text + (reached ? ")" : "");
}

std::string headText(const json &report) {
  std::string sizes;
  for (const auto &[name, value] : report["sizes"].items())
    sizes += (sizes.empty() ? "" : ", ") + name + "=" + value.dump();
  return report["kernel"].get<std::string>() + " (pipeline " + report["pipeline"].get<std::string>() + ") at " +
         (sizes.empty() ? "no parameters" : sizes) + ", seed " + report["seed"].dump() + ", on " +
         report.value("device", "no device") + " (" + report.value("driver", "") + ")\n";
}

// Columns of equal width, the first one flush left.
std::string tableText(const std::vector<std::vector<std::string>> &rows) {
  std::vector<size_t> widths;
  for (const auto &row : rows)
    for (size_t c = 0; c < row.size(); ++c) {
      widths.resize(std::max(widths.size(), c + 1), 0);
      widths[c] = std::max(widths[c], row[c].size());
    }
  std::string text;
  for (const auto &row : rows) {
    std::string line = "  ";
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - row[c].size(), ' ');
      line += (c ? "  " : "") + (c ? pad + row[c] : row[c] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string orDash(const std::optional<double> &value, const char *format) {
  return value ? number(format, *value) : "-";
}

} // namespace

json resultEntry(const json &head, int step, const std::string &name, const Measurement &measured) {
  json entry = {{"step", step}, {"name", name}, {"status", spelling(measured.status)}};
  if (measured.status != Measurement::Status::Measured) {
    entry["reason"] = measured.reason;
    return entry;
  }
  const Spread event = spreadOf(measured.event);
  entry["event_seconds"] = toJson(event, measured.event);
  entry["wall_seconds"] = toJson(spreadOf(measured.wall), measured.wall);
  entry["compile_seconds"] = measured.compileSeconds;
  entry["from_cache"] = measured.fromCache;
  if (event.median <= 0)
    return entry;
  if (const std::optional<double> operations = numberAt(head, "float_operations"))
    entry["gflops"] = *operations / event.median * 1e-9;
  if (const std::optional<double> bytes = numberAt(head, "bytes"))
    entry["gbs"] = *bytes / event.median * 1e-9;
  if (const std::optional<double> shortest = shortestSeconds(head))
    entry["share_of_roof"] = *shortest / event.median;
  return entry;
}

std::string benchText(const json &report) {
  const json &entry = report["results"].front();
  std::string text = headText(report);
  if (entry["status"] != "measured")
    return text + "  " + entry["status"].get<std::string>() + ": " + entry["reason"].get<std::string>() + "\n";
  const size_t runs = entry["event_seconds"]["samples"].size();
  text += "  device time:      " + spreadText(entry["event_seconds"]) + ", " + std::to_string(runs) +
          (runs == 1 ? " run\n" : " runs\n") + "  wall time:        " + spreadText(entry["wall_seconds"]) + "\n" +
          "  compile time:     " + timeText(entry["compile_seconds"].get<double>()) +
          (entry["from_cache"].get<bool>() ? " (from the cache)\n" : "\n") +
          "  float operations: " + amountText(report, "float_operations", entry, "gflops", "GFLOP/s", "gflops") + "\n" +
          "  bytes touched:    " + amountText(report, "bytes", entry, "gbs", "GB/s", "gbs") + "\n";
  if (const std::optional<double> share = numberAt(entry, "share_of_roof"))
    text += "  share of roof:    " + number("%.1f %%", 100 * *share) + "\n";
  return text;
}

std::string stepsText(const json &report) {
  std::vector<std::vector<std::string>> rows = {{"step", "time", "spread", "GFLOP/s", "GB/s", "of roof", "gain"}};
  std::string reasons;
  std::optional<double> previous;
  for (const json &entry : report["results"]) {
    const std::string name = entry["step"].dump() + " " + entry["name"].get<std::string>();
    if (entry["status"] != "measured") {
      rows.push_back({name, entry["status"].get<std::string>()});
      reasons += "  " + name + ": " + entry["reason"].get<std::string>() + "\n";
      continue;
    }
    const std::optional<Spread> spread = spreadFrom(entry["event_seconds"]);
    const std::optional<double> share = numberAt(entry, "share_of_roof");
    rows.push_back({name, timeText(spread->median),
                    spread->median > 0
                        ? number("%.1f %%", 100 * (spread->upperQuartile - spread->lowerQuartile) / spread->median)
                        : "-",
                    orDash(numberAt(entry, "gflops"), "%.3f"), orDash(numberAt(entry, "gbs"), "%.3f"),
                    share ? number("%.1f %%", 100 * *share) : "-",
                    previous && spread->median > 0 ? number("%.2fx", *previous / spread->median) : ""});
    previous = spread->median;
  }
  return headText(report) + tableText(rows) + reasons;
}

Verdict compareSpreads(const Spread &before, const Spread &after) {
  if (after.upperQuartile < before.lowerQuartile)
    return Verdict::Faster;
  return after.lowerQuartile > before.upperQuartile ? Verdict::Slower : Verdict::Same;
}

namespace {

std::string keyOf(const json &report, const json &entry) {
  return report.value("kernel", "") + " " + report.value("pipeline", "") + " at " + report["sizes"].dump() + ": " +
         entry.value("name", "");
}

void requireReport(const json &report, const std::string &name) {
  if (!report.is_object() || !report.contains("results") || !report["results"].is_array() ||
      !report.contains("sizes") || !report.contains("kernel") || !report["kernel"].is_string())
    throw UserError({}, "`" + name + "` is no result of `loopyc bench --json`.");
}

} // namespace

std::string compareText(const json &before, const json &after, const std::string &beforeName,
                        const std::string &afterName) {
  requireReport(before, beforeName);
  requireReport(after, afterName);
  std::map<std::string, const json *> old;
  for (const json &entry : before["results"])
    old[keyOf(before, entry)] = &entry;
  std::string text;
  if (before.value("device", "") != after.value("device", "") ||
      before.value("driver", "") != after.value("driver", ""))
    text += "These were not measured on the same device: " + before.value("device", "") + " (" +
            before.value("driver", "") + ") and " + after.value("device", "") + " (" + after.value("driver", "") +
            ").\n";
  std::vector<std::vector<std::string>> rows = {{"what", "before", "after", "speed-up", "verdict"}};
  int compared = 0;
  for (const json &entry : after["results"]) {
    const std::string key = keyOf(after, entry);
    auto found = old.find(key);
    const json none;
    const std::optional<Spread> x = spreadFrom(found == old.end() ? none : found->second->value("event_seconds", none)),
                                y = spreadFrom(entry.value("event_seconds", none));
    if (!x || !y) {
      rows.push_back({key, x ? timeText(x->median) : "-", y ? timeText(y->median) : "-", "-",
                      found == old.end() ? "only in the second" : "not measured in both"});
    } else {
      ++compared;
      const Verdict verdict = compareSpreads(*x, *y);
      rows.push_back({key, timeText(x->median), timeText(y->median),
                      y->median > 0 ? number("%.3fx", x->median / y->median) : "-",
                      verdict == Verdict::Faster   ? "faster"
                      : verdict == Verdict::Slower ? "SLOWER"
                                                   : "no difference beyond the spread"});
    }
    if (found != old.end())
      old.erase(found);
  }
  for (const auto &[key, entry] : old)
    rows.push_back({key, "", "", "-", "only in the first"});
  text += tableText(rows);
  if (compared == 0)
    throw UserError({},
                    "`" + beforeName + "` and `" + afterName +
                        "` have no measurement in common: the kernel, the pipeline, the sizes or the steps differ.");
  return text;
}

} // namespace loopy
