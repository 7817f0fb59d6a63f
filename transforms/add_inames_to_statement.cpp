#include "loopy/transforms/add_inames_to_statement.h"

#include "edit.h"
#include "inverse_map.h"
#include "match.h"
#include "repetition.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class InameAdder {
public:
  InameAdder(const Kernel &kernel, const AddInamesToStatement &options) : kernel_(kernel), options_(options) {}

  Kernel run() const {
    requireInames(kernel_, options_.inames, options_.where);
    if (!options_.like.empty())
      requireStatement(kernel_, options_.like, options_.where);
    const std::vector<std::string> ids = matchStatements(kernel_, options_.within, options_.where);
    const AccessTable table(kernel_);
    Kernel result = kernel_;
    for (const std::string &id : ids) {
      const Statement &statement = kernel_.statement(id);
      if (const auto reason = whyNotRepeatable(table, statement))
        fail(callText("add_inames_to_statement", options_.inames) + " is not legal: " + *reason + ".");
      result.replaceStatement(withInames(statement));
    }
    result.tree = withLoops(kernel_.tree, {ids.begin(), ids.end()});
    result.tree =
        rewriteTree(result.tree, [](const NodeRef &node) { return std::vector<NodeRef>{node}; }); // joins leaves
    const AccessTable inLoops(result);
    for (const std::string &id : ids)
      if (const auto disturbance = whatDisturbs(inLoops, id, {options_.inames.begin(), options_.inames.end()}))
        fail(callText("add_inames_to_statement", options_.inames) + " is not legal: " + *disturbance + ".");
    proveTags(result);
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  Statement withInames(const Statement &statement) const {
    Statement result = statement;
    for (const std::string &iname : options_.inames) {
      if (hasIname(result, iname))
        fail("`" + statement.id + "` has the iname `" + iname + "` already.");
      for (const std::string &other : result.inames)
        if (kernel_.tag(iname).isHardware() && kernel_.tag(other) == kernel_.tag(iname))
          fail("add_inames_to_statement(" + iname + ") is not possible: `" + statement.id + "` stands in loop `" + other +
               "`, which has the axis " + kernel_.tag(iname).name() + " of loop `" + iname + "`.");
      const isl::set before = kernel_.context->intersection(result.domain, kernel_.assumptions);
      result.domain = result.domain.intersect(rangeFor(result, iname));
      const isl::set lost = before.subtract(poly::projectOut(result.domain, {iname}));
      if (!lost.is_empty())
        fail("add_inames_to_statement(" + iname + ") is not legal: loop `" + iname + "` has no iteration in which " +
             statement.id + instanceOf(kernel_, statement.inames, lost) + " would run.");
      result.inames.push_back(iname);
    }
    return result;
  }

  // The range that the iname has in the statements that have it, for given values of params and this statement's
  // inames.
  isl::set rangeFor(const Statement &statement, const std::string &iname) const {
    std::vector<std::string> names = kernel_.integerParams();
    llvm::append_range(names, statement.inames);
    names.push_back(iname);
    std::optional<isl::set> range;
    std::string first;
    for (const StatementRef &other : kernel_.statements) {
      if (!hasIname(*other, iname) || (!options_.like.empty() && other->id != options_.like))
        continue;
      for (const auto &[name, load] : other->dataParams)
        if (poly::involves(other->domain, name))
          fail("The range of `" + iname + "` in `" + other->id + "` depends on the data `" + toString(load) + "`.");
      const isl::set here = poly::projectOnto(other->domain, names);
      if (range && !poly::isEqual(*range, here))
        fail("`" + iname + "` has different ranges in `" + first + "` and `" + other->id +
             "`. Say with like= which one is meant.");
      if (!range)
        first = other->id;
      range = here;
    }
    if (!range)
      fail("`" + options_.like + "` has no iname `" + iname + "`.");
    return *range;
  }

  // The nodes with new loops around the selected statements. One that stands directly before a loop of the first new
  // iname goes into that.
  std::vector<NodeRef> withLoops(const std::vector<NodeRef> &nodes, const std::set<std::string> &selected) const {
    std::vector<NodeRef> result;
    for (const NodeRef &node : llvm::reverse(nodes)) {
      if (const Loop *loop = node->loop()) {
        result.insert(result.begin(), makeLoop(loop->iname, withLoops(loop->children, selected)));
        continue;
      }
      for (const std::string &id : llvm::reverse(node->leaf()->statements))
        if (selected.count(id))
          prepend(result, id, options_.inames);
        else
          result.insert(result.begin(), makeLeaf({id}));
    }
    return result;
  }

  // Puts the statement before the nodes, inside these loops, which are those that stand there already if they do.
  static void prepend(std::vector<NodeRef> &nodes, const std::string &id, llvm::ArrayRef<std::string> loops) {
    if (loops.empty()) {
      nodes.insert(nodes.begin(), makeLeaf({id}));
      return;
    }
    const Loop *next = nodes.empty() ? nullptr : nodes.front()->loop();
    const bool isThere = next && next->iname == loops.front();
    std::vector<NodeRef> inside = isThere ? next->children : std::vector<NodeRef>();
    prepend(inside, id, loops.drop_front());
    if (isThere)
      nodes.erase(nodes.begin());
    nodes.insert(nodes.begin(), makeLoop(loops.front(), std::move(inside)));
  }

  // Repetitions write the same element, so they need an order:
  //   every dependence that holds with these loops sequential holds with their tags
  void proveTags(const Kernel &tagged) const {
    Kernel sequential = tagged;
    for (const std::string &iname : options_.inames)
      sequential.setTag(iname, {});
    if (llvm::any_of(options_.inames, [&](const std::string &iname) { return tagged.tag(iname).isParallel(); }))
      proveReorder(sequential, tagged, options_.where, callText("add_inames_to_statement", options_.inames));
  }

  const Kernel &kernel_;
  const AddInamesToStatement &options_;
};

} // namespace

Kernel addInamesToStatement(const Kernel &kernel, const AddInamesToStatement &options, Notes *) {
  return InameAdder(kernel, options).run();
}

} // namespace loopy
