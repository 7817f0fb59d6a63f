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
  // The bounds of an iname over the statements below it: the smallest lower and the largest upper bound.
  struct Bounds {
    std::optional<isl::pw_aff> lower, upper;  // inclusive
  };

  // known : what the loops around imply, over `outer`, params and data
  void print(const std::vector<NodeRef> &nodes, const std::vector<std::string> &outer, const isl::set &known) {
    for (const NodeRef &node : nodes) {
      const std::string indent(2 * outer.size(), ' ');
      if (const Loop *loop = node->loop()) {
        const Bounds bounds = boundsOf(node, loop->iname, outer, known);
        const std::string tag = kernel_.tag(loop->iname).name();
        const auto names = dataNames(node);
        out_ += indent + "for " + loop->iname + (tag.empty() ? "" : " [" + tag + "]") + " in [" +
                text(*bounds.lower, names) + ", " + text(bounds.upper->add(one()), names) + "):\n";
        std::vector<std::string> inner = outer;
        inner.push_back(loop->iname);
        const isl::pw_aff value = poly::paramAff(context_.isl(), loop->iname);
        print(loop->children, inner,
              known.intersect(value.ge_set(*bounds.lower)).intersect(value.le_set(*bounds.upper)).coalesce());
      } else
        for (const std::string &id : node->leaf()->statements)
          out_ += indent + condition(kernel_.statement(id), known) + id + ": " + body(kernel_.statement(id)) + "\n";
    }
  }

  isl::pw_aff one() const { return poly::constantAff(context_.isl(), 1); }

  std::map<std::string, Expr> dataNames(const NodeRef &node) const {
    std::map<std::string, Expr> names;
    for (const std::string &id : statementsBelow(node))
      names.insert(kernel_.statement(id).dataParams.begin(), kernel_.statement(id).dataParams.end());
    return names;
  }

  std::string text(const isl::pw_aff &value, const std::map<std::string, Expr> &dataParams) const {
    return text(fromPwAff(context_, value, namesOf(kernel_, dataParams)));
  }
  std::string text(Expr e) const {
    return toString(e, {[this](const std::string &name) {
                          const Array *array = kernel_.findArray(name);
                          return array ? array->implicitAxes : 0;
                        }, false});
  }

  static isl::pw_aff extreme(const isl::set &set, const std::string &name, bool isLower) {
    isl_set *tuple = isl_set_from_params(set.copy());
    const int position = isl_set_find_dim_by_name(tuple, isl_dim_param, name.c_str());
    require(position >= 0, "a loop that the domain does not bound");
    tuple = isl_set_move_dims(tuple, isl_dim_set, 0, isl_dim_param, position, 1);
    return isl::manage(isLower ? isl_set_dim_min(tuple, 0) : isl_set_dim_max(tuple, 0));
  }

  Bounds boundsOf(const NodeRef &node, const std::string &iname, const std::vector<std::string> &outer,
                  const isl::set &known) const {
    Bounds bounds;
    for (const std::string &id : statementsBelow(node)) {
      const Statement &statement = kernel_.statement(id);
      std::vector<std::string> names = kernel_.integerParams();
      llvm::append_range(names, outer);
      names.push_back(iname);
      for (const auto &[name, load] : statement.dataParams)
        if (llvm::all_of(inamesIn(load), [&](const std::string &i) { return llvm::is_contained(outer, i); }))
          names.push_back(name);
      const isl::set values = poly::projectOnto(statement.domain.intersect(kernel_.assumptions), names);
      const isl::set context = known.intersect(poly::projectOut(values, {iname}));
      const isl::pw_aff lower = extreme(values, iname, true).gist(context);
      const isl::pw_aff upper = extreme(values, iname, false).gist(context);
      bounds.lower = bounds.lower ? bounds.lower->min(lower).coalesce() : lower;
      bounds.upper = bounds.upper ? bounds.upper->max(upper).coalesce() : upper;
    }
    return bounds;
  }

  std::string condition(const Statement &statement, const isl::set &known) const {
    std::string result;
    const isl::set rest = statement.domain.gist(known).coalesce();
    if (!statement.domain.intersect(known).is_equal(known.intersect(statement.domain.gist(known))) ||
        !known.is_subset(statement.domain))
      result = text(rest, statement.dataParams);
    for (const GuardLiteral &literal : statement.guard)
      result += (result.empty() ? "" : " and ") + std::string(literal.negated ? "not " : "") + text(literal.load);
    return result.empty() ? "" : "if " + result + ": ";
  }

  std::string text(const isl::set &set, const std::map<std::string, Expr> &dataParams) const {
    std::string result;
    const NameToExpr names = namesOf(kernel_, dataParams);
    set.foreach_basic_set([&](isl::basic_set basic) {
      std::string conjunction;
      auto add = [&](const isl::aff &value, bool isEquality) {
        conjunction += (conjunction.empty() ? "" : " and ") + text(fromAff(context_, value, names)) +
                       (isEquality ? " == 0" : " >= 0");
      };
      isl_constraint_list *list = isl_basic_set_get_constraint_list(basic.get());
      for (int i = 0; i < isl_constraint_list_size(list); ++i) {
        isl_constraint *constraint = isl_constraint_list_get_constraint(list, i);
        const bool isDefinition = isl_constraint_is_div_constraint(constraint) == isl_bool_true;
        const isl::aff value = isl::manage(isl_constraint_get_aff(constraint));
        if (!isDefinition)
          add(value, isl_constraint_is_equality(constraint) == isl_bool_true);
        isl_constraint_free(constraint);
      }
      isl_constraint_list_free(list);
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
      args += "[" + inames + "]: " + text(sub.access);
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
