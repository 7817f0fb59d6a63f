#include "fill_loops.h"

namespace loopy {
namespace {

// Elements of a fill into registers that are unrolled, so that they have constant subscripts; more stay loops.
constexpr int64_t mostUnrolledElements = 64;

std::string counted(size_t count, const char *one, const char *many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

class LoopChooser {
public:
  explicit LoopChooser(const FillLoopsRequest &request)
      : request_(request), kernel_(*request.kernel), axes_(request.footprint->axes) {}

  Dealing choose(const DealRequest &box) const {
    const std::vector<std::string> &asked = request_.lanes;
    const SweepPlan &sweep = *request_.sweep;
    const bool isAuto = asked.size() == 1 && asked[0] == "l.auto";
    if (isAuto || (asked.empty() && sweep.in == AddressSpace::Local)) {
      std::vector<LaneAxis> lanes = laneAxes(kernel_, sweep.tree, request_.use, sweep.outer, request_.where);
      if (!lanes.empty()) {
        requireConstantExtents("lanes=l.auto deals a box out");
        return dealOut(kernel_, box, lanes);
      }
      if (isAuto)
        fail("lanes=l.auto wants work-items that share the elements, but no loop around the uses of " + request_.what +
             " is tagged l.N, other than those that the fill stands in.");
    }
    if (!asked.empty())
      return loopPerAxis(kernel_, box, askedTags());
    int64_t elements = 1;
    for (int64_t extent : box.extents)
      elements *= extent;
    // Memory of one work-item is registers; without work-items it is just memory.
    const bool isUnrolled = sweep.isSpaceGiven && sweep.in == AddressSpace::Private && elements <= mostUnrolledElements;
    return loopPerAxis(kernel_, box, std::vector<Tag>(box.extents.size(), isUnrolled ? Tag{Tag::Kind::Unroll} : Tag{}));
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(request_.where, message); }

  void requireConstantExtents(const std::string &reason) const {
    for (const FootprintAxis &axis : axes_)
      if (axis.extent == 0)
        fail(reason + ", but the extent of the fill of " + request_.what + " along " +
             request_.argumentNames[axis.argument] + ", `" + toString(axis.size) + "`, is not constant.");
  }

  std::vector<Tag> askedTags() const {
    if (request_.lanes.size() != axes_.size())
      fail("lanes= gives " + counted(request_.lanes.size(), "tag", "tags") + ", but the fill of " + request_.what +
           " has " + counted(axes_.size(), "axis", "axes") + ".");
    std::vector<Tag> tags;
    for (const std::string &text : request_.lanes) {
      std::optional<Tag> tag = parseTag(text == "none" ? "" : text);
      if (!tag || tag->kind == Tag::Kind::LocalAuto)
        fail("`" + text +
             "` is no tag for a loop of the fill. There are: none, g.N, l.N, unr, unroll_hint(n), or "
             "l.auto alone.");
      for (const std::string &iname : request_.sweep->outer)
        if (tag->isHardware() && kernel_.tag(iname) == *tag)
          fail("The fill of " + request_.what + " stands in loop `" + iname + "`, which has the axis " + tag->name() +
               " already. Give its own loops others with lanes=.");
      for (const Tag &other : tags)
        if (tag->isHardware() && other == *tag)
          fail("lanes= gives the axis " + tag->name() + " to two loops of the fill.");
      tags.push_back(*tag);
    }
    for (size_t axis = 0; axis < axes_.size(); ++axis)
      if (tags[axis].isLocal() && axes_[axis].extent == 0)
        requireConstantExtents("A loop tagged " + tags[axis].name() + " has a constant length");
    return tags;
  }

  const FillLoopsRequest &request_;
  const Kernel &kernel_;
  const std::vector<FootprintAxis> &axes_;
};

} // namespace

Dealing chooseFillLoops(const FillLoopsRequest &request, const DealRequest &box) {
  return LoopChooser(request).choose(box);
}

std::vector<int64_t> fillPadding(const std::vector<int64_t> &pad, size_t axes, const std::string &what,
                                 SourceRange where) {
  for (int64_t cells : pad)
    if (cells < 0)
      throw UserError(where, "pad= adds cells to an axis; " + std::to_string(cells) + " is negative.");
  if (pad.size() == 1 && axes > 0) {
    std::vector<int64_t> padding(axes, 0);
    padding.back() = pad[0];
    return padding;
  }
  if (!pad.empty() && pad.size() != axes)
    throw UserError(where, "pad= gives " + counted(pad.size(), "number", "numbers") + ", but the fill of " + what +
                               " has " + counted(axes, "axis", "axes") + ".");
  return pad;
}

} // namespace loopy
