#include "loopy/transforms/isolate.h"

#include "copies.h"
#include "edit.h"
#include "extent.h"
#include "match.h"

#include "loopy/analysis/prove.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class Isolator {
public:
  Isolator(const Kernel &kernel, const Isolate &options, Notes *notes)
      : kernel_(kernel), options_(options), notes_(notes), partial_(poly::emptySet(kernel.context->isl())),
        terms_(*kernel.context) {
    for (const std::string &id : matchStatements(kernel, options.within, options.where)) {
      const Statement &statement = kernel.statement(id);
      if (llvm::any_of(options.inames, [&](const std::string &iname) { return hasIname(statement, iname); }))
        selected_.insert(id);
    }
    if (selected_.empty())
      throw UserError(options.where, "None of the statements selected by within=\"" + options.within +
                                         "\" has a loop " + listOfNames(options.inames) + ".");
  }

  Kernel run() {
    findPartialTiles();
    if (partial_.is_empty()) {
      addNote(notes_, "All tiles of " + listOfNames(options_.inames) + " are full, so nothing was set apart.");
      return kernel_;
    }
    findStatements();
    const CopiedParts parts = partsOf();
    requireNewNames(kernel_, parts);
    const Kernel inPlace = withCopiedTiles(parts);
    Kernel result = inPlace;
    result.tree = cutTree(inPlace.tree);
    proveReorder(inPlace, result, options_.where, "Running full tiles of " + listOfNames(options_.inames) + " first",
                 adviceOnStart());
    addNote(notes_, "Partial tiles are run by " + listOfNames({copies_.begin(), copies_.end()}) + ".");
    return result;
  }

