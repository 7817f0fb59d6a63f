#include "loopy/analysis/placement.h"

#include <algorithm>

namespace loopy {

std::string axisName(Axis axis) { return (isGroupAxis(axis) ? "g." : "l.") + std::to_string(axis % 3); }

std::optional<Axis> axisOf(Tag tag) {
  if (tag.kind == Tag::Kind::Group)
    return groupAxis(static_cast<unsigned>(tag.value));
  if (tag.kind == Tag::Kind::Local)
    return localAxis(static_cast<unsigned>(tag.value));
  return std::nullopt;
}

namespace {

// For each statement the iname that stands for each axis, "" where it has none.
using AxisInames = std::vector<std::array<std::string, axisCount>>;

AxisInames axisInames(const Kernel &kernel) {
  AxisInames result(kernel.statements.size());
  for (size_t i = 0; i < kernel.statements.size(); ++i)
    for (const std::string &iname : kernel.statements[i]->inames)
      if (std::optional<Axis> axis = axisOf(kernel.tag(iname)))
        result[i][*axis] = iname;
  return result;
}

// The temporaries that a statement writes, or nothing if it writes anything else or has effects of its own.
std::optional<std::set<std::string>> writesOnlyTemps(const AccessTable &table, unsigned statement) {
  const Kernel &kernel = table.kernel();
  if (const CallBody *call = std::get_if<CallBody>(&table.statement(statement).body))
    for (const FunctionDecl &function : kernel.functions)
      if (function.name == call->callee && !function.pure)
        return std::nullopt;
  std::set<std::string> names;
  for (unsigned index : table.ofStatement(statement)) {
    const AccessInfo &access = table.access(index);
    if (!access.isWrite)
      continue;
    const Array &array = kernel.array(access.load.as<Load>()->array);
    if (!array.isTemp() || (array.space && *array.space != AddressSpace::Private))
      return std::nullopt;
    names.insert(array.name);
  }
  return names;
}

// The statements that may be replicated on an axis: the greatest set closed under "all writers of what I write", and
// between groups under "all writers of the temporaries that I read, but those with a loop on the axis": with what one
// group has computed one group goes on, since all others would have to wait for the end of a launch.
std::vector<bool> candidates(const AccessTable &table, const AxisInames &inames, Axis axis, const Masked &masked) {
  const size_t count = table.kernel().statements.size();
  std::vector<bool> isCandidate(count, false);
  for (unsigned i = 0; i < count; ++i) {
    std::optional<std::set<std::string>> temps = writesOnlyTemps(table, i);
    isCandidate[i] = inames[i][axis].empty() && temps &&
                     std::none_of(temps->begin(), temps->end(),
                                  [&](const std::string &name) { return masked.count({axis, name}) != 0; });
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned i = 0; i < count; ++i) {
      if (!isCandidate[i])
        continue;
      for (unsigned used : table.ofStatement(i)) {
        const std::string &name = table.access(used).load.as<Load>()->array;
        const bool isWritten = table.access(used).isWrite;
        if (!isWritten && (!isGroupAxis(axis) || !table.kernel().array(name).isTemp()))
          continue;
        for (unsigned index : table.ofArray(name)) {
          const unsigned writer = table.access(index).statement;
          if (table.access(index).isWrite && !isCandidate[writer] && (isWritten || inames[writer][axis].empty()))
            isCandidate[i] = false;
        }
      }
      changed |= !isCandidate[i];
    }
  }
  return isCandidate;
}

} // namespace

Placements placeStatements(const AccessTable &table, const Masked &masked) {
  const Kernel &kernel = table.kernel();
  const AxisInames inames = axisInames(kernel);
  Placements placements;
  for (Axis axis = 0; axis < axisCount; ++axis) {
    const bool isUsed = std::any_of(inames.begin(), inames.end(), [&](const auto &of) { return !of[axis].empty(); });
    const std::vector<bool> replicated =
        isUsed ? candidates(table, inames, axis, masked) : std::vector<bool>(inames.size(), false);
    for (size_t i = 0; i < inames.size(); ++i) {
      AxisPlacement &place = placements[kernel.statements[i]->id].axes[axis];
      if (!inames[i][axis].empty())
        place = {AxisPlacement::Kind::Iname, inames[i][axis]};
      else
        place.kind = replicated[i] ? AxisPlacement::Kind::Replicated : AxisPlacement::Kind::Masked;
    }
  }
  return placements;
}

