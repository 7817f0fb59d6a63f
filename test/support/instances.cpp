#include "support/instances.h"

#include "support/scalar.h"

#include <algorithm>

namespace loopy::testing {
namespace {

// Names only: what subscripts and affine conditions are made of.
class NameEnvironment : public Environment {
public:
  NameEnvironment(const Sizes &sizes, const Statement &statement, const std::vector<int64_t> &values)
      : sizes_(sizes), statement_(statement), values_(values) {}
  Scalar nameValue(const std::string &name) override {
    for (size_t i = 0; i < values_.size(); ++i)
      if (statement_.inames[i] == name)
        return Scalar::ofInteger(values_[i]);
    return Scalar::ofInteger(sizes_.at(name));
  }
  Scalar loadValue(Expr load) override { throw InternalError("a value of the data is not known here: " + toString(load)); }

private:
  const Sizes &sizes_;
  const Statement &statement_;
  const std::vector<int64_t> &values_;
};

class AccessReader {
public:
  AccessReader(Environment &environment, std::vector<ElementAccess> &accesses)
      : environment_(environment), accesses_(accesses) {}

  void read(Expr e) {
    if (const Select *select = e.as<Select>()) {
      read(select->condition);
      read(evaluateScalar(select->condition, environment_).truth() ? select->ifTrue : select->ifFalse);
      return;
    }
    if (e.is<Load>())
      add(e, false);
    for (Expr child : children(e))
      read(child);
  }

  void add(Expr load, bool isWrite) {
    const Load &access = *load.as<Load>();
    ElementAccess result{access.array, {}, isWrite, load};
    for (Expr subscript : access.index)
      result.element.push_back(evaluateInteger(subscript, environment_));
    accesses_.push_back(std::move(result));
  }

private:
  Environment &environment_;
  std::vector<ElementAccess> &accesses_;
};

void addAccesses(Instance &instance, const Sizes &sizes) {
  NameEnvironment environment(sizes, *instance.statement, instance.values);
  AccessReader reader(environment, instance.accesses);
  for (const GuardLiteral &literal : instance.statement->guard)
    reader.read(literal.load);
  const Assign *assign = std::get_if<Assign>(&instance.statement->body);
  if (!assign)
    return;
  for (Expr e : assign->rhs)
    reader.read(e);
  for (Expr place : assign->lhs) {
    for (Expr subscript : place.as<Load>()->index)
      reader.read(subscript);
    if (assign->atomic)
      reader.add(place, false);
    reader.add(place, true);
  }
}

} // namespace

int64_t Instance::value(const std::string &iname) const {
  auto it = std::find(statement->inames.begin(), statement->inames.end(), iname);
  require(it != statement->inames.end(), "the statement has no such iname");
  return values[static_cast<size_t>(it - statement->inames.begin())];
}

std::vector<Instance> instancesOf(const Kernel &kernel, const Sizes &sizes) {
  std::vector<Instance> instances;
  for (const StatementRef &statement : kernel.statements) {
    isl::set domain = fixed(statement->domain.intersect(kernel.assumptions), sizes);
    if (domain.is_empty())
      continue;
    std::vector<std::string> names = statement->inames;
    std::vector<NameRange> ranges;
    for (const std::string &iname : names) {
      std::optional<NameRange> range = rangeOf(domain, iname);
      require(range.has_value(), "the inames of a test's kernel are bounded");
      ranges.push_back(*range);
    }
    for (const auto &[name, value] : sizes) {
      names.push_back(name);
      ranges.push_back({value, value});
    }
    forEachPoint(PointSet(domain, names), ranges, [&](const std::vector<int64_t> &values) {
      Instance instance;
      instance.statement = statement.get();
      instance.values.assign(values.begin(), values.begin() + static_cast<long>(statement->inames.size()));
      addAccesses(instance, sizes);
      instances.push_back(std::move(instance));
    });
  }
  return instances;
}

Order orderOf(const std::map<std::string, Path> &paths, const Instance &a, const Instance &b) {
  const Path &p = paths.at(a.statement->id), &q = paths.at(b.statement->id);
  for (size_t depth = 0; depth < p.positions.size() && depth < q.positions.size(); ++depth) {
    if (p.positions[depth] != q.positions[depth])
      return {p.positions[depth] < q.positions[depth] ? -1 : 1, ""};
    if (depth >= p.loops.size() || depth >= q.loops.size())
      continue;
    const int64_t x = a.value(p.loops[depth]), y = b.value(q.loops[depth]);
    if (x != y)
      return {x < y ? -1 : 1, p.loops[depth]};
  }
  return {};
}

std::string describe(const Instance &instance) {
  std::string text = instance.statement->id + "[";
  for (size_t i = 0; i < instance.values.size(); ++i)
    text += (i ? ", " : "") + instance.statement->inames[i] + "=" + std::to_string(instance.values[i]);
  return text + "]";
}

} // namespace loopy::testing
