#include "mapping_state.h"

#include "loopy/ir/rules.h"
#include "loopy/transforms/inline_kernel.h"

namespace loopy {

Tree spliceApart(const Tree &tree, const std::function<bool(const std::string &)> &splice) {
  Tree out;
  for (const NodeRef &node : tree) {
    if (const Loop *loop = node->loop()) {
      Tree children = spliceApart(loop->children, splice);
      if (splice(loop->iname))
        out.insert(out.end(), children.begin(), children.end());
      else
        out.push_back(makeLoop(loop->iname, std::move(children)));
    } else {
      for (const std::string &statement : node->leaf()->statements)
        out.push_back(makeLeaf({statement}));
    }
  }
  return out;
}

Tree barrierTree(const Kernel &kernel, const DeviceKernel &device) {
  return spliceApart(device.tree, [&](const std::string &loop) { return kernel.tag(loop).isHardware(); });
}

void requireOneLaunch(Formula &pairs, const MappingState &state, unsigned kernel) {
  for (const std::string &iname : state.mapping.kernels[kernel].hostInames)
    pairs.require(equalToPrimed(state.table.terms(), iname));
}

void requireOneGroup(Formula &pairs, const MappingState &state, unsigned kernel, const Conflict &conflict) {
  requireOneLaunch(pairs, state, kernel);
  for (unsigned n = 0; n < 3; ++n)
    if (state.mapping.kernels[kernel].axes[groupAxis(n)].used)
      pairs.requireEither(
          coordinatesEqual(state.table, state.placements, state.lowers[kernel], conflict, groupAxis(n)));
}

Kernel liveKernel(const Kernel &kernel) {
  Kernel live = expandAllRules(inlineAllKernels(kernel));
  std::set<std::string> empty;
  std::vector<std::pair<isl::set, bool>> known; // domains, and whether they are empty: many statements share one
  auto isEmpty = [&](const isl::set &domain) {
    for (const auto &[other, answer] : known)
      if (isl_set_plain_is_equal(other.get(), domain.get()) == isl_bool_true)
        return answer;
    return known.emplace_back(domain, live.context->intersection(domain, live.assumptions).is_empty()).second;
  };
  for (const StatementRef &statement : live.statements)
    if (isEmpty(statement->domain))
      empty.insert(statement->id);
  if (empty.empty())
    return live;
  std::erase_if(live.statements, [&](const StatementRef &statement) { return empty.count(statement->id) != 0; });
  live.tree = restrictTree(live.tree, [&](const std::string &id) { return empty.count(id) == 0; });
  return live;
}

Mapping mapToTarget(const Kernel &original, const Target &target) {
  const Kernel kernel = liveKernel(original);
  MappingState state(kernel, target);
  for (const Iname &iname : kernel.inames)
    require(iname.tag.kind != Tag::Kind::LocalAuto, "a loop tagged l.auto has reached the mapping");
  // Steps a to c: start with every candidate replicated; the set only shrinks, so this ends.
  for (;;) {
    state.placements = placeStatements(state.table, state.masked);
    partition(state);
    Masked more = decideStorage(state);
    if (more.empty())
      break;
    state.masked.insert(more.begin(), more.end());
  }
  if (target.hasWorkItems())
    shareLocalMemory(state);
  checkMemoryLimits(state);
  if (target.hasWorkItems())
    placeBarriers(state);
  state.mapping.target = target;
  state.mapping.placement = state.placements;
  return std::move(state.mapping);
}

} // namespace loopy
