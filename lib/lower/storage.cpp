// Step c of the mapping: where every temporary lives, and how its elements become cells.
#include "cells.h"
#include "sharing.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

namespace loopy {
namespace {

// Cells along a loop that are tried where the user has asked for none.
constexpr int64_t mostCopiesUnasked = 4;

class StorageOfArray {
public:
  StorageOfArray(MappingState &state, const Array &array)
      : state_(state), array_(array), accesses_(state.table.ofArray(array.name)),
        conflicts_(conflicts(state.table, array.name)) {
    // Values that flow from one statement to another are the likeliest to cross, and one answer ends the search.
    std::stable_partition(conflicts_.begin(), conflicts_.end(), [](const Conflict &conflict) {
      return conflict.first().statement != conflict.second().statement;
    });
  }

  Storage run(CellMap &cells) {
    storage_.array = array_.name;
    findKernel();
    findSpace();
    findFoldedLoops();
    findSharedAxes();
    findCells(cells);
    findSwizzle();
    findContiguousAxis();
    storage_.bytes = array_.type.sizeInBytes();
    for (const StorageAxis &axis : storage_.axes)
      storage_.bytes = axis.constantExtent ? storage_.bytes * static_cast<uint64_t>(*axis.constantExtent) : 0;
    return storage_;
  }

private:
  const Statement &statementOf(unsigned access) const {
    return state_.table.statement(state_.table.access(access).statement);
  }
  unsigned kernelOf(const Statement &statement) const { return state_.kernelOf.at(statement.id); }
  const Placement &placementOf(const Statement &statement) const { return state_.placements.at(statement.id); }

  void findKernel() {
    storage_.kernel = static_cast<int>(kernelOf(statementOf(accesses_[0])));
    for (unsigned access : accesses_)
      if (static_cast<int>(kernelOf(statementOf(access))) != storage_.kernel)
        storage_.kernel = -1;
  }

  // ------------------------------------------------------------------------------------------------------- space
  void findSpace() {
    if (!state_.target.hasWorkItems()) {
      storage_.space = AddressSpace::Private;
      return;
    }
    if (storage_.kernel < 0 || flowsBetweenLaunches()) {
      storage_.space = AddressSpace::Global;
      storage_.kernel = -1;
      refuseNarrower(nullptr);
      return;
    }
    const Conflict *witness = nullptr;
    if (differs(0, 3, false, witness))
      storage_.space = AddressSpace::Global;
    else if (array_.space == AddressSpace::Local || differs(3, 6, true, witness))
      storage_.space = AddressSpace::Local;
    else
      storage_.space = AddressSpace::Private;
    if (storage_.space == AddressSpace::Global)
      storage_.kernel = -1;
    refuseNarrower(witness);
    if (array_.space && *array_.space > storage_.space) {
      storage_.space = *array_.space;
      if (storage_.space == AddressSpace::Global)
        storage_.kernel = -1;
    }
  }

  const std::vector<std::string> &hostInames() const {
    return state_.mapping.kernels[kernelOf(statementOf(accesses_[0]))].hostInames;
  }

  Terms &terms() const { return state_.table.terms(); }

  // A value written in one launch and read in a later one of the same kernel.
  bool flowsBetweenLaunches() const {
    for (const std::string &iname : hostInames())
      for (const Conflict &conflict : conflicts_)
        if (!conflict.equalInames().count(iname) && flow(conflict, {}, iname))
          return true;
    return false;
  }

  // Is there a flow dependence among these pairs, in which the values of `loop` differ?
  bool flow(const Conflict &conflict, const Constraints &among, const std::string &loop) const {
    const CommonPath common =
        commonPath(state_.paths.at(conflict.firstStatement().id), state_.paths.at(conflict.secondStatement().id));
    std::optional<Formula> pairs;
    for (bool firstRunsFirst : {true, false}) {
      const AccessInfo &source = firstRunsFirst ? conflict.first() : conflict.second();
      const AccessInfo &sink = firstRunsFirst ? conflict.second() : conflict.first();
      if (!source.isWrite || sink.isWrite)
        continue;
      for (unsigned level = 0; level <= common.loops.size(); ++level) {
        if (level > 0 && common.loops[level - 1] == loop)
          break; // parted at that loop at the latest
        if (level < common.loops.size() && conflict.equalInames().count(common.loops[level]))
          continue;
        const std::optional<Constraints> parted = partingAt(terms(), common, level, firstRunsFirst);
        if (!parted)
          continue;
        if (!pairs)
          pairs = conflict.formula().require(among).requireEither(unequalToPrimed(terms(), loop));
        if (Formula(*pairs).require(*parted).isSatisfiable())
          return true;
      }
    }
    return false;
  }

