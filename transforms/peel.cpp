#include "loopy/transforms/peel.h"

#include "copies.h"

#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class Peeling {
public:
  Peeling(const Kernel &kernel, const Peel &options) : kernel_(kernel), options_(options) {
    const std::vector<std::string> statements = statementsWith(kernel, options.iname);
    headSuffix_ = freshSuffix(kernel, "_head", statements);
    tailSuffix_ = freshSuffix(kernel, "_tail", statements);
  }

  Kernel run() {
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &outer) {
      if (loop.iname == options_.iname)
        findParts(loop, outer);
    });
    CopiedParts parts = chooseCopies();
    Kernel result = withCopies(kernel_, parts, [&](const Statement &statement, const CopiedPart *part) {
      return domainIn(statement, part ? part->suffix : "");
    });
    for (const auto &[id, loads] : moreData_)
      for (const std::string &copy : {id, id + headSuffix_, id + tailSuffix_})
        if (result.findStatement(copy)) {
          Statement statement = result.statement(copy);
          statement.dataParams.insert(loads.begin(), loads.end());
          result.replaceStatement(std::move(statement));
        }
    separateParts(kernel_, result, parts);
    result.tree = cutTree(result.tree, parts);
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  // hull : { : outer inames, x }, the iterations of one loop; convex along x.
  //   head = { x in hull : x - a not in hull }
  //   tail = { x in hull but not in head : x + b not in hull }
  // Each condition is simplified where an iteration is there.
  void findParts(const Loop &loop, const std::vector<std::string> &outer) {
    ++loops_;
    const std::vector<std::string> below = statementsBelow(loop.children);
    const isl::set hull = hullOf(below, outer);
    const isl::set inner = hull.intersect(shifted(hull, -options_.head));
    const isl::set head = hull.subtract(inner), body = inner.intersect(shifted(hull, options_.tail)),
                   tail = inner.subtract(body);
    std::map<std::string, isl::set> conditions{{"", body.gist(hull).coalesce()}};
    if (options_.head > 0)
      conditions.emplace(headSuffix_, head.gist(hull).coalesce());
    if (options_.tail > 0)
      conditions.emplace(tailSuffix_, tail.gist(hull).coalesce());
    for (const auto &[suffix, condition] : conditions)
      requireKnown(condition, below, outer);
    for (const std::string &id : below) {
      conditions_[id] = conditions;
      outer_[id] = outer;
    }
  }

  // { : x + distance in hull }
  isl::set shifted(const isl::set &hull, int64_t distance) const {
    const isl::pw_aff x = poly::paramAff(kernel_.context->isl(), options_.iname);
    return poly::substitute(poly::renameParams(hull, {{options_.iname, "$x"}}), "$x", x.add_constant(distance));
  }

  isl::set hullOf(const std::vector<std::string> &statements, std::vector<std::string> outer) const {
    outer.push_back(options_.iname);
    isl::set values = poly::emptySet(kernel_.context->isl());
    for (const std::string &id : statements) {
      const Statement &statement = kernel_.statement(id);
      poly::Names inner;
      llvm::copy_if(statement.inames, std::back_inserter(inner),
                    [&](const std::string &iname) { return !llvm::is_contained(outer, iname); });
      const isl::set own =
          poly::projectOut(kernel_.context->intersection(statement.domain, kernel_.assumptions), inner);
      if (!own.is_subset(values))
        values = values.unite(own).coalesce();
    }
    if (values.n_basic_set() <= 1)
      return values;
    const isl::set full = between(values), simple = poly::simpleHull(full);
    return simple.is_subset(full) ? simple : full;
  }

  // { : x0 <= x <= x1 for some x0, x1 of the set }
  isl::set between(const isl::set &values) const {
    const isl::pw_aff x = poly::paramAff(kernel_.context->isl(), options_.iname),
                      y = poly::paramAff(kernel_.context->isl(), "$x");
    const isl::set renamed = poly::renameParams(values, {{options_.iname, "$x"}});
    return poly::projectOut(renamed.intersect(y.le_set(x)), {"$x"})
        .intersect(poly::projectOut(renamed.intersect(y.ge_set(x)), {"$x"}))
        .coalesce();
  }

  // Data that the condition mentions is the same for all statements below, and known outside the loop.
  void requireKnown(const isl::set &condition, const std::vector<std::string> &below,
                    const std::vector<std::string> &outer) {
    for (const std::string &name : poly::involvedNames(condition)) {
      Expr load;
      for (const std::string &id : below)
        if (auto found = kernel_.statement(id).dataParams.find(name); found != kernel_.statement(id).dataParams.end()) {
          if (load && !equal(load, found->second))
            fail("The first and last iterations of loop `" + options_.iname + "` depend on data that is read as `" +
                 toString(load) + "` and as `" + toString(found->second) + "`.");
          load = found->second;
        }
      if (!load)
        continue;
      for (const std::string &iname : inamesIn(load))
        if (!llvm::is_contained(outer, iname))
          fail("The first and last iterations of loop `" + options_.iname + "` depend on the data `" + toString(load) +
               "`, which is not known outside loop `" + iname + "`.");
      for (const std::string &id : below)
        moreData_[id].emplace(name, load);
    }
  }

  // The instances of a statement in a part, with what they ask of the iterations as constraints of its own (as in
  // 0 <= 16*x + y, y < 16, which has x >= 0): that is to be asked outside the loops in a single iteration.
  const isl::set &domainIn(const Statement &statement, const std::string &suffix) {
    isl::set &known = domains_[{statement.id, suffix}];
    if (known.is_null())
      known = findDomainIn(statement, suffix);
    return known;
  }

  isl::set findDomainIn(const Statement &statement, const std::string &suffix) const {
    const isl::set domain = statement.domain.intersect(conditions_.at(statement.id).at(suffix)).coalesce();
    poly::Names inner;
    for (const std::string &iname : statement.inames)
      if (!llvm::is_contained(outer_.at(statement.id), iname) && iname != options_.iname)
        inner.push_back(iname);
    const isl::set iterations = poly::projectOut(domain, inner).coalesce();
    return isl::manage(isl_set_remove_redundancies(domain.intersect(iterations).release()));
  }

  CopiedParts chooseCopies() {
    CopiedParts parts;
    parts.where = options_.where;
    const std::set<std::string> deciding = decidingInames();
    // Several loops of this name may have different first iterations.
    parts.isPlainlySeparate = [deciding, isOne = loops_ == 1](const std::vector<const Load *> &loads) {
      return isOne && llvm::all_of(deciding, [&](const std::string &iname) { return isIndexedBy(loads, iname); });
    };
    CopiedPart head{headSuffix_, {}}, tail{tailSuffix_, {}};
    for (const auto &[id, conditions] : conditions_) {
      const Statement &statement = kernel_.statement(id);
      for (const auto &[suffix, condition] : conditions)
        if (!domainIn(statement, suffix).intersect(kernel_.assumptions).is_empty())
          (suffix.empty() ? parts.kept : suffix == headSuffix_ ? head.originals : tail.originals).insert(id);
      const bool isAnywhere = parts.kept.count(id) || head.originals.count(id) || tail.originals.count(id);
      if (!isAnywhere)
        parts.kept.insert(id); // a statement without instances
    }
    for (CopiedPart *part : {&head, &tail})
      if (!part->originals.empty())
        parts.parts.push_back(std::move(*part));
    if (parts.parts.empty())
      fail("Loop `" + options_.iname + "` has no iterations to cut off.");
    return parts;
  }

  // The loops whose values say in which part an iteration is.
  std::set<std::string> decidingInames() const {
    std::set<std::string> result{options_.iname};
    for (const auto &[id, conditions] : conditions_)
      for (const auto &[suffix, condition] : conditions)
        for (const std::string &name : poly::involvedNames(condition))
          if (llvm::is_contained(outer_.at(id), name))
            result.insert(name);
    return result;
  }

  // The iname is, in all accesses, the index of one axis: different values of it use different elements.
  static bool isIndexedBy(const std::vector<const Load *> &loads, const std::string &iname) {
    for (size_t axis = 0; axis < loads.front()->index.size(); ++axis)
      if (llvm::all_of(loads, [&](const Load *load) {
            const InameRef *index = load->index[axis].as<InameRef>();
            return index && index->name == iname;
          }))
        return true;
    return false;
  }

  Tree cutTree(const Tree &tree, const CopiedParts &parts) const {
    std::set<std::string> head, tail;
    for (const CopiedPart &part : parts.parts)
      (part.suffix == headSuffix_ ? head : tail) = idsOf(part);
    return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
      if (!node->loop() || node->loop()->iname != options_.iname)
        return {node};
      std::vector<NodeRef> result = restrictTree({node}, [&](const std::string &id) { return head.count(id) != 0; });
      llvm::append_range(
          result, restrictTree({node}, [&](const std::string &id) { return !head.count(id) && !tail.count(id); }));
      llvm::append_range(result, restrictTree({node}, [&](const std::string &id) { return tail.count(id) != 0; }));
      return result;
    });
  }

  const Kernel &kernel_;
  const Peel &options_;
  std::string headSuffix_, tailSuffix_;
  unsigned loops_ = 0;                                                // that have the name
  std::map<std::string, std::map<std::string, isl::set>> conditions_; // by statement and suffix
  std::map<std::string, std::vector<std::string>> outer_;             // the loops outside, by statement
  std::map<std::pair<std::string, std::string>, isl::set> domains_;   // by statement and suffix
  std::map<std::string, std::map<std::string, Expr>> moreData_;       // what these mention, by statement
};

} // namespace

Kernel peel(const Kernel &kernel, const Peel &options, Notes *) {
  requireIname(kernel, options.iname, options.where);
  if (const Tag tag = kernel.tag(options.iname); tag.isParallel())
    throw UserError(options.where,
                    "Loop `" + options.iname + "` is tagged `" + tag.name() +
                        "`, so its iterations have no first and no last. Peeling wants a sequential loop.");
  constexpr int64_t most = 1 << 20;
  if (options.head < 0 || options.tail < 0 || options.head > most || options.tail > most)
    throw UserError(options.where,
                    "The numbers of iterations to cut off have to be from 0 to " + std::to_string(most) + ".");
  if (options.head == 0 && options.tail == 0)
    throw UserError(options.where, "Say how many iterations are to be cut off: head=1, tail=1 or both.");
  return Peeling(kernel, options).run();
}

} // namespace loopy
