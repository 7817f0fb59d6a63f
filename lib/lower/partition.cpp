// Step b of the mapping: which statements run in one launch.
//
// On the tree with hardware loops spliced out, a dependence that crosses work-groups is separated by a cut where it first
// parts: at a child position by a cut between the two children, at a loop by making that loop a host loop.
#include "mapping_state.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

using Position = std::vector<unsigned>;  // child positions from the root: names a node of the spliced tree

struct Arc {
  unsigned from, to;  // child positions; the cut stands after one of from..to-1
};

class Partitioner {
public:
  explicit Partitioner(MappingState &state)
      : state_(state), spliced_(spliceApart(state.kernel.tree, [&](const std::string &l) { return state.isHardware(l); })),
        paths_(allPaths(spliced_)) {}

  void run() {
    state_.mapping.kernels.clear();
    state_.mapping.host.clear();
    state_.kernelOf.clear();
    state_.lowers.clear();
    if (state_.target.hasWorkItems()) {
      findCuts();
      forceUserCuts();
    }
    buildHost(spliced_, {}, {}, state_.mapping.host);
    nameKernels();
  }

private:
  // ------------------------------------------------------------------------------------------------------- cuts
  void findCuts() {
    const Kernel &kernel = state_.kernel;
    const bool hasGroups = std::any_of(kernel.inames.begin(), kernel.inames.end(),
                                       [](const Iname &iname) { return iname.tag.isGroup(); });
    if (!hasGroups)
      return;
    for (const Conflict &conflict : conflicts(state_.table)) {
      Alternatives crossing;
      for (unsigned n = 0; n < 3; ++n)
        for (Constraints &one :
             coordinatesDiffer(state_.table, state_.placements, {}, conflict, groupAxis(n), true))
          crossing.push_back(std::move(one));
      if (crossing.empty())
        continue;
      const Formula pairs = conflict.formula().requireEither(std::move(crossing));
      const CommonPath common = commonPath(paths_.at(conflict.firstStatement().id), paths_.at(conflict.secondStatement().id));
      for (bool firstRunsFirst : {true, false})
        if (firstRunsFirst || !conflict.isSymmetric())
          addCuts(conflict, pairs, common, firstRunsFirst);
    }
  }

  // `pairs` are those of different work-groups.
  void addCuts(const Conflict &conflict, const Formula &pairs, const CommonPath &common, bool firstRunsFirst) {
    // Of temporaries too all kinds count, not flow alone: an element that several groups access lies in global memory.
    const Path &first = paths_.at(conflict.firstStatement().id), &second = paths_.at(conflict.secondStatement().id);
    for (unsigned level = 0; level <= common.loops.size(); ++level) {
      const bool isLoop = level < common.loops.size();
      if (isLoop && conflict.equalInames().count(common.loops[level]))
        continue;
      const std::optional<Constraints> parted = partingAt(state_.table.terms(), common, level, firstRunsFirst);
      if (!parted || !Formula(pairs).require(*parted).isSatisfiable())
        continue;
      Position body(first.positions.begin(), first.positions.begin() + level + (isLoop ? 1 : 0));
      if (isLoop) {
        makeHostLoop(body, common.loops[level], conflict);
      } else {
        // Loops around a cut are on the host too.
        makeHostLoops(body, common.loops, conflict);
        unsigned p = first.positions[level], q = second.positions[level];
        arcs_[body].push_back({std::min(p, q), std::max(p, q)});
      }
    }
  }

  // The loops along a position; `loops` names them.
  void makeHostLoops(const Position &body, const std::vector<std::string> &loops, const Conflict &conflict) {
    for (size_t depth = 1; depth <= body.size(); ++depth)
      makeHostLoop(Position(body.begin(), body.begin() + static_cast<long>(depth)), loops[depth - 1], conflict);
  }

  void makeHostLoop(const Position &loop, const std::string &iname, const Conflict &conflict) {
    for (const Statement *statement : {&conflict.firstStatement(), &conflict.secondStatement()})
      for (const auto &[name, load] : statement->dataParams)
        if (boundsLoop(*statement, name, iname))
          throw UserError(statement->source, "Loop `" + iname + "` would have to run on the host, since `" +
                                                 conflict.firstStatement().id + "` and `" +
                                                 conflict.secondStatement().id + "` exchange `" + conflict.array() +
                                                 "` between work-groups, but its bound `" + toString(load) +
                                                 "` is only known on the device.");
    hostLoops_.insert(loop);
    // Whatever stands around a host loop is on the host.
    for (size_t depth = 1; depth < loop.size(); ++depth)
      hostLoops_.insert(Position(loop.begin(), loop.begin() + static_cast<long>(depth)));
  }

