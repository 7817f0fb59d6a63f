#include "loopy/transforms/assignment_to_subst.h"

#include "edit.h"
#include "match.h"
#include "reads.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

#include <algorithm>

namespace loopy {
namespace {

// For one read: about a second of isl's work.
constexpr unsigned long operationBudget = 2'000'000;

std::string twicePrimed(const std::string &iname) { return primed(primed(iname)); }

class Definition {
public:
  Definition(const Kernel &kernel, const AssignmentToSubst &options)
      : kernel_(kernel), context_(*kernel.context), options_(options), table_(kernel), paths_(allPaths(kernel.tree)) {}

  Kernel run() {
    findDefinition();
    rule_ = {options_.rule.empty() ? kernel_.freshName(array_->name + "_subst") : options_.rule, definition_->inames,
             body(), options_.where};
    requireNewName(kernel_, rule_.name, options_.where);
    Kernel result = kernel_;
    unsigned count = 0;
    for (const std::string &id : matchStatements(kernel_, options_.within, options_.where))
      if (id != definition_->id)
        replaceReads(result, kernel_.statement(id), count);
    if (count == 0)
      fail("No selected statement reads `" + array_->name + "` in an expression." + adviceOnRules());
    result.rules.push_back(rule_);
    removeIfUnread(result);
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  // Reads in the bodies of rules are left alone: what they read depends on where the rule is used.
  std::string adviceOnRules() const {
    for (const Rule &rule : kernel_.rules) {
      bool reads = false;
      forEach(rule.body, [&](Expr part) { reads |= part.is<Load>() && part.as<Load>()->array == array_->name; });
      if (reads)
        return " The rule `" + rule.name + "` reads it: call expand_subst(" + rule.name +
               ") first, or assignment_to_subst(" + array_->name + ") before the step that makes the rule.";
    }
    return "";
  }

  // The only statement that writes the temporary, which must be a plain assignment.
  void findDefinition() {
    std::string name = options_.target;
    if (const Statement *statement = kernel_.findStatement(name); statement && !kernel_.findArray(name)) {
      const Assign *assign = std::get_if<Assign>(&statement->body);
      if (!assign || assign->lhs.size() != 1)
        fail("Statement `" + name + "` does not assign one temporary.");
      name = assign->lhs[0].as<Load>()->array;
    }
    array_ = &requireTemporary(kernel_, name, options_.where);
    std::set<std::string> writers;
    for (unsigned access : table_.ofArray(name))
      if (table_.access(access).isWrite)
        writers.insert(table_.statement(table_.access(access).statement).id);
    if (writers.size() != 1)
      fail("`" + name + "` is written by " + listOfNames({writers.begin(), writers.end()}) +
           "; only a temporary that one statement assigns can become a rule.");
    definition_ = &kernel_.statement(*writers.begin());
    const Assign *assign = std::get_if<Assign>(&definition_->body);
    const std::string refused = "`" + definition_->id + "` cannot become a rule: ";
    if (!assign || assign->lhs.size() != 1 || assign->atomic)
      fail(refused + "it is not a plain assignment.");
    if (definition_->reduction)
      fail(refused + "it is a part of a reduction.");
    if (!definition_->guard.empty() || !definition_->dataParams.empty())
      fail(refused + "whether it runs depends on data.");
    number_ = indexOf(definition_->id);
    for (unsigned access : table_.ofStatement(number_))
      if (const AccessInfo &info = table_.access(access); !info.isWrite && info.load.as<Load>()->array == name)
        fail(refused + "it reads `" + name + "` itself.");
    for (unsigned access : table_.ofStatement(number_))
      if (table_.access(access).isWrite)
        write_ = access;
    if (!table_.access(write_).isAffine)
      fail(refused + "the subscripts that it writes are not affine.");
  }

  unsigned indexOf(const std::string &id) const {
    for (unsigned i = 0; i < kernel_.statements.size(); ++i)
      if (kernel_.statements[i]->id == id)
        return i;
    throw InternalError("no statement " + id);
  }

  void replaceReads(Kernel &result, const Statement &user, unsigned &count) {
    const unsigned before = count;
    Statement rewritten = rewriteReads(context_, user, [&](Expr e) {
      const Load *load = e.as<Load>();
      if (!load || load->array != array_->name)
        return Expr();
      ++count;
      return context_.make({e.type(), e.range(), RuleUse{rule_.name, definingInstance(user, e), ""}});
    });
    if (count > before)
      result.replaceStatement(std::move(rewritten));
  }

  // What it assigns. Its inames become arguments, which a rule that it uses, and that mentions them, knows nothing of:
  // such rules are expanded.
  Expr body() const {
    const Expr rhs = std::get<Assign>(definition_->body).rhs[0];
    bool mentions = false;
    forEach(rhs, [&](Expr part) {
      const RuleUse *use = part.as<RuleUse>();
      const Rule *rule = use ? kernel_.findRule(use->rule) : nullptr;
      for (const std::string &iname : rule ? inamesIn(expandRules(kernel_, rule->body)) : std::set<std::string>{})
        mentions |= !llvm::is_contained(rule->params, iname) && llvm::is_contained(definition_->inames, iname);
    });
    return mentions ? expandRules(kernel_, rhs) : rhs;
  }

  // The inames of d(u) as expressions over those of the user, with everything proved.
  std::vector<Expr> definingInstance(const Statement &user, Expr read) {
    const unsigned userNumber = indexOf(user.id);
    const Expr expanded = expandRules(kernel_, read);
    // The same text may stand in several places, under conditions of their own.
    // pairs  : { d[x], u[y'] : d(x) writes what u(y) reads },  needed : { u[y'] : u(y) reads it }
    isl::set pairs = poly::emptySet(table_.ctx()), needed = pairs;
    bool isFound = false, isAffine = true;
    for (unsigned access : table_.ofStatement(userNumber)) {
      const AccessInfo &info = table_.access(access);
      if (!equal(info.load, expanded))
        continue;
      isFound = true;
      isAffine &= info.isAffine;
      pairs = pairs.unite(sameElement(table_, write_, access));
      isl::set domain = table_.primedDomain(userNumber);
      if (info.condition)
        domain = domain.intersect(poly::renameParams(*info.condition, table_.priming(userNumber)));
      needed = needed.unite(domain);
    }
    if (!isFound || !isAffine)
      fail("`" + toString(read) + "` in `" + user.id +
           "` has subscripts that are not affine, so its defining instance is "
           "not known.");
    const auto values = poly::withinBudget(table_.ctx(), operationBudget, [&] {
      proveDefined(user, needed, read, pairs);
      std::vector<Expr> result;
      for (const std::string &iname : definition_->inames)
        result.push_back(valueOf(iname, user, read, pairs));
      proveUnchanged(user, pairs);
      return result;
    });
    if (!values)
      fail("Which instance of `" + definition_->id + "` sets `" + toString(read) + "` in `" + user.id +
           "` could not be found within the budget of integer-set operations.");
    return *values;
  }

  std::string at(const poly::Point &point, const std::vector<std::string> &inames, bool isPrimed) const {
    std::string text;
    for (const Param &param : kernel_.params)
      if (auto it = point.find(param.name); it != point.end())
        text += (text.empty() ? "" : ", ") + param.name + "=" + std::to_string(it->second);
    for (const std::string &iname : inames)
      if (auto it = point.find(isPrimed ? primed(iname) : iname); it != point.end())
        text += (text.empty() ? "" : ", ") + iname + "=" + std::to_string(it->second);
    return text;
  }

  // Every instance of the user has a defining instance, and that runs before it:
  //   for all y in needed: there is an x with (x, y) in pairs;  for all (x, y) in pairs: d(x) before u(y)
  void proveDefined(const Statement &user, const isl::set &needed, Expr read, const isl::set &pairs) const {
    isl::set undefined = needed.subtract(poly::projectOut(pairs, definition_->inames));
    if (std::optional<poly::Point> point = poly::samplePoint(undefined, kernel_.integerParams()))
      fail("`" + toString(read) + "` in `" + user.id + "` has no defining instance of `" + definition_->id + "` for " +
           at(*point, user.inames, true) + ".");
    isl::set early =
        pairs.subtract(runsBefore(table_.ctx(), commonPath(paths_.at(definition_->id), paths_.at(user.id))));
    if (std::optional<poly::Point> point = poly::samplePoint(early, kernel_.integerParams()))
      fail("`" + user.id + "` reads `" + toString(read) + "` before `" + definition_->id + "` assigns it, for " +
           at(*point, user.inames, true) + ".");
  }

  // The one value of an iname of d(u): the subscript itself where the definition has the iname there, else from isl.
  Expr valueOf(const std::string &iname, const Statement &user, Expr read, const isl::set &pairs) const {
    const Load &place = *std::get<Assign>(definition_->body).lhs[0].as<Load>();
    for (size_t axis = 0; axis < place.index.size(); ++axis)
      if (const InameRef *name = place.index[axis].as<InameRef>(); name && name->name == iname)
        return read.as<Load>()->index[axis];
    if (pairs.is_empty())
      return context_.constant(int64_t{0}); // never read
    poly::Names names = kernel_.integerParams();
    for (const std::string &other : user.inames)
      names.push_back(primed(other));
    names.push_back(iname);
    isl::set graph = poly::projectOnto(pairs, names);
    int position = isl_set_find_dim_by_name(graph.get(), isl_dim_param, iname.c_str());
    const std::string refused =
        "More than one instance of `" + definition_->id + "` defines `" + toString(read) + "` in `" + user.id + "`";
    if (position < 0)
      fail(refused + ": they differ in `" + iname + "`.");
    isl::set tuple =
        isl::manage(isl_set_move_dims(isl_set_from_params(graph.copy()), isl_dim_set, 0, isl_dim_param, position, 1));
    if (!isl::map(isl::manage(isl_map_from_range(tuple.copy()))).is_single_valued())
      fail(refused + ": they differ in `" + iname + "`.");
    isl::pw_multi_aff function = isl::manage(isl_pw_multi_aff_from_set(tuple.copy()));
    poly::Renaming unpriming;
    for (const std::string &other : user.inames)
      unpriming[primed(other)] = other;
    isl::pw_aff value = poly::renameParams(function.at(0), unpriming);
    return fromPwAff(context_, value.gist(table_.domain(indexOf(user.id))), namesOf(kernel_));
  }

  // No write w of what the rule reads runs between d(u) and u:
  //   none of { d[x], w[z'], u[y''] : pairs(x, y) and d(x) reads what w(z) writes and d(x) before w(z) before u(y) }
  void proveUnchanged(const Statement &user, const isl::set &pairs) const {
    poly::Renaming userTwice, writerToPrimed;
    for (const std::string &iname : user.inames)
      userTwice[primed(iname)] = twicePrimed(iname);
    const isl::set defined = poly::renameParams(pairs, userTwice);
    std::set<std::string> arrays;
    for (unsigned access : table_.ofStatement(number_))
      if (!table_.access(access).isWrite)
        arrays.insert(table_.access(access).load.as<Load>()->array);
    for (const std::string &array : arrays)
      for (unsigned read : table_.ofStatement(number_))
        for (unsigned write : table_.ofArray(array)) {
          if (table_.access(read).isWrite || table_.access(read).load.as<Load>()->array != array ||
              !table_.access(write).isWrite)
            continue;
          checkWrite(user, defined, read, write);
        }
  }

  void checkWrite(const Statement &user, const isl::set &defined, unsigned read, unsigned write) const {
    const Statement &writer = table_.statement(table_.access(write).statement);
    poly::Renaming shift; // z -> z', y' -> y''
    for (const std::string &iname : writer.inames)
      shift[iname] = primed(iname);
    for (const std::string &iname : user.inames)
      shift[primed(iname)] = twicePrimed(iname);
    const isl::ctx ctx = table_.ctx();
    isl::set between = sameElement(table_, read, write).intersect(defined);
    between = between.intersect(runsBefore(ctx, commonPath(paths_.at(definition_->id), paths_.at(writer.id))));
    between = between.intersect(
        poly::renameParams(runsBefore(ctx, commonPath(paths_.at(writer.id), paths_.at(user.id))), shift));
    std::optional<poly::Point> point = poly::samplePoint(between, kernel_.integerParams());
    if (!point)
      return;
    Violation violation;
    violation.array = table_.access(read).load.as<Load>()->array;
    violation.source = definition_->id;
    violation.sink = writer.id;
    violation.element = elementText(table_, table_.access(read), *point);
    violation.sinkWrites = true;
    violation.point = *point;
    fail("Putting the value of `" + array_->name + "` in the place of its name in `" + user.id +
         "` is not legal: " + describe(kernel_, violation) + ", but before `" + user.id + "` uses the value.");
  }

  // Without reads the temporary and its assignment go.
  void removeIfUnread(Kernel &result) const {
    for (const StatementRef &statement : result.statements)
      for (const AccessRef &access : accesses(*statement))
        if (!access.isWrite && access.load->array == array_->name)
          return;
    bool isReadByRule = false;
    for (const Rule &rule : result.rules)
      forEach(rule.body, [&](Expr e) {
        if (const Load *load = e.as<Load>())
          isReadByRule |= load->array == array_->name;
      });
    if (isReadByRule)
      return;
    std::erase_if(result.statements, [&](const StatementRef &s) { return s->id == definition_->id; });
    std::erase_if(result.arrays, [&](const Array &a) { return a.name == array_->name; });
    std::erase_if(result.facts, [&](const Fact &fact) {
      const TrustedFact *trusted = std::get_if<TrustedFact>(&fact);
      return trusted && (trusted->first == definition_->id || trusted->second == definition_->id);
    });
    result.tree = restrictTree(result.tree, [&](const std::string &id) { return id != definition_->id; });
    const std::vector<std::string> loops = loopsIn(result.tree);
    std::erase_if(result.inames, [&](const Iname &iname) {
      return hasIname(*definition_, iname.name) && std::find(loops.begin(), loops.end(), iname.name) == loops.end();
    });
  }

  const Kernel &kernel_;
  Context &context_;
  const AssignmentToSubst &options_;
  AccessTable table_;
  std::map<std::string, Path> paths_;
  const Array *array_ = nullptr;
  const Statement *definition_ = nullptr;
  unsigned number_ = 0, write_ = 0; // of the definition, and of its write
  Rule rule_;
};

} // namespace

Kernel assignmentToSubst(const Kernel &kernel, const AssignmentToSubst &options, Notes *) {
  return Definition(kernel, options).run();
}

} // namespace loopy
