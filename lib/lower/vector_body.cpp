#include "vector_body.h"

#include "loopy/ir/functions.h"

namespace loopy::lowering {
namespace {

bool hasLoad(Expr e) {
  bool found = false;
  forEach(e, [&](Expr part) { found |= part.is<Load>(); });
  return found;
}

// A scalar that the target takes as an operand beside a vector of its type without a cast.
bool isPlain(Expr e) {
  const Type type = e.type();
  if (type.kind == ScalarKind::Float32 || type.kind == ScalarKind::Float64)
    return true;
  return type.isInteger() && type.sizeInBytes() >= 4 && (e.is<Constant>() || e.is<ParamRef>() || e.is<Load>());
}

} // namespace

// ----------------------------------------------------------------------------------------------------------------
// lanes
Expr VectorBody::lane(Expr e, int64_t k) {
  Terms &terms = lowering_.terms;
  Expr position = terms.expr(withConstant(terms.formOf(loop_.lower), k), known_.nonNegative());
  return rewrite(context_, substituteInames(context_, e, {{loop_.iname, position}}), [&](Expr part) {
    const Load *load = part.as<Load>();
    if (!load || load->index.empty())
      return part;
    return context_.load(load->array, {simplified(terms, load->index[0], known_.nonNegative())}, part.type(),
                         part.range());
  });
}

Expr VectorBody::lanes(Expr e) {
  std::vector<Expr> all;
  for (int64_t k = 0; k < loop_.width; ++k)
    all.push_back(lane(e, k));
  return context_.call("lanes", std::move(all), e.type().vector(static_cast<uint8_t>(loop_.width)), e.range());
}

// The subscript in lane k is that in lane 0 plus k times the stride.
std::optional<int64_t> VectorBody::strideOf(const Load &load) {
  if (load.index.empty())
    return 0;
  Terms &terms = lowering_.terms;
  const Linear first = terms.formOf(lane(load.index[0], 0));
  std::optional<int64_t> stride;
  for (int64_t k = 1; k < loop_.width; ++k) {
    const Linear distance = minus(terms.formOf(lane(load.index[0], k)), first);
    if (!distance.isConstant() || (stride && distance.constant != k * *stride))
      return std::nullopt;
    if (!stride)
      stride = distance.constant;
  }
  return stride;
}

Expr VectorBody::wide(Expr e) {
  Expr first = lane(e, 0);
  const int64_t bytes = e.type().sizeInBytes(); // every element has that alignment
  return context_.load(first.as<Load>()->array, {first.as<Load>()->index[0], context_.constant(bytes)},
                       e.type().vector(static_cast<uint8_t>(loop_.width)), e.range());
}

// ---------------------------------------------------------------------------------------------------------------
// values Bools are masks in vectors, complex numbers are vectors themselves, and half precision has vectors in OpenCL
// only.
bool VectorBody::hasVectorForm(Type type) const {
  return !type.isVector() && !type.isComplex() && !type.isBool() &&
         (type.kind != ScalarKind::Float16 || lowering_.mapping.target.kind == Target::Kind::OpenCL);
}

// Small integers are computed as ints by scalar code, and would overflow in vectors.
bool VectorBody::isComputedInVectors(Type type) const {
  return hasVectorForm(type) && (type.isFloat() || type.sizeInBytes() >= 4);
}

// Evaluating it where it is not asked for could fail.
bool VectorBody::mustBeSelected(Expr e) const {
  bool found = false;
  forEach(e, [&](Expr part) {
    const Binary *binary = part.as<Binary>();
    const CallExpr *call = part.as<CallExpr>();
    found |= part.is<Load>() && !readsAreInBounds_;
    found |= binary && part.type().isInteger() && (binary->op == BinaryOp::FloorDiv || binary->op == BinaryOp::Mod);
    found |= call && !findFunction(call->function);
  });
  return found;
}

Expr VectorBody::vectorOf(Expr e) {
  Expr result = value(e);
  return context_.cast(result.type().scalar().vector(static_cast<uint8_t>(loop_.width)), result, e.range());
}

Expr VectorBody::operand(Expr e) {
  Expr result = value(e);
  return result.type().isVector() || isPlain(result) ? result : vectorOf(e);
}

Expr VectorBody::value(Expr e) {
  if (!varies(e))
    return e;
  const bool isIndexArithmetic = e.type().isInteger() && !hasLoad(e);
  if (isIndexArithmetic)
    return lanes(e);
  return visit(e, Overloaded{
                      [&](const Constant &) { return e; },
                      [&](const ParamRef &) { return e; },
                      [&](const InameRef &) { return lanes(e); },
                      [&](const Load &load) { return loadValue(e, load); },
                      [&](const Unary &unary) {
                        const bool isVector = unary.op == UnaryOp::Not || isComputedInVectors(e.type());
                        return isVector ? context_.unary(unary.op, value(unary.operand), e.range()) : lanes(e);
                      },
                      [&](const Binary &binary) { return binaryValue(e, binary); },
                      [&](const Compare &compare) {
                        if (!hasVectorForm(compare.lhs.type()))
                          return lanes(e);
                        return context_.compare(compare.op, operand(compare.lhs), operand(compare.rhs), e.range());
                      },
                      [&](const Logical &logical) {
                        if (mustBeSelected(logical.rhs))
                          return lanes(e);
                        return context_.logical(logical.op, value(logical.lhs), value(logical.rhs), e.range());
                      },
                      [&](const Select &select) { return selectValue(e, select); },
                      [&](const Cast &cast) { return castValue(e, cast); },
                      [&](const CallExpr &call) { return callValue(e, call); },
                      [&](const RuleUse &) -> Expr { throw InternalError("a use of a rule was not expanded"); },
                      [&](const Reduce &) -> Expr { throw InternalError("a reduction was not realised"); },
                  });
}

Expr VectorBody::loadValue(Expr e, const Load &load) {
  const std::optional<int64_t> stride = strideOf(load);
  if (stride == 0)
    return lane(e, 0);
  return stride == 1 && hasVectorForm(e.type()) ? wide(e) : lanes(e);
}

Expr VectorBody::binaryValue(Expr e, const Binary &binary) {
  if (!isComputedInVectors(e.type()))
    return lanes(e);
  switch (binary.op) {
  case BinaryOp::Add:
  case BinaryOp::Sub:
  case BinaryOp::Mul:
  case BinaryOp::Div:
  case BinaryOp::BitAnd:
  case BinaryOp::BitOr:
  case BinaryOp::BitXor:
    return context_.binary(binary.op, operand(binary.lhs), operand(binary.rhs), e.range());
  case BinaryOp::Min:
  case BinaryOp::Max:
  case BinaryOp::Shl:
  case BinaryOp::Shr:
    return context_.binary(binary.op, vectorOf(binary.lhs), vectorOf(binary.rhs), e.range());
  case BinaryOp::Pow: {
    if (!e.type().isFloat())
      return lanes(e);
    Expr exponent = binary.rhs.is<Constant>() ? binary.rhs : vectorOf(binary.rhs);
    return context_.binary(binary.op, vectorOf(binary.lhs), exponent, e.range());
  }
  case BinaryOp::FloorDiv:
  case BinaryOp::Mod:
    return lanes(e);
  }
  throw InternalError("a binary operation that vectors do not know");
}

Expr VectorBody::selectValue(Expr e, const Select &select) {
  if (!hasVectorForm(e.type()))
    return lanes(e);
  if (varies(select.condition) && (mustBeSelected(select.ifTrue) || mustBeSelected(select.ifFalse)))
    return lanes(e);
  return context_.select(value(select.condition), vectorOf(select.ifTrue), vectorOf(select.ifFalse), e.range());
}

Expr VectorBody::castValue(Expr e, const Cast &cast) {
  const Type from = cast.operand.type(), to = e.type().vector(static_cast<uint8_t>(loop_.width));
  if (!hasVectorForm(e.type()) || (!hasVectorForm(from) && !from.isBool()))
    return lanes(e);
  Expr operand = value(cast.operand);
  if (!operand.type().isBool() || !operand.type().isVector())
    return context_.cast(operand.type().isVector() ? to : to.scalar(), operand, e.range());
  Expr one = context_.constant(int64_t{1}, e.type()), zero = context_.constant(int64_t{0}, e.type());
  return context_.select(operand, context_.cast(to, one), context_.cast(to, zero), e.range());
}

Expr VectorBody::callValue(Expr e, const CallExpr &call) {
  const bool isOfFloats = findFunction(call.function) && std::all_of(call.args.begin(), call.args.end(),
                                                                     [](Expr arg) { return arg.type().isFloat(); });
  const bool isMask = e.type().isBool() && lowering_.mapping.target.kind == Target::Kind::OpenCL;
  if (!isOfFloats || !(isMask || hasVectorForm(e.type())))
    return lanes(e);
  std::vector<Expr> args;
  for (Expr arg : call.args)
    args.push_back(vectorOf(arg));
  return context_.call(call.function, std::move(args), e.type().vector(static_cast<uint8_t>(loop_.width)), e.range());
}

// ----------------------------------------------------------------------------------------------------------
// assignments
std::optional<Block> VectorBody::assign(const AssignStmt &scalar, const std::string &name, std::string &reason) {
  bool isContiguous = true;
  for (Expr lhs : scalar.lhs) {
    const Load &place = *lhs.as<Load>();
    if (!hasVectorForm(lhs.type())) {
      reason = "no vectors of " + lhs.type().name();
      return std::nullopt;
    }
    const std::optional<int64_t> stride = strideOf(place);
    if (stride == 0 || (stride != 1 && scalar.lhs.size() > 1)) {
      reason = stride == 0 ? "one place for all lanes" : "several places that are not contiguous";
      return std::nullopt;
    }
    isContiguous &= stride == 1;
  }
  std::vector<Expr> values;
  for (size_t i = 0; i < scalar.lhs.size(); ++i) {
    const Type type = scalar.lhs[i].type().vector(static_cast<uint8_t>(loop_.width));
    Expr result = value(scalar.rhs[i]);
    values.push_back(result.type().isBool() && result.type().isVector() ? lanes(scalar.rhs[i]) : result);
    values.back() = context_.cast(values.back().type().isVector() ? type : type.scalar(), values.back());
  }
  if (!isContiguous)
    return storeLanes(scalar.lhs[0], isInRegisters(scalar.rhs[0]) ? lanes(scalar.rhs[0]) : values[0], name);
  AssignStmt stmt;
  for (size_t i = 0; i < values.size(); ++i) {
    stmt.lhs.push_back(wide(scalar.lhs[i]));
    stmt.rhs.push_back(context_.cast(stmt.lhs[i].type(), values[i]));
  }
  return Block{{std::move(stmt)}};
}

// An element of a temporary of one work-item, whose lanes need not be taken out of a vector first.
bool VectorBody::isInRegisters(Expr e) const {
  const Load *load = e.as<Load>();
  const auto storage = load ? lowering_.mapping.storage.find(load->array) : lowering_.mapping.storage.end();
  return storage != lowering_.mapping.storage.end() && storage->second.space == AddressSpace::Private;
}

// place[k] = lane k of the result, which is computed first.
Block VectorBody::storeLanes(Expr place, Expr result, const std::string &name) {
  Block out;
  if (result.type().isVector() && !isLanes(result)) {
    DeclareStmt declare;
    declare.name = name;
    declare.type = result.type();
    declare.isScalar = declare.isConst = true;
    declare.init = result;
    out.push_back({std::move(declare)});
  }
  for (int64_t k = 0; k < loop_.width; ++k) {
    Expr one = result;
    if (isLanes(result))
      one = result.as<CallExpr>()->args[static_cast<size_t>(k)];
    else if (result.type().isVector())
      one = context_.load(name, {context_.constant(int64_t{0}), context_.constant(k)}, result.type().scalar());
    AssignStmt stmt;
    stmt.lhs = {lane(place, k)};
    stmt.rhs = {one};
    out.push_back({std::move(stmt)});
  }
  return out;
}

} // namespace loopy::lowering
