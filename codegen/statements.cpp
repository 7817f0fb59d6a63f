#include "statements.h"

#include <algorithm>

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

// The blank before column `width` at which a line is best broken: one inside as few brackets as possible, and of those
// the last; 0 if there is none.
size_t breakPoint(const std::string &text, size_t width) {
  size_t best = 0;
  int depth = 0, bestDepth = 0;
  for (size_t i = 0; i < text.size() && i < width; ++i) {
    const char c = text[i];
    depth += (c == '(' || c == '[') - (c == ')' || c == ']');
    if (c == ' ' && i > width / 3 && (best == 0 || depth <= bestDepth)) {
      best = i;
      bestDepth = depth;
    }
  }
  return best;
}

bool reads(Expr e, const std::string &array) {
  bool found = false;
  forEach(e, [&](Expr part) {
    const auto *load = part.as<Load>();
    found |= load && load->array == array;
  });
  return found;
}

// Does a subscript of `place` read one of the arrays that `written` names?
bool subscriptReads(const Load &place, const std::vector<Expr> &written) {
  return std::any_of(place.index.begin(), place.index.end(), [&](Expr index) {
    return std::any_of(written.begin(), written.end(),
                       [&](Expr other) { return reads(index, other.as<Load>()->array); });
  });
}

// No value or subscript reads what an earlier of the assignments writes: they may be done one after another.
bool areIndependent(const AssignStmt &assign) {
  for (size_t later = 1; later < assign.lhs.size(); ++later) {
    const std::vector<Expr> earlier(assign.lhs.begin(), assign.lhs.begin() + static_cast<std::ptrdiff_t>(later));
    if (subscriptReads(*assign.lhs[later].as<Load>(), earlier))
      return false;
    for (Expr lhs : earlier)
      if (reads(assign.rhs[later], lhs.as<Load>()->array))
        return false;
  }
  return true;
}

} // namespace

// Lines that are too long go on below, four columns further in. Pragmas and comments cannot be broken, and a text that
// has its own lines is left as it is.
void StatementPrinter::line(const std::string &text) {
  constexpr size_t width = 120;
  std::string rest = text;
  size_t indent = 2 * indent_;
  const bool isBreakable = !text.starts_with("#") && text.find("//") == std::string::npos && text.find('\n') == std::string::npos;
  while (isBreakable && indent + rest.size() > width) {
    const size_t at = breakPoint(rest, width - std::min<size_t>(indent, width / 2));
    if (at == 0)
      break;
    out_ += std::string(indent, ' ') + rest.substr(0, at) + "\n";
    rest.erase(0, at + 1);
    indent = 2 * indent_ + 4;
  }
  out_ += std::string(indent, ' ') + rest + "\n";
}

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
    variables_[param.name] = {param.isArray, AddressSpace::Global, param.isConst};
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
                   variables_[declare.name] = {!declare.isScalar, declare.space, false};
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
  const auto *binary = rhs.as<Binary>();
  if (binary && rhs.type() == lhs.type() && equal(binary->lhs, lhs) && isAssignable(lhs))
    if (const std::string op = compoundOperator(*binary, rhs.type()); !op.empty()) {
      line(whole(lhs) + " " + op + " " + whole(binary->rhs) + ";");
      return;
    }
  line(storeText(lhs, whole(rhs)));
}

void StatementPrinter::printAssign(const AssignStmt &assign) {
  require(!assign.lhs.empty() && assign.lhs.size() == assign.rhs.size(), "an assignment has unequal sides");
  for (Expr lhs : assign.lhs)
    require(lhs.is<Load>(), "an assignment to what is no place");
  if (assign.atomic)
    return printAtomic(assign);
  if (!areIndependent(assign))
    return printSimultaneous(assign);
  for (size_t i = 0; i < assign.lhs.size(); ++i)
    printPlainAssign(assign.lhs[i], assign.rhs[i]);
}

// All right-hand sides, and subscripts that read what is assigned, are evaluated before the first store.
void StatementPrinter::printSimultaneous(const AssignStmt &assign) {
  open("");
  std::vector<std::string> stores;
  for (size_t i = 0; i < assign.lhs.size(); ++i) {
    const Load &place = *assign.lhs[i].as<Load>();
    std::string target;
    if (subscriptReads(place, assign.lhs)) {
      require(place.index.size() == 1, "a vector stored where a value that is assigned says");
      const std::string index = scratchName("at");
      line("const " + typeName(indexVariableType()) + " " + index + " = " + whole(place.index.front()) + ";");
      target = emittedName(place.array) + "[" + index + "]";
    }
    const std::string next = scratchName("next");
    line("const " + typeName(assign.lhs[i].type()) + " " + next + " = " + whole(assign.rhs[i]) + ";");
    stores.push_back(target.empty() ? storeText(assign.lhs[i], next) : target + " = " + next + ";");
  }
  for (const std::string &store : stores)
    line(store);
  close();
}

void StatementPrinter::printScalarDeclaration(const DeclareStmt &declare) {
  // With 64-bit indices a constant that lowering computes once (`const int i = 16*i_outer + i_inner`) is an index.
  const bool isWide = hasWideIndices() && declare.isConst && declare.type == indexType;
  if (isWide)
    wideVariables_.insert(declare.name);
  if (declare.isConst && declare.init)
    ranges_.set(declare.name, declare.init);
  const Type type = isWide ? int64Type : declare.type;
  std::string text = (declare.isConst ? "const " + typeName(type) : variableTypeName(type)) + " " + emittedName(declare.name);
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
    require(call.args[i].is<Load>(), "an argument by address is no place");
    args += "&" + elementText(call.args[i]);
  }
  line(call.callee + "(" + args + ");");
}

} // namespace loopy::codegen
