// Bounds of loops: the hull over the statements below, each projected on the loop and the names that have a value
// there.
#include "lowering.h"

namespace loopy::lowering {
namespace {

// x >= value or x <= value, and the constraint that says so.
struct Bound {
  Linear value;
  Constraint source;
};
// x >= all lower and x <= all upper: the range of disjuncts of the statements' domains.
struct Range {
  std::vector<Bound> lower, upper;
  std::vector<std::vector<Constraint>> disjuncts; // all that have it
};

bool isSimilar(const std::vector<Bound> &a, const std::vector<Bound> &b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Bound &x, const Bound &y) { return x.value == y.value; });
}

class BoundsOfLoop {
public:
  BoundsOfLoop(Lowering &lowering, const BodyNode &loop, const Scope &scope)
      : lowering_(lowering), terms_(lowering.terms), loop_(loop), scope_(scope), x_(terms_.ofName(loop.iname)) {}

  std::optional<LoopBounds> compute() {
    collectRanges();
    if (ranges_.empty())
      return std::nullopt;
    Tag tag = lowering_.kernel.tag(loop_.iname);
    if (tag.isUnrolled() || tag.isVec())
      return constantTrips();
    if (std::optional<Pair> only = onlyIteration())
      return boundsOfOne(*only);
    for (Range &range : ranges_) {
      dropImplied(range.lower, range.upper);
      dropImplied(range.upper, range.lower);
    }
    return hull();
  }

private:
  // Names that the bounds may mention: those with a value outside the loop, but for hardware loops inside it; where the
  // loop holds a barrier, only those that are the same on all work-items of a group.
  bool isKept(Term term) const {
    if (term == x_)
      return true;
    if (!lowering_.isAvailable(term, scope_, loop_.writes))
      return false;
    const std::vector<Term> &names = terms_.namesIn(term);
    return std::all_of(names.begin(), names.end(), [&](Term name) {
      const Iname *iname = lowering_.kernel.findIname(*terms_.name(name));
      bool isInside = iname && iname->tag.isHardware() && lowering_.mapping.target.hasWorkItems() &&
                      !loop_.hardware.count(iname->name);
      return !isInside && (!loop_.hasBarrier || !lowering_.isDivergent(name, scope_));
    });
  }

  void collectRanges() {
    std::map<std::vector<Constraint>, size_t> seen; // what bounds x -> its range
    for (const Prepared *statement : loop_.statements) {
      bool isBounded = true;
      for (const std::vector<Constraint> &disjunct : statement->disjuncts)
        isBounded &= addRange(disjunct, seen);
      if (!isBounded)
        addProjected(*statement, seen);
    }
  }

  // False if the range is not bounded on both sides.
  bool addRange(const std::vector<Constraint> &disjunct, std::map<std::vector<Constraint>, size_t> &seen) {
    auto constraints = eliminated(terms_, disjunct, [&](Term term) { return isKept(term); });
    if (!constraints)
      return true;
    std::erase_if(*constraints, [&](const Constraint &c) { return c.form.coefficient(x_) == 0; });
    auto known = seen.find(*constraints);
    if (known == seen.end()) {
      Range range;
      for (const Constraint &constraint : *constraints)
        addBounds(constraint, range);
      if (range.lower.empty() || range.upper.empty())
        return false;
      known = seen.emplace(std::move(*constraints), indexOf(std::move(range))).first;
    }
    ranges_[known->second].disjuncts.push_back(disjunct);
    return true;
  }

  size_t indexOf(Range range) {
    for (size_t i = 0; i < ranges_.size(); ++i)
      if (isSimilar(range.lower, ranges_[i].lower) && isSimilar(range.upper, ranges_[i].upper))
        return i;
    ranges_.push_back(std::move(range));
    return ranges_.size() - 1;
  }

