#include "loopy/transforms/collect_common_factors.h"

#include "edit.h"
#include "factor_sums.h"
#include "factors.h"
#include "reads.h"
#include "rewrite_values.h"
#include "unchanged.h"
#include "uses.h"

#include "loopy/analysis/bounds.h"
#include "loopy/ir/rules.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

std::string axisName(size_t axis) { return "axis " + std::to_string(axis); } // no name of the user's has a space

// Factors of a temporary's elements, moved to where these are used.
class FactorMover {
public:
  FactorMover(const Kernel &kernel, const CollectCommonFactors &options)
      : kernel_(kernel), context_(*kernel.context), options_(options),
        array_(requireTemporary(kernel, options.target, options.where)), table_(kernel) {}

  Kernel run() {
    findStatements();
    findFactors();
    Kernel result = kernel_;
    for (const Writer &writer : writers_)
      result.replaceStatement(withoutFactors(writer));
    for (const Statement *use : uses_)
      result.replaceStatement(withFactors(result.statement(use->id)));
    for (const Statement *use : uses_)
      requireEvaluable(*use, result);
    requireOrder(result);
    return result;
  }

private:
  struct Writer {
    const Statement *statement = nullptr;
    Expr place;
    Factoring factoring;
  };

  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  std::string head() const { return "collect_common_factors(" + array_.name + ") is not possible: "; }

  bool reads(Expr e) const {
    bool found = false;
    forEach(e, [&](Expr node) {
      const Load *load = node.as<Load>();
      found |= load && load->array == array_.name;
    });
    return found;
  }

  // ---------------------------------------------------------------------------------------------------- statements
  void findStatements() {
    if (array_.type.isBool())
      fail(head() + "it is a bool, and only numbers have factors.");
    for (const Rule &rule : kernel_.rules)
      if (reads(rule.body))
        fail("The rule `" + rule.name + "` reads `" + array_.name + "`. Call expand_subst(" + rule.name + ") first.");
    for (const StatementRef &statement : kernel_.statements) {
      const bool writes = llvm::any_of(accesses(*statement), [&](const AccessRef &access) {
        return access.isWrite && access.load->array == array_.name;
      });
      const bool isRead = llvm::any_of(accesses(*statement), [&](const AccessRef &access) {
        return !access.isWrite && access.load->array == array_.name;
      });
      if (writes)
        addWriter(*statement);
      else if (isRead)
        addUse(*statement);
    }
    if (writers_.empty() || uses_.empty())
      fail(head() + (writers_.empty() ? "nothing writes it." : "nothing reads it."));
  }

  void addWriter(const Statement &statement) {
    const Assign *assign = std::get_if<Assign>(&statement.body);
    if (!assign || assign->lhs.size() != 1)
      fail(head() + "`" + statement.id + "` sets it together with other values, or calls a function.");
    const Expr place = assign->lhs[0];
    for (Expr index : children(place))
      if (reads(index))
        fail(head() + "a subscript of what `" + statement.id + "` writes reads it.");
    // The parts of a factor that are subscripts of the place are what the element says, whatever they are called here.
    const std::vector<Expr> index = place.as<Load>()->index;
    const auto canonical = [this, index](Expr e) {
      return replaceTopDown(context_, e, [&](Expr part) {
        for (size_t axis = 0; axis < index.size(); ++axis)
          if (!index[axis].is<Constant>() && equal(index[axis], part))
            return context_.iname(axisName(axis));
        return Expr();
      });
    };
    writers_.push_back({&statement, place, Factoring(context_, canonical)});
  }

  // A use evaluates the factor where it reads the value; what decides whether a statement runs stays a plain value.
  void addUse(const Statement &statement) {
    for (const auto &[name, load] : statement.dataParams)
      if (reads(load))
        fail(head() + "a loop bound of `" + statement.id + "` reads it.");
    for (const GuardLiteral &literal : statement.guard)
      if (reads(literal.load))
        fail(head() + "the condition of `" + statement.id + "` reads it.");
    if (const CallBody *call = std::get_if<CallBody>(&statement.body))
      for (const auto &arg : call->args)
        if (const SubArray *part = std::get_if<SubArray>(&arg); part && reads(part->access))
          fail(head() + "`" + statement.id + "` passes a part of it to `" + call->callee + "`.");
    uses_.push_back(&statement);
  }

