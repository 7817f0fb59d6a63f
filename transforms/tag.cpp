#include "loopy/transforms/tag.h"

#include "auto_axes.h"
#include "cut.h"
#include "extent.h"
#include "sink.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/inline_kernel.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

struct Request {
  std::string iname;
  Tag tag;
};

// Sets one tag after the other on a kernel. Hardware tags are proved together, since a proof reads the whole kernel.
class Tagger {
public:
  Tagger(const Kernel &kernel, SourceRange where, Notes *notes)
      : kernel_(kernel), proved_(kernel), where_(where), notes_(notes) {}

  void set(const Request &request) {
    const std::string &iname = request.iname;
    if (kernel_.tag(iname).kind != Tag::Kind::None)
      throw UserError(where_, "Loop `" + iname + "` is tagged `" + kernel_.tag(iname).name() +
                                  "` already. Call untag(" + iname + ") first to change that.");
    requireNoCopies(iname, request.tag);
    switch (request.tag.kind) {
    case Tag::Kind::None:
      throw UserError(where_, "tag(" + iname + ") needs a tag. untag(" + iname + ") takes one away.");
    case Tag::Kind::Group:
    case Tag::Kind::Local:
      return setHardware(iname, request.tag);
    case Tag::Kind::LocalAuto:
      return setHardware(iname, resolvedAxis(iname));
    case Tag::Kind::Unroll:
      return setUnrolled(iname, request.tag);
    case Tag::Kind::UnrollHint:
      return kernel_.setTag(iname, request.tag);
    case Tag::Kind::Ilp:
      setUnrolled(iname, request.tag);
      return sink(iname);
    case Tag::Kind::IlpSeq:
      kernel_.setTag(iname, request.tag);
      return sink(iname);
    case Tag::Kind::Vec:
      return setVector(iname, request.tag);
    }
    throw InternalError("unknown kind of tag");
  }

  // The kernel with all tags, proved.
  const Kernel &finish() {
    proveParallel();
    return kernel_;
  }

private:
  std::string call(const std::string &iname, Tag tag) const { return "tag(" + iname + ", " + tag.name() + ")"; }

  // A temporary with copies along a loop reuses them as its iterations go by, one after another.
  void requireNoCopies(const std::string &iname, Tag tag) const {
    if (tag.kind == Tag::Kind::UnrollHint || tag.kind == Tag::Kind::Unroll)
      return;
    for (const Array &array : kernel_.arrays)
      if (auto copies = array.copies.find(iname); copies != array.copies.end())
        throw UserError(where_, call(iname, tag) + " is not possible: temporary `" + array.name + "` is stored in " +
                                    std::to_string(copies->second) + " copies along `" + iname +
                                    "`, which wants a sequential loop.");
  }

  Tag resolvedAxis(const std::string &iname) const {
    std::optional<int> axis = freeLocalAxis(kernel_, iname);
    if (!axis)
      throw UserError(where_, "All three local axes are taken by loops nested with `" + iname + "`.");
    addNote(notes_, "`l.auto` of loop `" + iname + "` became `l." + std::to_string(*axis) + "`.");
    return {Tag::Kind::Local, *axis};
  }

