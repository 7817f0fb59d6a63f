// Step d of the mapping: the fewest barriers that separate every dependence between work-items of one group.
//
// On the device kernel's tree with hardware loops spliced out, gap g of a body lies after child g and the last one is
// the wrap-around. A dependence that crosses work-items, from child p to child q of the body where it first parts, asks
// for one of a set of gaps:
//     within one iteration                     p .. q-1
//     carried, minimal distance 1, q <= p      p .. last and 0 .. q-1
//     carried otherwise                        any gap
// Bodies are served from the inside out. A barrier inside p that the source's own iteration still passes, or one inside
// q that the sink's has passed, separates the two as well.
#include "fewest_gaps.h"
#include "mapping_state.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace loopy {
namespace {

struct GapArc {
  std::vector<bool> allowed; // by gap
  bool local = false, global = false;
  std::string reason;
};

struct BodyArcs {
  unsigned gaps = 0; // number of children
  std::vector<GapArc> arcs;
};

// Whether an arc or a barrier orders local memory, or global memory.
template <class Barrier> auto &isFor(Barrier &barrier, bool isLocal) {
  return isLocal ? barrier.local : barrier.global;
}

class BarrierPlacement {
public:
  BarrierPlacement(MappingState &state, unsigned number)
      : state_(state), number_(number), device_(state.mapping.kernels[number]),
        tree_(barrierTree(state.kernel, device_)), paths_(allPaths(tree_)) {}

  void run() {
    const bool hasItems = hasSeveralItems(3) || hasSeveralItems(4) || hasSeveralItems(5);
    forceUserGaps();
    if (hasItems) {
      for (const auto &[array, accesses] : state_.table.byArray())
        addArray(array, accesses);
      addSharedMemory();
    }
    size_t depth = 0;
    for (const auto &[id, path] : paths_)
      depth = std::max(depth, path.loops.size());
    for (size_t left = depth + 1; left-- > 0;) {
      for (Candidate &candidate : candidates_)
        addArcs(candidate, left);
      for (const auto &[body, arcs] : bodies_)
        if (body.size() == left)
          choose(body, arcs);
    }
    for (const auto &[body, barriers] : chosen_)
      llvm::append_range(state_.mapping.barriers, barriers);
  }

private:
  using Position = std::vector<unsigned>;

  void addArray(const std::string &array, const std::vector<unsigned> &accesses) {
    auto storage = state_.mapping.storage.find(array);
    const bool isStored = storage != state_.mapping.storage.end();
    if (isStored && storage->second.space == AddressSpace::Private)
      return;
    const bool isLocal = isStored && storage->second.space == AddressSpace::Local;
    const bool isFolded = isStored && (!storage->second.foldedLoops.empty() || isModulo(array));
    std::vector<Conflict> candidates;
    if (!isFolded)
      candidates = conflicts(state_.table, array);
    else // elements that share a cell conflict too
      for (size_t i = 0; i < accesses.size(); ++i)
        for (size_t j = i; j < accesses.size(); ++j)
          if (state_.table.access(accesses[i]).isWrite || state_.table.access(accesses[j]).isWrite)
            candidates.emplace_back(state_.table, accesses[i], accesses[j],
                                    equalInames(array, accesses[i], accesses[j]));
    // Pairs of two statements first: their arcs often answer for those of one statement with itself.
    std::stable_partition(candidates.begin(), candidates.end(), [](const Conflict &conflict) {
      return conflict.first().statement != conflict.second().statement;
    });
    for (const Conflict &conflict : candidates)
      if (isHere(conflict))
        addConflict(conflict, !isFolded, isLocal);
  }

  void addSharedMemory() {
    std::map<std::string, std::vector<std::string>> users; // of each memory of this kernel
    for (const auto &[array, storage] : state_.mapping.storage)
      if (storage.space == AddressSpace::Local && storage.kernel == static_cast<int>(number_))
        users[storage.memory()].push_back(array);
    for (const auto &[memory, arrays] : users)
      for (size_t i = 0; i < arrays.size(); ++i)
        for (size_t j = i + 1; j < arrays.size(); ++j)
          addSharedMemory(arrays[i], arrays[j]);
  }