  // ------------------------------------------------------------------------------------------------------- factors
  // The factors of what a writer stores, the element's old value set aside; nothing where it stores zeros. An
  // expression e is linear iff dividing the factors out of all terms but the old value divides e.
  std::optional<FactorList> factorsOf(const Writer &writer, Expr e) const {
    if (!reads(e))
      return writer.factoring.factorsOf(e);
    if (equal(e, writer.place))
      return std::nullopt;
    if (const Binary *binary = e.as<Binary>()) {
      if (binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub)
        return inCommon(factorsOf(writer, binary->lhs), factorsOf(writer, binary->rhs));
      if (binary->op == BinaryOp::Mul && reads(binary->lhs) != reads(binary->rhs))
        return factorsOf(writer, reads(binary->lhs) ? binary->lhs : binary->rhs);
      if (binary->op == BinaryOp::Div && !reads(binary->rhs))
        return factorsOf(writer, binary->lhs);
    }
    if (const Unary *unary = e.as<Unary>(); unary && unary->op == UnaryOp::Neg)
      return factorsOf(writer, unary->operand);
    if (const Select *select = e.as<Select>(); select && !reads(select->condition))
      return inCommon(factorsOf(writer, select->ifTrue), factorsOf(writer, select->ifFalse));
    fail(head() + "`" + writer.statement->id + "` makes `" + toString(e) +
         "` of it, through which a factor cannot be moved; it may be added to and multiplied.");
  }

  void findFactors() {
    std::optional<FactorList> common;
    for (const Writer &writer : writers_)
      common = inCommon(common, factorsOf(writer, std::get<Assign>(writer.statement->body).rhs[0]));
    if (!common)
      fail(head() + "only zeros are stored in it.");
    std::vector<std::string> reasons;
    for (const Factor &factor : *common)
      if (const std::string reason = whyNot(factor); reason.empty())
        factors_.push_back(factor);
      else if (!llvm::is_contained(reasons, reason))
        reasons.push_back(reason);
    if (!factors_.empty())
      return;
    std::string text;
    for (const std::string &reason : reasons)
      text += (text.empty() ? "" : "; ") + reason;
    fail(head() +
         (text.empty() ? "what its writers (" + listOfNames(writerIds()) + ") store has no factor in common" : text) +
         ".");
  }

  std::vector<std::string> writerIds() const {
    std::vector<std::string> ids;
    for (const Writer &writer : writers_)
      ids.push_back(writer.statement->id);
    return ids;
  }

  // Why a common factor has to stay, or "".
  std::string whyNot(const Factor &factor) const {
    if (reads(factor.value))
      return "`" + toString(factor.value) + "` reads it";
    for (const std::string &iname : inamesIn(factor.value))
      if (iname.find(' ') == std::string::npos)
        return "`" + textOf(factor.value) + "` varies with loop `" + iname + "`, and an element of `" + array_.name +
               "` does not";
    if (llvm::all_of(writers_, [&](const Writer &writer) { return variesEverywhere(factor, writer); }))
      return "`" + textOf(factor.value) + "` varies with all loops around " + listOfNames(writerIds()) +
             ", so that nothing would be saved";
    for (const Writer &writer : writers_)
      for (const Statement *use : uses_)
        if (const std::string reason = whyChanged(factor, writer, *use); !reason.empty())
          return reason;
    return "";
  }

  bool variesEverywhere(const Factor &factor, const Writer &writer) const {
    const std::set<std::string> inames = inamesIn(atPlace(factor.value, writer.place));
    return llvm::all_of(writer.statement->inames, [&](const std::string &iname) { return inames.count(iname) != 0; });
  }

  // The factor as the last writer has it.
  std::string textOf(Expr canonical) const { return toString(atPlace(canonical, writers_.back().place)); }
  // The factor of the element that `place` is.
  Expr atPlace(Expr canonical, Expr place) const {
    std::map<std::string, Expr> index;
    for (size_t axis = 0; axis < place.as<Load>()->index.size(); ++axis)
      index[axisName(axis)] = place.as<Load>()->index[axis];
    return substituteInames(context_, canonical, index);
  }