  // -------------------------------------------------------------------------------------------------------- unr, ilp
  void setUnrolled(const std::string &iname, Tag tag) {
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &outer) {
      if (loop.iname != iname)
        return;
      const std::vector<std::string> below = statementsBelow(loop.children);
      if (!constantExtent(kernel_, below, iname, outer))
        throw UserError(where_, "Loop `" + iname + "` around `" + below.front() +
                                    "` cannot be unrolled: no constant bounds its length. Split it, or give its bounds "
                                    "constant values with fix_parameters.");
    });
    kernel_.setTag(iname, tag);
  }

  // The loop moves below all loops inside it and over their children. Legal iff every dependence holds in the new tree.
  void sink(const std::string &iname) {
    proveParallel();
    const Kernel before = kernel_;
    kernel_.tree = sinkToLeaves(kernel_, iname);
    const std::string what = call(iname, kernel_.tag(iname));
    requireKnownBounds(kernel_, where_, what);
    const std::vector<std::string> inside = statementsWith(kernel_, iname);
    requireLengthsForTags(kernel_, {inside.begin(), inside.end()}, where_, what);
    proveReorder(before, kernel_, where_, what + ", which moves the loop inside all others,");
    proved_ = kernel_;
  }

  // ------------------------------------------------------------------------------------------------------------- vec
  // The loop moves below all loops inside it and over their children, where its iterations become the lanes of one
  // vector. Legal iff every dependence holds in the new tree and none first parts at it, and its length is the same
  // power of two in each of its executions.
  void setVector(const std::string &iname, Tag tag) {
    requireNoReduction(iname, tag);
    for (const std::string &id : statementsWith(kernel_, iname))
      for (const std::string &other : kernel_.statement(id).inames)
        if (other != iname && kernel_.tag(other).isVec())
          throw UserError(where_, call(iname, tag) + " is not possible: `" + id + "` stands in loop `" + other +
                                      "` too, which is tagged `vec`.");
    requireVectorLength(iname, tag);
    for (const std::string &id : statementsWith(kernel_, iname))
      if (callsKernel(kernel_, id))
        throw UserError(where_, call(iname, tag) + " is not possible: `" + id +
                                    "` calls a kernel, which may have loops. Inline it first.");
    proveParallel();
    kernel_.tree = sinkToLeaves(kernel_, iname);
    requireKnownBounds(kernel_, where_, call(iname, tag));
    kernel_.setTag(iname, tag);
    unproved_.insert(iname);
    proveParallel();
  }

  void requireVectorLength(const std::string &iname, Tag tag) const {
    std::optional<int64_t> common;
    for (const std::string &id : statementsWith(kernel_, iname)) {
      const std::optional<int64_t> length = exactLength(kernel_, id, iname);
      if (!length || (common && *common != *length))
        throw UserError(where_,
                        call(iname, tag) + " is not possible: a vector has the same number of lanes each time, " +
                            "and the length of loop `" + iname + "` around `" + id +
                            "` varies. vectorize splits a loop and sets its full tiles apart; isolate(" + iname +
                            ") sets full tiles apart; assume says what the parameters are divisible by.");
      if (*length != 0)
        common = length;
    }
    if (common && !isVectorWidth(*common))
      throw UserError(where_, call(iname, tag) + " is not possible: a vector has 2, 4, 8 or 16 lanes, and loop `" +
                                  iname + "` has " + std::to_string(*common) +
                                  (*common == 1 ? " iteration" : " iterations") +
                                  ". vectorize splits a loop and tags the inner one.");
  }

  // ------------------------------------------------------------------------------------------------------------- g, l
  void setHardware(const std::string &iname, Tag tag) {
    requireNoReduction(iname, tag);
    requireOwnAxis(iname, tag);
    for (const std::string &id : statementsWith(kernel_, iname))
      if (!isBoundedWithoutData(kernel_, kernel_.statement(id), iname))
        throw UserError(where_, call(iname, tag) + " is not possible: only data bounds the loop around `" + id +
                                    "`. Split it and tag the inner loop, which the block bounds.");
    if (tag.isLocal())
      requireConstantExtent(iname, tag);
    kernel_.setTag(iname, tag);
    unproved_.insert(iname);
  }

  // Neither the iname that is reduced over, nor a part of it: the updates of one accumulator would run at once.
  void requireNoReduction(const std::string &iname, Tag tag) const {
    for (const StatementRef &update : kernel_.statements) {
      if (update->reductionRole != ReductionRole::Update || !hasIname(*update, iname))
        continue;
      for (const StatementRef &init : kernel_.statements)
        if (init->reductionRole == ReductionRole::Init && init->reduction == update->reduction &&
            !hasIname(*init, iname))
          throw UserError(where_, call(iname, tag) + " is not possible: `" + iname + "` is reduced over in `" +
                                      update->id + "`. " + adviceOnReduction(iname, tag));
    }
  }

  static std::string adviceOnReduction(const std::string &iname, Tag tag) {
    const std::string one = "split_reduction(" + iname + ")", lanes = "realize_parallel_reduction(" + iname + ", lanes=";
    if (tag.isGroup())
      return "Make it the outermost of its loops and call " + one +
             ", which gives each iteration a result of its own; where the work-items of one group suffice, call " + lanes +
             "l.0).";
    return "Call " + lanes + tag.name() + "), which gives each iteration a result of its own and combines these in stages; " +
           one + " combines them one after another.";
  }

  void requireOwnAxis(const std::string &iname, Tag tag) const {
    for (const std::string &id : statementsWith(kernel_, iname))
      for (const std::string &other : kernel_.statement(id).inames)
        if (other != iname && kernel_.tag(other) == tag)
          throw UserError(where_, call(iname, tag) + " is not possible: `" + id + "` stands in loop `" + other +
                                      "` too, which has that axis.");
  }

  void requireConstantExtent(const std::string &iname, Tag tag) const {
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &outer) {
      if (loop.iname != iname)
        return;
      std::vector<std::string> fixed;
      for (const std::string &name : outer)
        if (!kernel_.tag(name).isLocal())
          fixed.push_back(name);
      if (!constantExtent(kernel_, statementsBelow(loop.children), iname, fixed))
        throw UserError(where_, call(iname, tag) + " is not possible: the axis " + tag.name() +
                                    " needs a constant length, and no constant bounds that of loop `" + iname +
                                    "`. Split it and tag the inner loop.");
    });
  }

  // Legal iff no dependence first parts at one of the loops. Where one does, from one part of a body to a later one,
  // the loop is cut between them; a dependence that leads back, or stays in one statement, cannot be helped.
  void proveParallel() {
    std::string cutLoop;
    while (!unproved_.empty()) {
      const std::optional<Violation> violation = findReorderViolation(proved_, kernel_);
      if (!violation)
        break;
      const std::string iname = loopToBlame(*violation, cutLoop);
      const std::optional<std::string> cut = placeOfCut(kernel_.tree, iname, *violation);
      if (!cut)
        throwNotParallel(iname, kernel_.tag(iname), *violation);
      kernel_.tree = cutBefore(kernel_.tree, iname, *cut);
      addNote(notes_, "Loop `" + iname + "` was cut before `" + *cut + "`, so that " + kernel_.tag(iname).name() +
                          " does not part what depends on each other.");
      cutLoop = iname;
    }
    unproved_.clear();
    proved_ = kernel_;
  }

  // The loop that the violation parts at; where it does so at the place of a cut, or was not decided, the loop cut last
  // or one that both statements stand in.
  std::string loopToBlame(const Violation &violation, const std::string &cutLoop) const {
    if (unproved_.count(violation.atLoop))
      return violation.atLoop;
    if (!violation.undecided && !cutLoop.empty())
      return cutLoop;
    for (const std::string &iname : unproved_)
      if (hasIname(kernel_.statement(violation.source), iname) && hasIname(kernel_.statement(violation.sink), iname))
        return iname;
    throw InternalError("a dependence is violated that no tag is to blame for");
  }

  // The statement before which a cut parts source and sink, if the source stands first.
  static std::optional<std::string> placeOfCut(const Tree &tree, const std::string &iname, const Violation &violation) {
    if (violation.atLoop != iname)
      return std::nullopt;
    const Path source = pathTo(tree, violation.source), sink = pathTo(tree, violation.sink);
    size_t level = 0;
    while (level < source.positions.size() && level < sink.positions.size() &&
           source.positions[level] == sink.positions[level])
      ++level;
    if (level == sink.positions.size() || level == source.positions.size() ||
        source.positions[level] > sink.positions[level])
      return std::nullopt;
    const std::vector<NodeRef> *nodes = &tree;
    for (size_t i = 0; i < level; ++i) {
      const Node &node = *(*nodes)[sink.positions[i]];
      if (node.leaf())
        return violation.sink;
      nodes = &node.loop()->children;
    }
    return statementsBelow((*nodes)[sink.positions[level]]).front();
  }

  [[noreturn]] void throwNotParallel(const std::string &iname, Tag tag, const Violation &violation) const {
    std::string message = call(iname, tag) + " is not legal: " + describe(proved_, violation) + ".";
    if (!violation.undecided && tag.isVec() && violation.atLoop != iname)
      message += " With loop `" + iname + "` moved inside all others the second would run first.";
    else if (!violation.undecided)
      message += " With `" + iname + "` tagged `" + tag.name() + "` nothing orders them.";
    message += violation.source == violation.sink
                   ? " Leave `" + iname + "` a plain loop, or tag another one."
                   : " Leave `" + iname + "` a plain loop; cutting it before `" + violation.sink + "` does not help.";
    throw UserError(where_, message);
  }

  Kernel kernel_; // with all tags so far
  Kernel proved_; // the same before the tags of the loops `unproved_`
  std::set<std::string> unproved_;
  SourceRange where_;
  Notes *notes_;
};

