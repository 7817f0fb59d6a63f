#include "loopy/driver/print_kernel.h"

#include "loopy/check/check.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/array_axis.h"

#include <sstream>

namespace loopy {

namespace {

std::string join(const std::vector<std::string> &parts, const char *separator = ", ") {
  std::string text;
  for (const std::string &part : parts)
    text += (text.empty() ? "" : separator) + part;
  return text;
}

class KernelPrinter {
public:
  explicit KernelPrinter(const Kernel &kernel) : kernel_(kernel) {
    axes_.count = [this](const std::string &array) {
      const Array *found = kernel_.findArray(array);
      return found ? found->implicitAxes : 0;
    };
  }

  std::string print() {
    printInterface();
    printTemporaries();
    for (const Rule &rule : kernel_.rules)
      out_ << "  rule " << rule.name << "(" << join(rule.params) << ") := " << text(rule.body) << "\n";
    for (const ReductionInfo &reduction : kernel_.reductions)
      out_ << "  reduction " << reduction.id << ": " << spelling(reduction.op) << " over " << join(reduction.inames)
           << " in " << join(reduction.accumulators) << "\n";
    for (const Fact &fact : kernel_.facts)
      out_ << "  fact " << describeFact(fact) << "\n";
    out_ << "tree\n" << indented(printTree(kernel_)) << "statements\n";
    for (const StatementRef &statement : kernel_.statements)
      printStatement(*statement);
    return out_.str();
  }

  std::string body(const Statement &statement) const {
    return std::visit(
        Overloaded{[&](const Assign &assign) {
                     return list(assign.lhs) + " = " + list(assign.rhs) + (assign.atomic ? "  {atomic}" : "");
                   },
                   [&](const CallBody &call) { return callText(call); },
                   [](const Nop &) { return std::string("... nop"); },
                   [](const Barrier &barrier) {
                     return std::string(barrier.scope == Barrier::Scope::Local ? "... lbarrier" : "... gbarrier");
                   }},
        statement.body);
  }

private:
  std::string text(Expr e) const { return toString(e, axes_); }
  std::string list(const std::vector<Expr> &exprs) const {
    std::vector<std::string> parts;
    for (Expr e : exprs)
      parts.push_back(text(e));
    return join(parts);
  }

  std::string callText(const CallBody &call) const {
    std::vector<std::string> args;
    for (const auto &arg : call.args)
      args.push_back(std::visit(Overloaded{[&](Expr e) { return text(e); },
                                           [&](const SubArray &sub) {
                                             return (sub.inames.empty() ? "" : "[" + join(sub.inames) + "]: ") +
                                                    text(sub.access);
                                           }},
                                arg));
    return (call.results.empty() ? "" : list(call.results) + " = ") + call.callee + "(" + join(args) + ")";
  }

  static std::string indented(const std::string &lines) {
    std::istringstream in(lines);
    std::string result;
    for (std::string line; std::getline(in, line);)
      result += "  " + line + "\n";
    return result;
  }

  std::string shape(const Array &array) const { return array.shape.empty() ? "" : "[" + list(array.shape) + "]"; }

  void printInterface() {
    std::vector<std::string> args;
    for (const std::string &name : kernel_.argumentOrder) {
      if (const Param *param = kernel_.findParam(name)) {
        args.push_back(name + ": " + param->type.name());
      } else if (const Array *array = kernel_.findArray(name)) {
        std::string role = array->role == Role::In ? "" : std::string(spelling(array->role)) + " ";
        args.push_back(name + ": " + role + array->type.name() + shape(*array) +
                       (array->layout.columnMajor ? " order=F" : "") +
                       (array->layout.strides.empty() ? "" : " strides=[" + list(array->layout.strides) + "]"));
      }
    }
    out_ << "kernel " << kernel_.name << "(" << join(args) << ")\n";
    out_ << "  assume " << kernel_.assumptions << "\n";
    for (const auto &[name, value] : kernel_.fixedParams)
      out_ << "  fixed " << name << " = " << value << "\n";
  }

  void printTemporaries() {
    for (const Array &array : kernel_.arrays) {
      if (!array.isTemp())
        continue;
      out_ << "  temp " << array.name << ": " << array.type.name() << shape(array);
      if (array.implicitAxes)
        out_ << ", " << array.implicitAxes << (array.implicitAxes == 1 ? " implicit axis" : " implicit axes");
      if (array.space)
        out_ << ", in " << spelling(*array.space);
      for (const auto &[iname, copies] : array.copies)
        out_ << ", " << copies << " copies along " << iname;
      if (const auto &swizzle = array.swizzle) {
        out_ << ", axis " << axisLabel(array, swizzle->axis) << " swizzled by axis " << axisLabel(array, swizzle->by);
        if (swizzle->granule > 1)
          out_ << " in granules of " << swizzle->granule;
      }
      out_ << "\n";
    }
  }

  void printStatement(const Statement &statement) {
    out_ << "  " << statement.id << "{" << join(statement.inames) << "}: " << body(statement) << "\n";
    out_ << "    domain " << statement.domain << "\n";
    for (const auto &[name, load] : statement.dataParams)
      out_ << "    where " << name << " = " << text(load) << "\n";
    for (const GuardLiteral &literal : statement.guard)
      out_ << "    if " << (literal.negated ? "not " : "") << text(literal.load) << "\n";
    if (statement.reduction)
      out_ << "    " << (statement.reductionRole == ReductionRole::Init ? "starts" : "updates") << " reduction "
           << *statement.reduction << "\n";
    if (statement.origin) {
      std::vector<std::string> values;
      for (const auto &[iname, value] : statement.origin->inames)
        values.push_back(iname + " = " + text(value));
      out_ << "    is " << statement.origin->statement << " with " << (values.empty() ? "no inames" : join(values))
           << "\n";
    }
  }

  const Kernel &kernel_;
  ImplicitAxes axes_;
  std::ostringstream out_;
};

} // namespace

std::string printKernel(const Kernel &kernel) { return KernelPrinter(kernel).print(); }

std::string printBody(const Kernel &kernel, const Statement &statement) {
  return KernelPrinter(kernel).body(statement);
}

} // namespace loopy
