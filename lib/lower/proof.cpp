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
      : lowering_(lowering), statement_(statement), domain_(lowering.assumed), executed_(lowering.assumed) {
    domain_ = statement.disjuncts.size() == 1 ? domain_.with(statement.disjuncts[0]) : domain_.with(statement.domain);
    const std::vector<std::string> &inames = statement.statement->inames;
    for (const Trail *trail = scope.trail.get(); trail; trail = trail->parent.get())
      if (trail->hardware.empty() || std::find(inames.begin(), inames.end(), trail->hardware) != inames.end())
        for (Expr condition : trail->printed)
          add(condition);
  }

  // Every instance executed is of the domain, and every instance of the domain is executed.
  void run() {
    executed_ = executed_.with(constraints_);
    bool isShown = statement_.disjuncts.size() == 1;
    for (const Constraint &asked : isShown ? statement_.disjuncts[0] : std::vector<Constraint>{})
      isShown = isShown && executed_.implies(asked);
    if (!isShown) {
      isl::set excess = executed_.set().subtract(statement_.domain);
      if (!excess.is_empty())
        fail(statement_, excess, "executes an instance that its domain does not have");
    }
    for (const Constraint &printed : constraints_)
      if (!domain_.implies(printed))
        checkMissing(lowering_.terms.toSet({printed}));
    for (const isl::set &printed : others_)
      checkMissing(printed);
  }

private:
  void add(Expr condition) {
    if (auto constraints = lowering_.terms.constraintsOf(condition)) {
      constraints_.insert(constraints_.end(), constraints->begin(), constraints->end());
      return;
    }
    auto set = toSet(lowering_.context, condition, lowering_.dataLoads);
    require(set.has_value(), "a loop bound or condition that is not affine");
    others_.push_back(*set);
    executed_ = executed_.with(*set);
  }

  void checkMissing(const isl::set &printed) {
    isl::set missing = domain_.set().subtract(printed);
    if (!missing.is_empty())
      fail(statement_, missing, "leaves out an instance of its domain");
  }

  Lowering &lowering_;
  const Prepared &statement_;
  Known domain_, executed_;
  std::vector<Constraint> constraints_;
  std::vector<isl::set> others_;
};

} // namespace

void Lowering::prove(const Prepared &statement, const Scope &scope) { Proof(*this, statement, scope).run(); }

} // namespace loopy::lowering