  // Two work-items that differ on one of the axes first..last-1 access one element (in one group if `sameGroup`).
  bool differs(Axis first, Axis last, bool sameGroup, const Conflict *&witness) const {
    const AxisLowers &lowers = state_.lowers[static_cast<size_t>(storage_.kernel)];
    for (const Conflict &conflict : conflicts_)
      for (Axis axis = first; axis < last; ++axis) {
        if (!state_.mapping.kernels[static_cast<size_t>(storage_.kernel)].axes[axis].used)
          continue;
        Alternatives differ = coordinatesDiffer(state_.table, state_.placements, lowers, conflict, axis, true);
        if (differ.empty())
          continue;
        Formula pairs = conflict.formula();
        const unsigned kernel = static_cast<unsigned>(storage_.kernel);
        if (sameGroup)
          requireOneGroup(pairs, state_, kernel, conflict);
        else
          requireOneLaunch(pairs, state_, kernel);
        if (pairs.requireEither(std::move(differ)).isSatisfiable()) {
          witness = &conflict;
          return true;
        }
      }
    return false;
  }

  void refuseNarrower(const Conflict *witness) const {
    if (!array_.space || *array_.space >= storage_.space)
      return;
    std::string who;
    if (witness)
      who = ": `" + witness->firstStatement().id + "` and `" + witness->secondStatement().id +
            "` access one element of it from different " +
            (storage_.space == AddressSpace::Global ? "work-groups" : "work-items");
    else
      who = ": it is used in more than one launch";
    throw UserError(array_.source, "Temporary `" + array_.name + "` cannot be " + spelling(*array_.space) +
                                       ", it has to be " + spelling(storage_.space) + who + ".");
  }

  // ----------------------------------------------------------------------------------------------------- folding
  // Ancestors of every access, outermost first; in OpenCL the sequential ones. Two loops of one iname are two
  // ancestors.
  std::vector<std::string> commonLoops() const {
    const Path &first = state_.sequentialPaths.at(statementOf(accesses_[0]).id);
    size_t depth = first.loops.size();
    for (unsigned access : accesses_) {
      const Path &own = state_.sequentialPaths.at(statementOf(access).id);
      size_t shared = 0;
      while (shared < depth && shared < own.loops.size() && own.positions[shared] == first.positions[shared])
        ++shared;
      depth = shared;
    }
    return {first.loops.begin(), first.loops.begin() + static_cast<long>(depth)};
  }

  // A prefix of the common loops: x is folded iff every flow dependence has equal values of it and of those outside,
  // and no two work-groups, which nothing orders, share a cell for it.
  void findFoldedLoops() {
    std::vector<std::string> &folded = storage_.foldedLoops;
    for (const std::string &loop : commonLoops()) {
      if (array_.copies.count(loop) || state_.kernel.tag(loop).isVec())
        break; // a vector has all its lanes at once
      Constraints among;
      for (const std::string &outer : folded)
        among.push_back(equalToPrimed(terms(), outer));
      bool crosses = std::any_of(conflicts_.begin(), conflicts_.end(), [&](const Conflict &conflict) {
        return !conflict.equalInames().count(loop) && flow(conflict, among, loop);
      });
      if (crosses)
        break;
      folded.push_back(loop);
      if (groupsShareCells()) {
        folded.pop_back();
        break;
      }
    }
    if (!state_.target.hasWorkItems() && !folded.empty())
      storage_.declaredIn = folded.back();
  }

