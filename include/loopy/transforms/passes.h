// All passes, and pipelines of them made in C++.
#pragma once

#include "loopy/transforms/add_barrier.h"
#include "loopy/transforms/add_inames_to_statement.h"
#include "loopy/transforms/affine_map.h"
#include "loopy/transforms/alias_temporaries.h"
#include "loopy/transforms/assignment_to_subst.h"
#include "loopy/transforms/assume.h"
#include "loopy/transforms/batch.h"
#include "loopy/transforms/buffer_array.h"
#include "loopy/transforms/change_arg_to_image.h"
#include "loopy/transforms/chunk_iname.h"
#include "loopy/transforms/collect_common_factors.h"
#include "loopy/transforms/common_subexpressions.h"
#include "loopy/transforms/concatenate_arrays.h"
#include "loopy/transforms/contract.h"
#include "loopy/transforms/distribute.h"
#include "loopy/transforms/double_buffer.h"
#include "loopy/transforms/duplicate_inames.h"
#include "loopy/transforms/expand_subst.h"
#include "loopy/transforms/extract_subst.h"
#include "loopy/transforms/fix_parameters.h"
#include "loopy/transforms/fold_constants.h"
#include "loopy/transforms/fuse_kernels.h"
#include "loopy/transforms/fuse_loops.h"
#include "loopy/transforms/inline_kernel.h"
#include "loopy/transforms/isolate.h"
#include "loopy/transforms/join_inames.h"
#include "loopy/transforms/name_array_axes.h"
#include "loopy/transforms/pad_array.h"
#include "loopy/transforms/peel.h"
#include "loopy/transforms/precompute.h"
#include "loopy/transforms/prefetch.h"
#include "loopy/transforms/privatize.h"
#include "loopy/transforms/realize_parallel_reduction.h"
#include "loopy/transforms/realize_scan.h"
#include "loopy/transforms/reduction_to_subst.h"
#include "loopy/transforms/remove_unused_inames.h"
#include "loopy/transforms/rename_argument.h"
#include "loopy/transforms/rename_iname.h"
#include "loopy/transforms/reorder.h"
#include "loopy/transforms/retime.h"
#include "loopy/transforms/set_address_space.h"
#include "loopy/transforms/set_precision.h"
#include "loopy/transforms/simplify_indices.h"
#include "loopy/transforms/specialize.h"
#include "loopy/transforms/split_array_axis.h"
#include "loopy/transforms/split_iname.h"
#include "loopy/transforms/split_reduction.h"
#include "loopy/transforms/split_scan.h"
#include "loopy/transforms/swizzle_array.h"
#include "loopy/transforms/tag.h"
#include "loopy/transforms/tag_array_axes.h"
#include "loopy/transforms/tag_statements.h"
#include "loopy/transforms/tile.h"
#include "loopy/transforms/trust.h"
#include "loopy/transforms/unroll.h"
#include "loopy/transforms/untag.h"
#include "loopy/transforms/vectorize.h"

#include <functional>

namespace loopy {

// A sequence of passes with their options: `p.add<SplitIname>({.iname = "i", .factor = 16}); kernel = p.run(kernel);`
class Pipeline {
public:
  template <class Options>
  requires requires(const Kernel &kernel, Options options, Notes *notes) { applyPass(kernel, options, notes); }
  Pipeline &add(Options options) {
    steps_.push_back([options = std::move(options)](const Kernel &kernel, Notes *notes) {
      return applyPass(kernel, options, notes);
    });
    return *this;
  }
  // Runs and verifies step by step. UserError for an illegal step.
  Kernel run(Kernel kernel, Notes *notes = nullptr) const;

private:
  std::vector<std::function<Kernel(const Kernel &, Notes *)>> steps_;
};

} // namespace loopy
