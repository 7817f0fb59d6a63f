#include "index_function.h"

#include "loopy/analysis/linear.h"

namespace loopy {

static bool isPlain(BinaryOp op) {
  return op == BinaryOp::Add || op == BinaryOp::Sub || op == BinaryOp::Mul || op == BinaryOp::FloorDiv ||
         op == BinaryOp::Mod;
}

size_t IndexFunction::add(Expr e, const Integers &params) {
  Step step{.expr = e};
  if (const InameRef *iname = e.as<InameRef>()) {
    step.kind = Step::Kind::Axis;
    for (unsigned axis = 0; homeIndex(axis) != iname->name; ++axis)
      ++step.value;
  } else if (inamesIn(e).empty()) {
    step.value = evaluate(e, params);
  } else if (const Binary *binary = e.as<Binary>(); binary && isPlain(binary->op)) {
    step.kind = Step::Kind::Binary;
    step.op = binary->op;
    step.lhs = add(binary->lhs, params);
    step.rhs = add(binary->rhs, params);
  } else {
    step.kind = Step::Kind::Other;
    params_ = params;
  }
  steps_.push_back(step);
  return steps_.size() - 1;
}

int64_t IndexFunction::valueOf(size_t at, const std::vector<int64_t> &index) const {
  const Step &step = steps_[at];
  switch (step.kind) {
  case Step::Kind::Constant:
    return step.value;
  case Step::Kind::Axis:
    return index[static_cast<size_t>(step.value)];
  case Step::Kind::Binary:
    return binaryValue(step, index);
  case Step::Kind::Other:
    break;
  }
  Integers values = params_;
  for (unsigned axis = 0; axis < index.size(); ++axis)
    values[homeIndex(axis)] = index[axis];
  return evaluate(step.expr, values);
}

// Passes divide indices by positive constants only.
int64_t IndexFunction::binaryValue(const Step &step, const std::vector<int64_t> &index) const {
  const int64_t a = valueOf(step.lhs, index), b = valueOf(step.rhs, index);
  switch (step.op) {
  case BinaryOp::Add:
    return a + b;
  case BinaryOp::Sub:
    return a - b;
  case BinaryOp::Mul:
    return a * b;
  default:
    break;
  }
  require(b > 0, "the index of a home is divided by a number that is not positive");
  const int64_t quotient = floorDivide(a, b);
  return step.op == BinaryOp::FloorDiv ? quotient : a - quotient * b;
}

} // namespace loopy
