// A kernel under other names, and kernels put one behind the other: what passes share that copy or combine whole
// kernels.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// Old name -> new name; what is not listed keeps its name. The new names are none that the kernel uses otherwise.
struct Renaming {
  std::map<std::string, std::string> names;      // params, arrays, inames, rules, and data that bound loops
  std::map<std::string, std::string> statements; // ids
  std::map<std::string, std::string> reductions; // ids
};

// The kernel with all names changed at once. Where its statements come from stays as it was.
Kernel renamed(const Kernel &kernel, const Renaming &renaming);

// Puts the statements of `other` behind those of `kernel`, with all that they use. What has a name that `kernel` has
// already (an argument, a rule, a loop variable) is taken to be the same thing and stands once. Params, the order of
// arguments and assumptions are the caller's.
void append(Kernel &kernel, const Kernel &other);

// A name that neither `base` nor, with a suffix, anything in the kernels has: base, base_0, base_1, ...
// Remembers what it gave.
class FreshNames {
public:
  void reserve(const Kernel &kernel);
  void reserve(const std::string &name) { taken_.insert(name); }
  bool isTaken(const std::string &name) const { return taken_.count(name) != 0; }
  std::string fresh(const std::string &base);

private:
  std::set<std::string> taken_;
};

} // namespace loopy
