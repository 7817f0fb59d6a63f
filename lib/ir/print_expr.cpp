// Expressions as text of the kernel language, with the fewest parentheses.
#include "loopy/ir/expr.h"

#include <charconv>
#include <cmath>

namespace loopy {
namespace {

// Binding strengths of the grammar in docs/language.md, weakest first.
enum Precedence {
  SelectLevel,
  OrLevel,
  AndLevel,
  NotLevel,
  CompareLevel,
  BitOrLevel,
  BitXorLevel,
  BitAndLevel,
  ShiftLevel,
  AddLevel,
  MulLevel,
  UnaryLevel,
  PowLevel,
  PrimaryLevel
};

int levelOf(BinaryOp op) {
  switch (op) {
  case BinaryOp::Add:
  case BinaryOp::Sub:
    return AddLevel;
  case BinaryOp::Mul:
  case BinaryOp::Div:
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    return MulLevel;
  case BinaryOp::Pow:
    return PowLevel;
  case BinaryOp::BitAnd:
    return BitAndLevel;
  case BinaryOp::BitOr:
    return BitOrLevel;
  case BinaryOp::BitXor:
    return BitXorLevel;
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    return ShiftLevel;
  case BinaryOp::Min:
  case BinaryOp::Max:
    return PrimaryLevel;
  }
  throw InternalError("unknown binary operator");
}

std::string floatText(double value) {
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  if (std::isnan(value))
    return "nan";
  char buffer[64];
  auto result = std::to_chars(buffer, buffer + sizeof buffer, value); // the shortest text that reads back the same
  std::string text(buffer, result.ptr);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

class Printer {
public:
  explicit Printer(const ImplicitAxes &implicitAxes) : implicitAxes_(implicitAxes) {}

  // Text of `e` where at least the binding strength `level` is needed.
  std::string print(Expr e, int level) {
    auto [text, own] = bare(e);
    return own < level ? "(" + text + ")" : text;
  }

private:
  using Text = std::pair<std::string, int>;

  Text bare(Expr e) {
    return visit(
        e, Overloaded{
               [&](const Constant &c) { return constant(c); },
               [&](const ParamRef &p) {
                 return Text{p.name, PrimaryLevel};
               },
               [&](const InameRef &i) {
                 return Text{i.name, PrimaryLevel};
               },
               [&](const Load &l) {
                 return Text{load(l), PrimaryLevel};
               },
               [&](const Unary &u) { return unary(u); },
               [&](const Binary &b) { return binary(b); },
               [&](const Compare &c) {
                 return Text{print(c.lhs, BitOrLevel) + " " + spelling(c.op) + " " + print(c.rhs, BitOrLevel),
                             CompareLevel};
               },
               [&](const Logical &l) { return logical(l); },
               [&](const Select &s) {
                 return Text{print(s.ifTrue, OrLevel) + " if " + print(s.condition, OrLevel) + " else " +
                                 print(s.ifFalse, SelectLevel),
                             SelectLevel};
               },
               [&](const Cast &c) {
                 return Text{"cast(" + e.type().name() + ", " + print(c.operand, SelectLevel) + ")", PrimaryLevel};
               },
               [&](const CallExpr &c) {
                 return Text{c.function + "(" + list(c.args) + ")", PrimaryLevel};
               },
               [&](const RuleUse &r) {
                 std::string tag = r.tag.empty() ? "" : "$" + r.tag;
                 std::string args = r.args.empty() ? "()" : "(" + list(r.args) + ")";
                 return Text{r.rule + tag + args, PrimaryLevel};
               },
               [&](const Reduce &r) {
                 return Text{reduce(r), PrimaryLevel};
               },
           });
  }

  Text constant(const Constant &c) {
    if (auto *b = std::get_if<bool>(&c.value))
      return {*b ? "true" : "false", PrimaryLevel};
    if (auto *i = std::get_if<int64_t>(&c.value))
      return {std::to_string(*i), *i < 0 ? UnaryLevel : PrimaryLevel};
    if (auto *d = std::get_if<double>(&c.value))
      return {floatText(*d), std::signbit(*d) ? UnaryLevel : PrimaryLevel};
    auto z = std::get<std::complex<double>>(c.value);
    return {"complex(" + floatText(z.real()) + ", " + floatText(z.imag()) + ")", PrimaryLevel};
  }

  std::string load(const Load &l) {
    unsigned implicit = implicitAxes_.count ? implicitAxes_.count(l.array) : 0;
    require(implicit <= l.index.size(), "an access has fewer indices than its array has implicit axes");
    auto split = l.index.begin() + implicit;
    std::string text = l.array;
    if (implicit > 0 && !implicitAxes_.hidden)
      text += "{" + list({l.index.begin(), split}) + "}";
    if (split != l.index.end())
      text += "[" + list({split, l.index.end()}) + "]";
    return text;
  }

  Text unary(const Unary &u) {
    switch (u.op) {
    case UnaryOp::Neg:
      return {"-" + print(u.operand, UnaryLevel), UnaryLevel};
    case UnaryOp::BitNot:
      return {"~" + print(u.operand, UnaryLevel), UnaryLevel};
    case UnaryOp::Not:
      return {"not " + print(u.operand, NotLevel), NotLevel};
    }
    throw InternalError("unknown unary operator");
  }

  Text binary(const Binary &b) {
    if (b.op == BinaryOp::Min || b.op == BinaryOp::Max) {
      std::string name = b.op == BinaryOp::Min ? "minimum" : "maximum";
      return {name + "(" + list({b.lhs, b.rhs}) + ")", PrimaryLevel};
    }
    int level = levelOf(b.op);
    if (b.op == BinaryOp::Pow) // right-associative; the exponent may carry a sign
      return {print(b.lhs, PrimaryLevel) + "**" + print(b.rhs, UnaryLevel), level};
    bool tight = level == MulLevel && (b.op == BinaryOp::Mul || b.op == BinaryOp::Div);
    std::string op = tight ? spelling(b.op) : std::string(" ") + spelling(b.op) + " ";
    return {print(b.lhs, level) + op + print(b.rhs, level + 1), level};
  }

  Text logical(const Logical &l) {
    int level = l.op == LogicalOp::And ? AndLevel : OrLevel;
    const char *op = l.op == LogicalOp::And ? " and " : " or ";
    return {print(l.lhs, level) + op + print(l.rhs, level + 1), level};
  }

  std::string reduce(const Reduce &r) {
    std::string inames = r.inames.size() == 1 ? r.inames[0] : "(";
    if (r.inames.size() != 1) {
      for (size_t i = 0; i < r.inames.size(); ++i)
        inames += (i ? ", " : "") + r.inames[i];
      inames += ")";
    }
    return std::string(spelling(r.op)) + "(" + inames + ", " + list(r.args) + ")";
  }

  std::string list(const std::vector<Expr> &items) {
    std::string text;
    for (Expr item : items)
      text += (text.empty() ? "" : ", ") + print(item, SelectLevel);
    return text;
  }

  const ImplicitAxes &implicitAxes_;
};

} // namespace

std::string toString(Expr e) { return toString(e, ImplicitAxes{}); }

std::string toString(Expr e, const ImplicitAxes &implicitAxes) { return Printer(implicitAxes).print(e, SelectLevel); }

const char *spelling(BinaryOp op) {
  switch (op) {
  case BinaryOp::Add:
    return "+";
  case BinaryOp::Sub:
    return "-";
  case BinaryOp::Mul:
    return "*";
  case BinaryOp::Div:
    return "/";
  case BinaryOp::FloorDiv:
    return "//";
  case BinaryOp::Mod:
    return "%";
  case BinaryOp::Pow:
    return "**";
  case BinaryOp::BitAnd:
    return "&";
  case BinaryOp::BitOr:
    return "|";
  case BinaryOp::BitXor:
    return "^";
  case BinaryOp::Shl:
    return "<<";
  case BinaryOp::Shr:
    return ">>";
  case BinaryOp::Min:
    return "minimum";
  case BinaryOp::Max:
    return "maximum";
  }
  throw InternalError("unknown binary operator");
}

const char *spelling(CompareOp op) {
  switch (op) {
  case CompareOp::Lt:
    return "<";
  case CompareOp::Le:
    return "<=";
  case CompareOp::Gt:
    return ">";
  case CompareOp::Ge:
    return ">=";
  case CompareOp::Eq:
    return "==";
  case CompareOp::Ne:
    return "!=";
  }
  throw InternalError("unknown comparison");
}

const char *spelling(ReductionOp op) {
  switch (op) {
  case ReductionOp::Sum:
    return "sum";
  case ReductionOp::Product:
    return "product";
  case ReductionOp::Min:
    return "min";
  case ReductionOp::Max:
    return "max";
  case ReductionOp::Any:
    return "any";
  case ReductionOp::All:
    return "all";
  case ReductionOp::ArgMin:
    return "argmin";
  case ReductionOp::ArgMax:
    return "argmax";
  case ReductionOp::SegmentedSum:
    return "segmented(sum)";
  }
  throw InternalError("unknown reduction operator");
}

} // namespace loopy
