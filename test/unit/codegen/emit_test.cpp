#include "loopy/codegen/emit.h"
#include "loopy/ir/functions.h"

#include "unit/codegen/programs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace loopy {
namespace {

using test::ProgramBuilder;

class Emit : public ::testing::Test {
protected:
  Context context;
  ProgramBuilder b{context};
  Context &c = context;

  // The one statement `s = e` in a C or OpenCL function over n, an integer array k, a float array x and a result s.
  std::string statement(Expr e, Target target) {
    Program program = b.program("f", target,
                                {b.scalarArg("n", indexType), b.arrayArg("k", indexType, Role::In, {b.param("n")}),
                                 b.arrayArg("x", float32Type, Role::In, {b.param("n")}),
                                 b.arrayArg("z", Type{ScalarKind::Complex64}, Role::In, {b.param("n")}),
                                 b.arrayArg("s", e.type(), Role::Out, {})},
                                {b.assign(c.load("s", {}, e.type()), e)});
    const std::string source = emit(program).source;
    const size_t begin = source.find("s[0] = ") + 7;
    return source.substr(begin, source.find(';', begin) - begin);
  }
  std::string inC(Expr e) { return statement(e, Target::c()); }
  std::string inOpenCL(Expr e) { return statement(e, Target::openCL()); }
  Expr k(int64_t i) { return b.at("k", b.number(i), indexType); }
  Expr x(int64_t i) { return b.at("x", b.number(i)); }
};

TEST_F(Emit, SaxpyInC) {
  EXPECT_EQ(emit(b.saxpy(Target::c())).source, R"(// The kernel saxpy, made by loopyc.
#include <stdbool.h>
#include <stdint.h>

void saxpy(int32_t n, float a, const float *restrict x, float *restrict y) {
  for (int32_t i = 0; i < n; ++i) {
    y[i] += a*x[i];
  }
}

void loopy_entry_saxpy(void **args) {
  saxpy(*(const int32_t *)args[0], *(const float *)args[1], args[2], args[3]);
}
)");
}

TEST_F(Emit, SaxpyInOpenCL) {
  EXPECT_EQ(emit(b.saxpy(Target::openCL())).source, R"(// The kernel saxpy, made by loopyc.

__kernel __attribute__((reqd_work_group_size(16, 1, 1)))
void saxpy(const int n, const float a, __global const float *restrict x, __global float *restrict y) {
  const int i = 16*(int)get_group_id(0) + (int)get_local_id(0);
  if (i < n) {
    y[i] += a*x[i];
  }
}
)");
}

TEST_F(Emit, LocalArraysStandAtKernelScopeAndBarriersSayWhy) {
  const std::string source = emit(b.reversedTiles()).source;
  EXPECT_NE(source.find("  __local float t[16];\n"), std::string::npos) << source;
  EXPECT_NE(source.find("  barrier(CLK_LOCAL_MEM_FENCE);  // t: fill -> use\n"), std::string::npos) << source;
}

TEST_F(Emit, SameTextEveryTime) { EXPECT_EQ(emit(b.reversedTiles()).source, emit(b.reversedTiles()).source); }

TEST_F(Emit, FewParentheses) {
  EXPECT_EQ(inC(c.mul(c.add(x(0), x(1)), x(2))), "(x[0] + x[1])*x[2]");
  EXPECT_EQ(inC(c.add(c.mul(x(0), x(1)), x(2))), "x[0]*x[1] + x[2]");
  EXPECT_EQ(inC(c.sub(x(0), c.sub(x(1), x(2)))), "x[0] - (x[1] - x[2])");
  EXPECT_EQ(inC(c.add(x(0), c.add(x(1), x(2)))), "x[0] + (x[1] + x[2])");
  EXPECT_EQ(inC(c.add(k(0), c.add(k(1), k(2)))), "k[0] + k[1] + k[2]");
  EXPECT_EQ(inC(c.binary(BinaryOp::Div, x(0), c.mul(x(1), x(2)))), "x[0]/(x[1]*x[2])");
  EXPECT_EQ(inC(c.unary(UnaryOp::Neg, c.unary(UnaryOp::Neg, k(0)))), "-(-k[0])");
  Expr less = c.compare(CompareOp::Lt, k(0), k(1)), equal = c.compare(CompareOp::Eq, k(2), k(3));
  EXPECT_EQ(inC(c.logical(LogicalOp::Or, c.logical(LogicalOp::And, less, equal), less)),
            "(k[0] < k[1] && k[2] == k[3]) || k[0] < k[1]");
  EXPECT_EQ(inC(c.unary(UnaryOp::Not, less)), "!(k[0] < k[1])");
  EXPECT_EQ(inC(c.select(less, x(0), c.select(equal, x(1), x(2)))), "k[0] < k[1] ? x[0] : k[2] == k[3] ? x[1] : x[2]");
}

TEST_F(Emit, FloorDivisionIsPlainWhereTheDividendIsKnownNotToBeNegative) {
  Expr quotient = c.binary(BinaryOp::FloorDiv, c.add(b.param("n"), b.number(15)), b.number(16));
  EXPECT_EQ(inC(quotient), "(n + 15)/16");
  Expr below = c.binary(BinaryOp::FloorDiv, c.sub(b.param("n"), b.number(1)), b.number(16));
  EXPECT_EQ(inC(below), "loopy_floordiv_pos_int32(n - 1, 16)");
  EXPECT_EQ(inC(c.binary(BinaryOp::Mod, k(0), k(1))), "loopy_mod_int32(k[0], k[1])");
}

TEST_F(Emit, UpperBoundsBecomeExclusive) {
  auto head = [&](Expr upper) {
    Block body = {b.loop("i", b.number(0), upper, {b.assign(b.scalar("s"), b.real(0))})};
    Program program =
        b.program("f", Target::c(), {b.scalarArg("n", indexType), b.arrayArg("s", float32Type, Role::Out, {})}, body);
    const std::string source = emit(program).source;
    const size_t begin = source.find("i = 0; ") + 7;
    return source.substr(begin, source.find(';', begin) - begin);
  };
  Expr n = b.param("n");
  EXPECT_EQ(head(c.sub(n, b.number(1))), "i < n");
  EXPECT_EQ(head(n), "i <= n");
  EXPECT_EQ(head(b.number(15)), "i < 16");
  EXPECT_EQ(head(c.sub(n, b.number(3))), "i < n - 2");
  EXPECT_EQ(head(c.binary(BinaryOp::FloorDiv, c.sub(n, b.number(1)), b.number(16))), "i < (n + 15)/16");
  EXPECT_EQ(head(c.binary(BinaryOp::Min, b.number(15), c.sub(n, b.number(1)))), "i < loopy_min_int32(16, n)");
}

TEST_F(Emit, LiteralsReadBackExactly) {
  EXPECT_EQ(inC(b.real(0.1)), "0.1f");
  EXPECT_EQ(inC(b.real(1)), "1.0f");
  EXPECT_EQ(inC(c.constant(1e-30, float32Type)), "1e-30f");
  EXPECT_EQ(inC(c.constant(0.1, float64Type)), "0.1");
  EXPECT_EQ(inC(c.constant(-INFINITY, float32Type)), "-INFINITY");
  EXPECT_EQ(inC(c.constant(int64_t(INT32_MIN), indexType)), "(-2147483647 - 1)");
  EXPECT_EQ(inOpenCL(c.constant(int64_t(7), Type{ScalarKind::UInt32})), "7u");
}

TEST_F(Emit, FunctionsByType) {
  auto call = [&](const char *name, Expr arg) { return c.call(name, {arg}, arg.type()); };
  Expr d = c.constant(2.0, float64Type);
  EXPECT_EQ(inC(call("sqrt", x(0))), "sqrtf(x[0])");
  EXPECT_EQ(inC(call("sqrt", d)), "sqrt(2.0)");
  EXPECT_EQ(inOpenCL(call("sqrt", x(0))), "sqrt(x[0])");
  EXPECT_EQ(inC(call("abs", k(0))), "loopy_abs_int32(k[0])");
  EXPECT_EQ(inOpenCL(call("abs", x(0))), "fabs(x[0])");
  EXPECT_EQ(inC(c.binary(BinaryOp::Max, x(0), x(1))), "loopy_max_float32(x[0], x[1])");
  EXPECT_EQ(inOpenCL(c.binary(BinaryOp::Max, k(0), k(1))), "max(k[0], k[1])");
  EXPECT_EQ(inC(c.binary(BinaryOp::Pow, x(0), b.real(2))), "loopy_powi_float32(x[0], 2)");
}

TEST_F(Emit, OnlyUsedFunctionsOfThePreludeAppear) {
  EXPECT_EQ(emit(b.saxpy(Target::c())).source.find("loopy_floordiv"), std::string::npos);
  Program program =
      b.program("f", Target::c(), {b.scalarArg("n", indexType), b.arrayArg("s", indexType, Role::Out, {})},
                {b.assign(b.scalar("s", indexType), c.binary(BinaryOp::Mod, b.param("n"), b.number(-3)))});
  const std::string source = emit(program).source;
  EXPECT_NE(source.find("static inline int32_t loopy_mod_int32(int32_t a, int32_t b)"), std::string::npos) << source;
  EXPECT_EQ(source.find("loopy_floordiv"), std::string::npos);
  EXPECT_EQ(source.find("loopy_mod_int64"), std::string::npos);
}

TEST_F(Emit, ReservedNamesGetAnUnderscore) {
  Program program = b.saxpy(Target::c());
  program.functions.front().name = "step";
  EXPECT_NE(emit(program).source.find("void step_(int32_t n"), std::string::npos);
  EXPECT_TRUE(isReservedWord("float4"));
  EXPECT_TRUE(isReservedWord("sinf"));
  EXPECT_FALSE(isReservedWord("alpha"));
  EXPECT_EQ(emittedName("dot"), "dot_");
  EXPECT_EQ(emittedName("dot_"), "dot__");
  EXPECT_EQ(emittedName("x_"), "x_");
}

TEST_F(Emit, ComplexNumbers) {
  const Type complex{ScalarKind::Complex64};
  Expr z0 = b.at("z", b.number(0), complex), z1 = b.at("z", b.number(1), complex);
  EXPECT_EQ(inC(c.mul(z0, z1)), "z[0]*z[1]");
  EXPECT_EQ(inOpenCL(c.mul(z0, z1)), "loopy_cmul_complex64(z[0], z[1])");
  EXPECT_EQ(inOpenCL(c.sub(z0, c.sub(z1, z0))), "z[0] - (z[1] - z[0])");
  EXPECT_EQ(inOpenCL(c.cast(complex, x(0))), "(float2)(x[0], 0.0f)");
  EXPECT_EQ(inOpenCL(c.call("abs", {z0}, float32Type)), "loopy_cabs_complex64(z[0])");
  EXPECT_EQ(inC(c.call("abs", {z0}, float32Type)), "cabsf(z[0])");
}

TEST_F(Emit, WideIndices) {
  Target target = Target::openCL();
  target.indexBits = 64;
  const std::string source = emit(b.saxpy(target)).source;
  EXPECT_NE(source.find("const long i = 16*(long)get_group_id(0) + (long)get_local_id(0);"), std::string::npos)
      << source;
}

TEST_F(Emit, SimultaneousAssignmentReadsBeforeItWrites) {
  Expr s = b.at("s", b.number(0)), t = b.at("s", b.number(1));
  Program program = b.program("f", Target::c(),
                              {b.scalarArg("n", indexType), b.arrayArg("s", float32Type, Role::InOut, {b.number(2)})},
                              {Stmt{AssignStmt{{s, t}, {t, s}, false}}});
  EXPECT_NE(emit(program).source.find(R"(  {
    const float loopy_next0 = s[1];
    const float loopy_next1 = s[0];
    s[0] = loopy_next0;
    s[1] = loopy_next1;
  }
)"),
            std::string::npos);
}

