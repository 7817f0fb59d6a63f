#include "exprs.h"
#include "kernels.h"
#include "sets.h"

namespace loopy::json {
namespace {

class StatementReader {
public:
  StatementReader(const Place &place, const Kernel &kernel, const RangeReader &ranges)
      : place_(place), kernel_(kernel), exprs_(kernel, ranges), ranges_(ranges) {}

  Statement read() {
    place_.allowOnly(
        {"id", "at", "inames", "domain", "data", "guard", "body", "reduction", "reductionRole", "tags", "origin"});
    statement_.id = place_.member("id").name();
    statement_.source = ranges_.read(place_);
    readInames();
    readData();
    readDomain();
    readGuard();
    statement_.body = readBody(place_.member("body"));
    readReduction();
    for (std::string &tag : place_.texts("tags"))
      statement_.tags.insert(std::move(tag));
    readOrigin();
    return std::move(statement_);
  }

private:
  void readInames() {
    for (const Place &item : place_.member("inames").items()) {
      const std::string iname = item.text();
      if (!kernel_.findIname(iname))
        item.fail(unknownName("iname", iname, kernel_.inameNames()));
      statement_.inames.push_back(iname);
    }
    exprs_.setInames(statement_.inames);
  }

  void readData() {
    std::optional<Place> data = place_.find("data");
    if (!data)
      return;
    for (const auto &[name, load] : data->members()) {
      if (kernel_.findParam(name) || kernel_.findIname(name))
        load.fail("The name `" + name + "` is in use.");
      if (name.empty() || name.find_first_of(" \"\\()+-*/<>=") != std::string::npos)
        load.fail("`" + name + "` cannot be a name.");
      const Expr e = exprs_.readLoad(load);
      if (!e.type().isInteger() || e.type().isVector())
        load.fail("What bounds a loop is an integer.");
      statement_.dataParams.emplace(name, e);
    }
  }

  void readDomain() {
    std::set<std::string> known(statement_.inames.begin(), statement_.inames.end());
    for (const std::string &param : kernel_.integerParams())
      known.insert(param);
    for (const auto &[name, load] : statement_.dataParams)
      known.insert(name);
    const Place domain = place_.member("domain");
    if (std::optional<Place> of = domain.find("of")) {
      domain.allowOnly({"of"});
      const Statement *other = kernel_.findStatement(of->text());
      if (!other)
        of->fail(unknownName("statement before this one", of->text(), kernel_.statementIds()));
      for (const std::string &name : poly::paramNames(other->domain))
        if (!known.count(name))
          of->fail("The domain of `" + other->id + "` mentions `" + name + "`, which this statement does not have.");
      statement_.domain = other->domain;
      return;
    }
    statement_.domain = readSet(kernel_.context->isl(), domain, known);
  }

  void readGuard() {
    std::optional<Place> guard = place_.find("guard");
    if (!guard)
      return;
    for (const Place &item : guard->items()) {
      item.allowOnly({"load", "negated"});
      const Place load = item.member("load");
      statement_.guard.push_back({exprs_.readLoad(load), item.member("negated").flag()});
      if (statement_.guard.back().load.type() != boolType)
        load.fail("What guards a statement is a bool.");
    }
  }

  Body readBody(const Place &body) {
    const Place kindPlace = body.member("kind");
    const std::string kind = kindPlace.text();
    if (kind == "assign") {
      body.allowOnly({"kind", "places", "values", "atomic"});
      Assign assign;
      for (const Place &item : body.member("places").items())
        assign.lhs.push_back(exprs_.readLoad(item));
      assign.rhs = exprs_.readList(body.member("values"));
      if (std::optional<Place> atomic = body.find("atomic"))
        assign.atomic = atomic->flag();
      return assign;
    }
    if (kind == "call")
      return readCall(body);
    if (kind == "nop") {
      body.allowOnly({"kind"});
      return Nop{};
    }
    if (kind == "barrier") {
      body.allowOnly({"kind", "scope"});
      return Barrier{body.member("scope").oneOf(
          "scope", {Barrier::Scope::Local, Barrier::Scope::Global},
          [](Barrier::Scope scope) { return scope == Barrier::Scope::Local ? "local" : "global"; })};
    }
    kindPlace.fail(unknownName("kind of statement", kind, {"assign", "call", "nop", "barrier"}));
  }

