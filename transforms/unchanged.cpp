#include "unchanged.h"


namespace loopy {
namespace {

// What one question may cost isl: about a second of its work.
constexpr unsigned long operationBudget = 2'000'000;

isl::set instancesBetween(const AccessTable &table, unsigned load, unsigned write, unsigned t, const isl::set &pairs) {
  const Statement &source = table.statement(table.access(load).statement), &sink = table.statement(t);
  const Statement &writer = table.statement(table.access(write).statement);
  poly::Renaming sinkTwice, shift; // y' -> y'';  z -> z', y' -> y''
  for (const std::string &iname : writer.inames)
    shift[iname] = primed(iname);
  for (const std::string &iname : sink.inames)
    shift[primed(iname)] = sinkTwice[primed(iname)] = primed(primed(iname));
  const auto before = [&](const Statement &first, const Statement &second) {
    return runsBefore(table.ctx(),
                      commonPath(pathTo(table.kernel().tree, first.id), pathTo(table.kernel().tree, second.id)));
  };
  return sameElement(table, load, write)
      .intersect(poly::renameParams(pairs, sinkTwice))
      .intersect(before(source, writer))
      .intersect(poly::renameParams(before(writer, sink), shift));
}

} // namespace

std::optional<Violation> findWriteBetween(const AccessTable &table, unsigned load, unsigned t, const isl::set &pairs) {
  const AccessInfo &read = table.access(load);
  const std::string &array = read.load.as<Load>()->array;
  for (unsigned write : table.ofArray(array)) {
    if (!table.access(write).isWrite)
      continue;
    Violation violation;
    violation.array = array;
    violation.source = table.statement(read.statement).id;
    violation.sink = table.statement(table.access(write).statement).id;
    violation.sinkWrites = true;
    const auto point = poly::withinBudget(table.ctx(), operationBudget, [&] {
      return poly::samplePoint(instancesBetween(table, load, write, t, pairs), table.kernel().integerParams());
    });
    if (point && !*point)
      continue;
    violation.undecided = !point;
    if (point) {
      violation.element = elementText(table, read, **point);
      violation.point = **point;
    }
    return violation;
  }
  return std::nullopt;
}

void proveParallelLoops(const Kernel &kernel, const std::set<std::string> &statements, SourceRange where,
                        const std::string &what) {
  Kernel parallel = kernel;
  std::erase_if(parallel.statements, [&](const StatementRef &each) { return !statements.count(each->id); });
  parallel.tree = restrictTree(parallel.tree, [&](const std::string &id) { return statements.count(id) != 0; });
  Kernel sequential = parallel;
  bool isAnyParallel = false;
  for (Iname &iname : sequential.inames)
    if (iname.tag.isParallel()) {
      isAnyParallel = true;
      iname.tag = {};
    }
  if (isAnyParallel)
    proveReorder(sequential, parallel, where, what);
}

} // namespace loopy
