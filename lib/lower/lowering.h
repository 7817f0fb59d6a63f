// The state that the parts of lowering share.
//
//   lower.cpp     kernel and mapping -> program: functions, parameters, declarations
//   prepare.cpp   statements and trees in the form that the others read
//   bounds.cpp    bounds of a loop           guards.cpp   conditions around a statement or subtree
//   body.cpp      accesses and expressions   nest.cpp     loops, conditions and barriers of one device function
//   proof.cpp     executed = domain          host.cpp     loops around launches
//   unroll.cpp    unrolling and clean-up     uniform.cpp  what is the same on all work-items of a group
//   vector_loop.cpp, vector_body.cpp         statements below a loop tagged vec, as vectors or lane by lane
//   vector_variables.cpp                     temporaries as variables of vector types; alignment
//   widen.cpp     instances beyond a domain that do no harm
#pragma once

#include "divisibility.h"
#include "known.h"
#include "loopy/ir/chunk_place.h"
#include "loopy/lower/lower.h"

namespace loopy::lowering {

// What has to hold for an instance to be executed, besides what loops around it say.
struct Condition {
  enum class Kind {
    Mask,    // the work-item's coordinate on `axis` is 0
    Literal, // `expr`: a Load of a bool, maybe negated
    Affine,  // `constraint`
    Either   // one of `alternatives`, each a list of constraints
  } kind = Kind::Affine;
  Constraint constraint;
  Axis axis = 0;
  Expr expr;
  std::vector<std::vector<Constraint>> alternatives;
  std::set<Term> names;         // all inames and params it mentions, those of subscripts included
  std::set<std::string> arrays; // that it reads
  bool isSameAs(const Condition &other) const;
};

// A statement as lowering sees it.
struct Prepared {
  const Statement *statement = nullptr;
  isl::set domain; // widened; data-dependent parameters named uniquely in the whole kernel
  std::vector<std::vector<Constraint>> disjuncts;    // of the domain
  std::vector<Condition> conditions;                 // masks, guard literals, constraints common to all disjuncts
  std::vector<std::vector<Constraint>> alternatives; // what each disjunct asks besides, if there are several
  std::set<std::string> accessed, writes;            // arrays
};

// A device kernel's tree, hardware loops spliced out on targets with work-items, every statement a child of its own:
// child positions are those of barrierTree(). `iname` is empty for the root and for statements.
struct SplicedNode {
  std::string iname, statement;
  std::vector<std::string> hardware; // inames of the spliced loops around it
  std::vector<SplicedNode> children;
};
SplicedNode spliceHardwareLoops(const Kernel &kernel, const Tree &tree, const Target &target);

// The same with what lowering asks of each node.
struct BodyNode {
  std::string iname;                   // of a loop
  const Prepared *statement = nullptr; // of a statement
  std::set<std::string> hardware;      // inames of the hardware loops around it in the tree
  std::vector<BodyNode> children;
  std::map<unsigned, const BarrierPlace *> barriers; // by gap
  bool hasBarrier = false;                           // here or below
  std::vector<const Prepared *> statements;          // below
  std::set<std::string> writes;                      // arrays written below
};

// The conditions that have been printed around a place, as expressions over the kernel's own arrays: what the proof of
// the result starts from.
struct Trail {
  std::shared_ptr<const Trail> parent;
  std::vector<Expr> printed;
  std::string hardware; // the hardware iname whose range this is, or ""
};
using TrailRef = std::shared_ptr<const Trail>;

// The loop tagged vec around a place: its iterations are lower, ..., lower + width - 1.
struct VectorLoop {
  std::string iname;
  Expr lower;
  int64_t width = 1;
};

struct Scope {
  Known known;
  std::set<Term> available;       // names that have a value here
  std::set<Term> divergent;       // those that differ between work-items of a group
  std::vector<Condition> applied; // conditions printed around this place
  TrailRef trail;
  std::optional<VectorLoop> vector; // statements here are to be made vectors
};

struct LoopBounds {
  Expr lower, upper;                                        // inclusive, over the kernel's own arrays
  std::vector<Constraint> facts;                            // that hold inside
  std::vector<std::vector<std::vector<Constraint>>> either; // the same, of hulls: one of several lists holds
  std::set<Term> names;                                     // that the bounds mention
  std::vector<Constraint> required;                         // over names outside: without it there is no iteration
};

class Lowering {
public:
  Lowering(const Kernel &kernel, const Mapping &mapping);

  const Kernel &kernel;
  const Mapping &mapping;
  Context &context;
  Terms terms;
  Known assumed;                            // the assumptions alone
  std::map<std::string, Expr> dataLoads;    // name in domains -> Load
  std::map<std::string, Prepared> prepared; // by statement
  std::vector<std::string> notes;           // remarks for the user

  // prepare.cpp
  BodyNode bodyOf(unsigned deviceKernel);
  bool isAvailable(Term term, const Scope &scope, const std::set<std::string> &writesBelow);
  std::set<Term> namesOf(Expr e); // with the names in the subscripts of data loads