  // Elements of two temporaries in the same memory.
  void addSharedMemory(const std::string &array, const std::string &other) {
    for (unsigned first : state_.table.ofArray(array))
      for (unsigned second : state_.table.ofArray(other))
        if (const Conflict conflict(state_.table, first, second, {});
            (conflict.first().isWrite || conflict.second().isWrite) && isHere(conflict))
          addConflict(conflict, false, true);
  }

  bool isModulo(const std::string &array) const {
    const std::vector<CellAxis> &axes = state_.cells.at(array).axes;
    return std::any_of(axes.begin(), axes.end(), [](const CellAxis &cell) { return cell.modulo != 0; });
  }

  // On an axis whose cells are its elements, equal cells mean equal subscripts.
  std::set<std::string> equalInames(const std::string &array, unsigned first, unsigned second) const {
    const CellMap &cells = state_.cells.at(array);
    return plainlyEqualInames(state_.table, first, second, [&](size_t axis) {
      return cells.axes[axis].lower == Linear{} && cells.axes[axis].stride == 1 && cells.axes[axis].modulo == 0;
    });
  }

  bool isHere(const Conflict &conflict) const {
    auto inKernel = [&](const Statement &statement) {
      auto it = state_.kernelOf.find(statement.id);
      return it != state_.kernelOf.end() && it->second == number_;
    };
    return inKernel(conflict.firstStatement()) && inKernel(conflict.secondStatement());
  }

  bool hasSeveralItems(Axis axis) const { return device_.axes[axis].used && device_.axes[axis].constant > 1; }
  const AxisLowers &lowers() const { return state_.lowers[number_]; }

  // pairs = { S[i], T[i'] : the cells of their elements are equal }
  Formula sameCell(const Conflict &conflict) const {
    const AccessTable &table = state_.table;
    const unsigned first = conflict.first().statement, second = conflict.second().statement;
    Formula pairs(terms());
    pairs.requireEither(table.cases(first)).requireEither(table.primedCases(second));
    requireCoordinates(pairs, first, false);
    requireCoordinates(pairs, second, true);
    if (conflict.first().condition)
      pairs.require(*conflict.first().condition);
    if (conflict.second().condition)
      pairs.require(poly::renameParams(*conflict.second().condition, table.priming(second)));
    if (conflict.array() != conflict.second().load.as<Load>()->array) {
      const std::optional<Linear> x = positionOf(conflict.firstAccess(), false),
                                  y = positionOf(conflict.secondAccess(), true);
      if (x && y)
        pairs.require(terms().normalized({minus(*x, *y), true}));
      return pairs;
    }
    const CellMap &cells = state_.cells.at(conflict.array());
    for (unsigned axis = 0; axis < cells.axes.size(); ++axis) {
      const std::optional<Linear> x = cellOf(cells.axes[axis], conflict.firstAccess(), axis, false),
                                  y = cellOf(cells.axes[axis], conflict.secondAccess(), axis, true);
      if (x && y)
        pairs.require(terms().normalized({minus(*x, *y), true}));
    }
    return pairs;
  }

  Terms &terms() const { return state_.table.terms(); }

  // Gives the names of coordinates, in which cells are written, their values.
  void requireCoordinates(Formula &pairs, unsigned statement, bool isPrimed) const {
    const Placement &placement = state_.placements.at(state_.table.statement(statement).id);
    auto name = [&](const std::string &base) { return terms().ofName(isPrimed ? primed(base) : base); };
    for (Axis axis = 0; axis < axisCount; ++axis) {
      const AxisPlacement &place = placement.axes[axis];
      if (place.kind == AxisPlacement::Kind::Replicated)
        continue;
      Linear value;
      if (place.kind == AxisPlacement::Kind::Iname) {
        const std::optional<Linear> lower = lowers()[axis] ? terms().formOf(*lowers()[axis]) : Linear{};
        if (!lower)
          continue; // a coordinate of which nothing is known: more pairs, never fewer
        value = minus(termTimes(name(place.iname), 1), *lower);
      }
      pairs.require(terms().normalized({minus(termTimes(name(coordinateName(axis)), 1), value), true}));
    }
  }