  // A constraint of the domain joins the data parameter with the iname.
  static bool boundsLoop(const Statement &statement, const std::string &dataParam, const std::string &iname) {
    bool found = false;
    statement.domain.foreach_basic_set([&](const isl::basic_set &basic) {
      isl::set one = poly::projectOnto(isl::set(basic), {dataParam, iname});
      found |= poly::involves(one, dataParam) && poly::involves(one, iname);
    });
    return found;
  }

  void forceUserCuts() {
    for (const StatementRef &statement : state_.kernel.statements) {
      const Barrier *barrier = std::get_if<Barrier>(&statement->body);
      if (!barrier || barrier->scope != Barrier::Scope::Global)
        continue;
      if (!statement->dataParams.empty())
        throw UserError(statement->source, "The cut that `" + statement->id +
                                               "` asks for cannot be made: the host would have to run the loops around it, "
                                               "but `" +
                                               toString(statement->dataParams.begin()->second) +
                                               "`, which says how often, is only known on the device.");
      const Path &path = paths_.at(statement->id);
      Position body(path.positions.begin(), path.positions.begin() + static_cast<long>(path.loops.size()));
      for (size_t depth = 1; depth <= body.size(); ++depth)
        hostLoops_.insert(Position(body.begin(), body.begin() + static_cast<long>(depth)));
      forcedCuts_[body].insert(path.positions[path.loops.size()]);
    }
  }

  // The fewest cuts of a body's arcs, latest first: the classic stabbing of intervals by their right ends.
  std::set<unsigned> cutsOf(const Tree &children, const Position &body) {
    std::set<unsigned> cuts = forcedCuts_[body];
    for (unsigned child = 0; child < children.size(); ++child)
      if (isHostLoop(children, child, body)) {
        cuts.insert(child);
        if (child > 0)
          cuts.insert(child - 1);
      }
    std::vector<Arc> arcs = arcs_[body];
    std::sort(arcs.begin(), arcs.end(), [](const Arc &a, const Arc &b) { return a.to < b.to; });
    std::vector<unsigned> carried;
    for (const Arc &arc : arcs) {
      auto cut = cuts.lower_bound(arc.from);
      if (cut != cuts.end() && *cut < arc.to)
        continue;
      if (carried.empty())
        carried = temporariesAcross(children);
      cuts.insert(latestCut(children, arc, carried));
    }
    return cuts;
  }

  // For each place behind a child: how many temporaries are in use on both sides of it.
  std::vector<unsigned> temporariesAcross(const Tree &children) const {
    std::map<std::string, std::pair<unsigned, unsigned>> uses; // the first and the last child
    for (unsigned child = 0; child < children.size(); ++child)
      for (const std::string &id : statementsBelow(children[child]))
        for (unsigned access : state_.table.ofStatement(state_.numberOf(id))) {
          const std::string &name = state_.table.access(access).load.as<Load>()->array;
          if (state_.kernel.array(name).isTemp())
            uses.try_emplace(name, child, child).first->second.second = child;
        }
    std::vector<unsigned> begin(children.size(), 0), end(children.size(), 0), result(children.size(), 0);
    for (const auto &[name, range] : uses) {
      ++begin[range.first];
      ++end[range.second];
    }
    unsigned open = 0;
    for (unsigned child = 0; child < children.size(); ++child)
      result[child] = open = open + begin[child] - end[child];
    return result;
  }

  // The place for a cut of the arc: if possible one that leaves loops over work-groups whole, and best of all those over
  // work-items too, for what they share in local memory, or keep in registers, does not outlive a launch; of these one
  // that the fewest temporaries are carried across, and the latest.
  unsigned latestCut(const Tree &children, const Arc &arc, const std::vector<unsigned> &carried) const {
    const auto latestOutside = [&](auto isWhole) -> std::optional<unsigned> {
      std::optional<unsigned> best;
      for (unsigned cut = arc.to; cut-- > arc.from;)
        if (!best || carried[cut] < carried[*best])
          if (!share(statementsBelow(children[cut]).back(), statementsBelow(children[cut + 1]).front(), isWhole))
            best = cut;
      return best;
    };
    const std::optional<unsigned> outsideAll = latestOutside([](Tag tag) { return tag.isHardware(); });
    return outsideAll ? *outsideAll : latestOutside([](Tag tag) { return tag.isGroup(); }).value_or(arc.to - 1);
  }

  bool isHostLoop(const Tree &children, unsigned child, Position body) const {
    body.push_back(child);
    return children[child]->loop() && hostLoops_.count(body);
  }

  // ------------------------------------------------------------------------------------------------------- host
  struct Segment {
    std::vector<std::string> statements;
    std::map<Axis, int64_t> local;  // the local axes and their extents
  };

