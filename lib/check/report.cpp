#include "report.h"

#include "loopy/check/check.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace loopy {

namespace {

std::string plural(size_t count, const std::string &noun, const std::string &many = "") {
  return std::to_string(count) + " " + (count == 1 ? noun : many.empty() ? noun + "s" : many);
}

std::string number(const char *format, double value) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string kernelLine(const DeviceKernel &kernel) {
  std::string line = "device kernel " + kernel.name + ": groups";
  bool any = false;
  for (unsigned n = 0; n < 3; ++n)
    if (const AxisExtent &axis = kernel.axes[groupAxis(n)]; axis.used) {
      line += (any ? " x " : " ") + toString(axis.extent);
      any = true;
    }
  line += any ? " of " : " 1 of ";
  any = false;
  for (unsigned n = 0; n < 3; ++n)
    if (const AxisExtent &axis = kernel.axes[localAxis(n)]; axis.used) {
      line += (any ? " x " : "") + std::to_string(axis.constant);
      any = true;
    }
  line += any ? " work-items" : "1 work-item";
  if (kernel.localBytes)
    line += ", " + std::to_string(kernel.localBytes) + " bytes of local memory";
  if (kernel.privateBytes)
    line += ", " + std::to_string(kernel.privateBytes) + " bytes of private temporaries";
  return line;
}

std::string storageText(const Storage &storage) {
  std::string extents;
  for (const StorageAxis &axis : storage.axes)
    if (!axis.dropped)
      extents += (extents.empty() ? "" : " x ") +
                 (axis.constantExtent ? std::to_string(*axis.constantExtent) : toString(axis.extent));
  return storage.array + " " + spelling(storage.space) + (extents.empty() ? "" : " " + extents) +
         (storage.memoryOf.empty() ? "" : " in the memory of " + storage.memoryOf);
}

} // namespace

std::vector<std::string> summarizeMapping(const Mapping &mapping) {
  std::vector<std::string> lines;
  for (const DeviceKernel &kernel : mapping.kernels)
    lines.push_back(kernelLine(kernel));
  std::string storage;
  for (const auto &[array, place] : mapping.storage)
    storage += (storage.empty() ? "temporaries: " : ", ") + storageText(place);
  if (!storage.empty())
    lines.push_back(storage);
  if (mapping.barriers.empty())
    lines.push_back("no barriers");
  std::map<std::string, size_t> barriers; // equal ones are listed once
  for (const BarrierPlace &barrier : mapping.barriers)
    ++barriers["in " + mapping.kernels.at(barrier.kernel).name + " for " + barrier.reason];
  for (const auto &[text, times] : barriers)
    lines.push_back(plural(times, "barrier") + " " + text);
  return lines;
}

std::string describeFact(const Fact &fact) {
  return std::visit(Overloaded{[](const DisjointFact &disjoint) {
                                 std::string subscripts;
                                 for (Expr e : disjoint.index)
                                   subscripts += (subscripts.empty() ? "" : ", ") + toString(e);
                                 return "different values of " + toString(disjoint.value) +
                                        " mean different elements " + disjoint.array + "[" + subscripts + "]";
                               },
                               [](const TrustedFact &trusted) {
                                 return "no dependence through " + trusted.array + " joins " + trusted.first + " and " +
                                        trusted.second;
                               }},
                    fact);
}

std::string printSizes(const Sizes &sizes) {
  std::string text;
  for (const auto &[name, value] : sizes)
    text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(value);
  return text.empty() ? "no parameters" : text;
}

std::string reportHead(const std::string &kernel, const std::string &pipeline) {
  return kernel + (pipeline == "none" ? ": without a pipeline" : ": pipeline " + pipeline);
}

namespace {

class ReportPrinter {
public:
  ReportPrinter(const CheckReport &report, const Sources &sources) : report_(report), sources_(sources) {}

  std::string print() {
    out_ << report_.kernel << ", "
         << (report_.pipeline == "none" ? "without a pipeline" : "pipeline " + report_.pipeline) << "\n";
    printBounds("bounds, as written", report_.bounds);
    printBounds("bounds, transformed", report_.transformedBounds);
    printSteps();
    for (const std::string &fact : report_.facts)
      out_ << "  your word: " << fact << "\n";
    out_ << "  every instance of the domains is executed once: proved, for C and for OpenCL\n";
    for (const std::string &line : report_.mapping)
      out_ << "  " << line << "\n";
    for (const std::string &note : report_.notes)
      out_ << "  note: " << note << "\n";
    printRuns();
    out_ << verdict() << "\n";
    return out_.str();
  }

private:
  static size_t count(const std::vector<BoundsFinding> &findings, BoundsFinding::Verdict verdict) {
    return static_cast<size_t>(std::count_if(findings.begin(), findings.end(),
                                             [&](const BoundsFinding &finding) { return finding.verdict == verdict; }));
  }

