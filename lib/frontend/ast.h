// The syntax tree of a kernel file, with a source range on every node. Names are not resolved in it.
//
//   File      = Kernel* PipelineSource*
//   Kernel    = name, Argument*, DomainLine*, assumption : Expr*, RuleLine*, FunctionDecl*, Item*
//   Item      = Statement | ForBlock | IfBlock | WithBlock | TempLine
//   Statement = Options, (Assignment | bare call | nop | barrier)
//
// One type of term serves expressions and domain conditions; the latter may also hold Exists, `mod` (as Mod), `=`
// (as ==) and lists of operands in comparisons (as Tuple).
#pragma once

#include "loopy/ir/module.h"

#include <deque>
#include <memory>

namespace loopy::ast {

struct Term {
  enum class Kind {
    Int,
    Float,
    Bool,
    Name,      // text
    Subscript, // text[args]; text{implicit}[args] keeps the number of the first ones in `implicit`
    Call,      // text$tag(args)
    Segmented, // segmented(text)(args)
    Unary,
    Binary,
    Compare, // args[0] comparisons[0] args[1] comparisons[1] args[2] ...
    And,
    Or,
    Not,
    Conditional, // args[0] if args[1] else args[2]
    Cast,        // cast(text, args[0])
    Tuple,       // (a, b)
    SubArray,    // [names]: args[0]
    Exists       // exists names : args[0]
  };
  Kind kind = Kind::Int;
  SourceRange range{};
  SourceRange nameRange{}; // of `text`
  std::string text{}, tag{};
  std::vector<std::string> names{};
  std::vector<const Term *> args{};
  std::vector<CompareOp> comparisons{};
  BinaryOp binaryOp = BinaryOp::Add;
  UnaryOp unaryOp = UnaryOp::Neg;
  int64_t intValue = 0; // also of Bool
  double floatValue = 0;
  unsigned implicit = 0;
  unsigned depth = 1; // of the tree below, bounded by the parser
};

struct NamedWord {
  std::string text;
  SourceRange range;
};

struct Options {
  std::optional<NamedWord> id, idPrefix;
  std::vector<NamedWord> dep; // globs of statement ids
  std::vector<NamedWord> inames;
  std::vector<NamedWord> tags;
  const Term *condition = nullptr;
  const Term *disjoint = nullptr;
  bool atomic = false;
};

struct Statement {
  enum class Kind { Assign, Call, Nop, LocalBarrier, GlobalBarrier };
  Kind kind = Kind::Assign;
  SourceRange range;
  std::vector<const Term *> lhs; // Name or Subscript
  const Term *rhs = nullptr;     // of Assign; the call of Call
  bool declares = false;         // `<type> x = e` or `<> x = e`
  std::optional<Type> declaredType;
  std::optional<BinaryOp> augmented; // `x += e`
  Options options;
  std::string id; // given or generated, set before the statement is built
};

struct TempLine {
  NamedWord name;
  Type type;
  std::vector<const Term *> shape;
  std::optional<AddressSpace> space;
  SourceRange range;
};

struct Item;
using Items = std::vector<std::unique_ptr<Item>>;

struct ForBlock {
  std::vector<NamedWord> inames;
  Items body;
  SourceRange range; // of its first line
};
struct IfBlock {
  struct Branch {
    const Term *condition = nullptr; // null: else
    Items body;
    SourceRange range;
  };
  std::vector<Branch> branches;
};
struct WithBlock {
  Options options;
  Items body;
  SourceRange range;
};
struct Item {
  std::variant<Statement, ForBlock, IfBlock, WithBlock, TempLine> data;
};

struct Argument {
  NamedWord name;
  Type type;
  std::optional<Role> role;
  SourceRange roleRange;
  bool isArray = false; // has brackets
  std::vector<const Term *> shape;
  bool columnMajor = false;
  std::vector<const Term *> strides;
  const Term *offset = nullptr;
  unsigned alignment = 0;
  std::vector<NamedWord> tags;
};

struct DomainLine {
  std::vector<NamedWord> inames;
  const Term *condition = nullptr; // null: none
  SourceRange range;
};

// { [i, j] -> [u = i + j, v] : condition }
struct MapText {
  std::vector<NamedWord> from;
  struct Image {
    NamedWord name;
    const Term *value = nullptr; // null: the condition says what it is
  };
  std::vector<Image> to;
  const Term *condition = nullptr; // null: none
  SourceRange range;
};

struct RuleLine {
  NamedWord name;
  std::vector<NamedWord> params;
  const Term *body = nullptr;
  SourceRange range;
};

struct Kernel {
  NamedWord name;
  std::vector<Argument> arguments;
  std::vector<DomainLine> domains;
  std::vector<const Term *> assumptions;
  std::vector<RuleLine> rules;
  std::vector<FunctionDecl> functions;
  Items items;
  SourceRange range;
};

struct File {
  std::deque<Term> terms; // owns all terms
  std::deque<Kernel> kernels;
  std::vector<PipelineSource> pipelines;
};

} // namespace loopy::ast