  void buildHost(const Tree &children, const Position &body, const std::vector<std::string> &hostInames,
                 std::vector<HostNode> &out) {
    const std::set<unsigned> cuts = cutsOf(children, body);
    Segment segment;
    auto flush = [&] {
      if (!segment.statements.empty())
        addKernel(segment.statements, hostInames, out);
      segment = {};
    };
    for (unsigned child = 0; child < children.size(); ++child) {
      if (isHostLoop(children, child, body)) {
        flush();
        Position inner = body;
        inner.push_back(child);
        std::vector<std::string> inames = hostInames;
        inames.push_back(children[child]->loop()->iname);
        HostNode::HostLoop loop{inames.back(), {}};
        buildHost(children[child]->loop()->children, inner, inames, loop.children);
        out.emplace_back().data = std::move(loop);
        continue;
      }
      if (!segment.statements.empty() && isOtherVersion(segment, children[child]))
        flush();
      addChild(children[child], segment, flush);
      if (cuts.count(child))
        flush();
    }
    flush();
  }

  // Do the child's statements and those before it exclude each other by what they ask of parameters, and share nothing
  // but arguments? Then each gets a launch of its own, and a run skips those that have nothing to do: versions of a
  // kernel do not add up their local memory. Sequential statements alone are not worth a launch.
  bool isOtherVersion(const Segment &segment, const NodeRef &child) const {
    const std::vector<std::string> statements = statementsBelow(child);
    return !statements.empty() && exclude({segment.statements.back()}, {statements.front()}) &&
           (hasHardware(statements) || hasHardware(segment.statements)) &&
           !shareGroup(segment.statements.back(), statements.front()) && exclude(segment.statements, statements) &&
           !shareTemporaries(segment.statements, statements);
  }

  bool exclude(const std::vector<std::string> &first, const std::vector<std::string> &second) const {
    const std::optional<Alternatives> before = askedOfParameters(first), now = askedOfParameters(second);
    if (!before || !now)
      return false;
    for (const Constraints &one : *before)
      for (const Constraints &other : *now) {
        Constraints both = one;
        both.insert(both.end(), other.begin(), other.end());
        if (isSatisfiable(state_.table.terms(), both))
          return false;
      }
    return true;
  }

  bool hasHardware(const std::vector<std::string> &statements) const {
    return std::any_of(statements.begin(), statements.end(), [&](const std::string &id) {
      const std::vector<std::string> &inames = state_.kernel.statement(id).inames;
      return std::any_of(inames.begin(), inames.end(), [&](const std::string &i) { return state_.isHardware(i); });
    });
  }

  // The different constraints on parameters alone of all cases of the statements; nothing if there are many of these,
  // or one that asks nothing.
  std::optional<Alternatives> askedOfParameters(const std::vector<std::string> &statements) const {
    constexpr size_t most = 8;
    Terms &terms = state_.table.terms();
    std::set<Term> params;
    for (const std::string &param : state_.kernel.integerParams())
      params.insert(terms.ofName(param));
    Alternatives result;
    for (const std::string &id : statements)
      for (const Constraints &domain : state_.table.cases(state_.numberOf(id))) {
        Constraints asked;
        for (const Constraint &constraint : domain) {
          const std::set<Term> names = terms.namesIn(constraint.form);
          if (std::includes(params.begin(), params.end(), names.begin(), names.end()))
            asked.push_back(constraint);
        }
        std::sort(asked.begin(), asked.end());
        if (asked.empty())
          return std::nullopt;
        if (std::find(result.begin(), result.end(), asked) == result.end())
          result.push_back(std::move(asked));
        if (result.size() > most)
          return std::nullopt;
      }
    return result;
  }

  bool shareTemporaries(const std::vector<std::string> &first, const std::vector<std::string> &second) const {
    std::set<std::string> used;
    for (const std::string &id : first)
      for (unsigned access : state_.table.ofStatement(state_.numberOf(id)))
        used.insert(state_.table.access(access).load.as<Load>()->array);
    for (const std::string &id : second)
      for (unsigned access : state_.table.ofStatement(state_.numberOf(id)))
        if (const std::string &name = state_.table.access(access).load.as<Load>()->array;
            state_.kernel.array(name).isTemp() && used.count(name))
          return true;
    return false;
  }

  // The statements stand in one loop over work-groups: they are work of the same groups, which share local memory.
  bool shareGroup(const std::string &first, const std::string &second) const {
    return share(first, second, [](Tag tag) { return tag.isGroup(); });
  }

  // The statements stand in one loop with such a tag.
  template <class Predicate> bool share(const std::string &first, const std::string &second, Predicate isSuch) const {
    const CommonPath common = commonPath(state_.paths.at(first), state_.paths.at(second));
    return std::any_of(common.loops.begin(), common.loops.end(),
                       [&](const std::string &loop) { return isSuch(state_.kernel.tag(loop)); });
  }

