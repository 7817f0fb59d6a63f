// Instances beyond a statement's domain that do no harm. A work-item at the edge of the domain may compute elements of
// its own registers that nobody reads: that costs nothing, whereas a condition around every element of a tile costs
// much.
//
//   S : t[x] = e(...)      t private; everything that e reads is a private or local cell
//
// Of a condition g(x, work-item, params) of S no instance need be asked iff no other statement touches an element of t
// for which g does not hold, and the cells that S accesses exist. An element for which g holds has no cell in common
// with one for which it does not: along x each has its own cell, and another work-item has other registers.
#include "lowering.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy::lowering {
namespace {

class Widening {
public:
  Widening(Lowering &lowering, const Prepared &prepared)
      : lowering_(lowering), terms_(lowering.terms), prepared_(prepared), statement_(*prepared.statement) {}

  std::vector<std::vector<Constraint>> widened() {
    if (!lowering_.mapping.target.hasWorkItems() || !computesRegisters())
      return prepared_.disjuncts;
    findCoordinates();
    std::vector<std::vector<Constraint>> result;
    for (const std::vector<Constraint> &disjunct : prepared_.disjuncts)
      if (std::vector<Constraint> wider = widened(disjunct); !llvm::is_contained(result, wider))
        result.push_back(std::move(wider));
    return result;
  }

private:
  std::vector<Constraint> widened(const std::vector<Constraint> &domain) {
    const std::vector<Constraint> dropped = droppable(domain);
    if (dropped.empty())
      return domain;
    // What they ask of everything but the coordinates stays, and so do the coordinates' ranges.
    const auto outer = eliminated(terms_, domain, [&](Term term) { return !isCoordinate(term); });
    const auto box = rangesOf(domain, dropped);
    if (!outer || !box)
      return domain;
    std::vector<Constraint> result;
    for (const Constraint &constraint : domain)
      if (!llvm::is_contained(dropped, constraint))
        result.push_back(constraint);
    for (const std::vector<Constraint> *more : {&*outer, &*box})
      for (const Constraint &constraint : *more)
        if (!llvm::is_contained(result, constraint)) {
          if (isOfLanes(constraint)) // the lanes of a vector are computed together, or one by one
            return domain;
          result.push_back(constraint);
        }
    return cellsExist(result) ? result : domain;
  }

  bool isOfLanes(const Constraint &constraint) const {
    return llvm::any_of(statement_.inames, [&](const std::string &iname) {
      return lowering_.kernel.tag(iname).isVec() &&
             llvm::is_contained(terms_.namesIn(constraint.form), terms_.ofName(iname));
    });
  }

  const Storage *storageOf(const std::string &array) const {
    auto storage = lowering_.mapping.storage.find(array);
    return storage == lowering_.mapping.storage.end() ? nullptr : &storage->second;
  }

  // An assignment to a private temporary that reads nothing but private and local cells, in arithmetic that no value
  // stops.
  bool computesRegisters() {
    const Assign *assign = std::get_if<Assign>(&statement_.body);
    if (!assign || assign->atomic || assign->lhs.size() != 1 || !statement_.guard.empty() ||
        !statement_.dataParams.empty())
      return false;
    target_ = assign->lhs[0].as<Load>();
    const Storage *target = storageOf(target_->array);
    if (!target || target->space != AddressSpace::Private)
      return false;
    bool isHarmless = true;
    forEach(assign->rhs[0], [&](Expr e) {
      if (const Load *load = e.as<Load>()) {
        const Storage *storage = storageOf(load->array);
        isHarmless &= storage && storage->space != AddressSpace::Global;
      } else if (const Binary *binary = e.as<Binary>()) {
        isHarmless &= !e.type().isInteger() || binary->op == BinaryOp::Add || binary->op == BinaryOp::Sub ||
                      binary->op == BinaryOp::Mul || binary->rhs.is<Constant>();
      } else if (const Cast *cast = e.as<Cast>()) {
        isHarmless &= !e.type().isInteger() || cast->operand.type().isInteger();
      } else {
        isHarmless &= !e.is<CallExpr>() && !e.is<RuleUse>();
      }
    });
    return isHarmless;
  }

  // Unrolled loops along which all accesses to the temporary have a cell of their own for each iteration, and the
  // coordinates of work-items in their group.
  void findCoordinates() {
    const Storage &storage = *storageOf(target_->array);
    for (size_t axis = 0; axis < storage.axes.size(); ++axis) {
      const InameRef *iname = target_->index[axis].as<InameRef>();
      if (iname && lowering_.kernel.tag(iname->name).isUnrolled() && !storage.axes[axis].dropped &&
          storage.axes[axis].modulo == 0 && isIndexEverywhere(axis, iname->name))
        coordinates_.insert(terms_.ofName(iname->name));
    }
    for (const std::string &iname : statement_.inames)
      if (lowering_.kernel.tag(iname).isLocal())
        coordinates_.insert(terms_.ofName(iname));
  }

