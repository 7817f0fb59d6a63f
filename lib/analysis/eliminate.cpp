// Rational elimination of names from constraints.
#include "loopy/analysis/linear.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

namespace loopy {
namespace {

// Beyond this number the longest constraints are dropped: what is left contains the projection still.
constexpr size_t maxConstraints = 256;

class Eliminator {
public:
  Eliminator(Terms &terms, std::vector<Constraint> constraints) : terms_(terms), constraints_(std::move(constraints)) {}

  // Adds the definitions of all floors that go, and returns what has to go: names and floors.
  std::set<Term> prepare(const std::function<bool(Term)> &keep) {
    std::set<Term> gone, seen;
    for (size_t i = 0; i < constraints_.size(); ++i) {
      const Linear form = constraints_[i].form;
      for (auto [term, c] : form.terms) {
        if (!seen.insert(term).second || keep(term))
          continue;
        gone.insert(term);
        if (const Terms::Floor *floor = terms_.floor(term)) {
          Linear rest = plus(floor->numerator, termTimes(term, 1), -floor->denominator);
          constraints_.push_back({rest, false});
          constraints_.push_back({withConstant(scaled(rest, -1), floor->denominator - 1), false});
        }
      }
    }
    return gone;
  }

  // False if the constraints are unsatisfiable.
  bool eliminate(std::set<Term> gone) {
    std::vector<Constraint> given = std::move(constraints_);
    constraints_.clear();
    for (Constraint &constraint : given)
      add(std::move(constraint), constraints_);
    if (!tidy())
      return false;
    while (!gone.empty()) {
      Term best = next(gone);
      gone.erase(best);
      eliminateOne(best);
      if (!tidy())
        return false;
    }
    return true;
  }

  std::vector<Constraint> result() { return std::move(constraints_); }

  // Which of the values that are left to a term an integer point is sought with. `Divisible`: the smallest one that all
  // denominators divide under which the term stands, as in n % 64 = 0.
  enum class Choice { Smallest, Divisible, Largest };

  // After the elimination of everything: an integer point that satisfies all constraints, found by giving the terms
  // values in the opposite order. False if that finds none; there may still be one.
  bool hasIntegerPoint(Choice choice) const {
    std::map<Term, int64_t> values;
    const std::map<Term, int64_t> divisors = choice == Choice::Divisible ? denominators() : std::map<Term, int64_t>();
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
      std::optional<int64_t> low, high;
      for (const Constraint &constraint : step->constraints) {
        int64_t r = constraint.form.constant, product;
        for (auto [term, coefficient] : constraint.form.terms)
          if (term != step->term &&
              (__builtin_mul_overflow(coefficient, values[term], &product) || __builtin_add_overflow(r, product, &r)))
            return false;
        if (r > INT32_MAX || r < INT32_MIN)
          return false;
        int64_t c = constraint.form.coefficient(step->term);
        if (c > 0 || constraint.isEquality) {
          int64_t bound = c > 0 ? -floorDivide(r, c) : -floorDivide(-r, -c);
          low = std::max(low.value_or(bound), bound);
        }
        if (c < 0 || constraint.isEquality) {
          int64_t bound = c < 0 ? floorDivide(r, -c) : floorDivide(-r, c);
          high = std::min(high.value_or(bound), bound);
        }
      }
      if (low && high && *low > *high)
        return false;
      int64_t value = choice == Choice::Largest ? high.value_or(low ? *low + 64 : 0) : low.value_or(high.value_or(0));
      if (auto divisor = divisors.find(step->term); divisor != divisors.end()) {
        const int64_t multiple = -floorDivide(-value, divisor->second) * divisor->second;
        if (!high || multiple <= *high)
          value = multiple;
      }
      values[step->term] = value;
    }
    return true;
  }

private:
  // By name, the common multiple of the denominators of the floors that it stands in.
  std::map<Term, int64_t> denominators() const {
    constexpr int64_t largest = 1 << 20;
    std::map<Term, int64_t> result;
    for (const Step &step : steps_)
      if (const Terms::Floor *floor = terms_.floor(step.term))
        for (Term name : terms_.namesIn(step.term)) {
          int64_t &multiple = result.try_emplace(name, 1).first->second;
          if (const int64_t next = std::lcm(multiple, floor->denominator); next <= largest)
            multiple = next;
        }
    return result;
  }

