// Reductions become three statements: initialise the accumulator, update it in the loops of the reduction, use it.
#include "statement_builder.h"

#include "loopy/ir/reduction.h"

#include <utility>

namespace loopy {
namespace {

// What is summed or multiplied in less than 32 bits is accumulated in 32.
Type accumulatorType(ReductionOp op, Type type) {
  bool grows = op == ReductionOp::Sum || op == ReductionOp::Product || op == ReductionOp::SegmentedSum;
  if (grows && (type.isBool() || (type.isInteger() && type.scalar().sizeInBytes() < 4)))
    return Type{type.isUnsigned() ? ScalarKind::UInt32 : ScalarKind::Int32, type.lanes};
  return type;
}

} // namespace

std::vector<Typed> StatementBuilder::reductionArgs(const ReductionTerm &reduction, SourceRange range, Realised &inner,
                                                   std::vector<LoopStep> &path) {
  for (const ast::NamedWord &iname : reduction.inames) {
    for (const LoopStep &step : path_)
      if (step.iname == iname.text)
        scope_.errors.fail(iname.range.isValid() ? iname.range : range,
                           "The iname '" + iname.text + "' is reduced inside its own loop.");
    path_.push_back({0, iname.text});
  }
  path = path_;
  Realised *outer = std::exchange(pending_, &inner);
  std::vector<Typed> values;
  auto restore = [&] {
    pending_ = outer;
    path_.resize(path_.size() - reduction.inames.size());
  };
  try {
    for (const ast::Term *arg : reduction.args)
      values.push_back(exprs_.typed(*arg));
  } catch (const Abandoned &) {
    restore();
    throw;
  }
  restore();
  return values;
}

Expr StatementBuilder::declareAccumulator(const std::string &base, Type type, SourceRange range) {
  Array array;
  array.name = scope_.freshName(base);
  array.type = type;
  array.role = Role::Temp;
  array.source = range;
  std::string name = array.name;
  return exprs_.load(name, scope_.declareArray(std::move(array), inamesOf(path_), false), {}, {});
}

void StatementBuilder::addReduction(const ReductionTerm &reduction, std::vector<Expr> accumulators,
                                    std::vector<Expr> neutral, std::vector<Expr> combined, Realised inner,
                                    std::vector<LoopStep> updatePath, ReductionIds ids) {
  ReductionInfo info;
  info.op = reduction.op;
  for (const ast::NamedWord &iname : reduction.inames)
    info.inames.push_back(iname.text);
  for (Expr acc : accumulators)
    info.accumulators.push_back(acc.as<Load>()->array);
  info.id = info.accumulators[0];
  for (Emission &init : inner.inits)
    pending_->updates.push_back(std::move(init));
  for (Emission &update : inner.updates)
    pending_->updates.push_back(std::move(update));
  pending_->inits.push_back(
      {std::move(ids.init), Assign{accumulators, std::move(neutral), false}, path_, info.id, ReductionRole::Init});
  pending_->updates.push_back({std::move(ids.update), Assign{accumulators, std::move(combined), false},
                               std::move(updatePath), info.id, ReductionRole::Update});
  scope_.kernel.reductions.push_back(std::move(info));
}

Expr StatementBuilder::realise(const ReductionTerm &reduction, SourceRange range) {
  Context &context = scope_.context;
  if (!pending_)
    scope_.errors.fail(range, "A reduction cannot stand here.");
  if (reduction.op == ReductionOp::ArgMin || reduction.op == ReductionOp::ArgMax)
    scope_.errors.fail(
        range, std::string(spelling(reduction.op)) +
                   " gives two results, so it must stand alone: value, index = " + spelling(reduction.op) + "(k, e).");
  // Taken before those of the reductions inside this one.
  ReductionIds ids{scope_.freshId(current_->id + "_init"), scope_.freshId(current_->id + "_update")};
  Realised inner;
  std::vector<LoopStep> updatePath;
  std::vector<Typed> args = reductionArgs(reduction, range, inner, updatePath);
  Type type = accumulatorType(reduction.op, args[0].e.type());
  bool isLogical = reduction.op == ReductionOp::Any || reduction.op == ReductionOp::All;
  if (isLogical != type.isBool() && (isLogical || reduction.op == ReductionOp::Min || reduction.op == ReductionOp::Max))
    scope_.errors.fail(range, isLogical ? "any and all combine conditions." : "min and max combine numbers.");
  if (type.isComplex() && (reduction.op == ReductionOp::Min || reduction.op == ReductionOp::Max))
    scope_.errors.fail(range, "Complex numbers have no order.");
  Expr acc = declareAccumulator("acc", type, range);
  Expr e = context.cast(type, args[0].e);
  Expr next;
  if (reduction.op == ReductionOp::SegmentedSum) {
    if (!args[1].e.type().isBool())
      scope_.errors.fail(range,
                         "The flag of a segmented reduction is a condition: where it holds a new segment begins.");
    next = context.select(args[1].e, e, context.add(acc, e));
  } else {
    next = combined(context, reduction.op, {acc}, {e}).front();
  }
  addReduction(reduction, {acc}, neutralElements(context, reduction.op, {type}), {next}, std::move(inner),
               std::move(updatePath), std::move(ids));
  return acc;
}

std::vector<Expr> StatementBuilder::realiseArg(const ReductionTerm &reduction, SourceRange range) {
  Context &context = scope_.context;
  // Taken before those of the reductions inside this one.
  ReductionIds ids{scope_.freshId(current_->id + "_init"), scope_.freshId(current_->id + "_update")};
  Realised inner;
  std::vector<LoopStep> updatePath;
  std::vector<Typed> args = reductionArgs(reduction, range, inner, updatePath);
  Expr e = args[0].e;
  Expr index = args.size() > 1 ? args[1].e : context.iname(reduction.inames[0].text, reduction.inames[0].range);
  if (e.type().isComplex() || e.type().isBool() || e.type().isVector())
    scope_.errors.fail(range, std::string(spelling(reduction.op)) + " compares numbers; this is a value of the type " +
                                  e.type().name() + ".");
  if (!index.type().isInteger() || index.type().isVector())
    scope_.errors.fail(range, "The index that " + std::string(spelling(reduction.op)) + " remembers is an integer.");
  Expr acc = declareAccumulator("acc", e.type(), range),
       accIndex = declareAccumulator("acc_index", index.type(), range);
  addReduction(reduction, {acc, accIndex}, neutralElements(context, reduction.op, {e.type(), index.type()}),
               combined(context, reduction.op, {acc, accIndex}, {e, index}), std::move(inner), std::move(updatePath),
               std::move(ids));
  return {acc, accIndex};
}

} // namespace loopy
