// The owner of everything that kernels share: the isl context, source texts and expression nodes.
#pragma once

#include "loopy/ir/expr.h"
#include "loopy/poly/isl.h"
#include "loopy/support/sources.h"

#include <deque>
#include <map>

namespace loopy {

// One context is used by one thread at a time; several contexts may be used by several threads.
// Kernels, expressions and isl values of a context must not outlive it.
class Context {
public:
  Context() = default;
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  isl::ctx isl() const { return isl_.get(); }
  Sources &sources() { return sources_; }
  // The intersection, remembered: passes ask again and again about one domain under the same assumptions.
  const isl::set &intersection(const isl::set &a, const isl::set &b);

  // The node constructors check their arguments (types, operand counts) and throw IllFormed on a node that is not.
  Expr make(ExprNode node);
  Expr constant(int64_t value, Type type = indexType, SourceRange range = {});
  Expr constant(double value, Type type, SourceRange range = {});
  Expr constant(bool value, SourceRange range = {});
  Expr param(const std::string &name, Type type, SourceRange range = {});
  Expr iname(const std::string &name, SourceRange range = {});
  Expr load(const std::string &array, std::vector<Expr> index, Type elementType, SourceRange range = {});
  Expr unary(UnaryOp op, Expr operand, SourceRange range = {});
  // Arithmetic in the promoted type of its operands (both are cast to it where a value would change otherwise);
  // integer operands are folded: constants, x+0, x*1, x*0, (c*p + q) // c -> p where 0 <= q < c is syntactically clear.
  Expr binary(BinaryOp op, Expr lhs, Expr rhs, SourceRange range = {});
  Expr compare(CompareOp op, Expr lhs, Expr rhs, SourceRange range = {});
  Expr logical(LogicalOp op, Expr lhs, Expr rhs, SourceRange range = {});
  Expr select(Expr condition, Expr ifTrue, Expr ifFalse, SourceRange range = {});
  Expr cast(Type type, Expr operand, SourceRange range = {});
  Expr call(const std::string &function, std::vector<Expr> args, Type type, SourceRange range = {});
  Expr add(Expr a, Expr b) { return binary(BinaryOp::Add, a, b); }
  Expr sub(Expr a, Expr b) { return binary(BinaryOp::Sub, a, b); }
  Expr mul(Expr a, Expr b) { return binary(BinaryOp::Mul, a, b); }
  Expr mul(int64_t a, Expr b) { return binary(BinaryOp::Mul, constant(a), b); }

private:
  poly::IslContext isl_;  // first, so that it dies last
  Sources sources_;
  std::deque<ExprNode> nodes_;
  struct Intersection {
    isl::set a, b, both;  // a and b, so that nothing else can have their addresses
  };
  std::map<std::pair<const isl_set *, const isl_set *>, Intersection> intersections_;
};

} // namespace loopy
