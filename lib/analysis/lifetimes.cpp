#include "loopy/analysis/lifetimes.h"

#include <algorithm>

namespace loopy {
namespace {

class Lifetimes {
public:
  Lifetimes(const AccessTable &table, const std::map<std::string, Path> &paths, const std::string &one,
            const std::string &other)
      : table_(table), paths_(paths), one_(one), other_(other) {}

  std::optional<LifetimeOverlap> run() {
    findCommonLoops();
    if (std::optional<LifetimeOverlap> found = findInterleaved())
      return found;
    for (const std::string &array : {one_, other_})
      for (const Conflict &conflict : conflicts(table_, array))
        if (std::optional<LifetimeOverlap> found = findFlow(conflict))
          return found;
    return std::nullopt;
  }

private:
  using Place = std::pair<unsigned, unsigned>; // child of the body, and position in it where that is a leaf

  std::vector<std::string> users(const std::string &array) const {
    std::vector<std::string> ids;
    for (unsigned access : table_.ofArray(array))
      ids.push_back(table_.statement(table_.access(access).statement).id);
    return ids;
  }

  void findCommonLoops() {
    std::vector<std::string> all = users(one_);
    for (const std::string &id : users(other_))
      all.push_back(id);
    const Path &first = paths_.at(all.front());
    depth_ = first.loops.size();
    for (const std::string &id : all) {
      const Path &path = paths_.at(id);
      size_t shared = 0;
      while (shared < depth_ && shared < path.loops.size() && path.positions[shared] == first.positions[shared])
        ++shared;
      depth_ = shared;
    }
    loops_.assign(first.loops.begin(), first.loops.begin() + static_cast<ptrdiff_t>(depth_));
  }

  Place placeOf(const std::string &id) const {
    const Path &path = paths_.at(id);
    return {path.positions[depth_], path.loops.size() == depth_ ? path.positions[depth_ + 1] : 0};
  }

  std::optional<LifetimeOverlap> findInterleaved() const {
    const auto byPlace = [&](const std::string &a, const std::string &b) { return placeOf(a) < placeOf(b); };
    const std::vector<std::string> ofOne = users(one_), ofOther = users(other_);
    const auto [firstOne, lastOne] = std::minmax_element(ofOne.begin(), ofOne.end(), byPlace);
    const auto [firstOther, lastOther] = std::minmax_element(ofOther.begin(), ofOther.end(), byPlace);
    if (placeOf(*lastOne) < placeOf(*firstOther) || placeOf(*lastOther) < placeOf(*firstOne))
      return std::nullopt;
    return LifetimeOverlap{*lastOne, *firstOther, std::nullopt, ""};
  }

  std::optional<LifetimeOverlap> findFlow(const Conflict &conflict) const {
    const CommonPath common =
        commonPath(paths_.at(conflict.firstStatement().id), paths_.at(conflict.secondStatement().id));
    for (bool writeIsFirst : {true, false}) {
      const AccessInfo &write = writeIsFirst ? conflict.first() : conflict.second();
      const AccessInfo &read = writeIsFirst ? conflict.second() : conflict.first();
      if (!write.isWrite || read.isWrite)
        continue;
      for (const std::string &loop : loops_) {
        if (conflict.equalInames().count(loop))
          continue;
        Formula pairs = conflict.formula();
        pairs.requireEither(unequalToPrimed(table_.terms(), loop))
            .requireEither(writeIsFirst ? runsBefore(table_.terms(), common) : runsAfter(table_.terms(), common));
        if (!pairs.isSatisfiable())
          continue;
        Violation flow = violationOf(conflict, writeIsFirst);
        setPoint(flow, conflict, writeIsFirst, pairs.toSet());
        return LifetimeOverlap{"", "", flow, loop};
      }
    }
    return std::nullopt;
  }

  const AccessTable &table_;
  const std::map<std::string, Path> &paths_;
  const std::string &one_, &other_;
  size_t depth_ = 0;
  std::vector<std::string> loops_; // around all accesses
};

} // namespace

std::optional<LifetimeOverlap> findLifetimeOverlap(const AccessTable &table, const std::map<std::string, Path> &paths,
                                                   const std::string &one, const std::string &other) {
  return Lifetimes(table, paths, one, other).run();
}

std::string describe(const Kernel &kernel, const LifetimeOverlap &overlap) {
  if (overlap.flow)
    return describe(kernel, *overlap.flow) + ", in another iteration of `" + overlap.loop + "`";
  return "`" + overlap.first + "` and `" + overlap.second + "` use them by turns";
}

} // namespace loopy
