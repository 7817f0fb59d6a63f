#include "exprs.h"
#include "kernels.h"
#include "sets.h"

namespace loopy::json {
namespace {

Json toJson(const Body &body, RangeWriter &ranges) {
  return std::visit(
      Overloaded{
          [&](const Assign &assign) {
            Json json = {{"kind", "assign"}};
            json["places"] = toJson(assign.lhs, ranges);
            json["values"] = toJson(assign.rhs, ranges);
            if (assign.atomic)
              json["atomic"] = true;
            return json;
          },
          [&](const CallBody &call) {
            Json json = {{"kind", "call"}, {"function", call.callee}};
            json["results"] = toJson(call.results, ranges);
            json["args"] = Json::array();
            for (const auto &arg : call.args)
              if (const Expr *e = std::get_if<Expr>(&arg))
                json["args"].push_back(toJson(*e, ranges));
              else
                json["args"].push_back({{"kind", "part"},
                                        {"inames", std::get<SubArray>(arg).inames},
                                        {"access", toJson(std::get<SubArray>(arg).access, ranges)}});
            return json;
          },
          [](const Nop &) {
            return Json{{"kind", "nop"}};
          },
          [](const Barrier &barrier) {
            return Json{{"kind", "barrier"}, {"scope", barrier.scope == Barrier::Scope::Local ? "local" : "global"}};
          }},
      body);
}

Json toJson(const Origin &origin, RangeWriter &ranges) {
  Json json = {{"statement", origin.statement}, {"inames", Json::array()}};
  for (const auto &[iname, value] : origin.inames)
    json["inames"].push_back({{"iname", iname}, {"value", toJson(value, ranges)}});
  return json;
}

// The statements that each isl object is the domain of first. What is one object stays one: nothing that two statements
// share has to be asked twice.
using DomainOwners = std::map<const isl_set *, std::string>;

Json toJson(const Statement &statement, DomainOwners &owners, RangeWriter &ranges) {
  Json json = {{"id", statement.id}};
  ranges.add(json, statement.source);
  json["inames"] = statement.inames;
  auto [owner, isNew] = owners.emplace(statement.domain.get(), statement.id);
  json["domain"] = isNew ? setToJson(statement.domain) : Json{{"of", owner->second}};
  for (const auto &[name, load] : statement.dataParams)
    json["data"][name] = toJson(load, ranges);
  for (const GuardLiteral &literal : statement.guard)
    json["guard"].push_back({{"load", toJson(literal.load, ranges)}, {"negated", literal.negated}});
  json["body"] = toJson(statement.body, ranges);
  if (statement.reduction)
    json["reduction"] = *statement.reduction;
  if (statement.reductionRole != ReductionRole::None)
    json["reductionRole"] = statement.reductionRole == ReductionRole::Init ? "init" : "update";
  if (!statement.tags.empty())
    json["tags"] = statement.tags;
  if (statement.origin)
    json["origin"] = toJson(*statement.origin, ranges);
  return json;
}

} // namespace

Json statementsToJson(const Kernel &kernel, RangeWriter &ranges) {
  Json list = Json::array();
  DomainOwners owners;
  for (const StatementRef &statement : kernel.statements)
    list.push_back(toJson(*statement, owners, ranges));
  return list;
}

Json treeToJson(const Tree &tree) {
  Json list = Json::array();
  for (const NodeRef &node : tree)
    if (const Loop *loop = node->loop())
      list.push_back({{"loop", loop->iname}, {"body", treeToJson(loop->children)}});
    else
      list.push_back({{"statements", node->leaf()->statements}});
  return list;
}

} // namespace loopy::json
