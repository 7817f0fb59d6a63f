#include "loopy/ir/tree.h"

#include <algorithm>

namespace loopy {

static void collectPaths(const std::vector<NodeRef> &children, Path &current, std::map<std::string, Path> &out) {
  for (unsigned position = 0; position < children.size(); ++position) {
    current.positions.push_back(position);
    if (const Loop *loop = children[position]->loop()) {
      current.loops.push_back(loop->iname);
      collectPaths(loop->children, current, out);
      current.loops.pop_back();
    } else {
      const Leaf &leaf = *children[position]->leaf();
      for (unsigned i = 0; i < leaf.statements.size(); ++i) {
        current.positions.push_back(i);
        out[leaf.statements[i]] = current;
        current.positions.pop_back();
      }
    }
    current.positions.pop_back();
  }
}

std::map<std::string, Path> allPaths(const Tree &tree) {
  std::map<std::string, Path> paths;
  Path current;
  collectPaths(tree, current, paths);
  return paths;
}

static bool findPath(const std::vector<NodeRef> &children, const std::string &statement, Path &path) {
  for (unsigned position = 0; position < children.size(); ++position) {
    path.positions.push_back(position);
    if (const Loop *loop = children[position]->loop()) {
      path.loops.push_back(loop->iname);
      if (findPath(loop->children, statement, path))
        return true;
      path.loops.pop_back();
    } else {
      const std::vector<std::string> &statements = children[position]->leaf()->statements;
      const auto it = std::find(statements.begin(), statements.end(), statement);
      if (it != statements.end()) {
        path.positions.push_back(static_cast<unsigned>(it - statements.begin()));
        return true;
      }
    }
    path.positions.pop_back();
  }
  return false;
}

Path pathTo(const Tree &tree, const std::string &statement) {
  Path path;
  require(findPath(tree, statement, path), "the statement does not stand in the tree");
  return path;
}

static void collectStatements(const NodeRef &node, std::vector<std::string> &out) {
  if (const Loop *loop = node->loop())
    for (const NodeRef &child : loop->children)
      collectStatements(child, out);
  else
    out.insert(out.end(), node->leaf()->statements.begin(), node->leaf()->statements.end());
}

std::vector<std::string> statementsBelow(const NodeRef &node) {
  std::vector<std::string> out;
  collectStatements(node, out);
  return out;
}

std::vector<std::string> statementsBelow(const Tree &tree) {
  std::vector<std::string> out;
  for (const NodeRef &node : tree)
    collectStatements(node, out);
  return out;
}

static void collectLoops(const std::vector<NodeRef> &nodes, std::vector<std::string> &out) {
  for (const NodeRef &node : nodes)
    if (const Loop *loop = node->loop()) {
      if (std::find(out.begin(), out.end(), loop->iname) == out.end())
        out.push_back(loop->iname);
      collectLoops(loop->children, out);
    }
}

std::vector<std::string> loopsIn(const Tree &tree) {
  std::vector<std::string> out;
  collectLoops(tree, out);
  return out;
}

bool containsLoop(const NodeRef &node, const std::string &iname) {
  const Loop *loop = node->loop();
  if (!loop)
    return false;
  return loop->iname == iname || std::any_of(loop->children.begin(), loop->children.end(),
                                             [&](const NodeRef &child) { return containsLoop(child, iname); });
}

// Joins neighbouring leaves and drops empty nodes.
static std::vector<NodeRef> tidy(std::vector<NodeRef> nodes) {
  std::vector<NodeRef> out;
  for (NodeRef &node : nodes) {
    if (const Leaf *leaf = node->leaf()) {
      if (leaf->statements.empty())
        continue;
      if (!out.empty() && out.back()->leaf()) {
        std::vector<std::string> joined = out.back()->leaf()->statements;
        joined.insert(joined.end(), leaf->statements.begin(), leaf->statements.end());
        out.back() = makeLeaf(std::move(joined));
        continue;
      }
    } else if (node->loop()->children.empty()) {
      continue;
    }
    out.push_back(std::move(node));
  }
  return out;
}

Tree rewriteTree(const Tree &tree, const std::function<std::vector<NodeRef>(const NodeRef &)> &f) {
  std::vector<NodeRef> out;
  for (const NodeRef &node : tree) {
    NodeRef rebuilt = node;
    if (const Loop *loop = node->loop()) {
      Tree children = rewriteTree(loop->children, f);
      if (children.empty())
        continue;
      if (children != loop->children)
        rebuilt = makeLoop(loop->iname, std::move(children));
    }
    for (NodeRef &replacement : f(rebuilt))
      out.push_back(std::move(replacement));
  }
  return tidy(std::move(out));
}

Tree restrictTree(const Tree &tree, const std::function<bool(const std::string &)> &keep) {
  return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Leaf *leaf = node->leaf();
    if (!leaf || std::all_of(leaf->statements.begin(), leaf->statements.end(), keep))
      return {node};
    std::vector<std::string> kept;
    std::copy_if(leaf->statements.begin(), leaf->statements.end(), std::back_inserter(kept), keep);
    return {makeLeaf(std::move(kept))};
  });
}

Tree spliceLoops(const Tree &tree, const std::function<bool(const std::string &)> &splice) {
  return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Loop *loop = node->loop();
    return loop && splice(loop->iname) ? loop->children : std::vector<NodeRef>{node};
  });
}

std::string tagText(const Kernel &kernel, const std::string &iname) {
  const std::string tag = kernel.tag(iname).name();
  const Iname *found = kernel.findIname(iname);
  const std::string turns = found ? found->turnsWith : "";
  return tag.empty() ? "" : " [" + tag + (turns.empty() ? "" : ", turning with " + turns) + "]";
}

static void print(const Kernel &kernel, const std::vector<NodeRef> &nodes, unsigned depth, std::string &out) {
  for (const NodeRef &node : nodes) {
    out.append(2 * depth, ' ');
    if (const Loop *loop = node->loop()) {
      out += "for " + loop->iname + tagText(kernel, loop->iname) + "\n";
      print(kernel, loop->children, depth + 1, out);
    } else {
      const std::vector<std::string> &ids = node->leaf()->statements;
      for (size_t i = 0; i < ids.size(); ++i)
        out += (i ? ", " : "") + ids[i];
      out += "\n";
    }
  }
}

std::string printTree(const Kernel &kernel) {
  std::string out;
  print(kernel, kernel.tree, 0, out);
  return out;
}

} // namespace loopy
