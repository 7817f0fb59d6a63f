#include "exprs.h"

#include "loopy/ir/chunk_place.h"
#include "loopy/ir/functions.h"

#include <algorithm>
#include <limits>

namespace loopy::json {
namespace {

constexpr unsigned deepest = 2500; // rules expand to at most 2000 levels

double readNumber(const Place &place) {
  if (place.isText()) {
    const std::string text = place.text();
    if (text == "inf" || text == "-inf")
      return text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    if (text == "nan")
      return std::numeric_limits<double>::quiet_NaN();
  }
  if (!place.value().is_number())
    place.fail("This is to be a number, \"inf\", \"-inf\" or \"nan\".");
  return place.value().get<double>();
}

UnaryOp readUnaryOp(const Place &place) {
  return place.oneOf("unary operator", {UnaryOp::Neg, UnaryOp::Not, UnaryOp::BitNot}, [](UnaryOp op) {
    return op == UnaryOp::Neg ? "-" : op == UnaryOp::Not ? "not" : "~";
  });
}

BinaryOp readBinaryOp(const Place &place) {
  return place.oneOf("binary operator",
                     {BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div, BinaryOp::FloorDiv, BinaryOp::Mod,
                      BinaryOp::Pow, BinaryOp::BitAnd, BinaryOp::BitOr, BinaryOp::BitXor, BinaryOp::Shl, BinaryOp::Shr,
                      BinaryOp::Min, BinaryOp::Max},
                     [](BinaryOp op) { return spelling(op); });
}

CompareOp readCompareOp(const Place &place) {
  return place.oneOf("comparison",
                     {CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge, CompareOp::Eq, CompareOp::Ne},
                     [](CompareOp op) { return spelling(op); });
}

LogicalOp readLogicalOp(const Place &place) {
  return place.oneOf("logical operator", {LogicalOp::And, LogicalOp::Or},
                     [](LogicalOp op) { return op == LogicalOp::And ? "and" : "or"; });
}

} // namespace

Type readType(const Place &place) {
  if (std::optional<Type> type = parseType(place.text()))
    return *type;
  place.fail("There is no type `" + place.text() + "`.");
}

Expr ExprReader::read(const Place &place) {
  if (++depth_ > deepest)
    place.fail("This expression is more than " + std::to_string(deepest) + " operations deep.");
  const bool isIname = place.member("kind").text() == "iname";
  const Type type = isIname ? indexType : readType(place.member("type"));
  ExprNode node{type, ranges_.read(place), readData(place, type)};
  --depth_;
  try {
    return kernel_.context->make(std::move(node));
  } catch (const IllFormed &problem) {
    place.fail("This expression is ill-formed: " + problem.why() + ".");
  }
}

std::vector<Expr> ExprReader::readList(const Place &place) {
  std::vector<Expr> result;
  for (const Place &item : place.items())
    result.push_back(read(item));
  return result;
}

Expr ExprReader::readLoad(const Place &place) {
  const Expr e = read(place);
  if (!e.is<Load>())
    place.fail("This is to be a load.");
  return e;
}

Expr ExprReader::readInteger(const Place &place) {
  const Expr e = read(place);
  if (!e.type().isInteger() || e.type().isVector())
    place.fail("This is to be an integer, and it is a " + e.type().name() + ".");
  return e;
}

Expr ExprReader::readExtent(const Place &place) {
  const Expr e = readInteger(place);
  forEach(e, [&](Expr part) {
    if (part.is<InameRef>() || part.is<Load>() || part.is<CallExpr>() || part.is<RuleUse>())
      place.fail("This is to be made of integer parameters and numbers.");
  });
  return e;
}

ExprNode::Data ExprReader::readData(const Place &place, Type type) {
  const Place kindPlace = place.member("kind");
  const std::string kind = kindPlace.text();
  if (kind == "constant")
    return readConstant(place, type);
  if (kind == "param") {
    place.allowOnly({"kind", "name", "type", "at"});
    const Place name = place.member("name");
    const Param *param = kernel_.findParam(name.text());
    std::vector<std::string> names;
    for (const Param &each : kernel_.params)
      names.push_back(each.name);
    if (!param)
      name.fail(unknownName("parameter", name.text(), names));
    if (param->type != type)
      place.fail("The parameter `" + param->name + "` is a " + param->type.name() + ", not a " + type.name() + ".");
    return ParamRef{param->name};
  }
  if (kind == "iname") {
    place.allowOnly({"kind", "name", "at"});
    const Place name = place.member("name");
    if (std::find(inames_.begin(), inames_.end(), name.text()) == inames_.end())
      name.fail(unknownName("iname that may stand here", name.text(), inames_));
    return InameRef{name.text()};
  }
  if (kind == "load")
    return readLoadData(place, type);
  if (kind == "call")
    return readCall(place, type);
  if (kind == "rule")
    return readRuleUse(place, type);
  const std::vector<std::string> kinds = {"constant", "param",   "iname",  "load", "unary", "binary",
                                          "compare",  "logical", "select", "cast", "call",  "rule"};
  if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
    kindPlace.fail(unknownName("kind of expression", kind, kinds));
  const bool hasOperator = kind != "select" && kind != "cast";
  if (hasOperator)
    place.allowOnly({"kind", "op", "args", "type", "at"});
  else
    place.allowOnly({"kind", "args", "type", "at"});
  const std::vector<Expr> args = readArgs(place, kind == "select" ? 3 : kind == "unary" || kind == "cast" ? 1 : 2);
  if (kind == "unary")
    return Unary{readUnaryOp(place.member("op")), args[0]};
  if (kind == "binary")
    return Binary{readBinaryOp(place.member("op")), args[0], args[1]};
  if (kind == "compare")
    return Compare{readCompareOp(place.member("op")), args[0], args[1]};
  if (kind == "logical")
    return Logical{readLogicalOp(place.member("op")), args[0], args[1]};
  if (kind == "select")
    return Select{args[0], args[1], args[2]};
  if (args[0].type().isComplex() && !type.isComplex())
    place.fail("A complex number is cast to a real one.");
  return Cast{args[0]};
}

std::vector<Expr> ExprReader::readArgs(const Place &place, size_t count) {
  const Place list = place.member("args");
  std::vector<Expr> args = readList(list);
  if (args.size() != count)
    list.fail("There are to be " + std::to_string(count) + " operands, and there are " + std::to_string(args.size()) +
              ".");
  return args;
}

Constant ExprReader::readConstant(const Place &place, Type type) const {
  place.allowOnly({"kind", "value", "type", "at"});
  const Place value = place.member("value");
  if (type.isBool())
    return {value.flag()};
  if (type.isInteger())
    return {value.integer(INT64_MIN, INT64_MAX)};
  if (type.isFloat())
    return {readNumber(value)};
  const std::vector<Place> parts = value.items();
  if (parts.size() != 2)
    value.fail("A complex number is [REAL, IMAGINARY].");
  return {std::complex<double>(readNumber(parts[0]), readNumber(parts[1]))};
}

Load ExprReader::readLoadData(const Place &place, Type type) {
  place.allowOnly({"kind", "array", "index", "type", "at"});
  const Place name = place.member("array");
  const Array *array = kernel_.findArray(name.text());
  if (!array)
    name.fail(unknownName("array", name.text(), kernel_.arrayNames()));
  if (array->type != type)
    place.fail("The elements of `" + array->name + "` are " + array->type.name() + ", not " + type.name() + ".");
  const Place index = place.member("index");
  Load load{array->name, {}};
  for (const Place &item : index.items())
    load.index.push_back(readInteger(item));
  if (load.index.size() != array->rank())
    index.fail("`" + array->name + "` has " + std::to_string(array->rank()) + " axes, and there are " +
               std::to_string(load.index.size()) + " subscripts.");
  return load;
}

CallExpr ExprReader::readCall(const Place &place, Type type) {
  place.allowOnly({"kind", "function", "args", "type", "at"});
  const Place name = place.member("function");
  CallExpr call{name.text(), readList(place.member("args"))};
  std::vector<Type> types;
  for (Expr arg : call.args)
    types.push_back(arg.type());
  if (call.function == chunkPlaceFunction) {
    if (type != indexType || !asChunkPlace(kernel_.context->call(call.function, call.args, type)))
      place.fail("`chunk_place` takes an integer, a positive constant and an integer, and gives an int32.");
    return call;
  }
  if (const FunctionInfo *known = findFunction(call.function)) {
    const std::optional<CallTyping> typing = known->operation ? std::nullopt : typeOfCall(*known, types);
    const bool isGood = typing && typing->result == type &&
                        std::all_of(types.begin(), types.end(), [&](Type each) { return each == typing->argument; });
    if (!isGood)
      place.fail("`" + call.function + "` does not take these arguments and give a " + type.name() + ".");
    return call;
  }
  auto declared = std::find_if(kernel_.functions.begin(), kernel_.functions.end(),
                               [&](const FunctionDecl &function) { return function.name == call.function; });
  if (declared == kernel_.functions.end()) {
    std::vector<std::string> names = functionNames();
    for (const FunctionDecl &function : kernel_.functions)
      names.push_back(function.name);
    name.fail(unknownName("function", call.function, names));
  }
  auto isIn = [](Role role) { return role == Role::In; };
  if (!declared->pure || declared->result != type || declared->roles.size() != call.args.size() ||
      !std::all_of(declared->roles.begin(), declared->roles.end(), isIn))
    place.fail("`" + call.function + "` is no pure function of " + std::to_string(call.args.size()) +
               " values that gives a " + type.name() + ".");
  return call;
}

RuleUse ExprReader::readRuleUse(const Place &place, Type) {
  place.allowOnly({"kind", "rule", "tag", "args", "type", "at"});
  const Place name = place.member("rule");
  const Rule *rule = kernel_.findRule(name.text());
  std::vector<std::string> names;
  for (const Rule &each : kernel_.rules)
    names.push_back(each.name);
  if (!rule)
    name.fail(unknownName("rule", name.text(), names));
  RuleUse use{rule->name, readArgs(place, rule->params.size()), ""};
  for (Expr arg : use.args)
    if (!arg.type().isInteger() || arg.type().isVector())
      place.fail("The arguments of a rule are integers.");
  if (std::optional<Place> tag = place.find("tag"))
    use.tag = tag->name();
  return use;
}

} // namespace loopy::json