  // Nothing where the subscript is not affine, or the lower end not one form: all cells along that axis may be meant.
  std::optional<Linear> cellOf(const CellAxis &cell, unsigned access, unsigned axis, bool isPrimed) const {
    const AccessInfo &info = state_.table.access(access);
    if (cell.modulo == 1)
      return Linear{};
    std::optional<Linear> value = info.index[axis] ? state_.table.subscript(access, axis, isPrimed) : std::nullopt;
    if (!value)
      return std::nullopt;
    if (cell.modulo > 1)
      return minus(*value, scaled(terms().floorOf(*value, cell.modulo), cell.modulo));
    if (!cell.lower)
      return std::nullopt;
    value = minus(*value, isPrimed ? primedLower(*cell.lower, info.statement) : *cell.lower);
    return cell.stride == 1 ? *value : terms().floorOf(*value, cell.stride);
  }

  // Of a cell among all cells of its temporary, whose extents are constants.
  std::optional<Linear> positionOf(unsigned access, bool isPrimed) const {
    const std::string &array = state_.table.access(access).load.as<Load>()->array;
    const std::vector<StorageAxis> &stored = state_.mapping.storage.at(array).axes;
    Linear position;
    for (unsigned axis = 0; axis < stored.size(); ++axis) {
      const std::optional<Linear> cell = cellOf(state_.cells.at(array).axes[axis], access, axis, isPrimed);
      if (!cell || !stored[axis].constantExtent)
        return std::nullopt;
      position = plus(scaled(position, *stored[axis].constantExtent), *cell);
    }
    return position;
  }

  Linear primedLower(const Linear &lower, unsigned statement) const {
    std::map<Term, Term> priming = state_.table.primingTerms(statement);
    for (Axis axis = 0; axis < axisCount; ++axis)
      priming[terms().ofName(coordinateName(axis))] = terms().ofName(primed(coordinateName(axis)));
    return terms().renamed(lower, priming);
  }

  // Where two work-items differ; pairs of one group, in one launch, that meet it cross.
  Alternatives differentItems(const Conflict &conflict, bool sameElement) const {
    Alternatives differ;
    for (Axis axis = 3; axis < axisCount; ++axis)
      if (hasSeveralItems(axis))
        for (Constraints &one :
             coordinatesDiffer(state_.table, state_.placements, lowers(), conflict, axis, sameElement))
          differ.push_back(std::move(one));
    return differ;
  }

  // Pairs of instances that may ask for barriers.
  struct Candidate {
    Conflict conflict;
    CommonPath common;
    Formula pairs;
    bool isLocal;
  };

  void addConflict(const Conflict &conflict, bool sameElement, bool isLocal) {
    Alternatives differ = differentItems(conflict, sameElement);
    if (differ.empty())
      return;
    Formula pairs = sameElement ? conflict.formula() : sameCell(conflict);
    requireOneGroup(pairs, state_, number_, conflict);
    pairs.requireEither(std::move(differ));
    candidates_.push_back(
        {conflict, commonPath(pathOf(conflict, true), pathOf(conflict, false)), std::move(pairs), isLocal});
  }

  const Path &pathOf(const Conflict &conflict, bool isFirst) const {
    return paths_.at((isFirst ? conflict.firstStatement() : conflict.secondStatement()).id);
  }

  // Of those that part in a body at this depth.
  void addArcs(const Candidate &candidate, size_t depth) {
    const CommonPath &common = candidate.common;
    for (bool firstRunsFirst : {true, false}) {
      if (!firstRunsFirst && candidate.conflict.isSymmetric())
        break;
      if (depth >= 1 && depth <= common.loops.size())
        addArcAt(candidate, static_cast<unsigned>(depth - 1), firstRunsFirst); // carried by the loop around the body
      if (depth == common.loops.size())
        addArcAt(candidate, static_cast<unsigned>(depth), firstRunsFirst);
    }
  }

