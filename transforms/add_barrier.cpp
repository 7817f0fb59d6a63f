#include "loopy/transforms/add_barrier.h"

#include "edit.h"

#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class BarrierInsertion {
public:
  BarrierInsertion(const Kernel &kernel, const AddBarrier &options) : kernel_(kernel), options_(options) {}

  Kernel run() {
    requirePlace();
    Kernel result = kernel_;
    const auto beside = std::find_if(result.statements.begin(), result.statements.end(),
                                     [&](const StatementRef &statement) { return statement->id == beside_; });
    const Statement made = barrier();
    result.tree = withBarrier(kernel_.tree, 0, made.id);
    result.statements.insert(isBefore() ? beside : std::next(beside), std::make_shared<const Statement>(made));
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  bool isBefore() const { return !options_.before.empty(); }

  void requirePlace() {
    if (options_.before.empty() == options_.after.empty())
      fail("Say where the barrier is to stand: before=STATEMENT or after=STATEMENT.");
    beside_ = isBefore() ? options_.before : options_.after;
    requireStatement(kernel_, beside_, options_.where);
    if (options_.scope != "local" && options_.scope != "global")
      fail("`scope=" + options_.scope + "` is no scope of a barrier. There are: local and global.");
    if (!options_.id.empty())
      requireNewName(kernel_, options_.id, options_.where);
    path_ = pathTo(kernel_.tree, beside_);
    depth_ = path_.loops.size();
    if (!options_.at.empty()) {
      requireIname(kernel_, options_.at, options_.where);
      const auto loop = llvm::find(path_.loops, options_.at);
      if (loop == path_.loops.end())
        fail("Loop `" + options_.at + "` does not stand around `" + beside_ + "`. " +
             (path_.loops.empty() ? "No loop does." : "Loops around it are " + listOfNames(path_.loops) + "."));
      depth_ = static_cast<size_t>(loop - path_.loops.begin()) + 1;
    }
    for (size_t depth = 0; depth < depth_; ++depth)
      if (kernel_.tag(path_.loops[depth]).isVec())
        fail("A barrier cannot stand inside loop `" + path_.loops[depth] +
             "`, which is tagged vec: its lanes run at the same time. Name a loop outside it with at=.");
  }

  // For { the loops around it : `beside` has an instance there }.
  Statement barrier() const {
    const Statement &beside = kernel_.statement(beside_);
    Statement result;
    result.id = options_.id.empty() ? kernel_.freshName("barrier") : options_.id;
    result.source = options_.where;
    result.body = Barrier{options_.scope == "local" ? Barrier::Scope::Local : Barrier::Scope::Global};
    poly::Names inside;
    for (const std::string &iname : beside.inames)
      if (std::find(path_.loops.begin(), path_.loops.begin() + static_cast<ptrdiff_t>(depth_), iname) !=
          path_.loops.begin() + static_cast<ptrdiff_t>(depth_))
        result.inames.push_back(iname);
      else
        inside.push_back(iname);
    for (const auto &[name, load] : beside.dataParams)
      if (llvm::any_of(inside, [&](const std::string &iname) { return mentionsIname(load, iname); }))
        inside.push_back(name);
      else
        result.dataParams[name] = load;
    result.domain = inside.empty() ? isl::set(beside.domain) : poly::projectOut(beside.domain, inside);
    std::erase_if(result.dataParams, [&](const auto &entry) { return !poly::involves(result.domain, entry.first); });
    return result;
  }

  // The nodes at `depth` on the way to the statement, with the barrier in its place.
  Tree withBarrier(const std::vector<NodeRef> &nodes, size_t depth, const std::string &id) const {
    Tree out;
    for (size_t position = 0; position < nodes.size(); ++position) {
      const NodeRef &node = nodes[position];
      if (position != path_.positions[depth])
        out.push_back(node);
      else if (depth < depth_)
        out.push_back(makeLoop(node->loop()->iname, withBarrier(node->loop()->children, depth + 1, id)));
      else if (node->leaf())
        out.push_back(makeLeaf(besideStatement(node->leaf()->statements, id)));
      else if (isBefore())
        llvm::append_range(out, std::vector<NodeRef>{makeLeaf({id}), node});
      else
        llvm::append_range(out, std::vector<NodeRef>{node, makeLeaf({id})});
    }
    // A leaf beside another one becomes one with it.
    return rewriteTree(out, [](const NodeRef &node) { return std::vector<NodeRef>{node}; });
  }

  std::vector<std::string> besideStatement(std::vector<std::string> ids, const std::string &id) const {
    const auto place = llvm::find(ids, beside_);
    ids.insert(isBefore() ? place : std::next(place), id);
    return ids;
  }

  const Kernel &kernel_;
  const AddBarrier &options_;
  std::string beside_; // the statement
  Path path_;          // to it
  size_t depth_ = 0;   // how many loops stand around the barrier
};

} // namespace

Kernel addBarrier(const Kernel &kernel, const AddBarrier &options, Notes *) {
  return BarrierInsertion(kernel, options).run();
}

} // namespace loopy
