#include "loopy/ir/kernel.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

TEST(Kernel, OneMadeByDefaultIsCopiedMovedAndAssigned) {
  Kernel kernel;
  Kernel copy = kernel;
  EXPECT_TRUE(copy.assumptions.is_null());
  Kernel moved = std::move(copy);
  kernel = moved;
  EXPECT_TRUE(kernel.assumptions.is_null());
}

TEST(Kernel, OneMadeByDefaultTakesAndLosesASet) {
  Context context;
  Kernel kernel;
  kernel.assumptions = poly::universe(context.isl());
  const Kernel copy = kernel;
  kernel = Kernel();
  EXPECT_TRUE(kernel.assumptions.is_null());
  EXPECT_TRUE(poly::isEqual(copy.assumptions, poly::universe(context.isl())));
}

TEST(Statement, OneMadeByDefaultIsCopied) {
  const Statement statement;
  const std::vector<Statement> copies(3, statement);
  EXPECT_TRUE(copies.back().domain.is_null());
}

} // namespace
} // namespace loopy
