// Loops tagged vec: each statement below one becomes a statement for all its lanes, or is written out lane by lane. No
// dependence first parts at such a loop, so that all lanes of a statement may come before the next statement.
#include "vector_body.h"

namespace loopy::lowering {
namespace {

// The node with only one of its children, and the barrier behind it.
BodyNode only(const BodyNode &loop, unsigned child) {
  BodyNode result = loop;
  result.children = {loop.children[child]};
  result.barriers.clear();
  return result;
}

bool readsArray(Expr e) {
  bool found = false;
  forEach(e, [&](Expr part) { found |= part.is<Load>(); });
  return found;
}

// Neighbours with equal conditions, which read nothing, share one `if`.
void append(Block &out, Block more) {
  for (Stmt &stmt : more) {
    auto *last = out.empty() ? nullptr : std::get_if<IfStmt>(&out.back().data);
    auto *next = std::get_if<IfStmt>(&stmt.data);
    if (last && next && last->elseBody.empty() && next->elseBody.empty() && equal(last->condition, next->condition) &&
        !readsArray(next->condition))
      append(last->thenBody, std::move(next->thenBody));
    else
      out.push_back(std::move(stmt));
  }
}

std::string remarkOf(const std::string &reason) { return ", lane by lane: " + reason; }

} // namespace

// `stmt` is the loop without a body.
Block Lowering::emitVectorLoop(const BodyNode &loop, const ForStmt &stmt, const Scope &inner) {
  const Linear length = withConstant(minus(terms.formOf(stmt.upper), terms.formOf(stmt.lower)), 1);
  require(length.isConstant(), "a vector loop without a constant length");
  Block out;
  for (unsigned i = 0; i < loop.children.size(); ++i) {
    const BodyNode &child = loop.children[i];
    const BodyNode one = only(loop, i);
    Block block;
    const VectorLoop vector{loop.iname, stmt.lower, length.constant};
    const auto conditions =
        child.statement && isVectorWidth(length.constant) ? conditionsOfAllLanes(child, vector, inner) : std::nullopt;
    if (conditions) {
      Scope scope = withConditions(inner, *conditions);
      scope.vector = vector;
      block = emitStatement(*child.statement, scope);
      if (Expr all = allOf(*conditions, inner); all && !block.empty())
        block = {{IfStmt{all, std::move(block), {}}}};
    } else {
      const std::string reason = !child.statement                 ? "a loop inside"
                                 : isVectorWidth(length.constant) ? "a condition"
                                                                  : "the loop's length";
      for (const Prepared *statement : child.statement ? std::vector{child.statement} : child.statements)
        notes.push_back("`" + statement->statement->id + "` is done lane by lane along `" + loop.iname +
                        "`: " + reason + ".");
      ForStmt copies = stmt;
      copies.unroll = ForStmt::Unroll::Full;
      copies.body = emitBody(one, inner);
      block.push_back({std::move(copies)});
    }
    append(out, std::move(block));
    if (auto barrier = loop.barriers.find(i); barrier != loop.barriers.end())
      out.push_back({BarrierStmt{barrier->second->local, barrier->second->global, barrier->second->reason}});
  }
  return out;
}

// The conditions around the statement as they are for the first lane, if they hold for all lanes or none:
//   domain => conditions of lane 0,  and  conditions of lane 0 => conditions of every lane
std::optional<std::vector<Condition>> Lowering::conditionsOfAllLanes(const BodyNode &child, const VectorLoop &loop,
                                                                     const Scope &inner) {
  const Term x = terms.ofName(loop.iname);
  auto isOfLane = [&](const Condition &condition) { return condition.names.count(x) > 0; };
  auto first = [&](const Constraint &constraint) {
    Expr form = substituteInames(context, terms.expr(constraint.form), {{loop.iname, loop.lower}});
    return terms.normalized({terms.formOf(form), constraint.isEquality});
  };
  std::vector<Condition> result;
  bool hasChanged = false;
  for (Condition condition : conditionsOf(child, inner)) {
    if (isOfLane(condition)) {
      hasChanged = true;
      if (condition.kind == Condition::Kind::Affine) {
        condition = conditionOf(first(condition.constraint));
        if (inner.known.implies(condition.constraint))
          continue;
      } else if (condition.kind == Condition::Kind::Either) {
        for (std::vector<Constraint> &alternative : condition.alternatives)
          for (Constraint &constraint : alternative)
            constraint = first(constraint);
        condition.names.erase(x);
      } else {
        return std::nullopt;
      }
    }
    result.push_back(std::move(condition));
  }
  if (!hasChanged)
    return result;
  const std::vector<Condition> left = conditionsOf(child, withConditions(inner, result));
  if (std::any_of(left.begin(), left.end(), isOfLane))
    return std::nullopt;
  for (const std::vector<Constraint> &disjunct : child.statement->disjuncts) {
    const Known domain = assumed.with(disjunct);
    for (const Condition &condition : result)
      if ((condition.kind == Condition::Kind::Affine && !domain.implies(condition.constraint)) ||
          (condition.kind == Condition::Kind::Either && !domain.impliesEither(condition.alternatives)))
        return std::nullopt;
  }
  return result;
}

// No read can leave its array, whether its value is asked for or not.
bool Lowering::readsAreInBounds(const Statement &statement, const Known &known) {
  auto isInside = [&](Expr subscript, Expr extent) {
    const std::optional<Linear> x = terms.affineOf(subscript), end = terms.affineOf(extent);
    return x && end && known.isNonNegative(*x) && known.isNonNegative(withConstant(minus(*end, *x), -1));
  };
  for (const AccessRef &access : accesses(statement)) {
    const Array &array = kernel.array(access.load->array);
    for (size_t axis = 0; axis < access.load->index.size(); ++axis) {
      Expr subscript = access.load->index[axis];
      // The memory of a temporary holds whatever affine subscripts have for values.
      if (array.isTemp() ? !terms.affineOf(subscript) : !isInside(subscript, array.shape[axis]))
        return false;
    }
  }
  return true;
}

Block Lowering::vectorStatement(const Statement &statement, const Scope &scope) {
  const VectorLoop &loop = *scope.vector;
  std::string reason;
  const Assign *assign = std::get_if<Assign>(&statement.body);
  if (!assign) {
    if (!std::holds_alternative<CallBody>(statement.body))
      return {};
    reason = "a call";
  } else if (assign->atomic) {
    reason = "atomic";
  } else {
    AssignStmt scalar;
    for (Expr lhs : assign->lhs)
      scalar.lhs.push_back(valueOf(lhs, scope.known));
    for (Expr rhs : assign->rhs)
      scalar.rhs.push_back(valueOf(rhs, scope.known));
    VectorBody body(*this, scope.known, loop, readsAreInBounds(statement, scope.known));
    if (std::optional<Block> block = body.assign(scalar, kernel.freshName(statement.id + "_lanes"), reason)) {
      block->insert(block->begin(), Stmt{CommentStmt{statement.id}});
      return std::move(*block);
    }
  }
  notes.push_back("`" + statement.id + "` is done lane by lane along `" + loop.iname + "`: " + reason + ".");
  ForStmt copies;
  copies.var = loop.iname;
  copies.lower = loop.lower;
  copies.upper = terms.expr(withConstant(terms.formOf(loop.lower), loop.width - 1), scope.known.nonNegative());
  copies.unroll = ForStmt::Unroll::Full;
  copies.body = statementBody(statement, scope.known, remarkOf(reason));
  return {{std::move(copies)}};
}

} // namespace loopy::lowering
