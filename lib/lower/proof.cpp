// The proof of the result: the loops, conditions and hardware ranges printed around a statement execute exactly its domain.
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
      : lowering_(lowering), statement_(statement), executed_(lowering.assumed) {
    const std::vector<std::string> &inames = statement.statement->inames;
    for (const Trail *trail = scope.trail.get(); trail; trail = trail->parent.get())
      if (trail->hardware.empty() || std::find(inames.begin(), inames.end(), trail->hardware) != inames.end())
        for (Expr condition : trail->printed)
          add(condition);
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
      const Known domain = lowering_.assumed.with(disjunct);
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
    std::vector<std::vector<Constraint>> alternatives;  // empty where it was not understood as a disjunction
  };

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

  bool isDomainImplied() const {
    if (statement_.disjuncts.empty())
      return false;
    for (const Condition &condition : statement_.conditions)
      if (condition.kind == Condition::Kind::Affine && !executed_.implies(condition.constraint))
        return false;
    return statement_.disjuncts.size() == 1 || executed_.impliesEither(statement_.alternatives);
  }

  void checkMissing(const Known &domain, const isl::set &printed) {
    isl::set missing = domain.set().subtract(printed);
    if (!missing.is_empty())
      fail(statement_, missing, "leaves out an instance of its domain");
  }

  Lowering &lowering_;
  const Prepared &statement_;
  Known executed_;
  std::vector<Constraint> constraints_;
  std::vector<Printed> others_;
};

} // namespace

void Lowering::prove(const Prepared &statement, const Scope &scope) { Proof(*this, statement, scope).run(); }

} // namespace loopy::lowering
