// A kernel of this directory after a pipeline, and what the compiler decides about it, as short text to compare.
#pragma once

#include "loopy/ir/context.h"
#include "loopy/ir/module.h"
#include "loopy/lower/mapping.h"

namespace loopy::test {

class WorkedExample {
public:
  // `file` without its ending; an empty pipeline leaves the kernel as it is written.
  WorkedExample(const std::string &file, const std::string &kernel, const std::string &pipeline = "");

  const Kernel &kernel() const { return kernel_; }
  // The notes of all steps, a line each.
  const std::string &notes() const { return notes_; }
  // The loop tree, as printTree() has it.
  std::string tree() const;
  // One statement: "acc{i, j} = 0.0".
  std::string body(const std::string &statement) const;
  bool inDomain(const std::string &statement, const std::map<std::string, int64_t> &point) const;

  // "local 16 x 17", "private 4 x 4", "private scalar", "global n + 2"; on C without the space: "16 x 17".
  std::string onDevice(const std::string &temporary) const { return storage(openCL_, temporary); }
  std::string inC(const std::string &temporary) const { return storage(c_, temporary); }
  // The loop in which C declares the temporary; "" is the top of the function.
  std::string declaredIn(const std::string &temporary) const;
  // Where work-items wait: "k_outer 1 local" is a barrier after child 1 of loop k_outer, hardware loops spliced out;
  // "top 0" stands in no loop of the device kernel.
  std::vector<std::string> barriers() const;
  // The host's program: "for t: (launch, launch)", by the statements of each device kernel: "for t: (step) (copy)".
  std::string host() const;
  // "i_inner" for a coordinate that is an iname, "0" for a masked axis, "all" for a replicated one.
  std::string placement(const std::string &statement, const std::string &axis) const;
  std::string programFor(const Target &target) const;

private:
  std::string storage(const Mapping &mapping, const std::string &temporary) const;
  std::string hostText(const std::vector<HostNode> &nodes) const;

  Context context_;
  Kernel kernel_;
  std::string notes_;
  Mapping openCL_, c_;
};

} // namespace loopy::test
