// One assignment for all lanes of a vector at once.
#pragma once

#include "lowering.h"

namespace loopy::lowering {

class VectorBody {
public:
  // `readsAreInBounds`: reads may be done where a selection would not ask for their value.
  VectorBody(Lowering &lowering, const Known &known, const VectorLoop &loop, bool readsAreInBounds)
      : lowering_(lowering), context_(lowering.context), known_(known), loop_(loop),
        readsAreInBounds_(readsAreInBounds) {}

  // The assignment of all lanes; nothing if it has no vector form, for the reason that is then in `reason`. `name` is
  // for a variable that it may need.
  std::optional<Block> assign(const AssignStmt &scalar, const std::string &name, std::string &reason);

  // The scalar expression in lane k.
  Expr lane(Expr e, int64_t k);

private:
  bool varies(Expr e) const { return mentionsIname(e, loop_.iname); }
  std::optional<int64_t> strideOf(const Load &load);
  bool hasVectorForm(Type type) const;
  bool isComputedInVectors(Type type) const;
  bool mustBeSelected(Expr e) const;
  bool isInRegisters(Expr e) const;

  // The value in all lanes: a vector, or a scalar where it is the same in all of them.
  Expr value(Expr e);
  Expr vectorOf(Expr e); // always a vector
  Expr operand(Expr e);  // a vector, or a scalar that may stand for one in arithmetic
  Expr lanes(Expr e);    // each lane by itself
  Expr wide(Expr load);
  Expr loadValue(Expr e, const Load &load);
  Expr binaryValue(Expr e, const Binary &binary);
  Expr selectValue(Expr e, const Select &select);
  Expr castValue(Expr e, const Cast &cast);
  Expr callValue(Expr e, const CallExpr &call);
  Block storeLanes(Expr place, Expr result, const std::string &name);

  Lowering &lowering_;
  Context &context_;
  const Known &known_;
  const VectorLoop &loop_;
  const bool readsAreInBounds_;
};

} // namespace loopy::lowering
