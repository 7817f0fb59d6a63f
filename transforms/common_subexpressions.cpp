#include "loopy/transforms/common_subexpressions.h"

#include "edit.h"
#include "match.h"
#include "reads.h"
#include "value_numbers.h"

#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class Sharing {
public:
  Sharing(const Kernel &kernel, const CommonSubexpressions &options)
      : kernel_(kernel), context_(*kernel.context), options_(options), result_(kernel) {
    const std::vector<std::string> ids = matchStatements(kernel, options.within, options.where);
    selected_.insert(ids.begin(), ids.end());
    for (const StatementRef &statement : kernel.statements)
      byId_[statement->id] = statement;
  }

  Kernel run() {
    if (options_.minimumCost < 1)
      fail("min_cost= is a number of operations and reads, at least 1.");
    if (!options_.name.empty())
      requireNewName(kernel_, options_.name, options_.where);
    result_.tree = rewriteTree(kernel_.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      const Leaf *leaf = node->leaf();
      return leaf ? std::vector{makeLeaf(shareIn(leaf->statements))} : std::vector{node};
    });
    if (made_.empty())
      fail("No value of " + std::to_string(options_.minimumCost) + " operations and reads or more is computed twice" +
           (options_.within.empty() ? "" : " in the selected statements") +
           ". Subscripts do not count, nor what changes in between, or is evaluated under conditions alone.");
    std::vector<StatementRef> statements;
    for (const StatementRef &statement : kernel_.statements) {
      llvm::append_range(statements, before_[statement->id]);
      statements.push_back(byId_.at(statement->id));
    }
    result_.statements = std::move(statements);
    return std::move(result_);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  // They run one after the other, all or none of them, and nothing else in between.
  bool runTogether(const Statement &a, const Statement &b) const {
    const auto sameLiteral = [](const GuardLiteral &x, const GuardLiteral &y) {
      return x.negated == y.negated && equal(x.load, y.load);
    };
    const auto sameData = [](const auto &x, const auto &y) { return x.first == y.first && equal(x.second, y.second); };
    return a.inames == b.inames && llvm::equal(a.guard, b.guard, sameLiteral) &&
           llvm::equal(a.dataParams, b.dataParams, sameData) &&
           (a.domain.get() == b.domain.get() || poly::isEqual(a.domain, b.domain));
  }

  // The statements of a leaf with those that compute shared values put in.
  std::vector<std::string> shareIn(const std::vector<std::string> &ids) {
    std::vector<std::string> result;
    for (size_t begin = 0; begin < ids.size();) {
      size_t end = begin + 1;
      if (isCandidate(ids[begin]))
        while (end < ids.size() && isCandidate(ids[end]) && runTogether(*byId_.at(ids[begin]), *byId_.at(ids[end])))
          ++end;
      const std::vector<std::string> run(ids.begin() + static_cast<ptrdiff_t>(begin),
                                         ids.begin() + static_cast<ptrdiff_t>(end));
      if (isCandidate(ids[begin]))
        share(run);
      for (const std::string &id : run) {
        for (const StatementRef &made : before_[id])
          result.push_back(made->id);
        result.push_back(id);
      }
      begin = end;
    }
    return result;
  }
  bool isCandidate(const std::string &id) const {
    const Body &body = byId_.at(id)->body;
    return selected_.count(id) && (std::holds_alternative<Assign>(body) || std::holds_alternative<CallBody>(body));
  }

  void share(const std::vector<std::string> &run) {
    ValueNumbers numbers(kernel_);
    for (const std::string &id : run)
      numbers.add(*byId_.at(id));
    std::map<unsigned, Expr> shared; // number -> what stands for it
    const std::vector<NumberedValue> &values = numbers.values();
    for (unsigned number = 0; number < values.size(); ++number) { // parts come before what they are parts of
      const NumberedValue &value = values[number];
      if (value.uses < 2 || !value.isShareable || !value.isCertain || value.cost < options_.minimumCost)
        continue;
      const Statement &first = *byId_.at(run[value.first]);
      const Expr place = declare(first, value.expr.type());
      before_[first.id].push_back(setting(first, place, replaced(numbers, shared, value.first, value.expr)));
      shared.emplace(number, place);
    }
    if (shared.empty())
      return;
    for (unsigned statement = 0; statement < run.size(); ++statement) {
      StatementRef &user = byId_.at(run[statement]);
      user = std::make_shared<const Statement>(
          rewriteWholes(*user, [&](Expr e) { return replaced(numbers, shared, statement, e); }));
    }
  }

  Expr replaced(const ValueNumbers &numbers, const std::map<unsigned, Expr> &shared, unsigned statement, Expr e) const {
    const std::optional<unsigned> number = numbers.numberOf(statement, e);
    if (!number)
      return e;
    if (const auto found = shared.find(*number); found != shared.end())
      return found->second;
    const std::vector<Expr> operands = valueOperands(e);
    if (operands.empty())
      return e;
    std::vector<Expr> below = operands;
    for (Expr &operand : below)
      operand = replaced(numbers, shared, statement, operand);
    const bool isSame = llvm::equal(below, operands, [](Expr a, Expr b) { return &a.node() == &b.node(); });
    if (const Binary *binary = e.as<Binary>(); binary && !isSame) // not folded: an update stays one
      return context_.make({e.type(), e.range(), Binary{binary->op, below[0], below[1]}});
    return withChildren(context_, e, below);
  }

  static Statement rewriteWholes(const Statement &statement, const std::function<Expr(Expr)> &f) {
    Statement result = statement;
    std::visit(Overloaded{[&](Assign &assign) {
                            for (Expr &value : assign.rhs)
                              value = f(value);
                          },
                          [&](CallBody &call) {
                            for (auto &arg : call.args)
                              if (Expr *value = std::get_if<Expr>(&arg))
                                *value = f(*value);
                          },
                          [](Nop &) {}, [](Barrier &) {}},
               result.body);
    return result;
  }

  // As Kernel::freshName, and no name that was made before.
  std::string freshName(const std::string &base) {
    std::string name = base;
    for (unsigned &count = counts_[base]; names_.count(name) || kernel_.freshName(name) != name;)
      name = base + "_" + std::to_string(count++);
    names_.insert(name);
    return name;
  }

  // A temporary with a value for each iteration of the statement's loops.
  Expr declare(const Statement &statement, Type type) {
    Array array;
    array.name = freshName(options_.name.empty() ? "common" : options_.name);
    array.type = type;
    array.role = Role::Temp;
    array.source = options_.where;
    array.implicitAxes = static_cast<unsigned>(statement.inames.size());
    std::vector<Expr> index;
    for (const std::string &iname : statement.inames)
      index.push_back(context_.iname(iname));
    made_.push_back(array.name);
    result_.arrays.push_back(array);
    return context_.load(array.name, std::move(index), type, options_.where);
  }

  StatementRef setting(const Statement &user, Expr place, Expr value) {
    Statement result;
    result.id = freshName(place.as<Load>()->array + "_set");
    result.inames = user.inames;
    result.domain = user.domain;
    result.dataParams = user.dataParams;
    result.guard = user.guard;
    result.body = Assign{{place}, {value}, false};
    result.origin = user.origin;
    result.source = user.source;
    return std::make_shared<const Statement>(std::move(result));
  }

  const Kernel &kernel_;
  Context &context_;
  const CommonSubexpressions &options_;
  std::set<std::string> selected_;
  std::map<std::string, StatementRef> byId_;                // as they become
  std::map<std::string, std::vector<StatementRef>> before_; // what is computed before a statement
  std::vector<std::string> made_;                           // the temporaries
  std::set<std::string> names_;                             // they and their statements
  std::map<std::string, unsigned> counts_;                  // of names with a number, by what they begin with
  Kernel result_;
};

} // namespace

Kernel commonSubexpressions(const Kernel &kernel, const CommonSubexpressions &options, Notes *) {
  return Sharing(kernel, options).run();
}

} // namespace loopy
