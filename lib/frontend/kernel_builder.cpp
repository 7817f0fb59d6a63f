#include "kernel_builder.h"

#include "prepare.h"
#include "roles.h"
#include "statement_builder.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

class KernelBuilder {
public:
  KernelBuilder(Context &context, ast::Kernel &syntax, const Callees &callees, Errors &errors)
      : syntax_(syntax), errors_(errors), errorsBefore_(errors.count()), scope_(context, kernel_, errors),
        domains_(scope_) {
    kernel_.context = &context;
    kernel_.name = syntax.name.text;
    kernel_.source = syntax.range;
    kernel_.assumptions = poly::universe(context.isl());
    kernel_.functions = syntax.functions;
    scope_.callees = callees;
  }

  Kernel run() {
    declareNames();
    Preparation preparation(scope_, syntax_.items);
    declareArrays();
    readAssumptions();
    domains_.readConditions(syntax_.domains);
    StatementBuilder builder(scope_, domains_);
    Location location;
    walk(syntax_.items, location, {}, preparation, builder);
    kernel_.tree = builder.finishTree();
    if (errors_.count() == errorsBefore_)
      assignRoles(scope_, syntax_.arguments);
    if (errors_.count() == errorsBefore_)
      checkDataBounds();
    checkUnused();
    if (errors_.count() == errorsBefore_ && !kernel_.statements.empty())
      checkIdleInames();
    return std::move(kernel_);
  }

private:
  template <class F> void attempt(F &&work) {
    try {
      work();
    } catch (const Abandoned &) {
      // Reported.
    }
  }

  // ---- declarations
  static bool isParam(const ast::Argument &a) { return !a.isArray && (!a.role || *a.role == Role::In); }

  void declareNames() {
    for (const ast::Argument &a : syntax_.arguments)
      attempt([&] {
        if (isParam(a))
          scope_.declareParam(a.name.text, a.type, a.name.range);
        else
          scope_.claim(a.name.text, a.name.range);
      });
    domains_.declareInames(syntax_.domains);
    for (const ast::RuleLine &rule : syntax_.rules)
      attempt([&] { scope_.declareRule(rule); });
  }

  void declareArrays() {
    for (const ast::Argument &a : syntax_.arguments) {
      kernel_.argumentOrder.push_back(a.name.text);
      if (!isParam(a))
        attempt([&] { declareArray(a); });
    }
  }

  void declareArray(const ast::Argument &a) {
    ExprBuilder exprs(scope_,
                      [](const std::string &, SourceRange) -> RuleInfo & { throw InternalError("a rule in a shape"); });
    Array array;
    array.name = a.name.text;
    array.type = a.type;
    array.source = a.name.range;
    array.layout.columnMajor = a.columnMajor;
    array.layout.alignment = a.alignment;
    for (const ast::NamedWord &tag : a.tags)
      array.tags.insert(tag.text);
    auto build = [&](const ast::Term *term, const char *what) {
      exprs.paramsOnly = what;
      return exprs.buildFor(*term, indexType);
    };
    try {
      for (const ast::Term *extent : a.shape)
        array.shape.push_back(build(extent, "The extents of an argument"));
      for (const ast::Term *stride : a.strides)
        array.layout.strides.push_back(build(stride, "The strides of an argument"));
      if (a.offset)
        array.layout.offset = build(a.offset, "The offset of an argument");
    } catch (const Abandoned &) {
      array.shape.assign(a.shape.size(), scope_.context.constant(int64_t(1)));
    }
    scope_.declareArray(std::move(array), {}, false);
  }

  // What the user assumes, and that no extent is negative.
  void readAssumptions() {
    isl::ctx ctx = scope_.context.isl();
    for (const ast::Term *term : syntax_.assumptions)
      attempt([&] {
        AffineReader reader(ctx, errors_, paramsOnly(scope_, "An assumption"));
        kernel_.assumptions = withBudget(ctx, errors_, term->range, [&] {
          return intersectSimple(kernel_.assumptions, reader.condition(*term), errors_, term->range).coalesce();
        });
      });
    const bool areContradictory = kernel_.assumptions.is_empty();
    for (const Array &array : kernel_.arrays)
      for (Expr extent : array.shape)
        if (std::optional<isl::pw_aff> value = toAffine(scope_.context, extent)) {
          const std::optional<int64_t> constant = poly::constantValue(*value, poly::universe(ctx));
          if (constant && *constant < 0)
            errors_.add(extent.range(), "The extent of an axis of `" + array.name + "` is " +
                                            std::to_string(*constant) + ", which is negative.");
          else
            kernel_.assumptions = kernel_.assumptions.intersect(value->ge_set(poly::constantAff(ctx, 0)));
        }
    if (kernel_.assumptions.is_empty())
      errors_.add(syntax_.assumptions.empty() ? kernel_.source : syntax_.assumptions[0]->range,
                  areContradictory ? "No values of the parameters satisfy the assumptions."
                                   : "The extent of some array is negative for all values of the parameters.");
  }

