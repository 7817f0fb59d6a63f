#include "uses.h"

#include "reads.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/guards.h"
#include "loopy/ir/rules.h"

#include <algorithm>

namespace loopy {
namespace {

class UseFinder {
public:
  UseFinder(const Kernel &kernel, const StatementRef &statement, const ChosenUses &chosen,
            const std::vector<std::string> &extra)
      : kernel_(kernel), statement_(statement), chosen_(chosen), extra_(extra) {}

  std::vector<UseSite> run() {
    forEachRead(*statement_, [&](Expr top) { look(top, std::nullopt, false); });
    return std::move(uses_);
  }

private:
  // Below a selection a value is read only where its condition holds, right of `and` only where the left side holds.
  void look(Expr e, const std::optional<isl::set> &condition, bool isConditional) {
    if (const Select *select = e.as<Select>()) {
      look(select->condition, condition, isConditional);
      lookUnder(select->condition, false, select->ifTrue, condition, isConditional);
      lookUnder(select->condition, true, select->ifFalse, condition, isConditional);
      return;
    }
    if (const Logical *logical = e.as<Logical>()) {
      look(logical->lhs, condition, isConditional);
      lookUnder(logical->lhs, logical->op == LogicalOp::Or, logical->rhs, condition, isConditional);
      return;
    }
    if (const RuleUse *use = e.as<RuleUse>(); use && chosen_.has(*use)) {
      UseSite site{statement_, e, use->args, condition, isConditional};
      for (const std::string &iname : extra_)
        site.args.push_back(kernel_.context->iname(iname));
      uses_.push_back(std::move(site));
    }
    for (Expr child : children(e))
      look(child, condition, isConditional);
  }

  void lookUnder(Expr test, bool isNegated, Expr branch, const std::optional<isl::set> &condition, bool isConditional) {
    std::optional<isl::set> holds = toSet(*kernel_.context, test, statement_->dataParams);
    if (!holds) {
      look(branch, condition, true);
      return;
    }
    isl::set here = isNegated ? holds->complement() : *holds;
    look(branch, condition ? condition->intersect(here) : here, isConditional);
  }

  const Kernel &kernel_;
  const StatementRef &statement_;
  const ChosenUses &chosen_;
  const std::vector<std::string> &extra_;
  std::vector<UseSite> uses_;
};

bool hasLoad(Expr e) {
  bool found = false;
  forEach(e, [&](Expr node) { found |= node.is<Load>(); });
  return found;
}

bool sameLiteral(const GuardLiteral &a, const GuardLiteral &b) { return a.negated == b.negated && readsSame(a, b); }

} // namespace

ChosenUses chooseUses(const Kernel &kernel, const std::string &text, SourceRange where) {
  const size_t dollar = text.find('$');
  const std::string name = text.substr(0, dollar);
  ChosenUses chosen{kernel.findRule(name)};
  if (!chosen.rule) {
    std::vector<std::string> names;
    for (const Rule &rule : kernel.rules)
      names.push_back(rule.name);
    throw UserError(where, unknownName("rule", name, names));
  }
  if (dollar == std::string::npos)
    return chosen;
  chosen.tag = text.substr(dollar + 1);
  std::set<std::string> tags;
  for (const StatementRef &statement : kernel.statements)
    forEachRead(*statement, [&](Expr top) {
      forEach(top, [&](Expr e) {
        if (const RuleUse *use = e.as<RuleUse>(); use && use->rule == name && !use->tag.empty())
          tags.insert(use->tag);
      });
    });
  if (tags.count(chosen.tag) == 0)
    throw UserError(where, unknownName("use of '" + name + "' with the tag", chosen.tag, {tags.begin(), tags.end()}));
  return chosen;
}

std::vector<UseSite> usesIn(const Kernel &kernel, const StatementRef &statement, const ChosenUses &chosen,
                            const std::vector<std::string> &extra) {
  return UseFinder(kernel, statement, chosen, extra).run();
}

bool isTotal(Expr e) {
  bool total = true;
  forEach(e, [&](Expr node) {
    if (const Load *load = node.as<Load>())
      total &= std::none_of(load->index.begin(), load->index.end(), hasLoad);
    if (const Binary *binary = node.as<Binary>(); binary && node.type().isInteger())
      if (binary->op == BinaryOp::FloorDiv || binary->op == BinaryOp::Mod)
        total &= binary->rhs.is<Constant>();
  });
  return total;
}

std::vector<GuardLiteral> guardsOfFill(const Kernel &kernel, const std::vector<UseSite> &uses,
                                       const FootprintRequest &request) {
  auto isKnown = [&](const GuardLiteral &literal) {
    return std::none_of(request.swept.begin(), request.swept.end(),
                        [&](const std::string &iname) { return mentionsIname(literal.load, iname); });
  };
  auto isCommon = [&](const GuardLiteral &literal) {
    return std::all_of(uses.begin(), uses.end(), [&](const UseSite &use) {
      const std::vector<GuardLiteral> &guard = use.statement->guard;
      return std::any_of(guard.begin(), guard.end(), [&](const GuardLiteral &g) { return sameLiteral(g, literal); });
    });
  };
  std::vector<GuardLiteral> guards;
  for (const UseSite &use : uses) {
    if (isTotal(expandRules(kernel, use.use)))
      continue;
    bool isGuarded = use.isConditional;
    for (const GuardLiteral &literal : use.statement->guard) {
      if (!isKnown(literal) || !isCommon(literal))
        isGuarded = true;
      else if (std::none_of(guards.begin(), guards.end(), [&](auto &g) { return sameLiteral(g, literal); }))
        guards.push_back(literal);
    }
    if (isGuarded)
      throw UserError(request.where, "`" + toString(expandRules(kernel, use.use)) + "` in `" + use.statement->id +
                                         "` is evaluated only under a condition that the fill of " + request.what +
                                         " cannot know, and might not be defined without it.");
  }
  return guards;
}

} // namespace loopy