private:
  // A tile is full iff all values of the named inames, in their constant ranges, are in the domain:
  //   partial = { (outer, params) : an instance of S is there, and some point of the box is not in S's domain }
  // united over the statements S, and simplified where an instance is there. Loops that do not stand around all tiles
  // (those of a fill among the tiles) count as named where the bounds of the named ones depend on them.
  void findPartialTiles() {
    const std::vector<std::string> common = loopsAroundAllTiles();
    for (const StatementRef &statement : kernel_.statements) {
      if (!selected_.count(statement->id))
        continue;
      std::vector<std::string> tile;
      llvm::copy_if(options_.inames, std::back_inserter(tile),
                    [&](const std::string &iname) { return hasIname(*statement, iname); });
      isl::set partial = partialTilesOf(*statement, tile);
      for (std::vector<std::string> more; !(more = innerNames(partial, common)).empty();) {
        requireBounded(more, *statement);
        llvm::append_range(tile, more);
        partial = partialTilesOf(*statement, tile);
      }
      requireNoData(*statement, partial);
      if (!partial.is_subset(partial_))
        partial_ = partial_.unite(partial).coalesce();
    }
    for (const std::string &name : poly::involvedNames(partial_))
      if (kernel_.findIname(name))
        outer_.push_back(name);
  }

  std::vector<std::string> loopsAroundAllTiles() const {
    std::optional<std::vector<std::string>> common;
    for (const StatementRef &statement : kernel_.statements) {
      if (!selected_.count(statement->id))
        continue;
      if (!common)
        common = statement->inames;
      llvm::erase_if(*common, [&](const std::string &iname) { return !hasIname(*statement, iname); });
    }
    return common.value_or(std::vector<std::string>{});
  }

  isl::set partialTilesOf(const Statement &statement, const std::vector<std::string> &tile) {
    const Alternatives cases = terms_.disjunctsOf(kernel_.context->intersection(statement.domain, kernel_.assumptions));
    if (cases.size() == 1)
      if (const std::optional<isl::set> partial = partialTilesOf(cases[0], tile))
        return *partial;
    isl::set box = poly::universe(kernel_.context->isl());
    for (const std::string &iname : tile)
      box = box.intersect(boxOf(iname));
    const isl::set domain = kernel_.context->intersection(statement.domain, kernel_.assumptions);
    const isl::set live = poly::projectOut(domain, tile);
    return poly::projectOut(live.intersect(box).subtract(domain), tile).gist(live).coalesce();
  }

  // Of a convex domain: a tile is partial iff some constraint is violated at its worst point of the box.
  //   partial = union over constraints f >= 0 of { outer : min of f over the box < 0 },  where an instance is there
  // Nothing where a floor of a tile's iname is asked for.
  std::optional<isl::set> partialTilesOf(const Constraints &domain, const std::vector<std::string> &tile) {
    std::map<Term, ConstantRange> ranges;
    for (const std::string &iname : tile)
      ranges[terms_.ofName(iname)] = rangeOf(iname);
    const auto live = eliminated(terms_, domain, [&](Term term) {
      return llvm::none_of(terms_.namesIn(term), [&](Term name) { return ranges.count(name) != 0; });
    });
    isl::set partial = poly::emptySet(kernel_.context->isl());
    if (!live)
      return partial;
    for (const Constraint &constraint : domain) {
      Linear worst;
      worst.constant = constraint.form.constant;
      bool involvesTile = false;
      for (auto [term, c] : constraint.form.terms) {
        const auto range = ranges.find(term);
        if (range != ranges.end())
          worst = withConstant(worst, c * (c > 0 ? range->second.lower : range->second.upper));
        else if (llvm::any_of(terms_.namesIn(term), [&](Term name) { return ranges.count(name) != 0; }))
          return std::nullopt;
        else
          worst = plus(worst, termTimes(term, c));
        involvesTile |= range != ranges.end();
      }
      if (!involvesTile)
        continue;
      if (constraint.isEquality)
        return std::nullopt;
      const Constraint violated = terms_.normalized({withConstant(scaled(worst, -1), -1), false});
      Constraints somewhere = *live;
      somewhere.push_back(violated);
      if (isSatisfiable(terms_, somewhere))
        partial = partial.unite(terms_.toSet({violated}));
    }
    return partial;
  }

  // The inames among the names of a condition that do not stand around all tiles.
  std::vector<std::string> innerNames(const isl::set &condition, const std::vector<std::string> &common) const {
    std::vector<std::string> names;
    for (const std::string &name : poly::involvedNames(condition))
      if (kernel_.findIname(name) && !llvm::is_contained(common, name))
        names.push_back(name);
    return names;
  }

  void requireBounded(const std::vector<std::string> &inames, const Statement &statement) const {
    for (const std::string &iname : inames)
      if (!constantRange(kernel_, statementsWith(kernel_, iname), iname))
        throw UserError(options_.where, "Which tiles around `" + statement.id + "` are full depends on loop `" + iname +
                                            "`, which does not stand around all tiles of " +
                                            listOfNames(options_.inames) + ". " + adviceOnInner(iname, statement.id));
  }

  std::string adviceOnInner(const std::string &iname, const std::string &id) const {
    if (options_.inames.size() > 1)
      return "Isolate these one after the other.";
    const std::string &tile = options_.inames[0], alone = "within=\"id:" + id + "\"";
    bool isInside = false;
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &around) {
      isInside |= loop.iname == iname && llvm::is_contained(around, tile) &&
                  llvm::is_contained(statementsBelow(loop.children), id);
    });
    if (!isInside)
      return "Isolate those around `" + id + "` alone, with " + alone + ".";
    return "Give `" + id + "` a loop `" + tile + "` of its own with distribute, move `" + iname +
           "` outside with reorder(" + iname + ", " + tile + "), and isolate that loop with " + alone + ".";
  }

  isl::set boxOf(const std::string &iname) {
    const isl::ctx ctx = kernel_.context->isl();
    const ConstantRange range = rangeOf(iname);
    const isl::pw_aff value = poly::paramAff(ctx, iname);
    return value.ge_set(poly::constantAff(ctx, range.lower))
        .intersect(value.le_set(poly::constantAff(ctx, range.upper)));
  }

  ConstantRange rangeOf(const std::string &iname) {
    if (auto known = ranges_.find(iname); known != ranges_.end())
      return known->second;
    std::vector<std::string> around = statementsWith(kernel_, iname);
    if (llvm::is_contained(options_.inames, iname))
      llvm::erase_if(around, [&](const std::string &id) { return !selected_.count(id); });
    const std::optional<ConstantRange> range = constantRange(kernel_, around, iname);
    if (!range)
      throw UserError(options_.where, "isolate wants the inner loops of tiles, and no constant bounds loop `" + iname +
                                          "`. Split it first.");
    return ranges_.emplace(iname, *range).first->second;
  }

  void requireNoData(const Statement &statement, const isl::set &partial) const {
    for (const auto &[name, load] : statement.dataParams)
      if (poly::involves(partial, name))
        throw UserError(options_.where, "Which tiles of " + listOfNames(options_.inames) + " around `" + statement.id +
                                            "` are full depends on the data `" + name + "`.");
  }

  // The innermost loops that the condition depends on, and all statements below them.
  bool isCutHere(const Loop &loop, const std::vector<std::string> &around) const {
    const std::vector<std::string> below = statementsBelow(loop.children);
    if (llvm::none_of(below, [&](const std::string &id) { return selected_.count(id) != 0; }) ||
        !isInnermostOuter(loop, around))
      return false;
    for (const std::string &id : below)
      if (!selected_.count(id) &&
          llvm::any_of(options_.inames, [&](const std::string &i) { return hasIname(kernel_.statement(id), i); }))
        throw UserError(options_.where, "Loop `" + loop.iname + "` stands around tiles of `" + id +
                                            "` too, which within=\"" + options_.within +
                                            "\" leaves out. Select it too, or distribute the loop first.");
    return true;
  }
  // All loops that the condition depends on stand around the loop's body, and the loop is the last of them.
  bool isInnermostOuter(const Loop &loop, const std::vector<std::string> &around) const {
    if (outer_.empty())
      return around.empty();
    return llvm::is_contained(outer_, loop.iname) && llvm::all_of(outer_, [&](const std::string &name) {
             return name == loop.iname || llvm::is_contained(around, name);
           });
  }

  void findStatements() {
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &around) {
      if (!isCutHere(loop, around))
        return;
      for (const std::string &id : statementsBelow(loop.children))
        inside_.insert(id);
    });
    if (inside_.empty())
      throw UserError(options_.where, "Which tiles are full depends on the loops " + listOfNames(outer_) +
                                          ", and no statement stands in all of them.");
    suffix_ =
        options_.suffix.empty() ? freshSuffix(kernel_, "_partial", {inside_.begin(), inside_.end()}) : options_.suffix;
    for (const std::string &id : inside_) {
      const Statement &statement = kernel_.statement(id);
      const isl::set live = kernel_.context->intersection(statement.domain, kernel_.assumptions);
      if (!live.is_subset(partial_))
        full_.insert(id);
      if (!live.is_disjoint(partial_))
        copies_.insert(copyOf(id));
    }
    if (full_.empty())
      throw UserError(options_.where, "No tile of " + listOfNames(options_.inames) + " is ever full.");
  }

  // A loop that was split starts at a constant in the middle of a tile, so that the first tile is partial.
  std::string adviceOnStart() const {
    for (const std::string &id : selected_) {
      const Statement &statement = kernel_.statement(id);
      if (!statement.origin)
        continue;
      for (const auto &[name, value] : statement.origin->inames) {
        const std::set<std::string> inames = inamesIn(value);
        if (llvm::none_of(options_.inames, [&](const std::string &tile) { return inames.count(tile) != 0; }))
          continue;
        if (const std::optional<int64_t> start = partialStart(statement, value))
          return "The first tile is partial, as `" + name + "` starts at " + std::to_string(*start) +
                 ". Let the loop start at 0 before it is split, with affine_map({ [" + name + "] -> [" + name +
                 "0 = " + name + (*start > 0 ? " - " : " + ") + std::to_string(std::abs(*start)) + "] }).";
      }
    }
    return "";
  }

  // The smallest value, where that is a constant other than 0 and some tile with it is partial.
  std::optional<int64_t> partialStart(const Statement &statement, Expr value) const {
    const std::optional<isl::pw_aff> function = toAffine(*kernel_.context, value);
    if (!function || !statement.dataParams.empty())
      return std::nullopt;
    const isl::set domain = kernel_.context->intersection(statement.domain, kernel_.assumptions);
    const std::optional<int64_t> smallest = poly::constantMin(*function, domain);
    if (!smallest || *smallest == 0)
      return std::nullopt;
    const isl::set first = domain.intersect(function->eq_set(poly::constantAff(kernel_.context->isl(), *smallest)));
    return first.is_disjoint(partial_) ? std::nullopt : smallest;
  }

  std::string copyOf(const std::string &name) const { return name + suffix_; }

  CopiedParts partsOf() const {
    CopiedPart partial{suffix_, {}};
    for (const std::string &id : inside_)
      if (copies_.count(copyOf(id)))
        partial.originals.insert(id);
    return {full_,
            {partial},
            [this](const std::vector<const Load *> &loads) { return isIndexedByTile(loads); },
            options_.where};
  }

  // Full and partial statements side by side at their old place: full instances and partial ones always part at a loop
  // around them, so they run in the old order.
  Kernel withCopiedTiles(const CopiedParts &parts) const {
    Kernel result = withCopies(kernel_, parts, [&](const Statement &statement, const CopiedPart *part) {
      // Not coalesced: what all disjuncts ask stays visible in each of them, and so becomes one condition.
      return part ? statement.domain.intersect(partial_) : statement.domain.subtract(partial_).coalesce();
    });
    separateParts(kernel_, result, parts);
    return result;
  }

  Tree cutTree(const Tree &tree) const { return cutNodes(tree, {}); }
  std::vector<NodeRef> cutNodes(const std::vector<NodeRef> &nodes, std::vector<std::string> around) const {
    std::vector<NodeRef> result;
    for (const NodeRef &node : nodes) {
      const Loop *loop = node->loop();
      const bool isInside = loop && llvm::any_of(statementsBelow(node), [&](const std::string &id) {
                              return full_.count(id) || copies_.count(id);
                            });
      if (!isInside) {
        result.push_back(node);
        continue;
      }
      if (isInnermostOuter(*loop, around)) {
        auto isCopy = [&](const std::string &id) { return copies_.count(id) != 0; };
        llvm::append_range(result, restrictTree({node}, [&](const std::string &id) { return !isCopy(id); }));
        llvm::append_range(result, restrictTree({node}, isCopy));
        continue;
      }
      std::vector<std::string> inner = around;
      inner.push_back(loop->iname);
      result.push_back(makeLoop(loop->iname, cutNodes(loop->children, std::move(inner))));
    }
    return result;
  }

  // Every iname that decides whether a tile is full is, in all accesses, the index of the same axis.
  bool isIndexedByTile(const std::vector<const Load *> &loads) const {
    return llvm::all_of(outer_, [&](const std::string &iname) {
      for (size_t axis = 0; axis < loads.front()->index.size(); ++axis)
        if (llvm::all_of(loads, [&](const Load *load) {
              const InameRef *index = load->index[axis].as<InameRef>();
              return index && index->name == iname;
            }))
          return true;
      return false;
    });
  }

  const Kernel &kernel_;
  const Isolate &options_;
  Notes *notes_;
  std::set<std::string> selected_; // statements that have tiles to look at
  std::map<std::string, ConstantRange> ranges_;
  isl::set partial_;               // { : some tile there is not full }, over outer_ and params
  std::vector<std::string> outer_; // the inames that this depends on
  std::set<std::string> inside_;   // statements below the loops to cut
  std::set<std::string> full_;     // those of them that full tiles have, under their own ids
  std::string suffix_;             // of the names of copies
  std::set<std::string> copies_;   // ids of the copies for partial tiles
  Terms terms_;
};

} // namespace

Kernel isolate(const Kernel &kernel, const Isolate &options, Notes *notes) {
  requireInames(kernel, options.inames, options.where);
  return Isolator(kernel, options, notes).run();
}

} // namespace loopy
