// A program as text, for `loopyc show --stage=program` and goldens. Two spaces a level, one statement a line.
#include "loopy/lower/program.h"

#include "loopy/ir/context.h"

namespace loopy {

namespace {

// Vectors in memory as `x[4*i..4*i + 3 | 16]`, with their alignment in bytes; lanes as `t.2` and `t[i].2`.
Expr spelled(Context &context, Expr e) {
  return rewrite(context, e, [&](Expr part) {
    if (!isWide(part) && !isLane(part))
      return part;
    const Load &load = *part.as<Load>();
    const int64_t second = std::get<int64_t>(load.index[1].as<Constant>()->value);
    if (isLane(part)) {
      const bool isVariable = load.index[0].is<Constant>() && std::get<int64_t>(load.index[0].as<Constant>()->value) == 0;
      const std::string vector = isVariable ? load.array : load.array + "[" + toString(load.index[0]) + "]";
      return context.param(vector + "." + std::to_string(second), part.type());
    }
    Expr last = context.add(load.index[0], context.constant(int64_t{part.type().lanes} - 1));
    return context.param(load.array + "[" + toString(load.index[0]) + ".." + toString(last) + " | " +
                             std::to_string(second) + "]",
                         part.type());
  });
}

// A hardware index is a call named "get_group_id(0)", arguments and all.
std::string textOf(Context &context, Expr e) {
  std::string text = toString(spelled(context, e));
  for (size_t at = text.find(")()"); at != std::string::npos; at = text.find(")()", at))
    text.erase(at + 1, 2);
  return text;
}

class ProgramPrinter {
public:
  explicit ProgramPrinter(Context &context) : context_(context) {}

  std::string print(const Program &program) {
    const bool isC = program.target.kind == Target::Kind::C;
    line("program " + program.name + " for " + (isC ? "c" : "opencl") + ", " +
         std::to_string(program.target.indexBits) + "-bit indices");
    for (const ProgramArg &arg : program.args)
      line("arg " + argText(arg));
    for (const auto &[name, value] : program.fixedParams)
      line("fixed " + name + " = " + std::to_string(value));
    for (const TempBuffer &buffer : program.buffers)
      line("buffer " + buffer.name + ": " + buffer.type.name() + "[" + textOf(buffer.elements) + "]");
    nested("host", [&] { printHost(program, program.host); });
    for (const DeviceFunction &function : program.functions)
      nested(headText(function), [&] { printBlock(function.body); });
    return std::move(out_);
  }

private:
  std::string textOf(Expr e) const { return loopy::textOf(context_, e); }
  std::string listText(const std::vector<Expr> &exprs) const {
    std::string text;
    for (Expr e : exprs)
      text += (text.empty() ? "" : ", ") + textOf(e);
    return text;
  }

  void line(const std::string &text) { out_ += std::string(2 * indent_, ' ') + text + "\n"; }

  template <class F> void nested(const std::string &head, F &&body) {
    line(head);
    ++indent_;
    body();
    --indent_;
  }

  std::string argText(const ProgramArg &arg) const {
    if (!arg.isArray)
      return arg.name + ": " + arg.type.name();
    std::string text = arg.name + ": " + spelling(arg.role) + " " + arg.type.name() + "[" + listText(arg.shape) + "]";
    if (arg.layout.columnMajor)
      text += " order=F";
    if (!arg.layout.strides.empty())
      text += " strides=[" + listText(arg.layout.strides) + "]";
    if (arg.layout.offset)
      text += " offset=" + textOf(arg.layout.offset);
    if (arg.layout.alignment)
      text += " align=" + std::to_string(arg.layout.alignment);
    return text;
  }

  static std::string headText(const DeviceFunction &function) {
    std::string params;
    for (const FunctionParam &param : function.params) {
      params += params.empty() ? "" : ", ";
      if (param.imageAxes > 0) {
        params += "image of " + param.type.name() + " " + param.name;
        continue;
      }
      params += param.isArray ? (param.isConst ? "const " : "") + param.type.name() + " *" + param.name
                              : param.type.name() + " " + param.name;
    }
    std::string sizes;
    for (unsigned d = 0; d < function.workDims; ++d)
      sizes += (d ? ", " : "") + std::to_string(function.localSize[d]);
    return "function " + function.name + "(" + params + ")" +
           (function.workDims ? " of work-groups [" + sizes + "]" : "");
  }

