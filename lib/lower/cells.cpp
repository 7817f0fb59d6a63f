#include "cells.h"

#include "value_hull.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/chunk_place.h"
#include "loopy/ir/constants.h"

#include <algorithm>
#include <bit>

namespace loopy {
namespace {

std::string elementName(size_t axis) { return "$e" + std::to_string(axis); }

void setExtent(Context &context, StorageAxis &stored, int64_t extent) {
  stored.constantExtent = extent;
  stored.extent = context.constant(extent);
  stored.dropped = extent == 1;
}

class LayoutSearch {
public:
  LayoutSearch(const MappingState &state, const Array &array, const Storage &storage)
      : state_(state), array_(array), storage_(storage), accesses_(state.table.ofArray(array.name)) {}

  std::optional<AxisLayout> constant(size_t axis) const {
    std::optional<AxisLayout> result = oneCell(axis);
    return result ? result : fixedBox(axis);
  }

  AxisLayout run(size_t axis) const {
    std::optional<AxisLayout> result = oneCell(axis);
    if (result)
      return *result;
    result = fixedBox(axis);
    if (!result)
      result = parametricBox(axis);
    pad(axis, result->stored);
    roundToSwizzle(axis, result->stored);
    return *result;
  }

private:
  const Statement &statementOf(unsigned access) const {
    return state_.table.statement(state_.table.access(access).statement);
  }
  const Placement &placementOf(const Statement &statement) const { return state_.placements.at(statement.id); }
  const std::vector<std::string> &hostInames() const {
    return state_.mapping.kernels[state_.kernelOf.at(statementOf(accesses_[0]).id)].hostInames;
  }
  Terms &terms() const { return state_.table.terms(); }

  // The names that the lower end of an axis may depend on.
  bool mayDependOn(const std::string &name, size_t axis) const {
    if (state_.kernel.findParam(name))
      return true;
    const std::vector<std::string> &folded = storage_.foldedLoops;
    if (std::find(folded.begin(), folded.end(), name) != folded.end())
      return !isGlobal() || isSubscript(name, axis);
    return isOfOwner(name);
  }

  // In global memory nothing orders the groups' iterations of a folded loop. That they share no cell was asked of the
  // elements on the axes that the loop has no part in, so these keep their places in all its iterations.
  bool isGlobal() const { return state_.target.hasWorkItems() && storage_.space == AddressSpace::Global; }
  bool isSubscript(const std::string &loop, size_t axis) const {
    return std::any_of(accesses_.begin(), accesses_.end(), [&](unsigned access) {
      return mentionsIname(state_.table.access(access).load.as<Load>()->index[axis], loop);
    });
  }

  // A host loop or a coordinate, where those that share the memory have one value of it.
  bool isOfOwner(const std::string &name) const {
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
    } else if (const auto values =
                   valuesInChunks(*state_.kernel.context, info.load.as<Load>()->index[axis], elementName(axis))) {
      result = result.intersect(*values);
    } else {
      result = result.intersect(element.ge_set(poly::constantAff(state_.ctx(), 0)));
      if (std::optional<isl::pw_aff> extent = declaredExtent(axis))
        result = result.intersect(element.lt_set(*extent));
    }
    if (state_.target.hasWorkItems() && storage_.kernel >= 0)
      result = withCoordinates(result, statement);
    poly::Names inner;
    for (const std::string &name : poly::paramNames(result))
      if (name != elementName(axis) && !mayDependOn(name, axis))
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
        if (isOfOwner(coordinateName(hardware)))
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

  // Without isl: every access's subscript is one and the same folded loop, or the loop that gives the work-item's
  // coordinate on one axis. Then each work-item, in each iteration, has one element.
  std::optional<AxisLayout> oneCell(size_t axis) const {
    AxisLayout result;
    std::vector<std::string> subscripts;
    for (unsigned access : accesses_) {
      const InameRef *iname = state_.table.access(access).load.as<Load>()->index[axis].as<InameRef>();
      if (!iname)
        return std::nullopt;
      subscripts.push_back(iname->name);
    }
    const bool isOneName = std::all_of(subscripts.begin(), subscripts.end(),
                                       [&](const std::string &name) { return name == subscripts[0]; });
    if (isOneName && mayDependOn(subscripts[0], axis)) {
      result.cell.lower = termTimes(terms().ofName(subscripts[0]), 1);
    } else {
      std::optional<Axis> owner = commonAxis(subscripts);
      if (!owner)
        return std::nullopt;
      result.cell.lower = termTimes(terms().ofName(coordinateName(*owner)), 1);
      if (const std::optional<isl::pw_aff> &lower = state_.lowers[static_cast<size_t>(storage_.kernel)][*owner]) {
        const std::optional<Linear> form = terms().formOf(*lower);
        if (!form)
          return std::nullopt;
        result.cell.lower = plus(*result.cell.lower, *form);
      }
    }
    setExtent(*state_.kernel.context, result.stored, 1);
    result.stored.lower = exprOf(*result.cell.lower);
    return result;
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
      bool isCommon = isOfOwner(coordinateName(axis));
      for (size_t i = 0; isCommon && i < subscripts.size(); ++i)
        isCommon = placementOf(statementOf(accesses_[i])).axes[axis].iname == subscripts[i];
      if (isCommon)
        return axis;
    }
    return std::nullopt;
  }

