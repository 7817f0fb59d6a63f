// The worked examples of prefetching: tree, storage and domains as derived by hand.
#include "loopy/analysis/dependence.h"
#include "loopy/frontend/parse.h"
#include "loopy/ir/affine.h"
#include "loopy/ir/tree.h"
#include "loopy/ir/verify.h"
#include "loopy/transforms/passes.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

#include <chrono>

namespace loopy::test {
namespace {

// The kernel of a text after its first pipeline.
Kernel transform(Context &context, const std::string &text) {
  const Module module = parseText(context, "test.loopy", text);
  return runPipeline(module, module.kernels.at(0), module.pipelines.at(0)).kernel;
}

std::string matmul(const std::string &pipeline) {
  return "kernel matmul(n: int32, m: int32, l: int32, alpha: float32, a: float32[n, l], b: float32[l, m],"
         " c: out float32[n, m])\n"
         "  domain { [i, j, k] : 0 <= i < n and 0 <= j < m and 0 <= k < l }\n"
         "  assume n >= 1 and m >= 1 and l >= 1\n"
         "  c[i, j] = alpha * sum(k, a[i, k]*b[k, j]) {id=product}\n"
         "end\n"
         "pipeline p\n" + pipeline + "end\n";
}

// The statement's domain is `text`, an isl set with inames and parameters before its arrow, under the assumptions.
void expectDomain(const Kernel &kernel, const std::string &id, const std::string &text) {
  isl::set expected(kernel.context->isl(), text);
  isl::set assumptions = kernel.assumptions;
  EXPECT_TRUE(poly::isEqual(kernel.statement(id).domain.intersect(assumptions), expected.intersect(assumptions)))
      << id << "\n" << isl_set_to_str(kernel.statement(id).domain.get());
}

std::string right(const Kernel &kernel, const std::string &id) {
  return toString(std::get<Assign>(kernel.statement(id).body).rhs.at(0));
}
std::string left(const Kernel &kernel, const std::string &id) {
  return toString(std::get<Assign>(kernel.statement(id).body).lhs.at(0));
}

std::vector<std::string> shape(const Kernel &kernel, const std::string &array) {
  std::vector<std::string> extents;
  for (Expr extent : kernel.array(array).shape)
    extents.push_back(toString(extent));
  return extents;
}

} // namespace

TEST(Precompute, TiledProductAsDerivedByHand) {
  Context context;
  Kernel kernel = transform(context, matmul("  split_iname(i, 16, outer=g.1, inner=l.1)\n"
                                            "  split_iname(j, 16, outer=g.0, inner=l.0)\n"
                                            "  split_iname(k, 16)\n"
                                            "  prefetch(a, at=k_outer)\n"
                                            "  prefetch(b, at=k_outer)\n"));
  EXPECT_EQ(printTree(kernel), "for i_outer [g.1]\n"
                               "  for j_outer [g.0]\n"
                               "    for i_inner [l.1]\n"
                               "      for j_inner [l.0]\n"
                               "        product_init\n"
                               "    for k_outer\n"
                               "      for a_fetch_0 [l.1]\n"
                               "        for a_fetch_1 [l.0]\n"
                               "          a_fill\n"
                               "      for b_fetch_0 [l.1]\n"
                               "        for b_fetch_1 [l.0]\n"
                               "          b_fill\n"
                               "      for i_inner [l.1]\n"
                               "        for j_inner [l.0]\n"
                               "          for k_inner\n"
                               "            product_update\n"
                               "    for i_inner [l.1]\n"
                               "      for j_inner [l.0]\n"
                               "        product\n");
  EXPECT_EQ(left(kernel, "a_fill"), "a_fetch[i_outer, j_outer, k_outer, a_fetch_0, a_fetch_1]");
  EXPECT_EQ(right(kernel, "a_fill"), "a[16*i_outer + a_fetch_0, 16*k_outer + a_fetch_1]");
  EXPECT_EQ(kernel.array("a_fetch").implicitAxes, 3u);
  EXPECT_EQ(kernel.array("a_fetch").space, AddressSpace::Local);
  EXPECT_EQ(shape(kernel, "a_fetch"), (std::vector<std::string>{"16", "16"}));
  // Each element that is read, and none beside the arrays.
  expectDomain(kernel, "a_fill",
               "[n, m, l, i_outer, j_outer, k_outer, a_fetch_0, a_fetch_1] -> { : 0 <= i_outer and 0 <= j_outer and "
               "0 <= k_outer and 16*j_outer < m and 0 <= a_fetch_0 < 16 and 0 <= a_fetch_1 < 16 and "
               "16*i_outer + a_fetch_0 < n and 16*k_outer + a_fetch_1 < l }");
  EXPECT_TRUE(kernel.rules.empty());
}

TEST(Precompute, RegisterBlockedProductAsDerivedByHand) {
  Context context;
  Kernel kernel = transform(context, matmul("  split_iname(i, 64, outer=g.1)\n"
                                            "  split_iname(i_inner, 4, outer=l.1, inner=ilp, outer_name=ii, inner_name=ir)\n"
                                            "  split_iname(j, 64, outer=g.0)\n"
                                            "  split_iname(j_inner, 4, outer=l.0, inner=ilp, outer_name=ji, inner_name=jr)\n"
                                            "  split_iname(k, 16)\n"
                                            "  prefetch(a, at=k_outer)\n"
                                            "  prefetch(b, at=k_outer)\n"
                                            "  prefetch(a_fetch, at=k_inner, in=private, name=a_reg)\n"
                                            "  prefetch(b_fetch, at=k_inner, in=private, name=b_reg)\n"));
  // e = 256*r + 16*l1 + l0, r < 4, along the rows of a: (e // 16, e % 16).
  EXPECT_EQ(left(kernel, "a_fill"),
            "a_fetch[i_outer, j_outer, k_outer, 16*a_fetch_r + a_fetch_l1, a_fetch_l0]");
  EXPECT_EQ(kernel.tag("a_fetch_r"), Tag{Tag::Kind::Unroll});
  EXPECT_EQ(kernel.tag("a_fetch_l1"), (Tag{Tag::Kind::Local, 1}));
  EXPECT_EQ(kernel.tag("a_fetch_l0"), (Tag{Tag::Kind::Local, 0}));
  EXPECT_EQ(shape(kernel, "a_fetch"), (std::vector<std::string>{"64", "16"}));
  // The rows of b are 64 long: (e // 64, e % 64).
  EXPECT_EQ(right(kernel, "b_fill"),
            "b[16*k_outer + 4*b_fetch_r + b_fetch_l1 // 4, 64*j_outer + 16*(b_fetch_l1 % 4) + b_fetch_l0]");
  EXPECT_EQ(left(kernel, "a_fetch_fill"), "a_reg[i_outer, j_outer, k_outer, ii, ji, k_inner, a_reg_0]");
  EXPECT_EQ(right(kernel, "a_fetch_fill"), "a_fetch[i_outer, j_outer, k_outer, 4*ii + a_reg_0, k_inner]");
  EXPECT_EQ(shape(kernel, "a_reg"), (std::vector<std::string>{"4"}));
  EXPECT_EQ(kernel.array("a_reg").space, AddressSpace::Private);
  EXPECT_EQ(kernel.tag("a_reg_0"), Tag{Tag::Kind::Unroll});
  EXPECT_NE(printTree(kernel).find("          for k_inner\n"
                                   "            for a_reg_0 [unr]\n"
                                   "              a_fetch_fill\n"
                                   "            for b_reg_1 [unr]\n"
                                   "              b_fetch_fill\n"
                                   "            for ir [ilp]\n"
                                   "              for jr [ilp]\n"
                                   "                product_update\n"),
            std::string::npos)
      << printTree(kernel);
}

TEST(Precompute, EveryElementOfADealtBoxIsFilledOnce) {
  Context context;
  Kernel kernel = transform(context, matmul("  split_iname(i, 18, outer=g.1, inner=l.1)\n"
                                            "  split_iname(j, 16, outer=g.0, inner=l.0)\n"
                                            "  split_iname(k, 10)\n"
                                            "  prefetch(b, at=k_outer)\n"
                                            "  prefetch(a, at=k_outer)\n"));
  for (const char *name : {"a", "b"}) {
    // { instance of the fill } -> element of the temporary: injective, and onto the elements that are read.
    const Statement &fill = kernel.statement(std::string(name) + "_fill");
    const Load &place = *std::get<Assign>(fill.body).lhs[0].as<Load>();
    isl::ctx ctx = context.isl();
    isl::set graph = fill.domain;
    poly::Renaming other;
    for (size_t axis = 0; axis < place.index.size(); ++axis)
      graph = graph.intersect(
          poly::paramAff(ctx, "x" + std::to_string(axis)).eq_set(*toAffine(context, place.index[axis])));
    for (const std::string &iname : fill.inames)
      other[iname] = primed(iname);
    isl::set pairs = graph.intersect(poly::renameParams(graph, other));
    for (const std::string &iname : fill.inames)
      EXPECT_TRUE(pairs.intersect(poly::paramAff(ctx, iname).ne_set(poly::paramAff(ctx, primed(iname)))).is_empty());

    poly::Names own(fill.inames.begin() + 3, fill.inames.end());
    isl::set filled = poly::projectOut(graph, own);
    const Statement &use = kernel.statement("product_update");
    isl::set read = poly::emptySet(ctx);
    for (const AccessRef &access : accesses(use))
      if (access.load->array == std::string(name) + "_fetch") {
        isl::set elements = use.domain;
        for (size_t axis = 0; axis < access.load->index.size(); ++axis)
          elements = elements.intersect(
              poly::paramAff(ctx, "x" + std::to_string(axis)).eq_set(*toAffine(context, access.load->index[axis])));
        read = read.unite(poly::projectOut(elements, {"i_inner", "j_inner", "k_inner"}));
      }
    EXPECT_TRUE(filled.is_equal(read)) << name;
  }
}

TEST(Precompute, StencilFillIsClippedToTheArray) {
  Context context;
  Kernel kernel = transform(context, R"(
kernel diffuse(n: int32, steps: int32, u: inout float32[n, n], v: inout float32[n, n])
  domain { [t] : 0 <= t < steps }
  domain { [i, j] : 1 <= i < n - 1 and 1 <= j < n - 1 }
  domain { [p, q] : 1 <= p < n - 1 and 1 <= q < n - 1 }
  for t
    v[i, j] = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 4*u[i, j] {id=step}
    u[p, q] = v[p, q] {id=copy}
  end
end

pipeline p
  split_iname(i, 16, outer=g.1, inner=l.1)
  split_iname(j, 16, outer=g.0, inner=l.0)
  prefetch(u, at=j_outer, within=id:step, lanes=[none, none])
end
)");
  EXPECT_EQ(shape(kernel, "u_fetch"), (std::vector<std::string>{"18", "18"}));
  EXPECT_EQ(right(kernel, "u_fill"), "u[16*i_outer - 1 + u_fetch_0, 16*j_outer - 1 + u_fetch_1]");
  expectDomain(kernel, "u_fill",
               "[n, steps, t, i_outer, j_outer, u_fetch_0, u_fetch_1] -> { : 0 <= t < steps and n >= 3 and "
               "0 <= i_outer and 16*i_outer <= n - 2 and 0 <= j_outer and 16*j_outer <= n - 2 and "
               "0 <= u_fetch_0 < 18 and 0 <= 16*i_outer - 1 + u_fetch_0 < n and "
               "0 <= u_fetch_1 < 18 and 0 <= 16*j_outer - 1 + u_fetch_1 < n }");
}

TEST(Precompute, DealsTheStencilsHaloOutInTwoRounds) {
  Context context;
  Kernel kernel = transform(context, R"(
kernel smooth(n: int32, u: float32[n, n], v: inout float32[n, n])
  domain { [i, j] : 1 <= i < n - 1 and 1 <= j < n - 1 }
  v[i, j] = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] {id=step}
end

pipeline p
  split_iname(i, 16, outer=g.1, inner=l.1)
  split_iname(j, 16, outer=g.0, inner=l.0)
  prefetch(u, at=j_outer)
end
)");
  EXPECT_EQ(left(kernel, "u_fill"),
            "u_fetch[i_outer, j_outer, (256*u_fetch_r + 16*u_fetch_l1 + u_fetch_l0) // 18, "
            "(256*u_fetch_r + 16*u_fetch_l1 + u_fetch_l0) % 18]");
  const isl::set &domain = kernel.statement("u_fill").domain;
  EXPECT_EQ(poly::constantMax(poly::paramAff(context.isl(), "u_fetch_r"), domain), 1);
  EXPECT_EQ(isl_set_n_basic_set(domain.get()), 1);
}

