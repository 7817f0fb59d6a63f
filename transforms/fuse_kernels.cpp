#include "loopy/transforms/fuse_kernels.h"

#include "edit.h"
#include "relayout.h"
#include "renaming.h"

#include "loopy/analysis/bounds.h"
#include "loopy/ir/affine.h"
#include "loopy/transforms/fix_parameters.h"
#include "loopy/transforms/inline_kernel.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

std::string shapeText(const Array &array) {
  std::string text;
  for (Expr extent : array.shape)
    text += (text.empty() ? "" : ", ") + toString(extent);
  return array.type.name() + (text.empty() ? "" : "[" + text + "]");
}

bool equalOrNull(Expr a, Expr b) { return a && b ? equal(a, b) : !a && !b; }

// Puts one kernel behind another.
class Fusion {
public:
  Fusion(const Kernel &first, const Kernel &second, const FuseKernels &options, Notes *notes)
      : first_(first), second_(second), options_(options), notes_(notes),
        suffix_(options.suffix.empty() ? "_" + second.name : options.suffix) {}

  Kernel run() {
    mergeParameters();
    renameRest();
    const Kernel second = fixed(renamed(second_, renaming_));
    for (const std::string &name : second.argumentOrder)
      requireAgreement(second, name);
    requireFunctions();
    return fused(second);
  }

private:
  [[noreturn]] void conflict(const std::string &what) const {
    throw UserError(options_.where, "`" + first_.name + "` and `" + second_.name + "` cannot be fused: " + what);
  }

  bool isArgument(const Kernel &kernel, const std::string &name) const {
    return llvm::is_contained(kernel.argumentOrder, name);
  }

  // A parameter of the second kernel alone is called like the one that the first has in the shape of the same array.
  void mergeParameters() {
    for (const Array &array : second_.arrays) {
      const Array *same = array.isTemp() ? nullptr : first_.findArray(array.name);
      if (!same || same->shape.size() != array.shape.size())
        continue;
      for (size_t axis = 0; axis < array.shape.size(); ++axis) {
        const ParamRef *ours = same->shape[axis].as<ParamRef>(), *theirs = array.shape[axis].as<ParamRef>();
        if (!ours || !theirs || ours->name == theirs->name || first_.findParam(theirs->name))
          continue;
        if (const Param *inSecond = second_.findParam(ours->name))
          conflict("`" + theirs->name + "` of the second would be `" + ours->name + "`, the extent of `" + array.name +
                   "`, and it has another parameter `" + inSecond->name + "`.");
        const auto [known, isNew] = renaming_.names.emplace(theirs->name, ours->name);
        if (!isNew && known->second != ours->name)
          conflict("`" + theirs->name + "` of the second would have to be `" + known->second + "` and `" + ours->name +
                   "`.");
      }
    }
  }

  void renameRest() {
    FreshNames taken;
    taken.reserve(first_);
    for (const std::string &name : second_.argumentOrder)
      if (!isArgument(first_, name))
        requireFree(taken, name);
    FreshNames all = taken;
    all.reserve(second_);
    auto give = [&](std::map<std::string, std::string> &names, const std::string &name) {
      if (taken.isTaken(name))
        names.emplace(name, all.fresh(name + suffix_));
    };
    for (const Array &array : second_.arrays)
      if (array.isTemp())
        give(renaming_.names, array.name);
    for (const Iname &iname : second_.inames)
      give(renaming_.names, iname.name);
    for (const Rule &rule : second_.rules)
      give(renaming_.names, rule.name);
    for (const StatementRef &statement : second_.statements) {
      if (first_.findStatement(statement->id))
        give(renaming_.statements, statement->id);
      for (const auto &[name, load] : statement->dataParams)
        if (!isArgument(second_, name)) // data is called like the array that it is read from
          give(renaming_.names, name);
    }
    for (const ReductionInfo &reduction : second_.reductions)
      if (first_.findReduction(reduction.id))
        renaming_.reductions[reduction.id] = all.fresh(reduction.id + suffix_);
  }

