#include "reduced_loop.h"

#include "edit.h"

#include "loopy/analysis/dependence.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class ReducedLoopFinder {
public:
  ReducedLoopFinder(const Kernel &kernel, const ReducedLoopRequest &request) : kernel_(kernel), request_(request) {
    result_.iname = request.iname;
  }

  ReducedLoop run() {
    requireIname(kernel_, request_.iname, request_.where);
    const std::vector<const Statement *> candidates = candidatesOfOneReduction();
    findUpdates(*candidates.front());
    findLoops();
    findPlaces();
    return std::move(result_);
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(request_.where, message); }
  std::string call() const { return request_.pass + "(" + request_.iname + ")"; }

  std::vector<const Statement *> candidatesOfOneReduction() const {
    const std::string &iname = request_.iname;
    if (!request_.update.empty())
      requireStatement(kernel_, request_.update, request_.where);
    std::vector<const Statement *> candidates;
    for (const StatementRef &statement : kernel_.statements)
      if (statement->reductionRole == ReductionRole::Update && hasIname(*statement, iname) &&
          (request_.update.empty() || statement->id == request_.update)) {
        const Statement *init = findInit(kernel_, *statement->reduction);
        if (init && isReducedOver(kernel_, *statement, *init, iname))
          candidates.push_back(statement.get());
      }
    if (candidates.empty())
      fail(request_.update.empty() ? "Nothing is reduced over `" + iname + "`."
                                   : "`" + request_.update + "` does not reduce over `" + iname + "`.");
    const bool isOne = llvm::all_of(
        candidates, [&](const Statement *each) { return each->reduction == candidates.front()->reduction; });
    if (isOne)
      return candidates;
    std::vector<std::string> ids;
    for (const Statement *each : candidates)
      ids.push_back(each->id);
    fail("Several reductions run over `" + iname + "`: choose one by reduction=STATEMENT, of " + listOfNames(ids) +
         ".");
  }

  // All updates of the reduction in the loop of the first one.
  void findUpdates(const Statement &first) {
    result_.reduction = kernel_.findReduction(*first.reduction);
    result_.init = findInit(kernel_, *first.reduction);
    std::vector<std::string> inLoop;
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &) {
      if (const std::vector<std::string> below = statementsBelow(loop.children);
          loop.iname == request_.iname && llvm::is_contained(below, first.id))
        inLoop = below;
    });
    for (const StatementRef &statement : kernel_.statements) {
      if (statement->reductionRole != ReductionRole::Update || statement->reduction != first.reduction ||
          !hasIname(*statement, request_.iname))
        continue;
      if (llvm::is_contained(inLoop, statement->id))
        result_.updates.push_back(statement.get());
      else if (request_.update.empty())
        fail("`" + first.id + "` and `" + statement->id + "` are reduced over different loops `" + request_.iname +
             "`: choose one by reduction=STATEMENT.");
    }
  }

  void findLoops() {
    const Path path = pathTo(kernel_.tree, result_.updates.front()->id);
    for (const std::string &iname : path.loops) {
      if (isReducedOver(kernel_, *result_.updates.front(), *result_.init, iname)) {
        result_.outermost = iname;
        break;
      }
      result_.outer.push_back(iname);
    }
    forEachLoop(kernel_.tree, [&](const Loop &loop, const std::vector<std::string> &) {
      if (const std::vector<std::string> below = statementsBelow(loop.children);
          loop.iname == result_.outermost && llvm::is_contained(below, result_.updates.front()->id))
        result_.inside = below;
    });
    for (const std::string &iname : result_.updates.front()->inames)
      if (!llvm::is_contained(result_.outer, iname) &&
          !isReducedOver(kernel_, *result_.updates.front(), *result_.init, iname))
        result_.shared.push_back(iname);
  }

  // All updates have the same places, which depend on loops that the initialisation has too.
  void findPlaces() {
    const Statement &first = *result_.updates.front();
    result_.places = std::get<Assign>(first.body).lhs;
    for (const Statement *update : result_.updates) {
      const std::vector<Expr> &lhs = std::get<Assign>(update->body).lhs;
      for (size_t i = 0; i < lhs.size(); ++i)
        if (!equal(lhs[i], result_.places[i]))
          fail(call() + " is not possible: `" + first.id + "` updates `" + toString(result_.places[i]) + "`, but `" +
               update->id + "` updates `" + toString(lhs[i]) + "`.");
    }
    for (Expr place : result_.places)
      for (const std::string &iname : inamesIn(place))
        if (!llvm::is_contained(result_.outer, iname) && !llvm::is_contained(result_.shared, iname))
          fail(call() + " is not possible: which element `" + toString(place) + "` is depends on loop `" + iname +
               "`, which is reduced over.");
    for (const Statement *update : result_.updates)
      for (const std::string &iname : result_.shared)
        if (!hasIname(*update, iname))
          fail(call() + " is not possible: `" + first.id + "` stands in loop `" + iname + "`, but `" + update->id +
               "` does not.");
  }

  const Kernel &kernel_;
  const ReducedLoopRequest &request_;
  ReducedLoop result_;
};

void insertAt(Kernel &kernel, const std::string &neighbour, Statement statement, ptrdiff_t offset) {
  const auto place = llvm::find_if(kernel.statements, [&](const StatementRef &each) { return each->id == neighbour; });
  kernel.statements.insert(place + offset, std::make_shared<const Statement>(std::move(statement)));
}

} // namespace

ReducedLoop findReducedLoop(const Kernel &kernel, const ReducedLoopRequest &request) {
  return ReducedLoopFinder(kernel, request).run();
}

bool isReducedOver(const Kernel &kernel, const Statement &update, const Statement &init, const std::string &iname) {
  if (!hasIname(init, iname))
    return true;
  const std::vector<Expr> &places = std::get<Assign>(update.body).lhs;
  if (llvm::all_of(places, [&](Expr place) { return mentionsIname(place, iname); }))
    return false;
  const CommonPath common = commonPath(pathTo(kernel.tree, update.id), pathTo(kernel.tree, init.id));
  return !llvm::is_contained(common.loops, iname);
}

const Statement *findInit(const Kernel &kernel, const std::string &reduction) {
  for (const StatementRef &statement : kernel.statements)
    if (statement->reductionRole == ReductionRole::Init && statement->reduction == reduction)
      return statement.get();
  return nullptr;
}

bool startsSameElement(const Statement &init, const Statement &update) {
  const std::vector<Expr> &first = std::get<Assign>(init.body).lhs, &second = std::get<Assign>(update.body).lhs;
  return first.size() == second.size() &&
         llvm::all_of(llvm::zip(first, second), [](auto pair) { return equal(std::get<0>(pair), std::get<1>(pair)); });
}

NodeRef nestOf(const std::vector<std::string> &inames, const std::string &statement) {
  NodeRef node = makeLeaf({statement});
  for (const std::string &iname : llvm::reverse(inames))
    node = makeLoop(iname, {node});
  return node;
}

void insertBefore(Kernel &kernel, const std::string &neighbour, Statement statement) {
  insertAt(kernel, neighbour, std::move(statement), 0);
}
void insertAfter(Kernel &kernel, const std::string &neighbour, Statement statement) {
  insertAt(kernel, neighbour, std::move(statement), 1);
}

} // namespace loopy
