#include "partial_results.h"

#include "loopy/ir/reduction.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

static bool isSegmented(ReductionOp op) { return op == ReductionOp::SegmentedSum; }

std::vector<Expr> combinedParts(Context &context, ReductionOp op, const std::vector<Expr> &left,
                                const std::vector<Expr> &right) {
  std::vector<Expr> result = continuedBy(context, op, left, right);
  if (isSegmented(op))
    result.push_back(context.logical(LogicalOp::Or, left.at(1), right.at(1)));
  return result;
}

std::vector<Expr> continuedBy(Context &context, ReductionOp op, const std::vector<Expr> &accumulators,
                              const std::vector<Expr> &part) {
  if (!isSegmented(op))
    return combined(context, op, accumulators, part);
  return {context.select(part.at(1), part.at(0), context.add(accumulators.at(0), part.at(0)))};
}

std::vector<std::string> addPartArrays(Kernel &kernel, const ReductionInfo &reduction, int moreAxes,
                                       const std::string &name) {
  std::vector<std::string> names;
  auto add = [&](const Array &like, const std::string &called, Type type) {
    Array array = like;
    array.name = kernel.freshName(called);
    array.type = type;
    array.implicitAxes = static_cast<unsigned>(static_cast<int>(array.implicitAxes) + moreAxes);
    array.space.reset();
    array.copies.clear();
    names.push_back(array.name);
    kernel.arrays.push_back(std::move(array));
  };
  for (size_t i = 0; i < reduction.accumulators.size(); ++i) {
    const Array like = kernel.array(reduction.accumulators[i]);
    add(like, i == 0 ? name : name + "_index", like.type);
  }
  if (isSegmented(reduction.op))
    add(Array(kernel.array(reduction.accumulators[0])), name + "_flag", boolType);
  return names;
}

std::vector<std::string> addPartReductions(Kernel &kernel, const ReductionInfo &reduction,
                                           const std::vector<std::string> &arrays) {
  const size_t count = reduction.accumulators.size();
  ReductionInfo values{arrays[0], reduction.op, reduction.inames, {arrays.begin(), arrays.begin() + count}};
  std::vector<std::string> ids{values.id};
  kernel.reductions.push_back(std::move(values));
  if (arrays.size() > count) {
    ids.push_back(arrays[count]);
    kernel.reductions.push_back({arrays[count], ReductionOp::Any, reduction.inames, {arrays[count]}});
  }
  return ids;
}

std::vector<Expr> partElements(const std::vector<std::string> &arrays, const std::vector<Expr> &places,
                               const PartElement &element) {
  std::vector<Expr> result;
  for (size_t i = 0; i < arrays.size(); ++i)
    result.push_back(i < places.size() ? element(arrays[i], *places[i].as<Load>(), places[i].type())
                                       : element(arrays[i], *places[0].as<Load>(), boolType));
  return result;
}

PartElement elementWithAxis(const Kernel &kernel, Expr value) {
  return [&kernel, value](const std::string &array, const Load &place, Type type) {
    std::vector<Expr> index = place.index;
    index.insert(index.begin() + kernel.array(place.array).implicitAxes, value);
    return kernel.context->load(array, std::move(index), type);
  };
}

std::vector<Statement> startsOfPart(const Kernel &kernel, const ReductionInfo &reduction, const Statement &like,
                                    const std::vector<std::string> &own, const std::vector<std::string> &ids,
                                    const std::vector<Expr> &places, const PartElement &element) {
  Context &context = *kernel.context;
  std::vector<Expr> elements = partElements(own, places, element);
  std::vector<Type> types;
  for (Expr place : places)
    types.push_back(place.type());
  std::vector<Statement> result;
  for (size_t i = 0; i < ids.size(); ++i) {
    Statement start = like;
    start.reduction = ids[i];
    start.reductionRole = ReductionRole::Init;
    start.origin.reset();
    if (i == 0) {
      start.body =
          Assign{{elements.begin(), elements.begin() + places.size()}, neutralElements(context, reduction.op, types)};
    } else {
      start.id = kernel.freshName(like.id + "_flag");
      start.body = Assign{{elements.back()}, neutralElements(context, ReductionOp::Any, {boolType})};
    }
    result.push_back(std::move(start));
  }
  return result;
}

std::optional<std::vector<Statement>> updatesOfPart(const Kernel &kernel, const ReductionInfo &reduction,
                                                    const Statement &update, const std::vector<std::string> &own,
                                                    const std::vector<std::string> &ids, const PartElement &element) {
  Context &context = *kernel.context;
  Statement values = rewriteExprs(context, update, [&](Expr e) {
    const Load *load = e.as<Load>();
    const auto &accumulators = reduction.accumulators;
    const auto at = load ? llvm::find(accumulators, load->array) : accumulators.end();
    return at == accumulators.end() ? e : element(own[at - accumulators.begin()], *load, e.type());
  });
  values.reduction = ids[0];
  std::vector<Statement> result{values};
  if (!isSegmented(reduction.op))
    return result;
  const Assign &assign = std::get<Assign>(update.body);
  const Select *select = assign.rhs.at(0).as<Select>();
  const Binary *sum = select ? select->ifFalse.as<Binary>() : nullptr;
  bool readsItself = false;
  if (select)
    for (Expr part : {select->condition, select->ifTrue})
      forEach(part, [&](Expr e) { readsItself |= equal(e, assign.lhs[0]); });
  if (!sum || readsItself || sum->op != BinaryOp::Add || !equal(sum->lhs, assign.lhs[0]) ||
      !equal(sum->rhs, select->ifTrue))
    return std::nullopt;
  Statement flag = values;
  flag.id = kernel.freshName(update.id + "_flag");
  flag.reduction = ids[1];
  const Expr place = element(own.back(), *assign.lhs[0].as<Load>(), boolType);
  flag.body = Assign{{place}, combined(context, ReductionOp::Any, {place}, {select->condition})};
  result.push_back(std::move(flag));
  return result;
}

} // namespace loopy