  // ---- blocks
  void walk(const ast::Items &items, Location &location, const Surroundings &around, Preparation &preparation,
            StatementBuilder &builder) {
    std::vector<unsigned> order = preparation.orderOf(location, items.size());
    location.push_back(0);
    for (unsigned k : order) {
      location.back() = k;
      std::visit(Overloaded{[&](const ast::Statement &statement) { builder.add(statement, around); },
                            [&](const ast::TempLine &temp) { attempt([&] { builder.declareTemp(temp, around); }); },
                            [&](const ast::ForBlock &block) {
                              attempt([&] {
                                Surroundings inner = enter(block, around);
                                below(block.body, 0, location, inner, preparation, builder);
                              });
                            },
                            [&](const ast::WithBlock &block) {
                              attempt([&] {
                                Surroundings inner = enter(block, around, builder);
                                below(block.body, 0, location, inner, preparation, builder);
                              });
                            },
                            [&](const ast::IfBlock &block) { walkIf(block, location, around, preparation, builder); }},
                 items[k]->data);
    }
    location.pop_back();
  }

  void below(const ast::Items &body, unsigned branch, Location &location, const Surroundings &around,
             Preparation &preparation, StatementBuilder &builder) {
    location.push_back(branch);
    walk(body, location, around, preparation, builder);
    location.pop_back();
  }

  Surroundings enter(const ast::ForBlock &block, const Surroundings &around) {
    Surroundings inner = around;
    ++blockCount_;
    for (const ast::NamedWord &iname : block.inames) {
      if (!scope_.isIname(iname.text))
        errors_.fail(iname.range, unknownName("iname", iname.text, scope_.inameNames()) +
                                      " The range of a loop is given by a line such as 'domain { [" + iname.text +
                                      "] : 0 <= " + iname.text + " < n }'.");
      for (const LoopStep &step : inner.loops)
        if (step.iname == iname.text)
          errors_.fail(iname.range, "The loop '" + iname.text + "' already stands around this block.");
      inner.loops.push_back({blockCount_, iname.text});
    }
    return inner;
  }

  Surroundings enter(const ast::WithBlock &block, const Surroundings &around, StatementBuilder &builder) {
    Surroundings inner = around;
    inner.inames.insert(inner.inames.end(), block.options.inames.begin(), block.options.inames.end());
    inner.tags.insert(inner.tags.end(), block.options.tags.begin(), block.options.tags.end());
    inner.atomic |= block.options.atomic;
    if (block.options.condition)
      inner.conditions.push_back(builder.condition(*block.options.condition, around, true));
    return inner;
  }

  // Each branch holds where its condition holds and those before it do not.
  void walkIf(const ast::IfBlock &block, Location &location, const Surroundings &around, Preparation &preparation,
              StatementBuilder &builder) {
    Surroundings rest = around;
    for (unsigned b = 0; b < block.branches.size(); ++b) {
      const ast::IfBlock::Branch &branch = block.branches[b];
      if (!branch.condition) {
        below(branch.body, b, location, rest, preparation, builder);
        continue;
      }
      try {
        Surroundings inner = rest;
        if (block.branches.size() == 1) {
          addConjuncts(*branch.condition, inner, builder);
        } else {
          Condition condition = builder.condition(*branch.condition, rest, false);
          inner.conditions.push_back(condition);
          addNegation(rest, around.conditions.size(), condition, branch.range);
        }
        below(branch.body, b, location, inner, preparation, builder);
      } catch (const Abandoned &) {
        return; // what follows depends on this condition
      }
    }
  }