  unsigned indexOf(const Statement &statement) const {
    return static_cast<unsigned>(
        llvm::find_if(kernel_.statements, [&](const StatementRef &each) { return each.get() == &statement; }) -
        kernel_.statements.begin());
  }
  std::vector<unsigned> accessesOf(const Statement &statement, bool isWrite) const {
    std::vector<unsigned> result;
    for (unsigned access : table_.ofStatement(indexOf(statement)))
      if (table_.access(access).isWrite == isWrite && table_.access(access).load.as<Load>()->array == array_.name)
        result.push_back(access);
    return result;
  }
  // { w[x], u[y'] : w(x) writes an element that u(y) reads }
  isl::set pairsOf(const Writer &writer, const Statement &use) const {
    isl::set pairs = poly::emptySet(table_.ctx());
    for (unsigned write : accessesOf(*writer.statement, true))
      for (unsigned read : accessesOf(use, false))
        pairs = pairs.unite(sameElement(table_, write, read));
    return pairs;
  }

  bool isEverWritten(const std::string &array) const {
    return llvm::any_of(table_.ofArray(array), [&](unsigned access) { return table_.access(access).isWrite; });
  }

  // The factor has the same value where it is multiplied now and where the element is used:
  //   no write of what it reads runs between w(x) and u(y), for any x, y with w(x) writing what u(y) reads.
  std::string whyChanged(const Factor &factor, const Writer &writer, const Statement &use) const {
    if (!factorsOf(writer, std::get<Assign>(writer.statement->body).rhs[0]))
      return ""; // zeros
    const Expr here = expandRules(kernel_, atPlace(factor.value, writer.place));
    std::optional<isl::set> pairs;
    for (unsigned access : table_.ofStatement(indexOf(*writer.statement))) {
      const AccessInfo &info = table_.access(access);
      bool isInFactor = false;
      forEach(here, [&](Expr e) { isInFactor |= equal(e, info.load); });
      if (info.isWrite || !isInFactor || !isEverWritten(info.load.as<Load>()->array))
        continue;
      if (!pairs)
        pairs = pairsOf(writer, use);
      if (const std::optional<Violation> violation = findWriteBetween(table_, access, indexOf(use), *pairs))
        return "`" + toString(info.load) + "` may change before `" + use.id +
               "` uses the sum: " + describe(kernel_, *violation);
    }
    return "";
  }

  // ---------------------------------------------------------------------------------------------------- statements
  Expr divided(const Writer &writer, Expr e) const {
    if (!reads(e))
      return writer.factoring.without(e, factors_);
    if (equal(e, writer.place))
      return e;
    if (const Select *select = e.as<Select>())
      return context_.select(select->condition, divided(writer, select->ifTrue), divided(writer, select->ifFalse),
                             e.range());
    if (const Unary *unary = e.as<Unary>())
      return context_.unary(unary->op, divided(writer, unary->operand), e.range());
    const Binary &binary = *e.as<Binary>();
    const bool isSum = binary.op == BinaryOp::Add || binary.op == BinaryOp::Sub;
    const auto side = [&](Expr operand) { return isSum || reads(operand) ? divided(writer, operand) : operand; };
    return context_.make(
        {e.type(), e.range(), Binary{binary.op, side(binary.lhs), side(binary.rhs)}}); // an update stays one
  }

  Statement withoutFactors(const Writer &writer) const {
    Statement result = *writer.statement;
    Assign &assign = std::get<Assign>(result.body);
    assign.rhs[0] = divided(writer, assign.rhs[0]);
    return result;
  }

  Statement withFactors(const Statement &use) const {
    return rewriteReads(context_, use, [&](Expr e) {
      const Load *load = e.as<Load>();
      if (!load || load->array != array_.name)
        return Expr();
      FactorList here;
      for (const Factor &factor : factors_)
        here.push_back({atPlace(factor.value, e), factor.isInverse});
      return times(context_, e, here);
    });
  }

  // The factor can be evaluated at a use: it was evaluated for the same element before, or it reads inside its arrays
  // what is surely set, and divides by no integer that may be zero.
  void requireEvaluable(const Statement &use, const Kernel &result) const {
    if (isCovered(use))
      return;
    for (const Factor &factor : factors_) {
      if (!isTotal(expandRules(kernel_, factor.value)))
        fail(head() + "`" + textOf(factor.value) + "` may not be defined for all elements that `" + use.id + "` uses.");
      forEach(expandRules(kernel_, factor.value), [&](Expr e) {
        const Load *load = e.as<Load>();
        if (load && kernel_.array(load->array).isTemp() && !findUnsetReads(result).empty())
          fail(head() + "`" + load->array + "` may be unset where `" + use.id + "` uses the sum.");
      });
    }
    const std::set<std::string> before = outOfBounds(kernel_, use.id);
    for (const std::string &detail : outOfBounds(result, use.id))
      if (!before.count(detail))
        fail(head() + "`" + use.id + "` uses elements to which nothing was added, and there " + detail + ".");
  }

