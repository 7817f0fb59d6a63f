#include "loopy/transforms/contract.h"

#include "edit.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/privatize.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// What one question may cost isl: about a second of its work.
constexpr unsigned long operationBudget = 2'000'000;

class Contraction {
public:
  Contraction(const Kernel &kernel, const Contract &options)
      : original_(kernel), kernel_(expandAllRules(kernel)), options_(options), table_(kernel_),
        accesses_(table_.ofArray(options.array)), paths_(allPaths(kernel_.tree)) {}

  void prove() {
    findAxis();
    for (size_t i = 0; i < accesses_.size(); ++i)
      for (size_t j = i; j < accesses_.size(); ++j)
        if (table_.access(accesses_[i]).isWrite || table_.access(accesses_[j]).isWrite)
          for (bool firstIsSmaller : {true, false})
            if (i != j || firstIsSmaller)
              check(accesses_[i], accesses_[j], firstIsSmaller);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  Terms &terms() const { return table_.terms(); }

  // The implicit axis that all accesses subscript by the loop and a constant.
  void findAxis() {
    if (accesses_.empty())
      fail("No statement uses `" + options_.array + "`.");
    const Tag tag = kernel_.tag(options_.iname);
    if (tag.kind != Tag::Kind::None && tag.kind != Tag::Kind::UnrollHint)
      fail("Loop `" + options_.iname + "` is tagged `" + tag.name() +
           "`. A value has a cell to itself until the next iteration of a sequential loop stores another.");
    for (unsigned axis = 0; axis < kernel_.array(options_.array).implicitAxes; ++axis)
      if (llvm::all_of(accesses_, [&](unsigned access) { return isSubscript(access, axis); })) {
        axis_ = axis;
        return;
      }
    fail("`" + options_.array + "` has no axis along loop `" + options_.iname +
         "` which all its accesses subscript by that loop and a constant." +
         (canPrivatize() ? " privatize(" + options_.array + ", " + options_.iname + ") gives it one." : ""));
  }
  bool canPrivatize() const {
    try {
      privatize(original_, {.array = options_.array, .inames = {options_.iname}, .where = options_.where});
      return true;
    } catch (const UserError &) {
      return false;
    }
  }
  bool isSubscript(unsigned access, unsigned axis) const {
    const std::optional<Linear> subscript = table_.subscript(access, axis, false);
    return subscript && minus(*subscript, termTimes(terms().ofName(options_.iname), 1)).isConstant();
  }

  void check(unsigned first, unsigned second, bool firstIsSmaller) const {
    const Conflict pair(table_, first, second,
                        plainlyEqualInames(table_, first, second, [&](size_t axis) { return axis != axis_; }));
    const Path &one = paths_.at(pair.firstStatement().id), &other = paths_.at(pair.secondStatement().id);
    const CommonPath common = commonPath(one, other);
    Violation violation = violationOf(pair, firstIsSmaller);
    try {
      poly::OperationBudget budget(table_.ctx(), operationBudget);
      Formula pairs = sharing(pair, firstIsSmaller);
      Alternatives unordered = firstIsSmaller ? runsAfter(terms(), common) : runsBefore(terms(), common);
      if (common.order == 0) { // accesses of one instance
        unordered.emplace_back();
        for (const std::string &loop : common.loops)
          unordered.back().push_back(equalToPrimed(terms(), loop));
      }
      pairs.requireEither(std::move(unordered));
      // Work-items of one axis have copies of their own, or are kept in order by barriers at sequential loops.
      for (const std::string &loop : common.loops)
        if (kernel_.tag(loop).isParallel())
          pairs.require(equalToPrimed(terms(), loop));
      if (!pairs.isSatisfiable())
        return;
      setPoint(violation, pair, firstIsSmaller, pairs.toSet());
    } catch (const isl::exception_quota &) {
      violation.undecided = true;
    }
    fail("contract(" + options_.array + ", " + options_.iname + ") is not legal: " +
         (violation.undecided ? "whether values share a cell while they live could not be decided within the budget of "
                                "integer-set operations."
                              : describeSharing(kernel_, violation) + "."));
  }

  Formula sharing(const Conflict &pair, bool firstIsSmaller) const {
    Formula pairs(terms());
    pairs.requireEither(table_.cases(pair.first().statement))
        .requireEither(table_.primedCases(pair.second().statement));
    for (unsigned axis = 0; axis < pair.first().index.size(); ++axis)
      if (axis != axis_)
        requireEqualSubscript(pairs, pair, axis);
    const std::optional<Linear> x = table_.subscript(pair.firstAccess(), axis_, false),
                                y = table_.subscript(pair.secondAccess(), axis_, true);
    pairs.require(Constraint{withConstant(scaled(minus(*x, *y), firstIsSmaller ? -1 : 1), -1), false});
    return pairs;
  }

  const Kernel &original_;
  const Kernel kernel_;
  const Contract &options_;
  AccessTable table_;
  const std::vector<unsigned> &accesses_;
  std::map<std::string, Path> paths_;
  unsigned axis_ = 0;
};

} // namespace

Kernel contract(const Kernel &kernel, const Contract &options, Notes *) {
  const Array &array = requireTemporary(kernel, options.array, options.where);
  requireIname(kernel, options.iname, options.where);
  if (const auto copies = array.copies.find(options.iname); copies != array.copies.end())
    throw UserError(options.where, "`" + array.name + "` is stored modulo " + std::to_string(copies->second) +
                                       " along `" + options.iname + "` already.");
  Contraction(kernel, options).prove();
  Kernel result = kernel;
  for (Array &each : result.arrays)
    if (each.name == options.array) {
      each.copies[options.iname] = 1;
      each.source = options.where; // what the mapping refuses was asked for here
    }
  return result;
}

} // namespace loopy
