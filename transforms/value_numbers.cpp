#include "value_numbers.h"

#include "reads.h"

#include "loopy/ir/rules.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

int64_t ownCost(Expr e) {
  return visit(e, Overloaded{[](const Constant &) { return 0; }, [](const ParamRef &) { return 0; },
                             [](const InameRef &) { return 0; }, [](const Cast &) { return 0; },
                             [](const RuleUse &) { return 2; }, [](const Load &) { return 1; },
                             [](const Unary &) { return 1; }, [](const Binary &) { return 1; },
                             [](const Compare &) { return 1; }, [](const Logical &) { return 1; },
                             [](const Select &) { return 1; }, [](const CallExpr &) { return 1; },
                             [](const Reduce &) { return 2; }});
}

// What tells two nodes with equal operands apart.
std::string kindOf(Expr e) {
  return visit(
      e, Overloaded{[](const Constant &) { return std::string(); }, [](const ParamRef &) { return std::string(); },
                    [](const InameRef &) { return std::string(); }, [](const Load &) { return std::string(); },
                    [](const RuleUse &) { return std::string(); }, [](const Reduce &) { return std::string(); },
                    [](const Unary &u) { return "u" + std::to_string(static_cast<int>(u.op)); },
                    [](const Binary &b) { return "b" + std::to_string(static_cast<int>(b.op)); },
                    [](const Compare &c) { return "c" + std::to_string(static_cast<int>(c.op)); },
                    [](const Logical &l) { return "l" + std::to_string(static_cast<int>(l.op)); },
                    [](const Select &) { return std::string("s"); }, [](const Cast &) { return std::string("t"); },
                    [](const CallExpr &c) { return "f" + c.function; }});
}

bool readsAnything(Expr e) {
  bool found = false;
  forEach(e, [&](Expr node) { found |= node.is<Load>() || node.is<RuleUse>() || node.is<CallExpr>(); });
  return found;
}

// A condition that speaks of inames says where the reads beside it are in bounds.
bool restrictsInames(Expr e) {
  if (e.is<Compare>())
    return !readsAnything(e);
  if (e.is<Load>() || e.is<RuleUse>())
    return false;
  return llvm::any_of(children(e), [](Expr child) { return restrictsInames(child); });
}

} // namespace

std::vector<Expr> valueOperands(Expr e) {
  return e.is<Load>() || e.is<RuleUse>() || e.is<Reduce>() ? std::vector<Expr>() : children(e);
}

std::optional<unsigned> ValueNumbers::numberOf(unsigned statement, Expr e) const {
  const auto found = numbers_.find({statement, &e.node()});
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

void ValueNumbers::add(const Statement &statement) {
  places_.clear();
  if (const Assign *assign = std::get_if<Assign>(&statement.body);
      assign && (assign->atomic || statement.reductionRole == ReductionRole::Update))
    places_ = assign->lhs;
  std::vector<Expr> wholes;
  std::visit(Overloaded{[&](const Assign &assign) { wholes = assign.rhs; },
                        [&](const CallBody &call) {
                          for (const auto &arg : call.args)
                            if (const Expr *value = std::get_if<Expr>(&arg))
                              wholes.push_back(*value);
                        },
                        [](const Nop &) {}, [](const Barrier &) {}},
             statement.body);
  for (Expr whole : wholes)
    ++values_[number(whole)].uses;
  for (Expr whole : wholes)
    for (unsigned certain : certainIn(whole))
      values_[certain].isCertain = true;
  for (const AccessRef &access : accesses(statement))
    if (access.isWrite)
      ++versions_[access.load->array];
  ++statements_;
}

unsigned ValueNumbers::number(Expr e) {
  const auto known = numbers_.find({statements_, &e.node()});
  if (known != numbers_.end())
    return known->second;
  std::vector<unsigned> parts;
  for (Expr operand : valueOperands(e))
    parts.push_back(number(operand));
  auto [entry, isNew] = byKey_.try_emplace(keyOf(e, parts), static_cast<unsigned>(values_.size()));
  if (isNew) {
    values_.push_back(valueOf(e, parts));
    for (unsigned part : parts)
      ++values_[part].uses;
  }
  numbers_[{statements_, &e.node()}] = entry->second;
  return entry->second;
}

std::string ValueNumbers::keyOf(Expr e, const std::vector<unsigned> &parts) const {
  std::string key = e.type().name() + " " + kindOf(e);
  if (valueOperands(e).empty())
    key += " " + toString(e) + versionsIn(e);
  for (unsigned part : parts)
    key += "," + std::to_string(part);
  return key;
}

// How often what `e` reads has been written, in its subscripts too.
std::string ValueNumbers::versionsIn(Expr e) const {
  std::string text;
  forEach(expandRules(kernel_, e), [&](Expr node) {
    if (const Load *load = node.as<Load>())
      if (const auto version = versions_.find(load->array); version != versions_.end())
        text += " " + load->array + "'" + std::to_string(version->second);
  });
  return text;
}

NumberedValue ValueNumbers::valueOf(Expr e, const std::vector<unsigned> &parts) const {
  NumberedValue value;
  value.expr = e;
  value.parts = parts;
  value.first = statements_;
  value.cost = ownCost(e);
  for (unsigned part : parts)
    value.cost += values_[part].cost;
  bool holdsPlace = false;
  forEach(e, [&](Expr node) { holdsPlace |= llvm::any_of(places_, [&](Expr place) { return equal(place, node); }); });
  value.isShareable = !holdsPlace && readsAnything(e) && !(e.type().isBool() && restrictsInames(e));
  return value;
}

// What is evaluated whatever the conditions in `e` say.
std::set<unsigned> ValueNumbers::certainIn(Expr e) const {
  std::set<unsigned> certain{numbers_.at({statements_, &e.node()})};
  std::vector<Expr> always = valueOperands(e);
  if (const Select *select = e.as<Select>()) {
    always = {select->condition};
    const std::set<unsigned> one = certainIn(select->ifTrue), other = certainIn(select->ifFalse);
    std::set_intersection(one.begin(), one.end(), other.begin(), other.end(), std::inserter(certain, certain.end()));
  } else if (const Logical *logical = e.as<Logical>()) {
    always = {logical->lhs};
  }
  for (Expr operand : always)
    certain.merge(certainIn(operand));
  return certain;
}

} // namespace loopy
