#include "loopy/transforms/chunk_iname.h"

#include "cut.h"
#include "edit.h"
#include "match.h"

#include "loopy/analysis/linear.h"
#include "loopy/ir/chunk_place.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/tag.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

using Constraints = std::vector<Constraint>;

// Where an iname runs in one statement, and what else the statement's domain says.
struct Range {
  Linear lower, upper; // inclusive
  Constraints rest;
};

class Chunking {
public:
  Chunking(const Kernel &kernel, const ChunkIname &options, Notes *notes)
      : kernel_(kernel), options_(options), notes_(notes), context_(*kernel.context), terms_(context_, namesOf(kernel)),
        outer_(nameOr(options.outerName, "_outer")), inner_(nameOr(options.innerName, "_inner")) {}

  Kernel run() {
    checkOptions();
    const std::vector<std::string> matched =
        matchStatementsWith(kernel_, options_.iname, options_.within, options_.where);
    selected_.insert(matched.begin(), matched.end());
    auto isSelected = [&](const std::string &id) { return selected_.count(id) != 0; };
    const InameChange change = findChange(matched);
    nameResult(notes_, "outer", {outer_});
    nameResult(notes_, "inner", {inner_});
    const Kernel separated = separateLoops(kernel_, options_.iname, selected_, options_.where, notes_);
    Kernel result = changeInames(separated, change, isSelected, options_.where);
    result.tree =
        replaceLoops(separated.tree, options_.iname, isSelected, [&](const Loop &loop) -> std::vector<NodeRef> {
          return {makeLoop(outer_, {makeLoop(inner_, loop.children)})};
        });
    return tagged(result);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }
  std::string nameOr(const std::string &name, const char *suffix) const {
    return name.empty() ? options_.iname + suffix : name;
  }

  void checkOptions() const {
    requireIname(kernel_, options_.iname, options_.where);
    requireUntagged(kernel_, options_.iname, "chunk_iname", options_.where);
    requireBlockLength(options_.chunks, "The number of chunks", options_.where);
    for (const Array &array : kernel_.arrays)
      if (array.copies.count(options_.iname))
        fail("`" + array.name + "` is stored with " + std::to_string(array.copies.at(options_.iname)) +
             " copies along `" + options_.iname + "`, which iterations in chunks do not take in turn.");
    requireNewName(kernel_, outer_, options_.where);
    requireNewName(kernel_, inner_, options_.where);
    if (outer_ == inner_)
      fail("The two new loops need different names.");
  }

  InameChange findChange(const std::vector<std::string> &ids) {
    std::map<const isl_set *, Range> known; // statements of one origin share a domain
    std::optional<Range> common;
    InameChange change;
    for (const std::string &id : ids) {
      const Statement &statement = kernel_.statement(id);
      requireNoChunks(statement);
      auto [found, isNew] = known.try_emplace(statement.domain.get());
      if (isNew)
        found->second = rangeIn(statement);
      requireOutside(statement, found->second);
      if (common && (common->lower != found->second.lower || common->upper != found->second.upper))
        fail("`" + options_.iname + "` runs from " + textOf(common->lower) + " to " + textOf(common->upper) + " in `" +
             ids.front() + "` and from " + textOf(found->second.lower) + " to " + textOf(found->second.upper) +
             " in `" + id + "`, and chunks are those of one range. Take them one by one with within=.");
      if (!common)
        common = found->second;
      change.domains.emplace(id, domainOf(found->second));
    }
    const Expr number = context_.add(context_.mul(options_.chunks, context_.iname(inner_, options_.where)),
                                     context_.iname(outer_, options_.where));
    const Expr place =
        makeChunkPlace(context_, {number, options_.chunks, terms_.expr(lengthOf(*common))}, options_.where);
    change.from = {options_.iname};
    change.to = {outer_, inner_};
    change.values[options_.iname] = common->lower == Linear{} ? place : context_.add(place, terms_.expr(common->lower));
    change.range = poly::universe(context_.isl());
    return change;
  }

  static Linear lengthOf(const Range &range) { return withConstant(minus(range.upper, range.lower), 1); }
  std::string textOf(const Linear &form) { return "`" + toString(terms_.expr(form)) + "`"; }

  // rest and 0 <= outer < chunks, 0 <= inner, chunks*inner + outer < length
  isl::set domainOf(const Range &range) {
    const Linear chunk = termTimes(terms_.ofName(outer_), 1), member = termTimes(terms_.ofName(inner_), 1);
    Constraints all = range.rest;
    all.push_back({chunk, false});
    all.push_back({withConstant(scaled(chunk, -1), options_.chunks - 1), false});
    all.push_back({member, false});
    const Linear number = plus(chunk, member, options_.chunks);
    all.push_back(terms_.normalized({withConstant(minus(lengthOf(range), number), -1), false}));
    return terms_.toSet(all);
  }

