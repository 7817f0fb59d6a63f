// Between constraints and isl's parameter sets.
#include "loopy/analysis/linear.h"

namespace loopy {
namespace {

int64_t integerOf(__isl_take isl_val *value) {
  isl::val v = isl::manage(value);
  require(isl_val_is_int(v.get()) && isl_val_n_abs_num_chunks(v.get(), 8) <= 1,
          "a coefficient that is no small integer");
  return isl_val_get_num_si(v.get());
}

// The names and floors that constraints need, each floor after those in its numerator.
struct Columns {
  std::vector<Term> names, floors;
  std::map<Term, unsigned> position; // in its list
};

void collect(const Terms &terms, const Linear &form, Columns &columns) {
  for (auto [term, c] : form.terms) {
    if (columns.position.count(term))
      continue;
    const Terms::Floor *floor = terms.floor(term);
    require(floor || terms.name(term), "a constraint over a term that isl cannot hold");
    if (floor)
      collect(terms, floor->numerator, columns);
    std::vector<Term> &list = floor ? columns.floors : columns.names;
    columns.position[term] = static_cast<unsigned>(list.size());
    list.push_back(term);
  }
}

isl_basic_set *addConstraint(isl_basic_set *basic, isl_local_space *space, const Terms &terms, const Columns &columns,
                             const Constraint &constraint) {
  isl_ctx *ctx = isl_local_space_get_ctx(space);
  isl_constraint *row = constraint.isEquality ? isl_constraint_alloc_equality(isl_local_space_copy(space))
                                              : isl_constraint_alloc_inequality(isl_local_space_copy(space));
  for (auto [term, c] : constraint.form.terms)
    row = isl_constraint_set_coefficient_val(row, terms.floor(term) ? isl_dim_set : isl_dim_param,
                                             static_cast<int>(columns.position.at(term)), isl_val_int_from_si(ctx, c));
  row = isl_constraint_set_constant_val(row, isl_val_int_from_si(ctx, constraint.form.constant));
  return isl_basic_set_add_constraint(basic, row);
}

} // namespace

isl::set Terms::toSet(const std::vector<Constraint> &constraints) {
  Columns columns;
  for (const Constraint &constraint : constraints)
    collect(*this, constraint.form, columns);
  isl_ctx *ctx = context_.isl().get();
  isl_space *space = isl_space_set_alloc(ctx, static_cast<unsigned>(columns.names.size()),
                                         static_cast<unsigned>(columns.floors.size()));
  for (unsigned i = 0; i < columns.names.size(); ++i)
    space = isl_space_set_dim_name(space, isl_dim_param, i, name(columns.names[i])->c_str());
  isl_local_space *local = isl_local_space_from_space(isl_space_copy(space));
  isl_basic_set *basic = isl_basic_set_universe(space);
  for (const Constraint &constraint : constraints)
    basic = addConstraint(basic, local, *this, columns, constraint);
  for (Term term : columns.floors) { // 0 <= numerator - d*floor <= d - 1
    Linear rest = plus(floor(term)->numerator, termTimes(term, 1), -floor(term)->denominator);
    basic = addConstraint(basic, local, *this, columns, {rest, false});
    basic = addConstraint(basic, local, *this, columns,
                          {withConstant(scaled(rest, -1), floor(term)->denominator - 1), false});
  }
  isl_local_space_free(local);
  return isl::manage(isl_set_params(isl_set_from_basic_set(basic)));
}

std::vector<Constraint> Terms::constraintsOf(__isl_keep isl_basic_set *basic) {
  unsigned params = static_cast<unsigned>(isl_basic_set_dim(basic, isl_dim_param));
  unsigned divs = static_cast<unsigned>(isl_basic_set_dim(basic, isl_dim_div));
  std::vector<Linear> columns;
  for (unsigned i = 0; i < params; ++i)
    columns.push_back(termTimes(ofName(isl_basic_set_get_dim_name(basic, isl_dim_param, i)), 1));
  for (unsigned i = 0; i < divs; ++i) {
    isl::aff div = isl::manage(isl_basic_set_get_div(basic, static_cast<int>(i)));
    columns.push_back(floorOf(numeratorOf(div), integerOf(isl_aff_get_denominator_val(div.get()))));
  }
  std::vector<Constraint> result;
  for (bool isEquality : {true, false}) {
    auto matrix = isEquality ? isl_basic_set_equalities_matrix : isl_basic_set_inequalities_matrix;
    isl_mat *rows = matrix(basic, isl_dim_param, isl_dim_div, isl_dim_set, isl_dim_cst);
    int count = static_cast<int>(isl_mat_rows(rows));
    for (int row = 0; row < count; ++row) {
      Linear form;
      for (unsigned k = 0; k < columns.size(); ++k)
        if (int64_t c = integerOf(isl_mat_get_element_val(rows, row, static_cast<int>(k))))
          form = plus(form, columns[k], c);
      form = withConstant(form, integerOf(isl_mat_get_element_val(rows, row, static_cast<int>(columns.size()))));
      Constraint constraint = normalized({form, isEquality});
      bool isTrivial =
          constraint.form.isConstant() && (isEquality ? constraint.form.constant == 0 : constraint.form.constant >= 0);
      if (!isTrivial && std::find(result.begin(), result.end(), constraint) == result.end())
        result.push_back(std::move(constraint));
    }
    isl_mat_free(rows);
  }
  return result;
}

std::optional<Linear> Terms::formOf(const isl::pw_aff &function) {
  if (function.n_piece() != 1)
    return std::nullopt;
  isl::aff only;
  isl_pw_aff_foreach_piece(
      function.get(),
      [](isl_set *domain, isl_aff *aff, void *user) -> isl_stat {
        isl_set_free(domain);
        *static_cast<isl::aff *>(user) = isl::manage(aff);
        return isl_stat_ok;
      },
      &only);
  const isl::val denominator = isl::manage(isl_aff_get_denominator_val(only.get()));
  return isl_val_is_one(denominator.get()) == isl_bool_true ? std::optional(numeratorOf(only)) : std::nullopt;
}

// The form of an affine function times its denominator.
Linear Terms::numeratorOf(const isl::aff &function) {
  const isl::aff numerator =
      isl::manage(isl_aff_scale_val(function.copy(), isl_aff_get_denominator_val(function.get())));
  Linear form;
  form.constant = integerOf(isl_aff_get_constant_val(numerator.get()));
  const int params = isl_aff_dim(numerator.get(), isl_dim_param), divs = isl_aff_dim(numerator.get(), isl_dim_div);
  for (int i = 0; i < params; ++i)
    if (int64_t c = integerOf(isl_aff_get_coefficient_val(numerator.get(), isl_dim_param, i)))
      form =
          plus(form,
               termTimes(ofName(isl_aff_get_dim_name(numerator.get(), isl_dim_param, static_cast<unsigned>(i))), 1), c);
  for (int i = 0; i < divs; ++i)
    if (int64_t c = integerOf(isl_aff_get_coefficient_val(numerator.get(), isl_dim_div, i))) {
      const isl::aff div = isl::manage(isl_aff_get_div(numerator.get(), i));
      form = plus(form, floorOf(numeratorOf(div), integerOf(isl_aff_get_denominator_val(div.get()))), c);
    }
  return form;
}

std::vector<std::vector<Constraint>> Terms::disjunctsOf(const isl::set &set) {
  isl::set explicitSet = isl::manage(isl_set_compute_divs(set.copy()));
  std::vector<isl::basic_set> basics;
  auto keep = [](isl_basic_set *basic, void *user) -> isl_stat {
    static_cast<std::vector<isl::basic_set> *>(user)->push_back(isl::manage(basic));
    return isl_stat_ok;
  };
  isl_set_foreach_basic_set(explicitSet.get(), keep, &basics);
  std::vector<std::vector<Constraint>> result;
  for (const isl::basic_set &basic : basics)
    result.push_back(constraintsOf(basic.get()));
  // 0 <= numerator - d*floor <= d - 1 holds by the meaning of a floor.
  for (std::vector<Constraint> &disjunct : result)
    std::erase_if(disjunct, [&](const Constraint &constraint) {
      for (auto [term, c] : constraint.form.terms) {
        const Floor *f = floor(term);
        if (!f || constraint.isEquality || (c != f->denominator && c != -f->denominator))
          continue;
        Linear rest = plus(f->numerator, termTimes(term, 1), -f->denominator);
        Linear other = withConstant(scaled(rest, -1), f->denominator - 1);
        if (constraint.form == rest || constraint.form == other)
          return true;
      }
      return false;
    });
  return result;
}

} // namespace loopy
