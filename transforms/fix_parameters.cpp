#include "loopy/transforms/fix_parameters.h"

#include "edit.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

bool fitsInto(int64_t value, Type type) {
  const unsigned bits = 8 * type.sizeInBytes();
  if (type.isUnsigned())
    return value >= 0 && (bits == 64 || value < (int64_t{1} << bits));
  return bits == 64 || (value >= -(int64_t{1} << (bits - 1)) && value < (int64_t{1} << (bits - 1)));
}

void requireValue(const Kernel &kernel, const std::string &name, int64_t value, SourceRange where) {
  const Param *param = kernel.findParam(name);
  if (!param)
    throw UserError(where, unknownName("integer parameter", name, kernel.integerParams()));
  if (!param->type.isInteger())
    throw UserError(where, "`" + name + "` is a " + param->type.name() + "; only integer parameters can be fixed.");
  if (!fitsInto(value, param->type))
    throw UserError(where, std::to_string(value) + " is no value of the " + param->type.name() + " `" + name + "`.");
  if (auto fixed = kernel.fixedParams.find(name); fixed != kernel.fixedParams.end())
    throw UserError(where, "`" + name + "` is fixed already: it is " + std::to_string(fixed->second) + ".");
}

// Puts the values into everything that a kernel holds.
class ParameterFixer {
public:
  ParameterFixer(Context &context, const std::map<std::string, int64_t> &values) : context_(context), values_(values) {}

  void fix(Kernel &kernel) const {
    fix(kernel.assumptions);
    for (Array &array : kernel.arrays)
      fix(array);
    for (Rule &rule : kernel.rules)
      fix(rule.body);
    for (Fact &fact : kernel.facts)
      if (DisjointFact *disjoint = std::get_if<DisjointFact>(&fact)) {
        fix(disjoint->index);
        fix(disjoint->value);
      }
    for (StatementRef &statement : kernel.statements) {
      Statement now = rewriteExprs(context_, *statement, [this](Expr e) { return fixedNode(e); });
      fix(now.domain);
      statement = std::make_shared<const Statement>(std::move(now));
    }
  }

private:
  Expr fixedNode(Expr e) const {
    const ParamRef *param = e.as<ParamRef>();
    auto value = param ? values_.find(param->name) : values_.end();
    return value == values_.end() ? e : context_.constant(value->second, e.type(), e.range());
  }
  void fix(Expr &e) const {
    if (e)
      e = rewrite(context_, e, [this](Expr node) { return fixedNode(node); });
  }
  void fix(std::vector<Expr> &list) const {
    for (Expr &e : list)
      fix(e);
  }
  void fix(Array &array) const {
    fix(array.shape);
    fix(array.layout.strides);
    fix(array.layout.offset);
  }
  void fix(isl::set &set) const {
    for (const auto &[name, value] : values_)
      set = poly::substitute(set, name, poly::constantAff(context_.isl(), value));
  }

  Context &context_;
  const std::map<std::string, int64_t> &values_;
};

} // namespace

Kernel fixParameters(const Kernel &kernel, const FixParameters &options, Notes *) {
  if (options.values.empty())
    throw UserError(options.where, "fix_parameters needs a parameter and its value, as in fix_parameters(n=10). The "
                                   "integer parameters are: " +
                                       listOfNames(kernel.integerParams()) + ".");
  std::map<std::string, int64_t> values;
  for (const auto &[name, value] : options.values) {
    requireValue(kernel, name, value, options.where);
    if (!values.emplace(name, value).second)
      throw UserError(options.where, "`" + name + "` is given twice.");
  }
  Kernel result = kernel;
  ParameterFixer(*kernel.context, values).fix(result);
  if (result.assumptions.is_empty())
    throw UserError(options.where, "These values contradict what the kernel assumes of its parameters.");
  result.fixedParams.insert(values.begin(), values.end());
  return result;
}

} // namespace loopy
