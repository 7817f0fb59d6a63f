#include "interpret_values.h"
#include "interpreter.h"

#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"

namespace loopy::test {
namespace {

class KernelInterpreter {
public:
  KernelInterpreter(const Kernel &kernel, Memory &memory) : kernel_(expandAllRules(kernel)), memory_(memory) {}

  void run() {
    for (const NodeRef &node : kernel_.tree)
      runNode(node);
  }

private:
  using Index = std::vector<int64_t>;

  double name(const std::string &n) const {
    auto iname = inames_.find(n);
    return iname != inames_.end() ? static_cast<double>(iname->second) : memory_.scalars.at(n);
  }

  int64_t flat(const Array &array, const Index &index) {
    int64_t cell = array.layout.offset ? static_cast<int64_t>(value(array.layout.offset)) : 0;
    int64_t stride = 1;
    for (size_t i = 0; i < index.size(); ++i) {
      size_t axis = array.layout.columnMajor ? i : index.size() - 1 - i;
      int64_t own = array.layout.strides.empty() ? stride : static_cast<int64_t>(value(array.layout.strides[axis]));
      cell += index[axis] * own;
      stride *= static_cast<int64_t>(value(array.shape[axis]));
    }
    return cell;
  }

  double &element(const std::string &name, const Index &index) {
    const Array &array = kernel_.array(name);
    return array.isTemp() ? temporaries_[name][index] : memory_.arrays[name][flat(array, index)];
  }

  double value(Expr e) {
    return evaluate(
        e, [&](const std::string &n) { return name(n); },
        [&](const std::string &array, const Index &index) { return element(array, index); },
        [](const std::string &, const std::vector<double> &args) { return functionValue(args); });
  }

  bool isInDomain(const Statement &statement) {
    isl::set domain = statement.domain;
    for (const std::string &n : poly::paramNames(domain)) {
      auto data = statement.dataParams.find(n);
      double v = data != statement.dataParams.end() ? value(data->second) : name(n);
      domain = domain.intersect(poly::paramAff(kernel_.context->isl(), n)
                                    .eq_set(poly::constantAff(kernel_.context->isl(), static_cast<int64_t>(v))));
    }
    return !domain.is_empty();
  }

  void runStatement(const Statement &statement) {
    if (!isInDomain(statement))
      return;
    for (const GuardLiteral &literal : statement.guard)
      if ((value(literal.load) != 0) == literal.negated)
        return;
    auto *assign = std::get_if<Assign>(&statement.body);
    if (!assign)
      return;
    std::vector<double> results;
    for (Expr rhs : assign->rhs)
      results.push_back(value(rhs));
    for (size_t i = 0; i < results.size(); ++i) {
      const Load &place = *assign->lhs[i].as<Load>();
      Index index;
      for (Expr e : place.index)
        index.push_back(static_cast<int64_t>(value(e)));
      element(place.array, index) = results[i];
    }
  }

  // The values that the loop takes in any statement below it, for the current values outside.
  std::set<int64_t> range(const NodeRef &node, const std::string &iname) {
    std::set<int64_t> values;
    for (const std::string &id : statementsBelow(node)) {
      const Statement &statement = kernel_.statement(id);
      isl::set domain = statement.domain;
      for (const std::string &n : poly::paramNames(domain)) {
        std::optional<double> known;
        if (auto data = statement.dataParams.find(n); data != statement.dataParams.end()) {
          bool isReady = true;
          for (const std::string &inner : inamesIn(data->second))
            isReady &= inames_.count(inner) > 0;
          if (isReady)
            known = value(data->second);
        } else if (inames_.count(n) || memory_.scalars.count(n)) {
          known = name(n);
        }
        if (known)
          domain = poly::substitute(domain, n, poly::constantAff(kernel_.context->isl(), static_cast<int64_t>(*known)));
      }
      isl::set projected = poly::projectOnto(domain, {iname});
      auto low = poly::constantMin(poly::paramAff(kernel_.context->isl(), iname), projected);
      auto high = poly::constantMax(poly::paramAff(kernel_.context->isl(), iname), projected);
      if (low && high)
        for (int64_t v = *low; v <= *high; ++v)
          values.insert(v);
    }
    return values;
  }

  void runNode(const NodeRef &node) {
    if (const Leaf *leaf = node->leaf()) {
      for (const std::string &id : leaf->statements)
        runStatement(kernel_.statement(id));
      return;
    }
    const Loop &loop = *node->loop();
    for (int64_t v : range(node, loop.iname)) {
      inames_[loop.iname] = v;
      for (const NodeRef &child : loop.children)
        runNode(child);
    }
    inames_.erase(loop.iname);
  }

  Kernel kernel_;
  Memory &memory_;
  std::map<std::string, int64_t> inames_;
  std::map<std::string, std::map<Index, double>> temporaries_;
};

} // namespace

void interpret(const Kernel &kernel, Memory &memory) { KernelInterpreter(kernel, memory).run(); }

} // namespace loopy::test
