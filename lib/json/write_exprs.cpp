#include "exprs.h"

#include <cmath>

namespace loopy::json {
namespace {

// JSON has no infinities and no NaN.
Json number(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value > 0 ? "inf" : "-inf";
  return value;
}

const char *spellingOf(UnaryOp op) { return op == UnaryOp::Neg ? "-" : op == UnaryOp::Not ? "not" : "~"; }

Json valueOf(const Constant &constant) {
  return std::visit(Overloaded{[](bool value) { return Json(value); }, [](int64_t value) { return Json(value); },
                               [](double value) { return number(value); },
                               [](std::complex<double> value) {
                                 return Json::array({number(value.real()), number(value.imag())});
                               }},
                    constant.value);
}

} // namespace

Json toJson(const std::vector<Expr> &exprs, RangeWriter &ranges) {
  Json list = Json::array();
  for (Expr e : exprs)
    list.push_back(toJson(e, ranges));
  return list;
}

Json toJson(Expr e, RangeWriter &ranges) {
  Json json = Json::object();
  auto begin = [&](const char *kind) { json["kind"] = kind; };
  auto args = [&](const std::vector<Expr> &list) { json["args"] = toJson(list, ranges); };
  visit(e,
        Overloaded{[&](const Constant &c) {
                     begin("constant");
                     json["value"] = valueOf(c);
                   },
                   [&](const ParamRef &p) {
                     begin("param");
                     json["name"] = p.name;
                   },
                   [&](const InameRef &i) {
                     begin("iname");
                     json["name"] = i.name;
                   },
                   [&](const Load &l) {
                     begin("load");
                     json["array"] = l.array;
                     json["index"] = toJson(l.index, ranges);
                   },
                   [&](const Unary &u) {
                     begin("unary");
                     json["op"] = spellingOf(u.op);
                     args({u.operand});
                   },
                   [&](const Binary &b) {
                     begin("binary");
                     json["op"] = spelling(b.op);
                     args({b.lhs, b.rhs});
                   },
                   [&](const Compare &c) {
                     begin("compare");
                     json["op"] = spelling(c.op);
                     args({c.lhs, c.rhs});
                   },
                   [&](const Logical &l) {
                     begin("logical");
                     json["op"] = l.op == LogicalOp::And ? "and" : "or";
                     args({l.lhs, l.rhs});
                   },
                   [&](const Select &s) {
                     begin("select");
                     args({s.condition, s.ifTrue, s.ifFalse});
                   },
                   [&](const Cast &c) {
                     begin("cast");
                     args({c.operand});
                   },
                   [&](const CallExpr &c) {
                     begin("call");
                     json["function"] = c.function;
                     args(c.args);
                   },
                   [&](const RuleUse &r) {
                     begin("rule");
                     json["rule"] = r.rule;
                     if (!r.tag.empty())
                       json["tag"] = r.tag;
                     args(r.args);
                   },
                   [&](const Reduce &) { throw InternalError("a reduction that is not realised stands in the IR"); }});
  if (!e.is<InameRef>())
    json["type"] = e.type().name();
  ranges.add(json, e.range());
  return json;
}

} // namespace loopy::json
