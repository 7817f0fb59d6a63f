#include "print_syntax.h"

#include <charconv>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

namespace {

// Binding strengths, weakest first; those of the parser.
enum Level {
  ConditionalLevel,
  OrLevel,
  AndLevel,
  NotLevel,
  CompareLevel,
  BitOrLevel,
  UnaryLevel = BitOrLevel + 6,
  PowLevel,
  PrimaryLevel
};

int levelOf(BinaryOp op) {
  switch (op) {
  case BinaryOp::BitOr:
    return BitOrLevel;
  case BinaryOp::BitXor:
    return BitOrLevel + 1;
  case BinaryOp::BitAnd:
    return BitOrLevel + 2;
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    return BitOrLevel + 3;
  case BinaryOp::Add:
  case BinaryOp::Sub:
    return BitOrLevel + 4;
  case BinaryOp::Mul:
  case BinaryOp::Div:
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    return BitOrLevel + 5;
  case BinaryOp::Pow:
    return PowLevel;
  case BinaryOp::Min:
  case BinaryOp::Max:
    return PrimaryLevel;
  }
  throw InternalError("unknown binary operator");
}

class TermPrinter {
public:
  explicit TermPrinter(bool domainSyntax) : domainSyntax_(domainSyntax) {}

  std::string print(const Term &term, int level) {
    auto [text, own] = bare(term);
    return own < level ? "(" + text + ")" : text;
  }

private:
  using Text = std::pair<std::string, int>;

  Text bare(const Term &t) {
    switch (t.kind) {
    case Kind::Int:
      return {std::to_string(t.intValue), PrimaryLevel};
    case Kind::Float:
      return {number(t.floatValue), PrimaryLevel};
    case Kind::Bool:
      return {t.intValue ? "true" : "false", PrimaryLevel};
    case Kind::Name:
      return {t.text, PrimaryLevel};
    case Kind::Subscript:
      return {subscript(t), PrimaryLevel};
    case Kind::Call:
      return {t.text + (t.tag.empty() ? "" : "$" + t.tag) + "(" + list(t.args, ConditionalLevel) + ")", PrimaryLevel};
    case Kind::Segmented:
      return {"segmented(" + t.text + ")" + (t.args.empty() ? "" : "(" + list(t.args, ConditionalLevel) + ")"),
              PrimaryLevel};
    case Kind::Unary:
      return {(t.unaryOp == UnaryOp::Neg ? "-" : "~") + print(*t.args[0], UnaryLevel), UnaryLevel};
    case Kind::Binary:
      return binary(t);
    case Kind::Compare:
      return {compare(t), CompareLevel};
    case Kind::And:
      return {print(*t.args[0], AndLevel) + " and " + print(*t.args[1], NotLevel), AndLevel};
    case Kind::Or:
      return {print(*t.args[0], OrLevel) + " or " + print(*t.args[1], AndLevel), OrLevel};
    case Kind::Not:
      return {"not " + print(*t.args[0], NotLevel), NotLevel};
    case Kind::Conditional:
      return {print(*t.args[0], OrLevel) + " if " + print(*t.args[1], OrLevel) + " else " +
                  print(*t.args[2], ConditionalLevel),
              ConditionalLevel};
    case Kind::Cast:
      return {"cast(" + t.text + ", " + print(*t.args[0], ConditionalLevel) + ")", PrimaryLevel};
    case Kind::Tuple:
      // In a domain a list of operands, elsewhere a tuple.
      if (domainSyntax_)
        return {list(t.args, BitOrLevel), BitOrLevel};
      return {"(" + list(t.args, ConditionalLevel) + (t.args.size() == 1 ? ",)" : ")"), PrimaryLevel};
    case Kind::SubArray:
      return {"[" + names(t.names) + "]: " + print(*t.args[0], PrimaryLevel), ConditionalLevel};
    case Kind::Exists:
      return {"exists (" + names(t.names) + " : " + print(*t.args[0], OrLevel) + ")", PrimaryLevel};
    }
    throw InternalError("unknown kind of term");
  }

  static std::string number(double value) {
    char buffer[64];
    auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
    std::string text(buffer, result.ptr);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }

  std::string subscript(const Term &t) {
    std::vector<const Term *> implicit(t.args.begin(), t.args.begin() + t.implicit),
        rest(t.args.begin() + t.implicit, t.args.end());
    return t.text + (implicit.empty() ? "" : "{" + list(implicit, ConditionalLevel) + "}") +
           (rest.empty() ? "" : "[" + list(rest, ConditionalLevel) + "]");
  }

  Text binary(const Term &t) {
    int level = levelOf(t.binaryOp);
    if (t.binaryOp == BinaryOp::Pow)
      return {print(*t.args[0], PrimaryLevel) + "**" + print(*t.args[1], UnaryLevel), level};
    bool tight = t.binaryOp == BinaryOp::Mul || t.binaryOp == BinaryOp::Div;
    std::string op = tight ? spelling(t.binaryOp) : " " + std::string(spelling(t.binaryOp)) + " ";
    return {print(*t.args[0], level) + op + print(*t.args[1], level + 1), level};
  }

  std::string compare(const Term &t) {
    std::string text = print(*t.args[0], BitOrLevel);
    for (size_t k = 0; k < t.comparisons.size(); ++k) {
      bool equals = domainSyntax_ && t.comparisons[k] == CompareOp::Eq;
      text += " " + std::string(equals ? "=" : spelling(t.comparisons[k])) + " " + print(*t.args[k + 1], BitOrLevel);
    }
    return text;
  }

  std::string list(const std::vector<const Term *> &terms, int level) {
    std::string text;
    for (const Term *term : terms)
      text += (text.empty() ? "" : ", ") + print(*term, level);
    return text;
  }

  static std::string names(const std::vector<std::string> &names) {
    std::string text;
    for (const std::string &name : names)
      text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  bool domainSyntax_;
};

} // namespace

std::string printTerm(const Term &term, bool domainSyntax) { return TermPrinter(domainSyntax).print(term, 0); }

} // namespace loopy