  // A statement that asks for a cut is no work of the kernels on its sides. Where there is one kernel, it is one of its
  // statements like any other.
  bool isCut(const Statement &statement) const {
    const Barrier *barrier = std::get_if<Barrier>(&statement.body);
    return state_.target.hasWorkItems() && barrier && barrier->scope == Barrier::Scope::Global;
  }

  // Siblings on the host with different local axes or extents are different kernels; one without joins its neighbour.
  template <class Flush> void addChild(const NodeRef &child, Segment &segment, const Flush &flush) {
    std::vector<std::string> statements;
    for (const std::string &id : statementsBelow(child))
      if (!isCut(state_.kernel.statement(id)))
        statements.push_back(id);
    std::map<Axis, int64_t> local = localExtents(statements);
    const bool isSameWork = segment.statements.empty() || statements.empty() ||
                            shareGroup(segment.statements.back(), statements.front());
    if (!local.empty() && !segment.local.empty() && local != segment.local && !isSameWork)
      flush();
    segment.statements.insert(segment.statements.end(), statements.begin(), statements.end());
    if (!local.empty())
      segment.local = local;
  }

  std::map<Axis, int64_t> localExtents(const std::vector<std::string> &statements) {
    std::map<Axis, int64_t> result;
    if (state_.target.hasWorkItems())
      for (unsigned n = 0; n < 3; ++n) {
        std::optional<isl::pw_aff> lower;
        AxisExtent extent = axisHull(state_, statements, {}, localAxis(n), lower);
        if (extent.used)
          result[localAxis(n)] = extent.constant;
      }
    return result;
  }

  void addKernel(const std::vector<std::string> &statements, const std::vector<std::string> &hostInames,
                 std::vector<HostNode> &out) {
    unsigned number = static_cast<unsigned>(state_.mapping.kernels.size());
    DeviceKernel device;
    device.hostInames = hostInames;
    std::set<std::string> members(statements.begin(), statements.end());
    device.tree = spliceLoops(restrictTree(state_.kernel.tree, [&](const std::string &id) { return members.count(id) != 0; }),
                              [&](const std::string &loop) {
                                return std::find(hostInames.begin(), hostInames.end(), loop) != hostInames.end();
                              });
    for (const std::string &id : statements)
      state_.kernelOf[id] = number;
    AxisLowers lowers;
    if (state_.target.hasWorkItems())
      for (Axis axis = 0; axis < axisCount; ++axis) {
        device.axes[axis] = axisHull(state_, statements, hostInames, axis, lowers[axis]);
        if (isGroupAxis(axis) && device.axes[axis].used)
          holdMasked(device.axes[axis], axis, statements, hostInames);
      }
    state_.lowers.push_back(std::move(lowers));
    state_.mapping.kernels.push_back(std::move(device));
    out.emplace_back().data.emplace<HostNode::LaunchNode>(number);
  }

  // A statement on coordinate 0 of an axis needs a work-group there, also where no loop of that axis has an iteration.
  void holdMasked(AxisExtent &extent, Axis axis, const std::vector<std::string> &statements,
                  const std::vector<std::string> &hostInames) const {
    Context &context = *state_.kernel.context;
    const std::optional<isl::pw_aff> groups = toAffine(context, extent.extent);
    poly::Names kept = state_.kernel.integerParams();
    kept.insert(kept.end(), hostInames.begin(), hostInames.end());
    for (const std::string &id : statements) {
      if (state_.placements.at(id).axes[axis].kind != AxisPlacement::Kind::Masked)
        continue;
      const isl::set live = poly::projectOnto(state_.table.domain(state_.numberOf(id)), kept);
      if (groups && live.is_subset(groups->ge_set(poly::constantAff(state_.ctx(), 1))))
        continue;
      extent.extent = context.binary(BinaryOp::Max, extent.extent, context.constant(int64_t{1}));
      return;
    }
  }

  void nameKernels() {
    std::vector<DeviceKernel> &kernels = state_.mapping.kernels;
    for (size_t i = 0; i < kernels.size(); ++i)
      kernels[i].name = kernels.size() == 1 ? state_.kernel.name : state_.kernel.name + "_" + std::to_string(i);
  }

  MappingState &state_;
  Tree spliced_;
  std::map<std::string, Path> paths_;
  std::set<Position> hostLoops_;
  std::map<Position, std::vector<Arc>> arcs_;
  std::map<Position, std::set<unsigned>> forcedCuts_;
};

} // namespace

void partition(MappingState &state) { Partitioner(state).run(); }

} // namespace loopy
