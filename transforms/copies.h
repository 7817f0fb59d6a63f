// Statements that stand several times in a kernel, each for a part of its instances: what they share, and what the
// copies get for themselves.
#pragma once

#include "edit.h"

namespace loopy {

// The statements of one part under new names: those of the originals with the suffix.
struct CopiedPart {
  std::string suffix;
  std::set<std::string> originals; // that have instances in this part
};

struct CopiedParts {
  std::set<std::string> kept; // statements that have instances left under their own names
  std::vector<CopiedPart> parts;
  // By all accesses to a temporary: no element of it is plainly used by two parts. Others are asked about with isl.
  std::function<bool(const std::vector<const Load *> &)> isPlainlySeparate;
  SourceRange where;
};

// The suffix, with a number where it needs one, so that copies of the statements, and of the temporaries and reductions
// they use, have names of their own.
std::string freshSuffix(const Kernel &kernel, const std::string &base, const std::vector<std::string> &statements);

// UserError if the user's suffix= gives a copy a name that is in use.
void requireNewNames(const Kernel &kernel, const CopiedParts &parts);

// The kernel with all statements side by side at their old place; `domainOf` gives the domain of a statement in a part
// (nullptr = what is kept). In the tree a statement stands for all its copies until `cut` puts them in their places:
// it has the kept ones first and then the parts in order.
Kernel withCopies(const Kernel &kernel, const CopiedParts &parts,
                  const std::function<isl::set(const Statement &, const CopiedPart *)> &domainOf);

// The ids of a part's copies.
std::set<std::string> idsOf(const CopiedPart &part);

// A temporary gets a copy for a part iff only the statements of the parts access it, and no element of it is used in
// this part and elsewhere; so do the reductions that accumulate in it. Facts about statements and temporaries hold for
// their copies.
void separateParts(const Kernel &original, Kernel &copied, const CopiedParts &parts);

} // namespace loopy
