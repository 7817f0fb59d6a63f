#include "conditioning.h"

#include "resolve.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace loopy {

namespace {

class ConditioningFinder {
public:
  ConditioningFinder(const Kernel &kernel, const std::map<std::string, int64_t> &sizes)
      : kernel_(kernel), resolver_(kernel, sizes) {}

  Conditioning find() {
    for (const StatementRef &statement : kernel_.statements)
      if (const Assign *assign = std::get_if<Assign>(&statement->body))
        for (Expr e : assign->rhs) {
          for (Expr place : assign->lhs)
            visitPathLengths(place.as<Load>()->array, e);
          forEach(resolver_.resolve(e), [&](Expr node) { visit(node); });
        }
    return std::move(result_);
  }

private:
  // d[..] = min(d[..], d[..] + d[..]), shortest paths: without negative lengths there is no negative cycle.
  void visitPathLengths(const std::string &written, Expr e) {
    forEach(e, [&](Expr node) {
      const Binary *minimum = node.as<Binary>();
      if (!minimum || minimum->op != BinaryOp::Min || kernel_.array(written).isTemp())
        return;
      for (Expr operand : {minimum->lhs, minimum->rhs})
        if (const Binary *sum = operand.as<Binary>(); sum && sum->op == BinaryOp::Add && reads(sum->lhs, written))
          result_.positive.insert(written);
    });
  }

  static bool reads(Expr e, const std::string &array) {
    const Load *load = e.as<Load>();
    return load && load->array == array;
  }

  void visit(Expr e) {
    if (const Binary *binary = e.as<Binary>()) {
      if (binary->op == BinaryOp::Div || binary->op == BinaryOp::FloorDiv || binary->op == BinaryOp::Mod)
        keepPositive(binary->rhs);
      else if (binary->op == BinaryOp::Pow)
        keepPositive(binary->lhs);
    } else if (const CallExpr *call = e.as<CallExpr>()) {
      static constexpr std::array<std::string_view, 7> wantPositive = {"sqrt",  "rsqrt", "log",   "log2",
                                                                       "log10", "acosh", "tgamma"};
      if (std::find(wantPositive.begin(), wantPositive.end(), call->function) != wantPositive.end())
        keepPositive(call->args.front());
    }
  }

  // Sums and products of positive numbers are positive; of a difference the first operand is made large.
  void keepPositive(Expr e) {
    if (const Load *load = e.as<Load>()) {
      keepPositive(*load);
    } else if (const ParamRef *param = e.as<ParamRef>()) {
      result_.positive.insert(param->name);
    } else if (const Binary *binary = e.as<Binary>()) {
      keepPositive(binary->lhs);
      if (binary->op != BinaryOp::Sub)
        keepPositive(binary->rhs);
    } else {
      for (Expr child : children(e))
        keepPositive(child);
    }
  }

  void keepPositive(const Load &load) {
    const Array &array = kernel_.array(load.array);
    for (size_t a = 0; a < load.index.size(); ++a)
      for (size_t b = a + 1; b < load.index.size(); ++b)
        if (!array.isTemp() && equal(load.index[a], load.index[b]) && equal(array.shape[a], array.shape[b])) {
          result_.diagonal[load.array] = {a, b};
          return;
        }
    result_.positive.insert(load.array);
  }

  const Kernel &kernel_;
  Resolver resolver_;
  Conditioning result_;
};

} // namespace

Conditioning findConditioning(const Kernel &kernel, const std::map<std::string, int64_t> &sizes) {
  return ConditioningFinder(kernel, sizes).find();
}

} // namespace loopy
