// Vectors in C and OpenCL C.
#include "loopy/codegen/emit.h"

#include "unit/codegen/programs.h"

#include <gtest/gtest.h>

namespace loopy {
namespace {

using test::ProgramBuilder;

class EmitVectors : public ::testing::Test {
protected:
  Context context;
  ProgramBuilder b{context};
  Context &c = context;

  Expr wide(const std::string &array, Expr first, int64_t alignment, Type type = float32Type.vector(4)) {
    return c.load(array, {first, c.constant(alignment)}, type);
  }
  Expr lanes(std::vector<Expr> all) {
    const Type type = all[0].type().vector(static_cast<uint8_t>(all.size()));
    return c.call("lanes", std::move(all), type);
  }

  // The program of the assignment alone, over an int n, float arrays x (read) and y, double d and int k.
  std::string source(Stmt stmt, Target target) {
    auto array = [&](const char *name, Type type, Role role) { return b.arrayArg(name, type, role, {b.param("n")}); };
    return emit(b.program("f", target,
                          {b.scalarArg("n", indexType), array("x", float32Type, Role::In),
                           array("y", float32Type, Role::InOut), array("d", float64Type, Role::InOut),
                           array("k", indexType, Role::InOut)},
                          {std::move(stmt)}))
        .source;
  }
  void expectIn(const std::string &text, const std::string &part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  void expectIn(Expr lhs, Expr rhs, const std::string &openCL, const std::string &inC) {
    expectIn(source(b.assign(lhs, rhs), Target::openCL()), "  " + openCL);
    expectIn(source(b.assign(lhs, rhs), Target::c()), "  " + inC);
  }
};

TEST_F(EmitVectors, MemoryIsAccessedAsItIsAligned) {
  expectIn(wide("y", b.number(4), 16), wide("x", b.number(4), 16),
           "*(__global float4 *)&y[4] = *(__global const float4 *)&x[4];",
           "*(loopy_float32x4_at16 *)&y[4] = *(const loopy_float32x4_at16 *)&x[4];");
  expectIn(wide("y", b.number(4), 8), wide("x", b.number(4), 4), "vstore4(vload4(0, &x[4]), 0, &y[4]);",
           "*(loopy_float32x4_at8 *)&y[4] = *(const loopy_float32x4_at4 *)&x[4];");
  const Expr aligned = wide("y", b.number(0), 16), unaligned = wide("y", b.number(1), 4);
  expectIn(aligned, c.add(aligned, c.mul(b.real(2), wide("x", b.number(0), 16))),
           "*(__global float4 *)&y[0] += 2.0f*(*(__global const float4 *)&x[0]);",
           "*(loopy_float32x4_at16 *)&y[0] += 2.0f*(*(const loopy_float32x4_at16 *)&x[0]);");
  expectIn(unaligned, c.add(unaligned, b.at("x", b.number(3))), "vstore4(vload4(0, &y[1]) + x[3], 0, &y[1]);",
           "*(loopy_float32x4_at4 *)&y[1] += x[3];");
  const std::string text = source(b.assign(unaligned, wide("x", b.number(0), 4)), Target::c());
  expectIn(text, "typedef float loopy_float32x4_at4 __attribute__((vector_size(16), aligned(4), may_alias));");
}

TEST_F(EmitVectors, LanesBroadcastsAndConversions) {
  const Expr y = wide("y", b.number(0), 16);
  expectIn(y, lanes({b.at("x", b.number(0)), b.at("x", b.number(2)), b.at("x", b.number(4)), b.real(1)}),
           "*(__global float4 *)&y[0] = (float4)(x[0], x[2], x[4], 1.0f);",
           "*(loopy_float32x4_at16 *)&y[0] = (loopy_float32x4){x[0], x[2], x[4], 1.0f};");
  expectIn(y, c.cast(float32Type.vector(4), b.at("x", b.number(0))), "*(__global float4 *)&y[0] = (float4)(x[0]);",
           "*(loopy_float32x4_at16 *)&y[0] = x[0] - (loopy_float32x4){0};");
  expectIn(y, c.cast(float32Type.vector(4), b.real(0)), "*(__global float4 *)&y[0] = (float4)(0.0f);",
           "*(loopy_float32x4_at16 *)&y[0] = (loopy_float32x4){0};");
  expectIn(y, c.cast(float32Type.vector(4), wide("k", b.number(0), 16, indexType.vector(4))),
           "*(__global float4 *)&y[0] = convert_float4(*(__global int4 *)&k[0]);",
           "*(loopy_float32x4_at16 *)&y[0] = __builtin_convertvector(*(loopy_int32x4_at16 *)&k[0], loopy_float32x4);");
}

TEST_F(EmitVectors, SelectionsByMasks) {
  const Expr y = wide("y", b.number(0), 16), x = wide("x", b.number(0), 16);
  const Expr isLess = c.compare(CompareOp::Lt, x, b.real(1));
  expectIn(y, c.select(isLess, x, y),
           "*(__global float4 *)&y[0] = *(__global const float4 *)&x[0] < 1.0f ? *(__global const float4 *)&x[0] :",
           "*(loopy_float32x4_at16 *)&y[0] = loopy_select_float32x4((loopy_int32x4)(");
  const Expr isLarge = c.compare(CompareOp::Gt, b.param("n"), b.number(5));
  expectIn(y, c.select(isLarge, x, y), "*(__global float4 *)&y[0] = n > 5 ? *(__global const float4 *)&x[0] :",
           "*(loopy_float32x4_at16 *)&y[0] = n > 5 ? (loopy_float32x4)(*(const loopy_float32x4_at16 *)&x[0]) :");
  // A mask is as wide as what it chooses from; a condition that all lanes share is in all of them.
  const Expr d = wide("d", b.number(0), 32, float64Type.vector(4));
  const Expr either = c.logical(LogicalOp::Or, isLess, c.compare(CompareOp::Gt, b.param("n"), b.number(5)));
  const std::string openCL = source(b.assign(d, c.select(either, d, c.cast(d.type(), x))), Target::openCL());
  expectIn(openCL, "convert_long4(");
  expectIn(openCL, "(long4)(n > 5 ? -1 : 0)");
  const std::string inC = source(b.assign(d, c.select(either, d, c.cast(d.type(), x))), Target::c());
  expectIn(inC, "loopy_select_float64x4(");
  expectIn(inC, "(loopy_int64x4){0} - (int64_t)(n > 5)");
}

TEST_F(EmitVectors, FunctionsOfVectors) {
  const Expr y = wide("y", b.number(0), 16), x = wide("x", b.number(0), 16);
  const Expr root = c.call("sqrt", {x}, x.type());
  expectIn(y, root, "*(__global float4 *)&y[0] = sqrt(*(__global const float4 *)&x[0]);",
           "*(loopy_float32x4_at16 *)&y[0] = loopy_sqrt_float32x4(*(const loopy_float32x4_at16 *)&x[0]);");
  expectIn(source(b.assign(y, root), Target::c()), "u0.lanes[i] = sqrtf(u0.lanes[i]);");
  expectIn(
      y, c.binary(BinaryOp::Min, x, y),
      "*(__global float4 *)&y[0] = loopy_min_float32x4(*(__global const float4 *)&x[0], *(__global float4 *)&y[0]);",
      "*(loopy_float32x4_at16 *)&y[0] = loopy_min_float32x4(*(const loopy_float32x4_at16 *)&x[0],");
}

TEST_F(EmitVectors, VariablesAndTheirLanes) {
  DeclareStmt declare;
  declare.name = "t";
  declare.type = float32Type.vector(4);
  declare.elements = 2;
  const Stmt copy = b.assign(b.at("y", b.number(0)), c.load("t", {b.number(1), b.number(2)}, float32Type));
  const std::string openCL = source({BlockStmt{{{declare}, copy}}}, Target::openCL());
  expectIn(openCL, "float4 t[2];");
  expectIn(openCL, "y[0] = t[1].s2;");
  expectIn(source({BlockStmt{{{declare}, copy}}}, Target::c()), "y[0] = t[1][2];");
  declare.elements.reset();
  declare.isScalar = true;
  const Stmt one = b.assign(b.at("y", b.number(0)), c.load("t", {b.number(0), b.number(3)}, float32Type));
  expectIn(source({BlockStmt{{{declare}, one}}}, Target::openCL()), "y[0] = t.s3;");
  expectIn(source({BlockStmt{{{declare}, one}}}, Target::c()), "y[0] = t[3];");
}

} // namespace
} // namespace loopy
