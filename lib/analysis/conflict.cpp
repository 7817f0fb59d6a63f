#include "loopy/analysis/dependence.h"
#include "loopy/ir/affine.h"
#include "loopy/ir/chunk_place.h"
#include "loopy/ir/constants.h"

#include "llvm/ADT/SetOperations.h"

#include <algorithm>

namespace loopy {
namespace {

// Two accesses with different constants on one axis never meet.
bool plainlyDisjoint(Expr a, Expr b) {
  const Load &x = *a.as<Load>(), &y = *b.as<Load>();
  for (size_t axis = 0; axis < x.index.size(); ++axis) {
    const std::optional<int64_t> p = integerConstant(x.index[axis]), q = integerConstant(y.index[axis]);
    if (p && q && *p != *q)
      return true;
  }
  return false;
}

// sum of coefficient * iname, all coefficients positive; what is free of inames is left out
using Digits = std::vector<std::pair<int64_t, std::string>>;

// The inames of a subscript as digits, or false if it is not a positive linear combination of them.
bool addDigits(Expr e, int64_t factor, Digits &digits) {
  if (const InameRef *iname = e.as<InameRef>()) {
    digits.emplace_back(factor, iname->name);
    return factor > 0;
  }
  if (e.is<Constant>() || e.is<ParamRef>())
    return true;
  const Binary *binary = e.as<Binary>();
  if (!binary)
    return false;
  switch (binary->op) {
  case BinaryOp::Add:
    return addDigits(binary->lhs, factor, digits) && addDigits(binary->rhs, factor, digits);
  case BinaryOp::Sub:
    return inamesIn(binary->rhs).empty() && addDigits(binary->lhs, factor, digits);
  case BinaryOp::Mul: {
    const std::optional<int64_t> constant = integerConstant(binary->lhs);
    if (constant && *constant > 0 && *constant < (int64_t{1} << 31) / factor)
      return addDigits(binary->rhs, factor * *constant, digits);
    return false;
  }
  default:
    return false;
  }
}

// Equal values of a mixed-radix number have equal digits: for each digit, all lower ones together stay below its
// weight.
//   c_k (x_k - x'_k) = sum over j > k of c_j (x'_j - x_j),  |right side| < c_k  =>  x_k = x'_k
void addEqualDigits(const AccessTable &table, const AccessInfo &a, const AccessInfo &b, Expr subscript,
                    std::set<std::string> &names) {
  Digits digits;
  if (!addDigits(subscript, 1, digits))
    return;
  std::sort(digits.rbegin(), digits.rend());
  int64_t below = 0; // the largest difference that the digits seen so far can make
  for (size_t i = digits.size(); i-- > 0;) {
    const auto &[weight, iname] = digits[i];
    if (below >= weight)
      return;
    if (i == 0)
      break;
    const AccessTable::Range &x = table.range(a.statement, iname), &y = table.range(b.statement, iname);
    if (!x.upper || !y.upper)
      return;
    int64_t width = std::max(*x.upper, *y.upper) - std::min(*x.lower, *y.lower);
    if (__builtin_mul_overflow(width, weight, &width) || __builtin_add_overflow(below, width, &below))
      return;
  }
  for (const auto &[weight, iname] : digits)
    names.insert(iname);
}

bool matchesStatement(const Statement &statement, const std::string &id) {
  return statement.id == id || (statement.origin && statement.origin->statement == id);
}

bool isTrusted(const Kernel &kernel, const Statement &s, const Statement &t, const std::string &array) {
  for (const Fact &fact : kernel.facts)
    if (const TrustedFact *trusted = std::get_if<TrustedFact>(&fact); trusted && trusted->array == array)
      if ((matchesStatement(s, trusted->first) && matchesStatement(t, trusted->second)) ||
          (matchesStatement(t, trusted->first) && matchesStatement(s, trusted->second)))
        return true;
  return false;
}

// The operator of an atomic update `place = place op e` whose place is this access, if it is one.
std::optional<BinaryOp> atomicUpdate(const Statement &statement, const AccessInfo &access) {
  const Assign *assign = std::get_if<Assign>(&statement.body);
  if (!assign || !assign->atomic || !equal(assign->lhs[0], access.load))
    return std::nullopt;
  const Binary *update = assign->rhs[0].as<Binary>();
  return update ? std::optional(update->op) : std::nullopt;
}

// Atomic updates by one operator may run in any order, at the same time.
bool areAtomicUpdates(const AccessTable &table, const AccessInfo &a, const AccessInfo &b) {
  std::optional<BinaryOp> op = atomicUpdate(table.statement(a.statement), a);
  return op && op == atomicUpdate(table.statement(b.statement), b);
}

bool hasSubscripts(Expr load, const std::vector<Expr> &index) {
  const std::vector<Expr> &own = load.as<Load>()->index;
  return own.size() == index.size() && std::equal(own.begin(), own.end(), index.begin(), equal);
}

// The user's `disjoint=e`: two accesses with these subscripts meet only where e has the same value.
std::vector<isl::set> disjointFacts(const AccessTable &table, const AccessInfo &a, const AccessInfo &b) {
  std::vector<isl::set> facts;
  const Kernel &kernel = table.kernel();
  for (const Fact &fact : kernel.facts) {
    const DisjointFact *disjoint = std::get_if<DisjointFact>(&fact);
    if (!disjoint || disjoint->array != a.load.as<Load>()->array || !hasSubscripts(a.load, disjoint->index) ||
        !hasSubscripts(b.load, disjoint->index))
      continue;
    if (std::optional<isl::pw_aff> value = toAffine(*kernel.context, disjoint->value))
      facts.push_back(value->eq_set(poly::renameParams(*value, table.priming(b.statement))));
  }
  return facts;
}

// x where one axis has x // c and another x % c: both together are x.
std::optional<Expr> dividend(const Load &load, size_t axis, const std::function<bool(size_t)> &onAxis) {
  const Binary *quotient = load.index[axis].as<Binary>();
  if (!quotient || quotient->op != BinaryOp::FloorDiv)
    return std::nullopt;
  for (size_t other = 0; other < load.index.size(); ++other) {
    const Binary *rest = load.index[other].as<Binary>();
    if (onAxis(other) && rest && rest->op == BinaryOp::Mod && equal(rest->lhs, quotient->lhs) &&
        equal(rest->rhs, quotient->rhs))
      return quotient->lhs;
  }
  return std::nullopt;
}

bool isFreeOfInames(Expr e) {
  bool isFree = true;
  forEach(e, [&](Expr part) { isFree &= !part.is<InameRef>() && !part.is<Load>() && !part.is<RuleUse>(); });
  return isFree;
}

// The chunk place in a subscript that holds no other iname: `place`, or it and more that is the same in all instances.
std::optional<ChunkPlace> onlyPlace(Expr e) {
  if (const Binary *binary = e.as<Binary>(); binary && (binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub)) {
    if (isFreeOfInames(binary->rhs))
      return onlyPlace(binary->lhs);
    return binary->op == BinaryOp::Add && isFreeOfInames(binary->lhs) ? onlyPlace(binary->rhs) : std::nullopt;
  }
  const std::optional<ChunkPlace> place = asChunkPlace(e);
  return place && isFreeOfInames(place->total) ? place : std::nullopt;
}

// The numbers that the statement has places of are those from 0 to the total.
bool hasPlaces(const AccessTable &table, unsigned statement, const ChunkPlace &place) {
  Terms &terms = table.terms();
  const std::optional<Linear> number = terms.affineOf(place.number), total = terms.affineOf(place.total);
  if (!number || !total)
    return false;
  for (const Linear &outside : {withConstant(scaled(*number, -1), -1), minus(*number, *total)})
    for (Constraints constraints : table.cases(statement)) {
      constraints.push_back(terms.normalized({outside, false}));
      if (isSatisfiable(terms, constraints))
        return false;
    }
  return true;
}

// Equal places are those of equal numbers.
void addEqualNumbers(const AccessTable &table, const AccessInfo &a, const AccessInfo &b, Expr subscript,
                     std::set<std::string> &names) {
  const std::optional<ChunkPlace> place = onlyPlace(subscript);
  if (place && hasPlaces(table, a.statement, *place) && hasPlaces(table, b.statement, *place))
    addEqualDigits(table, a, b, place->number, names);
}

} // namespace

std::set<std::string> plainlyEqualInames(const AccessTable &table, unsigned first, unsigned second,
                                         const std::function<bool(size_t)> &onAxis) {
  const AccessInfo &a = table.access(first), &b = table.access(second);
  const Load &x = *a.load.as<Load>(), &y = *b.load.as<Load>();
  std::set<std::string> names;
  for (size_t axis = 0; axis < x.index.size(); ++axis) {
    if (!onAxis(axis) || !equal(x.index[axis], y.index[axis]))
      continue;
    addEqualNumbers(table, a, b, x.index[axis], names);
    if (!a.index[axis])
      continue;
    addEqualDigits(table, a, b, x.index[axis], names);
    if (std::optional<Expr> whole = dividend(x, axis, onAxis); whole && dividend(y, axis, onAxis))
      addEqualDigits(table, a, b, *whole, names);
  }
  return names;
}

// pairs = { S[i], T[i'] : i in dom S, i' in dom T', f(i) = g(i') on every axis where both are affine }
isl::set sameElement(const AccessTable &table, unsigned first, unsigned second) {
  const AccessInfo &a = table.access(first), &b = table.access(second);
  isl::set pairs = table.domain(a.statement).intersect(table.primedDomain(b.statement));
  if (a.condition)
    pairs = pairs.intersect(*a.condition);
  if (b.condition)
    pairs = pairs.intersect(poly::renameParams(*b.condition, table.priming(b.statement)));
  for (unsigned axis = 0; axis < a.index.size(); ++axis)
    if (a.index[axis] && b.index[axis])
      pairs = pairs.intersect(a.index[axis]->eq_set(table.primedIndex(second, axis)));
  for (const isl::set &fact : disjointFacts(table, a, b))
    pairs = pairs.intersect(fact);
  return pairs;
}

const isl::set &Conflict::pairs() const {
  if (!pairs_)
    pairs_ = sameElement(*table_, first_, second_);
  return *pairs_;
}

void requireEqualSubscript(Formula &pairs, const Conflict &conflict, unsigned axis) {
  const AccessTable &table = conflict.table();
  const std::optional<isl::pw_aff> &index = conflict.first().index[axis];
  if (!index || !conflict.second().index[axis])
    return;
  // Equal places are those of equal numbers, where that is known: no case for each pair of chunks is needed.
  const Expr subscript = conflict.first().load.as<Load>()->index[axis];
  if (const auto place = onlyPlace(subscript); place &&
                                               equal(subscript, conflict.second().load.as<Load>()->index[axis]) &&
                                               llvm::set_is_subset(inamesIn(place->number), conflict.equalInames())) {
    for (const std::string &iname : inamesIn(place->number))
      pairs.require(equalToPrimed(table.terms(), iname));
    return;
  }
  const std::optional<Linear> x = table.subscript(conflict.firstAccess(), axis, false),
                              y = table.subscript(conflict.secondAccess(), axis, true);
  if (x && y)
    pairs.require(table.terms().normalized({minus(*x, *y), true}));
  else
    pairs.require(index->eq_set(table.primedIndex(conflict.secondAccess(), axis)));
}

Formula Conflict::formula() const {
  const AccessTable &table = *table_;
  const AccessInfo &a = first(), &b = second();
  Formula result(table.terms());
  result.requireEither(table.cases(a.statement)).requireEither(table.primedCases(b.statement));
  if (a.condition)
    result.require(*a.condition);
  if (b.condition)
    result.require(poly::renameParams(*b.condition, table.priming(b.statement)));
  for (unsigned axis = 0; axis < a.index.size(); ++axis)
    requireEqualSubscript(result, *this, axis);
  for (const isl::set &fact : disjointFacts(table, a, b))
    result.require(fact);
  return result;
}

std::vector<Conflict> conflicts(const AccessTable &table, const std::string &array) {
  std::vector<Conflict> result;
  const std::vector<unsigned> &accesses = table.ofArray(array);
  const bool isWritten =
      std::any_of(accesses.begin(), accesses.end(), [&](unsigned index) { return table.access(index).isWrite; });
  if (!isWritten)
    return result;
  for (size_t i = 0; i < accesses.size(); ++i)
    for (size_t j = i; j < accesses.size(); ++j) {
      const AccessInfo &a = table.access(accesses[i]), &b = table.access(accesses[j]);
      if ((!a.isWrite && !b.isWrite) || plainlyDisjoint(a.load, b.load))
        continue;
      std::set<std::string> equalInames =
          plainlyEqualInames(table, accesses[i], accesses[j], [](size_t) { return true; });
      const Statement &s = table.statement(a.statement), &t = table.statement(b.statement);
      if (a.statement == b.statement && equalInames.size() == s.inames.size())
        continue; // only one and the same instance
      if (isTrusted(table.kernel(), s, t, array) || areAtomicUpdates(table, a, b))
        continue;
      result.emplace_back(table, accesses[i], accesses[j], std::move(equalInames));
    }
  return result;
}

std::vector<Conflict> conflicts(const AccessTable &table) {
  std::vector<Conflict> result;
  for (const auto &[array, accesses] : table.byArray())
    for (Conflict &conflict : conflicts(table, array))
      result.push_back(std::move(conflict));
  return result;
}

bool isReorderable(const Kernel &kernel, const Conflict &conflict) {
  const Statement &s = conflict.firstStatement(), &t = conflict.secondStatement();
  if (!s.reduction || s.reduction != t.reduction || s.reductionRole != ReductionRole::Update ||
      t.reductionRole != ReductionRole::Update)
    return false;
  const ReductionInfo *reduction = kernel.findReduction(*s.reduction);
  return reduction && reduction->isCommutative() &&
         std::find(reduction->accumulators.begin(), reduction->accumulators.end(), conflict.array()) !=
             reduction->accumulators.end();
}

// ------------------------------------------------------------------------------------------------------------- order
CommonPath commonPath(const Path &first, const Path &second) {
  CommonPath common;
  size_t depth = 0;
  while (depth < first.positions.size() && depth < second.positions.size()) {
    if (first.positions[depth] != second.positions[depth]) {
      common.order = first.positions[depth] < second.positions[depth] ? -1 : 1;
      return common;
    }
    // An equal position names the same child; if it is a loop, both paths go through it.
    if (depth < first.loops.size() && depth < second.loops.size())
      common.loops.push_back(first.loops[depth]);
    ++depth;
  }
  return common;
}

isl::set partsAt(isl::ctx ctx, const CommonPath &common, unsigned level, bool firstIsSmaller) {
  isl::set result = poly::universe(ctx);
  for (unsigned i = 0; i < level; ++i)
    result =
        result.intersect(poly::paramAff(ctx, common.loops[i]).eq_set(poly::paramAff(ctx, primed(common.loops[i]))));
  if (level < common.loops.size()) {
    isl::pw_aff x = poly::paramAff(ctx, common.loops[level]), y = poly::paramAff(ctx, primed(common.loops[level]));
    return result.intersect(firstIsSmaller ? x.lt_set(y) : x.gt_set(y));
  }
  return common.order == (firstIsSmaller ? -1 : 1) ? result : poly::emptySet(ctx);
}

static Linear differenceToPrimed(Terms &terms, const std::string &name) {
  return minus(termTimes(terms.ofName(primed(name)), 1), termTimes(terms.ofName(name), 1));
}

Constraint equalToPrimed(Terms &terms, const std::string &name) {
  return terms.normalized({differenceToPrimed(terms, name), true});
}

static Constraint smallerThanPrimed(Terms &terms, const std::string &name, bool isSmaller) {
  return {withConstant(scaled(differenceToPrimed(terms, name), isSmaller ? 1 : -1), -1), false};
}

Alternatives unequalToPrimed(Terms &terms, const std::string &name) {
  return {{smallerThanPrimed(terms, name, true)}, {smallerThanPrimed(terms, name, false)}};
}

std::optional<Constraints> partingAt(Terms &terms, const CommonPath &common, unsigned level, bool firstIsSmaller) {
  Constraints result;
  for (unsigned i = 0; i < level; ++i)
    result.push_back(equalToPrimed(terms, common.loops[i]));
  if (level < common.loops.size())
    result.push_back(smallerThanPrimed(terms, common.loops[level], firstIsSmaller));
  else if (common.order != (firstIsSmaller ? -1 : 1))
    return std::nullopt;
  return result;
}

static Alternatives runs(Terms &terms, const CommonPath &common, bool isBefore) {
  Alternatives result;
  for (unsigned level = 0; level <= common.loops.size(); ++level)
    if (std::optional<Constraints> parted = partingAt(terms, common, level, isBefore))
      result.push_back(std::move(*parted));
  return result;
}

Alternatives runsBefore(Terms &terms, const CommonPath &common) { return runs(terms, common, true); }
Alternatives runsAfter(Terms &terms, const CommonPath &common) { return runs(terms, common, false); }

isl::set runsBefore(isl::ctx ctx, const CommonPath &common) {
  isl::set result = poly::emptySet(ctx);
  for (unsigned level = 0; level <= common.loops.size(); ++level)
    result = result.unite(partsAt(ctx, common, level, true));
  return result;
}

} // namespace loopy
