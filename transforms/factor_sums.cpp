#include "factor_sums.h"

#include "factors.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

struct Term {
  Expr value;
  bool isNegative = false;
};

bool isSum(Expr e) {
  const Binary *binary = e.as<Binary>();
  return binary && (binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub);
}

void addTerms(std::vector<Term> &terms, Expr e, bool isNegative) {
  const Unary *unary = e.as<Unary>();
  if (unary && unary->op == UnaryOp::Neg)
    return addTerms(terms, unary->operand, !isNegative);
  if (!isSum(e)) {
    terms.push_back({e, isNegative});
    return;
  }
  const Binary &sum = *e.as<Binary>();
  addTerms(terms, sum.lhs, isNegative);
  addTerms(terms, sum.rhs, isNegative != (sum.op == BinaryOp::Sub));
}

class SumFactoring {
public:
  explicit SumFactoring(Context &context) : context_(context), factoring_(context) {}

  Expr rewritten(Expr e) {
    if (isSum(e)) {
      std::vector<Term> terms;
      addTerms(terms, e, false);
      bool isChanged = false;
      for (Term &term : terms) {
        const Expr inner = rewritten(term.value);
        isChanged |= !equal(inner, term.value);
        term.value = inner;
      }
      const size_t before = terms.size();
      group(terms);
      return isChanged || terms.size() < before ? sumOf(terms, e.range()) : e;
    }
    std::vector<Expr> below = children(e);
    for (Expr &child : below)
      child = rewritten(child);
    return withChildren(context_, e, below);
  }

private:
  bool has(const Term &term, const Factor &factor) const {
    const std::optional<FactorList> factors = factoring_.factorsOf(term.value);
    return factors && llvm::any_of(*factors, [&](const Factor &each) { return equal(each, factor); });
  }

  // Joins the terms that have the most frequent factor, again and again.
  void group(std::vector<Term> &terms) {
    for (;;) {
      std::optional<Factor> best;
      long most = 1;
      for (const Term &term : terms)
        for (const Factor &factor : factoring_.factorsOf(term.value).value_or(FactorList()))
          if (const long count = llvm::count_if(terms, [&](const Term &other) { return has(other, factor); });
              count > most) {
            most = count;
            best = factor;
          }
      if (!best)
        return;
      join(terms, *best);
    }
  }

  void join(std::vector<Term> &terms, const Factor &factor) {
    std::vector<Term> joined, rest;
    size_t place = 0;
    for (const Term &term : terms) {
      if (!has(term, factor)) {
        rest.push_back(term);
        continue;
      }
      if (joined.empty())
        place = rest.size();
      joined.push_back({factoring_.without(term.value, {factor}), term.isNegative});
    }
    group(joined);
    // A difference rather than the negative of a sum.
    const bool isNegative = llvm::all_of(joined, [](const Term &term) { return term.isNegative; });
    if (isNegative)
      for (Term &term : joined)
        term.isNegative = false;
    const Expr sum = sumOf(joined, joined.front().value.range());
    rest.insert(rest.begin() + static_cast<ptrdiff_t>(place), {times(context_, sum, {factor}), isNegative});
    terms = std::move(rest);
  }

  Expr sumOf(const std::vector<Term> &terms, SourceRange range) {
    const auto first = llvm::find_if(terms, [](const Term &term) { return !term.isNegative; });
    Expr sum;
    if (first != terms.end())
      sum = first->value;
    for (auto term = terms.begin(); term != terms.end(); ++term) {
      if (term == first)
        continue;
      if (!sum)
        sum = context_.unary(UnaryOp::Neg, term->value, range);
      else
        sum = context_.binary(term->isNegative ? BinaryOp::Sub : BinaryOp::Add, sum, term->value, range);
    }
    return sum;
  }

  Context &context_;
  Factoring factoring_;
};

} // namespace

Expr withFactoredSums(Context &context, Expr e) { return SumFactoring(context).rewritten(e); }

} // namespace loopy