  CallBody readCall(const Place &body) {
    body.allowOnly({"kind", "function", "results", "args"});
    CallBody call;
    call.callee = body.member("function").name();
    for (const Place &item : body.member("results").items())
      call.results.push_back(exprs_.readLoad(item));
    for (const Place &item : body.member("args").items()) {
      if (item.member("kind").text() != "part") {
        call.args.push_back(exprs_.read(item));
        continue;
      }
      item.allowOnly({"kind", "inames", "access"});
      SubArray part;
      part.inames = item.member("inames").texts();
      std::vector<std::string> inames = statement_.inames;
      inames.insert(inames.end(), part.inames.begin(), part.inames.end());
      exprs_.setInames(inames);
      part.access = exprs_.readLoad(item.member("access"));
      exprs_.setInames(statement_.inames);
      call.args.push_back(std::move(part));
    }
    return call;
  }

  void readReduction() {
    if (std::optional<Place> id = place_.find("reduction")) {
      std::vector<std::string> names;
      for (const ReductionInfo &reduction : kernel_.reductions)
        names.push_back(reduction.id);
      if (!kernel_.findReduction(id->text()))
        id->fail(unknownName("reduction", id->text(), names));
      statement_.reduction = id->text();
    }
    if (std::optional<Place> role = place_.find("reductionRole"))
      statement_.reductionRole =
          role->oneOf("role in a reduction", {ReductionRole::Init, ReductionRole::Update},
                      [](ReductionRole each) { return each == ReductionRole::Init ? "init" : "update"; });
    if (statement_.reduction.has_value() != (statement_.reductionRole != ReductionRole::None))
      place_.fail("\"reduction\" and \"reductionRole\" go together.");
  }

  void readOrigin() {
    std::optional<Place> place = place_.find("origin");
    if (!place)
      return;
    place->allowOnly({"statement", "inames"});
    Origin origin{place->member("statement").name(), {}};
    for (const Place &item : place->member("inames").items()) {
      item.allowOnly({"iname", "value"});
      origin.inames.emplace_back(item.member("iname").name(), exprs_.readInteger(item.member("value")));
    }
    statement_.origin = std::move(origin);
  }

  const Place &place_;
  const Kernel &kernel_;
  ExprReader exprs_;
  const RangeReader &ranges_;
  Statement statement_;
};

NodeRef readNode(const Place &place, unsigned depth) {
  if (depth > 200)
    place.fail("Loops are nested more than 200 deep here.");
  if (std::optional<Place> loop = place.find("loop")) {
    place.allowOnly({"loop", "body"});
    std::vector<NodeRef> children;
    for (const Place &child : place.member("body").items())
      children.push_back(readNode(child, depth + 1));
    if (children.empty())
      place.fail("There is nothing in this loop.");
    return makeLoop(loop->name(), std::move(children));
  }
  place.allowOnly({"statements"});
  std::vector<std::string> statements = place.member("statements").texts();
  if (statements.empty())
    place.fail("There is no statement here.");
  return makeLeaf(std::move(statements));
}

} // namespace

void readStatements(const Place &list, Kernel &kernel, const RangeReader &ranges) {
  for (const Place &item : list.items())
    kernel.statements.push_back(std::make_shared<const Statement>(StatementReader(item, kernel, ranges).read()));
}

Tree readTree(const Place &list) {
  Tree tree;
  for (const Place &item : list.items())
    tree.push_back(readNode(item, 0));
  return tree;
}

} // namespace loopy::json
