// The domain lines of a kernel, as conjuncts that belong to inames (docs/language.md, "Domains").
//
// A conjunct belongs to the last-listed iname that it mentions; one that mentions none belongs to all inames of its
// line. The domain of a statement is the conjunction of the conjuncts of its inames, never a projection.
#pragma once

#include "affine_reader.h"
#include "scope.h"

namespace loopy {

class Domains {
public:
  explicit Domains(Scope &scope) : scope_(scope) {}

  // Declares the inames of all lines, in order.
  void declareInames(const std::vector<ast::DomainLine> &lines);
  // Reads the conditions; all inames, integer params and names of temporaries must be known. Reports inames that their
  // own conjuncts do not bound on both sides.
  void readConditions(const std::vector<ast::DomainLine> &lines);

  // An integer read that bounds inames: its name in the sets, and the term to build the Load from.
  struct DataRead {
    std::string name;
    const ast::Term *term = nullptr;
    std::string iname; // one that it bounds, for messages
  };
  // The data reads of the conjuncts of these inames, by name.
  std::vector<const DataRead *> dataReads(const std::set<std::string> &inames) const;

  // Adds the inames that the conjuncts of `inames` mention, also as subscripts and implicit axes of data reads.
  void close(std::set<std::string> &inames) const;

  // The conjunction of the conjuncts of these inames.
  isl::set domainOf(const std::set<std::string> &inames);

private:
  struct Conjunct {
    isl::set set;
    std::vector<std::string> inames; // mentioned, also in subscripts of data reads
    std::vector<unsigned> data;      // indices into dataReads_
  };
  // What one condition mentions, filled while it is read.
  struct Mentions {
    std::set<std::string> inames;
    std::set<unsigned> data;
  };

  void addConjuncts(const ast::DomainLine &line, const ast::Term &term);
  void addComparisons(const ast::DomainLine &line, const ast::Term &chain);
  void add(const ast::DomainLine &line, SourceRange range, const std::function<isl::set(AffineReader &)> &read);
  std::string resolve(const ast::Term &term, Mentions &mentions);
  unsigned dataRead(const ast::Term &term);
  void collectInames(const ast::Term &term, std::set<std::string> &inames) const;
  void checkBounded(const ast::NamedWord &iname);
  std::vector<std::string> axesOf(const DataRead &read) const;

  Scope &scope_;
  std::vector<Conjunct> conjuncts_;
  std::map<std::string, std::vector<unsigned>> byIname_; // owner -> conjuncts
  std::vector<DataRead> dataReads_;
  std::map<std::string, unsigned> dataByText_;
  std::map<std::set<std::string>, isl::set> memo_;
};

// A resolver for conditions over integer params only (assume); `what` completes "may only mention integer parameters".
AffineReader::Resolve paramsOnly(const Scope &scope, const char *what);

} // namespace loopy
