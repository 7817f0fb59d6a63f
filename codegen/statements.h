// Statements as indented C text. What C and OpenCL C write differently is virtual.
#pragma once

#include "expressions.h"

namespace loopy::codegen {

class StatementPrinter : public ExpressionPrinter {
public:
  using ExpressionPrinter::ExpressionPrinter;

protected:
  virtual void printDeclaration(const DeclareStmt &declare) = 0;
  virtual void printBarrier(const BarrierStmt &barrier) = 0;
  virtual void printAtomic(const AssignStmt &assign) = 0;
  // Notes that a user's function is called, where the target wants a prototype of it.
  virtual void declareCallee(const CallStmt &call) = 0;
  virtual void printLoopPragmas(const ForStmt &loop) = 0;
  // What is to be done at the end of a block for what was declared in it (C frees arrays).
  virtual void printEndOfScope(const Block &block) = 0;

  // "place = value;", and whether `place` is an expression of the target that can be assigned to.
  virtual std::string storeText(Expr place, const std::string &value) { return whole(place) + " = " + value + ";"; }
  virtual bool isAssignable(Expr) const { return true; }

  // The initial value of a scalar of the index type: get_group_id(N) needs no cast there.
  virtual std::string initialValue(Expr init) { return whole(init); }

  void printBlock(const Block &block);
  void line(const std::string &text);
  void raw(const std::string &text) { out_ += text; }
  void open(const std::string &head);
  void close();
  void reopen(const std::string &head);          // ends a block and begins its alternative
  void closeWhile(const std::string &condition); // ends the block of a `do`
  void printScalarDeclaration(const DeclareStmt &declare);
  void printPlainAssign(Expr lhs, Expr rhs);
  // A number of names that stand for nothing else in the program: "loopy_next0".
  std::string scratchName(const std::string &base) { return "loopy_" + base + std::to_string(scratchNames_++); }
  void declareParams(const DeviceFunction &function);
  // Takes what was printed so far, leaving nothing.
  std::string takeOutput();
  unsigned parallelDepth_ = 0;

private:
  void printStmt(const Stmt &stmt);
  void printFor(const ForStmt &loop);
  void printIf(const IfStmt &branch);
  void printAssign(const AssignStmt &assign);
  void printSimultaneous(const AssignStmt &assign);
  void printCallStatement(const CallStmt &call);
  std::string out_;
  unsigned indent_ = 0;
  unsigned scratchNames_ = 0;
};

} // namespace loopy::codegen
