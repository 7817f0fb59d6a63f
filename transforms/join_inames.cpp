#include "loopy/transforms/join_inames.h"

#include "chain.h"
#include "edit.h"
#include "extent.h"

#include "loopy/transforms/tag.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

namespace loopy {

static std::string joinedName(const std::vector<std::string> &inames) {
  std::string name;
  for (const std::string &iname : inames)
    name += (name.empty() ? "" : "_") + iname;
  return name;
}

// Every statement that has one of the inames has all of them.
static void requireTogether(const Kernel &kernel, const std::vector<std::string> &inames, SourceRange where) {
  for (const StatementRef &statement : kernel.statements) {
    auto isThere = [&](const std::string &iname) { return hasIname(*statement, iname); };
    if (llvm::any_of(inames, isThere) && !llvm::all_of(inames, isThere))
      throw UserError(where, "`" + statement->id + "` has only some of the inames " + listOfNames(inames) +
                                 "; joined loops need the same statements. Distribute them first.");
  }
}

static ConstantRange requireConstantRange(const Kernel &kernel, const std::string &iname, SourceRange where) {
  std::optional<ConstantRange> range = constantRange(kernel, statementsWith(kernel, iname), iname);
  if (!range)
    throw UserError(where, "join_inames needs constant bounds for all loops but the outermost, and those of `" + iname +
                               "` are not constant. fix_parameters may make them so.");
  return *range;
}

// The values of the old inames: with n = (i*extent(j) + j - lower(j))*extent(k) + k - lower(k),
//   k = n % extent(k) + lower(k),  j = n // extent(k) % extent(j) + lower(j),  i = n // (extent(k)*extent(j))
static std::map<std::string, Expr> valuesOf(const Kernel &kernel, const JoinInames &options, Expr joined) {
  Context &context = *kernel.context;
  std::map<std::string, Expr> values;
  int64_t weight = 1;
  auto divided = [&] { return context.binary(BinaryOp::FloorDiv, joined, context.constant(weight)); };
  for (unsigned i = options.inames.size(); i-- > 1;) {
    const ConstantRange range = requireConstantRange(kernel, options.inames[i], options.where);
    const int64_t extent = std::max<int64_t>(range.extent(), 1);
    const Expr position = context.binary(BinaryOp::Mod, divided(), context.constant(extent));
    values[options.inames[i]] = context.add(position, context.constant(range.lower));
    if (llvm::MulOverflow(weight, extent, weight))
      throw UserError(options.where, "The joined loop would be too long.");
  }
  values[options.inames[0]] = divided();
  return values;
}

Kernel joinInames(const Kernel &kernel, const JoinInames &options, Notes *notes) {
  const std::vector<std::string> &inames = options.inames;
  if (inames.size() < 2)
    throw UserError(options.where, "join_inames needs two loops or more.");
  requireInames(kernel, inames, options.where);
  const std::string name = options.name.empty() ? joinedName(inames) : options.name;
  requireNewName(kernel, name, options.where);
  for (const std::string &iname : inames)
    requireUntagged(kernel, iname, "join_inames", options.where);
  requireTogether(kernel, inames, options.where);
  requireChains(kernel, inames, ChainOrder::AsGiven, options.where, "join_inames");

  InameChange change;
  change.from = inames;
  change.to = {name};
  change.values = valuesOf(kernel, options, kernel.context->iname(name, options.where));
  change.range = poly::universe(kernel.context->isl());
  auto everywhere = [](const std::string &) { return true; };
  Kernel result = changeInames(kernel, change, everywhere, options.where);
  for (const std::string &iname : inames)
    result.tree = replaceLoops(result.tree, iname, everywhere, [&](const Loop &loop) -> std::vector<NodeRef> {
      if (iname == inames.front())
        return {makeLoop(name, loop.children)};
      return loop.children;
    });
  requireKnownBounds(result, options.where, "Joining " + listOfNames(inames));
  if (options.tag.empty())
    return result;
  return tagInames(result, {.iname = name, .tag = options.tag, .where = options.where}, notes);
}

} // namespace loopy