  void printHost(const Program &program, const std::vector<HostStmt> &stmts) {
    for (const HostStmt &stmt : stmts)
      std::visit(Overloaded{
                     [&](const HostFor &loop) {
                       nested(loopText(loop.var, loop.lower, loop.upper, 1), [&] { printHost(program, loop.body); });
                     },
                     [&](const LaunchStmt &launch) {
                       const DeviceFunction &function = program.functions.at(launch.function);
                       std::string groups;
                       for (unsigned d = 0; d < function.workDims; ++d)
                         groups += (d ? ", " : "") + (launch.groups[d] ? textOf(launch.groups[d]) : "1");
                       line("launch " + function.name + (function.workDims ? " on groups [" + groups + "]" : ""));
                     },
                 },
                 stmt.data);
  }

  std::string loopText(const std::string &var, Expr lower, Expr upper, int64_t step) const {
    return "for " + var + " = " + textOf(lower) + " .. " + textOf(upper) +
           (step == 1 ? "" : " step " + std::to_string(step));
  }

  static std::string markText(const ForStmt &loop) {
    std::string text = loop.parallel ? " [parallel]" : "";
    if (loop.unroll == ForStmt::Unroll::Full)
      text += " [unroll]";
    if (loop.unroll == ForStmt::Unroll::Hint)
      text += loop.unrollFactor ? " [unroll_hint " + std::to_string(loop.unrollFactor) + "]" : " [unroll_hint]";
    return text;
  }

  void printBlock(const Block &block) {
    for (const Stmt &stmt : block)
      std::visit(Overloaded{
                     [&](const ForStmt &loop) {
                       nested(loopText(loop.var, loop.lower, loop.upper, loop.step) + markText(loop),
                              [&] { printBlock(loop.body); });
                     },
                     [&](const IfStmt &branch) {
                       nested("if " + textOf(branch.condition), [&] { printBlock(branch.thenBody); });
                       if (!branch.elseBody.empty())
                         nested("else", [&] { printBlock(branch.elseBody); });
                     },
                     [&](const AssignStmt &assign) {
                       line((assign.atomic ? "atomic " : "") + listText(assign.lhs) + " = " + listText(assign.rhs));
                     },
                     [&](const DeclareStmt &declare) { line(declarationText(declare)); },
                     [&](const BarrierStmt &barrier) { line(barrierText(barrier)); },
                     [&](const CallStmt &call) { line(callText(call)); },
                     [&](const CommentStmt &comment) { line("# " + comment.text); },
                     [&](const BlockStmt &scope) { nested("block", [&] { printBlock(scope.body); }); },
                 },
                 stmt.data);
  }

  std::string declarationText(const DeclareStmt &declare) const {
    std::string text = std::string(declare.isConst ? "const " : "declare ") + spelling(declare.space) + " " +
                       declare.type.name() + " " + declare.name;
    if (declare.dynamicElements)
      text += "[" + textOf(declare.dynamicElements) + "]";
    else if (!declare.isScalar)
      text += "[" + std::to_string(declare.elements.value_or(0)) + "]";
    if (declare.alignment)
      text += " aligned " + std::to_string(declare.alignment);
    return declare.init ? text + " = " + textOf(declare.init) : text;
  }

  static std::string barrierText(const BarrierStmt &barrier) {
    return std::string("barrier") + (barrier.local ? " local" : "") + (barrier.global ? " global" : "") +
           (barrier.reason.empty() ? "" : "  # " + barrier.reason);
  }

  std::string callText(const CallStmt &call) const {
    std::string args;
    for (size_t i = 0; i < call.args.size(); ++i)
      args += (i ? ", " : "") + std::string(call.byAddress.at(i) ? "&" : "") + textOf(call.args[i]);
    return "call " + call.callee + "(" + args + ")";
  }

  Context &context_;
  std::string out_;
  unsigned indent_ = 0;
};

} // namespace

std::string printProgram(const Program &program) { require(program.context, "a program without a context");
  return ProgramPrinter(*program.context).print(program); }

} // namespace loopy
