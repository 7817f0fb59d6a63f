#include "separate_axis.h"

#include "edit.h"
#include "relayout.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/constants.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class AxisSeparator {
public:
  AxisSeparator(const Kernel &kernel, const SeparateAxis &options)
      : kernel_(kernel), options_(options), context_(*kernel.context), array_(kernel.array(options.array)),
        position_(array_.implicitAxes + options.axis) {}

  Kernel run() {
    findLength();
    makeArrays();
    requireKnownBounds();
    Kernel split = withCopiesForWrites();
    dropReductions(split);
    return withRelayout(
        split, {array_.name, arrays_,
                [&](const Statement *statement, const Load &load, Expr e) { return access(statement, load, e); },
                [&](const Home::Part &part) { return partsOfHome(part); }});
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  void findLength() {
    constexpr int64_t longest = 64;
    const std::optional<int64_t> length = integerConstant(array_.shape[options_.axis]);
    if (!length)
      fail("Axis " + std::to_string(options_.axis) + " of `" + array_.name + "` has the length " +
           toString(array_.shape[options_.axis]) + ", and only one of constant length can become arrays.");
    if (*length < 1 || *length > longest)
      fail("Axis " + std::to_string(options_.axis) + " of `" + array_.name + "` would become " +
           std::to_string(*length) + " arrays; between 1 and " + std::to_string(longest) + " are possible.");
    length_ = *length;
  }

  void makeArrays() {
    if (!options_.names.empty() && static_cast<int64_t>(options_.names.size()) != length_)
      fail("names= gives " + std::to_string(options_.names.size()) + " names for " + std::to_string(length_) +
           " arrays.");
    if (!array_.layout.strides.empty() || array_.layout.columnMajor || array_.layout.offset || array_.isImage ||
        array_.swizzle)
      fail("`" + array_.name + "` has a layout of its own. Separate the axis before the others are laid out.");
    for (int64_t number = 0; number < length_; ++number) {
      Array part = array_;
      part.name = options_.names.empty() ? array_.name + "_" + std::to_string(number)
                                         : options_.names[static_cast<size_t>(number)];
      requireNewName(kernel_, part.name, options_.where);
      for (const Array &other : arrays_)
        if (other.name == part.name)
          fail("The name `" + part.name + "` is given twice.");
      part.shape.erase(part.shape.begin() + options_.axis);
      if (!part.padding.empty())
        part.padding.erase(part.padding.begin() + options_.axis);
      if (!part.axisNames.empty())
        part.axisNames.erase(part.axisNames.begin() + options_.axis);
      arrays_.push_back(std::move(part));
    }
  }

  // The values of a subscript of the axis, those that it has in some instance.
  std::vector<int64_t> valuesOf(const Statement &statement, Expr index) const {
    if (const auto constant = integerConstant(index))
      return {*constant};
    const std::optional<isl::pw_aff> value = toAffine(context_, index, statement.dataParams);
    std::vector<int64_t> values;
    const isl::set &domain = context_.intersection(statement.domain, kernel_.assumptions);
    for (int64_t number = 0; number < length_; ++number)
      if (!value || !where(*value, number).is_disjoint(domain))
        values.push_back(number);
    return values;
  }

  isl::set where(const isl::pw_aff &value, int64_t number) const {
    return value.eq_set(poly::constantAff(context_.isl(), number));
  }

  // What bounds a loop or guards a statement is read from one array.
  void requireKnownBounds() const {
    for (const StatementRef &statement : kernel_.statements) {
      std::vector<Expr> loads;
      for (const auto &[name, load] : statement->dataParams)
        loads.push_back(load);
      for (const GuardLiteral &literal : statement->guard)
        loads.push_back(literal.load);
      for (Expr e : loads)
        if (const Load *load = e.as<Load>();
            load && load->array == array_.name && valuesOf(*statement, load->index[position_]).size() > 1)
          fail("Whether `" + statement->id + "` runs depends on `" + toString(e) +
               "`, and it is not known which array that is in.");
    }
  }

  // Each statement that writes several of the arrays, once for each of them: instances run where and when they ran.
  Kernel withCopiesForWrites() const {
    Kernel result = kernel_;
    result.statements.clear();
    std::map<std::string, std::vector<std::string>> copies;
    for (const StatementRef &statement : kernel_.statements) {
      const std::vector<Statement> parts = partsOf(*statement);
      if (parts.empty()) {
        result.statements.push_back(statement);
        continue;
      }
      for (const Statement &part : parts) {
        copies[statement->id].push_back(part.id);
        result.statements.push_back(std::make_shared<const Statement>(part));
      }
    }
    if (copies.empty())
      return kernel_;
    result.tree = rewriteTree(kernel_.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      if (!node->leaf())
        return {node};
      std::vector<std::string> ids;
      for (const std::string &id : node->leaf()->statements)
        if (const auto found = copies.find(id); found != copies.end())
          llvm::append_range(ids, found->second);
        else
          ids.push_back(id);
      return {makeLeaf(std::move(ids))};
    });
    copyFacts(result, copies);
    return result;
  }

  std::vector<Statement> partsOf(const Statement &statement) const {
    std::vector<Statement> parts = {statement};
    for (const AccessRef &access : accesses(statement)) {
      if (!access.isWrite || access.load->array != array_.name)
        continue;
      const Expr index = access.load->index[position_];
      std::vector<Statement> finer;
      for (const Statement &part : parts)
        llvm::append_range(finer, partsAt(part, index));
      parts = std::move(finer);
    }
    return parts.size() == 1 && parts.front().id == statement.id ? std::vector<Statement>() : parts;
  }

  std::vector<Statement> partsAt(const Statement &statement, Expr index) const {
    const std::vector<int64_t> values = valuesOf(statement, index);
    if (values.size() <= 1)
      return {statement};
    const std::optional<isl::pw_aff> value = toAffine(context_, index, statement.dataParams);
    if (!value)
      fail("`" + statement.id + "` writes `" + array_.name + "` at `" + toString(index) + "` on axis " +
           std::to_string(options_.axis) + ", which is not affine, so it is not known which array that is.");
    std::vector<Statement> parts;
    for (int64_t number : values) {
      Statement part = statement;
      part.id += "_" + std::to_string(number);
      if (kernel_.findStatement(part.id))
        fail("The copy of `" + statement.id + "` for `" + arrays_[static_cast<size_t>(number)].name +
             "` would be called `" + part.id + "`, and there is such a statement.");
      part.domain = statement.domain.intersect(where(*value, number));
      parts.push_back(std::move(part));
    }
    return parts;
  }

  static void copyFacts(Kernel &result, const std::map<std::string, std::vector<std::string>> &copies) {
    auto idsOf = [&](const std::string &id) {
      const auto found = copies.find(id);
      return found == copies.end() ? std::vector<std::string>{id} : found->second;
    };
    std::vector<Fact> facts;
    for (const Fact &fact : result.facts)
      if (const TrustedFact *trusted = std::get_if<TrustedFact>(&fact)) {
        for (const std::string &first : idsOf(trusted->first))
          for (const std::string &second : idsOf(trusted->second))
            facts.push_back(TrustedFact{first, second, trusted->array, trusted->source});
      } else {
        facts.push_back(fact);
      }
    result.facts = std::move(facts);
  }

  // What adds into several arrays is no reduction into one; its statements stay as they are.
  void dropReductions(Kernel &result) const {
    for (const ReductionInfo &info : kernel_.reductions)
      if (llvm::is_contained(info.accumulators, array_.name))
        dropReduction(result, info.id);
  }

  std::vector<Home::Part> partsOfHome(const Home::Part &part) const {
    std::vector<Home::Part> parts;
    for (int64_t number = 0; number < length_; ++number) {
      Home::Part one = part;
      one.conditions.emplace_back(part.access.as<Load>()->index[position_], number);
      one.access = element(*part.access.as<Load>(), part.access, number);
      parts.push_back(std::move(one));
    }
    return parts;
  }

  // The element of the new array with this number.
  Expr element(const Load &load, Expr e, int64_t number) const {
    std::vector<Expr> others = load.index;
    others.erase(others.begin() + position_);
    return context_.load(arrays_[static_cast<size_t>(number)].name, std::move(others), e.type(), e.range());
  }

  Expr access(const Statement *statement, const Load &load, Expr e) const {
    const Expr index = load.index[position_];
    const std::vector<int64_t> values = statement ? valuesOf(*statement, index) : allOrOne(index);
    if (values.empty()) // no instance reads it
      return element(load, e, 0);
    Expr result = element(load, e, values.back());
    for (int64_t number : llvm::reverse(llvm::drop_end(values))) {
      const Expr isIt = context_.compare(CompareOp::Eq, index, context_.constant(number));
      result = context_.select(isIt, element(load, e, number), result);
    }
    return result;
  }

  std::vector<int64_t> allOrOne(Expr index) const {
    if (const auto constant = integerConstant(index))
      return {*constant};
    std::vector<int64_t> all;
    for (int64_t number = 0; number < length_; ++number)
      all.push_back(number);
    return all;
  }

  const Kernel &kernel_;
  const SeparateAxis &options_;
  Context &context_;
  const Array &array_;
  const unsigned position_; // of the axis in an access
  int64_t length_ = 0;
  std::vector<Array> arrays_;
};

} // namespace

Kernel separateAxis(const Kernel &kernel, const SeparateAxis &options) { return AxisSeparator(kernel, options).run(); }

} // namespace loopy