bool hasCopyPerItem(const AccessTable &table, const Placements &placements, const std::string &array, Axis axis) {
  bool isWritten = false;
  for (unsigned index : table.ofArray(array)) {
    const AccessInfo &access = table.access(index);
    if (!access.isWrite)
      continue;
    isWritten = true;
    if (placements.at(table.statement(access.statement).id).axes[axis].kind != AxisPlacement::Kind::Replicated)
      return false;
  }
  return isWritten;
}

namespace {

struct Sides {
  AxisPlacement first, second;
  std::optional<isl::pw_aff> a, b;  // coordinates where they are one value: iname - lower, or 0
};

Sides sidesOf(const AccessTable &table, const Placements &placements, const AxisLowers &lowers,
              const Conflict &conflict, Axis axis) {
  const isl::ctx ctx = table.ctx();
  Sides sides{placements.at(conflict.firstStatement().id).axes[axis],
              placements.at(conflict.secondStatement().id).axes[axis],
              std::nullopt,
              std::nullopt};
  auto coordinate = [&](const AxisPlacement &place, bool isPrimed) -> std::optional<isl::pw_aff> {
    switch (place.kind) {
    case AxisPlacement::Kind::Iname: {
      isl::pw_aff value = poly::paramAff(ctx, isPrimed ? primed(place.iname) : place.iname);
      return lowers[axis] ? value.sub(*lowers[axis]) : value;
    }
    case AxisPlacement::Kind::Masked: return poly::constantAff(ctx, 0);
    case AxisPlacement::Kind::Replicated: return std::nullopt;
    }
    throw InternalError("unknown placement");
  };
  sides.a = coordinate(sides.first, false);
  sides.b = coordinate(sides.second, true);
  return sides;
}

} // namespace

// Both accesses use the loop that they stand by on the axis alone as one and the same subscript.
static bool standByOneSubscript(const Placements &placements, const Conflict &conflict, Axis axis) {
  const AxisPlacement &first = placements.at(conflict.firstStatement().id).axes[axis];
  const AxisPlacement &second = placements.at(conflict.secondStatement().id).axes[axis];
  if (first.kind != AxisPlacement::Kind::Iname || second.kind != AxisPlacement::Kind::Iname)
    return false;
  const std::vector<Expr> &x = conflict.first().load.as<Load>()->index, &y = conflict.second().load.as<Load>()->index;
  for (size_t d = 0; d < x.size(); ++d) {
    const InameRef *i = x[d].as<InameRef>(), *j = y[d].as<InameRef>();
    if (i && j && i->name == first.iname && j->name == second.iname)
      return true;
  }
  return false;
}

// The coordinates as forms, if both have one.
static std::optional<Linear> coordinateDifference(Terms &terms, const Sides &sides) {
  const std::optional<Linear> a = terms.formOf(*sides.a), b = terms.formOf(*sides.b);
  return a && b ? std::optional(minus(*a, *b)) : std::nullopt;
}

Alternatives coordinatesDiffer(const AccessTable &table, const Placements &placements, const AxisLowers &lowers,
                               const Conflict &conflict, Axis axis, bool sameElement) {
  const Sides sides = sidesOf(table, placements, lowers, conflict, axis);
  if (sides.first.kind == AxisPlacement::Kind::Masked && sides.second.kind == AxisPlacement::Kind::Masked)
    return {};
  if (sides.first.kind == AxisPlacement::Kind::Iname && sides.second.kind == AxisPlacement::Kind::Iname &&
      sides.first.iname == sides.second.iname && conflict.equalInames().count(sides.first.iname))
    return {};
  if (sameElement && standByOneSubscript(placements, conflict, axis))
    return {};
  if (hasCopyPerItem(table, placements, conflict.array(), axis))
    return {};
  if (!sides.a || !sides.b)
    return {{}};
  Terms &terms = table.terms();
  const std::optional<Linear> difference = coordinateDifference(terms, sides);
  if (!difference)
    return terms.disjunctsOf(sides.a->ne_set(*sides.b));
  return {{terms.normalized({withConstant(*difference, -1), false})},
          {terms.normalized({withConstant(scaled(*difference, -1), -1), false})}};
}

Alternatives coordinatesEqual(const AccessTable &table, const Placements &placements, const AxisLowers &lowers,
                              const Conflict &conflict, Axis axis) {
  const Sides sides = sidesOf(table, placements, lowers, conflict, axis);
  if (!sides.a || !sides.b)
    return {{}};
  Terms &terms = table.terms();
  const std::optional<Linear> difference = coordinateDifference(terms, sides);
  if (!difference)
    return terms.disjunctsOf(sides.a->eq_set(*sides.b));
  return {{terms.normalized({*difference, true})}};
}

} // namespace loopy
