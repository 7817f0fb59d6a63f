#include "prepare.h"

#include <llvm/Support/Error.h>
#include <llvm/Support/GlobPattern.h>

#include <algorithm>

namespace loopy {

Preparation::Preparation(Scope &scope, ast::Items &items) : scope_(scope) {
  Location location;
  walk(items, location, {});
  generateIds();
  addEdges();
}

void Preparation::walk(ast::Items &items, Location &location, const Inherited &inherited) {
  location.push_back(0);
  for (unsigned k = 0; k < items.size(); ++k) {
    location.back() = k;
    auto below = [&](ast::Items &body, unsigned branch, const Inherited &what) {
      location.push_back(branch);
      walk(body, location, what);
      location.pop_back();
    };
    std::visit(Overloaded{[&](ast::Statement &statement) { visit(statement, location, inherited); },
                          [&](ast::ForBlock &block) { below(block.body, 0, inherited); },
                          [&](ast::IfBlock &block) {
                            for (unsigned b = 0; b < block.branches.size(); ++b)
                              below(block.branches[b].body, b, inherited);
                          },
                          [&](ast::WithBlock &block) {
                            Inherited more = inherited;
                            if (block.options.idPrefix)
                              more.idPrefix = block.options.idPrefix;
                            more.dep.insert(more.dep.end(), block.options.dep.begin(), block.options.dep.end());
                            below(block.body, 0, more);
                          },
                          [&](ast::TempLine &temp) {
                            try {
                              scope_.announceTemp(temp.name.text, temp.name.range, false);
                            } catch (const Abandoned &) {
                              // Reported.
                            }
                          }},
               items[k]->data);
  }
  location.pop_back();
}

void Preparation::visit(ast::Statement &statement, const Location &location, const Inherited &inherited) {
  if (statement.declares && !statement.lhs.empty())
    try {
      scope_.announceTemp(statement.lhs[0]->text, statement.lhs[0]->nameRange, true);
    } catch (const Abandoned &) {
      statement.declares = false; // reported; an assignment for what follows
    }
  Entry entry{&statement, location, inherited.dep};
  entry.dep.insert(entry.dep.end(), statement.options.dep.begin(), statement.options.dep.end());
  entries_.push_back(std::move(entry));
  prefixes_.push_back(statement.options.idPrefix ? statement.options.idPrefix : inherited.idPrefix);
  if (const auto &id = statement.options.id) {
    statement.id = id->text;
    if (!scope_.claimId(id->text))
      scope_.errors.add(id->range, "The id '" + id->text + "' is given to two statements.");
  }
}

// Given ids first, so that a generated one never takes a name that the user wrote further below.
void Preparation::generateIds() {
  for (size_t k = 0; k < entries_.size(); ++k)
    if (!entries_[k].statement->options.id)
      entries_[k].statement->id = scope_.freshId(prefixes_[k] ? prefixes_[k]->text : "S" + std::to_string(k));
}

void Preparation::addEdges() {
  for (const Entry &entry : entries_)
    for (const ast::NamedWord &glob : entry.dep) {
      llvm::Expected<llvm::GlobPattern> pattern = llvm::GlobPattern::create(glob.text);
      if (!pattern) {
        llvm::consumeError(pattern.takeError());
        scope_.errors.add(glob.range, "This is not a pattern for statement ids.");
        continue;
      }
      bool found = false;
      std::vector<std::string> ids;
      for (const Entry &other : entries_) {
        ids.push_back(other.statement->id);
        if (!pattern->match(other.statement->id))
          continue;
        found = true;
        if (&other != &entry)
          addEdge(other, entry, glob.range);
      }
      if (!found)
        scope_.errors.add(glob.range, unknownName("statement", glob.text, ids));
    }
}

// The edge joins the items of the smallest common block that hold the two statements.
void Preparation::addEdge(const Entry &from, const Entry &to, SourceRange range) {
  size_t k = 0;
  while (k < from.location.size() && k < to.location.size() && from.location[k] == to.location[k])
    ++k;
  bool differInBranch = k % 2 == 1; // of one `if`: nothing to order
  if (differInBranch || k >= from.location.size() || k >= to.location.size())
    return;
  Location block(from.location.begin(), from.location.begin() + static_cast<std::ptrdiff_t>(k));
  edges_[block].push_back({from.location[k], to.location[k], range, from.statement->id, to.statement->id});
}

// A stable topological sort: of the items that may come next, always the first in the text.
std::vector<unsigned> Preparation::orderOf(const Location &block, size_t itemCount) {
  std::vector<unsigned> order(itemCount);
  for (unsigned k = 0; k < itemCount; ++k)
    order[k] = k;
  auto it = edges_.find(block);
  if (it == edges_.end())
    return order;
  std::vector<std::set<unsigned>> waits(itemCount);
  for (const Edge &edge : it->second)
    waits[edge.second].insert(edge.first);
  std::set<unsigned> left(order.begin(), order.end());
  order.clear();
  while (!left.empty()) {
    auto ready = std::find_if(left.begin(), left.end(), [&](unsigned k) {
      return std::none_of(waits[k].begin(), waits[k].end(), [&](unsigned w) { return left.count(w) > 0; });
    });
    if (ready == left.end()) {
      auto inCycle = [&](const Edge &e) { return left.count(e.first) && left.count(e.second); };
      auto edge = std::find_if(it->second.begin(), it->second.end(), inCycle);
      scope_.errors.add(edge->range, "The statements '" + edge->secondId + "' and '" + edge->firstId +
                                         "' would each have to run after the other: the 'dep' options form a cycle.");
      order.insert(order.end(), left.begin(), left.end());
      break;
    }
    order.push_back(*ready);
    left.erase(ready);
  }
  return order;
}

} // namespace loopy
