// Step d of the mapping: the fewest barriers that separate every dependence between work-items of one group.
//
// On the device kernel's tree with hardware loops spliced out, gap g of a body lies after child g and the last one is the
// wrap-around. A dependence that crosses work-items, from child p to child q of the body where it first parts, asks for
// one of a set of gaps:
//     within one iteration                     p .. q-1
//     carried, minimal distance 1, q <= p      p .. last and 0 .. q-1
//     carried otherwise                        any gap
#include "mapping_state.h"

#include <algorithm>

namespace loopy {
namespace {

struct GapArc {
  std::vector<bool> allowed;  // by gap
  bool local = false, global = false;
  std::string reason;
};

struct BodyArcs {
  unsigned gaps = 0;  // number of children
  std::vector<GapArc> arcs;
};

class BarrierPlacement {
public:
  BarrierPlacement(MappingState &state, unsigned number)
      : state_(state), number_(number), device_(state.mapping.kernels[number]),
        tree_(barrierTree(state.kernel, device_)), paths_(allPaths(tree_)) {}

  void run() {
    const bool hasItems = hasSeveralItems(3) || hasSeveralItems(4) || hasSeveralItems(5);
    forceUserGaps();
    if (hasItems)
      for (const auto &[array, accesses] : state_.table.byArray())
        addArray(array, accesses);
    for (auto &[body, arcs] : bodies_)
      choose(body, arcs);
  }

private:
  using Position = std::vector<unsigned>;

  void addArray(const std::string &array, const std::vector<unsigned> &accesses) {
    auto storage = state_.mapping.storage.find(array);
    const bool isStored = storage != state_.mapping.storage.end();
    if (isStored && storage->second.space == AddressSpace::Private)
      return;
    const bool isLocal = isStored && storage->second.space == AddressSpace::Local;
    const bool isFolded = isStored && !storage->second.foldedLoops.empty();
    std::vector<Conflict> candidates;
    if (!isFolded)
      candidates = conflicts(state_.table, array);
    else  // elements that share a cell conflict too
      for (size_t i = 0; i < accesses.size(); ++i)
        for (size_t j = i; j < accesses.size(); ++j)
          if (state_.table.access(accesses[i]).isWrite || state_.table.access(accesses[j]).isWrite)
            candidates.emplace_back(state_.table, accesses[i], accesses[j], equalInames(array, accesses[i], accesses[j]));
    // Pairs of two statements first: their arcs often answer for those of one statement with itself.
    std::stable_partition(candidates.begin(), candidates.end(), [](const Conflict &conflict) {
      return conflict.first().statement != conflict.second().statement;
    });
    for (const Conflict &conflict : candidates)
      if (isHere(conflict))
        addConflict(conflict, !isFolded, isLocal,
                    [&](const isl::set &first, const isl::set &second) {
                      return isFolded ? sameCell(array, conflict, first, second)
                                      : sameElement(state_.table, conflict, first, second);
                    });
  }

