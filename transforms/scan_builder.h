// What the passes that rewrite scans share.
#pragma once

#include "partial_results.h"
#include "scan.h"

namespace loopy {

// The body of a scan's loop: what stands before the child with the update, that child, and what stands behind it. The
// initialisation is in none of them.
struct ScanBody {
  std::vector<NodeRef> before;
  NodeRef terms;
  std::vector<NodeRef> behind;
};
ScanBody scanBodyOf(const std::vector<NodeRef> &children, const std::string &update);
using ScanNodes = std::function<std::vector<NodeRef>(const ScanBody &)>;

// The kernel's tree with these nodes in the place of the scan's loop.
Tree replaceScanLoop(const Kernel &kernel, const Scan &scan, const ScanNodes &nodes);

// The loop over these nodes, or nothing if there are none.
std::vector<NodeRef> loopOver(const std::string &iname, std::vector<NodeRef> nodes);
void appendNodes(std::vector<NodeRef> &to, std::vector<NodeRef> nodes);

// The terms of a scan move within its loop, or out of it:
//   every dependence of `built`, with the nodes `old` in the place of the scan's loop, holds with the nodes `now`
//   there.
// `built` has the statements of these nodes. UserError at `where`, about `what`, if one does not.
void proveScanOrder(const Kernel &kernel, const Scan &scan, const Kernel &built, const ScanNodes &old,
                    const ScanNodes &now, SourceRange where, const std::string &what);

// Adds accumulators like those of the scan with so many more implicit axes, called `name` and `name_index`.
std::vector<std::string> addAccumulators(Kernel &kernel, const Scan &scan, int moreAxes, const std::string &name);
// The elements of temporaries without the axes of these inames.
PartElement elementWithout(Context &context, std::vector<std::string> inames);
// The elements of temporaries with the same axes.
PartElement sameElement(Context &context);

// The statement with `arrays` in the place of the scan's accumulators.
Statement withAccumulators(Context &context, const Scan &scan, const Statement &statement,
                           const std::vector<std::string> &arrays, const PartElement &element);

// The scan's update for these of its instances alone.
Statement updateOver(const Kernel &kernel, const Scan &scan, const isl::set &domain);

} // namespace loopy
