// Integer expressions over the index of an element, to be evaluated for very many elements.
#pragma once

#include "loopy/runtime/runtime.h"

namespace loopy {

using Integers = std::map<std::string, int64_t>;

class IndexFunction {
public:
  // An expression over homeIndex(0), homeIndex(1), .. and integer params.
  IndexFunction(Expr e, const Integers &params) { add(e, params); }

  int64_t operator()(const std::vector<int64_t> &index) const { return valueOf(steps_.size() - 1, index); }

private:
  struct Step {
    enum class Kind { Constant, Axis, Binary, Other } kind = Kind::Constant;
    int64_t value = 0; // or the number of the axis
    BinaryOp op = BinaryOp::Add;
    size_t lhs = 0, rhs = 0;
    Expr expr{};
  };

  size_t add(Expr e, const Integers &params);
  int64_t valueOf(size_t at, const std::vector<int64_t> &index) const;
  int64_t binaryValue(const Step &step, const std::vector<int64_t> &index) const;

  std::vector<Step> steps_; // operands before their operation; the last one is the whole
  Integers params_;         // for steps of kind Other
};

} // namespace loopy
