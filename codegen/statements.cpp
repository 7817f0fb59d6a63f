#include "statements.h"

namespace loopy::codegen {

namespace {

// "+=" where `rhs` is `lhs op e` and C's compound assignment means the same; else an empty text.
std::string compoundOperator(const Binary &binary, Type type) {
  switch (binary.op) {
  case BinaryOp::Add:
    return "+=";
  case BinaryOp::Sub:
    return "-=";
  case BinaryOp::Mul:
    return type.isComplex() ? "" : "*=";
  case BinaryOp::Div:
    return type.isFloat() ? "/=" : "";
  case BinaryOp::BitAnd:
    return "&=";
  case BinaryOp::BitOr:
    return "|=";
  case BinaryOp::BitXor:
    return "^=";
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
  case BinaryOp::Pow:
  case BinaryOp::Shl:
  case BinaryOp::Shr:
  case BinaryOp::Min:
  case BinaryOp::Max:
    return "";
  }
  throw InternalError("a binary operation that codegen does not know");
}

// Does a subscript of `place` read one of the arrays that `written` names?
bool subscriptReads(const Load &place, const std::vector<Expr> &written) {
  bool reads = false;
  for (Expr index : place.index)
    forEach(index, [&](Expr e) {
      if (const auto *load = e.as<Load>())
        for (Expr other : written)
          reads |= other.as<Load>()->array == load->array;
    });
  return reads;
}

} // namespace

void StatementPrinter::line(const std::string &text) { out_ += std::string(2*indent_, ' ') + text + "\n"; }

void StatementPrinter::open(const std::string &head) {
  line(head.empty() ? "{" : head + " {");
  ++indent_;
}

void StatementPrinter::close() {
  --indent_;
  line("}");
}

void StatementPrinter::reopen(const std::string &head) {
  --indent_;
  open("} " + head);
}

void StatementPrinter::closeWhile(const std::string &condition) {
  --indent_;
  line("} while (" + condition + ");");
}

std::string StatementPrinter::takeOutput() {
  std::string text = std::move(out_);
  out_.clear();
  return text;
}

void StatementPrinter::declareParams(const DeviceFunction &function) {
  for (const FunctionParam &param : function.params)
    variables_[param.name] = {param.isArray, AddressSpace::Global};
}

void StatementPrinter::printBlock(const Block &block) {
  for (const Stmt &stmt : block)
    printStmt(stmt);
  printEndOfScope(block);
}

void StatementPrinter::printStmt(const Stmt &stmt) {
  std::visit(Overloaded{
                 [&](const ForStmt &loop) { printFor(loop); },
                 [&](const IfStmt &branch) { printIf(branch); },
                 [&](const AssignStmt &assign) { printAssign(assign); },
                 [&](const DeclareStmt &declare) {
                   variables_[declare.name] = {!declare.isScalar, declare.space};
                   printDeclaration(declare);
                 },
                 [&](const BarrierStmt &barrier) { printBarrier(barrier); },
                 [&](const CallStmt &call) { printCallStatement(call); },
                 [&](const CommentStmt &comment) { line("// " + comment.text); },
                 [&](const BlockStmt &block) {
                   open("");
                   printBlock(block.body);
                   close();
                 },
             },
             stmt.data);
}

void StatementPrinter::printFor(const ForStmt &loop) {
  require(loop.step > 0, "a loop of a program runs downwards");
  printLoopPragmas(loop);
  const std::string name = emittedName(loop.var);
  const Expr exclusive = exclusiveBound(*program_.context, loop.upper);
  const std::string bound = exclusive ? " < " + at(Level::Shift, exclusive) : " <= " + at(Level::Shift, loop.upper);
  const std::string step = loop.step == 1 ? "++" + name : name + " += " + std::to_string(loop.step);
  const std::string head = "for (" + typeName(indexVariableType()) + " " + name + " = " + whole(loop.lower) + "; " +
                           name + bound + "; " + step + ")";
  const Ranges::Scope range(ranges_, loop.var, loop.lower);
  if (hasWideIndices())
    wideVariables_.insert(loop.var);
  open(head);
  parallelDepth_ += loop.parallel;
  printBlock(loop.body);
  parallelDepth_ -= loop.parallel;
  close();
}

void StatementPrinter::printIf(const IfStmt &branch) {
  open("if (" + whole(branch.condition) + ")");
  printBlock(branch.thenBody);
  const Block *rest = &branch.elseBody;
  while (rest->size() == 1 && std::holds_alternative<IfStmt>(rest->front().data)) {
    const IfStmt &next = std::get<IfStmt>(rest->front().data);
    reopen("else if (" + whole(next.condition) + ")");
    printBlock(next.thenBody);
    rest = &next.elseBody;
  }
  if (!rest->empty()) {
    reopen("else");
    printBlock(*rest);
  }
  close();
}

void StatementPrinter::printPlainAssign(Expr lhs, Expr rhs) {
  const std::string place = elementText(*lhs.as<Load>());
  const auto *binary = rhs.as<Binary>();
  if (binary && rhs.type() == lhs.type() && equal(binary->lhs, lhs))
    if (const std::string op = compoundOperator(*binary, rhs.type()); !op.empty()) {
      line(place + " " + op + " " + whole(binary->rhs) + ";");
      return;
    }
  line(place + " = " + whole(rhs) + ";");
}

void StatementPrinter::printAssign(const AssignStmt &assign) {
  require(!assign.lhs.empty() && assign.lhs.size() == assign.rhs.size(), "an assignment has unequal sides");
  for (Expr lhs : assign.lhs)
    require(lhs.is<Load>(), "an assignment to what is no place");
  if (assign.atomic)
    printAtomic(assign);
  else if (assign.lhs.size() == 1)
    printPlainAssign(assign.lhs.front(), assign.rhs.front());
  else
    printSimultaneous(assign);
}

// All right-hand sides, and subscripts that read what is assigned, are evaluated before the first store.
void StatementPrinter::printSimultaneous(const AssignStmt &assign) {
  open("");
  std::vector<std::string> places, values;
  for (size_t i = 0; i < assign.lhs.size(); ++i) {
    const Load &place = *assign.lhs[i].as<Load>();
    if (subscriptReads(place, assign.lhs)) {
      const std::string index = scratchName("at");
      line("const " + typeName(indexVariableType()) + " " + index + " = " + whole(place.index.front()) + ";");
      places.push_back(emittedName(place.array) + "[" + index + "]");
    } else {
      places.push_back(elementText(place));
    }
    values.push_back(scratchName("next"));
    line("const " + typeName(assign.lhs[i].type()) + " " + values.back() + " = " + whole(assign.rhs[i]) + ";");
  }
  for (size_t i = 0; i < places.size(); ++i)
    line(places[i] + " = " + values[i] + ";");
  close();
}

void StatementPrinter::printScalarDeclaration(const DeclareStmt &declare) {
  // With 64-bit indices a constant that lowering computes once (`const int i = 16*i_outer + i_inner`) is an index.
  const bool isWide = hasWideIndices() && declare.isConst && declare.type == indexType;
  if (isWide)
    wideVariables_.insert(declare.name);
  if (declare.isConst && declare.init)
    ranges_.set(declare.name, declare.init);
  std::string text = (declare.isConst ? "const " : "") + typeName(isWide ? int64Type : declare.type) + " " +
                     emittedName(declare.name);
  if (declare.init)
    text += " = " + initialValue(declare.init);
  line(text + ";");
}

void StatementPrinter::printCallStatement(const CallStmt &call) {
  declareCallee(call);
  std::string args;
  for (size_t i = 0; i < call.args.size(); ++i) {
    args += i ? ", " : "";
    if (!call.byAddress.at(i)) {
      args += whole(call.args[i]);
      continue;
    }
    const Load *load = call.args[i].as<Load>();
    require(load, "an argument by address is no place");
    args += "&" + elementText(*load);
  }
  line(call.callee + "(" + args + ");");
}

} // namespace loopy::codegen