TEST_F(Emit, IndependentSimultaneousAssignmentsNeedNoTemporaries) {
  Program program = b.program(
      "f", Target::c(), {b.arrayArg("s", float32Type, Role::InOut, {}), b.arrayArg("t", float32Type, Role::InOut, {})},
      {Stmt{AssignStmt{{b.scalar("s"), b.scalar("t")}, {b.scalar("t"), b.real(0)}, false}}});
  EXPECT_NE(emit(program).source.find("  s[0] = t[0];\n  t[0] = 0.0f;\n"), std::string::npos);
}

TEST_F(Emit, LongLinesAreBroken) {
  Expr sum = x(0);
  for (int64_t i = 1; i < 40; ++i)
    sum = c.add(sum, c.mul(x(i), x(i + 1)));
  Program program = b.program("f", Target::c(),
                              {b.arrayArg("x", float32Type, Role::In, {}), b.arrayArg("s", float32Type, Role::Out, {})},
                              {b.assign(b.scalar("s"), sum)});
  std::istringstream lines(emit(program).source);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(line.size(), 120U) << line;
}

TEST_F(Emit, LayoutsAreStated) {
  Program program = b.saxpy(Target::c());
  program.args[2].shape = {b.param("n"), b.number(3)};
  program.args[2].layout.offset = b.number(2);
  program.args[3].shape = {b.param("n"), b.number(3)};
  program.args[3].layout.columnMajor = true;
  const std::string source = emit(program).source;
  EXPECT_NE(source.find("// x: element [x0, x1] of shape [n, 3] lies at 2 + x0*3 + x1.\n"
                        "// y: element [x0, x1] of shape [n, 3] lies at x0 + x1*n.\n"),
            std::string::npos)
      << source;
}

