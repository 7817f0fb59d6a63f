// Instance-wise dependences, asked one question at a time.
//
// A *conflict* of statements S and T is a parameter set over S's inames, T's inames with a trailing prime, and params:
// the pairs of instances that access the same element, one of them writing. Nothing is said about their order yet.
#pragma once

#include "loopy/analysis/formula.h"
#include "loopy/ir/tree.h"
#include "loopy/poly/isl.h"

namespace loopy {

enum class DependenceKind { Flow, Anti, Output };
const char *spelling(DependenceKind kind);

inline std::string primed(const std::string &iname) { return iname + "'"; }

struct AccessInfo {
  unsigned statement = 0; // index into Kernel::statements
  Expr load;
  bool isWrite = false;
  bool isAffine = false;                         // in all axes, free of data parameters
  std::vector<std::optional<isl::pw_aff>> index; // per axis; nothing where not affine
  std::optional<isl::set> condition;             // affine conditions of the selects around a read
  bool isConditional = false;                    // under a select or short-circuit whose condition is not affine
};

// The access relations of a kernel (its rules expanded), derived once and indexed by array.
class AccessTable {
public:
  explicit AccessTable(const Kernel &kernel);
  const Kernel &kernel() const { return kernel_; }
  isl::ctx ctx() const { return kernel_.context->isl(); }
  const Statement &statement(unsigned index) const { return *kernel_.statements[index]; }
  const std::vector<AccessInfo> &all() const { return accesses_; }
  const AccessInfo &access(unsigned index) const { return accesses_[index]; }
  const std::vector<unsigned> &ofArray(const std::string &array) const;
  const std::map<std::string, std::vector<unsigned>> &byArray() const { return byArray_; }
  const std::vector<unsigned> &ofStatement(unsigned statement) const { return byStatement_[statement]; }
  // The domain over the statement's inames under the assumptions, its dataParams projected out; the same, inames
  // primed.
  const isl::set &domain(unsigned statement) const;
  const isl::set &primedDomain(unsigned statement) const;
  isl::pw_aff primedIndex(unsigned access, unsigned axis) const;
  // The same as linear constraints and forms, for `Formula`s of this kernel.
  Terms &terms() const { return *terms_; }
  const Alternatives &cases(unsigned statement) const;
  const Alternatives &primedCases(unsigned statement) const;
  std::map<Term, Term> primingTerms(unsigned statement) const; // i -> i' for the statement's inames
  // Nothing where the axis is not affine, or its function has no single form.
  std::optional<Linear> subscript(unsigned access, unsigned axis, bool isPrimed) const;
  // The constant range of an iname over the statement's instances, if it has one.
  struct Range {
    std::optional<int64_t> lower, upper; // inclusive
  };
  const Range &range(unsigned statement, const std::string &iname) const;
  poly::Renaming priming(unsigned statement) const; // i -> i' for the statement's inames

private:
  void add(unsigned statement, Expr load, bool isWrite, const std::optional<isl::set> &condition, bool conditional);
  void addReads(unsigned statement, Expr e, const std::optional<isl::set> &condition, bool conditional);
  void addStatement(unsigned statement);

  Kernel kernel_;
  std::vector<AccessInfo> accesses_;
  std::map<std::string, std::vector<unsigned>> byArray_;
  std::vector<std::vector<unsigned>> byStatement_;
  mutable std::vector<isl::set> domains_, primedDomains_;
  std::shared_ptr<Terms> terms_;
  mutable std::vector<std::optional<Alternatives>> cases_, primedCases_;
  mutable std::map<std::pair<unsigned, std::string>, Range> ranges_;
};

// One pair of accesses that may touch the same element; the statements may be equal (then only distinct instances are
// meant, which the order questions below see to).
class Conflict {
public:
  Conflict(const AccessTable &table, unsigned first, unsigned second, std::set<std::string> equalInames)
      : table_(&table), first_(first), second_(second), equalInames_(std::move(equalInames)) {}
  unsigned firstAccess() const { return first_; }
  unsigned secondAccess() const { return second_; }
  const AccessTable &table() const { return *table_; }
  const AccessInfo &first() const { return table_->access(first_); }
  const AccessInfo &second() const { return table_->access(second_); }
  const Statement &firstStatement() const { return table_->statement(first().statement); }
  const Statement &secondStatement() const { return table_->statement(second().statement); }
  bool isSymmetric() const { return first_ == second_; }
  const std::string &array() const { return first().load.as<Load>()->array; }
  // Inames of both statements that have equal values in every pair, since a subscript is the same mixed-radix number of
  // them on both sides (i alone, or 16*i_outer + i_inner with 0 <= i_inner < 16): known without asking about pairs.
  const std::set<std::string> &equalInames() const { return equalInames_; }
  // The pairs, over inames of the first statement, primed inames of the second, and params. Made at the first call.
  const isl::set &pairs() const;
  // The same to be asked questions, which seldom need isl.
  Formula formula() const;

private:
  const AccessTable *table_; // outlives the conflict
  unsigned first_, second_;
  std::set<std::string> equalInames_;
  mutable std::optional<isl::set> pairs_;
};
// All conflicts with at least one write, each unordered pair of accesses once.
// Commutative updates of one reduction are included (see isReorderable); trusted pairs are not.
std::vector<Conflict> conflicts(const AccessTable &table);
std::vector<Conflict> conflicts(const AccessTable &table, const std::string &array);
// The pairs of instances of two accesses (of whatever kinds) of the same element; second primed.
isl::set sameElement(const AccessTable &table, unsigned first, unsigned second);
// Asks that the two accesses have equal subscripts on an axis; nothing where one of them is not affine there.
void requireEqualSubscript(Formula &pairs, const Conflict &conflict, unsigned axis);
// Inames that have equal values wherever these two accesses have equal subscripts on the axes of which `onAxis` holds.
std::set<std::string> plainlyEqualInames(const AccessTable &table, unsigned first, unsigned second,
                                         const std::function<bool(size_t)> &onAxis);
// Updates of one commutative reduction: either order holds, at child positions and sequential loops.
bool isReorderable(const Kernel &kernel, const Conflict &conflict);

// How two statements' paths relate in a tree: their common loops and what orders them below.
struct CommonPath {
  std::vector<std::string> loops; // common loops, outermost first
  int order = 0;                  // -1: first stands before second below the common loops, 1: after, 0: same statement
};
CommonPath commonPath(const Path &first, const Path &second);

// The pairs that differ first at common loop number `level` with x < x' (level == loops.size(): equal in all loops).
isl::set partsAt(isl::ctx ctx, const CommonPath &common, unsigned level, bool firstIsSmaller);
// The same as constraints; nothing if no pair does.
std::optional<Constraints> partingAt(Terms &terms, const CommonPath &common, unsigned level, bool firstIsSmaller);
// name = name' and the two ways in which they differ.
Constraint equalToPrimed(Terms &terms, const std::string &name);
Alternatives unequalToPrimed(Terms &terms, const std::string &name);
// Pairs in which the first instance runs before the second in the sequential reading of the tree, or after it.
Alternatives runsBefore(Terms &terms, const CommonPath &common);
Alternatives runsAfter(Terms &terms, const CommonPath &common);
// Pairs in which the first instance runs before the second in the sequential reading of the tree.
isl::set runsBefore(isl::ctx ctx, const CommonPath &common);

} // namespace loopy
