#include "footprint.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

// { [name] : ... } over the other names of a parameter set.
isl::set asTuple(const isl::set &set, const std::string &name) {
  int position = isl_set_find_dim_by_name(set.get(), isl_dim_param, name.c_str());
  require(position >= 0, "a box hull of a name that the set does not have");
  isl_set *tuple = isl_set_from_params(set.copy());
  return isl::manage(isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, position, 1));
}

// An affine function on a tuple that does not use the tuple, on parameters alone.
isl::pw_aff onParams(__isl_take isl_aff *aff) {
  return isl::manage(isl_pw_aff_from_aff(isl_aff_project_domain_on_params(aff)));
}

struct Stride {
  int64_t stride = 1;
  isl::pw_aff offset; // value = offset modulo stride
};

Stride strideOf(const isl::set &set, const std::string &name) {
  isl_stride_info *info = isl_set_get_stride_info(asTuple(set, name).get(), 0);
  isl::val stride = isl::manage(isl_stride_info_get_stride(info));
  isl_aff *offset = isl_stride_info_get_offset(info);
  isl_stride_info_free(info);
  return {static_cast<int64_t>(isl_val_get_num_si(stride.get())), onParams(offset)};
}

// Fewer pieces with the same elements, in one piece where that is possible. `names` are what the elements are.
isl::set tidy(const isl::set &set, const poly::Names &names) {
  isl::set result = set.coalesce();
  if (isl_set_n_basic_set(result.get()) <= 1)
    return result;
  // The hull knows only constraints that stand in some piece; when there are elements at all, none of them may say.
  isl::set hull = poly::simpleHull(result);
  hull = hull.intersect(poly::projectOut(result, names).coalesce()).coalesce();
  return isl_set_n_basic_set(hull.get()) == 1 && hull.is_subset(result) ? hull : result;
}

// The product of the projections on each name, with what holds for the other names.
isl::set productOfProjections(const isl::set &set, const poly::Names &names) {
  isl::set product = poly::projectOut(set, names).coalesce();
  for (const std::string &name : names) {
    poly::Names others;
    std::copy_if(names.begin(), names.end(), std::back_inserter(others), [&](auto &other) { return other != name; });
    product = product.intersect(tidy(poly::projectOut(set, others), {name}));
  }
  return product;
}

// The union of sets, two neighbours at a time: isl compares the pieces of one operand with those of the other.
isl::set unionOf(std::vector<isl::set> sets) {
  for (; sets.size() > 1; sets.resize((sets.size() + 1) / 2))
    for (size_t i = 0; i < sets.size(); i += 2)
      sets[i / 2] = i + 1 < sets.size() ? sets[i].unite(sets[i + 1]) : sets[i];
  return sets[0];
}

// The union of the pieces. Two pieces are joined where their union is a box again; coalescing them would also find
// shapes with slanted sides, which are costly to scan.
isl::set joinBoxes(std::vector<isl::set> pieces, const poly::Names &names) {
  for (size_t i = 0; i < pieces.size(); ++i)
    for (size_t j = i + 1; j < pieces.size();) {
      isl::set both = pieces[i].unite(pieces[j]);
      isl::set box = pieces[j].is_subset(pieces[i]) ? pieces[i] : productOfProjections(both, names);
      if (!box.is_subset(both)) {
        ++j;
        continue;
      }
      pieces[i] = box;
      pieces.erase(pieces.begin() + static_cast<ptrdiff_t>(j));
      j = i + 1;
    }
  return unionOf(std::move(pieces));
}

// A constraint of the set mentions both names.
struct Together {
  const std::string &first, &second;
  bool isFound = false;
};
isl_stat lookForBoth(__isl_take isl_constraint *constraint, void *user) {
  Together &names = *static_cast<Together *>(user);
  isl::space space = isl::manage(isl_constraint_get_space(constraint));
  auto involves = [&](const std::string &name) {
    int position = isl_space_find_dim_by_name(space.get(), isl_dim_param, name.c_str());
    return position >= 0 && isl_constraint_involves_dims(constraint, isl_dim_param, position, 1) == isl_bool_true;
  };
  names.isFound |= involves(names.first) && involves(names.second);
  isl_constraint_free(constraint);
  return isl_stat_ok;
}

class FootprintBuilder {
public:
  FootprintBuilder(const Kernel &kernel, const std::vector<UseSite> &uses, const FootprintRequest &request)
      : kernel_(kernel), context_(*kernel.context), uses_(uses), request_(request) {}

  Footprint build() {
    findDataParams();
    const unsigned arguments = static_cast<unsigned>(uses_[0].args.size());
    result_.single.resize(arguments);
    for (unsigned argument = 0; argument < arguments; ++argument)
      if (isPlainlySingle(argument))
        result_.single[argument] = uses_[0].args[argument];
      else
        addAxis(argument);
    placeUses();
    return std::move(result_);
  }