  void requireFree(const FreshNames &taken, const std::string &name) const {
    if (!taken.isTaken(name) || renaming_.names.count(name) || name == first_.name)
      return;
    std::string what = "a statement, a loop or a rule";
    if (const Array *array = first_.findArray(name))
      what = array->isTemp() ? "a temporary" : "an array";
    else if (first_.findIname(name))
      what = "a loop";
    conflict("`" + name + "` is an argument of the second, and " + what + " of the first.");
  }

  // What is fixed in the first kernel is fixed in the second.
  Kernel fixed(Kernel second) const {
    FixParameters fix;
    for (const auto &[name, value] : first_.fixedParams)
      if (const Param *param = second.findParam(name); param && first_.findParam(name)->type == param->type)
        fix.values.push_back({name, value});
    fix.where = options_.where;
    return fix.values.empty() ? second : fixParameters(second, fix);
  }

  // ---- arguments of one name
  void requireAgreement(const Kernel &second, const std::string &name) const {
    const Param *p = first_.findParam(name), *q = second.findParam(name);
    const Array *a = first_.findArray(name), *b = second.findArray(name);
    if (!p && !a)
      return;
    if ((p != nullptr) != (q != nullptr))
      conflict("`" + name + "` is a parameter of one of them and an array of the other.");
    if (p && p->type != q->type)
      conflict("the parameter `" + name + "` is " + p->type.name() + " in the first and " + q->type.name() +
               " in the second.");
    if (a)
      requireAgreement(*a, *b);
  }

  void requireAgreement(const Array &a, const Array &b) const {
    bool isSame = a.type == b.type && a.shape.size() == b.shape.size();
    for (size_t axis = 0; isSame && axis < a.shape.size(); ++axis)
      isSame = areEqual(a.shape[axis], b.shape[axis]);
    if (!isSame)
      conflict("`" + a.name + "` is " + shapeText(a) + " in the first and " + shapeText(b) + " in the second.");
    bool isPlacedAlike = a.layout.columnMajor == b.layout.columnMajor &&
                         a.layout.strides.size() == b.layout.strides.size() &&
                         equalOrNull(a.layout.offset, b.layout.offset);
    for (size_t axis = 0; isPlacedAlike && axis < a.layout.strides.size(); ++axis)
      isPlacedAlike = areEqual(a.layout.strides[axis], b.layout.strides[axis]);
    if (!isPlacedAlike)
      conflict("the elements of `" + a.name + "` lie in memory in different orders.");
  }

  bool areEqual(Expr a, Expr b) const {
    if (equal(a, b))
      return true;
    const auto x = toAffine(*first_.context, a), y = toAffine(*first_.context, b);
    return x && y && first_.assumptions.is_subset(x->eq_set(*y));
  }

  void requireFunctions() const {
    for (const FunctionDecl &a : first_.functions)
      for (const FunctionDecl &b : second_.functions)
        if (a.name == b.name &&
            (a.roles != b.roles || a.result != b.result || a.pure != b.pure || a.kernel != b.kernel))
          conflict("they declare the function `" + a.name + "` in different ways.");
  }

  // What the first writes whole, or the second without having read it: `out`. What is read as it was: not.
  static Role together(Role first, Role second) {
    if (first == Role::Out)
      return Role::Out;
    return first == Role::In && second == Role::In ? Role::In : Role::InOut;
  }

  Kernel fused(Kernel second) const {
    Kernel result = first_;
    for (const std::string &name : second.argumentOrder)
      if (!isArgument(first_, name))
        result.argumentOrder.push_back(name);
    for (const Param &param : second.params)
      if (!first_.findParam(param.name))
        result.params.push_back(param);
    for (Array &array : result.arrays)
      if (const Array *other = array.isTemp() ? nullptr : second.findArray(array.name)) {
        array.role = together(array.role, other->role);
        array.layout.alignment = std::max(array.layout.alignment, other->layout.alignment);
        array.tags.insert(other->tags.begin(), other->tags.end());
      }
    result.assumptions = first_.assumptions.intersect(second.assumptions).coalesce();
    if (result.assumptions.is_empty())
      conflict("what they assume of their parameters contradicts each other.");
    for (StatementRef &statement : second.statements)
      if (statement->origin) {
        Statement now = *statement;
        now.origin->statement = now.id;
        statement = std::make_shared<const Statement>(std::move(now));
      }
    append(result, second);
    requireDataUnwritten(result);
    noteRenaming();
    return result;
  }

