// Step c of the mapping: where every temporary lives, and how its elements become cells.
#include "sharing.h"

#include "loopy/ir/affine.h"

#include <algorithm>
#include <numeric>

namespace loopy {
namespace {

// Cells along a loop that are tried where the user has asked for none.
constexpr int64_t mostCopiesUnasked = 4;

std::string elementName(size_t axis) { return "$e" + std::to_string(axis); }

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
    const CommonPath common = commonPath(state_.paths.at(conflict.firstStatement().id),
                                         state_.paths.at(conflict.secondStatement().id));
    std::optional<Formula> pairs;
    for (bool firstRunsFirst : {true, false}) {
      const AccessInfo &source = firstRunsFirst ? conflict.first() : conflict.second();
      const AccessInfo &sink = firstRunsFirst ? conflict.second() : conflict.first();
      if (!source.isWrite || sink.isWrite)
        continue;
      for (unsigned level = 0; level <= common.loops.size(); ++level) {
        if (level > 0 && common.loops[level - 1] == loop)
          break;  // parted at that loop at the latest
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
  // Ancestors of every access, outermost first; in OpenCL the sequential ones. Two loops of one iname are two ancestors.
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

  // A prefix of the common loops: x is folded iff every flow dependence has equal values of it and of those outside.
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
    }
    if (!state_.target.hasWorkItems() && !folded.empty())
      storage_.declaredIn = folded.back();
  }