  // bounds.cpp: nothing if no instance below the loop exists
  std::optional<LoopBounds> boundsOf(const BodyNode &loop, const Scope &scope);

  // guards.cpp: what all statements below `node` ask for and the scope does not know, printable here
  std::vector<Condition> conditionsOf(const BodyNode &node, const Scope &scope);
  bool isDivergent(const Condition &condition, const Scope &scope);
  std::optional<Condition> alternativesOf(const Prepared &statement, const Scope &scope,
                                          const std::function<bool(const Condition &)> &isPrintable);
  bool isSafeToRead(const Condition &literal, const Prepared &statement, const Scope &scope,
                    const std::vector<Condition> &before);
  Condition conditionOf(Constraint constraint);
  bool isDivergent(Term name, const Scope &scope);
  Scope withConditions(const Scope &scope, const std::vector<Condition> &conditions);
  Expr exprOf(const Condition &condition, const Known &known);

  // uniform.cpp
  bool isUniformLoad(Expr load);

  // body.cpp: expressions of the program, subscripts flat
  Expr valueOf(Expr e, const Known &known);
  Expr conditionOf(Expr e, const Known &known);
  Block statementBody(const Statement &statement, const Known &known, const std::string &remark = "");
  Expr elementsOf(const Storage &storage); // number of cells

  // proof.cpp: throws InternalError with an instance if `scope.trail` executes another set than the domain
  void prove(const Prepared &statement, const Scope &scope);

  // nest.cpp
  Block functionBody(const BodyNode &root, const Scope &scope);

  // host.cpp
  Scope hostScope();
  // The scope at the top of a device kernel: hardware indices have values, in the ranges of their axes.
  Scope deviceScope(unsigned deviceKernel, const Scope &host);
  std::vector<Condition> launchConditions(unsigned deviceKernel, const Scope &scope);
  void lowerHost(const std::vector<HostNode> &nodes, const Scope &scope, std::vector<HostStmt> &out,
                 const std::function<void(unsigned, const Scope &)> &lowerKernel);
  Scope insideLoop(const Scope &scope, const std::string &iname, const LoopBounds &bounds);
  bool isWide(Axis axis, unsigned deviceKernel) const; // used, with an extent that may exceed 1

private:
  Expr flatAccess(Expr load, const Known &known);
  Expr imageRead(Expr load, const Known &known);
  Linear argumentCell(const Array &array, const std::vector<Expr> &index, const Known &known);
  Linear storageCell(const Storage &storage, const std::vector<Expr> &index, const Known &known);
  Linear cellOnAxis(const StorageAxis &how, Expr index, const Known &known);
  Linear swizzled(const StorageSwizzle &swizzle, const Linear &column, const Linear &row, const Known &known);
  Linear product(const Linear &a, const Linear &b);
  Expr truncated(Expr e, const Known &known);
  Linear memberOf(const Linear &form, int64_t chunks, const Known &known);
  Expr placeOf(const ChunkPlace &place, const Known &known);
  Block callBody(const CallBody &call, const Known &known);
  void prepare(const Statement &statement);
  std::vector<std::vector<Constraint>> widened(const Prepared &statement); // the disjuncts of its domain
  void findConditions(Prepared &statement);
  std::vector<Condition> literalsOf(const Statement &statement);
  std::vector<Condition> masksOf(const Statement &statement, unsigned deviceKernel) const;
  Block emitBody(const BodyNode &node, const Scope &scope);
  Block emitChild(const BodyNode &child, const Scope &scope);
  Block emitStatement(const Prepared &statement, const Scope &scope);
  Block emitLoop(const BodyNode &loop, const Scope &scope);
  Block emitVectorLoop(const BodyNode &loop, const ForStmt &stmt, const Scope &inner);
  std::optional<std::vector<Condition>> conditionsOfAllLanes(const BodyNode &child, const VectorLoop &loop,
                                                             const Scope &inner);
  Expr allOf(const std::vector<Condition> &conditions, const Scope &scope); // null where there are none
  Block vectorStatement(const Statement &statement, const Scope &scope);
  bool readsAreInBounds(const Statement &statement, const Known &known);
  Block declarationsIn(const BodyNode &loop);
  Stmt declarationOf(const Storage &storage);
  std::set<std::string> uniformInProgress_;
};

// unroll.cpp: expands loops marked Full, removes loops of one iteration and conditions that are constant.
Block unrolled(Lowering &lowering, Block block, const Known &known);

// vector_variables.cpp: private arrays all of whose accesses are vectors, or known lanes of them, become arrays of
// vectors; the accesses that stay get the alignment that is known of them, and the declarations what these rely on.
// `argumentAlignment` gives that of the first element of an array that is not declared in the block.
Block withVectorVariables(Context &context, Block block, const Divisibility &divisibility,
                          const std::function<unsigned(const std::string &)> &argumentAlignment);

// declare.cpp: moves scalars' declarations to where they are first assigned.
Block withLateDeclarations(Block block);

} // namespace loopy::lowering
