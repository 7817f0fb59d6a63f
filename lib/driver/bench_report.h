// What `bench` found, as JSON, as text and as a chart. The JSON is the one form that the others are made from.
#pragma once

#include "measure.h"

namespace loopy {

// "12.5 ms", "3.2 us"
std::string timeText(double seconds);
std::string number(const char *format, double value);

// One measured variant as an entry of "results": times, rates, share of the roof. `head` holds "float_operations",
// "bytes" and "peaks" as far as they are known.
nlohmann::json resultEntry(const nlohmann::json &head, int step, const std::string &name, const Measurement &measured);

// The report of one measurement, and the table of several.
std::string benchText(const nlohmann::json &report);
std::string stepsText(const nlohmann::json &report);
// A bar for each entry and a line for the roof; SVG, in a page if `html`.
std::string chartText(const nlohmann::json &report, bool html);

// Compares reports of the same form, entry by entry. An entry is faster or slower only where the quartiles of the two
// do not overlap. UserError, with the `name` of the file, where one is no report.
std::string compareText(const nlohmann::json &before, const nlohmann::json &after, const std::string &beforeName,
                        const std::string &afterName);
enum class Verdict { Faster, Slower, Same };
Verdict compareSpreads(const Spread &before, const Spread &after);

} // namespace loopy
