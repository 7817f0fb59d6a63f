#include "loopy/transforms/draw.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class Drawer {
public:
  explicit Drawer(const Kernel &kernel) : kernel_(kernel), context_(*kernel.context) {}

  std::string draw() {
    print(kernel_.tree, {}, kernel_.assumptions);
    return std::move(out_);
  }

private:
  // Bounds of a loop. Without integer programming: from the constraints that the domains' projections show.
  struct Bounds {
    Expr lower, upper; // lower <= i < upper
    isl::set range;    // { : lower <= i < upper }, over the iname and those around it
  };

  // known : what the loops around imply, over `outer`, params and data
  void print(const std::vector<NodeRef> &nodes, const std::vector<std::string> &outer, const isl::set &known) {
    for (const NodeRef &node : nodes) {
      const std::string indent(2 * outer.size(), ' ');
      if (const Loop *loop = node->loop()) {
        const Bounds bounds = boundsOf(node, loop->iname, outer, known);
        out_ += indent + "for " + loop->iname + tagText(kernel_, loop->iname) + " in [" + text(bounds.lower) +
                ", " + text(bounds.upper) + "):\n";
        std::vector<std::string> inner = outer;
        inner.push_back(loop->iname);
        print(loop->children, inner, known.intersect(bounds.range).coalesce());
      } else
        for (const std::string &id : node->leaf()->statements)
          out_ += indent + condition(kernel_.statement(id), known) + id + ": " + body(kernel_.statement(id)) + "\n";
    }
  }

  std::string text(Expr e) const {
    return toString(e, {[this](const std::string &name) {
                          const Array *array = kernel_.findArray(name);
                          return array ? array->implicitAxes : 0;
                        },
                        false});
  }

  // Calls `f` for each constraint aff >= 0 (or = 0) of a basic set.
  static void forEachConstraint(const isl::basic_set &basic,
                                const std::function<void(const isl::aff &, bool isEqual)> &f) {
    isl_constraint_list *list = isl_basic_set_get_constraint_list(basic.get());
    for (int i = 0; i < isl_constraint_list_size(list); ++i) {
      isl_constraint *constraint = isl_constraint_list_get_constraint(list, i);
      if (isl_constraint_is_div_constraint(constraint) != isl_bool_true)
        f(isl::manage(isl_constraint_get_aff(constraint)), isl_constraint_is_equality(constraint) == isl_bool_true);
      isl_constraint_free(constraint);
    }
    isl_constraint_list_free(list);
  }

  // Collects what one part of one domain says of the iname: c*i + e >= 0.
  struct Part {
    std::vector<Expr> lower, upper;
    isl::set above, below;
  };
  Part partOf(const isl::basic_set &basic, const std::string &iname, const NameToExpr &names) const {
    const isl::ctx ctx = context_.isl();
    const isl::pw_aff value = poly::paramAff(ctx, iname);
    Part part{{}, {}, poly::universe(ctx), poly::universe(ctx)};
    forEachConstraint(basic, [&](const isl::aff &aff, bool isEqual) {
      const int position = isl_aff_find_dim_by_name(aff.get(), isl_dim_param, iname.c_str());
      if (position < 0)
        return;
      const isl::val c = isl::manage(isl_aff_get_coefficient_val(aff.get(), isl_dim_param, position));
      if (isl_val_is_zero(c.get()) == isl_bool_true)
        return;
      const bool isLower = isl_val_is_pos(c.get()) == isl_bool_true;
      const isl::val size = isl::manage(isl_val_abs(c.copy()));
      isl_aff *rest = isl_aff_set_coefficient_si(aff.copy(), isl_dim_param, position, 0);
      rest = isLower ? isl_aff_neg(rest) : rest; // i >= rest/size, or i <= rest/size
      const isl::pw_aff value = poly::paramAff(ctx, iname);
      if (isEqual || isLower) { // ceil(rest/size) = floor((rest + size - 1)/size)
        const isl::aff least = isl::manage(isl_aff_ceil(isl_aff_scale_down_val(isl_aff_copy(rest), size.copy())));
        part.lower.push_back(quotient(rest, size, -1, names));
        part.above = part.above.intersect(value.ge_set(isl::pw_aff(least)));
      }
      if (isEqual || !isLower) { // floor(rest/size) + 1 = floor((rest + size)/size)
        const isl::aff last = isl::manage(isl_aff_floor(isl_aff_scale_down_val(isl_aff_copy(rest), size.copy())));
        part.upper.push_back(quotient(rest, size, 0, names));
        part.below = part.below.intersect(value.le_set(isl::pw_aff(last)));
      }
      isl_aff_free(rest);
    });
    return part;
  }

  // floor((rest + size + offset)/size); isl would move whole multiples of `size` out of the quotient.
  Expr quotient(__isl_keep isl_aff *rest, const isl::val &size, int offset, const NameToExpr &names) const {
    isl_aff *sum = isl_aff_add_constant_si(isl_aff_add_constant_val(isl_aff_copy(rest), size.copy()), offset);
    const Expr numerator = fromAff(context_, isl::manage(sum), names);
    return context_.binary(BinaryOp::FloorDiv, numerator, context_.constant(int64_t{isl_val_get_num_si(size.get())}));
  }

  // minimum(a, b, ..) or maximum(a, b, ..), without values that differ from another one by a constant.
  Expr extreme(const std::vector<Expr> &values, BinaryOp op) const {
    require(!values.empty(), "a loop that the domain does not bound");
    std::map<std::string, Expr> kept; // in the order of their texts
    for (Expr value : values) {
      bool isNeeded = true;
      for (auto other = kept.begin(); other != kept.end() && isNeeded;) {
        const std::optional<int64_t> difference = constantDifference(value, other->second);
        const bool wins = difference && (op == BinaryOp::Max ? *difference > 0 : *difference < 0);
        isNeeded = !difference || wins;
        other = wins ? kept.erase(other) : std::next(other);
      }
      if (isNeeded)
        kept.emplace(text(value), value);
    }
    Expr result;
    for (const auto &[words, value] : kept)
      result = result ? context_.binary(op, result, value) : value;
    return result;
  }

  std::optional<int64_t> constantDifference(Expr a, Expr b) const {
    const std::optional<isl::pw_aff> first = toAffine(context_, a), second = toAffine(context_, b);
    if (!first || !second)
      return equal(a, b) ? std::optional<int64_t>(0) : std::nullopt;
    return poly::constantValue(first->sub(*second), kernel_.assumptions);
  }

  // The values of the iname in a statement's domain, where the loops around stand, simplified by what these imply.
  isl::set valuesOf(const Statement &statement, const std::string &iname, const std::vector<std::string> &outer,
                    const isl::set &known) const {
    std::vector<std::string> names = kernel_.integerParams();
    llvm::append_range(names, outer);
    names.push_back(iname);
    for (const auto &[name, load] : statement.dataParams)
      if (llvm::all_of(inamesIn(load), [&](const std::string &i) { return llvm::is_contained(outer, i); }))
        names.push_back(name);
    isl::set values = poly::projectOnto(statement.domain.intersect(kernel_.assumptions), names);
    values = isl::manage(isl_set_remove_divs(values.release())).coalesce().gist(known).coalesce();
    return isl::manage(isl_set_remove_divs(values.release()));
  }

  Bounds boundsOf(const NodeRef &node, const std::string &iname, const std::vector<std::string> &outer,
                  const isl::set &known) const {
    std::vector<Expr> lowers, uppers;
    isl::set above = poly::emptySet(context_.isl()), below = above;
    for (const std::string &id : statementsBelow(node)) {
      const Statement &statement = kernel_.statement(id);
      const NameToExpr names = namesOf(kernel_, statement.dataParams);
      valuesOf(statement, iname, outer, known).foreach_basic_set([&](isl::basic_set basic) {
        const isl::basic_set simple = isl::manage(isl_basic_set_remove_redundancies(basic.copy()));
        const Part part = partOf(simple, iname, names);
        if (part.lower.empty() || part.upper.empty())
          return;
        lowers.push_back(extreme(part.lower, BinaryOp::Max));
        uppers.push_back(extreme(part.upper, BinaryOp::Min));
        above = above.unite(part.above);
        below = below.unite(part.below);
      });
    }
    if (lowers.empty()) // no instance is ever run
      return {context_.constant(int64_t{0}), context_.constant(int64_t{0}), poly::emptySet(context_.isl())};
    return {extreme(lowers, BinaryOp::Min), extreme(uppers, BinaryOp::Max), above.intersect(below).coalesce()};
  }

  std::string condition(const Statement &statement, const isl::set &known) const {
    std::string result;
    if (!known.is_subset(statement.domain))
      result = text(statement.domain.gist(known).coalesce(), namesOf(kernel_, statement.dataParams));
    for (const GuardLiteral &literal : statement.guard)
      result += (result.empty() ? "" : " and ") + std::string(literal.negated ? "not " : "") + text(literal.load);
    return result.empty() ? "" : "if " + result + ": ";
  }

  std::string text(const isl::set &set, const NameToExpr &names) const {
    std::string result;
    set.foreach_basic_set([&](isl::basic_set basic) {
      std::string conjunction;
      forEachConstraint(basic, [&](const isl::aff &value, bool isEqual) {
        conjunction += (conjunction.empty() ? "" : " and ") + text(fromAff(context_, value, names)) +
                       (isEqual ? " == 0" : " >= 0");
      });
      result += (result.empty() ? "" : " or ") + (conjunction.empty() ? std::string("true") : conjunction);
    });
    return result.empty() ? "false" : result;
  }

  std::string list(const std::vector<Expr> &exprs) const {
    std::string result;
    for (Expr e : exprs)
      result += (result.empty() ? "" : ", ") + text(e);
    return result;
  }

  std::string body(const Statement &statement) const {
    return std::visit(Overloaded{[&](const Assign &assign) { return list(assign.lhs) + " = " + list(assign.rhs); },
                                 [&](const CallBody &call) { return this->call(call); },
                                 [](const Nop &) { return std::string("nop"); },
                                 [](const Barrier &barrier) {
                                   return std::string(barrier.scope == Barrier::Scope::Local ? "lbarrier" : "gbarrier");
                                 }},
                      statement.body);
  }

  std::string call(const CallBody &call) const {
    std::string args;
    for (const auto &arg : call.args) {
      args += args.empty() ? "" : ", ";
      if (const Expr *e = std::get_if<Expr>(&arg)) {
        args += text(*e);
        continue;
      }
      const SubArray &sub = std::get<SubArray>(arg);
      std::string inames;
      for (const std::string &iname : sub.inames)
        inames += (inames.empty() ? "" : ", ") + iname;
      args += (inames.empty() ? "" : "[" + inames + "]: ") + text(sub.access);
    }
    return (call.results.empty() ? "" : list(call.results) + " = ") + call.callee + "(" + args + ")";
  }

  const Kernel &kernel_;
  Context &context_;
  std::string out_;
};

} // namespace

std::string drawLoops(const Kernel &kernel) { return Drawer(kernel).draw(); }

} // namespace loopy
