// The one door to isl: its official C++ bindings, and the few C functions that these do not export.
// Errors of isl arrive as isl::exception.
#pragma once

#include <isl/cpp.h>

#include <isl/aff.h>
#include <isl/constraint.h>
#include <isl/ctx.h>
#include <isl/fixed_box.h>
#include <isl/id.h>
#include <isl/ilp.h>
#include <isl/map.h>
#include <isl/mat.h>
#include <isl/options.h>
#include <isl/point.h>
#include <isl/set.h>
#include <isl/space.h>
#include <isl/val.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Everything here works on *parameter sets*: sets without tuple, `[n, i, j] -> { : 0 <= i < n }`, in which program
// parameters and inames alike are isl parameters. Spaces then align by name, and no dimension is ever counted.
namespace loopy::poly {

// Owns an isl context; must outlive every isl value made in it.
class IslContext {
public:
  IslContext();
  ~IslContext();
  IslContext(const IslContext &) = delete;
  IslContext &operator=(const IslContext &) = delete;
  isl::ctx get() const { return isl::ctx(ctx_); }

private:
  isl_ctx *ctx_;
};

// Limits the isl operations until it goes out of scope; when they run out, isl throws.
class OperationBudget {
public:
  OperationBudget(isl::ctx ctx, unsigned long operations);
  ~OperationBudget();
  OperationBudget(const OperationBudget &) = delete;
  OperationBudget &operator=(const OperationBudget &) = delete;

private:
  isl_ctx *ctx_;
};
bool isBudgetExhausted(isl::ctx ctx); // was it that which made isl throw?

// What `f` returns, or nothing if it takes more than so many isl operations.
template <class F> auto withinBudget(isl::ctx ctx, unsigned long operations, F &&f) -> std::optional<decltype(f())> {
  try {
    OperationBudget budget(ctx, operations);
    return f();
  } catch (const isl::exception &failure) { // what fails since the operations ran out need not be called a quota
    if (!dynamic_cast<const isl::exception_quota *>(&failure) && !isBudgetExhausted(ctx))
      throw;
    isl_ctx_reset_error(ctx.get());
    return std::nullopt;
  }
}

// The set of a value that may be made by default, before it has one. isl's own null set throws when it is copied.
class MemberSet : public isl::set {
public:
  MemberSet() = default;
  MemberSet(isl::set set) : isl::set() { ptr = set.release(); }
  MemberSet(const MemberSet &other) : isl::set() { ptr = isl_set_copy(other.ptr); }
  MemberSet(MemberSet &&other) noexcept : isl::set() { std::swap(ptr, other.ptr); }
  MemberSet &operator=(MemberSet other) noexcept {
    std::swap(ptr, other.ptr);
    return *this;
  }
};

using Names = std::vector<std::string>;
using Renaming = std::map<std::string, std::string>;
using Point = std::map<std::string, int64_t>;

isl::set universe(isl::ctx ctx); // { : }
isl::set emptySet(isl::ctx ctx); // { : false }

// The affine expressions of a parameter set's space.
isl::pw_aff paramAff(isl::ctx ctx, const std::string &name);
isl::pw_aff constantAff(isl::ctx ctx, int64_t value);

isl::set renameParams(const isl::set &set, const Renaming &renaming);
isl::pw_aff renameParams(const isl::pw_aff &aff, const Renaming &renaming);
// set with `name` replaced by `value` (which may mention any names but `name`)
isl::set substitute(const isl::set &set, const std::string &name, const isl::pw_aff &value);
isl::pw_aff substitute(const isl::pw_aff &aff, const std::string &name, const isl::pw_aff &value);

isl::set projectOut(const isl::set &set, const Names &names);
// Projects out all names but `names`.
isl::set projectOnto(const isl::set &set, const Names &names);
// Which sides every part of the set bounds the name on, by constraints on the other names.
struct Bounded {
  bool below = false, above = false;
};
Bounded boundedSides(const isl::set &set, const std::string &name);
Names paramNames(const isl::set &set);
bool involves(const isl::set &set, const std::string &name); // a constraint mentions it
bool involves(const isl::pw_aff &aff, const std::string &name);
Names involvedNames(const isl::set &set);

// One integer point of a non-empty set, with all `first` names (in order) as small in absolute value as a search over
// bounds 0, 1, 2, 4, ... finds, then the others. Names that the set does not mention are left out.
std::optional<Point> samplePoint(const isl::set &set, const Names &first = {});

// Constant-value queries under a context: the single value of `aff` on `set`, if it is a constant.
std::optional<int64_t> constantValue(const isl::pw_aff &aff, const isl::set &set);
// Largest / smallest value of `aff` on `set` if bounded by a constant.
std::optional<int64_t> constantMax(const isl::pw_aff &aff, const isl::set &set);
std::optional<int64_t> constantMin(const isl::pw_aff &aff, const isl::set &set);

bool isEqual(const isl::set &a, const isl::set &b);
isl::set simpleHull(const isl::set &set); // one convex set around it, quickly found

} // namespace loopy::poly
