#include "loopy/transforms/batch.h"

#include "edit.h"
#include "relayout.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class Batcher {
public:
  Batcher(const Kernel &kernel, const Batch &options)
      : kernel_(kernel), options_(options), context_(*kernel.context), iname_(context_.iname(options.iname)) {
    for (const Array &array : kernel.arrays)
      if (!array.isTemp() && (options.arrays.empty() || llvm::is_contained(options.arrays, array.name)))
        batched_.insert(array.name);
    for (const Array &array : kernel.arrays)
      if (array.isTemp() || batched_.count(array.name))
        extended_[array.name] = &array;
  }

  void requireLegal() const {
    requireNewName(kernel_, options_.iname, options_.where);
    if (kernel_.statements.empty())
      throw UserError(options_.where, "The kernel has no statements.");
    if (const Param *param = kernel_.findParam(options_.size)) {
      if (param->type != indexType)
        throw UserError(options_.where,
                        "`" + param->name + "` is " + param->type.name() + "; the size of a batch is int32.");
    } else {
      requireNewName(kernel_, options_.size, options_.where);
    }
    if (options_.size == options_.iname)
      throw UserError(options_.where, "The size and the loop are both called `" + options_.size + "`.");
    for (const std::string &name : options_.arrays)
      if (requireArray(kernel_, name, options_.where).isTemp())
        throw UserError(options_.where,
                        "`" + name + "` is a temporary, and each iteration has its own of these anyway.");
    for (const Array &array : kernel_.arrays)
      requireLegal(array);
  }

  Kernel run() const {
    Kernel result = kernel_;
    if (!kernel_.findParam(options_.size)) {
      result.params.insert(result.params.begin(), {options_.size, indexType, options_.where});
      result.argumentOrder.insert(result.argumentOrder.begin(), options_.size);
    }
    result.assumptions = kernel_.assumptions.intersect(size().ge_set(constant(0)));
    result.inames.insert(result.inames.begin(), Iname{options_.iname, {}, options_.where});
    for (Array &array : result.arrays)
      extend(array);
    for (Rule &rule : result.rules)
      rule.body = rewrite(context_, rule.body, [this](Expr e) { return extended(e); });
    for (Fact &fact : result.facts)
      if (DisjointFact *disjoint = std::get_if<DisjointFact>(&fact))
        extend(*disjoint);
    const isl::pw_aff b = poly::paramAff(context_.isl(), options_.iname);
    const isl::set range = b.ge_set(constant(0)).intersect(b.lt_set(size()));
    std::map<const isl_set *, isl::set> domains; // many statements share one
    for (StatementRef &statement : result.statements) {
      Statement now = rewriteExprs(context_, *statement, [this](Expr e) { return extended(e); });
      now.inames.insert(now.inames.begin(), options_.iname);
      auto known = domains.find(statement->domain.get());
      if (known == domains.end())
        known = domains.emplace(statement->domain.get(), statement->domain.intersect(range)).first;
      now.domain = known->second;
      statement = std::make_shared<const Statement>(std::move(now));
    }
    result.tree = {makeLoop(options_.iname, kernel_.tree)};
    return result;
  }

private:
  void requireLegal(const Array &array) const {
    const bool isBatched = batched_.count(array.name) != 0;
    if (!isBatched && !array.isTemp() && array.role != Role::In)
      throw UserError(options_.where, "`" + array.name + "` is written, and all iterations of `" + options_.iname +
                                          "` would write the same one. Name it among the arrays.");
    if (isBatched && (!array.layout.strides.empty() || array.layout.offset))
      throw UserError(options_.where, "`" + array.name +
                                          "` has strides or an offset of its own, and these do not say where "
                                          "the next array of the batch would lie.");
    if (isBatched && array.isImage)
      throw UserError(options_.where, "`" + array.name + "` is an image. Call batch before it becomes one.");
  }

  isl::pw_aff constant(int64_t value) const { return poly::constantAff(context_.isl(), value); }
  isl::pw_aff size() const {
    const auto fixed = kernel_.fixedParams.find(options_.size);
    return fixed == kernel_.fixedParams.end() ? poly::paramAff(context_.isl(), options_.size) : constant(fixed->second);
  }
  Expr sizeExpr() const {
    const auto fixed = kernel_.fixedParams.find(options_.size);
    return fixed == kernel_.fixedParams.end() ? context_.param(options_.size, indexType)
                                              : context_.constant(fixed->second);
  }

  template <class T> void addAxis(const Array &array, std::vector<T> &axes, T axis) const {
    axes.insert(array.layout.columnMajor && !array.isTemp() ? axes.end() : axes.begin(), axis);
  }

  void extend(Array &array) const {
    if (array.isTemp()) {
      ++array.implicitAxes;
    } else if (batched_.count(array.name)) {
      if (!array.padding.empty())
        addAxis(array, array.padding, int64_t{0});
      addAxis(array, array.shape, sizeExpr());
      if (!array.axisNames.empty())
        addAxis(array, array.axisNames, freshAxisName(array));
    }
  }

  // The batch's own name, unless an axis has it.
  std::string freshAxisName(const Array &array) const {
    std::string name = iname_.as<InameRef>()->name;
    while (llvm::is_contained(array.axisNames, name))
      name += "_";
    return name;
  }

  void extend(DisjointFact &fact) const {
    for (Expr &index : fact.index)
      index = rewrite(context_, index, [this](Expr e) { return extended(e); });
    fact.value = rewrite(context_, fact.value, [this](Expr e) { return extended(e); });
    if (const auto array = extended_.find(fact.array); array != extended_.end())
      addAxis(*array->second, fact.index, iname_);
  }

  Expr extended(Expr e) const {
    const Load *load = e.as<Load>();
    if (!load)
      return e;
    const auto found = extended_.find(load->array);
    if (found == extended_.end())
      return e;
    const Array &array = *found->second;
    std::vector<Expr> index = load->index;
    addAxis(array, index, iname_);
    return context_.load(load->array, std::move(index), e.type(), e.range());
  }

  const Kernel &kernel_;
  const Batch &options_;
  Context &context_;
  const Expr iname_;
  std::set<std::string> batched_;                 // arguments
  std::map<std::string, const Array *> extended_; // these and the temporaries
};

} // namespace

Kernel batch(const Kernel &kernel, const Batch &options, Notes *) {
  requireNoHomes(kernel, "batch", options.where);
  const Batcher batcher(kernel, options);
  batcher.requireLegal();
  return batcher.run();
}

} // namespace loopy