  std::string place(SourceRange range) const {
    if (!range.isValid())
      return "";
    LineColumn at = sources_.lineColumn(range.file, range.begin);
    return sources_.name(range.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  }

  void printBounds(const char *title, const std::vector<BoundsFinding> &findings) {
    using Verdict = BoundsFinding::Verdict;
    out_ << "  " << title << ": " << plural(count(findings, Verdict::Proved), "access", "accesses") << " proved";
    if (size_t assumed = count(findings, Verdict::Assumed))
      out_ << ", " << assumed << " assumed";
    if (size_t refuted = count(findings, Verdict::Refuted))
      out_ << ", " << refuted << " REFUTED";
    out_ << "\n";
    std::set<std::string> printed;
    for (const BoundsFinding &finding : findings) {
      if (finding.verdict == Verdict::Proved)
        continue;
      std::string line = place(finding.range) + "`" + finding.access + "` in " + finding.statement +
                         (finding.verdict == Verdict::Refuted ? " is out of bounds: " : " is assumed: ") +
                         finding.detail;
      if (printed.insert(line).second)
        out_ << "    " << line << "\n";
    }
  }

  void printSteps() {
    if (report_.steps.empty())
      return;
    const size_t approximate = static_cast<size_t>(std::count_if(
        report_.steps.begin(), report_.steps.end(), [](const StepRecord &step) { return step.isApproximate; }));
    out_ << "  " << plural(report_.steps.size(), "step") << " proved";
    if (approximate)
      out_ << ", " << approximate << " of them approximate: their floats agree within a tolerance";
    out_ << "\n";
    size_t width = 0;
    for (const StepRecord &step : report_.steps)
      width = std::max(width, step.text.size());
    width = std::min<size_t>(width, 90);
    for (const StepRecord &step : report_.steps) {
      std::string padding(step.text.size() < width ? width - step.text.size() : 0, ' ');
      out_ << "    " << step.text << padding << number("  %6.1f ms", step.seconds * 1000)
           << (step.isApproximate ? "  approximate" : "") << "\n";
      for (const std::string &note : step.notes)
        out_ << "      " << note << "\n";
    }
  }

  static std::string outcomeText(const CheckedRun::Outcome &outcome) {
    if (!outcome.agrees)
      return " FAILED: " + outcome.message;
    if (outcome.target == "bounds tests")
      return " passed";
    return outcome.largestError == 0 ? " equal" : number(" within %.1e", outcome.largestError);
  }

  void printRuns() {
    if (!report_.ran || report_.runs.empty())
      return;
    out_ << "  compared with the reference program in C, random data of seed " << report_.seed << "\n";
    for (const CheckedRun &run : report_.runs) {
      out_ << "    " << printSizes(run.sizes) << ": ";
      bool first = true;
      for (const CheckedRun::Outcome &outcome : run.outcomes) {
        out_ << (first ? "" : ", ") << outcome.target << outcomeText(outcome);
        first = false;
      }
      out_ << "\n";
    }
    if (report_.device.empty())
      out_ << "    OpenCL not run: " << report_.whyNotOpenCL << ".\n";
  }

  // Nothing disagrees but subscripts that random data took outside of their arrays.
  bool isOnlyOutside() const {
    return std::all_of(report_.runs.begin(), report_.runs.end(), [](const CheckedRun &run) {
      return std::all_of(run.outcomes.begin(), run.outcomes.end(), [](const CheckedRun::Outcome &outcome) {
        return outcome.agrees || outcome.target == "bounds tests";
      });
    });
  }

  std::string verdict() const {
    std::string head = reportHead(report_.kernel, report_.pipeline) + ": ";
    if (!report_.isProved())
      return head + "FAILED (an access is out of bounds)";
    if (!report_.ran)
      return head + "PROVED (not run)";
    if (!report_.passed())
      return head + (isOnlyOutside()
                         ? "FAILED (the data leads outside of an array; --in gives other data than random ones)"
                         : "FAILED (results disagree)");
    std::string where = report_.device.empty() ? "C; OpenCL not run" : "C, OpenCL on " + report_.device;
    return head + (report_.runs.empty() ? "PROVED (not run)" : "PROVED and AGREES (" + where + ")");
  }

  const CheckReport &report_;
  const Sources &sources_;
  std::ostringstream out_;
};

} // namespace

std::string printReport(const CheckReport &report, const Sources &sources) {
  return ReportPrinter(report, sources).print();
}

} // namespace loopy
