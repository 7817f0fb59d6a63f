#include "edit.h"

#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

#include <cctype>

namespace loopy {

// -------------------------------------------------------------------------------------------------------------- checks
void requireIname(const Kernel &kernel, const std::string &iname, SourceRange where) {
  if (!kernel.findIname(iname))
    throw UserError(where, unknownName("iname", iname, kernel.inameNames()));
}

void requireInames(const Kernel &kernel, const std::vector<std::string> &inames, SourceRange where) {
  if (inames.empty())
    throw UserError(where, "Name at least one loop. There are: " + listOfNames(kernel.inameNames()) + ".");
  std::set<std::string> seen;
  for (const std::string &iname : inames) {
    requireIname(kernel, iname, where);
    if (!seen.insert(iname).second)
      throw UserError(where, "The iname `" + iname + "` is given twice.");
  }
}

void requireStatement(const Kernel &kernel, const std::string &id, SourceRange where) {
  if (!kernel.findStatement(id))
    throw UserError(where, unknownName("statement", id, kernel.statementIds()));
}

// The arrays that hold what the user passes under a name that no array has any more.
static std::vector<std::string> arraysOf(const Home &home) {
  std::vector<std::string> arrays;
  for (const Home::Part &part : home.parts)
    if (const std::string &array = part.access.as<Load>()->array; !llvm::is_contained(arrays, array))
      arrays.push_back(array);
  return arrays;
}

const Array &requireArray(const Kernel &kernel, const std::string &name, SourceRange where) {
  const Array *array = kernel.findArray(name);
  if (const Home *home = array ? nullptr : kernel.findHome(name))
    throw UserError(where, "`" + name + "` has been laid out in " + listOfNames(arraysOf(*home)) +
                               " by an earlier step. What is to be done with its elements is done there.");
  if (!array)
    throw UserError(where, unknownName("array", name, kernel.arrayNames()));
  return *array;
}

const Array &requireTemporary(const Kernel &kernel, const std::string &name, SourceRange where) {
  const Array *array = kernel.findArray(name);
  if (array && array->isTemp())
    return *array;
  std::vector<std::string> temporaries;
  for (const Array &candidate : kernel.arrays)
    if (candidate.isTemp())
      temporaries.push_back(candidate.name);
  if (array)
    throw UserError(where, "`" + name + "` is an argument, not a temporary. The temporaries are: " +
                               listOfNames(temporaries) + ".");
  throw UserError(where, unknownName("temporary", name, temporaries));
}

void requireUntagged(const Kernel &kernel, const std::string &iname, const std::string &pass, SourceRange where) {
  if (Tag tag = kernel.tag(iname); tag.kind != Tag::Kind::None)
    throw UserError(where, pass + " wants plain loops, and `" + iname + "` is tagged `" + tag.name() +
                               "`. Call it before the tag is set, or untag(" + iname + ") first.");
}

bool isWord(const std::string &name) {
  auto isWordCharacter = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
  return !name.empty() && !std::isdigit(static_cast<unsigned char>(name[0])) && llvm::all_of(name, isWordCharacter);
}

void requireNewName(const Kernel &kernel, const std::string &name, SourceRange where) {
  if (!isWord(name))
    throw UserError(where, "`" + name + "` is not a name.");
  const bool isDataParam = llvm::any_of(
      kernel.statements, [&](const StatementRef &statement) { return statement->dataParams.count(name) != 0; });
  const std::string fresh = kernel.freshName(name);
  if (fresh != name || isDataParam)
    throw UserError(where, "The name `" + name + "` is in use; choose another one" +
                               (fresh != name ? ", such as `" + fresh + "`." : "."));
}

void requireBlockLength(int64_t length, const std::string &what, SourceRange where) {
  constexpr int64_t longest = int64_t{1} << 30;
  if (length < 1 || length > longest)
    throw UserError(where, what + " is from 1 to " + std::to_string(longest) + ", not " + std::to_string(length) + ".");
}

std::string callText(const std::string &pass, const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ", ") + name;
  return pass + "(" + text + ")";
}

bool hasIname(const Statement &statement, const std::string &iname) {
  return llvm::is_contained(statement.inames, iname);
}

std::vector<std::string> statementsWith(const Kernel &kernel, const std::string &iname) {
  std::vector<std::string> ids;
  for (const StatementRef &statement : kernel.statements)
    if (hasIname(*statement, iname))
      ids.push_back(statement->id);
  return ids;
}

void dropReduction(Kernel &kernel, const std::string &id) {
  for (StatementRef &statement : kernel.statements)
    if (statement->reduction == id) {
      Statement plain = *statement;
      plain.reduction.reset();
      plain.reductionRole = ReductionRole::None;
      statement = std::make_shared<const Statement>(std::move(plain));
    }
  std::erase_if(kernel.reductions, [&](const ReductionInfo &info) { return info.id == id; });
}

// --------------------------------------------------------------------------------------------------------------- loops
static void walkLoops(const std::vector<NodeRef> &nodes, std::vector<std::string> &outer,
                      const std::function<void(const Loop &, const std::vector<std::string> &)> &f) {
  for (const NodeRef &node : nodes)
    if (const Loop *loop = node->loop()) {
      f(*loop, outer);
      outer.push_back(loop->iname);
      walkLoops(loop->children, outer, f);
      outer.pop_back();
    }
}

void forEachLoop(const Tree &tree, const std::function<void(const Loop &, const std::vector<std::string> &)> &f) {
  std::vector<std::string> outer;
  walkLoops(tree, outer, f);
}

Tree replaceLoops(const Tree &tree, const std::string &iname, const Predicate &selected,
                  const std::function<std::vector<NodeRef>(const Loop &)> &f) {
  return rewriteTree(tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    const Loop *loop = node->loop();
    if (loop && loop->iname == iname && llvm::all_of(statementsBelow(node), selected))
      return f(*loop);
    return {node};
  });
}

} // namespace loopy
