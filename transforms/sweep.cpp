#include "sweep.h"

#include "extent.h"
#include "footprint.h"

#include "loopy/analysis/prove.h"

#include <algorithm>

namespace loopy {
namespace {

bool contains(const std::vector<std::string> &names, const std::string &name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string quoted(const std::vector<std::string> &names) {
  std::vector<std::string> out;
  for (const std::string &name : names)
    out.push_back("`" + name + "`");
  return listOfNames(out);
}

bool holdsOneOf(const NodeRef &node, const std::vector<std::string> &statements) {
  std::vector<std::string> below = statementsBelow(node);
  return std::any_of(below.begin(), below.end(), [&](const std::string &id) { return contains(statements, id); });
}

// Moves one loop that stands around `at` to below it. The siblings that it leaves on the way keep a copy of the loop;
// so do the children of `at`, in two groups: those before the first use, and the rest.
class Sinking {
public:
  Sinking(std::string loop, std::string at, const std::vector<std::string> &uses)
      : loop_(std::move(loop)), at_(std::move(at)), uses_(uses) {}

  std::vector<NodeRef> sink(const std::vector<NodeRef> &nodes, bool isInside) {
    std::vector<NodeRef> out, group;
    auto flush = [&] {
      if (!group.empty())
        out.push_back(isInside ? makeLoop(loop_, group) : group[0]);
      group.clear();
    };
    for (const NodeRef &node : nodes) {
      const Loop *loop = node->loop();
      if (!loop || !holdsOneOf(node, uses_) || !containsLoop(node, at_)) {
        group.push_back(node);
        if (!isInside)
          flush();
        continue;
      }
      flush();
      if (loop->iname == loop_)
        for (NodeRef &child : sink(loop->children, true))
          out.push_back(std::move(child));
      else if (loop->iname == at_)
        out.push_back(makeLoop(at_, wrapBelowAt(loop->children)));
      else
        out.push_back(makeLoop(loop->iname, sink(loop->children, isInside)));
    }
    flush();
    return out;
  }

private:
  std::vector<NodeRef> wrapBelowAt(const std::vector<NodeRef> &children) const {
    auto first =
        std::find_if(children.begin(), children.end(), [&](const NodeRef &child) { return holdsOneOf(child, uses_); });
    std::vector<NodeRef> out;
    if (first != children.begin())
      out.push_back(makeLoop(loop_, {children.begin(), first}));
    out.push_back(makeLoop(loop_, {first, children.end()}));
    return out;
  }

  std::string loop_, at_;
  const std::vector<std::string> &uses_;
};

class Planner {
public:
  Planner(const Kernel &kernel, const SweepRequest &request) : kernel_(kernel), request_(request) {
    const std::map<std::string, Path> paths = allPaths(kernel.tree);
    for (const std::string &id : request.uses)
      paths_.push_back(paths.at(id));
  }

  SweepPlan plan() {
    for (const std::string &iname : request_.sweep)
      checkSwept(iname);
    chooseSpace();
    plan_.at = request_.at.empty() ? innermostCommonLoop() : request_.at;
    atDepth_ = depthOfAt();
    findSwept();
    findOuter();
    sink();
    return std::move(plan_);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(request_.where, message); }
  Tag tag(const std::string &iname) const { return kernel_.tag(iname); }

  void checkSwept(const std::string &iname) const {
    if (!kernel_.findIname(iname))
      fail(unknownName("iname", iname, kernel_.inameNames()));
    if (iname == request_.at)
      fail("Loop `" + iname +
           "` cannot be both `at` and swept: the fill stands inside it and serves one of its values.");
    for (size_t i = 0; i < paths_.size(); ++i)
      if (!contains(paths_[i].loops, iname))
        fail("Loop `" + iname + "` is to be swept, but it does not stand around `" + request_.uses[i] +
             "`, which uses " + request_.what + ". Loops around it are " + quoted(paths_[i].loops) + ".");
  }

  void chooseSpace() {
    const std::string &in = request_.in;
    plan_.isSpaceGiven = true;
    if (in == "private")
      plan_.in = AddressSpace::Private;
    else if (in == "local")
      plan_.in = AddressSpace::Local;
    else if (in == "global")
      plan_.in = AddressSpace::Global;
    else if (!in.empty())
      fail("`in=" + in + "` is no memory. There are: private, local and global.");
    else {
      plan_.isSpaceGiven = std::any_of(paths_.begin(), paths_.end(), [&](const Path &path) {
        return std::any_of(path.loops.begin(), path.loops.end(),
                           [&](const std::string &l) { return tag(l).isLocal(); });
      });
      plan_.in = plan_.isSpaceGiven ? AddressSpace::Local : AddressSpace::Private;
    }
  }

  // The innermost loop around all uses that is not swept; "" = none.
  std::string innermostCommonLoop() const {
    std::string innermost;
    for (size_t depth = 0;; ++depth) {
      for (const Path &path : paths_)
        if (depth >= path.loops.size() || path.loops[depth] != paths_[0].loops[depth] ||
            path.positions[depth] != paths_[0].positions[depth])
          return innermost;
      if (!contains(request_.sweep, paths_[0].loops[depth]))
        innermost = paths_[0].loops[depth];
    }
  }

  // How many loops stand around the fill in the old tree, `at` among them.
  size_t depthOfAt() const {
    if (plan_.at.empty())
      return 0;
    const Path &first = paths_[0];
    size_t depth = std::find(first.loops.begin(), first.loops.end(), plan_.at) - first.loops.begin() + 1;
    require(depth <= first.loops.size(), "a use that does not stand below the loop of its fill");
    for (size_t i = 1; i < paths_.size(); ++i)
      if (!std::equal(first.positions.begin(), first.positions.begin() + depth, paths_[i].positions.begin()))
        fail("Loop `" + plan_.at + "` stands at several places of the tree with uses of " + request_.what + ", in `" +
             request_.uses[0] + "` and in `" + request_.uses[i] + "`. Select one of them with within=.");
    return depth;
  }

  bool isSweptByDefault(const std::string &iname, bool isInsideAt) const {
    const Tag t = tag(iname);
    if (t.isLocal())
      return plan_.in != AddressSpace::Private;
    if (t.isGroup())
      return plan_.in == AddressSpace::Global;
    return isInsideAt;
  }

  void findSwept() {
    if (!request_.sweep.empty()) {
      plan_.swept.insert(request_.sweep.begin(), request_.sweep.end());
      return;
    }
    for (const Path &path : paths_)
      for (size_t depth = 0; depth < path.loops.size(); ++depth)
        if (isSweptByDefault(path.loops[depth], depth >= atDepth_))
          plan_.swept.insert(path.loops[depth]);
    if (plan_.swept.count(plan_.at))
      fail("Loop `" + plan_.at + "` is tagged " + tag(plan_.at).name() + ", and one fill in " +
           std::string(spelling(plan_.in)) +
           " memory serves all its values, so it cannot stand inside. Give the loop "
           "outside it as `at`, or in=private.");
  }

  void findOuter() {
    auto outerOf = [&](const Path &path) {
      std::vector<std::string> outer;
      std::copy_if(path.loops.begin(), path.loops.end(), std::back_inserter(outer),
                   [&](const std::string &iname) { return !plan_.swept.count(iname); });
      return outer;
    };
    plan_.outer = outerOf(paths_[0]);
    for (size_t i = 1; i < paths_.size(); ++i) {
      std::vector<std::string> other = outerOf(paths_[i]);
      if (!std::is_permutation(other.begin(), other.end(), plan_.outer.begin(), plan_.outer.end()))
        fail("One fill cannot serve both `" + request_.uses[0] + "`, for one value of " + quoted(plan_.outer) +
             ", and `" + request_.uses[i] + "`, for one value of " + quoted(other) +
             ". Select one of them with within=, or give sweep=.");
    }
    for (size_t depth = 0; depth < atDepth_; ++depth)
      if (const std::string &iname = paths_[0].loops[depth]; !plan_.swept.count(iname))
        plan_.around.push_back(iname);
  }

  void sink() {
    plan_.tree = kernel_.tree;
    bool isFree = true;
    std::vector<std::string> sunk;
    for (size_t depth = atDepth_; depth-- > 0;) {
      const std::string &iname = paths_[0].loops[depth];
      if (!plan_.swept.count(iname))
        continue;
      checkBounds(iname, depth);
      plan_.tree = Sinking(iname, plan_.at, request_.uses).sink(plan_.tree, false);
      sunk.push_back(iname);
      isFree &= tag(iname).isHardware();
    }
    // Hardware loops may move inwards without a check; any other loop is reordered with those that it passes.
    if (isFree)
      return;
    Kernel after = kernel_;
    after.tree = plan_.tree;
    const std::string what = "Moving the swept " + quoted(sunk) + " below `" + plan_.at + "`";
    requireLengthsForTags(after, {request_.uses.begin(), request_.uses.end()}, request_.where, what);
    proveReorder(kernel_, after, request_.where, what);
  }

  // A loop whose bound reads a temporary indexed by the sunk iname cannot be passed.
  void checkBounds(const std::string &sunk, size_t depth) const {
    for (const std::string &id : statementsBelow(kernel_.tree)) {
      const Statement &statement = kernel_.statement(id);
      for (const auto &[name, load] : statement.dataParams)
        if (mentionsIname(load, sunk))
          for (size_t inner = depth + 1; inner < atDepth_; ++inner)
            if (const std::string &passed = paths_[0].loops[inner]; boundsTogether(statement.domain, passed, name))
              fail("Loop `" + sunk + "` is swept and has to move below `" + passed + "`, but the bound of `" + passed +
                   "` reads `" + load.as<Load>()->array + "`, which is different for each `" + sunk +
                   "`. Give sweep= without it, or in=private.");
    }
  }

  const Kernel &kernel_;
  const SweepRequest &request_;
  std::vector<Path> paths_; // of the uses
  size_t atDepth_ = 0;
  SweepPlan plan_;
};

} // namespace

SweepPlan planSweep(const Kernel &kernel, const SweepRequest &request) { return Planner(kernel, request).plan(); }

Tree insertFill(const Tree &tree, const std::string &at, const std::vector<std::string> &uses, const NodeRef &nest) {
  Tree out;
  bool isDone = false;
  for (const NodeRef &node : tree) {
    const bool isOnWay = !isDone && holdsOneOf(node, uses) && (at.empty() || containsLoop(node, at));
    if (!isOnWay) {
      out.push_back(node);
      continue;
    }
    isDone = true;
    if (at.empty()) {
      out.push_back(nest);
      out.push_back(node);
    } else {
      const Loop &loop = *node->loop();
      out.push_back(makeLoop(loop.iname, insertFill(loop.children, loop.iname == at ? "" : at, uses, nest)));
    }
  }
  require(isDone, "the place of a fill is not in the tree");
  return out;
}

} // namespace loopy