  // Affine conditions of earlier branches are kept as one, so that long chains of elif stay linear.
  void addNegation(Surroundings &rest, size_t outer, const Condition &condition, SourceRange range) {
    Condition negation = withBudget(scope_.context.isl(), errors_, range, [&] { return condition.negated(); });
    if (negation.set) {
      requireSimple(*negation.set, errors_, range);
      for (size_t k = outer; k < rest.conditions.size(); ++k)
        if (Condition &earlier = rest.conditions[k]; earlier.set) {
          earlier.set = withBudget(scope_.context.isl(), errors_, range,
                                   [&] { return intersectSimple(*earlier.set, *negation.set, errors_, range); });
          earlier.inames.insert(negation.inames.begin(), negation.inames.end());
          return;
        }
    }
    rest.conditions.push_back(std::move(negation));
  }

  // `if a and b` without further branches is `if a` around `if b`: an affine part goes into the domains of the other.
  void addConjuncts(const ast::Term &term, Surroundings &inner, StatementBuilder &builder) {
    if (term.kind == ast::Term::Kind::And) {
      addConjuncts(*term.args[0], inner, builder);
      addConjuncts(*term.args[1], inner, builder);
    } else {
      inner.conditions.push_back(builder.condition(term, inner, false));
    }
  }

  // ---- checks of the whole
  // A temporary that bounds a loop is written once, unconditionally, before every statement that the loop holds.
  void checkDataBounds() {
    std::map<std::string, SourceRange> needed; // temporary -> a statement that needs it
    std::map<std::string, std::vector<const Statement *>> writers;
    for (const StatementRef &statement : kernel_.statements) {
      for (const auto &[name, load] : statement->dataParams) {
        const std::string &array = load.as<Load>()->array;
        if (kernel_.array(array).isTemp() && writers[array].empty())
          errors_.add(statement->source,
                      "'" + array + "' bounds a loop of this statement, but is written only after it.",
                      {noteAt(kernel_.array(array).source, "It is declared here.")});
        needed.emplace(array, statement->source);
      }
      for (const AccessRef &access : accesses(*statement))
        if (access.isWrite)
          writers[access.load->array].push_back(statement.get());
    }
    for (const auto &[array, range] : needed)
      if (writers[array].size() > 1 || (!kernel_.array(array).isTemp() && !writers[array].empty()))
        errors_.add(writers[array].back()->source,
                    "'" + array +
                        "' bounds a loop, so it may have one writer only, and none if "
                        "it is an argument.",
                    {noteAt(range, "The loop stands around this statement.")});
  }

  // Names in rules that nobody uses are still checked.
  void checkUnused() {
    InameFinder finder(scope_, domains_);
    for (const ast::RuleLine &rule : syntax_.rules)
      attempt([&] {
        if (scope_.rule(rule.name.text))
          finder.analyse(rule.name.text, rule.range);
      });
  }

  // A loop that no statement stands in would vanish without a word.
  void checkIdleInames() {
    std::set<std::string> used;
    auto addNames = [&](Expr e) {
      forEach(e, [&](Expr node) {
        if (const InameRef *iname = node.as<InameRef>())
          used.insert(iname->name);
        else if (const Reduce *reduce = node.as<Reduce>())
          used.insert(reduce->inames.begin(), reduce->inames.end());
      });
    };
    for (const StatementRef &statement : kernel_.statements) {
      used.insert(statement->inames.begin(), statement->inames.end());
      if (const CallBody *call = std::get_if<CallBody>(&statement->body))
        for (const auto &arg : call->args)
          if (const SubArray *part = std::get_if<SubArray>(&arg))
            used.insert(part->inames.begin(), part->inames.end());
    }
    for (const Rule &rule : kernel_.rules)
      addNames(rule.body);
    for (const Iname &iname : kernel_.inames)
      if (!used.count(iname.name))
        errors_.add(iname.source,
                    "No statement runs over the iname '" + iname.name +
                        "', since it occurs in none of them. Put the statements that repeat for each of its "
                        "values into 'for " +
                        iname.name + " ... end', or take it out of the domain.");
  }

  ast::Kernel &syntax_;
  Errors &errors_;
  size_t errorsBefore_; // of other kernels
  Kernel kernel_;
  Scope scope_;
  Domains domains_;
  unsigned blockCount_ = 0;
};

} // namespace

Kernel buildKernel(Context &context, ast::Kernel &syntax, const Callees &callees, Errors &errors) {
  return KernelBuilder(context, syntax, callees, errors).run();
}

} // namespace loopy
