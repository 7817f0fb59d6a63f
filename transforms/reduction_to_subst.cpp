#include "loopy/transforms/reduction_to_subst.h"

#include "edit.h"
#include "reads.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// Of an update's value, what it combines its place with; null if it is no update of the place.
Expr termOf(Expr value, Expr place) {
  const auto other = [&](Expr a, Expr b) { return equal(a, place) ? b : equal(b, place) ? a : Expr(); };
  if (const Binary *binary = value.as<Binary>()) {
    const bool isDifference = binary->op == BinaryOp::Sub || binary->op == BinaryOp::Div;
    return isDifference ? (equal(binary->lhs, place) ? binary->rhs : Expr()) : other(binary->lhs, binary->rhs);
  }
  if (const Logical *logical = value.as<Logical>())
    return other(logical->lhs, logical->rhs);
  if (const Select *select = value.as<Select>()) // argmin, argmax: the better one; segmented: where a segment begins
    return equal(select->ifTrue, place) ? Expr() : select->ifTrue;
  return Expr();
}

class Outliner {
public:
  Outliner(const Kernel &kernel, const ReductionToSubst &options)
      : kernel_(kernel), context_(*kernel.context), options_(options), update_(findUpdate()) {}

  Kernel run() const {
    const Assign &assign = std::get<Assign>(update_.body);
    const Expr place = assign.lhs[0], term = termOf(assign.rhs[0], place);
    const std::string refused = callText("reduction_to_subst", {options_.target}) + " is not possible: ";
    if (!term)
      fail(refused + "`" + update_.id + "` sets `" + toString(place) + "` to `" + toString(assign.rhs[0]) +
           "`, which does not combine it with a term.");
    forEach(term, [&](Expr e) {
      const Load *load = e.as<Load>();
      if (load && llvm::any_of(assign.lhs, [&](Expr each) { return each.as<Load>()->array == load->array; }))
        fail(refused + "the term `" + toString(term) + "` reads `" + load->array + "` itself.");
    });
    if (const RuleUse *use = term.as<RuleUse>())
      fail(refused + "the term of `" + update_.id + "` is a use of the rule `" + use->rule + "` already.");
    const Rule rule{ruleName(place), parameters(place, term), term, options_.where};
    Kernel result = kernel_;
    result.replaceStatement(withUses(rule));
    result.rules.push_back(rule);
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  // The statement that is named, or the one that updates the accumulator.
  const Statement &findUpdate() const {
    if (const Statement *statement = kernel_.findStatement(options_.target)) {
      if (const Assign *assign = std::get_if<Assign>(&statement->body); assign && !assign->lhs.empty())
        return *statement;
      fail("`" + options_.target + "` is no assignment.");
    }
    if (!kernel_.findArray(options_.target)) {
      std::vector<std::string> names;
      for (const ReductionInfo &info : kernel_.reductions)
        llvm::append_range(names, info.accumulators);
      llvm::append_range(names, kernel_.statementIds());
      fail(unknownName("accumulator or statement", options_.target, names));
    }
    std::vector<std::string> updates;
    for (const StatementRef &statement : kernel_.statements)
      if (const Assign *assign = std::get_if<Assign>(&statement->body); assign && updatesTarget(*assign))
        updates.push_back(statement->id);
    if (updates.size() != 1)
      fail(updates.empty()
               ? "No statement updates `" + options_.target + "`."
               : "Several statements update `" + options_.target + "`: name one of " + listOfNames(updates) + ".");
    return kernel_.statement(updates.front());
  }
  bool updatesTarget(const Assign &assign) const {
    bool readsPlace = false;
    for (Expr value : assign.rhs)
      forEach(value, [&](Expr e) { readsPlace |= equal(e, assign.lhs[0]); });
    return readsPlace &&
           llvm::any_of(assign.lhs, [&](Expr place) { return place.as<Load>()->array == options_.target; });
  }

  std::string ruleName(Expr place) const {
    if (options_.rule.empty())
      return kernel_.freshName(place.as<Load>()->array + "_term");
    requireNewName(kernel_, options_.rule, options_.where);
    return options_.rule;
  }

  // Those that are reduced over and then those asked for, as far as the term varies with them.
  std::vector<std::string> parameters(Expr place, Expr term) const {
    const std::set<std::string> ofPlace = inamesIn(place), ofTerm = inamesIn(term);
    std::vector<std::string> result;
    for (const std::string &iname : update_.inames)
      if (!ofPlace.count(iname) && ofTerm.count(iname))
        result.push_back(iname);
    for (const std::string &iname : options_.inames) {
      requireIname(kernel_, iname, options_.where);
      if (!ofTerm.count(iname))
        fail("`" + toString(term) + "`, which `" + update_.id + "` reduces, does not vary with loop `" + iname + "`.");
      if (llvm::is_contained(result, iname))
        fail("`" + iname + "` is a parameter of the rule already.");
      result.push_back(iname);
    }
    return result;
  }

  // Every occurrence of the term in the update, as argmin and argmax have several.
  Statement withUses(const Rule &rule) const {
    std::vector<Expr> args;
    for (const std::string &param : rule.params)
      args.push_back(context_.iname(param));
    Statement result = update_;
    Assign &assign = std::get<Assign>(result.body);
    for (Expr &value : assign.rhs)
      value = withUses(rule, args, value);
    return result;
  }
  Expr withUses(const Rule &rule, const std::vector<Expr> &args, Expr e) const {
    if (equal(e, rule.body) && e.type() == rule.body.type())
      return context_.make({e.type(), e.range(), RuleUse{rule.name, args, ""}});
    if (e.is<Load>()) // subscripts are no terms
      return e;
    std::vector<Expr> below = children(e);
    for (Expr &child : below)
      child = withUses(rule, args, child);
    return withChildren(context_, e, below);
  }

  const Kernel &kernel_;
  Context &context_;
  const ReductionToSubst &options_;
  const Statement &update_;
};

} // namespace

Kernel reductionToSubst(const Kernel &kernel, const ReductionToSubst &options, Notes *) {
  return Outliner(kernel, options).run();
}

} // namespace loopy
