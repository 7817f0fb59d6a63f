// What passes share: checks of names, walks over loops, and the change of inames by an affine substitution.
#pragma once

#include "loopy/ir/kernel.h"
#include "loopy/transforms/notes.h"

namespace loopy {

using Predicate = std::function<bool(const std::string &)>;

// ---------------------------------------------------------------------------------------- checks, UserError at `where`
void requireIname(const Kernel &kernel, const std::string &iname, SourceRange where);
void requireInames(const Kernel &kernel, const std::vector<std::string> &inames,
                   SourceRange where); // one or more, each once
void requireStatement(const Kernel &kernel, const std::string &id, SourceRange where);
const Array &requireArray(const Kernel &kernel, const std::string &name, SourceRange where);
const Array &requireTemporary(const Kernel &kernel, const std::string &name, SourceRange where);
void requireUntagged(const Kernel &kernel, const std::string &iname, const std::string &pass, SourceRange where);
// A letter or `_`, then letters, digits and `_`.
bool isWord(const std::string &name);
// `name` is a word that nothing in the kernel is called.
void requireNewName(const Kernel &kernel, const std::string &name, SourceRange where);

// The length of a block, or a number of chunks, is from 1 to 2^30, so that n + length fits into the 32 bits of indices
// for n up to there. `what` : "The length of a block"
void requireBlockLength(int64_t length, const std::string &what, SourceRange where);

// "reorder(i, j)", for messages.
std::string callText(const std::string &pass, const std::vector<std::string> &names);

bool hasIname(const Statement &statement, const std::string &iname);
// Ids of the statements that have the iname, in textual order.
std::vector<std::string> statementsWith(const Kernel &kernel, const std::string &iname);

// The reduction is none any more: its statements stay, as plain ones.
void dropReduction(Kernel &kernel, const std::string &id);

// ------------------------------------------------------------------------------------------------------------- loops
// Calls `f` for each loop of the tree with the inames of the loops around it, outer loops first.
void forEachLoop(const Tree &tree, const std::function<void(const Loop &, const std::vector<std::string> &outer)> &f);
// Replaces loops named `iname` over selected statements only; `f` gives the nodes that take a loop's place.
Tree replaceLoops(const Tree &tree, const std::string &iname, const Predicate &selected,
                  const std::function<std::vector<NodeRef>(const Loop &)> &f);

// ------------------------------------------------------------------------------------------------- change of inames
// The inames `from` of a statement become functions of the inames `to`; from and to are disjoint.
struct InameChange {
  std::vector<std::string> from, to;
  std::map<std::string, Expr> values;        // of each `from`
  isl::set range;                            // what the new inames obey beyond the substituted domain
  std::map<std::string, isl::set> domains{}; // of statements: what their domains become, instead of that
  bool movesAxes = true; // `to` are functions of `from` alone, so that they can be axes in their place
};
// Puts the change into all expressions, domains, implicit axes, rules, facts and the table of inames, for statements
// that `selected` holds for (all of these have the inames `from`, or none of them). Where it moves axes, an implicit
// axis that is `from` (its inames in order, on adjacent axes) in all accesses of a temporary becomes the axes `to`. The
// tree is the caller's. UserError at `where` if a rule that a selected statement uses mentions the inames, and others
// use them too.
Kernel changeInames(const Kernel &kernel, const InameChange &change, const Predicate &selected, SourceRange where);

} // namespace loopy
