// A kernel: the mathematics (statements over integer sets) and the state that passes edit (tree, tags, storage).
//
//   Kernel    = name, Param*, context : isl::set, Array*, Home*, Rule*, Reduction*, Fact*, Statement*, tree : Node*, Iname*
//   Iname     = name, tag, turnsWith?
//   Array     = name, type, shape, layout, role (in | out | inout | temp), space?, copies {iname -> m}, implicit axes,
//               axis names, image?, swizzle?
//   Home      = the user's array that passes have laid out in others
//   Reduction = id, operator, accumulators
//   Fact      = Disjoint(array, subscripts, value) | Trusted(S, T, array)
//   Statement = id, inames, domain : isl::set, dataParams {name -> Load}, guard (Load, negated?)*, body,
//               reduction id?, tags, origin?
//   body      = Assign(lhs : Load+, rhs : Expr+, atomic?) | Call(callee, results, args) | Nop | Barrier(scope)
//   Node      = Loop(iname, Node+) | Leaf(statement id+)
//
// Kernels are values: copying one is cheap, and nothing is changed behind another copy's back.
#pragma once

#include "loopy/ir/context.h"
#include "loopy/ir/expr.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace loopy {

// ----------------------------------------------------------------------------------------------------------- tags
struct Tag {
  enum class Kind { None, Group, Local, LocalAuto, Unroll, UnrollHint, Ilp, IlpSeq, Vec };
  Kind kind = Kind::None;
  int value = 0;  // axis of Group and Local, factor of UnrollHint

  bool isHardware() const { return kind == Kind::Group || isLocal(); }
  bool isLocal() const { return kind == Kind::Local || kind == Kind::LocalAuto; }
  bool isGroup() const { return kind == Kind::Group; }
  bool isVec() const { return kind == Kind::Vec; }
  // No order between its iterations: a dependence that first parts there is violated (g, l, vec).
  bool isParallel() const { return isHardware() || isVec(); }
  bool isUnrolled() const { return kind == Kind::Unroll || kind == Kind::Ilp; }
  std::string name() const;  // "g.0", "l.auto", "unr", "unroll_hint(4)", "ilp", "ilp.seq", "vec", "" for none
  friend bool operator==(const Tag &, const Tag &) = default;
};
std::optional<Tag> parseTag(std::string_view text);

struct Iname {
  std::string name;
  Tag tag;
  SourceRange source;
  std::string turnsWith{};  // unrolled loops: runs backwards in every other iteration of this one, unrolled too; "" = none
};

// -------------------------------------------------------------------------------------------------------- storage
enum class Role { In, Out, InOut, Temp };
enum class AddressSpace { Private, Local, Global };
const char *spelling(Role role);
const char *spelling(AddressSpace space);

// Where the element x of an array of shape s lies: offset + sum(x_d * stride_d), in elements.
struct Layout {
  bool columnMajor = false;          // order=F: the first axis is contiguous
  std::vector<Expr> strides;         // explicit strides, else empty
  Expr offset;                       // null = 0
  unsigned alignment = 0;            // the user's word: bytes of the first element's alignment; 0 = the element's own
};

struct Param {
  std::string name;
  Type type;
  SourceRange source;
};

// Rows whose cells are stored in another order each, so that the cells of a column lie in different memory banks: the
// cell c of the axis lies where c ^ ((b % (m / granule)) * granule) would, with b the cell on the axis `by` and m the
// number of cells of the axis, a power of two. Runs of `granule` cells stay together. Axes are explicit ones.
struct Swizzle {
  unsigned axis = 0, by = 0;
  int64_t granule = 1; // a power of two
  friend bool operator==(const Swizzle &, const Swizzle &) = default;
};

