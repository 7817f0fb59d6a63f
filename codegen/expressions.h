// Expressions as C text with few parentheses. What C and OpenCL C write differently is virtual.
#pragma once

#include "ranges.h"

#include "loopy/ir/functions.h"
#include "loopy/lower/program.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace loopy::codegen {

// How strongly an operator of C binds its operands.
enum class Level {
  Conditional,
  LogicalOr,
  LogicalAnd,
  BitOr,
  BitXor,
  BitAnd,
  Equality,
  Relational,
  Shift,
  Additive,
  Multiplicative,
  Unary,
  Primary
};
struct Text {
  std::string text;
  Level level = Level::Primary;
};

class ExpressionPrinter {
public:
  explicit ExpressionPrinter(const Program &program);
  virtual ~ExpressionPrinter() = default;

protected:
  // The spelling of a type, of values in registers and (bool differs in OpenCL) of array elements and parameters.
  virtual std::string typeName(Type type) = 0;
  virtual std::string storageTypeName(Type type) { return typeName(type); }
  // That of a variable that statements assign to.
  virtual std::string variableTypeName(Type type) { return typeName(type); }
  virtual std::string literal(const Constant &constant, Type type) = 0;
  // A call of a function of the kernel language (ir/functions.h), its arguments printed and of type `argument`.
  virtual Text functionCall(const std::string &function, const std::vector<Expr> &args, Type type) = 0;
  // Arithmetic of complex numbers, and a cast to a complex type from a real or another complex one: as C does it.
  virtual Text complexBinary(const Binary &binary, Expr e) { return arithmetic(binary, e); }
  virtual Text complexCompare(const Compare &compare) { return realCompare(compare); }
  virtual Text complexCast(Expr operand, Type type) { return cast(typeName(type), operand); }
  virtual Text vectorCast(Expr operand, Type type) = 0;
  // Vectors: one from its lanes, a lane of one, one that lies in memory from `first` on; a choice between two.
  // A vector of bools is printed as a mask: integers as wide as what it chooses from, all bits set or none.
  virtual Text lanesText(const std::vector<Expr> &lanes, Type type) = 0;
  virtual std::string laneText(const std::string &vector, int64_t lane) = 0;
  virtual Text wideText(Expr load, const std::string &first) = 0;
  virtual Text vectorSelect(const Select &select, Type type) = 0;
  virtual Text maskOfBool(Expr condition, Type mask) = 0;        // a scalar, in all lanes
  virtual Text maskOfCompare(const Compare &compare, Type mask) = 0;
  virtual Text convertedMask(const Text &mask, Type from, Type to) = 0;
  Text mask(Expr condition, Type type);
  static Type maskType(Type of);
  virtual Text minOrMax(BinaryOp op, Expr lhs, Expr rhs, Type type) = 0;
  virtual Text power(Expr base, Expr exponent, Type type) = 0;
  // get_group_id(N) and get_local_id(N) as a value of the index type.
  virtual Text hardwareIndex(const std::string &call) = 0;
  virtual Text boundsCheck(const CallExpr &call) = 0;
  virtual Text imageRead(const CallExpr &, Type) { throw InternalError("a target without images reads one"); }
  // A function that the user has declared, or the runtime of the emitted code.
  virtual Text externalCall(const CallExpr &call) = 0;

  Text print(Expr e);
  // The text of `e`, in parentheses if it binds less strongly than `level`.
  std::string at(Level level, Expr e);
  static std::string at(Level level, const Text &text);
  std::string whole(Expr e) { return print(e).text; }
  std::string commaList(const std::vector<Expr> &args);
  std::string callText(const std::string &function, const std::vector<Expr> &args);
  // `e` as an argument of an overloaded function that takes exactly `type`.
  std::string argumentOf(Type type, Expr e);
  Text cast(const std::string &type, Expr operand);

  // The integer type in which an expression is evaluated: with 64-bit indices that of an int32 expression over
  // variables of the program is int64.
  Type evaluationType(Expr e) const;
  bool hasWideIndices() const { return program_.target.indexBits == 64; }
  Type indexVariableType() const { return hasWideIndices() ? int64Type : indexType; }
  std::string elementText(Expr load);                  // a place that may be assigned to, if it is not wide
  static int64_t secondSubscript(const Load &load);
  Text arithmetic(const Binary &binary, Expr e);
  Text realCompare(const Compare &compare);
  // The exponent, if it is a constant from 1 to 16: then a power is a product.
  static std::optional<int64_t> smallPower(Expr exponent);

  struct Variable {
    bool isArray = false;
    AddressSpace space = AddressSpace::Private;
    bool isConst = false;
  };
  const Program &program_;
  Ranges ranges_;
  std::map<std::string, Variable> variables_;
  std::set<std::string> wideVariables_; // with 64-bit indices: those declared so
  // While an atomic update is printed: the place that it updates, and the text of its old value.
  Expr replaced_;
  std::string replacement_;

private:
  Text printBinary(const Binary &binary, Expr e);
  Text division(const Binary &binary, Expr e);
  Text printLogical(const Logical &logical);
  Text printUnary(const Unary &unary);
  Text printCall(const CallExpr &call, Type type);
  Text printCast(const Cast &cast, Type type);
};

} // namespace loopy::codegen
