// Relations between inames and new ones, as functions.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// Where `names` have two values at once for the same values of all other names of the set: these, or nothing.
std::optional<isl::set> twoValues(const isl::set &set, const std::vector<std::string> &names);

// "[i=1, j=0] for n=2": one of the instances, by small parameters.
std::string instanceOf(const Kernel &kernel, const std::vector<std::string> &inames, const isl::set &instances);

// A relation between the inames `from` of statements and new inames `to`, on which `from` has one value for each of `to`.
struct InverseQuestion {
  isl::set relation;
  std::vector<std::string> from, to;
  std::vector<std::string> statements; // with the inames `from`; the relation holds an image for each instance
  SourceRange where;
};
// Each of `from` as a function of `to` (and of params and other inames that the relation mentions), right for the
// images of the statements' instances. UserError with two instances that have the same image.
std::map<std::string, Expr> inverseOf(const Kernel &kernel, const InverseQuestion &question);

} // namespace loopy