  // Floors first, outer before inner ones, so that no name comes back out of a floor; then the cheapest name.
  Term next(const std::set<Term> &gone) const {
    for (auto it = gone.rbegin(); it != gone.rend(); ++it)
      if (terms_.floor(*it))
        return *it;
    const std::vector<Uses> uses = countUses(*gone.rbegin());
    return *std::min_element(gone.begin(), gone.end(), [&](Term a, Term b) { return uses[a].cost() < uses[b].cost(); });
  }

  // In how many constraints a term occurs, and so how many constraints eliminating it makes.
  struct Uses {
    size_t lower = 0, upper = 0;
    bool inEquality = false;
    size_t cost() const { return inEquality ? 0 : lower * upper; }
  };
  std::vector<Uses> countUses(Term last) const {
    std::vector<Uses> uses(last + 1);
    for (const Constraint &constraint : constraints_)
      for (auto [term, c] : constraint.form.terms) {
        if (term > last)
          break;
        (c > 0 ? uses[term].lower : uses[term].upper) += 1;
        uses[term].inEquality |= constraint.isEquality;
      }
    return uses;
  }

  void eliminateOne(Term term) {
    steps_.push_back({term, {}});
    for (const Constraint &constraint : constraints_)
      if (constraint.form.coefficient(term) != 0)
        steps_.back().constraints.push_back(constraint);
    const Constraint *equality = nullptr;
    for (const Constraint &constraint : constraints_) {
      int64_t c = constraint.form.coefficient(term);
      if (constraint.isEquality && c != 0 && (!equality || std::abs(c) < std::abs(equality->form.coefficient(term))))
        equality = &constraint;
    }
    if (equality)
      substitute(term, Constraint(*equality));
    else
      combine(term);
  }

  // Adds the multiple of an equality to each constraint that takes `term` out of it.
  void substitute(Term term, const Constraint &equality) {
    int64_t e = equality.form.coefficient(term);
    std::vector<Constraint> next;
    for (Constraint &constraint : constraints_) {
      int64_t c = constraint.form.coefficient(term);
      if (c == 0)
        next.push_back(std::move(constraint));
      else if (constraint != equality)
        add({plus(scaled(constraint.form, std::abs(e)), equality.form, e > 0 ? -c : c), constraint.isEquality}, next);
    }
    constraints_ = std::move(next);
  }

  // Adds each lower bound of `term` to each upper bound.
  void combine(Term term) {
    std::vector<Constraint> next, lower, upper;
    for (Constraint &constraint : constraints_) {
      int64_t c = constraint.form.coefficient(term);
      (c > 0 ? lower : c < 0 ? upper : next).push_back(std::move(constraint));
    }
    for (const Constraint &l : lower)
      for (const Constraint &u : upper) {
        int64_t a = l.form.coefficient(term), b = -u.form.coefficient(term);
        add({plus(scaled(l.form, b), u.form, a), false}, next);
      }
    constraints_ = std::move(next);
  }

  // Appends a constraint, normalised, unless it always holds.
  void add(Constraint constraint, std::vector<Constraint> &to) {
    constraint = terms_.normalized(std::move(constraint));
    if (!constraint.form.isConstant())
      to.push_back(std::move(constraint));
    else if (constraint.isEquality ? constraint.form.constant != 0 : constraint.form.constant < 0)
      isContradicted_ = true;
  }

  // Keeps the tightest of constraints with equal terms. False if there is a contradiction.
  bool tidy() {
    if (isContradicted_)
      return false;
    // By terms, equalities before inequalities, and then by constants: the first of each kind is the tightest.
    std::sort(constraints_.begin(), constraints_.end(), [](const Constraint &a, const Constraint &b) {
      if (auto order = a.form.terms <=> b.form.terms; order != 0)
        return order < 0;
      return std::pair(!a.isEquality, a.form.constant) < std::pair(!b.isEquality, b.form.constant);
    });
    size_t kept = 0;
    for (size_t i = 0; i < constraints_.size(); ++i) {
      Constraint &constraint = constraints_[i];
      if (kept > 0) {
        const Constraint &last = constraints_[kept - 1];
        if (last.isEquality == constraint.isEquality && last.form.terms == constraint.form.terms) {
          if (constraint.isEquality && last.form.constant != constraint.form.constant)
            return false;
          continue;
        }
      }
      if (kept != i)
        constraints_[kept] = std::move(constraint);
      ++kept;
    }
    constraints_.resize(kept);
    if (constraints_.size() > maxConstraints) {
      std::stable_sort(constraints_.begin(), constraints_.end(), [](const Constraint &a, const Constraint &b) {
        return a.form.terms.size() < b.form.terms.size();
      });
      constraints_.resize(maxConstraints);
    }
    return true;
  }