  // { v : some use has v_k as its k-th argument for all axes k }, one piece per use as far as pieces cannot be joined
  isl::set elements(const Footprint &footprint) {
    result_.dataParams = footprint.dataParams;
    const poly::Names swept(request_.swept.begin(), request_.swept.end());
    std::vector<isl::set> pieces;
    for (const UseSite &use : uses_) {
      isl::set graph = domainOf(use);
      for (const FootprintAxis &axis : footprint.axes)
        graph = graph.intersect(poly::paramAff(context_.isl(), axis.value).eq_set(affine(use, axis.argument)));
      pieces.push_back(poly::projectOut(graph, swept));
    }
    poly::Names names;
    for (const FootprintAxis &axis : footprint.axes)
      names.push_back(axis.value);
    return joinBoxes(std::move(pieces), names);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(request_.where, message); }

  bool mentionsSwept(Expr e) const {
    return std::any_of(request_.swept.begin(), request_.swept.end(),
                       [&](const std::string &iname) { return mentionsIname(e, iname); });
  }

  // Loads that have one value for given outer inames stand in the sets as names: the data parameters of the statements,
  // and what occurs in arguments. All others are projected out of a statement's domain.
  void findDataParams() {
    std::set<std::string> conflicting;
    for (const UseSite &use : uses_)
      for (const auto &[name, load] : use.statement->dataParams)
        if (auto [it, isNew] = result_.dataParams.emplace(name, load);
            mentionsSwept(load) || (!isNew && !equal(it->second, load)))
          conflicting.insert(name);
    for (const std::string &name : conflicting)
      result_.dataParams.erase(name);
    for (const UseSite &use : uses_)
      for (Expr arg : use.args)
        forEach(arg, [&](Expr e) {
          if (e.is<Load>() && e.type().isInteger() && !mentionsSwept(e))
            addDataParam(e);
        });
  }

  void addDataParam(Expr load) {
    for (const auto &[name, known] : result_.dataParams)
      if (equal(known, load))
        return;
    std::string base = load.as<Load>()->array + "_value", name = kernel_.freshName(base);
    for (unsigned i = 0; result_.dataParams.count(name); ++i)
      name = kernel_.freshName(base + "_" + std::to_string(i));
    result_.dataParams[name] = load;
  }

  isl::set domainOf(const UseSite &use) const {
    poly::Names others;
    for (const auto &[name, load] : use.statement->dataParams)
      if (!result_.dataParams.count(name))
        others.push_back(name);
    isl::set domain = use.statement->domain;
    return poly::projectOut(use.condition ? domain.intersect(*use.condition) : domain, others);
  }

  // Equal in all uses and free of swept inames: the expression itself is used, affine or not.
  bool isPlainlySingle(unsigned argument) const {
    return std::all_of(uses_.begin(), uses_.end(), [&](const UseSite &use) {
      return !mentionsSwept(use.args[argument]) && equal(use.args[argument], uses_[0].args[argument]);
    });
  }

  std::string argumentText(unsigned argument) const { return request_.argumentNames[argument]; }

  isl::pw_aff affine(const UseSite &use, unsigned argument) const {
    Expr arg = use.args[argument];
    std::optional<isl::pw_aff> value = toAffine(context_, arg, result_.dataParams);
    if (value)
      return *value;
    if (mentionsSwept(arg))
      fail("`" + toString(arg) + "`, the value of " + argumentText(argument) + " of " + request_.what + " in `" +
           use.statement->id +
           "`, is not affine and varies with the swept inames, so the elements to fetch are not "
           "known. Only loops that it does not mention can be swept.");
    fail("The uses of " + request_.what + " have different values of " + argumentText(argument) +
         " that are not affine, `" + toString(uses_[0].args[argument]) + "` and `" + toString(arg) +
         "`. Select one of them with within=.");
  }

  // values = { v : some use has v as this argument }, over outer inames, params and data params
  isl::set valuesOf(unsigned argument, const std::string &name) const {
    std::vector<isl::set> values;
    for (const UseSite &use : uses_)
      values.push_back(valuesOf(use, argument, name));
    return tidy(unionOf(std::move(values)), {name});
  }

  isl::set valuesOf(const UseSite &use, unsigned argument, const std::string &name) const {
    const poly::Names swept(request_.swept.begin(), request_.swept.end());
    const isl::set graph = domainOf(use).intersect(poly::paramAff(context_.isl(), name).eq_set(affine(use, argument)));
    return poly::projectOut(graph, swept);
  }