struct Array {
  std::string name;
  Type type;
  std::vector<Expr> shape;                  // extents of the explicit axes; over integer params (temps: constants too)
  Layout layout;                            // of the explicit axes
  Role role = Role::In;
  std::optional<AddressSpace> space;        // as asked for by the user; else derived by the mapping
  unsigned implicitAxes = 0;                // leading index positions of its accesses that are not in `shape`
  std::map<std::string, int> copies;        // {iname -> m}: that loop's axis is stored modulo m
  std::vector<int64_t> padding;             // cells added to the extent of each explicit axis in memory; empty = none
  std::set<std::string> tags;
  SourceRange source;
  std::vector<std::string> axisNames{};     // of the explicit axes; empty = they have none
  bool isImage = false;                     // OpenCL: a read-only argument that is an image, read through the texture cache
  std::string aliasGroup{};                 // temporaries of one group share local memory; "" = as the mapping finds
  std::optional<Swizzle> swizzle{};         // temporaries
  bool isTemp() const { return role == Role::Temp; }
  unsigned rank() const { return implicitAxes + static_cast<unsigned>(shape.size()); }
};

// Where the user's array is, after passes laid it out in others. Element x is in the first of the parts whose conditions
// hold for x, which the inames homeIndex(0), homeIndex(1), .. stand for.
struct Home {
  struct Part {
    std::vector<std::pair<Expr, int64_t>> conditions; // expressions, and the values that they have
    Expr access;                                      // a Load
  };
  std::string name;
  Type type;
  std::vector<Expr> shape;
  Role role = Role::In;
  std::vector<Part> parts;
  SourceRange source;
};
std::string homeIndex(unsigned axis);       // no name that a user can write

struct Rule {
  std::string name;
  std::vector<std::string> params;  // occur in `body` as InameRef of that name
  Expr body;
  SourceRange source;
};

// A realised reduction: `init` statements set the accumulators to the neutral element, `update` statements combine.
struct ReductionInfo {
  std::string id;
  ReductionOp op = ReductionOp::Sum;
  std::vector<std::string> inames;        // as written by the user
  std::vector<std::string> accumulators;  // one temporary, two for argmin and argmax (value, index)
  // Updates may be reordered (DESIGN: all but segmented operators).
  bool isCommutative() const { return op != ReductionOp::SegmentedSum; }
};

// ------------------------------------------------------------------------------------------------------------ facts
// The user's word that different values of `value` mean different elements of `array`, for accesses with these
// subscripts (over read-only index arrays).
struct DisjointFact {
  std::string array;
  std::vector<Expr> index;
  Expr value;
  SourceRange source;
};
// The user's word that no dependence through `array` joins statements matching these ids.
struct TrustedFact {
  std::string first, second;  // statement ids, unordered
  std::string array;
  SourceRange source;
};
using Fact = std::variant<DisjointFact, TrustedFact>;

// ------------------------------------------------------------------------------------------------------- statements
struct Assign {
  std::vector<Expr> lhs;  // Loads, read as places; several are assigned simultaneously (argmin's accumulators)
  std::vector<Expr> rhs;
  bool atomic = false;    // rhs[0] is lhs[0] op e, done as one atomic operation
};
struct SubArray {          // f([i]: a[i, k])
  std::vector<std::string> inames; // that it sweeps; none: one element, which the callee writes
  Expr access;             // a Load
};
struct CallBody {
  std::string callee;
  std::vector<Expr> results;                        // Loads
  std::vector<std::variant<Expr, SubArray>> args;
};
struct Nop {};
struct Barrier {
  enum class Scope { Local, Global } scope = Scope::Local;
};
using Body = std::variant<Assign, CallBody, Nop, Barrier>;

struct GuardLiteral {
  Expr load;             // of a bool temporary or array element
  bool negated = false;
};

// Which instance of the user's own statement an instance stands for, for diagnostics.
struct Origin {
  std::string statement;
  std::vector<std::pair<std::string, Expr>> inames;  // the user's iname -> expression in the current inames
};

enum class ReductionRole { None, Init, Update };

struct Statement {
  std::string id;
  std::vector<std::string> inames;           // all inames on its path, outermost first as in the source program
  poly::MemberSet domain;                    // a parameter set over params, inames and dataParams
  std::map<std::string, Expr> dataParams;    // name in the domain -> Load of an integer temporary or argument
  std::vector<GuardLiteral> guard;           // all must hold
  Body body;
  std::optional<std::string> reduction;      // id of the reduction it is an init or update of
  ReductionRole reductionRole = ReductionRole::None;
  std::set<std::string> tags;
  std::optional<Origin> origin;              // none for statements made by passes (fills)
  SourceRange source;
};
using StatementRef = std::shared_ptr<const Statement>;