  struct Step {
    Term term;
    std::vector<Constraint> constraints; // that bounded it when it was eliminated
  };
  Terms &terms_;
  std::vector<Constraint> constraints_;
  bool isContradicted_ = false;
  std::vector<Step> steps_;
};

} // namespace

std::optional<std::vector<Constraint>> eliminated(Terms &terms, std::vector<Constraint> constraints,
                                                  const std::function<bool(Term)> &keep) {
  Eliminator eliminator(terms, std::move(constraints));
  if (!eliminator.eliminate(eliminator.prepare(keep)))
    return std::nullopt;
  return eliminator.result();
}

bool isBounded(Terms &terms, const isl::set &set, const std::string &name,
               const std::function<bool(const std::string &)> &isKnown) {
  const Term x = terms.ofName(name);
  auto isKept = [&](Term term) {
    return term == x || llvm::all_of(terms.namesIn(term),
                                     [&](Term other) { return other != x && isKnown(*terms.name(other)); });
  };
  return llvm::all_of(terms.disjunctsOf(set), [&](const std::vector<Constraint> &one) {
    const auto constraints = eliminated(terms, one, isKept);
    auto hasSign = [&](int sign) {
      return llvm::any_of(*constraints, [&](const Constraint &constraint) {
        const int64_t c = constraint.form.coefficient(x);
        return c * sign > 0 || (constraint.isEquality && c != 0);
      });
    };
    return !constraints || (hasSign(1) && hasSign(-1));
  });
}

std::optional<Interval> constantBounds(Terms &terms, std::vector<Constraint> constraints, const Linear &form) {
  const Term value = terms.ofName("$value");
  constraints.push_back(terms.normalized({minus(form, termTimes(value, 1)), true}));
  const auto bounds = eliminated(terms, std::move(constraints), [&](Term term) { return term == value; });
  if (!bounds)
    return std::nullopt;
  Interval result;
  for (const Constraint &bound : *bounds) {
    const int64_t c = bound.form.coefficient(value), d = bound.form.constant;
    if (c > 0 || bound.isEquality) {
      const int64_t low = c > 0 ? -floorDivide(d, c) : -floorDivide(-d, -c);
      result.low = std::max(result.low.value_or(low), low);
    }
    if (c < 0 || bound.isEquality) {
      const int64_t high = c < 0 ? floorDivide(d, -c) : floorDivide(-d, c);
      result.high = std::min(result.high.value_or(high), high);
    }
  }
  return result;
}

std::optional<std::pair<int64_t, int64_t>> tightBounds(Terms &terms, const std::vector<std::vector<Constraint>> &cases,
                                                       const Linear &form) {
  std::optional<std::pair<int64_t, int64_t>> hull;
  for (const std::vector<Constraint> &all : cases) {
    const std::optional<Interval> range = constantBounds(terms, all, form);
    if (!range)
      continue;
    if (!range->low || !range->high)
      return std::nullopt;
    for (int64_t end : {*range->low, *range->high}) {
      std::vector<Constraint> attained = all;
      attained.push_back(terms.normalized({withConstant(form, -end), true}));
      if (!isSatisfiable(terms, attained))
        return std::nullopt;
    }
    hull = hull ? std::pair(std::min(hull->first, *range->low), std::max(hull->second, *range->high))
                : std::pair(*range->low, *range->high);
  }
  return hull ? hull : std::pair<int64_t, int64_t>(0, -1);
}

bool isSatisfiable(Terms &terms, const std::vector<Constraint> &constraints) {
  try {
    Eliminator eliminator(terms, constraints);
    if (!eliminator.eliminate(eliminator.prepare([](Term) { return false; })))
      return false;
    for (Eliminator::Choice choice :
         {Eliminator::Choice::Smallest, Eliminator::Choice::Divisible, Eliminator::Choice::Largest})
      if (eliminator.hasIntegerPoint(choice))
        return true;
  } catch (const LinearOverflow &) {
    // Products of coefficients left 64 bits; isl's integers have no limit.
  }
  return !terms.toSet(constraints).is_empty();
}

} // namespace loopy
