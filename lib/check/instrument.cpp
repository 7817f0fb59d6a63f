#include "instrument.h"

#include "elements.h"
#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"
#include "loopy/ir/verify.h"

#include <algorithm>

namespace loopy {

namespace {

class Instrumenter {
public:
  Instrumenter(const Kernel &kernel, const std::vector<BoundsFinding> &findings)
      : kernel_(expandAllRules(kernel)), context_(*kernel.context) {
    result_.outside = kernel_.freshName("outside");
    for (const BoundsFinding &finding : findings)
      if (finding.verdict == BoundsFinding::Verdict::Assumed)
        assumed_.insert({finding.statement, finding.access});
  }

  InstrumentedKernel run() {
    std::vector<StatementRef> statements;
    for (const StatementRef &statement : kernel_.statements) {
      Statement tested = instrument(*statement);
      for (Statement &test : tests_) {
        testsBefore_[statement->id].push_back(test.id);
        statements.push_back(std::make_shared<const Statement>(std::move(test)));
      }
      tests_.clear();
      statements.push_back(std::make_shared<const Statement>(std::move(tested)));
    }
    kernel_.statements = std::move(statements);
    kernel_.tree = treeWithTests();
    addArgument();
    verify(kernel_);
    result_.kernel = std::move(kernel_);
    return std::move(result_);
  }

private:
  Statement instrument(const Statement &original) {
    Statement statement = original;
    Assign *assign = std::get_if<Assign>(&statement.body);
    if (!assign)
      return statement;
    assign->atomic = false;  // this runs sequentially, and a tested update has another form
    for (Expr &e : assign->rhs)
      e = testReads(original, e, Expr());
    for (Expr &place : assign->lhs) {
      const bool isTested = isAssumed(original, place);
      const std::string text = toString(place);
      std::vector<Expr> index;
      for (Expr subscript : place.as<Load>()->index)
        index.push_back(testReads(original, subscript, Expr()));
      place = withChildren(context_, place, index);
      if (isTested) {
        addTest(original, place, text, Expr());
        place = clamped(place);
      }
    }
    return statement;
  }

  bool isAssumed(const Statement &statement, Expr load) const { return assumed_.count({statement.id, toString(load)}); }

  Expr both(Expr a, Expr b) { return a ? context_.logical(LogicalOp::And, a, b) : b; }
  Expr negated(Expr e) { return context_.unary(UnaryOp::Not, e); }

  // `e` with a test in each assumed read; `enclosing` is what selects around it ask (null: nothing).
  Expr testReads(const Statement &statement, Expr e, Expr enclosing) {
    if (const Select *select = e.as<Select>()) {
      Expr condition = testReads(statement, select->condition, enclosing);
      Expr ifTrue = testReads(statement, select->ifTrue, both(enclosing, condition));
      Expr ifFalse = testReads(statement, select->ifFalse, both(enclosing, negated(condition)));
      return withChildren(context_, e, {condition, ifTrue, ifFalse});
    }
    if (const Logical *logical = e.as<Logical>()) {
      Expr lhs = testReads(statement, logical->lhs, enclosing);
      Expr reached = logical->op == LogicalOp::And ? lhs : negated(lhs);
      return withChildren(context_, e, {lhs, testReads(statement, logical->rhs, both(enclosing, reached))});
    }
    std::vector<Expr> operands;
    for (Expr child : children(e))
      operands.push_back(testReads(statement, child, enclosing));
    Expr rebuilt = withChildren(context_, e, operands);
    if (!e.is<Load>() || !isAssumed(statement, e))
      return rebuilt;
    addTest(statement, rebuilt, toString(e), enclosing);
    return context_.select(isInside(rebuilt), rebuilt, context_.cast(e.type(), context_.constant(int64_t{0})));
  }

  // Calls f(subscript, extent) for the explicit axes of a load.
  template <class F> void forEachAxis(Expr load, F &&f) const {
    const Load &access = *load.as<Load>();
    const Array &array = kernel_.array(access.array);
    for (size_t axis = 0; axis < array.shape.size(); ++axis)
      f(access.index[array.implicitAxes + axis], array.shape[axis]);
  }