TEST(Precompute, TriangleKeepsItsLoopInsideAt) {
  Context context;
  Kernel kernel = transform(context, R"(
kernel triangle(n: int32, a: float32[n, n], x: float32[n], y: out float32[n])
  domain { [i, j] : 0 <= i < n and 0 <= j <= i }
  y[i] = sum(j, a[i, j]*x[j]) {id=product}
end

pipeline p
  split_iname(i, 16, outer=g.0, inner=l.0)
  split_iname(j, 16)
  prefetch(x, at=j_outer)
end
)");
  EXPECT_EQ(printTree(kernel), "for i_outer [g.0]\n"
                               "  for i_inner [l.0]\n"
                               "    product_init\n"
                               "  for j_outer\n"
                               "    for x_fetch_0 [l.0]\n"
                               "      x_fill\n"
                               "    for i_inner [l.0]\n"
                               "      for j_inner\n"
                               "        product_update\n"
                               "  for i_inner [l.0]\n"
                               "    product\n");
  expectDomain(kernel, "x_fill",
               "[n, i_outer, j_outer, x_fetch_0] -> { : 0 <= j_outer <= i_outer and 0 <= x_fetch_0 < 16 and "
               "16*i_outer < n and 16*j_outer + x_fetch_0 < n }");
}

TEST(Precompute, VolumeKernelAsDerivedByHand) {
  Context context;
  Kernel kernel = transform(context, R"(
kernel volume(K: int32, D: float32[20, 20], u: float32[K, 20], r: out float32[K, 20])
  domain { [e, i, j] : 0 <= e < K and 0 <= i < 20 and 0 <= j < 20 }
  r[e, i] = sum(j, D[i, j]*u[e, j]) {id=product}
end

pipeline p
  split_iname(e, 4, outer=g.0, inner=l.1)
  tag(i=l.0)
  prefetch(D, at=e_outer)
  prefetch(u, at=e_outer)
end
)");
  // 400 elements over 80 work-items in 5 rounds; 4 x 20 elements just match them.
  EXPECT_EQ(left(kernel, "D_fill"), "D_fetch[e_outer, 4*D_fetch_r + D_fetch_l1, D_fetch_l0]");
  EXPECT_EQ(poly::constantMax(poly::paramAff(context.isl(), "D_fetch_r"), kernel.statement("D_fill").domain), 4);
  EXPECT_EQ(left(kernel, "u_fill"), "u_fetch[e_outer, u_fetch_0, u_fetch_1]");
  EXPECT_EQ(kernel.tag("u_fetch_0"), (Tag{Tag::Kind::Local, 1}));
  EXPECT_EQ(kernel.tag("u_fetch_1"), (Tag{Tag::Kind::Local, 0}));
}

