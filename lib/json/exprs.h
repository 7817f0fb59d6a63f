// Expressions as JSON: {"kind": "binary", "op": "+", "type": "float32", "args": [..]}.
#pragma once

#include "place.h"
#include "ranges.h"

#include "loopy/ir/kernel.h"

namespace loopy::json {

Json toJson(Expr e, RangeWriter &ranges);
Json toJson(const std::vector<Expr> &exprs, RangeWriter &ranges);

// Reads expressions over the names of a kernel, whose params, arrays, rules and functions have been read.
class ExprReader {
public:
  ExprReader(const Kernel &kernel, const RangeReader &ranges) : kernel_(kernel), ranges_(ranges) {}

  // The inames that may stand in what is read from here on: those of a statement, or the parameters of a rule.
  void setInames(std::vector<std::string> inames) { inames_ = std::move(inames); }
  const std::vector<std::string> &inames() const { return inames_; }

  Expr read(const Place &place);
  std::vector<Expr> readList(const Place &place);
  Expr readLoad(const Place &place);    // a Load
  Expr readInteger(const Place &place); // of an integer type
  // An integer expression without inames, loads or calls, such as the extent of an array.
  Expr readExtent(const Place &place);

private:
  ExprNode::Data readData(const Place &place, Type type);
  Constant readConstant(const Place &place, Type type) const;
  Load readLoadData(const Place &place, Type type);
  CallExpr readCall(const Place &place, Type type);
  RuleUse readRuleUse(const Place &place, Type type);
  std::vector<Expr> readArgs(const Place &place, size_t count);

  const Kernel &kernel_;
  const RangeReader &ranges_;
  std::vector<std::string> inames_;
  unsigned depth_ = 0;
};

Type readType(const Place &place); // a text that names a type

} // namespace loopy::json
