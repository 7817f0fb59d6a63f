// The proof of the result: the loops, conditions and hardware ranges printed around a statement execute exactly its
// domain.
#include "lowering.h"

namespace loopy::lowering {
namespace {

// A failure is our mistake, whatever the user wrote: the message has what a report needs.
[[noreturn]] void fail(const Prepared &statement, const isl::set &difference, const char *what) {
  std::string point;
  if (auto sample = poly::samplePoint(difference))
    for (const auto &[name, value] : *sample)
      point += (point.empty() ? "" : ", ") + name + "=" + std::to_string(value);
  throw InternalError("the program made for statement `" + statement.statement->id + "` " + what +
                      (point.empty() ? "" : ": " + point));
}

class Proof {
public:
  Proof(Lowering &lowering, const Prepared &statement, const Scope &scope)
      : lowering_(lowering), statement_(statement), assumed_(assumedFor(scope)), executed_(assumed_) {
    for (const Trail *trail = scope.trail.get(); trail; trail = trail->parent.get())
      if (isOwn(*trail))
        for (Expr condition : trail->printed)
          add(condition);
      else if (!isReplicatedOn(*trail))
        add(isNotEmpty(*trail));
    executed_ = executed_.with(constraints_);
  }

  // Every instance executed is of the domain, and every instance of the domain is executed. What the constraints' own
  // prover cannot show is given to isl.
  void run() {
    if (!isDomainImplied()) {
      isl::set excess = executed_.set().subtract(statement_.domain);
      if (!excess.is_empty())
        fail(statement_, excess, "executes an instance that its domain does not have");
    }
    for (const std::vector<Constraint> &disjunct : statement_.disjuncts) {
      const Known domain = assumed_.with(disjunct);
      for (const Constraint &printed : constraints_)
        if (!domain.implies(printed))
          checkMissing(domain, lowering_.terms.toSet({printed}));
      for (const Printed &printed : others_)
        if (printed.alternatives.empty() || !domain.impliesEither(printed.alternatives))
          checkMissing(domain, asSet(printed.condition));
    }
  }

private:
  struct Printed {
    Expr condition;
    std::vector<std::vector<Constraint>> alternatives; // empty where it was not understood as a disjunction
  };

  // A loop or condition on the statement's path, or the range of a hardware loop that it has.
  bool isOwn(const Trail &trail) const {
    const std::vector<std::string> &inames = statement_.statement->inames;
    return trail.hardware.empty() || std::find(inames.begin(), inames.end(), trail.hardware) != inames.end();
  }

  bool isReplicatedOn(const Trail &trail) const {
    const std::optional<Axis> axis = axisOf(lowering_.kernel.tag(trail.hardware));
    require(axis.has_value(), "a hardware loop without an axis");
    return lowering_.mapping.placement.at(statement_.statement->id).axes[*axis].kind ==
           AxisPlacement::Kind::Replicated;
  }

  // A replicated statement computes values for the work-items themselves: where there are none, it owes nothing.
  Known assumedFor(const Scope &scope) const {
    Known result = lowering_.assumed;
    for (const Trail *trail = scope.trail.get(); trail; trail = trail->parent.get())
      if (!isOwn(*trail) && isReplicatedOn(*trail)) {
        const Expr launched = isNotEmpty(*trail);
        const auto constraints = lowering_.terms.constraintsOf(launched);
        result = constraints ? result.with(*constraints) : result.with(asSet(launched));
      }
    return result;
  }

  // Of a hardware loop that the statement has not: without work-items there is no launch.
  Expr isNotEmpty(const Trail &trail) const {
    const Compare *lower = trail.printed.at(0).as<Compare>(), *upper = trail.printed.at(1).as<Compare>();
    require(lower && upper, "the range of a hardware loop is printed as two comparisons");
    return lowering_.context.compare(CompareOp::Le, lower->rhs, upper->rhs);
  }

  isl::set asSet(Expr condition) const {
    auto set = toSet(lowering_.context, condition, lowering_.dataLoads);
    require(set.has_value(), "a loop bound or condition that is not affine");
    return *set;
  }

  void add(Expr condition) {
    if (auto constraints = lowering_.terms.constraintsOf(condition)) {
      constraints_.insert(constraints_.end(), constraints->begin(), constraints->end());
      return;
    }
    auto alternatives = lowering_.terms.alternativesOf(condition);
    others_.push_back({condition, alternatives.value_or(std::vector<std::vector<Constraint>>{})});
    executed_ = alternatives ? executed_.withEither(*alternatives) : executed_.with(asSet(condition));
  }

  // Asks the domain itself, not the conditions that were made from it.
  bool isDomainImplied() const {
    std::vector<std::vector<Constraint>> open = statement_.disjuncts;
    for (std::vector<Constraint> &disjunct : open) {
      std::erase_if(disjunct, [&](const Constraint &asked) { return executed_.implies(asked); });
      if (disjunct.empty())
        return true;
    }
    return open.size() > 1 && executed_.impliesEither(open);
  }

  void checkMissing(const Known &domain, const isl::set &printed) {
    isl::set missing = domain.set().subtract(printed);
    if (!missing.is_empty())
      fail(statement_, missing, "leaves out an instance of its domain");
  }

  Lowering &lowering_;
  const Prepared &statement_;
  const Known assumed_; // what holds whenever the statement is due
  Known executed_;
  std::vector<Constraint> constraints_;
  std::vector<Printed> others_;
};

} // namespace

void Lowering::prove(const Prepared &statement, const Scope &scope) { Proof(*this, statement, scope).run(); }

} // namespace loopy::lowering
