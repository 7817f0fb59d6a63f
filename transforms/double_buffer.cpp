#include "loopy/transforms/double_buffer.h"

#include "retiming.h"

#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

// More copies than this are a mistake.
constexpr int64_t mostCopies = 1 << 16;

struct Users {
  std::vector<std::string> writers, all;
  std::vector<const Load *> loads;
};

Users usersOf(const Kernel &kernel, const std::string &array) {
  Users users;
  for (const StatementRef &statement : kernel.statements) {
    bool writes = false, accesses = false;
    const Statement expanded = expandRules(kernel, *statement);
    for (const AccessRef &access : loopy::accesses(expanded))
      if (access.load->array == array) {
        users.loads.push_back(access.load);
        writes |= access.isWrite;
        accesses = true;
      }
    if (writes)
      users.writers.push_back(statement->id);
    if (accesses)
      users.all.push_back(statement->id);
  }
  return users;
}

// All accesses have the iname itself on one axis, an implicit one.
bool isAxis(const Kernel &kernel, const std::string &array, const Users &users, const std::string &iname) {
  for (unsigned axis = 0; axis < kernel.array(array).implicitAxes; ++axis)
    if (llvm::all_of(users.loads, [&](const Load *load) {
          const InameRef *index = load->index[axis].as<InameRef>();
          return index && index->name == iname;
        }))
      return true;
  return false;
}

std::string chooseLoop(const Kernel &kernel, const DoubleBuffer &options, const Users &users) {
  std::vector<std::string> possible;
  const std::map<std::string, Path> paths = allPaths(kernel.tree);
  const Path &first = paths.at(users.all.front());
  for (size_t depth = 0; depth < first.loops.size(); ++depth) {
    const bool isCommon = llvm::all_of(users.all, [&](const std::string &id) {
      const Path &path = paths.at(id);
      return depth < path.loops.size() &&
             std::equal(path.positions.begin(), path.positions.begin() + static_cast<ptrdiff_t>(depth) + 1,
                        first.positions.begin());
    });
    const Tag::Kind tag = kernel.tag(first.loops[depth]).kind;
    if (isCommon && (tag == Tag::Kind::None || tag == Tag::Kind::UnrollHint) &&
        isAxis(kernel, options.array, users, first.loops[depth]))
      possible.push_back(first.loops[depth]);
  }
  if (options.iname.empty() && !possible.empty())
    return possible.back();
  if (llvm::is_contained(possible, options.iname))
    return options.iname;
  std::string what = options.iname.empty() ? "No loop is" : "Loop `" + options.iname + "` is not";
  throw UserError(options.where, what + " a sequential loop around all accesses to `" + options.array +
                                     "` along which it has an axis of its own." +
                                     (possible.empty() ? "" : " Such loops are " + listOfNames(possible) + "."));
}

} // namespace

Kernel doubleBuffer(const Kernel &kernel, const DoubleBuffer &options, Notes *) {
  requireTemporary(kernel, options.array, options.where);
  if (!options.iname.empty())
    requireIname(kernel, options.iname, options.where);
  if (options.copies < 1 || options.copies > mostCopies)
    throw UserError(options.where, "The number of copies has to be from 1 to " + std::to_string(mostCopies) + ".");
  const int64_t ahead = options.ahead.value_or(options.copies - 1);
  if (ahead < 0 || ahead > mostCopies)
    throw UserError(options.where,
                    "The number of iterations ahead has to be from 0 to " + std::to_string(mostCopies) + ".");
  const Users users = usersOf(kernel, options.array);
  if (users.all.empty())
    throw UserError(options.where, "No statement uses `" + options.array + "`.");
  Retiming retiming;
  retiming.statements = users.writers;
  retiming.loop = chooseLoop(kernel, options, users);
  retiming.ahead = ahead;
  retiming.where = options.where;
  Kernel result = retimed(kernel, retiming,
                          "Filling `" + options.array + "` " + std::to_string(ahead) +
                              (ahead == 1 ? " iteration" : " iterations") + " of `" + retiming.loop + "` ahead");
  for (Array &array : result.arrays)
    if (array.name == options.array)
      array.copies[retiming.loop] = static_cast<int>(options.copies);
  return result;
}

} // namespace loopy
