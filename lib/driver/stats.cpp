#include "loopy/check/stats.h"

#include "loopy/check/inputs.h"
#include "loopy/driver/commands.h"

#include <llvm/Support/raw_ostream.h>
#include <nlohmann/json.hpp>

namespace loopy {

using nlohmann::json;

namespace {

class StatsPrinter {
public:
  StatsPrinter(Session &session, const Kernel &kernel, const Sizes &sizes)
      : out_(session.out()), context_(kernel.assumptions), hasSizes_(sizes.size() >= kernel.integerParams().size()) {}

  // "n*m", "n*m = 15", "only for given sizes", "depends on data"
  std::string text(const Amount &amount) const {
    const std::string value = amount.value ? std::to_string(*amount.value) : "";
    if (amount.formula) {
      std::string formula = amount.formula->text(context_);
      constexpr size_t longest = 200;
      if (formula.size() > longest)
        formula = "a formula in pieces, which --json writes";
      return formula == value || value.empty() ? formula : formula + " = " + value;
    }
    if (!value.empty())
      return value + " (no formula: counted at these sizes)";
    return hasSizes_ ? "not counted: it depends on data or is too much to count"
                     : "no formula; with sizes (-D) it is counted, unless it depends on data";
  }

  json toJson(const Amount &amount) const {
    json result = {{"formula", nullptr}, {"value", nullptr}};
    if (amount.formula)
      result["formula"] = amount.formula->text(context_);
    if (amount.value)
      result["value"] = *amount.value;
    return result;
  }

  void line(const std::string &name, const Amount &amount) const {
    if (amount.formula && amount.formula->pieces.empty())
      return;
    out_ << "    " << name << ": " << text(amount) << "\n";
  }

private:
  llvm::raw_ostream &out_;
  isl::set context_;
  bool hasSizes_;
};

json toJson(const KernelStats &stats, const StatsPrinter &printer) {
  json result = {{"format", "loopyc stats 1"},
                 {"statements", json::object()},
                 {"operations", json::array()},
                 {"arrays", json::array()},
                 {"device_kernels", json::array()}};
  for (const auto &[id, amount] : stats.instances)
    result["statements"][id] = printer.toJson(amount);
  for (const OperationCount &operation : stats.operations)
    result["operations"].push_back(
        {{"kind", operation.kind}, {"type", operation.type.name()}, {"count", printer.toJson(operation.count)}});
  for (const ArrayTraffic &traffic : stats.traffic) {
    json entry = {{"array", traffic.array},
                  {"temporary", traffic.isTemp},
                  {"bytes_read", printer.toJson(traffic.readAccessed)},
                  {"bytes_written", printer.toJson(traffic.writtenAccessed)}};
    if (!traffic.isTemp) {
      entry["footprint_read"] = printer.toJson(traffic.readTouched);
      entry["footprint_written"] = printer.toJson(traffic.writtenTouched);
    }
    result["arrays"].push_back(std::move(entry));
  }
  for (const DeviceKernelStats &device : stats.deviceKernels)
    result["device_kernels"].push_back({{"name", device.name},
                                        {"work_groups", device.groups},
                                        {"work_items_per_group", device.items},
                                        {"barriers", device.barriers},
                                        {"local_bytes", device.localBytes},
                                        {"private_bytes", device.privateBytes}});
  return result;
}

void print(Session &session, const KernelStats &stats, const StatsPrinter &printer) {
  llvm::raw_ostream &out = session.out();
  out << "  executions of statements\n";
  for (const auto &[id, amount] : stats.instances)
    printer.line(id, amount);
  out << "  operations\n";
  for (const OperationCount &operation : stats.operations)
    printer.line(operation.kind + " " + operation.type.name(), operation.count);
  out << "  bytes\n";
  for (const ArrayTraffic &traffic : stats.traffic) {
    printer.line(traffic.array + " read, each access", traffic.readAccessed);
    printer.line(traffic.array + " read, each element once", traffic.readTouched);
    printer.line(traffic.array + " written, each access", traffic.writtenAccessed);
    printer.line(traffic.array + " written, each element once", traffic.writtenTouched);
  }
  for (const DeviceKernelStats &device : stats.deviceKernels)
    out << "  device kernel " << device.name << ": work-groups " << (device.groups.empty() ? "1" : device.groups)
        << ", work-items in each " << (device.items.empty() ? "1" : device.items) << ", barriers in its text "
        << device.barriers << ", local memory " << device.localBytes << " bytes, private arrays " << device.privateBytes
        << " bytes\n";
}

} // namespace

ExitStatus statsCommand(Session &session, const StatsCommand &options) {
  Module module = loadModule(session, options.selection);
  const Job job = selectOne(session, module, options.selection);
  const Kernel defined = definedKernel(session, module, job, options.selection);
  const Arguments given = givenArguments(defined, options.sizes, {});
  narrowToArguments(defined, given); // refuses sizes that the assumptions exclude
  const PipelineResult transformed = transform(session, module, job, options.selection);
  Sizes sizes = transformed.kernel.fixedParams;
  for (const auto &[name, value] : given)
    if (value.type.isInteger() && value.shape.empty())
      sizes[name] = integerOf(value);
  const Kernel live = liveKernel(transformed.kernel);
  session.showProgress(live.name + ": counting");
  const Mapping mapping = mapToTarget(live, makeTarget(options.target, nullptr));
  const KernelStats stats = collectStats(live, mapping, sizes);
  const StatsPrinter printer(session, live, sizes);
  session.showProgress("");
  if (options.json.empty() || options.json != "-") {
    session.out() << live.name << " (pipeline " << job.name << ")\n";
    print(session, stats, printer);
  }
  if (!options.json.empty()) {
    json report = toJson(stats, printer);
    report["kernel"] = live.name;
    report["pipeline"] = job.name;
    report["sizes"] = sizes;
    if (options.json == "-")
      session.out() << report.dump(2) << "\n";
    else
      writeText(options.json, report.dump(2) + "\n");
  }
  return ExitStatus::Good;
}

} // namespace loopy
