// A loop that a reduction runs over, and what is reduced in it.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

struct ReducedLoop {
  std::string iname;
  const ReductionInfo *reduction = nullptr;
  const Statement *init = nullptr;        // starts it
  std::vector<const Statement *> updates; // those in the loop, in textual order
  std::string outermost;                  // of the loops around them that are reduced over: this one, or one around it
  std::vector<std::string> outer;         // the loops around the outermost one, none of which is reduced over
  std::vector<std::string> inside;        // the statements in the outermost one
  std::vector<std::string> shared;        // loops inside the outermost one that are not reduced over
  std::vector<Expr> places;               // the accumulators' elements, which depend on `outer` and `shared` alone
};

struct ReducedLoopRequest {
  std::string pass;     // for messages
  std::string iname;    // the loop
  std::string update{}; // a statement that updates the accumulators; "" = those of the only reduction in the loop
  SourceRange where{};
};

// UserError at `where` if nothing is reduced over the loop, if it does not say what of several reductions is meant, or
// if which element is updated depends on a loop that is reduced over.
ReducedLoop findReducedLoop(const Kernel &kernel, const ReducedLoopRequest &request);

// Terms of different iterations of the loop go into one element: neither is it the element of its iteration, nor does
// the reduction start anew in each iteration. Both statements may stand in loops of that name, the initialisation in
// one that only repeats it.
bool isReducedOver(const Kernel &kernel, const Statement &update, const Statement &init, const std::string &iname);

// The first statement that starts the reduction, or null.
const Statement *findInit(const Kernel &kernel, const std::string &reduction);

// Both statements access the same elements in iterations of the same names: that starts what this updates.
bool startsSameElement(const Statement &init, const Statement &update);

// The statement in loops over these inames, outermost first.
NodeRef nestOf(const std::vector<std::string> &inames, const std::string &statement);

// Puts a statement into the textual order, directly before or after another one.
void insertBefore(Kernel &kernel, const std::string &neighbour, Statement statement);
void insertAfter(Kernel &kernel, const std::string &neighbour, Statement statement);

} // namespace loopy
