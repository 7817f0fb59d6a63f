#include "exprs.h"
#include "kernels.h"
#include "sets.h"

namespace loopy::json {
namespace {

template <class Texts> Json listOf(const Texts &texts) {
  Json list = Json::array();
  for (const auto &text : texts)
    list.push_back(text);
  return list;
}

// Members that hold nothing are left out.
template <class List> void addList(Json &json, const char *key, const List &list) {
  if (!list.empty())
    json[key] = listOf(list);
}

Json toJson(const Param &param, RangeWriter &ranges) {
  Json json = {{"name", param.name}, {"type", param.type.name()}};
  ranges.add(json, param.source);
  return json;
}

Json toJson(const Array &array, RangeWriter &ranges) {
  Json json = {{"name", array.name}, {"type", array.type.name()}, {"role", spelling(array.role)}};
  json["shape"] = toJson(array.shape, ranges);
  if (array.implicitAxes)
    json["implicitAxes"] = array.implicitAxes;
  if (array.layout.columnMajor)
    json["order"] = "F";
  if (!array.layout.strides.empty())
    json["strides"] = toJson(array.layout.strides, ranges);
  if (array.layout.offset)
    json["offset"] = toJson(array.layout.offset, ranges);
  if (array.layout.alignment)
    json["align"] = array.layout.alignment;
  if (array.space)
    json["space"] = spelling(*array.space);
  for (const auto &[iname, copies] : array.copies)
    json["copies"][iname] = copies;
  addList(json, "padding", array.padding);
  if (const auto &swizzle = array.swizzle)
    json["swizzle"] = {{"axis", swizzle->axis}, {"by", swizzle->by}, {"granule", swizzle->granule}};
  addList(json, "tags", array.tags);
  addList(json, "axisNames", array.axisNames);
  if (!array.aliasGroup.empty())
    json["aliasGroup"] = array.aliasGroup;
  if (array.isImage)
    json["image"] = true;
  ranges.add(json, array.source);
  return json;
}

Json toJson(const Home &home, RangeWriter &ranges) {
  Json json = {{"name", home.name}, {"type", home.type.name()}, {"role", spelling(home.role)}};
  json["shape"] = toJson(home.shape, ranges);
  json["parts"] = Json::array();
  for (const Home::Part &part : home.parts) {
    Json one = {{"access", toJson(part.access, ranges)}};
    for (const auto &[index, value] : part.conditions)
      one["conditions"].push_back({{"index", toJson(index, ranges)}, {"value", value}});
    json["parts"].push_back(std::move(one));
  }
  ranges.add(json, home.source);
  return json;
}

Json toJson(const Preamble &preamble, RangeWriter &ranges) {
  Json json = {{"target", preamble.target}, {"text", preamble.text}};
  ranges.add(json, preamble.source);
  return json;
}

Json toJson(const Rule &rule, RangeWriter &ranges) {
  Json json = {{"name", rule.name}, {"params", listOf(rule.params)}, {"body", toJson(rule.body, ranges)}};
  ranges.add(json, rule.source);
  return json;
}

Json toJson(const ReductionInfo &reduction, RangeWriter &) {
  return {{"id", reduction.id},
          {"op", spelling(reduction.op)},
          {"inames", listOf(reduction.inames)},
          {"accumulators", listOf(reduction.accumulators)}};
}

Json toJson(const Fact &fact, RangeWriter &ranges) {
  return std::visit(Overloaded{[&](const DisjointFact &disjoint) {
                                 Json json = {{"kind", "disjoint"}, {"array", disjoint.array}};
                                 json["index"] = toJson(disjoint.index, ranges);
                                 json["value"] = toJson(disjoint.value, ranges);
                                 ranges.add(json, disjoint.source);
                                 return json;
                               },
                               [&](const TrustedFact &trusted) {
                                 Json json = {{"kind", "trusted"}, {"array", trusted.array}};
                                 json["statements"] = {trusted.first, trusted.second};
                                 ranges.add(json, trusted.source);
                                 return json;
                               }},
                    fact);
}

Json toJson(const FunctionDecl &function, RangeWriter &ranges) {
  Json json = {{"name", function.name}, {"roles", Json::array()}};
  for (Role role : function.roles)
    json["roles"].push_back(spelling(role));
  if (function.result)
    json["result"] = function.result->name();
  json["pure"] = function.pure;
  if (function.kernel)
    json["kernel"] = loopy::json::toJson(*function.kernel, ranges);
  ranges.add(json, function.source);
  return json;
}

Json toJson(const Iname &iname, RangeWriter &ranges) {
  Json json = {{"name", iname.name}};
  if (std::string tag = iname.tag.name(); !tag.empty())
    json["tag"] = tag;
  if (!iname.turnsWith.empty())
    json["turnsWith"] = iname.turnsWith;
  ranges.add(json, iname.source);
  return json;
}

template <class List> void addAll(Json &json, const char *key, const List &list, RangeWriter &ranges) {
  if (list.empty())
    return;
  json[key] = Json::array();
  for (const auto &item : list)
    json[key].push_back(toJson(item, ranges));
}

} // namespace

Json toJson(const Kernel &kernel, RangeWriter &ranges) {
  Json json = {{"name", kernel.name}};
  ranges.add(json, kernel.source);
  json["arguments"] = listOf(kernel.argumentOrder);
  addAll(json, "params", kernel.params, ranges);
  addAll(json, "arrays", kernel.arrays, ranges);
  addAll(json, "homes", kernel.homes, ranges);
  json["assumptions"] = setToJson(kernel.assumptions);
  for (const auto &[name, value] : kernel.fixedParams)
    json["fixed"][name] = value;
  addAll(json, "functions", kernel.functions, ranges);
  if (kernel.preambles)
    addAll(json, "preambles", *kernel.preambles, ranges);
  addAll(json, "inames", kernel.inames, ranges);
  addAll(json, "rules", kernel.rules, ranges);
  addAll(json, "reductions", kernel.reductions, ranges);
  addAll(json, "facts", kernel.facts, ranges);
  json["statements"] = statementsToJson(kernel, ranges);
  json["tree"] = treeToJson(kernel.tree);
  return json;
}

} // namespace loopy::json
