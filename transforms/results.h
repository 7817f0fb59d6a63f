// Names for what passes make: after `t = split_iname(i, 16)`, `t.outer` stands for `i_outer`.
#pragma once

#include "loopy/ir/module.h"
#include "loopy/transforms/notes.h"

namespace loopy {

// What `after` has and `before` has not: the roles `inames`, `arrays`, `statements` and `rules`, each where there are
// any, and `iname`, `array`, `statement` and `rule` where there is just one.
PassResults newNames(const Kernel &before, const Kernel &after);

// The named results of one run of a pipeline.
class ResultScope {
public:
  // UserError if the name is in use.
  void add(const PipelineCall &call, PassResults results);
  // What `call`, which used another pipeline, named in there is seen through its own name: `r.t.outer`.
  void addInner(const PipelineCall &call, const ResultScope &inner);

  // The call with all references replaced by names. Where a value is nothing but a reference, it may stand for several
  // names and becomes a list then, `f.inames`, or be one of these, `f.inames[0]`; inside a longer text, such as
  // `id:f.statement`, and in front of `=`, it stands for one name. UserError at the value for unknown results and
  // roles.
  PipelineCall resolve(const PipelineCall &call) const;

private:
  struct Result {
    std::string madeBy; // the pass
    PassResults roles;
  };
  struct Reference;
  PipelineValue resolve(const PipelineValue &value) const;
  std::string resolveText(const std::string &text, SourceRange where) const;
  std::vector<std::string> namesOf(const Reference &reference, SourceRange where) const;
  std::string oneNameOf(const Reference &reference, SourceRange where) const;

  std::map<std::string, Result> results_; // by name, with dots for what was made in pipelines used
};

} // namespace loopy