  void addAxis(unsigned argument) {
    FootprintAxis axis;
    axis.argument = argument;
    axis.value = "$" + std::to_string(argument);
    axis.projection = valuesOf(argument, axis.value);
    if (axis.projection.is_empty())
      fail("The uses of " + request_.what + " have empty domains: there is nothing to fetch.");
    isl::set positions = axis.projection;
    Stride lattice = strideOf(positions, axis.value);
    if (lattice.stride > 1) {
      // value = offset + stride*position
      axis.stride = lattice.stride;
      isl::pw_aff position = poly::paramAff(context_.isl(), axis.value);
      positions = poly::substitute(poly::renameParams(positions, {{axis.value, "$old"}}), "$old",
                                   scaled(position, axis.stride).add(lattice.offset));
    }
    isl::pw_aff lower;
    if (std::optional<BoxAxis> box = boxHull(positions, axis.value)) {
      axis.extent = box->extent;
      axis.size = context_.constant(axis.extent);
      lower = box->lower;
    } else if (std::optional<ParametricAxis> range = parametricRange(positions, axis.value)) {
      axis.extent = 0;
      axis.size = range->size;
      lower = range->lower;
    } else {
      failOnExtent(axis);
    }
    axis.base = lattice.stride > 1 ? scaled(lower, axis.stride).add(lattice.offset) : lower;
    axis.base = axis.base.coalesce();
    if (axis.extent == 1)
      result_.single[argument] = expression(axis.base);
    else
      result_.axes.push_back(std::move(axis));
  }

  struct ParametricAxis {
    isl::pw_aff lower;
    Expr size;
  };
  // From the smallest to the largest value where both are affine, at a distance that depends on params alone.
  std::optional<ParametricAxis> parametricRange(const isl::set &positions, const std::string &name) const {
    if (!request_.allowsParametric)
      return std::nullopt;
    const isl::set tuple = asTuple(positions.intersect(kernel_.assumptions), name);
    if (isl_set_dim_is_bounded(tuple.get(), isl_dim_set, 0) != isl_bool_true)
      return std::nullopt;
    const isl::pw_aff lower = isl::manage(isl_set_dim_min(tuple.copy(), 0)).coalesce(),
                      upper = isl::manage(isl_set_dim_max(tuple.copy(), 0)).coalesce();
    const isl::pw_aff extent = upper.sub(lower).add_constant(1).coalesce();
    if (lower.n_piece() != 1 || extent.n_piece() != 1)
      return std::nullopt;
    isl::pw_aff first = onlyPiece(lower), size = onlyPiece(extent);
    const isl::set negative = kernel_.assumptions.intersect(size.lt_set(poly::constantAff(context_.isl(), 0)));
    if (!negative.is_empty())
      size = size.max(poly::constantAff(context_.isl(), 0));
    for (const std::string &mentioned : poly::involvedNames(size.ge_set(poly::constantAff(context_.isl(), 1))))
      if (!kernel_.findParam(mentioned))
        return std::nullopt;
    return ParametricAxis{first, expression(size)};
  }

  // The function of a single piece, everywhere.
  static isl::pw_aff onlyPiece(const isl::pw_aff &function) {
    isl::pw_aff result;
    function.foreach_piece([&](isl::set, const isl::multi_aff &aff) { result = isl::pw_aff(aff.at(0)); });
    return result;
  }

  isl::pw_aff scaled(const isl::pw_aff &aff, int64_t factor) const {
    return aff.scale(isl::val(context_.isl(), static_cast<long>(factor)));
  }

  Expr expression(const isl::pw_aff &aff) const {
    return fromPwAff(context_, aff, namesOf(kernel_, result_.dataParams));
  }

  // Says which parameters the extent depends on.
  [[noreturn]] void failOnExtent(const FootprintAxis &axis) const {
    std::vector<std::string> params;
    for (const std::string &name : kernel_.integerParams())
      if (boundsTogether(axis.projection, axis.value, name))
        params.push_back(name);
    std::set<std::string> loops;
    for (const UseSite &use : uses_)
      for (const std::string &iname : inamesIn(use.args[axis.argument]))
        if (request_.swept.count(iname))
          loops.insert("`" + iname + "`");
    const bool isEachBounded = std::all_of(uses_.begin(), uses_.end(), [&](const UseSite &use) {
      return boxHull(valuesOf(use, axis.argument, axis.value), axis.value).has_value();
    });
    if (loops.empty() || isEachBounded)
      fail("The uses of " + request_.what + " are not at a constant distance from each other along " +
           argumentText(axis.argument) +
           ". Select some of them with within=, or give some of them a name with "
           "extract_subst and precompute that.");
    std::string message = "The footprint of " + request_.what + " has no constant extent along " +
                          argumentText(axis.argument) + ", which varies with " +
                          listOfNames({loops.begin(), loops.end()}) + ": ";
    if (params.empty()) {
      std::vector<std::string> outer;
      for (const std::string &name : kernel_.inameNames())
        if (!request_.swept.count(name) && boundsTogether(axis.projection, axis.value, name))
          outer.push_back("`" + name + "`");
      fail(message + (outer.empty() ? "its bounds depend on data" : "its length depends on " + listOfNames(outer)) +
           ". Split the loop and fetch inside its outer loop.");
    }
    message +=
        listOfNames(params) + (params.size() == 1 ? " is a parameter" : " are parameters") + ". Call fix_parameters(";
    for (size_t i = 0; i < params.size(); ++i)
      message += (i ? ", " : "") + params[i] + "=...";
    fail(message + "), or split the loop and fetch inside its outer loop.");
  }