  // In global memory: do two groups of one launch access, for different values of the folded loops, elements that
  // differ only on axes which one of these has a part in? Such axes may come to fewer cells, even to one.
  bool groupsShareCells() const {
    if (storage_.space != AddressSpace::Global || !state_.target.hasWorkItems())
      return false;
    for (size_t i = 0; i < accesses_.size(); ++i)
      for (size_t j = i; j < accesses_.size(); ++j) {
        const Conflict pair(state_.table, accesses_[i], accesses_[j], {});
        if ((pair.first().isWrite || pair.second().isWrite) && groupsShareCells(pair))
          return true;
      }
    return false;
  }

  bool groupsShareCells(const Conflict &pair) const {
    const unsigned kernel = kernelOf(pair.firstStatement());
    if (kernelOf(pair.secondStatement()) != kernel)
      return false;
    Alternatives groupsDiffer, loopsDiffer;
    for (Axis axis = 0; axis < 3; ++axis)
      if (state_.mapping.kernels[kernel].axes[axis].used)
        for (Constraints &one :
             coordinatesDiffer(state_.table, state_.placements, state_.lowers[kernel], pair, axis, false))
          groupsDiffer.push_back(std::move(one));
    if (groupsDiffer.empty())
      return false;
    for (const std::string &loop : storage_.foldedLoops)
      for (Constraints &one : unequalToPrimed(terms(), loop))
        loopsDiffer.push_back(std::move(one));
    Formula pairs(terms());
    pairs.requireEither(state_.table.cases(pair.first().statement))
        .requireEither(state_.table.primedCases(pair.second().statement))
        .requireEither(std::move(loopsDiffer))
        .requireEither(std::move(groupsDiffer));
    requireOneLaunch(pairs, state_, kernel);
    const Load &x = *pair.first().load.as<Load>(), &y = *pair.second().load.as<Load>();
    for (unsigned axis = 0; axis < x.index.size(); ++axis)
      if (llvm::none_of(storage_.foldedLoops, [&](const std::string &loop) {
            return mentionsIname(x.index[axis], loop) || mentionsIname(y.index[axis], loop);
          }))
        requireEqualSubscript(pairs, pair, axis);
    return pairs.isSatisfiable();
  }

  // ------------------------------------------------------------------------------------------------------ sharing
  // An axis over a loop that is not folded, since values flow across its iterations or since accesses stand in several
  // loops of that iname, takes m cells where the user asks for m copies, and one where that is legal: where a value has
  // always served when the next one takes its cell. In OpenCL, where its length has to be a constant, a few more.
  void findSharedAxes() {
    for (const auto &[loop, copies] : array_.copies)
      for (size_t axis = 0; axis < array_.implicitAxes; ++axis)
        if (movesWith(axis, loop))
          loopOfShared_[axis] = loop;
    for (const auto &[axis, loop] : loopOfShared_)
      shared_.push_back({axis, array_.copies.at(loop)});
    for (const auto &[loop, copies] : array_.copies)
      if (std::none_of(loopOfShared_.begin(), loopOfShared_.end(), [&](const auto &of) { return of.second == loop; }))
        throw UserError(array_.source, "Temporary `" + array_.name + "` cannot be stored with " +
                                           std::to_string(copies) + " copies along `" + loop +
                                           "`, since not all its accesses are subscripted by " +
                                           "that loop and a constant, or since it is no sequential loop.");
    if (!shared_.empty())
      requireSharing();
    if (storage_.space == AddressSpace::Global && state_.target.hasWorkItems())
      return; // nothing orders work-groups
    for (size_t axis = 0; axis < array_.implicitAxes; ++axis) {
      const std::optional<std::string> loop = sequentialLoopOf(axis);
      if (!loop || loopOfShared_.count(axis) || isFolded(*loop))
        continue;
      const int64_t most = state_.target.hasWorkItems() && !hasConstantExtent(axis) ? mostCopiesUnasked : 1;
      for (int64_t modulo = 1; modulo <= most && !share(axis, modulo);)
        ++modulo;
    }
  }

