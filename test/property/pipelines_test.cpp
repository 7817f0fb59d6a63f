// Random pipelines: every step is refused with a reason, or the result still computes what the kernel says, in C and in
// OpenCL, without data races.
#include "pipelines.h"

#include "support/seeds.h"

#include <gtest/gtest.h>

namespace loopy::testing {
namespace {

struct Tally {
  int steps = 0, refused = 0, openCL = 0;
};

void checkOne(Random &random, const TrialOptions &options, Tally &tally) {
  const MadeTrial made = tryRandomPipeline(random, 6, options);
  tally.steps += static_cast<int>(made.outcome.kept.size());
  tally.refused += made.outcome.refused;
  tally.openCL += made.outcome.mappedToOpenCL;
  if (!made.outcome.failed)
    return;
  const Trial smallest = shrink(made.trial, options);
  FAIL() << smallest.text() << tryPipeline(smallest, options).message << "\nwas, before shrinking:\n"
         << made.trial.text() << made.outcome.message;
}

TEST(RandomPipelines, areRefusedOrRight) {
  Tally tally;
  forEachSeed(250, [&](Random &random) { checkOne(random, {}, tally); });
  // Too many refusals, and the test would say little.
  EXPECT_GT(tally.steps, tally.refused / 10);
  EXPECT_GT(tally.openCL, 0);
}

TEST(RandomPipelines, areRefusedOrRightWhenCompiled) {
  Tally tally;
  forEachSeed(12, [&](Random &random) { checkOne(random, {.compile = true}, tally); });
}

// Pipelines that were once wrong, whatever they are now: refused or right.
TEST(RandomPipelines, onceWrong) {
  const Trial trials[] = {
      {"stencils.loopy",
       "ping_pong",
       {"split_iname(i, 4)", "unroll(t)", "isolate(i_inner, t)", "prefetch(u, at=t, in=global)"}},
      {"data.loopy", "spmv", {"affine_map({ [j] -> [u = 2*j + 1] })", "vectorize(i, 2)"}},
      {"dense.loopy",
       "column_major",
       {"split_iname(i, 1, inner=l.0)", "split_iname(j, 2)", "prefetch(a, at=j_outer, in=local)",
        "add_inames_to_statement(a_fetch_l0, \"writes:b\")"}},
      {"temporaries.loopy", "sum_then_scale", {"concatenate_arrays([acc, total], both, stack=true)"}},
      {"reductions.loopy", "some", {"specialize(\"m >= 1\")", "collect_common_factors(acc)"}},
      {"reductions.loopy", "nested", {"add_inames_to_statement(k, \"id:pair_init\")", "split_reduction(j)"}},
      {"triangles.loopy", "prefix", {"realize_scan(i)", "extract_subst(f, acc)", "split_reduction(i, combine=c)"}},
      {"dense.loopy",
       "strided",
       {"split_iname(i, 2)", "affine_map({ [i_inner] -> [v = i_inner // 4, i_inner] })",
        "buffer_array(b, at=v, in=global)", "assignment_to_subst(b_buf)", "remove_unused_inames()"}},
      {"temporaries.loopy", "chain", {"assignment_to_subst(y)", "contract(x, i)", "chunk_iname(i, 5)"}},
      {"triangles.loopy",
       "prefix",
       {"extract_subst(f, acc)", "chunk_iname(i, 5, outer=unr, within=\"writes:b\")", "double_buffer(acc)"}},
      {"data.loopy", "spmv", {"chunk_iname(i, 8, within=\"iname:j\")"}},
      {"triangles.loopy", "lu", {"chunk_iname(q, 8, inner=g.1)"}},
      {"temporaries.loopy", "rules", {"vectorize(i, 4)", "chunk_iname(i_inner_partial, 8, outer=l.1, inner=g.1)"}},
      {"data.loopy", "clipped", {"chunk_iname(i, 16, within=\"id:cond_0\")"}},
      {"temporaries.loopy",
       "softmax_like",
       {"prefetch(s, at=j, in=global)", "affine_map({ [i, j] -> [i, vj = j - 2*i] })", "tag(vj=g.0)"}},
      {"stencils.loopy", "blur", {"split_iname(i, 4)", "chunk_iname(k, 4)", "assignment_to_subst(b)"}},
      {"composed.loopy",
       "spread",
       {"batch(count)", "assignment_to_subst(t, within=\"id:T\")", "retime(statements=T, iname=batch)"}},
      {"data.loopy", "spmv", {"double_buffer(rowlen)", "prefetch(rowstart, at=i)"}},
      {"temporaries.loopy", "softmax_like", {"prefetch(s, at=i, through=registers, exact=false)"}},
      {"temporaries.loopy",
       "chain",
       {"vectorize(i, 4)", "fix_parameters(n=3)", "split_iname(i_outer, 8)",
        "affine_map({ [i_inner_partial, i_outer_inner] -> [i_inner_partial, v = i_outer_inner - 0*i_inner_partial] "
        "})"}},
      {"data.loopy", "gather", {"concatenate_arrays([a, b], both)", "rename_argument(n, m0)"}},
      {"data.loopy", "gather", {"name_array_axes(a, row)", "batch(count)", "prefetch(a, at=i)"}},
      {"temporaries.loopy", "chain", {"double_buffer(x, iname=i)", "distribute(i, third)", "peel(i, head=1)"}},
      {"data.loopy",
       "clipped",
       {"split_iname(i, 3)", "double_buffer(cond_0, copies=8)",
        "affine_map({ [i_outer, i_inner] -> [u = i_outer + i_inner, i_inner] })"}},
      {"data.loopy",
       "spmv",
       {"affine_map({ [j] -> [u = 2*j + 1] })", "split_reduction(u, combine=c)", "split_iname(c, 2)",
        "affine_map({ [c_inner] -> [v = 2*c_inner + 1] })"}},
      {"data.loopy", "boundary", {"split_iname(i, 16, inner=ilp)", "peel(i_outer, tail=8)", "tag(i_outer, unr)"}},
      {"triangles.loopy", "trmv", {"fix_parameters(n=0)", "tag(i, l.0)"}},
      {"triangles.loopy", "trmv", {"fix_parameters(n=0)", "tag(i, unr)"}},
      {"stencils.loopy", "blur", {"prefetch(a, at=i)", "assignment_to_subst(b, rule=f)", "split_iname(i, 3)"}},
      {"stencils.loopy",
       "blur",
       {"prefetch(a, at=i)", "assignment_to_subst(b, rule=f)", "tag(a_fetch_0, ilp)", "expand_subst(f)"}},
      {"triangles.loopy",
       "forward_rows",
       {"tag(j, ilp.seq)", "prefetch(l, at=j, in=global)", "double_buffer(l_fetch)", "peel(j, tail=1)"}},
      {"stencils.loopy", "ping_pong", {"tag(i, g.0)", "prefetch(u, at=t, lanes=g.0, exact=false)"}},
      {"stencils.loopy", "ping_pong", {"vectorize(i, 8)", "split_iname(i_outer, 2)", "peel(i_outer_inner, head=3)"}},
      {"stencils.loopy",
       "blur",
       {"split_iname(i, 4, inner=l.0)", "assignment_to_subst(b)", "precompute(b_subst, at=k, exact=false)"}},
      {"dense.loopy",
       "outer_product",
       {"split_iname(i, 5)", "split_iname(i_inner, 4, inner=l.1, outer_name=inner, within=\"iname:i_inner\")",
        "prefetch(x, at=i_outer, in=private, lanes=l.auto)"}},
      {"data.loopy",
       "boundary",
       {"split_iname(i, 5)", "join_inames(i_outer, i_inner, tag=g.0)", "prefetch(a, at=i_outer_i_inner, in=local)",
        "distribute(i_outer_i_inner, edge)"}},
      {"temporaries.loopy", "row_buffer", {"split_iname(j, 4)", "fix_parameters(n=0)", "assignment_to_subst(load)"}},
      {"reductions.loopy",
       "integers",
       {"assume(\"n >= 3\")", "split_iname(j, 8, inner_name=fresh8, within=\"id:columns_init\")",
        "vectorize(j_outer, 16, outer=g.0)", "split_iname(j_outer_inner_partial, 3, outer=unr)",
        "split_iname(fresh8, 2, within=\"not id:columns\")"}},
      {"reductions.loopy",
       "nested",
       {"add_inames_to_statement(k, \"id:pair_init\")", "fix_parameters(n=8)", "realize_parallel_reduction(j)"}},
      {"reductions.loopy", "nested", {"add_inames_to_statement(k, \"id:pair_init\")", "split_reduction(j)"}},
      {"scans.loopy",
       "columns",
       {"split_iname(j, 16, inner_name=lane, within=\"writes:acc\")",
        "retime(statements=sums_init, iname=c, ahead=8, before=sums_update)",
        "realize_parallel_reduction(lane, lanes=l.auto)"}},
      {"scans.loopy",
       "produced",
       {"split_scan(i, 16)", "realize_scan(i_inner, lanes=l.0)", "set_precision(acc_local_scan_1, float64)"}},
      {"composed.loopy",
       "centre",
       {"split_iname(i, 16)", "isolate(j, i_inner)",
        "affine_map({ [i_inner, i_outer] -> [u = i_inner + i_outer, i_outer] })", "tag(i_outer, ilp)"}},
      {"triangles.loopy",
       "prefix",
       {"double_buffer(acc)", "split_iname(i, 4)", "buffer_array(acc, at=i_inner, in=local)",
        "tag_array_axes(acc_buf, sep=0)"}},
      {"data.loopy",
       "spmv",
       {"split_iname(i, 3)", "reduction_to_subst(acc)",
        "precompute(acc_term, at=i_outer, sweep=i_inner, through=registers, within=\"not id:row\")"}},
      {"scans.loopy",
       "segments",
       {"buffer_array(f, at=j, in=global)", "split_iname(i, 4)", "fix_parameters(n=3)", "tag(i_inner, g.0)"}},
      {"dense.loopy",
       "transpose",
       {"chunk_iname(i, 8)",
        "affine_map({ [i_inner, j] -> [u = (i_inner + j) // 4 + (i_inner - j) // 4, v = (i_inner + j) // 4, i_inner, "
        "j] })",
        "tag(j, ilp)", "prefetch(a, sweep=v, in=local)"}},
      {"data.loopy", "gather", {"chunk_iname(i, 3)", "prefetch(a, at=i_inner)"}},
      {"triangles.loopy",
       "trmv",
       {"split_iname(i, 3, within=\"not id:row_init\")", "assume(\"n % 4 = 0\")", "buffer_array(acc, at=j, in=global)",
        "affine_map({ [i_outer, i_inner] -> [ui_outer = (i_outer + i_inner) // 4 + (i_outer - i_inner) // 4, "
        "vi_inner = (i_outer + i_inner) // 4, i_outer, i_inner] })",
        "tag(vi_inner, g.0)"}},
      {"data.loopy",
       "clipped",
       {"duplicate_inames(i, \"writes:x\")", "add_inames_to_statement(i, \"iname:i_copy\")", "split_iname(i, 3)",
        "peel(i_outer, tail=4)", "peel(i_copy, tail=3)"}},
      {"data.loopy", "gather", {"chunk_iname(i, 8)", "buffer_array(a, at=i_inner)"}},
      {"data.loopy",
       "spmv",
       {"add_barrier(before=row_update, scope=global, at=j)", "distribute(i, row_init)", "double_buffer(acc)"}},
      {"composed.loopy",
       "spread",
       {"duplicate_inames(i, \"id:S\", names=i_early)", "assignment_to_subst(t)", "batch(count)",
        "chunk_iname(batch, 8, outer_name=i_early)"}},
  };
  for (const Trial &trial : trials)
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      Trial seeded = trial;
      seeded.seed = seed;
      const Outcome outcome = tryPipeline(seeded, {});
      EXPECT_FALSE(outcome.failed) << seeded.text() << outcome.message;
    }
}

} // namespace
} // namespace loopy::testing