  // a*x + rest >= 0: x >= ceil(-rest / a), or x <= floor(rest / -a).
  void addBounds(const Constraint &constraint, Range &range) {
    int64_t a = constraint.form.coefficient(x_);
    Linear rest = minus(constraint.form, termTimes(x_, a));
    if (constraint.isEquality) {
      addBounds({constraint.form, false}, range);
      addBounds({scaled(constraint.form, -1), false}, range);
    } else if (a > 0) {
      Linear value = terms_.floorOf(withConstant(scaled(rest, -1), a - 1), a);
      range.lower.push_back({scope_.known.simplified(value), terms_.normalized(constraint)});
    } else {
      range.upper.push_back({scope_.known.simplified(terms_.floorOf(rest, -a)), terms_.normalized(constraint)});
    }
  }

  // Where rational elimination lost a bound: isl's exact projection.
  void addProjected(const Prepared &statement, std::map<std::vector<Constraint>, size_t> &seen) {
    poly::Names names;
    for (const std::string &name : poly::paramNames(statement.domain))
      if (isKept(terms_.ofName(name)))
        names.push_back(name);
    isl::set projected = poly::projectOnto(statement.domain, names);
    if (projected.is_empty())
      return;
    isl::set hull = isl::manage(isl_set_from_basic_set(isl_set_simple_hull(projected.release())));
    for (const std::vector<Constraint> &disjunct : terms_.disjunctsOf(hull))
      if (!addRange(disjunct, seen))
        refuseUnbounded(statement);
  }

  [[noreturn]] void refuseUnbounded(const Prepared &statement) const {
    const Iname &iname = lowering_.kernel.iname(loop_.iname);
    if (loop_.hasBarrier && !statement.statement->dataParams.empty())
      throw UserError(iname.source, "the loop `" + iname.name +
                                        "` holds a barrier, but its bound differs between the " +
                                        "work-items of a group.");
    throw InternalError("loop " + iname.name + " has no bound for statement " + statement.statement->id);
  }

