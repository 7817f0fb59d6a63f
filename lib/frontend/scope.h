// What the names of one kernel mean while it is being built.
#pragma once

#include "ast.h"
#include "errors.h"
#include "kernel_call.h"

#include <unordered_map>
#include <unordered_set>

namespace loopy {

// What a temporary or argument is beyond its Array.
struct ArrayInfo {
  unsigned index = 0;                // in Kernel::arrays
  std::vector<std::string> implicit; // inames of its implicit axes
  std::vector<unsigned> loops;       // the loops in the tree that these inames are, once known; else empty
  bool declaredByStatement = false;  // by <>
  bool isBroken = false;             // its declaration had an error; nothing more is said about it
  SourceRange declaration;
};

struct RuleInfo {
  const ast::RuleLine *line = nullptr;
  bool hasReduction = false; // then every use is expanded at once
  std::set<std::string> freeInames;
  bool isAnalysed = false, isOpen = false; // open: being analysed or typed, to find rules that use themselves
  bool isTyped = false;                    // it is in Kernel::rules
  bool isBroken = false;                   // it has an error that was reported
  unsigned depth = 1;                      // of the rules that it uses, itself included
};

class Scope {
public:
  Scope(Context &context, Kernel &kernel, Errors &errors) : context(context), kernel(kernel), errors(errors) {}

  Context &context;
  Kernel &kernel;
  Errors &errors;
  Callees callees{}; // the file's other kernels

  // Reports a second use of one name.
  void declareParam(const std::string &name, Type type, SourceRange range);
  void declareIname(const std::string &name, SourceRange range);
  void declareRule(const ast::RuleLine &line);
  // Reserves the name of a temporary whose declaration comes further below in the text.
  void announceTemp(const std::string &name, SourceRange range, bool byStatement);
  // The name must have been claimed before.
  ArrayInfo &declareArray(Array array, std::vector<std::string> implicit, bool byStatement);

  const Param *param(const std::string &name) const;
  bool isIname(const std::string &name) const { return inames_.count(name) > 0; }
  unsigned inamePosition(const std::string &name) const { return inames_.at(name); } // in the order of the domains
  RuleInfo *rule(const std::string &name);
  ArrayInfo *array(const std::string &name); // null also for one that is only announced
  const Array &arrayOf(const ArrayInfo &info) const { return kernel.arrays[info.index]; }
  bool isAnnounced(const std::string &name) const { return announced_.count(name) > 0; }
  const FunctionDecl *function(const std::string &name) const;

  // Makes a name known as used; reports a second use and throws Abandoned.
  void claim(const std::string &name, SourceRange range);
  // Claims a name that nothing has: base, base_0, base_1, ...
  std::string freshName(const std::string &base);
  std::string freshNumbered(const std::string &base); // base_0, base_1, ...
  // A statement id that no statement has; remembers it.
  std::string freshId(const std::string &base);
  bool claimId(const std::string &id) { return ids_.insert(id).second; }

  // The message for a name that is not known where a value is read; lists what there is.
  std::string unknownValue(const std::string &name) const;
  std::vector<std::string> inameNames() const; // in the order of the domains

private:
  std::unordered_map<std::string, SourceRange> claimed_;
  std::unordered_map<std::string, unsigned> params_, inames_;
  std::unordered_map<std::string, ArrayInfo> arrays_;
  std::unordered_map<std::string, RuleInfo> rules_;
  std::unordered_map<std::string, SourceRange> announced_;
  std::unordered_set<std::string> ids_;
  std::unordered_map<std::string, unsigned> counters_;
};

// What a call means: a reduction if it has the form of one.
struct ReductionTerm {
  ReductionOp op = ReductionOp::Sum;
  std::vector<ast::NamedWord> inames;
  std::vector<const ast::Term *> args;
};
// Reports a reduction of the wrong form and throws Abandoned.
std::optional<ReductionTerm> asReduction(const Scope &scope, const ast::Term &term);

} // namespace loopy
