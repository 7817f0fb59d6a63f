#include "loopy/analysis/dependence.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"

#include <algorithm>

namespace loopy {

const char *spelling(DependenceKind kind) {
  switch (kind) {
  case DependenceKind::Flow:
    return "flow";
  case DependenceKind::Anti:
    return "anti";
  case DependenceKind::Output:
    return "output";
  }
  throw InternalError("unknown kind of dependence");
}

AccessTable::AccessTable(const Kernel &kernel) : kernel_(expandAllRules(kernel)) {
  byStatement_.resize(kernel_.statements.size());
  domains_.resize(kernel_.statements.size());
  primedDomains_.resize(kernel_.statements.size());
  cases_.resize(kernel_.statements.size());
  primedCases_.resize(kernel_.statements.size());
  terms_ = std::make_shared<Terms>(*kernel_.context);
  for (unsigned i = 0; i < kernel_.statements.size(); ++i)
    addStatement(i);
}

void AccessTable::addStatement(unsigned index) {
  const Statement &s = statement(index);
  for (const auto &[name, load] : s.dataParams)
    addReads(index, load, std::nullopt, false);
  for (const GuardLiteral &literal : s.guard)
    addReads(index, literal.load, std::nullopt, false);
  auto addPlace = [&](Expr place, bool alsoRead) {
    for (Expr subscript : place.as<Load>()->index)
      addReads(index, subscript, std::nullopt, false);
    if (alsoRead)
      add(index, place, false, std::nullopt, false);
    add(index, place, true, std::nullopt, false);
  };
  std::visit(Overloaded{[&](const Assign &assign) {
                          for (Expr e : assign.rhs)
                            addReads(index, e, std::nullopt, false);
                          for (Expr place : assign.lhs)
                            addPlace(place, assign.atomic);
                        },
                        [&](const CallBody &call) {
                          const FunctionDecl *decl = nullptr;
                          for (const FunctionDecl &f : kernel_.functions)
                            if (f.name == call.callee)
                              decl = &f;
                          for (size_t i = 0; i < call.args.size(); ++i)
                            if (const Expr *e = std::get_if<Expr>(&call.args[i]))
                              addReads(index, *e, std::nullopt, false);
                            else {
                              Role role = decl && i < decl->roles.size() ? decl->roles[i] : Role::InOut;
                              const SubArray &sub = std::get<SubArray>(call.args[i]);
                              if (role != Role::Out)
                                add(index, sub.access, false, std::nullopt, false);
                              if (role != Role::In)
                                add(index, sub.access, true, std::nullopt, false);
                            }
                          for (Expr place : call.results)
                            addPlace(place, false);
                        },
                        [](const Nop &) {}, [](const Barrier &) {}},
             s.body);
}

// Reads below a select are made only where its condition holds, those right of `and` only where the left side holds.
void AccessTable::addReads(unsigned index, Expr e, const std::optional<isl::set> &condition, bool conditional) {
  auto under = [&](Expr test, bool negated, Expr branch) {
    std::optional<isl::set> holds = toSet(*kernel_.context, test, statement(index).dataParams);
    if (!holds) {
      addReads(index, branch, condition, true);
      return;
    }
    isl::set here = negated ? holds->complement() : *holds;
    addReads(index, branch, condition ? condition->intersect(here) : here, conditional);
  };
  if (const Select *select = e.as<Select>()) {
    addReads(index, select->condition, condition, conditional);
    under(select->condition, false, select->ifTrue);
    under(select->condition, true, select->ifFalse);
    return;
  }
  if (const Logical *logical = e.as<Logical>()) {
    addReads(index, logical->lhs, condition, conditional);
    under(logical->lhs, logical->op == LogicalOp::Or, logical->rhs);
    return;
  }
  if (e.is<Load>())
    add(index, e, false, condition, conditional);
  for (Expr child : children(e))
    addReads(index, child, condition, conditional);
}

void AccessTable::add(unsigned index, Expr load, bool isWrite, const std::optional<isl::set> &condition,
                      bool conditional) {
  const Statement &s = statement(index);
  AccessInfo info;
  info.statement = index;
  info.load = load;
  info.isWrite = isWrite;
  info.isAffine = true;
  info.condition = condition;
  info.isConditional = conditional;
  for (Expr subscript : load.as<Load>()->index) {
    std::optional<isl::pw_aff> affine = toAffine(*kernel_.context, subscript, s.dataParams);
    if (affine)
      for (const auto &[name, dataLoad] : s.dataParams)
        if (poly::involves(*affine, name)) {
          affine = std::nullopt;
          break;
        }
    // A sub-array's own inames stand for its whole extent.
    if (affine)
      for (const std::string &iname : inamesIn(subscript))
        if (std::find(s.inames.begin(), s.inames.end(), iname) == s.inames.end())
          affine = std::nullopt;
    info.isAffine &= affine.has_value();
    info.index.push_back(std::move(affine));
  }
  unsigned number = static_cast<unsigned>(accesses_.size());
  byArray_[load.as<Load>()->array].push_back(number);
  byStatement_[index].push_back(number);
  accesses_.push_back(std::move(info));
}

const std::vector<unsigned> &AccessTable::ofArray(const std::string &array) const {
  static const std::vector<unsigned> none;
  auto it = byArray_.find(array);
  return it == byArray_.end() ? none : it->second;
}

const isl::set &AccessTable::domain(unsigned index) const {
  if (domains_[index].is_null()) {
    const Statement &s = statement(index);
    poly::Names data;
    for (const auto &[name, load] : s.dataParams)
      data.push_back(name);
    domains_[index] = poly::projectOut(kernel_.context->intersection(s.domain, kernel_.assumptions), data);
  }
  return domains_[index];
}

const AccessTable::Range &AccessTable::range(unsigned index, const std::string &iname) const {
  auto [it, isNew] = ranges_.try_emplace({index, iname});
  if (isNew) {
    // The hull of the ranges in all cases.
    std::optional<Interval> hull;
    const Linear value = termTimes(terms_->ofName(iname), 1);
    for (const Constraints &all : cases(index)) {
      const std::optional<Interval> range = constantBounds(*terms_, all, value);
      if (!range)
        continue;
      hull = !hull ? range
                   : Interval{hull->low && range->low ? std::optional(std::min(*hull->low, *range->low)) : std::nullopt,
                              hull->high && range->high ? std::optional(std::max(*hull->high, *range->high))
                                                        : std::nullopt};
    }
    if (hull && hull->low && hull->high)
      it->second = {hull->low, hull->high};
  }
  return it->second;
}

poly::Renaming AccessTable::priming(unsigned index) const {
  poly::Renaming renaming;
  for (const std::string &iname : statement(index).inames)
    renaming[iname] = primed(iname);
  return renaming;
}

const isl::set &AccessTable::primedDomain(unsigned index) const {
  if (primedDomains_[index].is_null())
    primedDomains_[index] = poly::renameParams(domain(index), priming(index));
  return primedDomains_[index];
}

const Alternatives &AccessTable::cases(unsigned index) const {
  if (!cases_[index])
    cases_[index] = terms_->disjunctsOf(domain(index));
  return *cases_[index];
}

std::map<Term, Term> AccessTable::primingTerms(unsigned index) const {
  std::map<Term, Term> result;
  for (const std::string &iname : statement(index).inames)
    result[terms_->ofName(iname)] = terms_->ofName(primed(iname));
  return result;
}

const Alternatives &AccessTable::primedCases(unsigned index) const {
  if (!primedCases_[index]) {
    const std::map<Term, Term> priming = primingTerms(index);
    Alternatives result = cases(index);
    for (Constraints &constraints : result)
      for (Constraint &constraint : constraints)
        constraint.form = terms_->renamed(constraint.form, priming);
    primedCases_[index] = std::move(result);
  }
  return *primedCases_[index];
}

std::optional<Linear> AccessTable::subscript(unsigned access, unsigned axis, bool isPrimed) const {
  const AccessInfo &info = accesses_[access];
  if (!info.index[axis])
    return std::nullopt;
  std::optional<Linear> form = terms_->affineOf(info.load.as<Load>()->index[axis]);
  if (form && isPrimed)
    return terms_->renamed(*form, primingTerms(info.statement));
  return form;
}

isl::pw_aff AccessTable::primedIndex(unsigned access, unsigned axis) const {
  const AccessInfo &info = accesses_[access];
  require(info.index[axis].has_value(), "a subscript that is not affine has no function");
  return poly::renameParams(*info.index[axis], priming(info.statement));
}

} // namespace loopy
