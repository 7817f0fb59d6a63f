// Unrolling on the finished program, by substitution and folding; nothing here asks about statements or domains.
#include "lowering.h"

#include "loopy/ir/constants.h"

namespace loopy::lowering {
namespace {

using Values = std::map<std::string, Expr>;

// Copies of a loop's body that are still readable, and that a C compiler still takes.
constexpr int64_t maxCopies = 4096;
constexpr int64_t maxAllCopies = 100000;

bool hasLoad(Expr e) {
  bool found = false;
  forEach(e, [&](Expr part) { found |= part.is<Load>(); });
  return found;
}

bool hasDeclaration(const Block &block) {
  return std::any_of(block.begin(), block.end(),
                     [](const Stmt &stmt) { return std::holds_alternative<DeclareStmt>(stmt.data); });
}

void append(Block &out, Block more) {
  for (Stmt &stmt : more)
    out.push_back(std::move(stmt));
}

class Unroller {
public:
  explicit Unroller(Lowering &lowering) : lowering_(lowering), context_(lowering.context), terms_(lowering.terms) {}

  Block expand(const Block &block, const Values &values, const Known &known) {
    Block out;
    for (const Stmt &stmt : block)
      append(out, std::visit(Overloaded{[&](const ForStmt &s) { return expandLoop(s, values, known); },
                                        [&](const IfStmt &s) { return expandIf(s, values, known); },
                                        [&](const AssignStmt &s) -> Block {
                                          AssignStmt copy = s;
                                          for (Expr &lhs : copy.lhs)
                                            lhs = value(lhs, values, known);
                                          for (Expr &rhs : copy.rhs)
                                            rhs = value(rhs, values, known);
                                          return {{std::move(copy)}};
                                        },
                                        [&](const DeclareStmt &s) -> Block {
                                          DeclareStmt copy = s;
                                          for (Expr *e : {&copy.init, &copy.dynamicElements})
                                            if (*e)
                                              *e = value(*e, values, known);
                                          return {{std::move(copy)}};
                                        },
                                        [](const BarrierStmt &s) -> Block { return {{s}}; },
                                        [&](const CallStmt &s) -> Block {
                                          CallStmt copy = s;
                                          for (Expr &arg : copy.args)
                                            arg = value(arg, values, known);
                                          return {{std::move(copy)}};
                                        },
                                        [](const CommentStmt &s) -> Block { return {{s}}; },
                                        [&](const BlockStmt &s) -> Block {
                                          return {{BlockStmt{expand(s.body, values, known)}}};
                                        }},
                             stmt.data));
    return out;
  }

private:
  NonNegative nonNegative(const Known &known) const {
    return [known](const Linear &form) {
      Interval interval = known.interval(form);
      return interval.low && *interval.low >= 0;
    };
  }

  // A selection that the loop variables decide is what it selects.
  Expr decided(Expr e) {
    const Select *select = e.as<Select>();
    const Compare *compare = select ? select->condition.as<Compare>() : nullptr;
    if (!compare || !compare->lhs.type().isInteger())
      return e;
    const Linear difference = minus(terms_.formOf(compare->lhs), terms_.formOf(compare->rhs));
    if (!difference.isConstant())
      return e;
    return holds<int64_t>(compare->op, difference.constant, 0) ? select->ifTrue : select->ifFalse;
  }

  // Loop variables replaced; subscripts simplified again, values only folded.
  Expr value(Expr e, const Values &values, const Known &known) {
    return values.empty() ? e : withSimpleSubscripts(substituteInames(context_, e, values), known);
  }

  Expr withSimpleSubscripts(Expr e, const Known &known) {
    return rewrite(context_, e, [&](Expr part) {
      auto *load = part.as<Load>();
      if (!load || load->index.empty())
        return decided(part);
      std::vector<Expr> index = load->index;
      index[0] = simplified(terms_, index[0], nonNegative(known));
      return context_.load(load->array, std::move(index), part.type(), part.range());
    });
  }

  Linear formOf(Expr e, const Values &values) { return terms_.formOf(substituteInames(context_, e, values)); }

  Expr bound(Expr e, const Values &values, const Known &known) {
    return values.empty() ? e : simplified(terms_, substituteInames(context_, e, values), nonNegative(known));
  }

  Known inLoop(const ForStmt &loop, const Known &known) {
    Known result = known;
    Expr x = context_.iname(loop.var);
    for (Expr condition :
         {context_.compare(CompareOp::Ge, x, loop.lower), context_.compare(CompareOp::Le, x, loop.upper)})
      if (auto constraints = terms_.constraintsOf(condition))
        result = result.with(*constraints);
    return result;
  }

  Block expandLoop(const ForStmt &loop, const Values &values, const Known &known) {
    Linear lower = formOf(loop.lower, values), upper = formOf(loop.upper, values);
    Linear difference = minus(upper, lower);
    if (difference.isConstant() && difference.constant < 0)
      return {};
    bool isUnit = difference.isConstant() && difference.constant == 0;
    if ((isUnit && !hasLoad(loop.lower)) || loop.unroll == ForStmt::Unroll::Full)
      return copies(loop, lower, upper, values, known);
    ForStmt copy = loop;
    copy.lower = bound(loop.lower, values, known);
    copy.upper = bound(loop.upper, values, known);
    copy.body = expand(loop.body, values, inLoop(copy, known));
    return {{std::move(copy)}};
  }