  void addArcAt(const Candidate &candidate, unsigned level, bool firstRunsFirst) {
    const CommonPath &common = candidate.common;
    if (isAnswered(candidate, level, firstRunsFirst))
      return;
    const Formula parted = Formula(candidate.pairs).require(*partingAt(terms(), common, level, firstRunsFirst));
    if (!parted.isSatisfiable())
      return;
    if (BarrierPlace *inside = barrierInside(candidate, level, firstRunsFirst)) {
      isFor(*inside, candidate.isLocal) = true;
      return;
    }
    const bool isNext = level < common.loops.size() &&
                        Formula(parted).require(nextIteration(common.loops[level], firstRunsFirst)).isSatisfiable();
    addArc(candidate, level, firstRunsFirst, isNext);
  }

  // A barrier inside a child of the body where the pair parts that separates it already, for this memory if one does;
  // null if there is none.
  BarrierPlace *barrierInside(const Candidate &candidate, unsigned level, bool firstRunsFirst) {
    const size_t depth = spanOf(candidate, level, firstRunsFirst).body.size();
    const Path &source = pathOf(candidate.conflict, firstRunsFirst),
               &sink = pathOf(candidate.conflict, !firstRunsFirst);
    BarrierPlace *inside = nullptr;
    for (auto &[body, barriers] : chosen_) {
      if (body.size() <= depth)
        continue;
      const bool isBelowSource = isBelow(source, body), isBelowSink = isBelow(sink, body);
      for (BarrierPlace &barrier : barriers)
        if ((isBelowSource && barrier.gap >= source.positions[body.size()]) ||
            (isBelowSink && barrier.gap < sink.positions[body.size()])) {
          inside = &barrier;
          if (isFor(barrier, candidate.isLocal))
            return inside;
        }
    }
    return inside;
  }

  static bool isBelow(const Path &path, const Position &body) {
    return body.size() <= path.loops.size() && std::equal(body.begin(), body.end(), path.positions.begin());
  }

  // Where a pair that parts at `level` stands: from child `from` to child `to` of `body`.
  struct Span {
    Position body;
    unsigned from, to;
    bool isCarried;
  };
  Span spanOf(const Candidate &candidate, unsigned level, bool firstRunsFirst) const {
    Span span;
    span.isCarried = level < candidate.common.loops.size();
    const Path &first = pathOf(candidate.conflict, true), &second = pathOf(candidate.conflict, false);
    const unsigned depth = span.isCarried ? level + 1 : level; // of the body where it parts
    span.body.assign(first.positions.begin(), first.positions.begin() + depth);
    span.from = first.positions[depth];
    span.to = second.positions[depth];
    if (!firstRunsFirst)
      std::swap(span.from, span.to);
    return span;
  }

  static std::vector<bool> gapsOf(const Span &span, unsigned gaps, bool isAtDistanceOne) {
    std::vector<bool> allowed(gaps, false);
    for (unsigned gap = 0; gap < gaps; ++gap)
      if (!span.isCarried)
        allowed[gap] = span.from <= gap && gap < span.to;
      else if (span.to <= span.from && isAtDistanceOne)
        allowed[gap] = gap >= span.from || gap < span.to;
      else
        allowed[gap] = true;
    return allowed;
  }

  // Nothing can part there, or an arc that is there already asks for at least as much, or a barrier inside separates it
  // whether it parts or not.
  bool isAnswered(const Candidate &candidate, unsigned level, bool firstRunsFirst) {
    if (level == candidate.common.loops.size() && candidate.common.order != (firstRunsFirst ? -1 : 1))
      return true;
    if (const BarrierPlace *inside = barrierInside(candidate, level, firstRunsFirst);
        inside && isFor(*inside, candidate.isLocal))
      return true;
    const Span span = spanOf(candidate, level, firstRunsFirst);
    BodyArcs &arcs = bodyArcs(span.body);
    const std::vector<bool> allowed = gapsOf(span, arcs.gaps, true);
    return std::any_of(arcs.arcs.begin(), arcs.arcs.end(), [&](const GapArc &arc) {
      if (!isFor(arc, candidate.isLocal))
        return false;
      for (unsigned gap = 0; gap < arcs.gaps; ++gap)
        if (arc.allowed[gap] && !allowed[gap])
          return false;
      return true;
    });
  }

