// Reductions that sum more and more from one iteration of a loop to the next.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

struct Scan {
  std::string iname; // the loop
  const ReductionInfo *reduction = nullptr;
  const Statement *init = nullptr, *update = nullptr;
  std::vector<std::string> outer;         // the loops around it
  std::vector<std::string> shared;        // loops inside it that the initialisation has too
  std::vector<std::string> reduced;       // loops inside it that are reduced over, outermost first
  std::vector<Expr> places;               // the accumulators' elements
  std::vector<const Statement *> readers; // of the accumulators, but for the update
  isl::set iterations;                    // { : } over outer, iname and shared, where there is a sum
  isl::set arrivals;                      // the update's instances in the first iteration that has their term
};

struct ScanRequest {
  std::string pass;     // for messages
  std::string iname;    // the loop
  std::string update{}; // the statement that updates the accumulators; "" = the only one
  SourceRange where{};
};

// With D(i) the terms of iteration i of the loop, for equal values of the loops around it and of `shared`:
//   the update mentions i nowhere but in its accumulators, so that a term is the same in all iterations,
//   D(i') is a part of D(i) for all i' < i, and
//   no instance that writes what a term reads runs between two iterations that have this term.
// Where the order of the terms counts, those of D(i') also come before the others of D(i). Then
//   sum over D(i) = sum over D(i') op the terms that arrive after i'.
// UserError at the request's `where`, with a term or a pair of instances, if one of these does not hold.
Scan findScan(const Kernel &kernel, const ScanRequest &request);

// Arrivals in the first iteration of all, where these are another set than the rest.
struct SplitArrivals {
  std::optional<isl::set> first; // over outer, iname, shared and reduced
  isl::set rest;
};
SplitArrivals splitArrivals(const Scan &scan);

// Takes out of the update those of its reduced loops that have one iteration, which the others determine.
Statement withoutSingleLoops(const Kernel &kernel, const Statement &update, const std::vector<std::string> &reduced);

// What remains of a nest for a statement: the loops that are not its own vanish, the statement gets another id.
NodeRef nestLike(const NodeRef &node, const std::string &statement, const Statement &replacement);

// The statement outside of loop `iname`, which it uses nowhere but in its domain: once where it ran at all.
Statement withoutIname(Statement statement, const std::string &iname);

} // namespace loopy
