// Is every element of a temporary that is read written before?
#include "loopy/analysis/bounds.h"

#include "loopy/ir/guards.h"

#include <algorithm>

namespace loopy {
namespace {

constexpr unsigned long operationBudget = 2'000'000; // for one read: about a second of isl's work

bool holdsIn(const GuardLiteral &literal, const std::vector<GuardLiteral> &guard) {
  return std::any_of(guard.begin(), guard.end(), [&](const GuardLiteral &other) {
    return readsSame(literal, other) && literal.negated == other.negated;
  });
}

// The points that are in the set for every value of the parameter.
isl::set forAll(const isl::set &set, const std::string &name) {
  return poly::projectOut(set.complement(), {name}).complement();
}

bool contains(Expr e, Expr part) {
  bool found = false;
  forEach(e, [&](Expr node) { found |= &node.node() == &part.node(); });
  return found;
}

bool sameLoads(const std::map<std::string, Expr> &a, const std::map<std::string, Expr> &b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const auto &x, const auto &y) {
           return x.first == y.first && equal(x.second, y.second);
         });
}

// The instances of a read that a write covers if its remaining guard literals hold.
struct Cover {
  std::vector<GuardLiteral> guard; // those that the read's own guard does not imply
  isl::set instances;
};

// Writes under g and under not g cover together what both cover.
void joinComplements(std::vector<Cover> &covers) {
  for (size_t i = 0; i < covers.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (std::optional<size_t> literal = complementAt(covers[i].guard, covers[j].guard)) {
        Cover joined = covers[i];
        joined.guard.erase(joined.guard.begin() + static_cast<long>(*literal));
        joined.instances = covers[i].instances.intersect(covers[j].instances);
        if (!joined.instances.is_empty())
          covers.push_back(std::move(joined));
        if (covers.size() > 64)
          return;
      }
}

class CoverageCheck {
public:
  explicit CoverageCheck(const Kernel &kernel) : table_(kernel), paths_(allPaths(kernel.tree)), guards_(kernel) {}

  // The unset reads among those that `isAsked`.
  std::vector<Diagnostic> run(const std::function<bool(const AccessInfo &)> &isAsked) {
    std::vector<Diagnostic> diagnostics;
    for (const auto &[name, accesses] : table_.byArray()) {
      const Array &array = table_.kernel().array(name);
      if ((!array.isTemp() && array.role != Role::Out) || isWrittenByCall(accesses))
        continue;
      for (unsigned read : accesses)
        if (!table_.access(read).isWrite && isAsked(table_.access(read)))
          if (std::optional<Diagnostic> found = check(array, read, accesses))
            diagnostics.push_back(std::move(*found));
    }
    return diagnostics;
  }

  std::vector<Diagnostic> runControl(const std::string &id) {
    auto position = std::find_if(table_.kernel().statements.begin(), table_.kernel().statements.end(),
                                 [&](const StatementRef &statement) { return statement->id == id; });
    const unsigned number = static_cast<unsigned>(position - table_.kernel().statements.begin());
    const Statement &statement = table_.statement(number);
    std::vector<Expr> control;
    for (const auto &[name, load] : statement.dataParams)
      control.push_back(load);
    for (const GuardLiteral &literal : statement.guard)
      control.push_back(literal.load);
    for (unsigned access : table_.ofStatement(number))
      for (Expr subscript : table_.access(access).load.as<Load>()->index)
        control.push_back(subscript);
    return run([&](const AccessInfo &access) {
      return access.statement == number &&
             std::any_of(control.begin(), control.end(), [&](Expr e) { return contains(e, access.load); });
    });
  }

private:
  // What an external function writes through a sub-array is its own word.
  bool isWrittenByCall(const std::vector<unsigned> &accesses) const {
    return std::any_of(accesses.begin(), accesses.end(), [&](unsigned index) {
      const AccessInfo &access = table_.access(index);
      return access.isWrite && std::holds_alternative<CallBody>(table_.statement(access.statement).body);
    });
  }

  std::optional<Diagnostic> check(const Array &array, unsigned read, const std::vector<unsigned> &accesses) const {
    const AccessInfo &access = table_.access(read);
    for (unsigned write : accesses)
      if (table_.access(write).isWrite && plainlyCovers(write, read))
        return std::nullopt;
    std::optional<std::optional<Diagnostic>> found =
        poly::withinBudget(table_.ctx(), operationBudget, [&]() -> std::optional<Diagnostic> {
          const isl::set uncovered = uncoveredInstances(access, read, accesses);
          return uncovered.is_empty() ? std::nullopt : std::optional(diagnostic(array, access, uncovered));
        });
    return found ? *found : undecided(array, access);
  }

  isl::set uncoveredInstances(const AccessInfo &access, unsigned read, const std::vector<unsigned> &accesses) const {
    isl::set uncovered = table_.statement(access.statement).domain.intersect(table_.kernel().assumptions);
    if (access.condition)
      uncovered = uncovered.intersect(*access.condition);
    std::vector<Cover> covers;
    for (unsigned write : accesses)
      if (table_.access(write).isWrite && table_.access(write).isAffine &&
          guards_.isLasting(table_.statement(table_.access(write).statement).guard))
        covers.push_back(cover(write, read));
    joinComplements(covers);
    for (const Cover &cover : covers)
      if (cover.guard.empty() && !uncovered.is_empty())
        uncovered = uncovered.subtract(cover.instances).coalesce();
    return uncovered;
  }

  // Syntactically: the same subscripts, the write's inames all around the read too, an equal domain, earlier in the
  // text below the common loops, and a guard that the read's implies.
  bool plainlyCovers(unsigned write, unsigned read) const {
    const AccessInfo &w = table_.access(write), &r = table_.access(read);
    const Statement &writer = table_.statement(w.statement), &reader = table_.statement(r.statement);
    if (!w.isAffine || writer.inames != reader.inames || !equal(w.load, r.load) ||
        !sameLoads(writer.dataParams, reader.dataParams) ||
        !std::all_of(writer.guard.begin(), writer.guard.end(),
                     [&](const GuardLiteral &literal) { return holdsIn(literal, reader.guard); }) ||
        !guards_.isLasting(writer.guard))
      return false;
    CommonPath common = commonPath(paths_.at(writer.id), paths_.at(reader.id));
    return common.loops.size() == writer.inames.size() && common.order < 0 &&
           isl_set_plain_is_equal(writer.domain.get(), reader.domain.get()) == isl_bool_true;
  }

  // The pairs of instances where the writer's runs whatever the data say. Data that bound the reader's loops too have
  // one value in instances with the same inames, since they are written once.
  isl::set runsSurely(const Statement &writer, const Statement &reader, const poly::Renaming &priming) const {
    isl::set domain = writer.domain;
    isl::set result = poly::universe(table_.ctx());
    poly::Renaming renaming = priming;
    for (const auto &[name, load] : writer.dataParams) {
      auto same = std::find_if(reader.dataParams.begin(), reader.dataParams.end(),
                               [load = load](const auto &other) { return equal(other.second, load); });
      if (same == reader.dataParams.end()) {
        domain = forAll(domain, name);
        continue;
      }
      renaming[name] = same->first;
      for (const std::string &iname : inamesIn(load))
        result = result.intersect(equalToPrimed(iname));
    }
    return result.intersect(poly::renameParams(domain, renaming));
  }

  isl::set equalToPrimed(const std::string &iname) const {
    return poly::paramAff(table_.ctx(), iname).eq_set(poly::paramAff(table_.ctx(), primed(iname)));
  }

  // covered = { r : there is w' before r that writes r's element }, inames of guard literals equal
  Cover cover(unsigned write, unsigned read) const {
    const AccessInfo &r = table_.access(read);
    const Statement &reader = table_.statement(r.statement);
    const Statement &writer = table_.statement(table_.access(write).statement);
    CommonPath common = commonPath(paths_.at(reader.id), paths_.at(writer.id));
    isl::set earlier = poly::emptySet(table_.ctx());
    for (unsigned level = 0; level <= common.loops.size(); ++level)
      earlier = earlier.unite(partsAt(table_.ctx(), common, level, false));
    isl::set pairs = sameElement(table_, read, write).intersect(earlier);
    if (!writer.dataParams.empty())
      pairs = pairs.intersect(runsSurely(writer, reader, table_.priming(table_.access(write).statement)));
    Cover result;
    for (const GuardLiteral &literal : writer.guard) {
      for (const std::string &iname : inamesIn(literal.load))
        pairs = pairs.intersect(equalToPrimed(iname));
      if (!holdsIn(literal, reader.guard))
        result.guard.push_back(literal);
    }
    poly::Names primedNames;
    for (const std::string &iname : writer.inames)
      primedNames.push_back(primed(iname));
    result.instances = poly::projectOut(pairs, primedNames).coalesce();
    return result;
  }

  Diagnostic undecided(const Array &array, const AccessInfo &access) const {
    const Statement &reader = table_.statement(access.statement);
    Diagnostic result;
    result.range = access.load.range().isValid() ? access.load.range() : reader.source;
    result.message = "`" + array.name + "` may be unset here: whether every element that statement `" + reader.id +
                     "` reads is written before could not be decided within the budget of integer-set operations.";
    return result;
  }

  Diagnostic diagnostic(const Array &array, const AccessInfo &access, const isl::set &uncovered) const {
    const Kernel &kernel = table_.kernel();
    const Statement &reader = table_.statement(access.statement);
    poly::Point point = poly::samplePoint(uncovered, kernel.integerParams()).value_or(poly::Point{});
    std::string values;
    auto add = [&](const std::string &name) {
      if (auto it = point.find(name); it != point.end())
        values += (values.empty() ? "" : ", ") + name + "=" + std::to_string(it->second);
    };
    for (const std::string &name : kernel.integerParams())
      add(name);
    for (const std::string &iname : reader.inames)
      add(iname);
    for (const auto &[name, load] : reader.dataParams)
      add(name);
    Diagnostic result;
    result.range = access.load.range().isValid() ? access.load.range() : reader.source;
    result.message = "`" + array.name + "` may be unset here: " + (values.empty() ? "" : "for " + values + " ") +
                     "statement `" + reader.id + "` reads an element that nothing has written before.";
    if (!array.isTemp())
      result.message += " What an out argument holds before is not defined; declare it inout.";
    if (!reader.guard.empty() || access.isConditional)
      result.message += " Writes under a condition count only for reads under the same condition.";
    return result;
  }

  AccessTable table_;
  std::map<std::string, Path> paths_;
  LastingGuards guards_;
};

} // namespace

std::vector<Diagnostic> findUnsetReads(const Kernel &kernel) {
  return CoverageCheck(kernel).run([](const AccessInfo &) { return true; });
}

std::vector<Diagnostic> findUnsetControl(const Kernel &kernel, const std::string &statement) {
  return CoverageCheck(kernel).runControl(statement);
}

} // namespace loopy
