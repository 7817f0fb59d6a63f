// Statements of the syntax tree -> statements of the IR, reductions realised (DESIGN: initialise, update, use).
#pragma once

#include "free_inames.h"
#include "loop_nest.h"
#include "typing.h"

namespace loopy {

// A condition that guards statements: part of their domains if it is affine, else a bool that was evaluated before.
struct Condition {
  std::optional<isl::set> set;
  std::optional<GuardLiteral> literal;
  std::set<std::string> inames;
  Condition negated() const;
};

// What the blocks around a statement add to it.
struct Surroundings {
  std::vector<LoopStep> loops; // of the `for` blocks, outermost first
  std::vector<Condition> conditions;
  std::vector<ast::NamedWord> inames, tags; // of `with` blocks
  bool atomic = false;
};

class StatementBuilder {
public:
  StatementBuilder(Scope &scope, Domains &domains);

  // Appends what the statement means to the kernel's statements and tree. Errors are reported, not thrown.
  void add(const ast::Statement &statement, const Surroundings &around);
  void declareTemp(const ast::TempLine &temp, const Surroundings &around);
  // The meaning of a condition where `around` holds; may add a statement that evaluates it into cond_N.
  // `mayBeLoad`: a plain bool access is the guard itself.
  Condition condition(const ast::Term &term, const Surroundings &around, bool mayBeLoad);
  Tree finishTree() { return nest_.finish(); }

private:
  // A statement of a realised reduction that waits until all of its siblings are known.
  struct Emission {
    std::string id;
    Body body;
    std::vector<LoopStep> path;
    std::string reduction;
    ReductionRole role = ReductionRole::None;
  };
  struct ReductionIds {
    std::string init, update;
  };
  struct Realised {
    std::vector<Emission> inits, updates;
  };

  // ---- statement_builder.cpp
  void build(const ast::Statement &statement, const Surroundings &around);
  void choosePath(const ast::Statement &statement, const Surroundings &around);
  void find(const ast::Term &term, std::set<std::string> &free, std::set<std::string> &reduced, bool throughTemps);
  Body bodyOf(const ast::Statement &statement);
  Body assignment(const ast::Statement &statement);
  Body declaration(const ast::Statement &statement);
  Body argExtreme(const ast::Statement &statement, const ReductionTerm &reduction);
  Expr declareByStatement(const ast::Statement &statement, Type type);
  std::vector<Expr> rangesOf(const std::vector<Expr> &index, SourceRange range);
  void addPlaceholder(const ast::Statement &statement);
  void addFacts(const ast::Statement &statement, const Body &body);

  // ---- emission.cpp
  void emit(Emission emission);
  void addDomain(Statement &statement, const std::vector<LoopStep> &path);
  void addDataParams(Statement &statement, const std::set<std::string> &inames);
  void checkLoops(const Statement &statement, const std::vector<unsigned> &numbers);

  // ---- call_statement.cpp
  Body externalCall(const ast::Statement &statement, const ast::Term &call);
  bool isCallBody(const ast::Statement &statement) const;
  SubArray subArray(const ast::Term &arg);
  void requireFromZero(const ast::Term &arg);

  // ---- kernel_call.cpp
  Body kernelCall(const ast::Statement &statement, const ast::Term &call, const std::shared_ptr<const Kernel> &callee);
  SubArray partOf(const ast::Term &arg, const Array &wanted, const std::string &callee);
  void requireShape(const ast::Term &arg, const SubArray &part, const std::vector<Expr> &extents, const Array &wanted,
                    const std::string &callee);

  // ---- reductions.cpp
  Expr realise(const ReductionTerm &reduction, SourceRange range);
  std::vector<Expr> realiseArg(const ReductionTerm &reduction, SourceRange range);
  std::vector<Typed> reductionArgs(const ReductionTerm &reduction, SourceRange range, Realised &inner,
                                   std::vector<LoopStep> &path);
  Expr declareAccumulator(const std::string &base, Type type, SourceRange range);
  void addReduction(const ReductionTerm &reduction, std::vector<Expr> accumulators, std::vector<Expr> neutral,
                    std::vector<Expr> combined, Realised inner, std::vector<LoopStep> updatePath, ReductionIds ids);

  Scope &scope_;
  Domains &domains_;
  InameFinder finder_;
  ExprBuilder exprs_;
  LoopNest nest_;

  // Of the statement being built:
  const ast::Statement *current_ = nullptr;
  const Surroundings *around_ = nullptr;
  std::vector<LoopStep> path_;
  Realised *pending_ = nullptr;
  std::set<std::string> tags_;
};

std::vector<std::string> inamesOf(const std::vector<LoopStep> &path);

} // namespace loopy
