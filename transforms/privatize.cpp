#include "loopy/transforms/privatize.h"

#include "edit.h"

#include "loopy/analysis/bounds.h"
#include "loopy/analysis/dependence.h"
#include "loopy/ir/tree.h"
#include "loopy/transforms/inline_kernel.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

std::vector<const Statement *> accessors(const Kernel &kernel, const std::string &array) {
  std::vector<const Statement *> result;
  for (const StatementRef &statement : kernel.statements)
    if (llvm::any_of(accesses(*statement), [&](const AccessRef &access) { return access.load->array == array; }))
      result.push_back(statement.get());
  return result;
}

void requireNoRule(const Kernel &kernel, const std::string &array, SourceRange where) {
  for (const Rule &rule : kernel.rules)
    forEach(rule.body, [&](Expr node) {
      if (const Load *load = node.as<Load>(); load && load->array == array)
        throw UserError(where, "The rule `" + rule.name + "` reads `" + array + "`. Call expand_subst(" + rule.name +
                                   ") first.");
    });
}

bool hasAxis(const Kernel &kernel, const Array &array, const std::string &iname) {
  for (const Statement *statement : accessors(kernel, array.name))
    for (const AccessRef &access : accesses(*statement))
      if (access.load->array == array.name)
        for (unsigned axis = 0; axis < array.implicitAxes; ++axis)
          if (const InameRef *index = access.load->index[axis].as<InameRef>(); index && index->name == iname)
            return true;
  return false;
}

// The loops around all accesses, down to the innermost of the named ones. UserError unless these are among them.
std::vector<std::string> loopsOfIterations(const Kernel &kernel, const Privatize &options) {
  const std::vector<const Statement *> statements = accessors(kernel, options.array);
  if (statements.empty())
    throw UserError(options.where, "Nothing accesses `" + options.array + "`.");
  const std::map<std::string, Path> paths = allPaths(kernel.tree);
  const Path &first = paths.at(statements.front()->id);
  std::vector<std::string> common = first.loops;
  for (const Statement *statement : statements) {
    const CommonPath both = commonPath(first, paths.at(statement->id));
    const size_t depth = std::min(common.size(), statement == statements.front() ? common.size() : both.loops.size());
    common.resize(depth);
    for (const std::string &iname : options.inames)
      if (!llvm::is_contained(common, iname))
        throw UserError(options.where, "privatize(" + options.array + ") is not legal: `" + statement->id +
                                           "` accesses `" + options.array + "` outside the loop `" + iname +
                                           "` of the other accesses.");
  }
  while (!llvm::is_contained(options.inames, common.back()))
    common.pop_back();
  return common;
}

// Accesses `array` with these inames as further implicit axes, after those it has.
Kernel withAxes(const Kernel &kernel, const std::string &name, const std::vector<std::string> &inames) {
  Kernel result = kernel;
  Context &context = *kernel.context;
  const unsigned position = kernel.array(name).implicitAxes;
  for (Array &array : result.arrays)
    if (array.name == name)
      array.implicitAxes += inames.size();
  for (const Statement *statement : accessors(kernel, name))
    result.replaceStatement(rewriteExprs(context, *statement, [&](Expr e) {
      const Load *load = e.as<Load>();
      if (!load || load->array != name)
        return e;
      std::vector<Expr> index = load->index, axes;
      for (const std::string &iname : inames)
        axes.push_back(context.iname(iname));
      index.insert(index.begin() + position, axes.begin(), axes.end());
      return context.load(name, std::move(index), e.type(), e.range());
    }));
  return result;
}

} // namespace

// One copy for each iteration is the same as one for all iff no value lives on from one iteration to the next:
//   every element read is covered by an earlier write in the same iteration of the named loops and those around them.
Kernel privatize(const Kernel &kernel, const Privatize &options, Notes *) {
  const Array &array = requireTemporary(kernel, options.array, options.where);
  requireInames(kernel, options.inames, options.where);
  requireNoRule(kernel, options.array, options.where);
  for (const std::string &iname : options.inames)
    if (hasAxis(kernel, array, iname))
      throw UserError(options.where,
                      "`" + options.array + "` has a copy for each iteration of `" + iname + "` already.");
  std::vector<std::string> iteration = loopsOfIterations(kernel, options);
  llvm::erase_if(iteration, [&](const std::string &iname) { return hasAxis(kernel, array, iname); });
  std::vector<Diagnostic> unset = findUnsetReads(inlineAllKernels(withAxes(kernel, options.array, iteration)));
  for (Diagnostic &note : unset) {
    note.severity = Severity::Note;
    note.message = "With a copy for each iteration, " + note.message;
  }
  if (!unset.empty())
    throw UserError({{Severity::Error, options.where,
                      "privatize(" + options.array + ") is not legal: a value lives on from one iteration of " +
                          listOfNames(options.inames) + " to another.",
                      unset}});
  return withAxes(kernel, options.array, options.inames);
}

} // namespace loopy
