#include "relayout.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {

void requireNoSubArray(const Kernel &kernel, const std::string &array, const std::string &pass, SourceRange where) {
  for (const StatementRef &statement : kernel.statements)
    if (const CallBody *call = std::get_if<CallBody>(&statement->body))
      for (const auto &arg : call->args)
        if (const SubArray *part = std::get_if<SubArray>(&arg); part && part->access.as<Load>()->array == array)
          throw UserError(where, pass + "(" + array + ") is not legal: `" + statement->id + "` passes a part of `" +
                                     array + "` to `" + call->callee + "`, which expects its elements where they are.");
}

void requireNoHomes(const Kernel &kernel, const std::string &pass, SourceRange where) {
  if (!kernel.homes.empty())
    throw UserError(where, pass + " defines another kernel, and `" + kernel.homes.front().name +
                               "` is laid out in other arrays here. Call it before that.");
  for (const Array &array : kernel.arrays)
    if (array.isImage)
      throw UserError(where, pass + " defines another kernel, which may write `" + array.name +
                                 "`, and that is an image here. Call it before that.");
}

Kernel withArray(const Kernel &kernel, const std::string &name, const std::function<void(Array &)> &change) {
  Kernel result = kernel;
  for (Array &array : result.arrays)
    if (array.name == name)
      change(array);
  return result;
}

Home ownHome(const Kernel &kernel, const Array &array) {
  std::vector<Expr> index;
  for (unsigned axis = 0; axis < array.shape.size(); ++axis)
    index.push_back(kernel.context->iname(homeIndex(axis)));
  Home home{array.name, array.type, array.shape, array.role, {}, array.source};
  home.parts.push_back({{}, kernel.context->load(array.name, std::move(index), array.type, array.source)});
  return home;
}

namespace {

class Relayouter {
public:
  Relayouter(const Kernel &kernel, const Relayout &relayout) : kernel_(kernel), relayout_(relayout) {}

  Kernel run() const {
    Kernel result = kernel_;
    const Array &old = kernel_.array(relayout_.name);
    const bool isHome = llvm::any_of(kernel_.homes, [&](const Home &home) {
      return llvm::any_of(home.parts, [&](const Home::Part &part) { return isOld(part.access); });
    });
    if (!old.isTemp() && !isHome)
      result.homes.push_back(ownHome(kernel_, old));
    for (Home &home : result.homes)
      home.parts = movedParts(home);
    for (StatementRef &statement : result.statements)
      if (llvm::any_of(accesses(*statement), [&](const AccessRef &access) { return isOld(access.expr); }))
        statement = std::make_shared<const Statement>(rewriteExprs(
            *kernel_.context, *statement, [&](Expr e) { return isOld(e) ? changed(statement.get(), e) : e; }));
    for (Rule &rule : result.rules)
      rule.body = rewritten(nullptr, rule.body);
    changeFacts(result);
    changeInterface(result);
    return result;
  }

private:
  bool isOld(Expr e) const { return e.is<Load>() && e.as<Load>()->array == relayout_.name; }
  Expr changed(const Statement *statement, Expr e) const { return relayout_.access(statement, *e.as<Load>(), e); }
  Expr rewritten(const Statement *statement, Expr e) const {
    return rewrite(*kernel_.context, e, [&](Expr part) { return isOld(part) ? changed(statement, part) : part; });
  }

  std::vector<Home::Part> movedParts(const Home &home) const {
    std::vector<Home::Part> moved;
    for (const Home::Part &part : home.parts)
      if (isOld(part.access) && relayout_.parts)
        llvm::append_range(moved, relayout_.parts(part));
      else
        moved.push_back({part.conditions, rewritten(nullptr, part.access)});
    return moved;
  }

  void changeFacts(Kernel &result) const {
    llvm::erase_if(result.facts, [&](const Fact &fact) { return !movable(fact); });
    std::vector<Fact> more;
    for (Fact &fact : result.facts)
      if (DisjointFact *disjoint = std::get_if<DisjointFact>(&fact)) {
        for (Expr &index : disjoint->index)
          index = rewritten(nullptr, index);
        disjoint->value = rewritten(nullptr, disjoint->value);
        if (disjoint->array != relayout_.name)
          continue;
        const Expr moved = movedAccess(*disjoint);
        disjoint->array = moved.as<Load>()->array;
        disjoint->index = moved.as<Load>()->index;
      } else if (TrustedFact &trusted = std::get<TrustedFact>(fact); trusted.array == relayout_.name) {
        const std::vector<std::string> names = newNames();
        trusted.array = names.front();
        for (const std::string &other : llvm::drop_begin(names)) {
          more.push_back(trusted);
          std::get<TrustedFact>(more.back()).array = other;
        }
      }
    llvm::append_range(result.facts, more);
  }

  std::vector<std::string> newNames() const {
    std::vector<std::string> names = relayout_.into;
    for (const Array &array : relayout_.arrays)
      names.push_back(array.name);
    return names;
  }

  Expr movedAccess(const DisjointFact &fact) const {
    const Array &old = kernel_.array(relayout_.name);
    return changed(nullptr, kernel_.context->load(old.name, fact.index, old.type, fact.source));
  }
  // A fact about elements that are in several arrays now is about none of them.
  bool movable(const Fact &fact) const {
    const DisjointFact *disjoint = std::get_if<DisjointFact>(&fact);
    return !disjoint || disjoint->array != relayout_.name || movedAccess(*disjoint).is<Load>();
  }

  void changeInterface(Kernel &result) const {
    auto at = llvm::find_if(result.arrays, [&](const Array &array) { return array.name == relayout_.name; });
    at = result.arrays.erase(at);
    result.arrays.insert(at, relayout_.arrays.begin(), relayout_.arrays.end());
    auto place = llvm::find(result.argumentOrder, relayout_.name);
    if (place == result.argumentOrder.end())
      return;
    place = result.argumentOrder.erase(place);
    for (const Array &array : llvm::reverse(relayout_.arrays))
      place = result.argumentOrder.insert(place, array.name);
  }

  const Kernel &kernel_;
  const Relayout &relayout_;
};

} // namespace

Kernel withRelayout(const Kernel &kernel, const Relayout &relayout) { return Relayouter(kernel, relayout).run(); }

} // namespace loopy