  // Drops bounds that the others imply, the least readable ones first.
  void dropImplied(std::vector<Bound> &bounds, const std::vector<Bound> &opposite) const {
    if (bounds.size() < 2)
      return;
    auto effort = [&](const Bound &bound) {
      size_t floors = 0;
      for (auto [term, c] : bound.value.terms)
        floors += terms_.floor(term) != nullptr;
      return std::pair(floors, bound.value.terms.size());
    };
    std::stable_sort(bounds.begin(), bounds.end(),
                     [&](const Bound &a, const Bound &b) { return effort(a) < effort(b); });
    for (size_t i = bounds.size(); i-- > 0 && bounds.size() > 1;) {
      std::vector<Constraint> others;
      for (size_t j = 0; j < bounds.size(); ++j)
        if (j != i)
          others.push_back(bounds[j].source);
      for (const Bound &bound : opposite)
        others.push_back(bound.source);
      if (scope_.known.with(std::move(others)).implies(bounds[i].source))
        bounds.erase(bounds.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  // a <= b for all values; exact where both bounds have the same denominator.
  bool isBelow(const Bound &a, const Bound &b) const {
    Linear difference = minus(b.value, a.value);
    if (difference.isConstant())
      return difference.constant >= 0;
    return scope_.known.isNonNegative(difference);
  }

  // The outermost of several ranges' ends: those that no other end makes superfluous.
  std::vector<std::vector<Bound>> outermost(bool isLower) const {
    std::vector<std::vector<Bound>> ends;
    for (const Range &range : ranges_)
      ends.push_back(isLower ? range.lower : range.upper);
    // The max of lower bounds `a` is at most that of `b` if each in `a` is at most some one in `b`.
    auto covers = [&](const std::vector<Bound> &a, const std::vector<Bound> &b) {
      return std::all_of(a.begin(), a.end(), [&](const Bound &p) {
        return std::any_of(b.begin(), b.end(), [&](const Bound &q) { return isLower ? isBelow(p, q) : isBelow(q, p); });
      });
    };
    std::vector<std::vector<Bound>> result;
    for (auto &end : ends) {
      if (std::any_of(result.begin(), result.end(), [&](const auto &other) { return covers(other, end); }))
        continue;
      std::erase_if(result, [&](const auto &other) { return covers(end, other); });
      result.push_back(end);
    }
    return result;
  }

  Expr extreme(std::vector<Expr> operands, BinaryOp op) const {
    Expr result = operands[0];
    for (size_t i = 1; i < operands.size(); ++i)
      result = lowering_.context.binary(op, result, operands[i]);
    return result;
  }

  // Several upper bounds are printed as min(a + 1, b + 1) - 1, so that the loop reads `x < min(16, n - 16*p)`.
  Expr exprOfEnds(const std::vector<std::vector<Bound>> &ends, bool isLower) const {
    bool isSingle = ends.size() == 1 && ends[0].size() == 1;
    std::vector<Expr> alternatives;
    for (const std::vector<Bound> &end : ends) {
      std::vector<Expr> values;
      for (const Bound &bound : end)
        values.push_back(terms_.expr(isLower || isSingle ? bound.value : withConstant(bound.value, 1)));
      alternatives.push_back(extreme(std::move(values), isLower ? BinaryOp::Max : BinaryOp::Min));
    }
    Expr result = extreme(std::move(alternatives), isLower ? BinaryOp::Min : BinaryOp::Max);
    return isLower || isSingle ? result : lowering_.context.sub(result, lowering_.context.constant(int64_t(1)));
  }

  void addFacts(const std::vector<std::vector<Bound>> &ends, LoopBounds &bounds) {
    for (const std::vector<Bound> &end : ends)
      for (const Bound &bound : end) {
        std::set<Term> names = terms_.namesIn(bound.value);
        bounds.names.insert(names.begin(), names.end());
      }
    if (ends.size() == 1) {
      for (const Bound &bound : ends[0])
        bounds.facts.push_back(bound.source);
      return;
    }
    std::vector<std::vector<Constraint>> either;
    for (const std::vector<Bound> &end : ends) {
      either.emplace_back();
      for (const Bound &bound : end)
        either.back().push_back(bound.source);
    }
    bounds.either.push_back(std::move(either));
  }

  // Where the bounds of one range hold in all of them, these and all others that do: unlike the outermost ends they
  // also fit where some range is empty.
  std::vector<std::vector<Bound>> ends(bool isLower) const {
    std::vector<std::vector<Bound>> result = outermost(isLower);
    if (result.size() < 2)
      return result;
    std::vector<Bound> common;
    bool isOneRangeCommon = false;
    for (const Range &range : ranges_) {
      bool isCommon = true;
      for (const Bound &bound : isLower ? range.lower : range.upper)
        if (holdsInAll(bound))
          common.push_back(bound);
        else
          isCommon = false;
      isOneRangeCommon |= isCommon;
    }
    if (!isOneRangeCommon)
      return result;
    dropImplied(common, {});
    return {common};
  }

  // In every disjunct, also those whose range was the same as another one's.
  bool holdsInAll(const Bound &bound) const {
    for (const Prepared *statement : loop_.statements)
      for (const std::vector<Constraint> &disjunct : statement->disjuncts)
        if (!scope_.known.with(disjunct).implies(bound.source))
          return false;
    return true;
  }

  // Whether some instance that has the range exists for the values that the data in its bounds are read for, so that
  // these data are set.
  bool areDataSet(const Range &range) const {
    std::set<Term> read; // the names in the subscripts of data
    for (const std::vector<Bound> *bounds : {&range.lower, &range.upper})
      for (const Bound &bound : *bounds)
        for (Term name : terms_.namesIn(bound.value))
          if (const auto data = lowering_.dataLoads.find(*terms_.name(name)); data != lowering_.dataLoads.end()) {
            const std::set<Term> names = lowering_.namesOf(data->second);
            read.insert(names.begin(), names.end());
          }
    return read.empty() || std::any_of(range.disjuncts.begin(), range.disjuncts.end(), [&](const auto &disjunct) {
             const auto needed = eliminated(terms_, disjunct, [&](Term term) {
               const std::vector<Term> &names = terms_.namesIn(term);
               return std::all_of(names.begin(), names.end(), [&](Term name) {
                 return read.count(name) != 0 || lowering_.kernel.findParam(*terms_.name(name)) != nullptr;
               });
             });
             return needed && std::all_of(needed->begin(), needed->end(), [&](const Constraint &constraint) {
                      return scope_.known.implies(constraint);
                    });
           });
  }

  LoopBounds hull() {
    if (ranges_.size() > 1 &&
        !std::all_of(ranges_.begin(), ranges_.end(), [&](const Range &range) { return areDataSet(range); })) {
      const Iname &iname = lowering_.kernel.iname(loop_.iname);
      throw UserError(iname.source, "the bounds of the loop `" + iname.name + "` are several data, which are not all " +
                                        "set wherever the loop runs. Give its statements loops of their own, with " +
                                        "distribute or duplicate_inames.");
    }
    LoopBounds bounds;
    auto lower = ends(true), upper = ends(false);
    bounds.lower = exprOfEnds(lower, true);
    bounds.upper = exprOfEnds(upper, false);
    addFacts(lower, bounds);
    addFacts(upper, bounds);
    return bounds;
  }

  struct Pair {
    Bound low, high;
  };

  isl::set valuesOf(const Range &range) const {
    isl::set values = poly::emptySet(lowering_.context.isl());
    for (const std::vector<Constraint> &disjunct : range.disjuncts)
      values = values.unite(terms_.toSet(disjunct));
    return values.intersect(scope_.known.set());
  }

  // The pair of bounds with the smallest constant difference; where there is none, a lower bound and the constant that
  // x exceeds it by at most.
  std::optional<Pair> constantPair(const Range &range) {
    std::optional<Pair> best;
    int64_t bestDifference = 0;
    for (const Bound &l : range.lower)
      for (const Bound &u : range.upper) {
        Linear difference = minus(u.value, l.value);
        if (difference.isConstant() && (!best || difference.constant < bestDifference)) {
          best = Pair{l, u};
          bestDifference = difference.constant;
        }
      }
    if (best)
      return best;
    const isl::set domain = valuesOf(range);
    for (const Bound &l : range.lower) {
      auto difference = toAffine(lowering_.context, terms_.expr(minus(termTimes(x_, 1), l.value)), lowering_.dataLoads);
      auto most = difference ? poly::constantMax(*difference, domain) : std::nullopt;
      if (most && (!best || *most < bestDifference)) {
        Linear value = withConstant(l.value, *most);
        best = Pair{l, {value, terms_.normalized({minus(value, termTimes(x_, 1)), false})}};
        bestDifference = *most;
      }
    }
    return best;
  }

  // A bound of one range, or 0, from which the values of all ranges lie at constant distances.
  std::optional<Pair> commonPair() {
    isl::set domain = poly::emptySet(lowering_.context.isl());
    std::vector<Linear> candidates{Linear{}};
    for (const Range &range : ranges_) {
      domain = domain.unite(valuesOf(range));
      for (const std::vector<Bound> *bounds : {&range.lower, &range.upper})
        for (const Bound &bound : *bounds)
          candidates.push_back(bound.value);
    }
    std::optional<Pair> best;
    int64_t bestDifference = 0;
    for (const Linear &start : candidates) {
      auto distance = toAffine(lowering_.context, terms_.expr(minus(termTimes(x_, 1), start)), lowering_.dataLoads);
      auto least = distance ? poly::constantMin(*distance, domain) : std::nullopt;
      auto most = least ? poly::constantMax(*distance, domain) : std::nullopt;
      if (!most || (best && *most - *least >= bestDifference))
        continue;
      bestDifference = *most - *least;
      Linear low = withConstant(start, *least), high = withConstant(start, *most);
      best = Pair{{low, terms_.normalized({minus(termTimes(x_, 1), low), false})},
                  {high, terms_.normalized({minus(high, termTimes(x_, 1)), false})}};
    }
    return best;
  }

  // The outermost of the ranges' own pairs, if these differ by constants.
  std::optional<Pair> outermostPair() {
    std::optional<Pair> all;
    for (const Range &range : ranges_) {
      std::optional<Pair> own = constantPair(range);
      if (!own)
        return std::nullopt;
      if (!all) {
        all = own;
        continue;
      }
      Linear below = minus(own->low.value, all->low.value), above = minus(own->high.value, all->high.value);
      if (!below.isConstant() || !above.isConstant())
        return std::nullopt;
      if (below.constant < 0)
        all->low = own->low;
      if (above.constant > 0)
        all->high = own->high;
    }
    return all;
  }

  // The value of x if no statement has more than one: both ends are the same then, or the lower one is never below the
  // upper one. All other bounds become conditions inside.
  std::optional<Pair> onlyIteration() const {
    std::optional<Pair> only;
    for (const Range &range : ranges_) {
      std::optional<Pair> own;
      for (const Bound &low : range.lower)
        for (const Bound &high : range.upper)
          if (!own && isOneValue(low, high))
            own = withOneValue(low, high);
      if (!own || (only && !(only->low.value == own->low.value)))
        return std::nullopt;
      only = own;
    }
    return only;
  }

  // A range that may be empty has a condition around its iteration. Around a barrier a loop does the same, and OpenCL
  // implementations are known to be at home there.
  bool isOneValue(const Bound &low, const Bound &high) const {
    if (low.value == high.value)
      return true;
    return scope_.known.isNonNegative(minus(low.value, high.value)) &&
           (!loop_.hasBarrier || scope_.known.isNonNegative(minus(high.value, low.value)));
  }

  // Both with the value that is shorter to print: where the range is empty, that is asked before the loop.
  Pair withOneValue(const Bound &low, const Bound &high) const {
    const bool isLower = toString(terms_.expr(low.value)).size() <= toString(terms_.expr(high.value)).size();
    const Linear &value = isLower ? low.value : high.value;
    const Linear difference = minus(termTimes(x_, 1), value);
    return {{value, terms_.normalized({difference, false})},
            {value, terms_.normalized({scaled(difference, -1), false})}};
  }

  // The other ends have to be on the right side of the only value. What all ranges ask is asked before the loop.
  LoopBounds boundsOfOne(const Pair &only) {
    LoopBounds bounds = boundsOf(only);
    for (const Range &range : ranges_) {
      std::vector<Constraint> own;
      auto require = [&](Linear form) {
        const Constraint constraint = terms_.normalized({std::move(form), false});
        if (!scope_.known.implies(constraint))
          own.push_back(constraint);
      };
      for (const Bound &low : range.lower)
        require(minus(only.low.value, low.value));
      for (const Bound &high : range.upper)
        require(minus(high.value, only.low.value));
      if (&range == &ranges_.front())
        bounds.required = std::move(own);
      else
        std::erase_if(bounds.required,
                      [&](const Constraint &c) { return std::find(own.begin(), own.end(), c) == own.end(); });
    }
    return bounds;
  }

  // Bounds of an unrolled loop with a constant number of iterations. All other bounds become conditions inside.
  LoopBounds constantTrips() {
    std::optional<Pair> all = outermostPair();
    if (!all)
      all = commonPair();
    if (!all)
      refuseUnrolling();
    return boundsOf(*all);
  }

  LoopBounds boundsOf(const Pair &ends) {
    LoopBounds bounds;
    bounds.lower = terms_.expr(ends.low.value);
    bounds.upper = terms_.expr(ends.high.value);
    addFacts({{ends.low}}, bounds);
    addFacts({{ends.high}}, bounds);
    return bounds;
  }

  [[noreturn]] void refuseUnrolling() const {
    const Iname &iname = lowering_.kernel.iname(loop_.iname);
    throw UserError(iname.source, "the loop `" + iname.name + "` cannot be unrolled or become vectors: its number of " +
                                      "iterations has no constant bound. Split it first.");
  }

  Lowering &lowering_;
  Terms &terms_;
  const BodyNode &loop_;
  const Scope &scope_;
  Term x_;
  std::vector<Range> ranges_;
};

} // namespace

std::optional<LoopBounds> Lowering::boundsOf(const BodyNode &loop, const Scope &scope) {
  return BoundsOfLoop(*this, loop, scope).compute();
}

} // namespace loopy::lowering
