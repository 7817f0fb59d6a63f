#include "scope.h"

#include "loopy/ir/functions.h"

#include <algorithm>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

void Scope::claim(const std::string &name, SourceRange range) {
  auto [it, isNew] = claimed_.emplace(name, range);
  if (!isNew)
    errors.fail(range, "The name '" + name + "' is used twice.", {noteAt(it->second, "Here it is declared first.")});
}

void Scope::declareParam(const std::string &name, Type type, SourceRange range) {
  claim(name, range);
  params_[name] = static_cast<unsigned>(kernel.params.size());
  kernel.params.push_back({name, type, range});
}

void Scope::declareIname(const std::string &name, SourceRange range) {
  claim(name, range);
  inames_[name] = static_cast<unsigned>(kernel.inames.size());
  kernel.inames.push_back({name, {}, range});
}

void Scope::declareRule(const ast::RuleLine &line) {
  claim(line.name.text, line.name.range);
  rules_[line.name.text].line = &line;
}

void Scope::announceTemp(const std::string &name, SourceRange range, bool byStatement) {
  if (auto it = announced_.find(name); it != announced_.end() && byStatement)
    errors.fail(range, "'" + name + "' is declared by '<>' a second time. Write '" + name + " = ...' to assign to it.",
                {noteAt(it->second, "Here it is declared first.")});
  claim(name, range);
  announced_[name] = range;
}

ArrayInfo &Scope::declareArray(Array array, std::vector<std::string> implicit, bool byStatement) {
  ArrayInfo &info = arrays_[array.name];
  info.index = static_cast<unsigned>(kernel.arrays.size());
  info.declaration = array.source;
  info.declaredByStatement = byStatement;
  array.implicitAxes = static_cast<unsigned>(implicit.size());
  info.implicit = std::move(implicit);
  kernel.arrays.push_back(std::move(array));
  return info;
}

const Param *Scope::param(const std::string &name) const {
  auto it = params_.find(name);
  return it == params_.end() ? nullptr : &kernel.params[it->second];
}

RuleInfo *Scope::rule(const std::string &name) {
  auto it = rules_.find(name);
  return it == rules_.end() ? nullptr : &it->second;
}

ArrayInfo *Scope::array(const std::string &name) {
  auto it = arrays_.find(name);
  return it == arrays_.end() ? nullptr : &it->second;
}

const FunctionDecl *Scope::function(const std::string &name) const {
  for (const FunctionDecl &f : kernel.functions)
    if (f.name == name)
      return &f;
  return nullptr;
}

std::string Scope::freshNumbered(const std::string &base) {
  for (unsigned &n = counters_["name " + base];; ++n)
    if (std::string name = base + "_" + std::to_string(n); claimed_.emplace(name, SourceRange{}).second)
      return name;
}

std::string Scope::freshName(const std::string &base) {
  return claimed_.emplace(base, SourceRange{}).second ? base : freshNumbered(base);
}

std::string Scope::freshId(const std::string &base) {
  if (claimId(base))
    return base;
  for (unsigned &n = counters_["id " + base];; ++n)
    if (std::string id = base + "_" + std::to_string(n); claimId(id))
      return id;
}

std::vector<std::string> Scope::inameNames() const { return kernel.inameNames(); }

std::string Scope::unknownValue(const std::string &name) const {
  if (announced_.count(name))
    return "'" + name + "' is read before it is declared.";
  std::vector<std::string> names;
  for (const Param &p : kernel.params)
    names.push_back(p.name);
  for (const Array &a : kernel.arrays)
    names.push_back(a.name);
  for (const Iname &i : kernel.inames)
    names.push_back(i.name);
  for (const auto &[rule, info] : rules_)
    names.push_back(rule);
  std::sort(names.begin(), names.end());
  return unknownName("name", name, names);
}

// ----------------------------------------------------------------------------------------------------- reductions
namespace {

std::optional<ReductionOp> reductionOp(const std::string &name) {
  if (name == "segmented(sum)")
    return ReductionOp::SegmentedSum;
  for (ReductionOp op : {ReductionOp::Sum, ReductionOp::Product, ReductionOp::Min, ReductionOp::Max, ReductionOp::Any,
                         ReductionOp::All, ReductionOp::ArgMin, ReductionOp::ArgMax})
    if (name == spelling(op))
      return op;
  return std::nullopt;
}

bool isInameList(const Scope &scope, const Term &term) {
  if (term.kind == Kind::Tuple)
    return std::all_of(term.args.begin(), term.args.end(), [&](const Term *t) { return isInameList(scope, *t); });
  return term.kind == Kind::Name && scope.isIname(term.text);
}

// The name of an operator given as an argument of reduce(): sum, or segmented(sum).
std::string operatorName(const Term &term) {
  if (term.kind == Kind::Name)
    return term.text;
  return term.kind == Kind::Segmented && term.args.empty() ? "segmented(" + term.text + ")" : "";
}

void checkArity(const Scope &scope, const Term &term, const ReductionTerm &r) {
  size_t wanted = 1, most = 1;
  if (r.op == ReductionOp::ArgMin || r.op == ReductionOp::ArgMax)
    wanted = r.inames.size() == 1 ? 1 : 2, most = 2;
  else if (r.op == ReductionOp::SegmentedSum)
    wanted = most = 2;
  if (r.args.size() >= wanted && r.args.size() <= most)
    return;
  std::string form = most == 1                           ? "inames and one value"
                     : r.op == ReductionOp::SegmentedSum ? "inames, a value and a flag"
                                                         : "inames, a value and the index to remember";
  scope.errors.fail(term.range, std::string(spelling(r.op)) + " takes " + form + ".");
}

} // namespace

std::optional<ReductionTerm> asReduction(const Scope &scope, const Term &term) {
  if (term.kind != Kind::Call && term.kind != Kind::Segmented)
    return std::nullopt;
  std::string name = term.kind == Kind::Segmented ? "segmented(" + term.text + ")" : term.text;
  std::vector<const Term *> args = term.args;
  if (name == "reduce" && !args.empty()) {
    name = operatorName(*args[0]);
    args.erase(args.begin());
  }
  std::optional<ReductionOp> op = reductionOp(name);
  if (!op) {
    if (term.kind == Kind::Segmented || term.text == "reduce")
      scope.errors.fail(term.range, unknownName("reduction", name,
                                                {"sum", "product", "min", "max", "any", "all", "argmin", "argmax",
                                                 "segmented(sum)"}));
    return std::nullopt;
  }
  bool overInames = !args.empty() && isInameList(scope, *args[0]);
  if (!overInames && (*op == ReductionOp::Min || *op == ReductionOp::Max) && term.text != "reduce")
    return std::nullopt; // the function of two numbers
  if (!overInames)
    scope.errors.fail(args.empty() ? term.range : args[0]->range,
                      "The first argument of " + name +
                          " is the iname to reduce over, or several in parentheses. The "
                          "inames are: " +
                          listOfNames(scope.inameNames()) + ".");
  ReductionTerm result{*op, {}, {args.begin() + 1, args.end()}};
  std::vector<const Term *> inames = args[0]->kind == Kind::Tuple ? args[0]->args : std::vector<const Term *>{args[0]};
  for (const Term *iname : inames) {
    if (iname->kind != Kind::Name)
      scope.errors.fail(iname->range, "Expected an iname.");
    result.inames.push_back({iname->text, iname->range});
  }
  checkArity(scope, term, result);
  return result;
}

} // namespace loopy
