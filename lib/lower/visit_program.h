// Walks over blocks of a program.
#pragma once

#include "loopy/lower/program.h"

namespace loopy::lowering {

// Calls `f` on every expression that a statement itself holds, not on those of blocks inside it.
void forEachOwnExpr(const Stmt &stmt, const std::function<void(Expr)> &f);
// Calls `f` on every expression in the block and the blocks inside it, in program order.
void forEachExpr(const Block &block, const std::function<void(Expr)> &f);
// Calls `f` on every statement, outer ones first.
void forEachStmt(const Block &block, const std::function<void(const Stmt &)> &f);
// Puts f(e) in the place of each expression e of the statement and the blocks inside it.
void replaceExprs(Stmt &stmt, const std::function<Expr(Expr)> &f);
std::vector<const Block *> blocksIn(const Stmt &stmt);
std::vector<Block *> blocksIn(Stmt &stmt);

} // namespace loopy::lowering