std::vector<Request> requestsOf(const Kernel &kernel, const TagInames &options) {
  std::vector<std::pair<std::string, std::string>> pairs = options.tags;
  if (!options.iname.empty() || !options.tag.empty())
    pairs.insert(pairs.begin(), {options.iname, options.tag});
  if (pairs.empty())
    throw UserError(options.where, "tag needs a loop and a tag: tag(i, g.0), or tag(i=g.0, j=l.0).");
  std::vector<Request> requests;
  for (const auto &[iname, text] : pairs) {
    requireIname(kernel, iname, options.where);
    const std::optional<Tag> tag = parseTag(text);
    if (!tag)
      throw UserError(options.where, "`" + text +
                                         "` is no tag. Tags are g.0, g.1, g.2, l.0, l.1, l.2, l.auto, unr, "
                                         "unroll_hint(n), ilp, ilp.seq and vec.");
    requests.push_back({iname, *tag});
  }
  return requests;
}

} // namespace

Kernel tagInames(const Kernel &kernel, const TagInames &options, Notes *notes) {
  Tagger tagger(kernel, options.where, notes);
  std::vector<std::string> automatic;
  for (const Request &request : requestsOf(kernel, options))
    if (request.tag.kind == Tag::Kind::LocalAuto)
      automatic.push_back(request.iname);
    else
      tagger.set(request);
  // The loop with the smallest access stride takes the lowest axis that is left.
  for (const std::string &iname : byAccessStride(kernel, automatic))
    tagger.set({iname, {Tag::Kind::LocalAuto}});
  return tagger.finish();
}

} // namespace loopy