  static isl::set asTuple(const isl::set &elements, size_t axis) {
    isl_set *tuple = isl_set_from_params(elements.copy());
    int pos = isl_set_find_dim_by_name(tuple, isl_dim_param, elementName(axis).c_str());
    return isl::manage(isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, static_cast<unsigned>(pos), 1));
  }

  // A constant number of cells from a lower end on, if there are a constant number.
  std::optional<AxisLayout> fixedBox(size_t axis) const {
    std::vector<AxisElements> elements;
    for (unsigned access : accesses_) {
      std::optional<AxisElements> forms = elementFormsOn(access, axis);
      if (!forms)
        return fixedBoxByIsl(axis);
      elements.push_back(std::move(*forms));
    }
    const std::optional<CellBox> box = cellBox(
        terms(), elements, [&](Term name) { return terms().name(name) && mayDependOn(*terms().name(name), axis); });
    if (!box)
      return std::nullopt;
    if (!box->isTight)
      return fixedBoxByIsl(axis);
    AxisLayout result;
    result.cell.lower = box->lower;
    if (box->lower != Linear{})
      result.stored.lower = exprOf(box->lower);
    setSize(box->size, box->stride, result);
    return result;
  }

  std::optional<AxisLayout> fixedBoxByIsl(size_t axis) const {
    const isl::set elements = elementsOn(axis);
    AxisLayout result;
    if (elements.is_empty()) {
      setExtent(*state_.kernel.context, result.stored, 1);
      return result;
    }
    isl::set tuple = asTuple(elements, axis);
    isl::fixed_box box = tuple.simple_fixed_box_hull();
    if (!box.is_valid())
      return std::nullopt;
    const isl::aff lower = box.offset().at(0);
    result.cell.lower = terms().formOf(isl::pw_aff(lower));
    if (result.cell.lower != Linear{})
      result.stored.lower = fromAff(*state_.kernel.context, lower, cellNames());
    const int64_t size = isl_val_get_num_si(box.size().at(0).get());
    const int64_t stride = size > 1 ? isl_val_get_num_si(tuple.stride(0).get()) : 1;
    setSize(size, std::max<int64_t>(stride, 1), result);
    return result;
  }

  void setSize(int64_t size, int64_t stride, AxisLayout &layout) const {
    layout.stored.stride = layout.cell.stride = stride;
    setExtent(*state_.kernel.context, layout.stored, (size - 1) / stride + 1);
  }

  // Cells behind the last one of an explicit axis, as the user asked for.
  void pad(size_t axis, StorageAxis &stored) const {
    if (axis < array_.implicitAxes || array_.padding.empty() || stored.dropped)
      return;
    const int64_t cells = array_.padding[axis - array_.implicitAxes];
    if (stored.constantExtent)
      setExtent(*state_.kernel.context, stored, *stored.constantExtent + cells);
    else
      stored.extent = state_.kernel.context->add(stored.extent, state_.kernel.context->constant(cells));
  }

