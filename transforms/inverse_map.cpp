#include "inverse_map.h"

#include "loopy/ir/affine.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// { [names] : .. }, all other names being parameters
isl::set withTuple(const isl::set &set, const std::vector<std::string> &names) {
  isl_set *tuple = isl_set_add_dims(set.copy(), isl_dim_set, static_cast<unsigned>(names.size()));
  for (unsigned i = 0; i < names.size(); ++i) {
    const int at = isl_set_find_dim_by_name(tuple, isl_dim_param, names[i].c_str());
    if (at < 0)
      continue; // nothing is asked of this name
    tuple = isl_set_equate(tuple, isl_dim_param, static_cast<unsigned>(at), isl_dim_set, i);
    tuple = isl_set_project_out(tuple, isl_dim_param, static_cast<unsigned>(at), 1);
  }
  return isl::manage(tuple);
}

bool isFunction(const isl::set &set, const std::vector<std::string> &names) {
  return withTuple(set, names).is_singleton();
}

std::string second(const std::string &name) { return name + "''"; }

// { names, names'' : both are in the set, and they differ }
isl::set differentValues(const isl::set &set, const std::vector<std::string> &names) {
  poly::Renaming renaming;
  isl::set different = poly::emptySet(set.ctx());
  for (const std::string &name : names) {
    renaming[name] = second(name);
    different = different.unite(poly::paramAff(set.ctx(), name).ne_set(poly::paramAff(set.ctx(), second(name))));
  }
  return set.intersect(poly::renameParams(set, renaming)).intersect(different);
}

std::string pointText(const std::vector<std::string> &names, const poly::Point &point, const std::string &suffix) {
  std::string text;
  for (const std::string &name : names)
    if (const auto at = point.find(name + suffix); at != point.end())
      text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(at->second);
  return text;
}

// The instances of all statements with their images, for all parameters that the assumptions allow.
isl::set imagesOf(const Kernel &kernel, const InverseQuestion &question) {
  isl::set all = poly::emptySet(kernel.context->isl());
  std::set<const isl_set *> seen;
  for (const std::string &id : question.statements) {
    const isl::set &domain = kernel.statement(id).domain;
    if (seen.insert(domain.get()).second)
      all = all.unite(kernel.context->intersection(domain, kernel.assumptions).intersect(question.relation));
  }
  // What a statement asks beyond the names of the relation makes no other image.
  std::vector<std::string> names = poly::involvedNames(question.relation);
  llvm::append_range(names, question.from);
  return poly::projectOnto(all, names).coalesce();
}

[[noreturn]] void failNotOneToOne(const Kernel &kernel, const InverseQuestion &question, const isl::set &relation) {
  const isl::set pairs = differentValues(relation, question.from);
  const poly::Point point = poly::samplePoint(pairs, kernel.integerParams()).value_or(poly::Point{});
  throw UserError(question.where, "The map is not one to one: " + pointText(question.from, point, "") + " and " +
                                      pointText(question.from, point, second("")) + " both go to " +
                                      pointText(question.to, point, "") + ".");
}

} // namespace

std::optional<isl::set> twoValues(const isl::set &set, const std::vector<std::string> &names) {
  if (isFunction(set, names))
    return std::nullopt;
  std::vector<std::string> all = names;
  for (const std::string &name : names)
    all.push_back(second(name));
  return poly::projectOut(differentValues(set, names), all);
}

std::string instanceOf(const Kernel &kernel, const std::vector<std::string> &inames, const isl::set &instances) {
  const poly::Point point = poly::samplePoint(instances, kernel.integerParams()).value_or(poly::Point{});
  const std::string params = pointText(kernel.integerParams(), point, "");
  return "[" + pointText(inames, point, "") + "]" + (params.empty() ? "" : " for " + params);
}

std::map<std::string, Expr> inverseOf(const Kernel &kernel, const InverseQuestion &question) {
  isl::set relation = question.relation;
  if (!isFunction(relation, question.from)) {
    relation = imagesOf(kernel, question);
    if (!isFunction(relation, question.from))
      failNotOneToOne(kernel, question, relation);
  }
  const isl::pw_multi_aff inverse = withTuple(relation, question.from).as_pw_multi_aff();
  const isl::set domain = poly::projectOut(relation, question.from);
  std::map<std::string, Expr> values;
  for (unsigned i = 0; i < question.from.size(); ++i)
    values[question.from[i]] =
        fromPwAff(*kernel.context, inverse.at(static_cast<int>(i)).gist(domain).coalesce(), namesOf(kernel));
  return values;
}

} // namespace loopy
