#include "divided_index.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

IndexDivider::Parts IndexDivider::divide(const Statement *statement, Expr e, int64_t count) {
  Context &context = *kernel_.context;
  const Expr divisor = context.constant(count);
  const std::optional<Linear> form = terms_.affineOf(e);
  if (!form)
    return {context.binary(BinaryOp::FloorDiv, e, divisor, e.range()),
            context.binary(BinaryOp::Mod, e, divisor, e.range())};
  // floor((count*m + r) / count) = m + floor(r / count)
  Linear multiple, rest = withConstant({}, form->constant);
  for (const auto &[term, coefficient] : form->terms) {
    Linear &part = coefficient % count == 0 ? multiple : rest;
    part = plus(part, termTimes(term, coefficient % count == 0 ? coefficient / count : coefficient));
  }
  const Expr left = terms_.expr(rest);
  if (statement && isWithin(*statement, rest, count))
    return {terms_.expr(multiple), left};
  return {context.add(terms_.expr(multiple), context.binary(BinaryOp::FloorDiv, left, divisor)),
          context.binary(BinaryOp::Mod, left, divisor)};
}

bool IndexDivider::isWithin(const Statement &statement, const Linear &form, int64_t count) {
  if (form.isConstant())
    return 0 <= form.constant && form.constant < count;
  const isl::set domain = kernel_.context->intersection(statement.domain, kernel_.assumptions);
  return llvm::all_of(terms_.disjunctsOf(domain), [&](const std::vector<Constraint> &constraints) {
    const std::optional<Interval> bounds = constantBounds(terms_, constraints, form);
    return !bounds || (bounds->low && *bounds->low >= 0 && bounds->high && *bounds->high < count);
  });
}

} // namespace loopy