  bool isIndexEverywhere(size_t axis, const std::string &iname) const {
    for (const auto &[id, other] : lowering_.prepared)
      if (other.accessed.count(target_->array))
        for (const AccessRef &access : accesses(*other.statement))
          if (access.load->array == target_->array) {
            const InameRef *index = access.load->index[axis].as<InameRef>();
            if (!index || index->name != iname)
              return false;
          }
    return true;
  }

  bool isCoordinate(Term term) const {
    const std::vector<Term> &names = terms_.namesIn(term);
    return std::any_of(names.begin(), names.end(), [&](Term name) { return coordinates_.count(name) > 0; });
  }

  // The constant bounds of the coordinates that the constraints mention; nothing if one has none.
  std::optional<std::vector<Constraint>> rangesOf(const std::vector<Constraint> &domain,
                                                  const std::vector<Constraint> &constraints) const {
    std::set<Term> names;
    for (const Constraint &constraint : constraints)
      for (Term name : terms_.namesIn(constraint.form))
        if (coordinates_.count(name))
          names.insert(name);
    std::vector<Constraint> result;
    for (Term name : names) {
      const Linear x = termTimes(name, 1);
      const std::optional<Interval> range = constantBounds(terms_, domain, x);
      if (!range || !range->low || !range->high)
        return std::nullopt;
      result.push_back(terms_.normalized({withConstant(x, -*range->low), false}));
      result.push_back(terms_.normalized({withConstant(scaled(x, -1), *range->high), false}));
    }
    return result;
  }

  // Conditions on coordinates, beside the work-group and params, that all other statements keep which access the
  // temporary; not those that bound a coordinate alone.
  std::vector<Constraint> droppable(const std::vector<Constraint> &domain) {
    std::vector<Constraint> result;
    for (const Constraint &constraint : domain) {
      const std::set<Term> names = terms_.namesIn(constraint.form);
      const bool isOnCoordinates =
          std::any_of(names.begin(), names.end(), [&](Term name) { return coordinates_.count(name); });
      const bool isIndependent = std::all_of(names.begin(), names.end(), [&](Term name) {
        const Iname *iname = lowering_.kernel.findIname(*terms_.name(name));
        return !iname || coordinates_.count(name) || iname->tag.isGroup();
      });
      if (names.size() > 1 && isOnCoordinates && isIndependent && !constraint.isEquality && isKeptByOthers(constraint))
        result.push_back(constraint);
    }
    return result;
  }

  bool isKeptByOthers(const Constraint &constraint) const {
    for (const auto &[id, other] : lowering_.prepared)
      if (id != statement_.id && other.accessed.count(target_->array))
        for (const std::vector<Constraint> &disjunct : other.disjuncts)
          if (!llvm::is_contained(disjunct, constraint) && !lowering_.assumed.with(disjunct).implies(constraint))
            return false;
    return true;
  }

  // Where `domain` holds, all subscripts lie in their storage.
  bool cellsExist(std::vector<Constraint> domain) {
    for (std::vector<Constraint> &assumed : terms_.disjunctsOf(lowering_.kernel.assumptions)) {
      assumed.insert(assumed.end(), domain.begin(), domain.end());
      for (const AccessRef &access : accesses(statement_))
        if (!cellExists(*access.load, assumed))
          return false;
    }
    return true;
  }

  bool cellExists(const Load &load, const std::vector<Constraint> &domain) {
    const Storage &storage = *storageOf(load.array);
    for (size_t axis = 0; axis < storage.axes.size(); ++axis) {
      const StorageAxis &how = storage.axes[axis];
      if (how.dropped || how.modulo != 0)
        continue;
      const std::optional<Linear> index = terms_.affineOf(load.index[axis]),
                                  lower = how.lower ? terms_.affineOf(how.lower) : Linear{};
      if (!index || !lower || !how.constantExtent)
        return false;
      const std::optional<Interval> cells = constantBounds(terms_, domain, minus(*index, *lower));
      if (!cells || !cells->low || !cells->high || *cells->low < 0 || *cells->high >= how.stride * *how.constantExtent)
        return false;
    }
    return true;
  }

  Lowering &lowering_;
  Terms &terms_;
  const Prepared &prepared_;
  const Statement &statement_;
  const Load *target_ = nullptr;
  std::set<Term> coordinates_;
};

} // namespace

std::vector<std::vector<Constraint>> Lowering::widened(const Prepared &statement) {
  return Widening(*this, statement).widened();
}

} // namespace loopy::lowering