  bool share(size_t axis, int64_t modulo) {
    std::vector<SharedAxis> more = shared_;
    more.insert(std::upper_bound(more.begin(), more.end(), axis,
                                 [](size_t value, const SharedAxis &other) { return value < other.axis; }),
                {axis, modulo});
    if (findSharingViolation(state_, sharingOf(more)))
      return false;
    shared_ = std::move(more);
    return true;
  }

  bool hasConstantExtent(size_t axis) const { return constantLayoutOf(state_, array_, storage_, axis).has_value(); }

  bool isFolded(const std::string &loop) const {
    const std::vector<std::string> &folded = storage_.foldedLoops;
    return std::find(folded.begin(), folded.end(), loop) != folded.end();
  }

  // The sequential loop that is, but for a constant, the subscript of all accesses; not one that is unrolled, since
  // each of its iterations has a register of its own.
  std::optional<std::string> sequentialLoopOf(size_t axis) const {
    std::optional<std::string> loop;
    for (unsigned access : accesses_) {
      const AccessInfo &info = state_.table.access(access);
      std::set<std::string> names = inamesIn(info.load.as<Load>()->index[axis]);
      if (!info.index[axis] || names.size() != 1 || (loop && *loop != *names.begin()))
        return std::nullopt;
      loop = *names.begin();
      const std::optional<Linear> subscript = state_.table.subscript(access, static_cast<unsigned>(axis), false);
      if (!subscript || !minus(*subscript, termTimes(terms().ofName(*loop), 1)).isConstant())
        return std::nullopt;
    }
    const Tag tag = state_.kernel.tag(*loop);
    const bool isSequential = tag.kind == Tag::Kind::None || tag.kind == Tag::Kind::UnrollHint;
    return isSequential ? loop : std::nullopt;
  }

  // All accesses have the same function of sequential loops on the axis, this loop among them, but for a constant: that
  // of one loop, or of the loops that it was split into. Unrolled ones run one iteration after another too.
  bool movesWith(size_t axis, const std::string &loop) const {
    const unsigned position = static_cast<unsigned>(axis);
    const std::optional<Linear> first = state_.table.subscript(accesses_[0], position, false);
    for (unsigned access : accesses_) {
      const AccessInfo &info = state_.table.access(access);
      const std::optional<Linear> subscript = state_.table.subscript(access, position, false);
      const std::set<std::string> names = inamesIn(info.load.as<Load>()->index[axis]);
      if (!info.index[axis] || !first || !subscript || !minus(*subscript, *first).isConstant() || !names.count(loop))
        return false;
      for (const std::string &name : names)
        if (const Tag tag = state_.kernel.tag(name);
            tag.kind != Tag::Kind::None && tag.kind != Tag::Kind::UnrollHint && tag.kind != Tag::Kind::Unroll)
          return false;
    }
    return true;
  }

  SharingQuestion sharingOf(std::vector<SharedAxis> axes) const {
    SharingQuestion question{array_.name, std::move(axes), storage_.foldedLoops, {}, 0};
    if (!state_.target.hasWorkItems())
      return question;
    question.kernel = static_cast<unsigned>(storage_.kernel);
    for (Axis axis = 0; axis < axisCount; ++axis)
      if (isGroupAxis(axis) || storage_.space == AddressSpace::Private)
        question.owner.push_back(axis);
    return question;
  }

  void requireSharing() const {
    std::string names;
    for (const SharedAxis &axis : shared_)
      names += (names.empty() ? "" : ", ") + std::to_string(axis.modulo) + " copies along `" +
               loopOfShared_.at(axis.axis) + "`";
    if (storage_.space == AddressSpace::Global && state_.target.hasWorkItems())
      throw UserError(array_.source, "Temporary `" + array_.name +
                                         "` is in global memory, so it cannot be stored with " + names +
                                         ": nothing orders the work-groups that would share a cell.");
    if (std::optional<Violation> found = findSharingViolation(state_, sharingOf(shared_)))
      throw UserError(array_.source, "Temporary `" + array_.name + "` cannot be stored with " + names + ": " +
                                         (found->undecided ? "whether values share a cell while they live could not be "
                                                             "decided within the budget of integer-set operations."
                                                           : describeSharing(state_.table.kernel(), *found) + "."));
  }