  // The cells that change places are a power of two: with as many or fewer than the declared extent, which is one.
  void roundToSwizzle(size_t axis, StorageAxis &stored) const {
    if (!array_.swizzle || axis != array_.implicitAxes + array_.swizzle->axis || stored.dropped)
      return;
    const std::optional<int64_t> declared = integerConstant(array_.shape[array_.swizzle->axis]);
    require(declared.has_value(), "a swizzled axis whose extent is no constant");
    const int64_t cells = stored.constantExtent.value_or(*declared);
    setExtent(*state_.kernel.context, stored, static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(cells))));
  }

  // Extents over params: C, and temporaries in global memory.
  AxisLayout parametricBox(size_t axis) const {
    if (state_.target.hasWorkItems() && storage_.space != AddressSpace::Global)
      throw UserError(array_.source,
                      "Temporary `" + array_.name + "` is " + spelling(storage_.space) + ", but the extent of its " +
                          axisText(axis) +
                          " is not a constant. Fix its parameters with fix_parameters, split the loop that "
                          "it ranges over, or ask for the temporary `in global` memory.");
    AxisLayout result;
    if (axis >= array_.implicitAxes) {
      result.stored.extent = array_.shape[axis - array_.implicitAxes];
      return result;
    }
    const ValueHull hull = hullOf(axis);
    const std::optional<Constraints> convex = hull.convex();
    const isl::set &known = state_.kernel.assumptions;
    isl::set all = convex ? terms().toSet(*convex) : parametricValues(axis);
    if (convex && !isBounded(all, axis)) // Where elimination loses a bound, isl's exact projection.
      all = parametricValues(axis);
    if (!isBounded(all, axis))
      throw UserError(array_.source, "Temporary `" + array_.name + "` needs memory for all values along its " +
                                         axisText(axis) +
                                         ", whose number only the data say. Keep its writes and reads in one loop.");
    isl::pw_aff low = hull.extremeOf(all, false, known);
    const std::optional<int64_t> smallest = poly::constantMin(poly::paramAff(state_.ctx(), elementName(axis)), all);
    if (smallest && (*smallest == 0 || low.n_piece() > 1))
      low = poly::constantAff(state_.ctx(), *smallest);
    if (!smallest || *smallest != 0) {
      result.cell.lower = terms().formOf(low);
      result.stored.lower = fromPwAff(*state_.kernel.context, low, namesOf(state_.kernel));
    }
    result.stored.extent = fromPwAff(*state_.kernel.context, hull.extentAbove(all, low, known), namesOf(state_.kernel));
    return result;
  }

  // { : $e<d> = subscript d of some instance }, over params
  isl::set parametricValues(size_t axis) const {
    const isl::set elements = elementsOn(axis);
    poly::Names others;
    for (const std::string &name : poly::paramNames(elements))
      if (name != elementName(axis) && !state_.kernel.findParam(name))
        others.push_back(name);
    return poly::projectOut(elements, others);
  }

  static bool isBounded(const isl::set &values, size_t axis) {
    return isl_set_is_bounded(asTuple(values, axis).get()) == isl_bool_true;
  }

  // Of the elements on an axis, over params. Elimination is rational, which may only make it larger.
  ValueHull hullOf(size_t axis) const {
    const Term element = terms().ofName(elementName(axis));
    ValueHull hull(terms(), element);
    for (unsigned access : accesses_) {
      const std::optional<AxisElements> elements = elementFormsOn(access, axis);
      const Alternatives cases = elements ? *elements->cases : terms().disjunctsOf(elementsOn(access, axis));
      for (Constraints constraints : cases) {
        if (elements)
          constraints.push_back(terms().normalized({minus(termTimes(element, 1), elements->subscript), true}));
        auto values = eliminated(terms(), std::move(constraints), [&](Term term) {
          const std::vector<Term> &names = terms().namesIn(term);
          return std::all_of(names.begin(), names.end(), [&](Term name) {
            return name == element || (terms().name(name) && state_.kernel.findParam(*terms().name(name)));
          });
        });
        if (values && isSatisfiable(terms(), *values)) {
          std::sort(values->begin(), values->end());
          hull.add(*values);
        }
      }
    }
    return hull;
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
    return context.call(std::string(isGroupAxis(axis) ? "get_group_id(" : "get_local_id(") + std::to_string(axis % 3) +
                            ")",
                        {}, indexType);
  }

  const MappingState &state_;
  const Array &array_;
  const Storage &storage_;
  const std::vector<unsigned> &accesses_;
};

} // namespace

AxisLayout layoutOf(const MappingState &state, const Array &array, const Storage &storage, size_t axis) {
  return LayoutSearch(state, array, storage).run(axis);
}

std::optional<AxisLayout> constantLayoutOf(const MappingState &state, const Array &array, const Storage &storage,
                                           size_t axis) {
  return LayoutSearch(state, array, storage).constant(axis);
}

AxisLayout moduloLayout(const MappingState &state, int64_t copies) {
  AxisLayout result;
  result.cell.modulo = result.stored.modulo = copies;
  setExtent(*state.kernel.context, result.stored, copies);
  return result;
}

} // namespace loopy
