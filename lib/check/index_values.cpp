#include "index_values.h"

#include "loopy/analysis/dependence.h"
#include "loopy/ir/affine.h"
#include "loopy/runtime/runtime.h"
#include "resolve.h"
#include "tuple.h"

#include <algorithm>

namespace loopy {

namespace {

// Values that are out of the question: a set over names, each of which stands for one array element read.
struct Demand {
  std::map<std::string, Expr> elements; // name -> Load of an integer argument
  isl::set bad;                         // { : names }, without parameters
  std::string access;                   // whose bounds it keeps, for messages
  SourceRange range;
};

// Collects the demands of all accesses of a kernel at given sizes.
class DemandFinder {
public:
  DemandFinder(const Kernel &kernel, const Sizes &sizes)
      : table_(kernel), kernel_(table_.kernel()), sizes_(sizes), resolver_(kernel_, sizes) {}

  std::vector<Demand> find() {
    for (const AccessInfo &access : table_.all()) {
      const Load &load = *access.load.as<Load>();
      const Array &array = kernel_.array(load.array);
      for (size_t axis = 0; axis < array.shape.size(); ++axis)
        addDemand(table_.statement(access.statement), access, load.index[array.implicitAxes + axis],
                  evaluate(array.shape[axis], sizes_));
    }
    return std::move(demands_);
  }

private:
  // Names for the outermost integer loads of `e` that are not named yet.
  void nameLoads(Expr e, std::map<std::string, Expr> &names) const {
    if (e.is<Load>()) {
      if (e.type().isInteger() && !kernel_.array(e.as<Load>()->array).isTemp() &&
          std::none_of(names.begin(), names.end(), [&](const auto &named) { return equal(named.second, e); }))
        names["$value" + std::to_string(names.size())] = e;
      return;
    }
    for (Expr child : children(e))
      nameLoads(child, names);
  }

  // bad : { : values } such that some instance of the statement leaves the axis
  void addDemand(const Statement &statement, const AccessInfo &access, Expr subscript, int64_t extent) {
    Context &context = *kernel_.context;
    Demand demand;
    demand.access = toString(access.load);
    demand.range = access.load.range().isValid() ? access.load.range() : statement.source;
    Expr value = resolver_.resolve(subscript);
    nameLoads(value, demand.elements);
    std::map<std::string, Expr> own = demand.elements;
    std::map<std::string, Expr> bounds; // the statement's data parameters, in terms of arguments
    for (const auto &[name, load] : statement.dataParams) {
      bounds[name] = resolver_.resolve(load);
      nameLoads(bounds[name], demand.elements);
    }
    if (demand.elements.empty())
      return;
    std::map<std::string, Expr> known = demand.elements;
    for (const auto &[name, load] : statement.dataParams)
      known.insert({name, load});
    std::optional<isl::pw_aff> position = toAffine(context, value, known);
    if (!position)
      return;
    isl::set instances = fixParams(statement.domain.intersect(kernel_.assumptions), sizes_);
    for (const auto &[name, bound] : bounds)
      if (std::optional<isl::pw_aff> affine = toAffine(context, bound, demand.elements))
        instances = instances.intersect(poly::paramAff(table_.ctx(), name).eq_set(*affine));
    if (access.condition)
      instances = instances.intersect(fixParams(*access.condition, sizes_));
    isl::set outside = position->lt_set(poly::constantAff(table_.ctx(), 0))
                           .unite(position->ge_set(poly::constantAff(table_.ctx(), extent)));
    demand.bad = poly::projectOnto(instances.intersect(outside), namesIn(demand.elements));
    if (demand.bad.is_empty())
      return;
    // Prefer a demand on the values in the subscript alone, whatever the bounds of the loops around it.
    isl::set simpler = poly::projectOnto(demand.bad, namesIn(own));
    if (!own.empty() && !simpler.complement().is_empty())
      demand.bad = simpler;
    poly::Names involved = poly::involvedNames(demand.bad);
    for (auto it = demand.elements.begin(); it != demand.elements.end();)
      it = std::find(involved.begin(), involved.end(), it->first) == involved.end() ? demand.elements.erase(it)
                                                                                    : std::next(it);
    // Else it does not depend on the data as far as that is known.
    if (!demand.elements.empty())
      demands_.push_back(std::move(demand));
  }

  static poly::Names namesIn(const std::map<std::string, Expr> &elements) {
    poly::Names names;
    for (const auto &[name, element] : elements)
      names.push_back(name);
    return names;
  }

  AccessTable table_;
  const Kernel &kernel_;
  const Sizes &sizes_;
  Resolver resolver_;
  std::vector<Demand> demands_;
};

std::optional<int64_t> difference(Context &context, Expr a, Expr b) {
  std::optional<isl::pw_aff> affine = toAffine(context, context.sub(a, b));
  return affine ? poly::constantValue(*affine, poly::universe(context.isl())) : std::nullopt;
}

// For x[.., e, ..] and x[.., e + 1, ..] that axis.
std::optional<size_t> neighbourAxis(Context &context, const Load &low, const Load &high) {
  if (low.array != high.array)
    return std::nullopt;
  std::optional<size_t> result;
  for (size_t axis = 0; axis < low.index.size(); ++axis) {
    std::optional<int64_t> distance = difference(context, high.index[axis], low.index[axis]);
    if (distance == 0)
      continue;
    if (distance != 1 || result)
      return std::nullopt;
    result = axis;
  }
  return result;
}

class Solver {
public:
  explicit Solver(Context &context) : context_(context), ctx_(context.isl()) {}