  Range rangeIn(const Statement &statement) {
    const std::vector<Constraints> cases = terms_.disjunctsOf(statement.domain);
    if (cases.size() != 1)
      refuse(statement, "its domain has " + std::to_string(cases.size()) + " parts");
    Range range;
    const Term iname = terms_.ofName(options_.iname);
    std::vector<Linear> lower, upper;
    for (const Constraint &constraint : cases[0]) {
      const int64_t c = constraint.form.coefficient(iname);
      if (!terms_.namesIn(constraint.form).count(iname)) {
        range.rest.push_back(constraint);
        continue;
      }
      const Linear others = minus(constraint.form, termTimes(iname, c));
      if (constraint.isEquality || c == 0 || terms_.namesIn(others).count(iname))
        refuse(statement, "there it has to obey `" + toString(terms_.expr(constraint)) + "`");
      // c*i + others >= 0
      const Linear bound = terms_.floorOf(others, std::abs(c));
      (c > 0 ? lower : upper).push_back(c > 0 ? scaled(bound, -1) : bound);
    }
    range.lower = onlyBound(statement, lower, true, cases[0]);
    range.upper = onlyBound(statement, upper, false, cases[0]);
    return range;
  }

  // The bound that implies all others.
  Linear onlyBound(const Statement &statement, const std::vector<Linear> &bounds, bool isLower,
                   const Constraints &domain) {
    for (const Linear &bound : bounds) {
      const bool impliesAll = llvm::all_of(bounds, [&](const Linear &other) {
        return bound == other || isImplied(isLower ? minus(bound, other) : minus(other, bound), domain);
      });
      if (impliesAll)
        return bound;
    }
    std::string texts;
    for (const Linear &bound : bounds)
      texts += (texts.empty() ? "" : " and ") + textOf(bound);
    refuse(statement, std::string("there it has several ") + (isLower ? "lower" : "upper") + " bounds, " + texts);
  }

  // form >= 0 wherever the parameters are as assumed and the other inames as the domain says, whatever i is.
  bool isImplied(const Linear &form, const Constraints &domain) {
    const Term iname = terms_.ofName(options_.iname);
    return llvm::all_of(terms_.disjunctsOf(kernel_.assumptions), [&](Constraints context) {
      for (const Constraint &constraint : domain)
        if (!terms_.namesIn(constraint.form).count(iname))
          context.push_back(constraint);
      context.push_back(terms_.normalized({withConstant(scaled(form, -1), -1), false}));
      return !isSatisfiable(terms_, context);
    });
  }

  // Places in chunks of chunks are functions that no question about subscripts is answered for.
  void requireNoChunks(const Statement &statement) const {
    rewriteExprs(context_, statement, [&](Expr e) {
      if (asChunkPlace(e) && mentionsIname(e, options_.iname))
        fail("`" + options_.iname + "` belongs to chunks already, `" + toString(e) +
             "`. Make more chunks at once and split the loop over them, or split `" + options_.iname +
             "` by split_iname.");
      return e;
    });
  }

  // The length of chunks is known where the loop over them begins.
  void requireOutside(const Statement &statement, const Range &range) {
    const Path &path = paths_.at(statement.id);
    const auto end = llvm::find(path.loops, options_.iname);
    std::set<Term> names = terms_.namesIn(range.lower);
    names.merge(terms_.namesIn(range.upper));
    for (Term term : names) {
      const std::string &name = *terms_.name(term);
      if (statement.dataParams.count(name))
        refuse(statement, "its range depends on the data that `" + toString(statement.dataParams.at(name)) + "` reads");
      if (!kernel_.findParam(name) && std::find(path.loops.begin(), end, name) == end)
        refuse(statement, "its range depends on `" + name + "`, whose loop is inside");
    }
  }

  [[noreturn]] void refuse(const Statement &statement, const std::string &why) const {
    fail("`" + options_.iname + "` cannot be dealt out to chunks in `" + statement.id + "`: " + why +
         ". Chunks need one lower and one upper bound, and nothing else may depend on which iteration it is, since "
         "that is no "
         "affine function of the chunk. split_iname makes blocks of a fixed length of any loop.");
  }

  Kernel tagged(const Kernel &kernel) const {
    TagInames tags;
    tags.where = options_.where;
    if (!options_.outerTag.empty() && options_.outerTag != "none")
      tags.tags.emplace_back(outer_, options_.outerTag);
    if (!options_.innerTag.empty() && options_.innerTag != "none")
      tags.tags.emplace_back(inner_, options_.innerTag);
    return tags.tags.empty() ? kernel : tagInames(kernel, tags, notes_);
  }

  const Kernel &kernel_;
  const ChunkIname &options_;
  Notes *notes_;
  Context &context_;
  Terms terms_;
  const std::string outer_, inner_;
  const std::map<std::string, Path> paths_ = allPaths(kernel_.tree);
  std::set<std::string> selected_;
};

} // namespace

Kernel chunkIname(const Kernel &kernel, const ChunkIname &options, Notes *notes) {
  return Chunking(kernel, options, notes).run();
}

} // namespace loopy
