// The temporary that takes the values of a rule, and the statement that fills it.
#pragma once

#include "footprint.h"
#include "lanes.h"

namespace loopy {

struct FillNames {
  std::string array, statement;
  SourceRange source;  // of the pipeline step
};

// Everything that fills a footprint but the choice of loops.
struct FillPlan {
  const Kernel *kernel = nullptr;
  const Rule *rule = nullptr;
  const Footprint *footprint = nullptr;
  std::vector<std::string> arguments;  // the rule's parameters, then the free inames of its body
  std::vector<std::string> outer;      // the implicit axes
  std::vector<std::string> around;     // the outer inames whose loops stand around the fill's place
  std::vector<unsigned> storageOrder;  // axes of the footprint, slowest first
  std::vector<GuardLiteral> guard;     // of the fill
  std::map<std::string, int64_t> ahead{}; // by outer iname: the implicit axis has the index iname + ahead, not the iname
  FillNames names;
};

struct Fill {
  Statement statement;
  NodeRef nest;                  // to be put into the tree
  std::vector<FillLoop> loops;
};

// elements : the argument values to fill, in the names of the footprint
Fill makeFill(const FillPlan &plan, const Dealing &dealing, const isl::set &elements);

// temp{outer}[positions in storage order]
Expr fillAccess(const FillPlan &plan, const std::vector<Expr> &position);

// The axes of the footprint by their stride in the array that the rule's body reads first, largest first; in the order
// of the arguments where that is not known.
std::vector<unsigned> memoryOrder(const Kernel &kernel, const Expr &body, const std::vector<std::string> &arguments,
                                  const Footprint &footprint);

} // namespace loopy
