#include "bench_report.h"

#include <algorithm>

namespace loopy {

using nlohmann::json;

namespace {

std::string escaped(const std::string &text) {
  std::string result;
  for (char c : text)
    result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
  return result;
}

std::string label(double x, double y, const std::string &text, const char *anchor = "start") {
  return "<text x=\"" + number("%.1f", x) + "\" y=\"" + number("%.1f", y) + "\" text-anchor=\"" + anchor + "\">" +
         escaped(text) + "</text>\n";
}

} // namespace

// The rate that is charted is that of the operations where the kernel has any, else that of the bytes. The roof is the
// rate at which the slower of the two peaks would be reached.
std::string chartText(const json &report, bool html) {
  const json &results = report["results"];
  auto any = [&](const char *rate) {
    return std::any_of(results.begin(), results.end(),
                       [&](const json &entry) { return entry.contains(rate) && entry[rate].get<double>() > 0; });
  };
  const bool ofOperations = any("gflops");
  const char *rate = ofOperations ? "gflops" : "gbs", *unit = ofOperations ? "GFLOP/s" : "GB/s";
  double roof = 0, highest = 0;
  for (const json &entry : results)
    if (entry.contains(rate)) {
      highest = std::max(highest, entry[rate].get<double>());
      if (double share = entry.value("share_of_roof", 0.0); share > 0)
        roof = entry[rate].get<double>() / share;
    }
  constexpr double left = 320, width = 560, barHeight = 18, rowHeight = 26, top = 64;
  const double full = std::max({roof, highest, 1e-12}), bottom = top + rowHeight * static_cast<double>(results.size());
  auto xOf = [&](double value) { return left + width * value / full; };
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1000\" height=\"" + number("%.0f", bottom + 40) +
                    "\" font-family=\"sans-serif\" font-size=\"12\">\n" +
                    "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" +
                    label(10, 22,
                          report["kernel"].get<std::string>() + ", pipeline " + report["pipeline"].get<std::string>() +
                              ", " + unit + " on " + report.value("device", ""));
  double y = top;
  for (const json &entry : results) {
    std::string name = entry["step"].dump() + " " + entry["name"].get<std::string>();
    constexpr size_t longest = 46;
    if (name.size() > longest) {
      name.resize(longest - 3);
      name += "...";
    }
    svg += label(left - 8, y + barHeight - 4, name, "end");
    if (entry.contains(rate)) {
      const double value = entry[rate].get<double>();
      svg += "<rect x=\"" + number("%.1f", left) + "\" y=\"" + number("%.1f", y) + "\" width=\"" +
             number("%.1f", xOf(value) - left) + "\" height=\"" + number("%.1f", barHeight) +
             "\" fill=\"#4878a8\"/>\n" + label(xOf(value) + 4, y + barHeight - 4, number("%.3g", value));
    } else {
      svg += label(left + 4, y + barHeight - 4, entry["status"].get<std::string>());
    }
    y += rowHeight;
  }
  if (roof > 0)
    svg += "<line x1=\"" + number("%.1f", xOf(roof)) + "\" y1=\"" + number("%.1f", top - 8) + "\" x2=\"" +
           number("%.1f", xOf(roof)) + "\" y2=\"" + number("%.1f", bottom) +
           "\" stroke=\"#b03030\" stroke-dasharray=\"5 3\"/>\n" +
           label(xOf(roof), top - 14, "roof " + number("%.4g ", roof) + unit, "middle");
  svg += "</svg>\n";
  return html ? "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" +
                    escaped(report["kernel"].get<std::string>()) + "</title></head><body>\n" + svg + "</body></html>\n"
              : svg;
}

} // namespace loopy
