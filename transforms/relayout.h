// Arrays that are laid out in others: all accesses rewritten, and for arguments the user's array remembered.
#pragma once

#include "edit.h"

namespace loopy {

// A function that is given a part of an array by address knows how its elements lie. UserError at `where` if one gets a
// part of this array; `pass` was asked for.
void requireNoSubArray(const Kernel &kernel, const std::string &array, const std::string &pass, SourceRange where);

// A pass that defines another kernel knows arguments as the user does. UserError at `where` if some are in other arrays,
// or images, which nobody writes.
void requireNoHomes(const Kernel &kernel, const std::string &pass, SourceRange where);

// The array `name` is replaced by others, in its place among the arrays and arguments; `access` gives the expression
// for each access of it, a Load where it is written or bounds loops. `statement` is null in rules and homes, where
// inames have any value. An argument keeps its name for the user (Kernel::homes).
struct Relayout {
  std::string name;
  std::vector<Array> arrays;
  std::function<Expr(const Statement *statement, const Load &load, Expr e)> access;
  // Of a part of a home that is an access of the array; empty: the one that `access` gives.
  std::function<std::vector<Home::Part>(const Home::Part &)> parts{};
  std::vector<std::string> into{}; // further arrays that hold the elements
};
Kernel withRelayout(const Kernel &kernel, const Relayout &relayout);

// The kernel with one array changed, and nothing else.
Kernel withArray(const Kernel &kernel, const std::string &name, const std::function<void(Array &)> &change);

// The home of an argument, as it is when no pass has moved it.
Home ownHome(const Kernel &kernel, const Array &array);

} // namespace loopy
