// What the uses of a rule touch for one value of the outer inames, as a box of elements.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// One use of a rule in a statement; the arguments are those of the use and then the inames that the rule's body
// mentions without being its parameters.
struct UseSite {
  StatementRef statement;
  Expr use;
  std::vector<Expr> args;
  std::optional<isl::set> condition; // the affine conditions of the selections around it
  bool isConditional = false;        // it also stands under a condition that is not affine
};

// An argument that takes several values: value = base + stride*position with 0 <= position < extent.
struct FootprintAxis {
  unsigned argument = 0;
  std::string value; // the name that stands for the argument's value in the sets below
  isl::pw_aff base;  // over outer inames, params and data params
  int64_t stride = 1;
  int64_t extent = 1;  // 0 where it is not constant
  Expr size;           // the extent as an expression over params
  isl::set projection; // the values that occur, over `value`, outer inames, params and data params
};

struct Footprint {
  std::vector<Expr> single;                // by argument: its only value for given outer inames, null for an axis
  std::vector<FootprintAxis> axes;         // in the order of the arguments
  std::vector<std::vector<Expr>> position; // by use and axis: where the use stands in the box
  std::map<std::string, Expr> dataParams;  // what the sets and bases mention beside inames and params
  isl::set outer;           // the values of outer inames, params and data params for which there are uses
  isl::set product() const; // the product of the projections
};

struct FootprintRequest {
  std::string what;                       // what is filled, "`f`", for messages
  std::vector<std::string> argumentNames; // of the arguments, for messages: "`i`", "axis 1"
  std::set<std::string> swept;
  bool allowsParametric = false; // an extent may depend on params (but not on outer inames)
  SourceRange where;
};

// UserError if an argument varies with swept inames and is not affine, if an axis has no extent of the kind asked for, or
// if finding out takes too many integer-set operations.
Footprint computeFootprint(const Kernel &kernel, const std::vector<UseSite> &uses, const FootprintRequest &request);

// The values of the arguments that occur together, over the names of the axes, outer inames, params and data params.
isl::set exactElements(const Kernel &kernel, const std::vector<UseSite> &uses, const FootprintRequest &request,
                       const Footprint &footprint);

// A convex set that holds all elements, inside `allowed` and for the same values of the other names; only where it is
// no larger than they are for some of these. What it adds for others (boundary tiles) costs less than telling them
// apart. `names` : of the axes
std::optional<isl::set> convexAround(const isl::set &elements, const poly::Names &names, const isl::set &allowed);

// The extent of the values of `name` in a parameter set as isl's fixed box hull sees it, and the lower end; nothing if
// it is not constant.
struct BoxAxis {
  isl::pw_aff lower; // over the set's other names
  int64_t extent = 0;
};
std::optional<BoxAxis> boxHull(const isl::set &set, const std::string &name);

// A constraint of a parameter set mentions both names.
bool boundsTogether(const isl::set &set, const std::string &first, const std::string &second);

} // namespace loopy
