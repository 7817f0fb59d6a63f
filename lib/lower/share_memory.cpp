// Local temporaries that are not in use at the same time lie in one another's memory.
//
// Two of one device kernel and one type share memory iff all accesses of the one stand before all accesses of the other
// in the body of the kernel, the hardware loops spliced out, so that no loop brings the first one back, and
//   * no work-group accesses both (the full and the partial tiles that `isolate` sets apart), or
//   * one of them lives in a loop: the barrier that keeps them apart is passed once, those in the loop in each
//   iteration.
//
// Those that the user or a pass asked it of (Array::aliasGroup) share memory with others of their type wherever their
// values allow it.
#include "mapping_state.h"

#include "loopy/analysis/lifetimes.h"

#include <algorithm>
#include <limits>

namespace loopy {
namespace {

struct Lifetime {
  std::string array;
  unsigned first = 0, last = 0; // children of the body
  bool isInLoop = true;         // all accesses are
};

class Sharing {
public:
  Sharing(MappingState &state, unsigned kernel)
      : state_(state), kernel_(kernel), paths_(allPaths(barrierTree(state.kernel, state.mapping.kernels[kernel]))) {}

  void run() {
    std::vector<Lifetime> lifetimes = localArrays();
    shareAsAsked(lifetimes);
    std::stable_sort(lifetimes.begin(), lifetimes.end(),
                     [](const Lifetime &a, const Lifetime &b) { return a.first < b.first; });
    std::vector<std::vector<Lifetime>> groups; // of arrays that share, in order
    for (const Lifetime &lifetime : lifetimes) {
      auto group = std::find_if(groups.begin(), groups.end(), [&](const std::vector<Lifetime> &members) {
        return std::all_of(members.begin(), members.end(),
                           [&](const Lifetime &member) { return mayShare(member, lifetime); });
      });
      if (group == groups.end())
        groups.push_back({lifetime});
      else
        group->push_back(lifetime);
    }
    for (const std::vector<Lifetime> &members : groups)
      share(members);
  }

private:
  // Shares the memory of each group of the user's, and takes its members out of the list.
  void shareAsAsked(std::vector<Lifetime> &lifetimes) {
    std::map<std::pair<std::string, std::string>, std::vector<Lifetime>> groups; // by group and type
    for (const Lifetime &lifetime : lifetimes)
      if (const std::string &group = arrayOf(lifetime).aliasGroup; !group.empty())
        groups[{group, typeOf(lifetime).name()}].push_back(lifetime);
    for (const auto &[group, members] : groups) {
      for (size_t i = 0; i < members.size(); ++i)
        for (size_t j = i + 1; j < members.size(); ++j)
          if (const auto overlap = findLifetimeOverlap(state_.table, paths_, members[i].array, members[j].array))
            throw UserError(arrayOf(members[i]).source,
                            "`" + members[i].array + "` and `" + members[j].array +
                                "` cannot share memory, since they are in use at the same time: " +
                                describe(state_.table.kernel(), *overlap) + ".");
      share(members);
    }
    std::erase_if(lifetimes, [&](const Lifetime &lifetime) { return !arrayOf(lifetime).aliasGroup.empty(); });
  }

  const Array &arrayOf(const Lifetime &lifetime) const { return state_.kernel.array(lifetime.array); }

  bool mayShare(const Lifetime &earlier, const Lifetime &later) const {
    return earlier.last < later.first && typeOf(earlier) == typeOf(later) &&
           (earlier.isInLoop || later.isInLoop || areExclusive(earlier, later));
  }

  // exclusive: no S[i] accesses the one and T[i'] the other with equal coordinates on the group axes, in one launch
  bool areExclusive(const Lifetime &earlier, const Lifetime &later) const {
    const AccessTable &table = state_.table;
    for (unsigned first : table.ofArray(earlier.array))
      for (unsigned second : table.ofArray(later.array)) {
        const Conflict pair(table, first, second, {});
        Formula together(table.terms());
        together.requireEither(table.cases(pair.first().statement))
            .requireEither(table.primedCases(pair.second().statement));
        requireOneGroup(together, state_, kernel_, pair);
        if (together.isSatisfiable())
          return false;
      }
    return true;
  }

  Type typeOf(const Lifetime &lifetime) const { return state_.kernel.array(lifetime.array).type; }
  Storage &storageOf(const Lifetime &lifetime) { return state_.mapping.storage.at(lifetime.array); }

  std::vector<Lifetime> localArrays() const {
    std::vector<Lifetime> result;
    for (const auto &[name, storage] : state_.mapping.storage) {
      if (storage.kernel != static_cast<int>(kernel_) || storage.space != AddressSpace::Local || storage.isScalar())
        continue;
      Lifetime lifetime{name, std::numeric_limits<unsigned>::max(), 0, true};
      for (unsigned access : state_.table.ofArray(name)) {
        const Path &path = paths_.at(state_.table.statement(state_.table.access(access).statement).id);
        const unsigned child = path.positions[0];
        lifetime.isInLoop &= !path.loops.empty();
        lifetime.first = std::min(lifetime.first, child);
        lifetime.last = std::max(lifetime.last, child);
      }
      result.push_back(std::move(lifetime));
    }
    return result;
  }

  // The largest one lends its memory to the others.
  void share(const std::vector<Lifetime> &members) {
    const Lifetime &owner =
        *std::max_element(members.begin(), members.end(), [&](const Lifetime &a, const Lifetime &b) {
          return storageOf(a).bytes < storageOf(b).bytes;
        });
    for (const Lifetime &member : members)
      if (member.array != owner.array)
        storageOf(member).memoryOf = owner.array;
  }

  MappingState &state_;
  unsigned kernel_;
  std::map<std::string, Path> paths_;
};

} // namespace

// Says of which temporaries the user asked in vain.
static void noteUnshared(MappingState &state) {
  for (const Array &array : state.kernel.arrays)
    if (auto storage = state.mapping.storage.find(array.name);
        !array.aliasGroup.empty() && storage != state.mapping.storage.end() &&
        (storage->second.space != AddressSpace::Local || storage->second.isScalar()))
      state.mapping.notes.push_back("Temporary `" + array.name +
                                    "` shares no memory, since it is not an array in local " + "memory.");
}

void shareLocalMemory(MappingState &state) {
  noteUnshared(state);
  for (unsigned kernel = 0; kernel < state.mapping.kernels.size(); ++kernel)
    Sharing(state, kernel).run();
}

} // namespace loopy
