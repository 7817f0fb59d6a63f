#include "visit_program.h"

namespace loopy::lowering {

std::vector<Block *> blocksIn(Stmt &stmt) {
  return std::visit(Overloaded{[](ForStmt &s) -> std::vector<Block *> { return {&s.body}; },
                               [](IfStmt &s) -> std::vector<Block *> {
                                 return {&s.thenBody, &s.elseBody};
                               },
                               [](BlockStmt &s) -> std::vector<Block *> { return {&s.body}; },
                               [](AssignStmt &) -> std::vector<Block *> { return {}; },
                               [](DeclareStmt &) -> std::vector<Block *> { return {}; },
                               [](BarrierStmt &) -> std::vector<Block *> { return {}; },
                               [](CallStmt &) -> std::vector<Block *> { return {}; },
                               [](CommentStmt &) -> std::vector<Block *> { return {}; }},
                    stmt.data);
}

std::vector<const Block *> blocksIn(const Stmt &stmt) {
  std::vector<const Block *> result;
  for (Block *block : blocksIn(const_cast<Stmt &>(stmt))) // only read
    result.push_back(block);
  return result;
}

void forEachOwnExpr(const Stmt &stmt, const std::function<void(Expr)> &f) {
  auto call = [&](Expr e) {
    if (e)
      f(e);
  };
  auto callAll = [&](const std::vector<Expr> &list) {
    for (Expr e : list)
      call(e);
  };
  std::visit(Overloaded{[&](const ForStmt &s) {
                          call(s.lower);
                          call(s.upper);
                        },
                        [&](const IfStmt &s) { call(s.condition); },
                        [&](const AssignStmt &s) {
                          callAll(s.lhs);
                          callAll(s.rhs);
                        },
                        [&](const DeclareStmt &s) {
                          call(s.dynamicElements);
                          call(s.init);
                        },
                        [](const BarrierStmt &) {}, [&](const CallStmt &s) { callAll(s.args); },
                        [](const CommentStmt &) {}, [](const BlockStmt &) {}},
             stmt.data);
}

void replaceExprs(Stmt &stmt, const std::function<Expr(Expr)> &f) {
  auto replace = [&](Expr &e) {
    if (e)
      e = f(e);
  };
  auto replaceAll = [&](std::vector<Expr> &list) {
    for (Expr &e : list)
      replace(e);
  };
  std::visit(Overloaded{[&](ForStmt &s) {
                          replace(s.lower);
                          replace(s.upper);
                        },
                        [&](IfStmt &s) { replace(s.condition); },
                        [&](AssignStmt &s) {
                          replaceAll(s.lhs);
                          replaceAll(s.rhs);
                        },
                        [&](DeclareStmt &s) {
                          replace(s.dynamicElements);
                          replace(s.init);
                        },
                        [](BarrierStmt &) {}, [&](CallStmt &s) { replaceAll(s.args); }, [](CommentStmt &) {},
                        [](BlockStmt &) {}},
             stmt.data);
  for (Block *block : blocksIn(stmt))
    for (Stmt &inner : *block)
      replaceExprs(inner, f);
}

void forEachStmt(const Block &block, const std::function<void(const Stmt &)> &f) {
  for (const Stmt &stmt : block) {
    f(stmt);
    for (const Block *inner : blocksIn(stmt))
      forEachStmt(*inner, f);
  }
}

void forEachExpr(const Block &block, const std::function<void(Expr)> &f) {
  forEachStmt(block, [&](const Stmt &stmt) { forEachOwnExpr(stmt, f); });
}

} // namespace loopy::lowering
