// The border between polyhedra and text: loops, conditions and assignments over scalar expressions. After it, no isl.
//
//   Program  = Host, Function*
//   Host     = HostStmt*,  HostStmt = HostFor(var, lower, upper, HostStmt*) | Launch(function, global, local sizes)
//   Function = name, parameters, locals, Stmt*
//   Stmt     = For | If | Assign | Declare | Barrier | Call | Comment | Block
//
// Expressions are loopy::Expr of these kinds only: Constant, ParamRef, InameRef (a variable of the program), Load with one
// flat subscript (none for a scalar variable), Unary, Binary, Compare, Logical, Select, Cast, CallExpr.
// Vectors: a Load with a second subscript, a constant, is
//   of a vector type: the elements of an array of scalars from the first subscript on; the second is the number of bytes
//     by which their address is known to be divisible;
//   of a scalar type: a lane of an element of an array of vectors, or of a vector variable, whose first subscript is 0.
// The CallExpr "lanes"(a, b, ...) is the vector of these scalars; a Cast of a scalar to a vector type has it in all lanes, as
// has a scalar operand of arithmetic with vectors. Vectors of bools are conditions of Selects and operands of Logical and Not.
// CallExprs "get_group_id(N)" and "get_local_id(N)", without arguments, stand for the hardware indices.
// The CallExpr "read_image"(a, x, y, ..) is an element of the image a, a Load without subscript; the fastest coordinate
// stands first.
// Integers: FloorDiv and Mod round downwards for any sign. Where the numerator is known not to be negative (and the
// denominator positive) lowering writes the CallExprs "quot"(a, b) and "rem"(a, b) instead: the target's own truncating
// `/` and `%`, to be printed as these operators.
// For the C target the host has one Launch of the one function and every array parameter is the user's or a buffer.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/ir/target.h"

namespace loopy {

// Consecutive elements as a vector, and one lane of a vector.
inline bool isWide(Expr e) { return e.is<Load>() && e.as<Load>()->index.size() == 2 && e.type().isVector(); }
inline bool isLane(Expr e) { return e.is<Load>() && e.as<Load>()->index.size() == 2 && !e.type().isVector(); }
inline bool isLanes(Expr e) { return e.is<CallExpr>() && e.as<CallExpr>()->function == "lanes"; }

inline bool isTruncatingDivision(const CallExpr &call) { return call.function == "quot" || call.function == "rem"; }

struct Stmt;
using Block = std::vector<Stmt>;

struct ForStmt {
  std::string var;
  Expr lower, upper;        // var = lower; var <= upper (inclusive); step
  int64_t step = 1;
  enum class Unroll { No, Full, Hint } unroll = Unroll::No;  // Full: expanded before codegen; Hint: pragma
  int64_t unrollFactor = 0;
  std::string turnsWith{};  // Full: backwards in every other copy of the loop over this variable around it
  bool parallel = false;    // C: iterations are independent (g loops), for OpenMP
  Block body;
};
struct IfStmt {
  Expr condition;
  Block thenBody, elseBody;
};
struct AssignStmt {
  std::vector<Expr> lhs;    // Loads; several = simultaneous
  std::vector<Expr> rhs;
  bool atomic = false;      // rhs[0] = lhs[0] op e
};
struct DeclareStmt {
  std::string name;
  Type type;
  AddressSpace space = AddressSpace::Private;  // Local: OpenCL __local array at function scope
  std::optional<int64_t> elements;             // constant number; a scalar variable if `isScalar`
  Expr dynamicElements;                        // C only: allocated on the heap, freed at the end of the block
  bool isScalar = false;
  bool isConst = false;
  unsigned alignment = 0;                      // in bytes, of an array whose elements may be accessed as vectors; 0: its own
  Expr init;                                   // of a scalar; may be null
};
struct BarrierStmt {
  bool local = false, global = false;
  std::string reason;
};
struct CallStmt {
  std::string callee;
  std::vector<Expr> args;                      // a Load with a subscript under `byAddress` is passed as pointer
  std::vector<bool> byAddress;
};
struct CommentStmt { std::string text; };
struct BlockStmt { Block body; };              // a scope

struct Stmt {
  std::variant<ForStmt, IfStmt, AssignStmt, DeclareStmt, BarrierStmt, CallStmt, CommentStmt, BlockStmt> data;
};

struct FunctionParam {
  std::string name;
  Type type;
  bool isArray = false;
  bool isConst = false;                        // only read
  bool isTempBuffer = false;                   // a global temporary that the host allocates
  unsigned alignment = 0;
  unsigned imageAxes = 0;                      // of an image; 0: it is none
};

struct DeviceFunction {
  std::string name;
  std::vector<FunctionParam> params;
  std::array<int64_t, 3> localSize{1, 1, 1};
  unsigned workDims = 0;
  Block body;
};

struct HostStmt;
struct HostFor {
  std::string var;
  Expr lower, upper;                           // inclusive
  std::vector<HostStmt> body;
};
struct LaunchStmt {
  unsigned function = 0;
  std::array<Expr, 3> groups;                  // number of work-groups per dimension; <= 0 in one: launch is skipped
};
struct HostStmt {
  std::variant<HostFor, LaunchStmt> data;
};

struct TempBuffer {                             // allocated by the host before the first launch
  std::string name;
  Type type;
  Expr elements;                               // over integer params
};

struct ProgramArg {                            // the kernel's interface, in the user's order
  std::string name;                            // the user's name
  Type type;
  bool isArray = false;
  Role role = Role::In;
  std::vector<Expr> shape{};                   // over integer params
  Layout layout{};
  bool isImage = false;                        // OpenCL: passed as an image of its shape, the last axis being x
};

struct Program {
  Context *context = nullptr;
  Target target;
  std::string name;
  std::vector<ProgramArg> args;
  std::vector<Home> homes;                      // the user's arrays that are passed in other arrays
  std::vector<TempBuffer> buffers;
  std::vector<DeviceFunction> functions;
  std::vector<HostStmt> host;
  std::vector<FunctionDecl> externals;
  poly::MemberSet assumptions;                  // kept for the argument check of the runtime only
  std::map<std::string, int64_t> fixedParams;
  std::vector<std::string> notes;               // remarks for the user
};

std::string printProgram(const Program &program);  // readable text for `loopyc show --stage=program` and goldens

} // namespace loopy
