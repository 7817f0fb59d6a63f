// The one sentence that tells a user which two instances are in each other's way.
#include "loopy/analysis/prove.h"

#include "loopy/ir/affine.h"

namespace loopy {
namespace {

struct Instance {
  std::string statement;
  std::vector<std::pair<std::string, std::string>> values; // iname, value as text
};

// The instance in the user's own inames where the origin is known, else in the current ones.
Instance instanceOf(const Kernel &kernel, const std::string &id, const poly::Point &point, bool isPrimed) {
  const Statement &statement = kernel.statement(id);
  const isl::ctx ctx = kernel.context->isl();
  isl::set at = poly::universe(ctx);
  auto valueOf = [&](const std::string &iname) { return point.find(isPrimed ? primed(iname) : iname); };
  for (const Param &param : kernel.params)
    if (auto it = point.find(param.name); it != point.end())
      at = at.intersect(poly::paramAff(ctx, param.name).eq_set(poly::constantAff(ctx, it->second)));
  for (const std::string &iname : statement.inames)
    if (auto it = valueOf(iname); it != point.end())
      at = at.intersect(poly::paramAff(ctx, iname).eq_set(poly::constantAff(ctx, it->second)));

  Instance instance{id, {}};
  auto add = [&](const std::string &name, const std::optional<isl::pw_aff> &value) {
    std::optional<int64_t> number = value ? poly::constantValue(*value, at) : std::nullopt;
    instance.values.emplace_back(name, number ? std::to_string(*number) : "?");
  };
  if (statement.origin) {
    instance.statement = statement.origin->statement;
    for (const auto &[name, value] : statement.origin->inames)
      add(name, toAffine(*kernel.context, value));
  } else {
    for (const std::string &iname : statement.inames)
      add(iname, poly::paramAff(ctx, iname));
  }
  return instance;
}

// Both ends, the source first. Where the user's inames do not tell two instances apart, the current ones do that.
std::pair<Instance, Instance> instancesOf(const Kernel &kernel, const Violation &violation) {
  Instance source = instanceOf(kernel, violation.source, violation.point, false),
           sink = instanceOf(kernel, violation.sink, violation.point, true);
  if (source.statement != sink.statement || source.values != sink.values || violation.source != violation.sink)
    return {source, sink};
  for (const std::string &iname : kernel.statement(violation.source).inames) {
    const auto first = violation.point.find(iname), second = violation.point.find(primed(iname));
    if (first == violation.point.end() || second == violation.point.end() || first->second == second->second)
      continue;
    source.values.emplace_back(iname, std::to_string(first->second));
    sink.values.emplace_back(iname, std::to_string(second->second));
  }
  return {source, sink};
}

std::string text(const Instance &instance) {
  std::string values;
  for (const auto &[name, value] : instance.values)
    values += (values.empty() ? "" : ", ") + name + "=" + value;
  return "`" + instance.statement + (values.empty() ? "" : "[" + values + "]") + "`";
}

} // namespace

Violation violationOf(const Conflict &conflict, bool firstIsSource) {
  const AccessInfo &source = firstIsSource ? conflict.first() : conflict.second();
  const AccessInfo &sink = firstIsSource ? conflict.second() : conflict.first();
  Violation violation;
  violation.array = violation.element = conflict.array();
  violation.source = conflict.table().statement(source.statement).id;
  violation.sink = conflict.table().statement(sink.statement).id;
  violation.sourceWrites = source.isWrite;
  violation.sinkWrites = sink.isWrite;
  return violation;
}

std::string elementText(const AccessTable &table, const AccessInfo &access, const poly::Point &point) {
  isl::set at = poly::universe(table.ctx());
  for (const auto &[name, value] : point)
    at = at.intersect(poly::paramAff(table.ctx(), name).eq_set(poly::constantAff(table.ctx(), value)));
  const Array &array = table.kernel().array(access.load.as<Load>()->array);
  std::string text;
  for (size_t axis = array.implicitAxes; axis < access.index.size(); ++axis) {
    std::optional<int64_t> value = access.index[axis] ? poly::constantValue(*access.index[axis], at) : std::nullopt;
    text += (text.empty() ? "" : ", ") + (value ? std::to_string(*value) : std::string("..."));
  }
  return text.empty() ? array.name : array.name + "[" + text + "]";
}

// The point speaks of the source without primes and of the sink with primes.
poly::Point setPoint(Violation &violation, const Conflict &conflict, bool firstIsSource, const isl::set &pairs) {
  const Kernel &kernel = conflict.table().kernel();
  poly::Point point = poly::samplePoint(pairs, kernel.integerParams()).value_or(poly::Point{});
  for (const Param &param : kernel.params)
    if (auto it = point.find(param.name); it != point.end())
      violation.point[param.name] = it->second;
  for (const std::string &iname : conflict.firstStatement().inames)
    if (auto it = point.find(iname); it != point.end())
      violation.point[firstIsSource ? iname : primed(iname)] = it->second;
  for (const std::string &iname : conflict.secondStatement().inames)
    if (auto it = point.find(primed(iname)); it != point.end())
      violation.point[firstIsSource ? primed(iname) : iname] = it->second;
  return point;
}

static std::string paramsText(const Kernel &kernel, const Violation &violation) {
  std::string params;
  for (const Param &param : kernel.params)
    if (auto it = violation.point.find(param.name); it != violation.point.end())
      params += (params.empty() ? "" : ", ") + param.name + "=" + std::to_string(it->second);
  return params.empty() ? "" : "for " + params + ", ";
}

std::string describeSharing(const Kernel &kernel, const Violation &violation) {
  const auto [source, sink] = instancesOf(kernel, violation);
  return paramsText(kernel, violation) + text(source) + (violation.sourceWrites ? " writes" : " reads") +
         " an element, and " + text(sink) + ", which does not run later, " +
         (violation.sinkWrites ? "writes" : "reads") + " another one in the same cell";
}

std::string describe(const Kernel &kernel, const Violation &violation) {
  if (violation.undecided)
    return "whether `" + violation.source + "` and `" + violation.sink + "` touch the same element of `" +
           violation.array +
           "` could not be decided within the budget of integer-set operations, so they count as "
           "dependent";
  const char *first = violation.sourceWrites ? " writes `" : " reads `";
  const char *second = violation.sinkWrites ? " writes" : " reads";
  const auto [source, sink] = instancesOf(kernel, violation);
  return paramsText(kernel, violation) + text(source) + first + violation.element + "`, which " + text(sink) + second +
         " later";
}

} // namespace loopy
