#include "support/kernel_interpreter.h"

#include "support/point_set.h"

#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

#include <algorithm>

namespace loopy::testing {
namespace {

// More is not a test but a runaway loop.
constexpr int64_t mostSteps = 50'000'000;

struct PreparedStatement {
  const Statement *statement = nullptr;
  std::vector<std::string> names;  // inames, data params, params
  std::optional<PointSet> domain;
};

class KernelInterpreter : public Environment {
public:
  KernelInterpreter(const Kernel &kernel, const Arguments &arguments)
      : kernel_(expandAllRules(kernel)), arrays_(arguments), largestData_(largestInteger(arguments)) {
    for (const Param &param : kernel_.params)
      names_[param.name] = elementOf(arguments.at(param.name), 0);
    for (const std::string &name : kernel_.integerParams())
      sizes_[name] = names_.at(name).integer;
    for (const StatementRef &statement : kernel_.statements)
      prepare(*statement);
  }

  Arguments run() {
    runNodes(kernel_.tree);
    Arguments results;
    for (const Array &array : kernel_.arrays)
      if (!array.isTemp())
        results[array.name] = arrays_.at(array.name);
    return results;
  }

  Scalar nameValue(const std::string &name) override {
    auto it = names_.find(name);
    require(it != names_.end(), "a name without a value");
    return it->second;
  }

  Scalar loadValue(Expr load) override {
    const Load &access = *load.as<Load>();
    const Array &array = kernel_.array(access.array);
    const std::vector<int64_t> index = indexOf(access);
    if (!array.isTemp())
      return elementOf(arrays_.at(array.name), flatIndex(array, index));
    auto &cells = temps_[array.name];
    auto cell = cells.find(index);
    return cell == cells.end() ? Scalar::unset(array.type) : cell->second;
  }

private:
  static int64_t largestInteger(const Arguments &arguments) {
    int64_t largest = 1;
    for (const auto &[name, value] : arguments)
      if (value.type.isInteger())
        for (int64_t i = 0; i < value.elements(); ++i)
          largest = std::max(largest, std::min<int64_t>(elementOf(value, i).integer, 1000));
    return largest;
  }

  // The range of an iname is its hull over all statements that have it; whether an instance is one is asked at the leaf.
  void prepare(const Statement &statement) {
    PreparedStatement prepared;
    prepared.statement = &statement;
    prepared.names = statement.inames;
    isl::set domain = fixed(statement.domain.intersect(kernel_.assumptions), sizes_);
    const isl::ctx ctx = kernel_.context->isl();
    for (const auto &[name, load] : statement.dataParams) {
      prepared.names.push_back(name);
      domain = domain.intersect(poly::paramAff(ctx, name).le_set(poly::constantAff(ctx, largestData_)))
                   .intersect(poly::paramAff(ctx, name).ge_set(poly::constantAff(ctx, -largestData_)));
    }
    for (const std::string &iname : statement.inames) {
      std::optional<NameRange> range = rangeOf(domain, iname);
      require(range.has_value(), "an iname without bounds");
      if (range->high < range->low)
        continue;
      NameRange &hull = ranges_.try_emplace(iname, *range).first->second;
      hull = {std::min(hull.low, range->low), std::max(hull.high, range->high)};
    }
    for (const auto &[name, value] : sizes_)
      prepared.names.push_back(name);
    prepared.domain.emplace(domain, prepared.names);
    statements_[statement.id] = std::move(prepared);
  }

  void runNodes(const std::vector<NodeRef> &nodes) {
    for (const NodeRef &node : nodes) {
      if (const Leaf *leaf = node->leaf()) {
        for (const std::string &id : leaf->statements)
          runStatement(statements_.at(id));
        continue;
      }
      const Loop &loop = *node->loop();
      auto range = ranges_.find(loop.iname);
      if (range == ranges_.end())
        continue;
      for (int64_t value = range->second.low; value <= range->second.high; ++value) {
        names_[loop.iname] = Scalar::ofInteger(value);
        runNodes(loop.children);
      }
      names_.erase(loop.iname);
    }
  }