  Block copies(const ForStmt &loop, const Linear &lower, const Linear &upper, const Values &values,
               const Known &known) {
    Linear difference = minus(upper, lower);
    require(difference.isConstant(), "an unrolled loop without a constant number of iterations");
    int64_t count = difference.constant + 1;
    copies_ += count;
    if (count > maxCopies || copies_ > maxAllCopies) {
      const Iname *iname = lowering_.kernel.findIname(loop.var);
      throw UserError(iname ? iname->source : SourceRange{}, "Unrolling the loop `" + loop.var + "` makes " +
                                                                 std::to_string(std::max(count, copies_)) +
                                                                 " copies of statements; split it first.");
    }
    Block out;
    const auto around = number_.find(loop.turnsWith);
    const bool isBackwards = around != number_.end() && around->second % 2 == 1;
    for (int64_t number = 0; number < count; ++number) {
      const int64_t c = isBackwards ? count - 1 - number : number;
      number_[loop.var] = number;
      Values inner = values;
      inner[loop.var] = terms_.expr(withConstant(lower, c), nonNegative(known));
      Block body = expand(loop.body, inner, known);
      if (body.empty())
        continue;
      if (hasDeclaration(body))
        out.push_back({BlockStmt{std::move(body)}});
      else
        append(out, std::move(body));
    }
    number_.erase(loop.var);
    return joined(std::move(out));
  }

  // Neighbouring `if`s with equal conditions become one. Conditions over arrays stay apart: a body may write them.
  Block joined(Block block) {
    Block out;
    for (Stmt &stmt : block) {
      auto *next = std::get_if<IfStmt>(&stmt.data);
      auto *last = out.empty() ? nullptr : std::get_if<IfStmt>(&out.back().data);
      if (next && last && next->elseBody.empty() && last->elseBody.empty() && !hasLoad(next->condition) &&
          equal(next->condition, last->condition))
        append(last->thenBody, std::move(next->thenBody));
      else
        out.push_back(std::move(stmt));
    }
    return out;
  }

  Block expandIf(const IfStmt &stmt, const Values &values, const Known &known) {
    Expr now = values.empty() ? stmt.condition : condition(substituteInames(context_, stmt.condition, values), known);
    Known inside = known;
    if (auto constraints = terms_.constraintsOf(now))
      inside = inside.with(*constraints);
    IfStmt copy{now, expand(stmt.thenBody, values, inside), expand(stmt.elseBody, values, known)};
    if (auto *constant = now.as<Constant>())
      return std::get<bool>(constant->value) ? std::move(copy.thenBody) : std::move(copy.elseBody);
    return {{std::move(copy)}};
  }

  // What is known, or is made constant by the values, leaves a condition.
  Expr condition(Expr e, const Known &known) {
    if (auto *logical = e.as<Logical>()) {
      Expr l = condition(logical->lhs, known), r = condition(logical->rhs, known);
      for (auto [one, other] : {std::pair(l, r), std::pair(r, l)})
        if (auto *constant = one.as<Constant>()) {
          bool isNeutral = std::get<bool>(constant->value) == (logical->op == LogicalOp::And);
          return isNeutral ? other : one;
        }
      return context_.logical(logical->op, l, r);
    }
    auto constraints = e.is<Compare>() && !hasLoad(e) ? terms_.constraintsOf(e) : std::nullopt;
    if (!constraints || constraints->size() != 1)
      return withSimpleSubscripts(e, known);
    const Constraint &constraint = (*constraints)[0];
    Interval interval = known.interval(constraint.form);
    if (known.implies(constraint))
      return context_.constant(true);
    if ((interval.high && *interval.high < 0) || (constraint.isEquality && interval.low && *interval.low > 0))
      return context_.constant(false);
    return terms_.expr(constraint, nonNegative(known));
  }

  Lowering &lowering_;
  Context &context_;
  Terms &terms_;
  int64_t copies_ = 0; // made so far
  std::map<std::string, int64_t> number_; // of the copy being made, by the variables of the unrolled loops around it
};

// A comment that repeats the one before it says nothing.
void dropRepeatedComments(Block &block, std::string &last) {
  std::erase_if(block, [&](Stmt &stmt) {
    if (auto *comment = std::get_if<CommentStmt>(&stmt.data)) {
      bool isRepeated = comment->text == last;
      last = comment->text;
      return isRepeated;
    }
    auto enter = [&](Block &inner) {
      std::string before = last;
      dropRepeatedComments(inner, last);
      if (inner.empty())
        last = before;
    };
    if (auto *loop = std::get_if<ForStmt>(&stmt.data))
      enter(loop->body);
    if (auto *conditional = std::get_if<IfStmt>(&stmt.data)) {
      enter(conditional->thenBody);
      enter(conditional->elseBody);
    }
    if (auto *scope = std::get_if<BlockStmt>(&stmt.data))
      enter(scope->body);
    return false;
  });
}

} // namespace

Block unrolled(Lowering &lowering, Block block, const Known &known) {
  Block out = Unroller(lowering).expand(block, {}, known);
  std::string last;
  dropRepeatedComments(out, last);
  return out;
}

} // namespace loopy::lowering
