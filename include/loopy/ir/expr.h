// Expressions, as immutable shared trees.
//
//   Expr = Constant(value) | ParamRef(name) | InameRef(name) | Load(array, index*) | Unary(op, e) | Binary(op, e, e)
//        | Compare(op, e, e) | Logical(op, e, e) | Select(c, a, b) | Cast(e) | CallExpr(function, e*)
//        | RuleUse(rule, e*, tag) | Reduce(operator, iname+, e)   -- the last one in rule bodies only
//
// Every expression has a type and a source range. Nodes belong to a Context and live as long as it does.
#pragma once

#include "loopy/ir/type.h"
#include "loopy/support/diagnostics.h"

#include <complex>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace loopy {

class Context;
struct ExprNode;

// A node or a kernel that breaks the rules of the IR: a bug of ours, but where an IR comes from outside, its author's.
class IllFormed : public InternalError {
public:
  explicit IllFormed(std::string why) : InternalError(why), why_(std::move(why)) {}
  const std::string &why() const { return why_; }

private:
  std::string why_;
};

// A pointer-sized handle of an immutable expression node. A default-made handle is null and only good for assignment.
class Expr {
public:
  Expr() = default;
  explicit Expr(const ExprNode *node) : node_(node) {}
  explicit operator bool() const { return node_ != nullptr; }
  const ExprNode &node() const { return *node_; }
  const ExprNode *operator->() const { return node_; }
  Type type() const;
  SourceRange range() const;
  // The node's alternative if it is a T, else nullptr.
  template <class T> const T *as() const;
  template <class T> bool is() const { return as<T>() != nullptr; }

private:
  const ExprNode *node_ = nullptr;
};

enum class UnaryOp : uint8_t { Neg, Not, BitNot };
enum class BinaryOp : uint8_t { Add, Sub, Mul, Div, FloorDiv, Mod, Pow, BitAnd, BitOr, BitXor, Shl, Shr, Min, Max };
enum class CompareOp : uint8_t { Lt, Le, Gt, Ge, Eq, Ne };
enum class LogicalOp : uint8_t { And, Or };
enum class ReductionOp : uint8_t { Sum, Product, Min, Max, Any, All, ArgMin, ArgMax, SegmentedSum };

struct Constant {
  std::variant<bool, int64_t, double, std::complex<double>> value;
};
struct ParamRef { std::string name; };
struct InameRef { std::string name; };
struct Load {
  std::string array;
  std::vector<Expr> index;  // implicit axes of a temporary first; empty for a scalar
};
struct Unary { UnaryOp op; Expr operand; };
struct Binary { BinaryOp op; Expr lhs, rhs; };
struct Compare { CompareOp op; Expr lhs, rhs; };
struct Logical { LogicalOp op; Expr lhs, rhs; };
struct Select { Expr condition, ifTrue, ifFalse; };
struct Cast { Expr operand; };  // to the node's type
struct CallExpr { std::string function; std::vector<Expr> args; };
struct RuleUse { std::string rule; std::vector<Expr> args; std::string tag; };
struct Reduce { ReductionOp op; std::vector<std::string> inames; std::vector<Expr> args; };

struct ExprNode {
  using Data = std::variant<Constant, ParamRef, InameRef, Load, Unary, Binary, Compare, Logical, Select, Cast,
                            CallExpr, RuleUse, Reduce>;
  Type type;
  SourceRange range;
  Data data;
};

inline Type Expr::type() const { return node_->type; }
inline SourceRange Expr::range() const { return node_->range; }
template <class T> const T *Expr::as() const { return std::get_if<T>(&node_->data); }

// `visit(expr, Overloaded{...})` without a catch-all breaks the build when a kind of node is added.
template <class... Fs> struct Overloaded : Fs... { using Fs::operator()...; };
template <class... Fs> Overloaded(Fs...) -> Overloaded<Fs...>;
template <class F> decltype(auto) visit(Expr e, F &&f) { return std::visit(std::forward<F>(f), e->data); }

// Structural equality, without types of literals being told apart by spelling and without source ranges.
bool equal(Expr a, Expr b);
// Parseable text in the kernel language, with the fewest parentheses; `t{i}[j]` for implicit axes needs `implicitAxes`.
std::string toString(Expr e);
// How many leading indices of an array's accesses are implicit axes (0 for arguments and unknown arrays), and whether
// to print them in braces, `t{i}[k]`, or to leave them out, as the source text does.
struct ImplicitAxes {
  std::function<unsigned(const std::string &)> count;
  bool hidden = false;
};
std::string toString(Expr e, const ImplicitAxes &implicitAxes);

std::vector<Expr> children(Expr e);
// The same node with other children (same number and order as `children`); returns `e` itself when none changed.
Expr withChildren(Context &context, Expr e, const std::vector<Expr> &newChildren);
// Bottom-up rewriting: children first, then `f` on the rebuilt node; `f` returns its argument to keep it.
Expr rewrite(Context &context, Expr e, const std::function<Expr(Expr)> &f);
// Calls `f` on every node, parents first.
void forEach(Expr e, const std::function<void(Expr)> &f);

std::set<std::string> inamesIn(Expr e);
bool mentionsIname(Expr e, const std::string &iname);
// Replaces inames by expressions (at once, not one after another), folding integer arithmetic.
Expr substituteInames(Context &context, Expr e, const std::map<std::string, Expr> &replacement);

const char *spelling(BinaryOp op);
const char *spelling(CompareOp op);
const char *spelling(ReductionOp op);

} // namespace loopy