TEST_F(Emit, PragmasOfOpenCL) {
  Target target = Target::openCL();
  target.contraction = false;
  Program program = b.program("f", target, {b.arrayArg("s", float64Type, Role::Out, {})},
                              {b.assign(b.scalar("s", float64Type), c.constant(1.0, float64Type))});
  EXPECT_TRUE(emit(program).source.find("#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n"
                                        "#pragma OPENCL FP_CONTRACT OFF\n") != std::string::npos);
}

TEST(Functions, TypesOfCalls) {
  const FunctionInfo *sqrt = findFunction("sqrt"), *abs = findFunction("abs"), *real = findFunction("real");
  ASSERT_TRUE(sqrt && abs && real);
  EXPECT_EQ(typeOfCall(*sqrt, {indexType})->result, float64Type);
  EXPECT_EQ(typeOfCall(*sqrt, {float32Type})->result, float32Type);
  EXPECT_EQ(typeOfCall(*abs, {Type{ScalarKind::Complex64}})->result, float32Type);
  EXPECT_FALSE(typeOfCall(*real, {float32Type}));
  EXPECT_FALSE(typeOfCall(*sqrt, {float32Type, float32Type}));
  EXPECT_EQ(findFunction("sqroot"), nullptr);
}

} // namespace
} // namespace loopy