  // On an axis whose cells are its elements, equal cells mean equal subscripts.
  std::set<std::string> equalInames(const std::string &array, unsigned first, unsigned second) const {
    const CellMap &cells = state_.cells.at(array);
    return plainlyEqualInames(state_.table, first, second, [&](size_t axis) {
      return !cells.axes[axis].lower && cells.axes[axis].stride == 1;
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
  isl::set sameCell(const std::string &array, const Conflict &conflict, const isl::set &firstDomain,
                    const isl::set &secondDomain) const {
    const AccessInfo &a = conflict.first(), &b = conflict.second();
    isl::set pairs = withCoordinates(firstDomain, a.statement);
    isl::set other = withCoordinates(secondDomain, b.statement);
    poly::Renaming priming = primingOfAll(b.statement);
    pairs = pairs.intersect(poly::renameParams(other, priming));
    const CellMap &cells = state_.cells.at(array);
    for (size_t axis = 0; axis < cells.axes.size(); ++axis) {
      std::optional<isl::pw_aff> x = cellOf(cells.axes[axis], a.index[axis]), y = cellOf(cells.axes[axis], b.index[axis]);
      if (x && y)
        pairs = pairs.intersect(x->eq_set(poly::renameParams(*y, priming)));
    }
    return pairs;
  }

  poly::Renaming primingOfAll(unsigned statement) const {
    poly::Renaming renaming = state_.table.priming(statement);
    for (Axis axis = 0; axis < axisCount; ++axis)
      renaming[coordinateName(axis)] = primed(coordinateName(axis));
    return renaming;
  }

  isl::set withCoordinates(isl::set set, unsigned statement) const {
    const Placement &placement = state_.placements.at(state_.table.statement(statement).id);
    for (Axis axis = 0; axis < axisCount; ++axis) {
      isl::pw_aff coordinate = poly::paramAff(state_.ctx(), coordinateName(axis));
      const AxisPlacement &place = placement.axes[axis];
      if (place.kind == AxisPlacement::Kind::Iname) {
        isl::pw_aff value = poly::paramAff(state_.ctx(), place.iname);
        set = set.intersect(coordinate.eq_set(lowers()[axis] ? value.sub(*lowers()[axis]) : value));
      } else if (place.kind == AxisPlacement::Kind::Masked) {
        set = set.intersect(coordinate.eq_set(poly::constantAff(state_.ctx(), 0)));
      }
    }
    return set;
  }

  static std::optional<isl::pw_aff> cellOf(const CellAxis &cell, const std::optional<isl::pw_aff> &index) {
    if (!index)
      return std::nullopt;
    isl::pw_aff value = cell.lower ? index->sub(*cell.lower) : *index;
    return cell.stride == 1 ? value : value.scale_down(static_cast<long>(cell.stride)).floor();
  }

  // Where two work-items differ; pairs of one group, in one launch, that meet it cross.
  isl::set differentItems(const Conflict &conflict, bool sameElement) const {
    isl::set differ = poly::emptySet(state_.ctx());
    for (Axis axis = 3; axis < axisCount; ++axis)
      if (hasSeveralItems(axis))
        differ = differ.unite(
            coordinatesDiffer(state_.table, state_.placements, lowers(), conflict, axis, sameElement));
    return differ;
  }

  isl::set inOneGroup(const Conflict &conflict) const {
    isl::set same = poly::universe(state_.ctx());
    for (unsigned n = 0; n < 3; ++n)
      if (device_.axes[groupAxis(n)].used)
        same = same.intersect(equalOn(state_.table, state_.placements, lowers(), conflict, groupAxis(n)));
    for (const std::string &iname : device_.hostInames)
      same = same.intersect(poly::paramAff(state_.ctx(), iname).eq_set(poly::paramAff(state_.ctx(), primed(iname))));
    return same;
  }

  // `pairs` makes the pairs that share an element or cell, of instances in two given sets; it is called only where the
  // question is not answered without.
  template <class Pairs> void addConflict(const Conflict &conflict, bool sameElement, bool isLocal, const Pairs &pairs) {
    const isl::set differ = differentItems(conflict, sameElement);
    if (poly::isPlainlyEmpty(differ))
      return;
    const CommonPath common = commonPath(paths_.at(conflict.firstStatement().id), paths_.at(conflict.secondStatement().id));
    const CrossingQuestion<Pairs> crosses{state_.table, conflict, pairs, differ, inOneGroup(conflict)};
    for (bool firstRunsFirst : {true, false}) {
      if (!firstRunsFirst && conflict.isSymmetric())
        break;
      for (unsigned level = 0; level <= common.loops.size(); ++level) {
        if (isAnswered(conflict, common, level, firstRunsFirst, isLocal))
          continue;
        const isl::set parted = partsAt(state_.ctx(), common, level, firstRunsFirst);
        if (!crosses(parted))
          continue;
        const bool isNext = level < common.loops.size() &&
                            crosses(parted.intersect(nextIteration(common.loops[level], firstRunsFirst)));
        addArc(conflict, common, level, firstRunsFirst, isNext, isLocal);
      }
    }
  }

  // Do pairs that meet a condition cross? The convex hulls of the domains are asked first, since most answers are no;
  // then the disjuncts one by one, since one yes is enough.
  template <class Pairs> struct CrossingQuestion {
    const AccessTable &table;
    const Conflict &conflict;
    const Pairs &pairs;
    const isl::set &differ;
    isl::set inGroup;

    bool operator()(const isl::set &condition) const {
      const unsigned s = conflict.first().statement, t = conflict.second().statement;
      const isl::set all = condition.intersect(inGroup);
      auto meets = [&](const isl::set &first, const isl::set &second) {
        return poly::meets(pairs(first, second).intersect(all), differ);
      };
      const isl::set &first = table.domain(s), &second = table.domain(t);
      if (first.n_basic_set() <= 1 && second.n_basic_set() <= 1)
        return meets(first, second);
      if (!meets(poly::simpleHull(first), poly::simpleHull(second)))
        return false;
      for (const isl::set &one : poly::disjuncts(first))
        for (const isl::set &other : poly::disjuncts(second))
          if (meets(one, other))
            return true;
      return false;
    }
  };

  // Where a pair that parts at `level` stands: from child `from` to child `to` of `body`.
  struct Span {
    Position body;
    unsigned from, to;
    bool isCarried;
  };
  Span spanOf(const Conflict &conflict, const CommonPath &common, unsigned level, bool firstRunsFirst) const {
    Span span;
    span.isCarried = level < common.loops.size();
    const Path &first = paths_.at(conflict.firstStatement().id), &second = paths_.at(conflict.secondStatement().id);
    const unsigned depth = span.isCarried ? level + 1 : level;  // of the body where it parts
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

  // Nothing can part there, or an arc that is there already asks for at least as much.
  bool isAnswered(const Conflict &conflict, const CommonPath &common, unsigned level, bool firstRunsFirst, bool isLocal) {
    if (level == common.loops.size() && common.order != (firstRunsFirst ? -1 : 1))
      return true;
    const Span span = spanOf(conflict, common, level, firstRunsFirst);
    BodyArcs &arcs = bodyArcs(span.body);
    const std::vector<bool> allowed = gapsOf(span, arcs.gaps, true);
    return std::any_of(arcs.arcs.begin(), arcs.arcs.end(), [&](const GapArc &arc) {
      if (!(isLocal ? arc.local : arc.global))
        return false;
      for (unsigned gap = 0; gap < arcs.gaps; ++gap)
        if (arc.allowed[gap] && !allowed[gap])
          return false;
      return true;
    });
  }

  void addArc(const Conflict &conflict, const CommonPath &common, unsigned level, bool firstRunsFirst,
              bool isAtDistanceOne, bool isLocal) {
    const Span span = spanOf(conflict, common, level, firstRunsFirst);
    BodyArcs &arcs = bodyArcs(span.body);
    GapArc arc;
    arc.allowed = gapsOf(span, arcs.gaps, isAtDistanceOne);
    (isLocal ? arc.local : arc.global) = true;
    const Statement &source = firstRunsFirst ? conflict.firstStatement() : conflict.secondStatement();
    const Statement &sink = firstRunsFirst ? conflict.secondStatement() : conflict.firstStatement();
    arc.reason = conflict.array() + ": " + source.id + " -> " + sink.id;
    arcs.arcs.push_back(std::move(arc));
  }

  isl::set nextIteration(const std::string &loop, bool firstRunsFirst) const {
    isl::pw_aff x = poly::paramAff(state_.ctx(), loop), y = poly::paramAff(state_.ctx(), primed(loop));
    return firstRunsFirst ? x.add_constant(1).eq_set(y) : y.add_constant(1).eq_set(x);
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

  // `... lbarrier` forces the gap behind it.
  void forceUserGaps() {
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

  // ---------------------------------------------------------------------------------------------------- choosing
  // Stabs arcs that do not contain `start` (so that none wraps around it) with the fewest gaps, walking the circle from
  // start + 1: the right end of the arc that ends first is always a best choice.
  static std::vector<unsigned> stabLinear(std::vector<const GapArc *> arcs, unsigned gaps, unsigned start) {
    auto endOf = [&](const GapArc &arc) {
      unsigned end = 0;
      for (unsigned step = 1; step <= gaps; ++step)
        if (arc.allowed[(start + step) % gaps])
          end = step;
      return end;
    };
    std::vector<unsigned> chosen;
    std::vector<std::pair<unsigned, const GapArc *>> byEnd;
    for (const GapArc *arc : arcs)
      byEnd.emplace_back(endOf(*arc), arc);
    std::stable_sort(byEnd.begin(), byEnd.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    for (const auto &[end, arc] : byEnd)
      if (std::none_of(chosen.begin(), chosen.end(), [&, a = arc](unsigned gap) { return a->allowed[gap]; }))
        chosen.push_back((start + end) % gaps);
    return chosen;
  }

  // Some gap of the smallest arc is chosen; each of them opens the circle there.
  static std::vector<unsigned> fewestGaps(const BodyArcs &body) {
    if (body.arcs.empty())
      return {};
    auto sizeOf = [](const GapArc &arc) { return std::count(arc.allowed.begin(), arc.allowed.end(), true); };
    const GapArc &smallest = *std::min_element(body.arcs.begin(), body.arcs.end(), [&](const GapArc &a, const GapArc &b) {
      return sizeOf(a) < sizeOf(b);
    });
    std::vector<unsigned> best;
    for (unsigned gap = body.gaps; gap-- > 0;) {
      if (!smallest.allowed[gap])
        continue;
      std::vector<const GapArc *> rest;
      for (const GapArc &arc : body.arcs)
        if (!arc.allowed[gap])
          rest.push_back(&arc);
      std::vector<unsigned> chosen = stabLinear(rest, body.gaps, gap);
      chosen.push_back(gap);
      if (best.empty() || chosen.size() < best.size())
        best = std::move(chosen);
    }
    std::sort(best.begin(), best.end());
    return best;
  }

  void choose(const Position &body, const BodyArcs &arcs) {
    for (unsigned gap : fewestGaps(arcs)) {
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
      state_.mapping.barriers.push_back(std::move(place));
    }
  }

  MappingState &state_;
  unsigned number_;
  DeviceKernel &device_;
  Tree tree_;
  std::map<std::string, Path> paths_;
  std::map<Position, BodyArcs> bodies_;
};

} // namespace

void placeBarriers(MappingState &state) {
  for (unsigned number = 0; number < state.mapping.kernels.size(); ++number)
    BarrierPlacement(state, number).run();
}

} // namespace loopy
