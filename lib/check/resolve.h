// Seeing through temporaries: what an expression is made of in terms of arguments.
#pragma once

#include "loopy/ir/kernel.h"

namespace loopy {

// Replaces loads of temporaries that one statement alone assigns by what it assigns, parameters by their values.
class Resolver {
public:
  // `kernel` has its rules expanded and outlives the resolver.
  Resolver(const Kernel &kernel, const std::map<std::string, int64_t> &params);
  Expr resolve(Expr e) const;

private:
  Expr resolve(Expr e, int depth) const;
  std::optional<Expr> definition(const Load &load) const;

  const Kernel &kernel_;
  const std::map<std::string, int64_t> &params_;
  std::map<std::string, std::vector<const Statement *>> writers_; // of temporaries
};

} // namespace loopy