  Expr isWithin(Expr subscript, Expr extent) {
    return context_.logical(LogicalOp::And, context_.compare(CompareOp::Ge, subscript, context_.constant(int64_t{0})),
                            context_.compare(CompareOp::Lt, subscript, extent));
  }

  Expr isInside(Expr load) {
    Expr result;
    forEachAxis(load, [&](Expr subscript, Expr extent) { result = both(result, isWithin(subscript, extent)); });
    return result;
  }

  Expr clamped(Expr place) {
    std::vector<Expr> index = place.as<Load>()->index;
    const Array &array = kernel_.array(place.as<Load>()->array);
    for (size_t axis = 0; axis < array.shape.size(); ++axis) {
      Expr &subscript = index[array.implicitAxes + axis];
      Expr last = context_.sub(array.shape[axis], context_.constant(int64_t{1}));
      subscript = context_.binary(BinaryOp::Max, context_.constant(int64_t{0}),
                                  context_.binary(BinaryOp::Min, subscript, last));
    }
    return withChildren(context_, place, index);
  }

  // A statement before this one: outside[k] = e, where e is the subscript outside, or what it was.
  void addTest(const Statement &statement, Expr load, const std::string &text, Expr enclosing) {
    Expr cell =
        context_.load(result_.outside, {context_.constant(static_cast<int64_t>(result_.accesses.size()))}, int64Type);
    Expr value = cell;
    forEachAxis(load, [&](Expr subscript, Expr extent) {
      value = context_.select(isWithin(subscript, extent), value, context_.cast(int64Type, subscript));
    });
    if (enclosing)
      value = context_.select(enclosing, value, cell);
    Statement test = statement;
    test.id = kernel_.freshName(statement.id + "_bounds") + "_" + std::to_string(result_.accesses.size());
    test.body = Assign{{cell}, {value}, false};
    test.reduction.reset();
    test.reductionRole = ReductionRole::None;
    test.origin.reset();
    tests_.push_back(std::move(test));
    result_.accesses.push_back(text);
  }

  Tree treeWithTests() const {
    return rewriteTree(kernel_.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      if (!node->leaf())
        return {node};
      std::vector<std::string> ids;
      for (const std::string &id : node->leaf()->statements) {
        if (auto tests = testsBefore_.find(id); tests != testsBefore_.end())
          ids.insert(ids.end(), tests->second.begin(), tests->second.end());
        ids.push_back(id);
      }
      return {makeLeaf(ids)};
    });
  }

  void addArgument() {
    Array outside;
    outside.name = result_.outside;
    outside.type = int64Type;
    outside.shape = {context_.constant(static_cast<int64_t>(result_.accesses.size()))};
    outside.role = Role::InOut;
    kernel_.arrays.push_back(std::move(outside));
    kernel_.argumentOrder.push_back(result_.outside);
  }

  Kernel kernel_;
  Context &context_;
  std::set<std::pair<std::string, std::string>> assumed_; // statement, text of the access
  std::vector<Statement> tests_;
  std::map<std::string, std::vector<std::string>> testsBefore_;
  InstrumentedKernel result_;
};

} // namespace

InstrumentedKernel instrument(const Kernel &kernel, const std::vector<BoundsFinding> &findings) {
  return Instrumenter(kernel, findings).run();
}

Value InstrumentedKernel::initialOutside() const {
  Value value{int64Type, {static_cast<int64_t>(accesses.size())}, {}};
  value.bytes.resize(accesses.size() * int64Type.sizeInBytes());
  for (int64_t i = 0; i < value.elements(); ++i)
    setInteger(value, i, inside);
  return value;
}

std::string InstrumentedKernel::describe(const Arguments &outputs) const {
  const Value &found = outputs.at(outside);
  for (size_t i = 0; i < accesses.size(); ++i)
    if (int64_t subscript = integerAt(found, static_cast<int64_t>(i)); subscript != inside)
      return "`" + accesses[i] + "` has the subscript " + std::to_string(subscript) + ", which is outside of the array";
  return "";
}

} // namespace loopy
