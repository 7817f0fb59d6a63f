// The box of cells that an axis of a temporary needs, by elimination.
#include "mapping_state.h"

#include <algorithm>
#include <numeric>

namespace loopy {
namespace {

class CellBoxSearch {
public:
  CellBoxSearch(Terms &terms, const std::vector<AxisElements> &accesses, const std::function<bool(Term)> &mayDependOn)
      : terms_(terms), mayDependOn_(mayDependOn), element_(terms.ofName("$e")) {
    for (const AxisElements &access : accesses)
      addElements(access);
    findStride(accesses);
  }

  std::optional<CellBox> run() {
    if (cases_.empty())
      return CellBox{};
    consider({});
    for (const Constraints &one : cases_)
      for (const Constraint &constraint : one)
        for (int sign : {1, -1})
          if (constraint.form.coefficient(element_) == sign && (sign == 1 || constraint.isEquality))
            // element + rest >= 0, so that -rest is a lower end
            consider(minus(termTimes(element_, 1), scaled(constraint.form, sign)));
    if (best_) {
      best_->stride = best_->size == 1 ? 1 : stride_;
      best_->isTight = isTight(*best_);
    }
    return best_;
  }

private:
  bool isOuter(Term term) const {
    const std::vector<Term> &names = terms_.namesIn(term);
    return std::all_of(names.begin(), names.end(), mayDependOn_);
  }

  // What is asked of $e = subscript, over the names that a lower end may depend on.
  void addElements(const AxisElements &access) {
    for (const Constraints &domain : *access.cases) {
      Constraints constraints = domain;
      constraints.insert(constraints.end(), access.coordinates.begin(), access.coordinates.end());
      constraints.push_back(terms_.normalized({minus(termTimes(element_, 1), access.subscript), true}));
      Constraints whole = constraints;
      auto elements =
          eliminated(terms_, std::move(constraints), [&](Term term) { return term == element_ || isOuter(term); });
      if (!elements)
        continue;
      whole_.push_back(std::move(whole));
      std::sort(elements->begin(), elements->end());
      if (std::find(cases_.begin(), cases_.end(), *elements) == cases_.end())
        cases_.push_back(std::move(*elements));
    }
  }

  // For given outer names the elements of one access lie apart by multiples of the coefficients of the inner ones:
  //   subscript = outer part + sum of c_k * x_k,  stride = gcd(c_k, differences of the accesses' outer parts)
  void findStride(const std::vector<AxisElements> &accesses) {
    std::optional<Linear> common;
    int64_t stride = 0;
    for (const AxisElements &access : accesses) {
      Linear outer = access.subscript;
      for (auto [term, c] : access.subscript.terms) {
        const auto coordinate = access.valueOf.find(term);
        if (isOuter(term))
          continue;
        outer = minus(outer, termTimes(term, c));
        if (coordinate != access.valueOf.end())
          outer = plus(outer, coordinate->second, c);
        else
          stride = std::gcd(stride, c);
      }
      const Linear difference = common ? minus(outer, *common) : Linear{};
      for (auto [term, c] : difference.terms)
        stride = std::gcd(stride, c);
      stride = std::gcd(stride, difference.constant);
      common = outer;
    }
    stride_ = std::max<int64_t>(stride, 1);
  }

  // Is this a lower end, up to a constant, of a box with a constant number of elements? The smallest one is kept.
  void consider(const Linear &lower) {
    if (!considered_.insert(withConstant(lower, -lower.constant)).second)
      return;
    const Linear offset = minus(termTimes(element_, 1), lower);
    std::optional<int64_t> low, high;
    for (const Constraints &one : cases_) {
      const std::optional<Interval> bounds = constantBounds(terms_, one, offset);
      if (!bounds)
        continue;
      if (!bounds->low || !bounds->high)
        return;
      low = std::min(low.value_or(*bounds->low), *bounds->low);
      high = std::max(high.value_or(*bounds->high), *bounds->high);
    }
    if (!low)
      return;
    CellBox box{withConstant(lower, *low), *high - *low + 1, 1, true};
    if (!best_ || std::pair(box.size, box.lower.terms.size()) < std::pair(best_->size, best_->lower.terms.size()))
      best_ = std::move(box);
  }

  // Elimination is rational: are both ends of the box elements?
  bool isTight(const CellBox &box) const {
    const Linear offset = minus(termTimes(element_, 1), box.lower);
    for (int64_t end : {int64_t{0}, box.size - 1})
      if (std::none_of(whole_.begin(), whole_.end(), [&](Constraints constraints) {
            constraints.push_back(terms_.normalized({withConstant(offset, -end), true}));
            return isSatisfiable(terms_, constraints);
          }))
        return false;
    return true;
  }

  Terms &terms_;
  const std::function<bool(Term)> &mayDependOn_;
  Term element_;
  std::vector<Constraints> whole_; // what is asked of $e and all names, by case
  std::vector<Constraints> cases_; // the same over $e and the names of lower ends, without repetitions
  std::set<Linear> considered_;
  int64_t stride_ = 1;
  std::optional<CellBox> best_;
};

} // namespace

std::optional<CellBox> cellBox(Terms &terms, const std::vector<AxisElements> &accesses,
                               const std::function<bool(Term)> &mayDependOn) {
  return CellBoxSearch(terms, accesses, mayDependOn).run();
}

} // namespace loopy