  void addArc(const Candidate &candidate, unsigned level, bool firstRunsFirst, bool isAtDistanceOne) {
    const Conflict &conflict = candidate.conflict;
    const Span span = spanOf(candidate, level, firstRunsFirst);
    BodyArcs &arcs = bodyArcs(span.body);
    GapArc arc;
    arc.allowed = gapsOf(span, arcs.gaps, isAtDistanceOne);
    isFor(arc, candidate.isLocal) = true;
    const Statement &source = firstRunsFirst ? conflict.firstStatement() : conflict.secondStatement();
    const Statement &sink = firstRunsFirst ? conflict.secondStatement() : conflict.firstStatement();
    const std::string &other = conflict.second().load.as<Load>()->array;
    arc.reason = conflict.array() + (other == conflict.array() ? "" : " and " + other + " in one memory") + ": " +
                 source.id + " -> " + sink.id;
    arcs.arcs.push_back(std::move(arc));
  }

  // x' = x + 1, or x = x' + 1
  Constraint nextIteration(const std::string &loop, bool firstRunsFirst) const {
    Linear step = minus(termTimes(terms().ofName(primed(loop)), 1), termTimes(terms().ofName(loop), 1));
    return terms().normalized({withConstant(step, firstRunsFirst ? -1 : 1), true});
  }

  BodyArcs &bodyArcs(const Position &body) {
    BodyArcs &arcs = bodies_[body];
    if (arcs.gaps == 0) {
      const Tree *children = &tree_;
      for (unsigned position : body)
        children = &(*children)[position]->loop()->children;
      arcs.gaps = static_cast<unsigned>(children->size());
    }
    return arcs;
  }

  // `... lbarrier` forces the gap behind it. In a group of one work-item there is nobody to wait for, and OpenCL
  // implementations are known to fail on such barriers.
  void forceUserGaps() {
    if (!hasSeveralItems(3) && !hasSeveralItems(4) && !hasSeveralItems(5))
      return;
    for (const auto &[id, path] : paths_) {
      if (!std::holds_alternative<Barrier>(state_.kernel.statement(id).body))
        continue;
      const Position body(path.positions.begin(), path.positions.begin() + static_cast<long>(path.loops.size()));
      BodyArcs &arcs = bodyArcs(body);
      GapArc arc;
      arc.allowed.assign(arcs.gaps, false);
      arc.allowed[path.positions[path.loops.size()]] = true;
      arc.local = arc.global = true;
      arc.reason = "asked for by " + id;
      arcs.arcs.push_back(std::move(arc));
    }
  }

  void choose(const Position &body, const BodyArcs &arcs) {
    std::vector<std::vector<bool>> allowed;
    for (const GapArc &arc : arcs.arcs)
      allowed.push_back(arc.allowed);
    for (unsigned gap : fewestGaps(allowed, arcs.gaps)) {
      BarrierPlace place;
      place.kernel = number_;
      place.path = body;
      place.gap = gap;
      unsigned count = 0;
      for (const GapArc &arc : arcs.arcs)
        if (arc.allowed[gap]) {
          place.local |= arc.local;
          place.global |= arc.global;
          if (count++ == 0)
            place.reason = arc.reason;
        }
      if (count > 1)
        place.reason += ", and " + std::to_string(count - 1) + " more";
      chosen_[body].push_back(std::move(place));
    }
  }

  MappingState &state_;
  unsigned number_;
  DeviceKernel &device_;
  Tree tree_;
  std::map<std::string, Path> paths_;
  std::vector<Candidate> candidates_;
  std::map<Position, BodyArcs> bodies_;
  std::map<Position, std::vector<BarrierPlace>> chosen_;
};

} // namespace

void placeBarriers(MappingState &state) {
  for (unsigned number = 0; number < state.mapping.kernels.size(); ++number)
    BarrierPlacement(state, number).run();
}

} // namespace loopy