  // ------------------------------------------------------------------------------------------------------- cells
  void findCells(CellMap &cells) {
    for (size_t axis = 0; axis < array_.rank(); ++axis) {
      auto shared = std::find_if(shared_.begin(), shared_.end(), [&](const SharedAxis &a) { return a.axis == axis; });
      AxisLayout found =
          shared == shared_.end() ? layoutOf(state_, array_, storage_, axis) : moduloLayout(state_, shared->modulo);
      cells.axes.push_back(std::move(found.cell));
      storage_.axes.push_back(std::move(found.stored));
    }
  }

  // Where one of both axes has a single cell there is nothing to spread over memory banks.
  void findSwizzle() {
    if (!array_.swizzle)
      return;
    const Swizzle &asked = *array_.swizzle;
    const StorageSwizzle swizzle{array_.implicitAxes + asked.axis, array_.implicitAxes + asked.by, asked.granule,
                                 storage_.axes[array_.implicitAxes + asked.axis].constantExtent.value_or(1)};
    if (!storage_.axes[swizzle.axis].dropped && !storage_.axes[swizzle.by].dropped && swizzle.rows() > 1)
      storage_.swizzle = swizzle;
  }

  // Registers and memory of one work-item have no layout but ours.
  void findContiguousAxis() {
    if (state_.target.hasWorkItems() && storage_.space != AddressSpace::Private)
      return;
    for (unsigned axis = 0; axis < array_.rank() && !storage_.contiguousAxis; ++axis)
      if (!storage_.axes[axis].dropped && std::all_of(accesses_.begin(), accesses_.end(), [&](unsigned access) {
            const InameRef *iname = state_.table.access(access).load.as<Load>()->index[axis].as<InameRef>();
            return iname && state_.kernel.tag(iname->name).isVec();
          }))
        storage_.contiguousAxis = axis;
  }

  MappingState &state_;
  const Array &array_;
  const std::vector<unsigned> &accesses_;
  std::vector<Conflict> conflicts_;
  std::vector<SharedAxis> shared_;             // by axis
  std::map<size_t, std::string> loopOfShared_; // of those that the user asked for
  Storage storage_;
};

constexpr int64_t mostReplicatedElements = 16; // per work-item; more are computed once per group

int64_t elementsOf(const Storage &storage) {
  int64_t count = 1;
  for (const StorageAxis &axis : storage.axes)
    count *= axis.constantExtent.value_or(mostReplicatedElements + 1);
  return count;
}

} // namespace

std::vector<unsigned> Storage::memoryOrder() const {
  std::vector<unsigned> order;
  for (unsigned axis = 0; axis < axes.size(); ++axis)
    if (!axes[axis].dropped && axis != contiguousAxis)
      order.push_back(axis);
  if (contiguousAxis && !axes[*contiguousAxis].dropped)
    order.push_back(*contiguousAxis);
  return order;
}

Masked decideStorage(MappingState &state) {
  state.mapping.storage.clear();
  state.cells.clear();
  Masked masked;
  for (const Array &array : state.kernel.arrays) {
    if (!array.isTemp() || state.table.ofArray(array.name).empty())
      continue;
    // While a candidate is replicated it may turn out too large for private memory: that masks it, and is no error.
    std::vector<Axis> replicated;
    for (Axis axis = 0; axis < axisCount; ++axis)
      if (state.target.hasWorkItems() && hasCopyPerItem(state.table, state.placements, array.name, axis))
        replicated.push_back(axis);
    bool keep = true;
    try {
      Storage storage = StorageOfArray(state, array).run(state.cells[array.name]);
      keep = replicated.empty() ||
             (storage.space == AddressSpace::Private && elementsOf(storage) <= mostReplicatedElements);
      state.mapping.storage[array.name] = std::move(storage);
    } catch (const UserError &) {
      if (replicated.empty())
        throw;
      keep = false;
    }
    if (!keep)
      for (Axis axis : replicated)
        masked.insert({axis, array.name});
  }
  return masked;
}

} // namespace loopy