// ------------------------------------------------------------------------------------------------------------- tree
struct Node;
using NodeRef = std::shared_ptr<const Node>;
struct Loop {
  std::string iname;
  std::vector<NodeRef> children;
};
struct Leaf {
  std::vector<std::string> statements;  // a run with equal inames
};
struct Node {
  std::variant<Loop, Leaf> data;
  const Loop *loop() const { return std::get_if<Loop>(&data); }
  const Leaf *leaf() const { return std::get_if<Leaf>(&data); }
};
NodeRef makeLoop(std::string iname, std::vector<NodeRef> children);
NodeRef makeLeaf(std::vector<std::string> statements);
using Tree = std::vector<NodeRef>;  // children of the (unnamed) root

// ----------------------------------------------------------------------------------------------------------- kernel
struct Kernel;
// What a function that is called does with its arguments: an external one by declaration, a kernel of the file by the
// roles of its arguments.
struct FunctionDecl {
  std::string name;
  std::vector<Role> roles;  // per argument
  std::optional<Type> result;
  bool pure = true;
  SourceRange source;
  std::shared_ptr<const Kernel> kernel{}; // the callee where it is a kernel; null for external functions
};

// Text of a target language that stands in front of the emitted code: where external functions are defined.
struct Preamble {
  std::string target; // "c" or "opencl"
  std::string text;
  SourceRange source;
};

struct Kernel {
  Context *context = nullptr;
  std::string name;
  std::vector<std::string> argumentOrder;          // params and non-temp arrays, as declared
  std::vector<Param> params;
  std::vector<Array> arrays;                       // arguments and temporaries
  std::vector<Home> homes;                         // of the user's arguments that are in other arrays now
  poly::MemberSet assumptions;                     // a parameter set over integer params; includes extents >= 0
  std::vector<Rule> rules;
  std::vector<ReductionInfo> reductions;
  std::vector<Fact> facts;
  std::vector<FunctionDecl> functions;                      // that its statements call
  std::shared_ptr<const std::vector<Preamble>> preambles{}; // of the file; null = none
  std::vector<StatementRef> statements;            // in textual order
  std::vector<Iname> inames;
  Tree tree;
  SourceRange source;
  std::map<std::string, int64_t> fixedParams;      // what fix_parameters set: checked by the runtime

  // Look-ups; the `find` forms return nullptr when there is none, the others throw InternalError.
  const Statement *findStatement(std::string_view id) const;
  const Statement &statement(std::string_view id) const;
  const Array *findArray(std::string_view name) const;
  const Array &array(std::string_view name) const;
  const Iname *findIname(std::string_view name) const;
  const Iname &iname(std::string_view name) const;
  const Param *findParam(std::string_view name) const;
  const Home *findHome(std::string_view name) const;
  const Rule *findRule(std::string_view name) const;
  const ReductionInfo *findReduction(std::string_view id) const;
  Tag tag(std::string_view iname) const;  // none for an unknown iname

  std::vector<std::string> inameNames() const;
  std::vector<std::string> arrayNames() const;
  std::vector<std::string> statementIds() const;
  std::vector<std::string> integerParams() const;
  // A name that no param, array, iname, rule or statement has: `base`, `base_0`, `base_1`, ...
  // Arguments that have another home keep their names for the user.
  std::string freshName(const std::string &base) const;

  // Edits of a value one owns. `replace` keeps the position.
  void replaceStatement(Statement statement);
  void setTag(const std::string &iname, Tag tag);
};

// ------------------------------------------------------------------------------- accesses of a statement, in its IR
struct AccessRef {
  const Load *load = nullptr;
  Expr expr;          // the Load's node
  bool isWrite = false;
};
// All reads and writes: right-hand sides, subscripts, guards, dataParams, left-hand sides. A Load inside a left-hand
// side's subscript is a read; the left-hand side itself a write (for `atomic` a read and a write).
std::vector<AccessRef> accesses(const Statement &statement);
// Applies `f` to every expression of the statement (rewriting bottom-up): lhs, rhs, args, guards, dataParams, origin.
Statement rewriteExprs(Context &context, const Statement &statement, const std::function<Expr(Expr)> &f);

} // namespace loopy
