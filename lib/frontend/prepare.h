// What must be known about the statements of a kernel before the first of them is built: their ids, the temporaries
// they declare, and the order of the lines in each block.
#pragma once

#include "scope.h"

namespace loopy {

// Where an item stands: item number, branch number, item number, ...; branches of blocks other than `if` count 0.
using Location = std::vector<unsigned>;

class Preparation {
public:
  Preparation(Scope &scope, ast::Items &items);

  // The order in which the items of the block at `block` (the location of its first item without the item number) run:
  // the textual one, changed by the `dep` options within the smallest block that holds both statements.
  std::vector<unsigned> orderOf(const Location &block, size_t itemCount);

private:
  struct Entry {
    ast::Statement *statement;
    Location location;
    std::vector<ast::NamedWord> dep; // its own and those of `with` blocks
  };
  struct Inherited {
    std::optional<ast::NamedWord> idPrefix;
    std::vector<ast::NamedWord> dep;
  };
  void walk(ast::Items &items, Location &location, const Inherited &inherited);
  void visit(ast::Statement &statement, const Location &location, const Inherited &inherited);
  void generateIds();
  void addEdges();
  void addEdge(const Entry &from, const Entry &to, SourceRange range);

  Scope &scope_;
  std::vector<Entry> entries_;
  std::vector<std::optional<ast::NamedWord>> prefixes_;
  // In a block: item number -> item number that it must run after.
  struct Edge {
    unsigned first, second;
    SourceRange range;
    std::string firstId, secondId;
  };
  std::map<Location, std::vector<Edge>> edges_;
};

} // namespace loopy
