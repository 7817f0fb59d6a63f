// Statements' bodies: accesses become cells with one flat subscript, integer arithmetic is simplified.
#include "lowering.h"

namespace loopy::lowering {
namespace {

bool isZero(const Linear &form) { return form.isConstant() && form.constant == 0; }

bool isCompareOfIntegers(Expr e) {
  auto *compare = e.as<Compare>();
  return compare && compare->lhs.type().isInteger();
}

} // namespace

Linear Lowering::product(const Linear &a, const Linear &b) {
  if (a.isConstant())
    return scaled(b, a.constant);
  if (b.isConstant())
    return scaled(a, b.constant);
  return terms.formOf(context.mul(terms.expr(a), terms.expr(b)));
}

// offset + sum(index * stride) for explicit strides, else ((i0 * s1 + i1) * s2 + i2) ... in the order of the layout.
Linear Lowering::argumentCell(const Array &array, const std::vector<Expr> &index, const Known &known) {
  Linear cell;
  const Layout &layout = array.layout;
  size_t rank = index.size();
  auto form = [&](Expr e) { return known.simplified(terms.formOf(e)); };
  for (size_t i = 0; i < rank; ++i) {
    size_t axis = layout.columnMajor ? rank - 1 - i : i;
    if (!layout.strides.empty()) {
      cell = plus(cell, product(form(index[axis]), form(layout.strides[axis])));
      continue;
    }
    if (!isZero(cell))
      cell = product(cell, form(array.shape[axis]));
    cell = plus(cell, form(index[axis]));
  }
  return layout.offset ? plus(cell, form(layout.offset)) : cell;
}

// The cell of x on an axis is (x - lower) / stride, which divides exactly, modulo the number of copies.
Linear Lowering::cellOnAxis(const StorageAxis &how, Expr index, const Known &known) {
  Linear x = terms.formOf(index);
  if (how.lower)
    x = minus(x, terms.formOf(how.lower));
  x = known.simplified(x);
  if (how.stride != 1)
    x = known.simplified(terms.floorOf(x, how.stride));
  if (how.modulo != 0)
    x = known.simplified(plus(x, known.simplified(terms.floorOf(x, how.modulo)), -how.modulo));
  return x;
}

// The granule of a column trades places with the one whose number is xor-ed by the row's: a permutation of each row,
// since there are a power of two of them. Cells of one granule remain neighbours.
Linear Lowering::swizzled(const StorageSwizzle &swizzle, const Linear &column, const Linear &row, const Known &known) {
  const Linear granule = known.simplified(terms.floorOf(column, swizzle.granule));
  const Linear order =
      known.simplified(plus(row, known.simplified(terms.floorOf(row, swizzle.rows())), -swizzle.rows()));
  const Expr place = context.binary(BinaryOp::BitXor, terms.expr(granule, known.nonNegative()),
                                    terms.expr(order, known.nonNegative()));
  return plus(scaled(terms.formOf(place), swizzle.granule), known.simplified(plus(column, granule, -swizzle.granule)));
}

Linear Lowering::storageCell(const Storage &storage, const std::vector<Expr> &index, const Known &known) {
  require(storage.axes.size() == index.size(), "an access with another number of subscripts than its storage has");
  Linear cell;
  for (unsigned axis : storage.memoryOrder()) {
    const StorageAxis &how = storage.axes[axis];
    Linear x = cellOnAxis(how, index[axis], known);
    if (storage.swizzle && storage.swizzle->axis == axis) {
      const unsigned by = storage.swizzle->by;
      x = swizzled(*storage.swizzle, x, cellOnAxis(storage.axes[by], index[by], known), known);
    }
    if (!isZero(cell))
      cell = product(cell, how.constantExtent ? withConstant({}, *how.constantExtent) : terms.formOf(how.extent));
    cell = plus(cell, x);
  }
  return cell;
}

// Coordinates begin with the fastest one, which is that of the last axis.
Expr Lowering::imageRead(Expr e, const Known &known) {
  const Load &load = *e.as<Load>();
  std::vector<Expr> args{context.load(load.array, {}, e.type(), e.range())};
  for (size_t axis = load.index.size(); axis-- > 0;)
    args.push_back(terms.expr(known.simplified(terms.formOf(load.index[axis])), known.nonNegative()));
  return context.call("read_image", std::move(args), e.type(), e.range());
}

Expr Lowering::flatAccess(Expr e, const Known &known) {
  const Load &load = *e.as<Load>();
  const Array &array = kernel.array(load.array);
  std::string memory = load.array;
  Linear cell;
  if (array.isTemp()) {
    auto found = mapping.storage.find(load.array);
    require(found != mapping.storage.end(), "a temporary without storage");
    const Storage &storage = found->second;
    if (storage.isScalar() && !(storage.space == AddressSpace::Global && mapping.target.hasWorkItems()))
      return context.load(load.array, {}, e.type(), e.range());
    cell = storageCell(storage, load.index, known);
    memory = storage.memory();
  } else if (array.isImage && mapping.target.hasWorkItems()) {
    return imageRead(e, known);
  } else {
    cell = argumentCell(array, load.index, known);
  }
  return context.load(memory, {terms.expr(known.simplified(cell), known.nonNegative())}, e.type(), e.range());
}

// The target's own division where the numerator is known not to be negative.
Expr Lowering::truncated(Expr e, const Known &known) {
  auto *b = e.as<Binary>();
  if (!b || (b->op != BinaryOp::FloorDiv && b->op != BinaryOp::Mod) || !e.type().isInteger())
    return e;
  auto divisor = terms.affineOf(b->rhs);
  auto numerator = divisor && divisor->isConstant() && divisor->constant > 0 ? terms.affineOf(b->lhs) : std::nullopt;
  if (!numerator || !known.isNonNegative(*numerator))
    return e;
  return context.call(b->op == BinaryOp::FloorDiv ? "quot" : "rem", {b->lhs, b->rhs}, e.type(), e.range());
}

// The quotient form / chunks. What is plainly divided, chunks*j, leaves a chunk's number, which may be known only by
// several facts together.
Linear Lowering::memberOf(const Linear &form, int64_t chunks, const Known &known) {
  Linear member;
  for (auto [term, coefficient] : form.terms)
    if (coefficient % chunks == 0)
      member = plus(member, termTimes(term, coefficient / chunks));
  const Linear chunk = plus(form, member, -chunks);
  if (known.isNonNegative(chunk) && known.isNonNegative(withConstant(scaled(chunk, -1), chunks - 1)))
    return member;
  return known.simplified(terms.floorOf(form, chunks));
}

// c*(total / chunks) + min(c, total % chunks) + j for number chunks*j + c.
Expr Lowering::placeOf(const ChunkPlace &place, const Known &known) {
  const Linear number = terms.formOf(place.number), total = known.simplified(terms.formOf(place.total));
  const Linear member = memberOf(number, place.chunks, known);
  const Linear chunk = known.simplified(plus(number, member, -place.chunks));
  const Linear length = known.simplified(terms.floorOf(total, place.chunks));
  const Linear longer = known.simplified(plus(total, length, -place.chunks));
  auto expr = [&](const Linear &form) { return terms.expr(form, known.nonNegative()); };
  Linear result = plus(member, product(chunk, length));
  if (!isZero(chunk))
    result = plus(result, terms.formOf(context.binary(BinaryOp::Min, expr(chunk), expr(longer))));
  return expr(result);
}

Expr Lowering::valueOf(Expr e, const Known &known) {
  return rewrite(context, e, [&](Expr part) {
    if (const std::optional<ChunkPlace> place = asChunkPlace(part))
      return placeOf(*place, known);
    return part.is<Load>() ? flatAccess(part, known) : truncated(part, known);
  });
}

// Bounds and conditions: all integer arithmetic in them is our own, and printed in its simplest form.
Expr Lowering::conditionOf(Expr e, const Known &known) {
  auto flat = [&](Expr part) {
    if (const std::optional<ChunkPlace> place = asChunkPlace(part))
      return placeOf(*place, known);
    return part.is<Load>() ? flatAccess(part, known) : part;
  };
  std::function<Expr(Expr)> simplify = [&](Expr part) {
    if (isCompareOfIntegers(part) || (part.type().isInteger() && !part.is<Load>())) {
      auto *compare = part.as<Compare>();
      if (!compare)
        return simplified(terms, part, known.nonNegative());
      Expr l = simplified(terms, compare->lhs, known.nonNegative());
      Expr r = simplified(terms, compare->rhs, known.nonNegative());
      return context.compare(compare->op, l, r);
    }
    std::vector<Expr> parts = children(part);
    if (part.is<Load>())
      return part;
    for (Expr &child : parts)
      child = simplify(child);
    return withChildren(context, part, parts);
  };
  return simplify(rewrite(context, e, flat));
}

Block Lowering::callBody(const CallBody &call, const Known &known) {
  CallStmt stmt;
  stmt.callee = call.callee;
  auto add = [&](Expr e, bool byAddress) {
    stmt.args.push_back(e);
    stmt.byAddress.push_back(byAddress);
  };
  for (const auto &arg : call.args) {
    if (auto *value = std::get_if<Expr>(&arg)) {
      add(valueOf(*value, known), false);
      continue;
    }
    // A sub-array is passed as the address of its first element.
    const SubArray &sub = std::get<SubArray>(arg);
    std::map<std::string, Expr> first;
    for (const std::string &iname : sub.inames)
      first[iname] = context.constant(int64_t(0));
    add(valueOf(substituteInames(context, sub.access, first), known), true);
  }
  for (Expr result : call.results)
    add(valueOf(result, known), true);
  return {{std::move(stmt)}};
}

Block Lowering::statementBody(const Statement &statement, const Known &known, const std::string &remark) {
  return std::visit(Overloaded{[&](const Assign &assign) -> Block {
                                 AssignStmt stmt;
                                 for (Expr lhs : assign.lhs)
                                   stmt.lhs.push_back(valueOf(lhs, known));
                                 for (Expr rhs : assign.rhs)
                                   stmt.rhs.push_back(valueOf(rhs, known));
                                 stmt.atomic = assign.atomic;
                                 return {{CommentStmt{statement.id + remark}}, {std::move(stmt)}};
                               },
                               [&](const CallBody &call) -> Block {
                                 Block block = callBody(call, known);
                                 block.insert(block.begin(), Stmt{CommentStmt{statement.id + remark}});
                                 return block;
                               },
                               [](const Nop &) -> Block { return {}; },
                               [](const loopy::Barrier &) -> Block { return {}; }},
                    statement.body);
}

Expr Lowering::elementsOf(const Storage &storage) {
  Linear count = withConstant({}, 1);
  for (const StorageAxis &axis : storage.axes)
    if (!axis.dropped)
      count = product(count, axis.constantExtent ? withConstant({}, *axis.constantExtent) : terms.formOf(axis.extent));
  return terms.expr(count);
}

} // namespace loopy::lowering