  // The uses read what the factors read, beside whatever writes it under parallel loops.
  void requireOrder(const Kernel &result) const {
    std::set<std::string> statements;
    for (const Factor &factor : factors_)
      forEach(expandRules(kernel_, factor.value), [&](Expr e) {
        if (const Load *load = e.as<Load>())
          for (unsigned access : table_.ofArray(load->array))
            if (table_.access(access).isWrite)
              statements.insert(table_.statement(table_.access(access).statement).id);
      });
    if (statements.empty())
      return;
    for (const Statement *use : uses_)
      statements.insert(use->id);
    proveParallelLoops(result, statements, options_.where, "collect_common_factors(" + array_.name + ")");
  }

  static std::set<std::string> outOfBounds(const Kernel &kernel, const std::string &id) {
    Kernel alone = kernel;
    std::erase_if(alone.statements, [&](const StatementRef &statement) { return statement->id != id; });
    alone.tree = restrictTree(alone.tree, [&](const std::string &each) { return each == id; });
    std::set<std::string> details;
    for (const BoundsFinding &finding : checkBounds(alone))
      if (finding.verdict == BoundsFinding::Verdict::Refuted)
        details.insert("the factor `" + finding.access + "` is out of bounds: " + finding.detail);
    return details;
  }

  //   for all y in domain(u): there is an x with w(x) unguarded, storing a term, and writing what u(y) reads
  bool isCovered(const Statement &use) const {
    isl::set rest = poly::renameParams(table_.domain(indexOf(use)), table_.priming(indexOf(use)));
    for (const Writer &writer : writers_) {
      const bool storesTerms = factorsOf(writer, std::get<Assign>(writer.statement->body).rhs[0]).has_value();
      bool hasSelect = false;
      forEach(std::get<Assign>(writer.statement->body).rhs[0], [&](Expr e) { hasSelect |= e.is<Select>(); });
      if (storesTerms && !hasSelect && writer.statement->guard.empty() && writer.statement->dataParams.empty())
        rest = rest.subtract(poly::projectOut(pairsOf(writer, use), writer.statement->inames));
    }
    return rest.is_empty();
  }

  const Kernel &kernel_;
  Context &context_;
  const CollectCommonFactors &options_;
  const Array &array_;
  AccessTable table_;
  std::vector<Writer> writers_;
  std::vector<const Statement *> uses_;
  FactorList factors_;
};

bool isFloat(Type type) { return type.isFloat() || type.isComplex(); }

Kernel factorSums(const Kernel &kernel, const Statement &statement, SourceRange where) {
  Context &context = *kernel.context;
  Statement factored = rewriteValues(context, statement, [&](Expr e) { return withFactoredSums(context, e); });
  if (!differs(statement, factored)) {
    std::string hint;
    if (const Assign *assign = std::get_if<Assign>(&statement.body);
        assign && statement.reductionRole == ReductionRole::Update) {
      const std::string &accumulator = assign->lhs[0].as<Load>()->array;
      hint = " To move factors of what it adds to the uses of `" + accumulator + "`, call collect_common_factors(" +
             accumulator + ").";
    }
    throw UserError(where, "No two terms of a sum in `" + statement.id + "` have a factor in common." + hint);
  }
  Kernel result = kernel;
  result.replaceStatement(std::move(factored));
  return result;
}

} // namespace

Kernel collectCommonFactors(const Kernel &kernel, const CollectCommonFactors &options, Notes *notes) {
  const Statement *statement = kernel.findStatement(options.target);
  if (!statement && !kernel.findArray(options.target)) {
    std::vector<std::string> names = kernel.statementIds();
    llvm::append_range(names, kernel.arrayNames());
    throw UserError(options.where, unknownName("temporary or statement", options.target, names));
  }
  const Array *array = kernel.findArray(options.target);
  if (array && !array->isTemp())
    throw UserError(options.where,
                    "`" + options.target +
                        "` is an argument: its values are results, and have no uses that a factor could be "
                        "moved to. Add up in a temporary, or name a statement.");
  Kernel result = array ? FactorMover(kernel, options).run() : factorSums(kernel, *statement, options.where);
  bool hasFloats = array && isFloat(array->type);
  if (!array)
    forEachRead(*statement, [&](Expr value) { forEach(value, [&](Expr e) { hasFloats |= isFloat(e.type()); }); });
  if (hasFloats)
    markApproximate(notes);
  return result;
}

} // namespace loopy
