// Affine forms as text and back, keeping every coefficient.
#include "sets.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace loopy::json {
namespace {

// ------------------------------------------------------------------------------------------------------------- writing
std::string digits(const isl::val &value) {
  char *text = isl_val_to_str(value.get());
  std::string result = text;
  free(text);
  return result;
}

void addTerm(std::string &text, const isl::val &coefficient, const std::string &term) {
  if (coefficient.is_zero())
    return;
  const bool isNegative = coefficient.is_neg();
  const isl::val magnitude = coefficient.abs();
  text += text.empty() ? (isNegative ? "-" : "") : (isNegative ? " - " : " + ");
  if (term.empty())
    text += digits(magnitude);
  else
    text += (magnitude.is_one() ? "" : digits(magnitude) + "*") + term;
}

// The sum of an affine form that is scaled so that all coefficients are integers.
std::string sumText(const isl::aff &aff) {
  std::string text;
  for (unsigned k = 0; k < static_cast<unsigned>(isl_aff_dim(aff.get(), isl_dim_param)); ++k)
    addTerm(text, isl::manage(isl_aff_get_coefficient_val(aff.get(), isl_dim_param, k)),
            isl_aff_get_dim_name(aff.get(), isl_dim_param, k));
  for (unsigned k = 0; k < static_cast<unsigned>(isl_aff_dim(aff.get(), isl_dim_div)); ++k) {
    const isl::val coefficient = isl::manage(isl_aff_get_coefficient_val(aff.get(), isl_dim_div, k));
    if (coefficient.is_zero())
      continue;
    const isl::aff div = isl::manage(isl_aff_get_div(aff.get(), k));
    addTerm(text, coefficient, "(" + affineText(div) + ")");
  }
  addTerm(text, isl::manage(isl_aff_get_constant_val(aff.get())), "");
  return text.empty() ? "0" : text;
}

// ------------------------------------------------------------------------------------------------------------- reading
using Form = Conjunction::Form;

Form sum(const Form &a, const Form &b) {
  Form result = a.size() < b.size() ? b : a;
  const Form &shorter = a.size() < b.size() ? a : b;
  for (size_t k = 0; k < shorter.size(); ++k)
    result[k] = result[k].add(shorter[k]);
  return result;
}

Form scaled(Form form, const isl::val &factor) {
  for (isl::val &coefficient : form)
    coefficient = coefficient.mul(factor);
  return form;
}

bool isNumber(const Form &form) {
  return std::all_of(form.begin() + 1, form.end(), [](const isl::val &coefficient) { return coefficient.is_zero(); });
}

bool isEqual(const Form &a, const Form &b) {
  const Form difference = sum(a, scaled(b, isl::val::negone(b[0].ctx())));
  return isNumber(difference) && difference[0].is_zero();
}

class Reader {
public:
  Reader(Conjunction &conjunction, std::string_view text) : conjunction_(conjunction), text_(text) {}

  // sum { relation sum }
  void read() {
    Form left = readSum();
    do {
      const std::string relation = readRelation();
      const Form right = readSum();
      add(relation, left, right);
      left = right;
      skipSpace();
    } while (at_ < text_.size());
  }

private:
  [[noreturn]] void fail(const std::string &wanted) {
    skipSpace();
    throw std::invalid_argument("Expected " + wanted + " " +
                                (at_ < text_.size() ? "at `" + std::string(text_.substr(at_)) + "`" : "at the end") +
                                " in the condition `" + std::string(text_) + "`.");
  }
  void skipSpace() {
    while (at_ < text_.size() && text_[at_] == ' ')
      ++at_;
  }
  bool accept(std::string_view symbol) {
    skipSpace();
    if (text_.substr(at_, symbol.size()) != symbol)
      return false;
    at_ += symbol.size();
    return true;
  }

  std::string readRelation() {
    for (const char *symbol : {"==", ">=", "<=", "=", ">", "<"})
      if (accept(symbol))
        return symbol;
    fail("one of = >= <= > <");
  }

  void add(const std::string &relation, const Form &left, const Form &right) {
    const isl::val minusOne = isl::val::negone(conjunction_.ctx());
    if (relation == "=" || relation == "==")
      return conjunction_.equalities.push_back(sum(left, scaled(right, minusOne)));
    Form difference = relation[0] == '>' ? sum(left, scaled(right, minusOne)) : sum(right, scaled(left, minusOne));
    if (relation.size() == 1)
      difference[0] = difference[0].add(minusOne);
    conjunction_.inequalities.push_back(std::move(difference));
  }

  Form readSum() {
    if (++depth_ > 100)
      fail("fewer parentheses");
    const isl::val minusOne = isl::val::negone(conjunction_.ctx());
    Form result = accept("-") ? scaled(readProduct(), minusOne) : readProduct();
    while (true) {
      if (accept("+"))
        result = sum(result, readProduct());
      else if (accept("-"))
        result = sum(result, scaled(readProduct(), minusOne));
      else
        break;
    }
    --depth_;
    return result;
  }

