#include "loopy/transforms/tag_statements.h"

#include "edit.h"
#include "match.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

std::set<std::string> tagsOf(const Kernel &kernel, const std::vector<std::string> &ids) {
  std::set<std::string> tags;
  for (const std::string &id : ids)
    tags.insert(kernel.statement(id).tags.begin(), kernel.statement(id).tags.end());
  return tags;
}

void requireOptions(const Kernel &kernel, const TagStatements &options, const std::vector<std::string> &ids) {
  if (options.tags.empty() && options.remove.empty())
    throw UserError(options.where, "Say which tags the statements get, tags=, or which they lose, remove=.");
  for (const std::string &tag : options.tags)
    if (!isWord(tag))
      throw UserError(options.where,
                      "`" + tag + "` is no tag. A tag is a letter or `_`, then letters, digits and `_`.");
  const std::set<std::string> present = tagsOf(kernel, ids);
  for (const std::string &glob : options.remove)
    if (llvm::none_of(present, [&](const std::string &tag) { return matchesGlob(tag, glob); }))
      throw UserError(options.where,
                      "No selected statement has a tag `" + glob + "`. " +
                          (present.empty() ? "They have no tags."
                                           : "Their tags are: " + listOfNames({present.begin(), present.end()}) + "."));
}

} // namespace

Kernel tagStatements(const Kernel &kernel, const TagStatements &options, Notes *) {
  const std::vector<std::string> ids = matchStatements(kernel, options.within, options.where);
  requireOptions(kernel, options, ids);
  const std::set<std::string> selected(ids.begin(), ids.end());
  Kernel result = kernel;
  bool isChanged = false;
  for (StatementRef &statement : result.statements) {
    if (!selected.count(statement->id))
      continue;
    Statement tagged = *statement;
    std::erase_if(tagged.tags, [&](const std::string &tag) {
      return llvm::any_of(options.remove, [&](const std::string &glob) { return matchesGlob(tag, glob); });
    });
    tagged.tags.insert(options.tags.begin(), options.tags.end());
    if (tagged.tags == statement->tags)
      continue;
    isChanged = true;
    statement = std::make_shared<const Statement>(std::move(tagged));
  }
  if (!isChanged)
    throw UserError(options.where, listOfNames(ids) + (ids.size() == 1 ? " is" : " are") + " tagged so already.");
  return result;
}

} // namespace loopy
