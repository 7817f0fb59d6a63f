// Parameter sets as JSON, constraint by constraint, so that a set is read back as isl had it:
//
//     {"names": ["n", "i"], "any": [["i >= 0", "n - i - 1 >= 0", "i - 2*(i//2) = 0"]]}
//
// `names` are the names in isl's order. The set is the union of the sets of `any`, each of which holds what fulfils all
// its conditions. Conditions are in the domain syntax of the kernel language: sums, products with numbers, `//`;
// compared by = >= <= > <, in chains too.
#pragma once

#include "place.h"

#include "loopy/poly/isl.h"

#include <set>

namespace loopy::json {

Json setToJson(const isl::set &set);
// UserError at the place of what is wrong. All names must be among `known`.
isl::set readSet(isl::ctx ctx, const Place &place, const std::set<std::string> &known);

// "16*i_outer + i_inner - n + 1", with floors as "(i + 15)//16"; `names` are those of the space's parameters.
std::string affineText(const isl::aff &aff);
// Conditions that all hold, as rows of coefficients, from which isl makes a set with its constraints in this order.
class Conjunction {
public:
  // Coefficients of 1, the names, and the divisions; zeros at the end may be left out.
  using Form = std::vector<isl::val>;

  Conjunction(isl::space space, std::vector<std::string> names) : space(std::move(space)), names(std::move(names)) {}
  // Throws std::invalid_argument with what is wrong with the text.
  void add(const std::string &condition);
  isl::basic_set take();

  Form column(size_t number) const;                              // the form that is one of the variables
  Form quotient(const Form &numerator, const isl::val &divisor); // floor(numerator / divisor)
  isl::ctx ctx() const { return space.ctx(); }

  isl::space space;
  std::vector<std::string> names;
  std::vector<Form> equalities, inequalities; // form = 0, form >= 0
  std::vector<std::pair<Form, isl::val>> divisions;

private:
  void addDefinition(const Form &lower, const Form &upper);
};

} // namespace loopy::json
