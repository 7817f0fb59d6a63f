#include "loopy/ir/kernel.h"

#include <charconv>

namespace loopy {

// ----------------------------------------------------------------------------------------------------------- tags
std::string Tag::name() const {
  switch (kind) {
  case Kind::None: return "";
  case Kind::Group: return "g." + std::to_string(value);
  case Kind::Local: return "l." + std::to_string(value);
  case Kind::LocalAuto: return "l.auto";
  case Kind::Unroll: return "unr";
  case Kind::UnrollHint: return "unroll_hint(" + std::to_string(value) + ")";
  case Kind::Ilp: return "ilp";
  case Kind::IlpSeq: return "ilp.seq";
  case Kind::Vec: return "vec";
  }
  throw InternalError("unknown tag");
}

static std::optional<int> parseNumber(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    return std::nullopt;
  return value;
}

std::optional<Tag> parseTag(std::string_view text) {
  if (text.empty()) return Tag{};
  if (text == "l.auto") return Tag{Tag::Kind::LocalAuto};
  if (text == "unr") return Tag{Tag::Kind::Unroll};
  if (text == "ilp" || text == "ilp.unr") return Tag{Tag::Kind::Ilp};
  if (text == "ilp.seq") return Tag{Tag::Kind::IlpSeq};
  if (text == "vec") return Tag{Tag::Kind::Vec};
  if (text == "unroll_hint") return Tag{Tag::Kind::UnrollHint, 0};
  if (text.starts_with("unroll_hint(") && text.ends_with(")")) {
    if (auto factor = parseNumber(text.substr(12, text.size() - 13)))
      return Tag{Tag::Kind::UnrollHint, *factor};
    return std::nullopt;
  }
  if (text.starts_with("g.") || text.starts_with("l.")) {
    auto axis = parseNumber(text.substr(2));
    if (!axis || *axis > 2)
      return std::nullopt;
    return Tag{text[0] == 'g' ? Tag::Kind::Group : Tag::Kind::Local, *axis};
  }
  return std::nullopt;
}

const char *spelling(Role role) {
  switch (role) {
  case Role::In: return "in";
  case Role::Out: return "out";
  case Role::InOut: return "inout";
  case Role::Temp: return "temp";
  }
  throw InternalError("unknown role");
}

const char *spelling(AddressSpace space) {
  switch (space) {
  case AddressSpace::Private: return "private";
  case AddressSpace::Local: return "local";
  case AddressSpace::Global: return "global";
  }
  throw InternalError("unknown address space");
}

// ----------------------------------------------------------------------------------------------------------- tree
NodeRef makeLoop(std::string iname, std::vector<NodeRef> children) {
  return std::make_shared<const Node>(Node{Loop{std::move(iname), std::move(children)}});
}
NodeRef makeLeaf(std::vector<std::string> statements) {
  return std::make_shared<const Node>(Node{Leaf{std::move(statements)}});
}

// ---------------------------------------------------------------------------------------------------------- look-up
template <class List> static auto findNamed(const List &list, std::string_view name) -> decltype(&list[0]) {
  for (const auto &item : list)
    if (item.name == name)
      return &item;
  return nullptr;
}

const Statement *Kernel::findStatement(std::string_view id) const {
  for (const StatementRef &statement : statements)
    if (statement->id == id)
      return statement.get();
  return nullptr;
}
const Statement &Kernel::statement(std::string_view id) const {
  const Statement *found = findStatement(id);
  if (!found)
    throw InternalError("no statement " + std::string(id));
  return *found;
}
const Array *Kernel::findArray(std::string_view n) const { return findNamed(arrays, n); }
const Array &Kernel::array(std::string_view n) const {
  const Array *found = findArray(n);
  if (!found)
    throw InternalError("no array " + std::string(n));
  return *found;
}
const Iname *Kernel::findIname(std::string_view n) const { return findNamed(inames, n); }
const Iname &Kernel::iname(std::string_view n) const {
  const Iname *found = findIname(n);
  if (!found)
    throw InternalError("no iname " + std::string(n));
  return *found;
}
const Param *Kernel::findParam(std::string_view n) const { return findNamed(params, n); }
const Rule *Kernel::findRule(std::string_view n) const { return findNamed(rules, n); }
const ReductionInfo *Kernel::findReduction(std::string_view id) const {
  for (const ReductionInfo &reduction : reductions)
    if (reduction.id == id)
      return &reduction;
  return nullptr;
}
Tag Kernel::tag(std::string_view n) const {
  const Iname *found = findIname(n);
  return found ? found->tag : Tag{};
}

template <class List> static std::vector<std::string> namesOf(const List &list) {
  std::vector<std::string> names;
  for (const auto &item : list)
    names.push_back(item.name);
  return names;
}
std::vector<std::string> Kernel::inameNames() const { return namesOf(inames); }
std::vector<std::string> Kernel::arrayNames() const { return namesOf(arrays); }
std::vector<std::string> Kernel::statementIds() const {
  std::vector<std::string> ids;
  for (const StatementRef &statement : statements)
    ids.push_back(statement->id);
  return ids;
}
std::vector<std::string> Kernel::integerParams() const {
  std::vector<std::string> names;
  for (const Param &param : params)
    if (param.type.isInteger())
      names.push_back(param.name);
  return names;
}

const Home *Kernel::findHome(std::string_view name) const {
  for (const Home &home : homes)
    if (home.name == name)
      return &home;
  return nullptr;
}

std::string homeIndex(unsigned axis) { return "$" + std::to_string(axis); }

std::string Kernel::freshName(const std::string &base) const {
  auto isTaken = [&](const std::string &n) {
    return findStatement(n) || findArray(n) || findHome(n) || findIname(n) || findParam(n) || findRule(n) || n == name ||
           std::any_of(rules.begin(), rules.end(), [&](const Rule &rule) {
             return std::find(rule.params.begin(), rule.params.end(), n) != rule.params.end();
           });
  };
  if (!isTaken(base))
    return base;
  for (unsigned i = 0;; ++i)
    if (std::string candidate = base + "_" + std::to_string(i); !isTaken(candidate))
      return candidate;
}

void Kernel::replaceStatement(Statement statement) {
  for (StatementRef &existing : statements)
    if (existing->id == statement.id) {
      existing = std::make_shared<const Statement>(std::move(statement));
      return;
    }
  throw InternalError("no statement " + statement.id + " to replace");
}

void Kernel::setTag(const std::string &iname, Tag tag) {
  for (Iname &existing : inames)
    if (existing.name == iname) {
      existing.tag = tag;
      if (!tag.isUnrolled())
        existing.turnsWith.clear();
      return;
    }
  throw InternalError("no iname " + iname + " to tag");
}

// ---------------------------------------------------------------------------------------------------------- accesses
static void collectReads(Expr e, std::vector<AccessRef> &out) {
  forEach(e, [&](Expr node) {
    if (const Load *load = node.as<Load>())
      out.push_back({load, node, false});
  });
}

static void collectPlace(Expr place, bool alsoRead, std::vector<AccessRef> &out) {
  const Load *load = place.as<Load>();
  require(load != nullptr, "the left-hand side of an assignment is not a place");
  for (Expr index : load->index)
    collectReads(index, out);
  if (alsoRead)
    out.push_back({load, place, false});
  out.push_back({load, place, true});
}

static void collectBody(const Assign &assign, std::vector<AccessRef> &out) {
  for (Expr e : assign.rhs)
    collectReads(e, out);
  for (Expr place : assign.lhs)
    collectPlace(place, assign.atomic, out);
}

static void collectBody(const CallBody &call, std::vector<AccessRef> &out) {
  for (const auto &arg : call.args) {
    if (const Expr *e = std::get_if<Expr>(&arg))
      collectReads(*e, out);
    else
      collectPlace(std::get<SubArray>(arg).access, true, out);
  }
  for (Expr place : call.results)
    collectPlace(place, false, out);
}
static void collectBody(const Nop &, std::vector<AccessRef> &) {}
static void collectBody(const Barrier &, std::vector<AccessRef> &) {}

std::vector<AccessRef> accesses(const Statement &statement) {
  std::vector<AccessRef> out;
  for (const auto &[name, load] : statement.dataParams)
    collectReads(load, out);
  for (const GuardLiteral &literal : statement.guard)
    collectReads(literal.load, out);
  std::visit([&](const auto &body) { collectBody(body, out); }, statement.body);
  return out;
}

Statement rewriteExprs(Context &context, const Statement &statement, const std::function<Expr(Expr)> &f) {
  Statement result = statement;
  auto apply = [&](Expr &e) { e = rewrite(context, e, f); };
  for (auto &[name, load] : result.dataParams)
    apply(load);
  for (GuardLiteral &literal : result.guard)
    apply(literal.load);
  std::visit(Overloaded{[&](Assign &assign) {
                          for (Expr &e : assign.lhs) apply(e);
                          for (Expr &e : assign.rhs) apply(e);
                        },
                        [&](CallBody &call) {
                          for (Expr &e : call.results) apply(e);
                          for (auto &arg : call.args)
                            std::visit(Overloaded{[&](Expr &e) { apply(e); }, [&](SubArray &s) { apply(s.access); }},
                                       arg);
                        },
                        [](Nop &) {}, [](Barrier &) {}},
             result.body);
  if (result.origin)
    for (auto &[name, e] : result.origin->inames)
      apply(e);
  return result;
}

} // namespace loopy
