#include "scan_builder.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

ScanBody scanBodyOf(const std::vector<NodeRef> &children, const std::string &update) {
  ScanBody body;
  for (const NodeRef &child : children)
    if (llvm::is_contained(statementsBelow(child), update))
      body.terms = child;
    else
      (body.terms ? body.behind : body.before).push_back(child);
  return body;
}

Tree replaceScanLoop(const Kernel &kernel, const Scan &scan, const ScanNodes &nodes) {
  const std::string &update = scan.update->id;
  const Tree tree = restrictTree(kernel.tree, [&](const std::string &id) { return id != scan.init->id; });
  const Tree replaced = rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Loop *loop = node->loop();
    if (!loop || loop->iname != scan.iname || !llvm::is_contained(statementsBelow(node), update))
      return {node};
    return nodes(scanBodyOf(loop->children, update));
  });
  // Joins leaves that meet.
  return rewriteTree(replaced, [](const NodeRef &node) { return std::vector<NodeRef>{node}; });
}

std::vector<NodeRef> loopOver(const std::string &iname, std::vector<NodeRef> nodes) {
  if (nodes.empty())
    return {};
  return {makeLoop(iname, std::move(nodes))};
}
void appendNodes(std::vector<NodeRef> &to, std::vector<NodeRef> nodes) { llvm::append_range(to, nodes); }

void proveScanOrder(const Kernel &kernel, const Scan &scan, const Kernel &built, const ScanNodes &old,
                    const ScanNodes &now, SourceRange where, const std::string &what) {
  // Nothing changes for what stands outside the loop.
  std::set<std::string> inside;
  auto noted = [&](const ScanNodes &nodes) {
    return [&inside, &nodes](const ScanBody &body) {
      const std::vector<NodeRef> result = nodes(body);
      for (const std::string &id : statementsBelow(result))
        inside.insert(id);
      return result;
    };
  };
  Kernel before = built, after = built;
  before.tree = replaceScanLoop(kernel, scan, noted(old));
  after.tree = replaceScanLoop(kernel, scan, noted(now));
  for (Kernel *each : {&before, &after}) {
    each->tree = restrictTree(each->tree, [&](const std::string &id) { return inside.count(id) != 0; });
    std::erase_if(each->statements, [&](const StatementRef &statement) { return !inside.count(statement->id); });
  }
  proveReorder(before, after, where, what, "All terms would be read before what stands behind them in the loop runs.");
}

std::vector<std::string> addAccumulators(Kernel &kernel, const Scan &scan, int moreAxes, const std::string &name) {
  std::vector<std::string> names;
  for (const std::string &accumulator : scan.reduction->accumulators) {
    Array array = kernel.array(accumulator);
    array.name = kernel.freshName(names.empty() ? name : name + "_index");
    array.implicitAxes = static_cast<unsigned>(static_cast<int>(array.implicitAxes) + moreAxes);
    array.space.reset();
    array.copies.clear();
    names.push_back(array.name);
    kernel.arrays.push_back(std::move(array));
  }
  return names;
}

PartElement elementWithout(Context &context, std::vector<std::string> inames) {
  return [&context, inames](const std::string &array, const Load &place, Type type) {
    std::vector<Expr> index = place.index;
    llvm::erase_if(index, [&](Expr e) {
      const InameRef *ref = e.as<InameRef>();
      return ref && llvm::is_contained(inames, ref->name);
    });
    return context.load(array, std::move(index), type);
  };
}

PartElement sameElement(Context &context) { return elementWithout(context, {}); }

Statement withAccumulators(Context &context, const Scan &scan, const Statement &statement,
                           const std::vector<std::string> &arrays, const PartElement &element) {
  return rewriteExprs(context, statement, [&](Expr e) {
    const Load *load = e.as<Load>();
    const std::vector<std::string> &old = scan.reduction->accumulators;
    const auto at = load ? llvm::find(old, load->array) : old.end();
    return at == old.end() ? e : element(arrays[at - old.begin()], *load, e.type());
  });
}

Statement updateOver(const Kernel &kernel, const Scan &scan, const isl::set &domain) {
  Statement update = *scan.update;
  update.domain = domain;
  return withoutSingleLoops(kernel, update, scan.reduced);
}

} // namespace loopy