  void placeUses() {
    const poly::Names swept(request_.swept.begin(), request_.swept.end());
    result_.outer = poly::emptySet(context_.isl());
    for (const UseSite &use : uses_) {
      std::vector<Expr> position;
      for (const FootprintAxis &axis : result_.axes)
        position.push_back(positionOf(use, axis));
      result_.position.push_back(std::move(position));
      if (result_.axes.empty())
        result_.outer = result_.outer.unite(poly::projectOut(domainOf(use), swept));
    }
    result_.outer = result_.outer.coalesce();
  }

  // position = (argument - base) / stride
  Expr positionOf(const UseSite &use, const FootprintAxis &axis) const {
    if (axis.stride == 1 &&
        isl_pw_aff_is_equal(axis.base.get(), poly::constantAff(context_.isl(), 0).get()) == isl_bool_true)
      return use.args[axis.argument];
    isl::pw_aff distance = affine(use, axis.argument).sub(axis.base);
    if (axis.stride > 1)
      distance = distance.scale_down(isl::val(context_.isl(), static_cast<long>(axis.stride))).floor();
    return expression(distance);
  }

  const Kernel &kernel_;
  Context &context_;
  const std::vector<UseSite> &uses_;
  const FootprintRequest &request_;
  Footprint result_;
};

} // namespace

std::optional<isl::set> convexAround(const isl::set &elements, const poly::Names &names, const isl::set &allowed) {
  const isl::set others = poly::projectOut(elements, names), othersHull = poly::simpleHull(others);
  const isl::set hull = poly::simpleHull(elements).intersect(othersHull).intersect(allowed);
  if (isl_set_n_basic_set(hull.get()) != 1 || !othersHull.is_subset(others) ||
      others.is_subset(poly::projectOut(hull.subtract(elements), names)))
    return std::nullopt;
  return hull;
}

bool boundsTogether(const isl::set &set, const std::string &first, const std::string &second) {
  Together names{first, second};
  set.foreach_basic_set(
      [&](isl::basic_set basic) { isl_basic_set_foreach_constraint(basic.get(), lookForBoth, &names); });
  return names.isFound;
}

std::optional<BoxAxis> boxHull(const isl::set &set, const std::string &name) {
  isl::fixed_box box = asTuple(set, name).simple_fixed_box_hull();
  if (!box.is_valid())
    return std::nullopt;
  isl::val size = box.size().at(0);
  return BoxAxis{onParams(box.offset().at(0).release()), static_cast<int64_t>(isl_val_get_num_si(size.get()))};
}

isl::set Footprint::product() const {
  if (axes.empty())
    return outer;
  isl::set result = axes[0].projection;
  for (size_t i = 1; i < axes.size(); ++i)
    result = result.intersect(axes[i].projection);
  return result;
}

// What `f` finds about elements, or a UserError if that takes isl more than some seconds.
template <class F> static auto found(const Kernel &kernel, const FootprintRequest &request, F &&f) {
  constexpr unsigned long operationBudget = 1'000'000;
  auto result = poly::withinBudget(kernel.context->isl(), operationBudget, f);
  if (!result)
    throw UserError(request.where,
                    "Which elements of " + request.what +
                        " are used could not be found out within the budget of integer-set operations. " +
                        "Choose a loop further inside, or fewer uses with within=.");
  return *result;
}

Footprint computeFootprint(const Kernel &kernel, const std::vector<UseSite> &uses, const FootprintRequest &request) {
  require(!uses.empty(), "a footprint of no uses");
  return found(kernel, request, [&] { return FootprintBuilder(kernel, uses, request).build(); });
}

isl::set exactElements(const Kernel &kernel, const std::vector<UseSite> &uses, const FootprintRequest &request,
                       const Footprint &footprint) {
  return found(kernel, request, [&] { return FootprintBuilder(kernel, uses, request).elements(footprint); });
}

} // namespace loopy
