#include "sets.h"

#include <algorithm>
#include <stdexcept>

namespace loopy::json {
namespace {

std::string nameOf(const isl::set &set, unsigned position) {
  return isl_set_get_dim_name(set.get(), isl_dim_param, position);
}

// What a division is, d*q <= numerator <= d*q + d - 1, as the reader makes it: isl need not have both.
std::vector<std::string> definitionOf(const isl::aff &div) {
  const isl::val divisor = isl::manage(isl_aff_get_denominator_val(div.get()));
  const isl::aff rest = div.scale(divisor).sub(div.floor().scale(divisor));
  return {affineText(rest) + " >= 0",
          affineText(rest.neg().add_constant(divisor.sub(isl::val::one(div.ctx())))) + " >= 0"};
}

Json constraintsOf(const isl::basic_set &basic) {
  Json all = Json::array();
  isl_basic_set_foreach_constraint(
      basic.get(),
      [](isl_constraint *constraint, void *user) -> isl_stat {
        const bool isEquality = isl_constraint_is_equality(constraint);
        const isl::aff aff = isl::manage(isl_constraint_get_aff(constraint));
        isl_constraint_free(constraint);
        static_cast<Json *>(user)->push_back(affineText(aff) + (isEquality ? " = 0" : " >= 0"));
        return isl_stat_ok;
      },
      &all);
  for (unsigned k = 0; k < static_cast<unsigned>(isl_basic_set_dim(basic.get(), isl_dim_div)); ++k)
    for (const std::string &text : definitionOf(isl::manage(isl_basic_set_get_div(basic.get(), k))))
      if (std::find(all.begin(), all.end(), text) == all.end())
        all.push_back(text);
  return all;
}

} // namespace

Json setToJson(const isl::set &original) {
  // Every division gets a definition.
  isl::set set = isl::manage(isl_set_compute_divs(original.copy()));
  Json names = Json::array(), any = Json::array();
  for (unsigned k = 0; k < static_cast<unsigned>(isl_set_dim(set.get(), isl_dim_param)); ++k)
    names.push_back(nameOf(set, k));
  set.foreach_basic_set([&](const isl::basic_set &basic) { any.push_back(constraintsOf(basic)); });
  return {{"names", std::move(names)}, {"any", std::move(any)}};
}

static isl::space spaceOf(isl::ctx ctx, const std::vector<std::string> &names) {
  isl_space *space = isl_space_params_alloc(ctx.get(), static_cast<unsigned>(names.size()));
  for (unsigned k = 0; k < names.size(); ++k)
    space = isl_space_set_dim_id(space, isl_dim_param, k, isl_id_alloc(ctx.get(), names[k].c_str(), nullptr));
  return isl::manage(space);
}

static isl::basic_set readConjunction(const Place &place, const isl::space &space,
                                      const std::vector<std::string> &names) {
  Conjunction conjunction(space, names);
  for (const Place &condition : place.items())
    try {
      conjunction.add(condition.text());
    } catch (const std::invalid_argument &error) {
      condition.fail(error.what());
    }
  return conjunction.take();
}

// The union, with the conditions of both in their order, on which depends what is made of a set; isl's own union sorts
// them. The union of disjoint sets does not, but believes that they are disjoint until a dimension is projected out.
static isl::set uniteInOrder(const isl::set &a, const isl::set &b) {
  isl_set *both = isl_set_union_disjoint(a.copy(), b.copy());
  const unsigned params = static_cast<unsigned>(isl_set_dim(both, isl_dim_param));
  return isl::manage(isl_set_project_out(isl_set_add_dims(both, isl_dim_param, 1), isl_dim_param, params, 1));
}

isl::set readSet(isl::ctx ctx, const Place &place, const std::set<std::string> &known) {
  place.allowOnly({"names", "any"});
  std::vector<std::string> names;
  for (const Place &item : place.member("names").items()) {
    const std::string name = item.text();
    if (!known.count(name))
      item.fail(unknownName("name that may stand in this set", name, {known.begin(), known.end()}));
    if (std::find(names.begin(), names.end(), name) != names.end())
      item.fail("`" + name + "` is given twice.");
    names.push_back(name);
  }
  const isl::space space = spaceOf(ctx, names);
  isl::set result = isl::manage(isl_set_empty(space.copy()));
  bool isFirst = true;
  for (const Place &one : place.member("any").items()) {
    const isl::set part(readConjunction(one, space, names));
    result = isFirst ? part : uniteInOrder(result, part);
    isFirst = false;
  }
  return result;
}

} // namespace loopy::json