TEST(Precompute, OneValuedArgumentsAreNoAxes) {
  Context context;
  Kernel kernel = transform(context, R"(
kernel diffuse(n: int32, steps: int32, u: inout float32[2, n])
  domain { [t, i] : 0 <= t < steps and 1 <= i < n - 1 }
  u[(t + 1) % 2, i] = u[t % 2, i - 1] + u[t % 2, i + 1] {id=step}
end

pipeline p
  split_iname(i, 32)
  prefetch(u, at=i_outer)
end
)");
  EXPECT_EQ(right(kernel, "u_fill"), "u[t % 2, 32*i_outer - 1 + u_fetch_1]");
  EXPECT_EQ(shape(kernel, "u_fetch"), (std::vector<std::string>{"34"}));
}

TEST(Precompute, FetchIntoRegistersTakesTheLatticeStride) {
  Context context;
  Kernel kernel = transform(context, R"(
kernel gather(n: int32, x: float32[64*n], y: out float32[64*n])
  domain { [b, w, r] : 0 <= b < n and 0 <= w < 16 and 0 <= r < 4 }
  y[64*b + w + 16*r] = 2*x[64*b + w + 16*r] {id=S}
end

pipeline p
  tag(b=g.0, w=l.0)
  prefetch(x, at=w, in=private)
end
)");
  EXPECT_EQ(shape(kernel, "x_fetch"), (std::vector<std::string>{"4"}));
  EXPECT_EQ(right(kernel, "S"), "2.0*x_fetch[b, w, r]");
}

// The whole register-blocked pipeline, all proofs on, is a matter of milliseconds; the limit leaves room for slow
// machines and sanitizers.
TEST(Precompute, RegisterBlockedPipelineIsFast) {
  const auto start = std::chrono::steady_clock::now();
  Context context;
  transform(context, matmul("  split_iname(i, 64, outer=g.1)\n"
                            "  split_iname(i_inner, 4, outer=l.1, inner=ilp)\n"
                            "  split_iname(j, 64, outer=g.0)\n"
                            "  split_iname(j_inner, 4, outer=l.0, inner=ilp)\n"
                            "  split_iname(k, 16)\n"
                            "  prefetch(a, at=k_outer)\n"
                            "  prefetch(b, at=k_outer)\n"
                            "  prefetch(a_fetch, at=k_inner, in=private)\n"
                            "  prefetch(b_fetch, at=k_inner, in=private)\n"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

} // namespace loopy::test