  // An argument that bounds loops is never written.
  void requireDataUnwritten(const Kernel &kernel) const {
    std::set<std::string> data;
    for (const StatementRef &statement : kernel.statements)
      for (const auto &[name, load] : statement->dataParams)
        data.insert(load.as<Load>()->array);
    for (const std::string &name : data)
      if (const Array &array = kernel.array(name); !array.isTemp() && array.role != Role::In)
        conflict("`" + name + "` bounds loops of one of them, and is written by the other.");
  }

  void noteRenaming() const {
    std::string text;
    for (const auto *names : {&renaming_.names, &renaming_.statements})
      for (const auto &[old, name] : *names)
        text += (text.empty() ? "" : ", ") + ("`" + old + "` is `" + name + "`");
    if (!text.empty())
      addNote(notes_, "Of `" + second_.name + "`, " + text + ".");
  }

  const Kernel &first_;
  const Kernel &second_;
  const FuseKernels &options_;
  Notes *notes_;
  const std::string suffix_;
  Renaming renaming_;
};

std::optional<AddressSpace> memoryOf(const FuseKernels &options) {
  if (options.in.empty())
    return std::nullopt;
  if (options.temporaries.empty())
    throw UserError(options.where, "`in` is the memory of the temporaries, and none are named.");
  std::vector<std::string> names;
  for (AddressSpace space : {AddressSpace::Private, AddressSpace::Local, AddressSpace::Global}) {
    if (options.in == spelling(space))
      return space;
    names.push_back(spelling(space));
  }
  throw UserError(options.where, unknownName("memory", options.in, names));
}

// An argument that becomes a temporary has no value before the kernel, and nobody sees it afterwards:
//   every element that is read is covered by an earlier write.
Kernel withTemporaries(const Kernel &kernel, const FuseKernels &options) {
  const std::optional<AddressSpace> space = memoryOf(options);
  Kernel result = kernel;
  for (const std::string &name : options.temporaries) {
    const Array &array = requireArray(result, name, options.where);
    if (array.isTemp())
      throw UserError(options.where, "`" + name + "` is a temporary already.");
    if (array.role == Role::In)
      throw UserError(options.where, "`" + name + "` is only read, so its values have to come from outside.");
    for (Array &candidate : result.arrays)
      if (candidate.name == name) {
        candidate.role = Role::Temp;
        candidate.layout = {};
        candidate.space = space;
      }
    std::erase(result.argumentOrder, name);
  }
  if (options.temporaries.empty())
    return result;
  std::vector<Diagnostic> unset = findUnsetReads(inlineAllKernels(result));
  for (Diagnostic &note : unset) {
    note.severity = Severity::Note;
    note.message = "As a temporary, " + note.message;
  }
  if (!unset.empty())
    throw UserError({{Severity::Error, options.where,
                      "Of " + listOfNames(options.temporaries) +
                          ", values are read that the kernel does not write "
                          "before, so these cannot be temporaries.",
                      unset}});
  return result;
}

} // namespace

Kernel fuseKernels(const Module &module, const Kernel &kernel, const FuseKernels &options, Notes *notes) {
  requireNoHomes(kernel, "fuse_kernels", options.where);
  Kernel result = kernel;
  for (const std::string &name : options.kernels) {
    std::vector<std::string> names;
    for (const Kernel &candidate : module.kernels)
      names.push_back(candidate.name);
    if (!llvm::is_contained(names, name))
      throw UserError(options.where, unknownName("kernel", name, names));
    result = Fusion(result, module.kernel(name), options, notes).run();
  }
  return withTemporaries(result, options);
}

} // namespace loopy