  void add(const Demand &demand) {
    if (demand.elements.size() == 1) {
      auto [it, isNew] = badAlone_.insert({arrayOf(demand.elements.begin()->second), poly::emptySet(ctx_)});
      it->second = it->second.unite(poly::renameParams(demand.bad, {{demand.elements.begin()->first, "$value"}}));
      blame_.insert({it->first, &demand});
    } else if (!addRowStarts(demand)) {
      together_.push_back(&demand);
    }
  }

  std::map<std::string, IndexValues> solve() {
    for (const auto &[array, bad] : badAlone_)
      if (!result_.count(array))
        solveAlone(array, bad);
    for (const Demand *demand : together_)
      solveTogether(*demand);
    return std::move(result_);
  }

private:
  static std::string arrayOf(Expr load) { return load.as<Load>()->array; }
  isl::pw_aff value(const std::string &name) const { return poly::paramAff(ctx_, name); }
  isl::set atLeast(const std::string &name, int64_t v) const { return value(name).ge_set(poly::constantAff(ctx_, v)); }
  isl::set atMost(const std::string &name, int64_t v) const { return value(name).le_set(poly::constantAff(ctx_, v)); }

  [[noreturn]] static void refuse(const Demand &demand, const std::string &array) {
    throw UserError(demand.range, "No values of `" + array + "` were found with which `" + demand.access +
                                      "` stays inside its array; give data with --in " + array + "=FILE.npy.");
  }

  // Two neighbouring elements: if 0 <= low <= high <= E is never bad for some E, they are row starts.
  bool addRowStarts(const Demand &demand) {
    if (demand.elements.size() != 2)
      return false;
    auto low = demand.elements.begin(), high = std::next(low);
    std::optional<size_t> axis = neighbourAxis(context_, *low->second.as<Load>(), *high->second.as<Load>());
    if (!axis) {
      std::swap(low, high);
      axis = neighbourAxis(context_, *low->second.as<Load>(), *high->second.as<Load>());
    }
    if (!axis)
      return false;
    // The smallest upper element among the bad increasing pairs bounds E from above.
    isl::set increasing =
        demand.bad.intersect(atLeast(low->first, 0)).intersect(value(high->first).ge_set(value(low->first)));
    std::optional<int64_t> firstBad = poly::constantMin(value(high->first), increasing);
    if (!increasing.is_empty() && (!firstBad || *firstBad < 1))
      return false;
    IndexValues &values = result_[arrayOf(low->second)];
    values.increasingAlong = axis;
    if (firstBad)
      values.upper = std::min(values.upper.value_or(*firstBad - 1), *firstBad - 1);
    return true;
  }

  void solveAlone(const std::string &array, const isl::set &bad) {
    isl::set good = bad.complement();
    std::optional<int64_t> start = poly::constantMin(value("$value"), good.intersect(atLeast("$value", 0)));
    if (!start)
      start = poly::constantMax(value("$value"), good);
    if (!start)
      refuse(*blame_.at(array), array);
    IndexValues values;
    values.lower = *start;
    if (std::optional<int64_t> firstBad = poly::constantMin(value("$value"), bad.intersect(atLeast("$value", *start))))
      values.upper = *firstBad - 1;
    result_[array] = values;
  }

  // Values of several arrays at once: the largest h such that all in [0, h] are good together.
  void solveTogether(const Demand &demand) {
    auto isGood = [&](int64_t h) {
      isl::set chosen = demand.bad;
      for (const auto &[name, element] : demand.elements) {
        auto found = result_.find(arrayOf(element));
        int64_t lower = found == result_.end() ? 0 : found->second.lower;
        int64_t upper = found == result_.end() ? h : std::min(h, found->second.upper.value_or(h));
        chosen = chosen.intersect(atLeast(name, lower)).intersect(atMost(name, std::max(lower, upper)));
      }
      return chosen.is_empty();
    };
    if (!isGood(0))
      refuse(demand, arrayOf(demand.elements.begin()->second));
    int64_t low = 0, high = int64_t{1} << 20; // low is good
    while (low < high) {
      int64_t middle = (low + high + 1) / 2;
      if (isGood(middle))
        low = middle;
      else
        high = middle - 1;
    }
    for (const auto &[name, element] : demand.elements) {
      IndexValues &values = result_[arrayOf(element)];
      values.upper = std::max(values.lower, std::min(values.upper.value_or(low), low));
    }
  }

  Context &context_;
  isl::ctx ctx_;
  std::map<std::string, isl::set> badAlone_; // { : $value }
  std::map<std::string, const Demand *> blame_;
  std::vector<const Demand *> together_;
  std::map<std::string, IndexValues> result_;
};

} // namespace

std::map<std::string, IndexValues> findIndexValues(const Kernel &kernel, const Sizes &sizes) {
  std::vector<Demand> demands = DemandFinder(kernel, sizes).find();
  Solver solver(*kernel.context);
  for (const Demand &demand : demands)
    solver.add(demand);
  return solver.solve();
}

} // namespace loopy
