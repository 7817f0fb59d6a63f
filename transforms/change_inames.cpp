// The change of inames behind split_iname, join_inames, rename_iname and fuse_loops.
#include "edit.h"

#include "loopy/ir/affine.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class InameChanger {
public:
  InameChanger(const Kernel &kernel, const InameChange &change, const Predicate &selected, SourceRange where)
      : kernel_(kernel), change_(change), selected_(selected), where_(where), context_(*kernel.context) {}

  Kernel run() {
    isComplete_ = llvm::all_of(kernel_.statements, [&](const StatementRef &statement) {
      return !hasFrom(*statement) || selected_(statement->id);
    });
    checkRules();
    findAxes();
    Kernel result = kernel_;
    for (StatementRef &statement : result.statements)
      if (hasFrom(*statement) && selected_(statement->id))
        statement = std::make_shared<const Statement>(changed(*statement));
    for (Array &array : result.arrays)
      if (auto axis = axes_.find(array.name); axis != axes_.end())
        array.implicitAxes = array.implicitAxes + change_.to.size() - change_.from.size();
    if (isComplete_)
      changeRules(result);
    changeFacts(result);
    changeReductions(result);
    changeTable(result);
    for (Array &array : result.arrays)
      changeCopies(array);
    return result;
  }

private:
  bool hasFrom(const Statement &statement) const { return hasIname(statement, change_.from.front()); }
  bool isFrom(const std::string &iname) const { return change_.values.count(iname) != 0; }

  // Whether `rule`, or a rule that it uses, mentions a changed iname that is not one of its parameters.
  bool mentionsFrom(const Rule &rule) const {
    bool found = false;
    forEach(rule.body, [&](Expr node) {
      if (const InameRef *iname = node.as<InameRef>())
        found |= isFrom(iname->name) && !llvm::is_contained(rule.params, iname->name);
      else if (const RuleUse *use = node.as<RuleUse>())
        if (const Rule *inner = kernel_.findRule(use->rule))
          found |= mentionsFrom(*inner);
    });
    return found;
  }

  // A rule has one text for all its uses, so it cannot follow a change of some statements only.
  void checkRules() const {
    if (isComplete_)
      return;
    for (const Rule &rule : kernel_.rules)
      if (mentionsFrom(rule))
        throw UserError(where_, "The rule `" + rule.name + "` mentions `" + change_.from.front() +
                                    "`, which is changed in some statements only. Call expand_subst(" + rule.name +
                                    ") first.");
  }

  // The position at which an access has the changed inames themselves, in order, on implicit axes.
  std::optional<unsigned> axisIn(const Load &load) const {
    const unsigned axes = kernel_.array(load.array).implicitAxes, width = change_.from.size();
    for (unsigned axis = 0; axis + width <= axes; ++axis) {
      bool isHere = true;
      for (unsigned i = 0; i < width; ++i) {
        const InameRef *iname = load.index[axis + i].as<InameRef>();
        isHere = isHere && iname && iname->name == change_.from[i];
      }
      if (isHere)
        return axis;
    }
    return std::nullopt;
  }

  // axes_ : the temporaries all of whose accesses have the inames on the same implicit axis.
  void findAxes() {
    if (!change_.movesAxes)
      return;
    std::set<std::string> refused;
    auto visitLoad = [&](const Load &load, bool follows) {
      if (kernel_.array(load.array).implicitAxes == 0)
        return;
      std::optional<unsigned> axis = follows ? axisIn(load) : std::nullopt;
      if (axis && (!axes_.count(load.array) || axes_[load.array] == *axis))
        axes_[load.array] = *axis;
      else
        refused.insert(load.array);
    };
    for (const StatementRef &statement : kernel_.statements)
      for (const AccessRef &access : accesses(*statement))
        visitLoad(*access.load, selected_(statement->id));
    for (const Rule &rule : kernel_.rules) {
      // A parameter of the same name is no iname.
      const bool follows = isComplete_ && llvm::none_of(rule.params, [&](const std::string &p) { return isFrom(p); });
      forEach(rule.body, [&](Expr node) {
        if (const Load *load = node.as<Load>())
          visitLoad(*load, follows);
      });
    }
    for (const std::string &array : refused)
      axes_.erase(array);
  }

  // `old` is the node as it was, `e` the same with its children changed.
  Expr withAxes(Expr old, Expr e) const {
    auto axis = axes_.find(old.as<Load>()->array);
    if (axis == axes_.end())
      return e;
    std::vector<Expr> index = e.as<Load>()->index;
    index.erase(index.begin() + axis->second, index.begin() + axis->second + change_.from.size());
    std::vector<Expr> fresh;
    for (const std::string &iname : change_.to)
      fresh.push_back(context_.iname(iname, where_));
    index.insert(index.begin() + axis->second, fresh.begin(), fresh.end());
    return context_.load(axis->first, std::move(index), e.type(), e.range());
  }

  Expr changed(Expr e, const std::vector<std::string> &bound = {}) const {
    if (const InameRef *iname = e.as<InameRef>())
      return isFrom(iname->name) && !llvm::is_contained(bound, iname->name) ? change_.values.at(iname->name) : e;
    std::vector<std::string> inner = bound;
    if (const Reduce *reduce = e.as<Reduce>())
      inner.insert(inner.end(), reduce->inames.begin(), reduce->inames.end());
    std::vector<Expr> rebuilt = children(e);
    for (Expr &child : rebuilt)
      child = changed(child, inner);
    const Expr result = withChildren(context_, e, rebuilt);
    return e.is<Load>() ? withAxes(e, result) : result;
  }

  Statement changed(const Statement &old) const {
    Statement statement = old;
    const auto domain = change_.domains.find(old.id);
    statement.domain = domain == change_.domains.end() ? changed(old.domain) : domain->second;
    for (auto &[name, load] : statement.dataParams)
      load = changed(load);
    for (GuardLiteral &literal : statement.guard)
      literal.load = changed(literal.load);
    changeBody(statement.body);
    if (statement.origin)
      for (auto &[name, value] : statement.origin->inames)
        value = changed(value);
    statement.inames = replaced(old.inames);
    return statement;
  }

  void changeBody(Body &body) const {
    auto change = [&](Expr &e) { e = changed(e); };
    std::visit(Overloaded{[&](Assign &assign) {
                            llvm::for_each(assign.lhs, change);
                            llvm::for_each(assign.rhs, change);
                          },
                          [&](CallBody &call) {
                            llvm::for_each(call.results, change);
                            for (auto &arg : call.args)
                              if (Expr *e = std::get_if<Expr>(&arg))
                                change(*e);
                              else {
                                SubArray &sub = std::get<SubArray>(arg);
                                sub.access = changed(sub.access, sub.inames);
                              }
                          },
                          [](Nop &) {}, [](Barrier &) {}},
               body);
  }

  isl::set changed(const isl::set &domain) const {
    isl::set result = domain;
    for (const std::string &iname : change_.from) {
      const std::optional<isl::pw_aff> value = toAffine(context_, change_.values.at(iname));
      require(value.has_value(), "an iname changes to something that is not affine");
      result = poly::substitute(result, iname, *value);
    }
    return result.intersect(change_.range);
  }

  // The list with `to` in the place of the first of `from`, and without the others.
  std::vector<std::string> replaced(const std::vector<std::string> &inames) const {
    std::vector<std::string> result;
    bool isDone = false;
    for (const std::string &iname : inames) {
      if (!isFrom(iname)) {
        result.push_back(iname);
        continue;
      }
      if (!isDone)
        result.insert(result.end(), change_.to.begin(), change_.to.end());
      isDone = true;
    }
    return result;
  }

  void changeRules(Kernel &result) const {
    for (Rule &rule : result.rules)
      rule.body = changed(rule.body, rule.params);
  }

  // A fact about subscripts that only some statements keep is kept in both forms.
  void changeFacts(Kernel &result) const {
    std::vector<Fact> more;
    for (Fact &fact : result.facts)
      if (DisjointFact *disjoint = std::get_if<DisjointFact>(&fact)) {
        DisjointFact now = *disjoint;
        for (Expr &index : now.index)
          index = changed(index);
        now.value = changed(now.value);
        if (isComplete_)
          *disjoint = std::move(now);
        else
          more.push_back(std::move(now));
      }
    result.facts.insert(result.facts.end(), more.begin(), more.end());
  }

  void changeReductions(Kernel &result) const {
    for (ReductionInfo &reduction : result.reductions) {
      const bool follows = llvm::all_of(kernel_.statements, [&](const StatementRef &statement) {
        return statement->reduction != reduction.id || !hasFrom(*statement) || selected_(statement->id);
      });
      if (follows)
        reduction.inames = replaced(reduction.inames);
    }
  }

  // A loop along which an array is stored modulo m keeps that under its new name. Where it is split, an axis that is
  // subscripted by the loop and constants has the inner loop in its place; one that is the loop itself in all accesses
  // becomes two, which have no place along the loop.
  void changeCopies(Array &array) const {
    for (const std::string &iname : change_.from) {
      auto copies = array.copies.find(iname);
      if (copies == array.copies.end())
        continue;
      const bool isWhole = change_.to.size() == 1 || (change_.to.size() == 2 && !axes_.count(array.name));
      if (!isComplete_ || change_.from.size() != 1 || !isWhole)
        throw UserError(where_, "`" + array.name + "` is stored modulo " + std::to_string(copies->second) + " along `" +
                                    iname + "`, so that loop must stay whole.");
      array.copies[change_.to.back()] = copies->second;
      array.copies.erase(iname);
    }
  }

  // The new inames stand where the old ones stood; these go when no statement has them any more.
  void changeTable(Kernel &result) const {
    std::vector<Iname> table;
    for (const Iname &iname : result.inames) {
      const bool isUsed = llvm::any_of(result.statements,
                                       [&](const StatementRef &statement) { return hasIname(*statement, iname.name); });
      if (!isFrom(iname.name) || isUsed)
        table.push_back(iname);
      if (iname.name == change_.from.front())
        for (const std::string &name : change_.to)
          if (!kernel_.findIname(name))
            table.push_back({name, {}, where_});
    }
    result.inames = std::move(table);
  }

  const Kernel &kernel_;
  const InameChange &change_;
  const Predicate &selected_;
  SourceRange where_;
  Context &context_;
  bool isComplete_ = true;
  std::map<std::string, unsigned> axes_;
};

} // namespace

Kernel changeInames(const Kernel &kernel, const InameChange &change, const Predicate &selected, SourceRange where) {
  return InameChanger(kernel, change, selected, where).run();
}

} // namespace loopy