  void runStatement(const PreparedStatement &prepared) {
    if (++steps_ > mostSteps)
      throw TooLong("the kernel runs too long");
    const Statement &statement = *prepared.statement;
    if (!isInstance(prepared))
      return;
    for (const GuardLiteral &literal : statement.guard)
      if (loadValue(literal.load).truth() == literal.negated)
        return;
    const Assign *assign = std::get_if<Assign>(&statement.body);
    require(assign || !std::holds_alternative<CallBody>(statement.body), "calls of external functions cannot be interpreted");
    if (!assign)
      return;
    std::vector<Scalar> values;
    for (Expr e : assign->rhs)
      values.push_back(evaluateScalar(e, *this));
    for (size_t i = 0; i < values.size(); ++i)
      store(*assign->lhs[i].as<Load>(), values[i]);
  }

  // A data parameter's load may lie outside the array where the instance is none.
  bool isInstance(const PreparedStatement &prepared) {
    point_.clear();
    for (const std::string &name : prepared.names) {
      auto data = prepared.statement->dataParams.find(name);
      if (data == prepared.statement->dataParams.end()) {
        point_.push_back(names_.at(name).integer);
        continue;
      }
      std::optional<int64_t> value = dataValue(data->second);
      if (!value)
        return false;
      point_.push_back(*value);
    }
    return prepared.domain->contains(point_);
  }

  std::optional<int64_t> dataValue(Expr load) {
    const Load &access = *load.as<Load>();
    const Array &array = kernel_.array(access.array);
    const std::vector<int64_t> index = indexOf(access);
    if (array.isTemp()) {
      auto &cells = temps_[array.name];
      auto cell = cells.find(index);
      return cell == cells.end() ? std::nullopt : std::optional(cell->second.integer);
    }
    const Value &value = arrays_.at(array.name);
    for (size_t axis = 0; axis < index.size(); ++axis)
      if (index[axis] < 0 || index[axis] >= value.shape[axis])
        return std::nullopt;
    return elementOf(value, flatIndex(array, index)).integer;
  }

  void store(const Load &place, const Scalar &value) {
    const Array &array = kernel_.array(place.array);
    const std::vector<int64_t> index = indexOf(place);
    if (array.isTemp())
      temps_[array.name][index] = convert(value, array.type);
    else
      setElement(arrays_.at(array.name), flatIndex(array, index), value);
  }

  std::vector<int64_t> indexOf(const Load &access) {
    std::vector<int64_t> index;
    for (Expr subscript : access.index)
      index.push_back(evaluateInteger(subscript, *this));
    return index;
  }

  int64_t flatIndex(const Array &array, const std::vector<int64_t> &index) const {
    const Value &value = arrays_.at(array.name);
    int64_t flat = 0;
    for (size_t axis = 0; axis < index.size(); ++axis) {
      if (index[axis] < 0 || index[axis] >= value.shape[axis])
        throw Misbehaviour("the kernel accesses " + array.name + " outside its axis " + std::to_string(axis + 1) + ", at " +
                           std::to_string(index[axis]));
      flat = flat * value.shape[axis] + index[axis];
    }
    return flat;
  }

  const Kernel kernel_;
  Arguments arrays_;
  const int64_t largestData_;
  std::map<std::string, int64_t> sizes_;
  std::map<std::string, Scalar> names_;
  std::map<std::string, std::map<std::vector<int64_t>, Scalar>> temps_;
  std::map<std::string, NameRange> ranges_;
  std::map<std::string, PreparedStatement> statements_;
  std::vector<int64_t> point_;
  int64_t steps_ = 0;
};

} // namespace

Arguments interpretKernel(const Kernel &kernel, const Arguments &arguments) {
  return KernelInterpreter(kernel, arguments).run();
}

} // namespace loopy::testing
