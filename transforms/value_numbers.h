// Which expressions of a run of statements have the same value.
#pragma once

#include "loopy/ir/kernel.h"

#include <unordered_map>

namespace loopy {

// One value, computed in one or more places.
struct NumberedValue {
  Expr expr;                   // the first that computes it
  std::vector<unsigned> parts; // numbers of its operands
  unsigned uses = 0;           // places that use it: operands of different values, and whole expressions
  unsigned first = 0;          // the first statement that computes it
  int64_t cost = 0;            // operations and reads
  bool isShareable = false;    // it may stand in a temporary
  bool isCertain = false;      // one of its places is evaluated whatever conditions hold
};

// Numbers the values that statements of one leaf compute, in order; their own writes make what they write another
// value.
class ValueNumbers {
public:
  explicit ValueNumbers(const Kernel &kernel) : kernel_(kernel) {}

  void add(const Statement &statement); // the next one
  const std::vector<NumberedValue> &values() const { return values_; }
  // Of an expression of a statement, numbered from 0 in order of `add`; nothing for what has no number: subscripts.
  std::optional<unsigned> numberOf(unsigned statement, Expr e) const;

private:
  unsigned number(Expr e);
  std::string keyOf(Expr e, const std::vector<unsigned> &parts) const;
  NumberedValue valueOf(Expr e, const std::vector<unsigned> &parts) const;
  std::string versionsIn(Expr e) const;
  std::set<unsigned> certainIn(Expr e) const;

  const Kernel &kernel_;
  unsigned statements_ = 0;
  std::vector<Expr> places_; // of the update or atomic statement that is being added
  std::vector<NumberedValue> values_;
  std::unordered_map<std::string, unsigned> byKey_;
  std::map<std::string, unsigned> versions_; // of arrays: how often they were written
  std::map<std::pair<unsigned, const ExprNode *>, unsigned> numbers_;
};

// The operands whose values are numbered: not subscripts, nor arguments of rules.
std::vector<Expr> valueOperands(Expr e);

} // namespace loopy