  // ------------------------------------------------------------------------------------------------------ sharing
  // An axis over a loop that is not folded, since values flow across its iterations or since accesses stand in several
  // loops of that iname, takes m cells where the user asks for m copies, and one where that is legal: where a value has
  // always served when the next one takes its cell. In OpenCL, where its length has to be a constant, a few more.
  void findSharedAxes() {
    std::set<std::string> found;
    for (size_t axis = 0; axis < array_.implicitAxes; ++axis)
      if (std::optional<std::string> loop = sequentialLoopOf(axis))
        if (auto copies = array_.copies.find(*loop); copies != array_.copies.end()) {
          shared_.push_back({axis, copies->second});
          found.insert(*loop);
        }
    for (const auto &[loop, copies] : array_.copies)
      if (!found.count(loop))
        throw UserError(array_.source, "Temporary `" + array_.name + "` cannot be stored with " + std::to_string(copies) +
                                           " copies along `" + loop + "`, since not all its accesses are subscripted by " +
                                           "that loop and a constant, or since it is no sequential loop.");
    if (!shared_.empty())
      requireSharing();
    if (storage_.space == AddressSpace::Global && state_.target.hasWorkItems())
      return;  // nothing orders work-groups
    for (size_t axis = 0; axis < array_.implicitAxes; ++axis) {
      const std::optional<std::string> loop = sequentialLoopOf(axis);
      if (!loop || array_.copies.count(*loop) || isFolded(*loop))
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

  bool hasConstantExtent(size_t axis) const {
    CellAxis cell;
    StorageAxis stored;
    return isOneCell(axis, cell, stored) || fixedBox(axis, cell, stored);
  }

  bool isFolded(const std::string &loop) const {
    const std::vector<std::string> &folded = storage_.foldedLoops;
    return std::find(folded.begin(), folded.end(), loop) != folded.end();
  }

  // The sequential loop that is, but for a constant, the subscript of all accesses; not one that is unrolled, since each
  // of its iterations has a register of its own.
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
      names += (names.empty() ? "" : ", ") + std::to_string(axis.modulo) + " copies along `" + *sequentialLoopOf(axis.axis) + "`";
    if (storage_.space == AddressSpace::Global && state_.target.hasWorkItems())
      throw UserError(array_.source, "Temporary `" + array_.name + "` is in global memory, so it cannot be stored with " +
                                         names + ": nothing orders the work-groups that would share a cell.");
    if (std::optional<Violation> found = findSharingViolation(state_, sharingOf(shared_)))
      throw UserError(array_.source, "Temporary `" + array_.name + "` cannot be stored with " + names + ": " +
                                         (found->undecided ? "whether values share a cell while they live could not be "
                                                             "decided within the budget of integer-set operations."
                                                           : describeSharing(state_.table.kernel(), *found) + "."));
  }

  // ------------------------------------------------------------------------------------------------------- cells
  // The names that the lower end of a cell may depend on.
  bool mayDependOn(const std::string &name) const {
    if (state_.kernel.findParam(name))
      return true;
    const std::vector<std::string> &folded = storage_.foldedLoops;
    if (std::find(folded.begin(), folded.end(), name) != folded.end())
      return true;
    if (storage_.kernel < 0 || !state_.target.hasWorkItems())
      return false;
    if (std::find(hostInames().begin(), hostInames().end(), name) != hostInames().end())
      return true;
    for (Axis axis = 0; axis < axisCount; ++axis)
      if (name == coordinateName(axis))
        return isGroupAxis(axis) ? storage_.space != AddressSpace::Global : storage_.space == AddressSpace::Private;
    return false;
  }

  // { : $e<d> = subscript d of some instance }, over params, folded loops, host loops and coordinates
  isl::set elementsOn(size_t axis) const {
    isl::set elements = poly::emptySet(state_.ctx());
    for (unsigned access : accesses_) {
      isl::set of = elementsOn(access, axis);
      if (!of.is_subset(elements))
        elements = elements.unite(of).coalesce();
    }
    return elements;
  }

  isl::set elementsOn(unsigned access, size_t axis) const {
    const AccessInfo &info = state_.table.access(access);
    const Statement &statement = statementOf(access);
    isl::set result = isl::set(isl::manage(isl_set_simple_hull(state_.table.domain(info.statement).copy())));
    isl::pw_aff element = poly::paramAff(state_.ctx(), elementName(axis));
    if (info.index[axis]) {
      result = result.intersect(element.eq_set(*info.index[axis]));
    } else {
      result = result.intersect(element.ge_set(poly::constantAff(state_.ctx(), 0)));
      if (std::optional<isl::pw_aff> extent = declaredExtent(axis))
        result = result.intersect(element.lt_set(*extent));
    }
    if (state_.target.hasWorkItems() && storage_.kernel >= 0)
      result = withCoordinates(result, statement);
    poly::Names inner;
    for (const std::string &name : poly::paramNames(result))
      if (name != elementName(axis) && !mayDependOn(name))
        inner.push_back(name);
    return poly::projectOut(result, inner);
  }

  isl::set withCoordinates(isl::set set, const Statement &statement) const {
    const AxisLowers &lowers = state_.lowers[static_cast<size_t>(storage_.kernel)];
    for (Axis axis = 0; axis < axisCount; ++axis) {
      const AxisPlacement &place = placementOf(statement).axes[axis];
      isl::pw_aff coordinate = poly::paramAff(state_.ctx(), coordinateName(axis));
      if (place.kind == AxisPlacement::Kind::Iname) {
        isl::pw_aff value = poly::paramAff(state_.ctx(), place.iname);
        set = set.intersect(coordinate.eq_set(lowers[axis] ? value.sub(*lowers[axis]) : value));
      } else if (place.kind == AxisPlacement::Kind::Masked) {
        set = set.intersect(coordinate.eq_set(poly::constantAff(state_.ctx(), 0)));
      }
    }
    return set;
  }

  // The same for one access as forms: nothing where there are none.
  std::optional<AxisElements> elementFormsOn(unsigned access, size_t axis) const {
    const AccessInfo &info = state_.table.access(access);
    if (!info.index[axis])
      return std::nullopt;
    const std::optional<Linear> subscript = state_.table.subscript(access, static_cast<unsigned>(axis), false);
    if (!subscript)
      return std::nullopt;
    AxisElements elements{*subscript, &state_.table.cases(info.statement), {}, {}};
    if (!state_.target.hasWorkItems() || storage_.kernel < 0)
      return elements;
    const AxisLowers &lowers = state_.lowers[static_cast<size_t>(storage_.kernel)];
    for (Axis hardware = 0; hardware < axisCount; ++hardware) {
      const AxisPlacement &place = placementOf(statementOf(access)).axes[hardware];
      const Linear coordinate = termTimes(terms().ofName(coordinateName(hardware)), 1);
      if (place.kind == AxisPlacement::Kind::Masked) {
        elements.coordinates.push_back({coordinate, true});
      } else if (place.kind == AxisPlacement::Kind::Iname) {
        const std::optional<Linear> lower = lowers[hardware] ? terms().formOf(*lowers[hardware]) : Linear{};
        if (!lower)
          return std::nullopt;
        const Term iname = terms().ofName(place.iname);
        const Linear value = plus(coordinate, *lower);
        elements.coordinates.push_back(terms().normalized({minus(termTimes(iname, 1), value), true}));
        if (mayDependOn(coordinateName(hardware)))
          elements.valueOf.emplace(iname, value);
      }
    }
    return elements;
  }

  std::optional<isl::pw_aff> declaredExtent(size_t axis) const {
    if (axis < array_.implicitAxes)
      return std::nullopt;
    return toAffine(*state_.kernel.context, array_.shape[axis - array_.implicitAxes]);
  }

  void findCells(CellMap &cells) {
    for (size_t axis = 0; axis < array_.rank(); ++axis) {
      CellAxis cell;
      StorageAxis stored;
      if (auto shared = std::find_if(shared_.begin(), shared_.end(), [&](const SharedAxis &a) { return a.axis == axis; });
          shared != shared_.end()) {
        cell.modulo = stored.modulo = shared->modulo;
        setExtent(stored, shared->modulo);
        cells.axes.push_back(cell);
        storage_.axes.push_back(stored);
        continue;
      }
      if (isOneCell(axis, cell, stored)) {
        cells.axes.push_back(cell);
        storage_.axes.push_back(stored);
        continue;
      }
      if (!fixedBox(axis, cell, stored))
        parametricBox(elementsOn(axis), axis, cell, stored);
      pad(axis, stored);
      cells.axes.push_back(cell);
      storage_.axes.push_back(stored);
    }
  }

  // Without isl: every access's subscript is one and the same folded loop, or the loop that gives the work-item's
  // coordinate on one axis. Then each work-item, in each iteration, has one element.
  bool isOneCell(size_t axis, CellAxis &cell, StorageAxis &stored) const {
    std::vector<std::string> subscripts;
    for (unsigned access : accesses_) {
      const InameRef *iname = state_.table.access(access).load.as<Load>()->index[axis].as<InameRef>();
      if (!iname)
        return false;
      subscripts.push_back(iname->name);
    }
    const bool isOneName = std::all_of(subscripts.begin(), subscripts.end(),
                                       [&](const std::string &name) { return name == subscripts[0]; });
    if (isOneName && mayDependOn(subscripts[0])) {
      cell.lower = termTimes(terms().ofName(subscripts[0]), 1);
    } else {
      std::optional<Axis> owner = commonAxis(subscripts);
      if (!owner)
        return false;
      cell.lower = termTimes(terms().ofName(coordinateName(*owner)), 1);
      if (const std::optional<isl::pw_aff> &lower = state_.lowers[static_cast<size_t>(storage_.kernel)][*owner]) {
        const std::optional<Linear> form = terms().formOf(*lower);
        if (!form)
          return false;
        cell.lower = plus(*cell.lower, *form);
      }
    }
    setExtent(stored, 1);
    stored.lower = exprOf(*cell.lower);
    return true;
  }

  // Over the names of expressions.
  Expr exprOf(const Linear &form) const {
    Context &context = *state_.kernel.context;
    std::map<std::string, Expr> replacement;
    const NameToExpr names = cellNames();
    for (Term term : terms().namesIn(form))
      replacement[*terms().name(term)] = names(*terms().name(term));
    return substituteInames(context, terms().expr(form), replacement);
  }

  // The axis on which each access's statement stands by this subscript, if cells may depend on its coordinate.
  std::optional<Axis> commonAxis(const std::vector<std::string> &subscripts) const {
    if (!state_.target.hasWorkItems() || storage_.kernel < 0)
      return std::nullopt;
    for (Axis axis = 0; axis < axisCount; ++axis) {
      bool isCommon = mayDependOn(coordinateName(axis));
      for (size_t i = 0; isCommon && i < subscripts.size(); ++i)
        isCommon = placementOf(statementOf(accesses_[i])).axes[axis].iname == subscripts[i];
      if (isCommon)
        return axis;
    }
    return std::nullopt;
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

  static isl::set asTuple(const isl::set &elements, size_t axis) {
    isl_set *tuple = isl_set_from_params(elements.copy());
    int pos = isl_set_find_dim_by_name(tuple, isl_dim_param, elementName(axis).c_str());
    return isl::manage(isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(pos), 1));
  }

  // lower and a constant number of cells, if there are a constant number.
  bool fixedBox(size_t axis, CellAxis &cell, StorageAxis &stored) const {
    std::vector<AxisElements> elements;
    for (unsigned access : accesses_) {
      std::optional<AxisElements> forms = elementFormsOn(access, axis);
      if (!forms)
        return fixedBoxByIsl(elementsOn(axis), axis, cell, stored);
      elements.push_back(std::move(*forms));
    }
    const std::optional<CellBox> box = cellBox(
        terms(), elements, [&](Term name) { return terms().name(name) && mayDependOn(*terms().name(name)); });
    if (!box)
      return false;
    if (!box->isTight)
      return fixedBoxByIsl(elementsOn(axis), axis, cell, stored);
    cell.lower = box->lower;
    if (box->lower != Linear{})
      stored.lower = exprOf(box->lower);
    setSize(box->size, box->stride, cell, stored);
    return true;
  }

  void setSize(int64_t size, int64_t stride, CellAxis &cell, StorageAxis &stored) const {
    stored.stride = cell.stride = stride;
    setExtent(stored, (size - 1) / stride + 1);
  }

  bool fixedBoxByIsl(const isl::set &elements, size_t axis, CellAxis &cell, StorageAxis &stored) const {
    if (elements.is_empty()) {
      setExtent(stored, 1);
      return true;
    }
    isl::set tuple = asTuple(elements, axis);
    isl::fixed_box box = tuple.simple_fixed_box_hull();
    if (!box.is_valid())
      return false;
    const isl::aff lower = box.offset().at(0);
    cell.lower = terms().formOf(isl::pw_aff(lower));
    if (cell.lower != Linear{})
      stored.lower = fromAff(*state_.kernel.context, lower, cellNames());
    const int64_t size = isl_val_get_num_si(box.size().at(0).get());
    const int64_t stride = size > 1 ? isl_val_get_num_si(tuple.stride(0).get()) : 1;
    setSize(size, std::max<int64_t>(stride, 1), cell, stored);
    return true;
  }

  void setExtent(StorageAxis &stored, int64_t extent) const {
    stored.constantExtent = extent;
    stored.extent = state_.kernel.context->constant(extent);
    stored.dropped = extent == 1;
  }

  // Cells behind the last one of an explicit axis, as the user asked for.
  void pad(size_t axis, StorageAxis &stored) const {
    if (axis < array_.implicitAxes || array_.padding.empty() || stored.dropped)
      return;
    const int64_t cells = array_.padding[axis - array_.implicitAxes];
    if (stored.constantExtent)
      setExtent(stored, *stored.constantExtent + cells);
    else
      stored.extent = state_.kernel.context->add(stored.extent, state_.kernel.context->constant(cells));
  }

  // Extents over params: C, and temporaries in global memory.
  void parametricBox(const isl::set &elements, size_t axis, CellAxis &cell, StorageAxis &stored) const {
    Context &context = *state_.kernel.context;
    if (state_.target.hasWorkItems() && storage_.space != AddressSpace::Global)
      throw UserError(array_.source, "Temporary `" + array_.name + "` is " + spelling(storage_.space) +
                                         ", but the extent of its " + axisText(axis) +
                                         " is not a constant. Fix its parameters with fix_parameters, split the loop that "
                                         "it ranges over, or ask for the temporary `in global` memory.");
    if (axis >= array_.implicitAxes) {
      stored.extent = array_.shape[axis - array_.implicitAxes];
      return;
    }
    poly::Names others;
    for (const std::string &name : poly::paramNames(elements))
      if (name != elementName(axis) && !state_.kernel.findParam(name))
        others.push_back(name);
    isl::set tuple = asTuple(poly::projectOut(elements, others), axis);
    if (isl_set_dim_has_lower_bound(tuple.get(), isl_dim_set, 0) != isl_bool_true ||
        isl_set_dim_has_upper_bound(tuple.get(), isl_dim_set, 0) != isl_bool_true)
      throw UserError(array_.source, "Temporary `" + array_.name + "` needs memory for all values along its " +
                                         axisText(axis) +
                                         ", whose number only the data say. Keep its writes and reads in one loop.");
    isl::pw_aff low = isl::manage(isl_set_dim_min(tuple.copy(), 0)), high = isl::manage(isl_set_dim_max(tuple.copy(), 0));
    const isl::set &assumptions = state_.kernel.assumptions;
    low = low.gist(low.domain().intersect(assumptions)).coalesce();
    std::optional<int64_t> smallest =
        poly::constantMin(poly::paramAff(state_.ctx(), elementName(axis)), elements);
    if (smallest && (*smallest == 0 || low.n_piece() > 1))
      low = poly::constantAff(state_.ctx(), *smallest);
    if (!smallest || *smallest != 0) {
      cell.lower = terms().formOf(low);
      stored.lower = fromPwAff(context, low, namesOf(state_.kernel));
    }
    isl::pw_aff extent = high.sub(low).add_constant(1);
    extent = extent.gist(extent.domain().intersect(assumptions)).coalesce();
    stored.extent = fromPwAff(context, extent, namesOf(state_.kernel));
  }

  std::string axisText(size_t axis) const {
    if (axis >= array_.implicitAxes)
      return "axis " + std::to_string(axis - array_.implicitAxes + 1);
    const Load &load = *state_.table.access(accesses_[0]).load.as<Load>();
    return "axis over `" + toString(load.index[axis]) + "`";
  }

  // Expressions of the names that `lower` may mention. A coordinate is the iname of that axis where all accesses have
  // the same one, else the hardware index itself.
  NameToExpr cellNames() const {
    return [this, names = namesOf(state_.kernel)](const std::string &name) {
      for (Axis axis = 0; axis < axisCount; ++axis)
        if (name == coordinateName(axis))
          return coordinateExpr(axis);
      return names(name);
    };
  }

  Expr coordinateExpr(Axis axis) const {
    Context &context = *state_.kernel.context;
    std::set<std::string> inames;
    for (unsigned access : accesses_)
      inames.insert(placementOf(statementOf(access)).axes[axis].iname);
    if (inames.size() == 1 && !inames.begin()->empty()) {
      Expr iname = context.iname(*inames.begin());
      const std::optional<isl::pw_aff> &lower = state_.lowers[static_cast<size_t>(storage_.kernel)][axis];
      return lower ? context.sub(iname, fromPwAff(context, *lower, namesOf(state_.kernel))) : iname;
    }
    return context.call(std::string(isGroupAxis(axis) ? "get_group_id(" : "get_local_id(") +
                            std::to_string(axis % 3) + ")",
                        {}, indexType);
  }

  MappingState &state_;
  const Array &array_;
  const std::vector<unsigned> &accesses_;
  std::vector<Conflict> conflicts_;
  std::vector<SharedAxis> shared_;
  Storage storage_;
};

constexpr int64_t mostReplicatedElements = 16;  // per work-item; more are computed once per group

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
