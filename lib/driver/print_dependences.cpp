#include "loopy/analysis/dependence.h"
#include "loopy/driver/print_kernel.h"

#include <sstream>

namespace loopy {

namespace {

DependenceKind kindOf(const AccessInfo &source, const AccessInfo &sink) {
  if (!source.isWrite)
    return DependenceKind::Anti;
  return sink.isWrite ? DependenceKind::Output : DependenceKind::Flow;
}

// Prints one direction of a conflict: the pairs whose source runs before their sink.
void printDirection(std::ostringstream &out, const Kernel &kernel, const Conflict &conflict, bool firstIsSource,
                    const isl::set &pairs) {
  if (pairs.is_empty())
    return;
  const AccessInfo &source = firstIsSource ? conflict.first() : conflict.second();
  const AccessInfo &sink = firstIsSource ? conflict.second() : conflict.first();
  const Statement &from = firstIsSource ? conflict.firstStatement() : conflict.secondStatement();
  const Statement &to = firstIsSource ? conflict.secondStatement() : conflict.firstStatement();
  out << spelling(kindOf(source, sink)) << " " << from.id << " -> " << to.id << " through " << toString(source.load)
      << " and " << toString(sink.load);
  if (!source.isAffine || !sink.isAffine)
    out << " (whole array: a subscript is not affine)";
  if (isReorderable(kernel, conflict))
    out << " (updates of one reduction: either order)";
  out << "\n  " << pairs.coalesce() << (firstIsSource ? "" : "  # the sink's inames are the ones without prime")
      << "\n";
}

} // namespace

std::string printDependences(const Kernel &kernel) {
  AccessTable table(kernel);
  std::map<std::string, Path> paths = allPaths(kernel.tree);
  std::ostringstream out;
  for (const Conflict &conflict : conflicts(table)) {
    const Path &first = paths.at(conflict.firstStatement().id);
    const Path &second = paths.at(conflict.secondStatement().id);
    CommonPath common = commonPath(first, second);
    isl::set forward = conflict.pairs().intersect(runsBefore(table.ctx(), common));
    printDirection(out, kernel, conflict, true, forward);
    if (conflict.isSymmetric())
      continue;
    // The rest, without the pairs of one instance with itself.
    isl::set backward = conflict.pairs().subtract(runsBefore(table.ctx(), common));
    if (common.order == 0)
      backward = backward.subtract(partsAt(table.ctx(), common, common.loops.size(), true));
    printDirection(out, kernel, conflict, false, backward);
  }
  return out.str().empty() ? "There are no dependences.\n" : out.str();
}

} // namespace loopy
