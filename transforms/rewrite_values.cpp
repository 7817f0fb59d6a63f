#include "rewrite_values.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

using Rewriting = std::function<Expr(Expr)>;

class ValueRewriter {
public:
  ValueRewriter(Context &context, const Statement &statement, const Rewriting &f)
      : context_(context), f_(f), result_(statement) {
    const Assign *assign = std::get_if<Assign>(&statement.body);
    if (assign && (assign->atomic || statement.reductionRole == ReductionRole::Update))
      places_ = assign->lhs;
  }

  Statement run() {
    std::visit(Overloaded{[&](Assign &assign) {
                            for (Expr &value : assign.rhs)
                              value = part(value);
                            for (Expr &place : assign.lhs)
                              place = subscripts(place);
                          },
                          [&](CallBody &call) {
                            for (Expr &place : call.results)
                              place = subscripts(place);
                            for (auto &arg : call.args)
                              std::visit(Overloaded{[&](Expr &value) { value = f_(value); },
                                                    [&](SubArray &sub) { sub.access = subscripts(sub.access); }},
                                         arg);
                          },
                          [](Nop &) {}, [](Barrier &) {}},
               result_.body);
    return std::move(result_);
  }

  Statement runOnConditions() {
    for (auto &[name, load] : result_.dataParams)
      load = subscripts(load);
    for (GuardLiteral &literal : result_.guard)
      literal.load = subscripts(literal.load);
    return std::move(result_);
  }

private:
  Expr subscripts(Expr place) {
    std::vector<Expr> index = children(place);
    for (Expr &each : index)
      each = f_(each);
    return withChildren(context_, place, index);
  }

  bool isPlace(Expr e) const {
    return llvm::any_of(places_, [&](Expr place) { return equal(place, e); });
  }
  bool holdsPlace(Expr e) const {
    bool found = false;
    forEach(e, [&](Expr each) { found |= isPlace(each); });
    return found;
  }

  Expr part(Expr e) {
    if (places_.empty() || !holdsPlace(e))
      return f_(e);
    if (isPlace(e))
      return subscripts(e);
    std::vector<Expr> below = children(e);
    for (Expr &child : below)
      child = part(child);
    if (const Binary *binary = e.as<Binary>()) // not folded: place + 0 stays an update
      return context_.make({e.type(), e.range(), Binary{binary->op, below[0], below[1]}});
    return withChildren(context_, e, below);
  }

  Context &context_;
  const Rewriting &f_;
  Statement result_;
  std::vector<Expr> places_; // of an update or an atomic statement
};

bool equalExprs(const std::vector<Expr> &a, const std::vector<Expr> &b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](Expr x, Expr y) { return equal(x, y); });
}

// All expressions of a statement, in a fixed order.
std::vector<Expr> expressionsOf(const Statement &statement) {
  std::vector<Expr> all;
  for (const auto &[name, load] : statement.dataParams)
    all.push_back(load);
  for (const GuardLiteral &literal : statement.guard)
    all.push_back(literal.load);
  std::visit(Overloaded{[&](const Assign &assign) {
                          llvm::append_range(all, assign.lhs);
                          llvm::append_range(all, assign.rhs);
                        },
                        [&](const CallBody &call) {
                          llvm::append_range(all, call.results);
                          for (const auto &arg : call.args)
                            all.push_back(std::visit(Overloaded{[](Expr value) { return value; },
                                                                [](const SubArray &sub) { return sub.access; }},
                                                     arg));
                        },
                        [](const Nop &) {}, [](const Barrier &) {}},
             statement.body);
  return all;
}

} // namespace

Statement rewriteValues(Context &context, const Statement &statement, const Rewriting &f) {
  return ValueRewriter(context, statement, f).run();
}

Statement rewriteConditions(Context &context, const Statement &statement, const Rewriting &f) {
  return ValueRewriter(context, statement, f).runOnConditions();
}

void rewriteFacts(Kernel &kernel, const Rewriting &f) {
  for (Fact &fact : kernel.facts)
    if (DisjointFact *disjoint = std::get_if<DisjointFact>(&fact)) {
      for (Expr &index : disjoint->index)
        index = f(index);
      disjoint->value = f(disjoint->value);
    }
}

bool differs(const Statement &before, const Statement &after) {
  return !equalExprs(expressionsOf(before), expressionsOf(after));
}

} // namespace loopy