  // factor { "*" factor | "//" INT }, all factors but one being numbers
  Form readProduct() {
    Form result = readFactor();
    while (true) {
      if (accept("//")) {
        const isl::val divisor = readNumber();
        if (!divisor.is_pos())
          fail("a positive divisor");
        result = conjunction_.quotient(result, divisor);
      } else if (accept("*")) {
        const Form other = readFactor();
        if (!isNumber(result) && !isNumber(other))
          fail("a number as one factor");
        result = isNumber(result) ? scaled(other, result[0]) : scaled(result, other[0]);
      } else {
        return result;
      }
    }
  }

  Form readFactor() {
    if (accept("(")) {
      Form result = readSum();
      if (!accept(")"))
        fail("`)`");
      return result;
    }
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])))
      return {readNumber()};
    return readName();
  }

  isl::val readNumber() {
    skipSpace();
    const size_t begin = at_;
    while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])))
      ++at_;
    if (at_ == begin || at_ - begin > 40)
      fail("a number");
    return isl::manage(
        isl_val_read_from_str(conjunction_.ctx().get(), std::string(text_.substr(begin, at_ - begin)).c_str()));
  }

  Form readName() {
    const size_t begin = at_;
    auto isPart = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; };
    while (at_ < text_.size() && isPart(text_[at_]))
      ++at_;
    const std::string name(text_.substr(begin, at_ - begin));
    auto found = std::find(conjunction_.names.begin(), conjunction_.names.end(), name);
    if (name.empty() || found == conjunction_.names.end()) {
      at_ = begin;
      fail(name.empty() ? "a name or a number" : "one of the names of this set");
    }
    return conjunction_.column(1 + static_cast<size_t>(found - conjunction_.names.begin()));
  }

  Conjunction &conjunction_;
  std::string_view text_;
  size_t at_ = 0;
  unsigned depth_ = 0;
};

isl_mat *matrixOf(isl::ctx ctx, const std::vector<Form> &rows, size_t columns) {
  isl_mat *matrix = isl_mat_alloc(ctx.get(), static_cast<unsigned>(rows.size()), static_cast<unsigned>(columns));
  for (unsigned row = 0; row < rows.size(); ++row)
    for (unsigned column = 0; column < columns; ++column)
      matrix = isl_mat_set_element_val(matrix, static_cast<int>(row), static_cast<int>(column),
                                       column < rows[row].size() ? rows[row][column].copy() : isl_val_zero(ctx.get()));
  return matrix;
}

} // namespace

std::string affineText(const isl::aff &aff) {
  const isl::val denominator = isl::manage(isl_aff_get_denominator_val(aff.get()));
  if (denominator.is_one())
    return sumText(aff);
  return "(" + sumText(aff.scale(denominator)) + ")//" + digits(denominator);
}

void Conjunction::add(const std::string &condition) { Reader(*this, condition).read(); }

Conjunction::Form Conjunction::column(size_t number) const {
  Form form(number + 1, isl::val::zero(ctx()));
  form[number] = isl::val::one(ctx());
  return form;
}

Conjunction::Form Conjunction::quotient(const Form &numerator, const isl::val &divisor) {
  if (isNumber(numerator))
    return {numerator[0].div(divisor).floor()};
  for (size_t k = 0; k < divisions.size(); ++k)
    if (divisions[k].second.eq(divisor) && isEqual(divisions[k].first, numerator))
      return column(1 + names.size() + k);
  divisions.emplace_back(numerator, divisor);
  return column(names.size() + divisions.size());
}

// d*q <= numerator <= d*q + d - 1 says what a division is; often these are among the conditions already.
void Conjunction::addDefinition(const Form &lower, const Form &upper) {
  for (const Form &form : {lower, upper}) {
    auto isIt = [&](const Form &known) { return isEqual(known, form); };
    if (!std::any_of(inequalities.begin(), inequalities.end(), isIt))
      inequalities.push_back(form);
  }
}

isl::basic_set Conjunction::take() {
  for (size_t k = 0; k < divisions.size(); ++k) {
    const auto &[numerator, divisor] = divisions[k];
    const Form multiple = scaled(column(1 + names.size() + k), divisor);
    const isl::val minusOne = isl::val::negone(ctx());
    addDefinition(sum(numerator, scaled(multiple, minusOne)),
                  sum(sum(multiple, scaled(numerator, minusOne)), {divisor.add(minusOne)}));
  }
  const size_t columns = 1 + names.size() + divisions.size();
  return isl::manage(isl_basic_set_from_constraint_matrices(space.copy(), matrixOf(ctx(), equalities, columns),
                                                            matrixOf(ctx(), inequalities, columns), isl_dim_cst,
                                                            isl_dim_param, isl_dim_set, isl_dim_div));
}

} // namespace loopy::json
