#include "interpret_values.h"
#include "interpreter.h"

#include "support/lanes.h"

namespace loopy::test {
namespace {

// The private variables of one work-item.
struct Item {
  std::array<int64_t, 3> group{}, local{};
  std::map<std::string, double> names;                       // loop variables
  std::map<std::string, std::map<int64_t, double>> privates; // declared variables; a scalar is cell 0
};

// Runs one work-group: each statement for all active work-items before the next statement.
class GroupInterpreter {
public:
  GroupInterpreter(const Program &program, Memory &memory, const std::map<std::string, double> &hostNames)
      : program_(program), memory_(memory), hostNames_(hostNames) {}

  void run(const DeviceFunction &function, std::array<int64_t, 3> group) {
    for (int64_t z = 0; z < function.localSize[2]; ++z)
      for (int64_t y = 0; y < function.localSize[1]; ++y)
        for (int64_t x = 0; x < function.localSize[0]; ++x) {
          Item item;
          item.group = group;
          item.local = {x, y, z};
          items_.push_back(std::move(item));
        }
    std::vector<size_t> all;
    for (size_t i = 0; i < items_.size(); ++i)
      all.push_back(i);
    for (const FunctionParam &param : function.params)
      params_.insert(param.name);
    runBlock(function.body, all);
  }

private:
  double name(Item &item, const std::string &n) {
    if (auto found = item.names.find(n); found != item.names.end())
      return found->second;
    if (auto found = item.privates.find(n); found != item.privates.end())
      return found->second.at(0);
    if (!params_.count(n))
      throw std::runtime_error("`" + n + "` is no parameter of the function");
    auto host = hostNames_.find(n);
    return host != hostNames_.end() ? host->second : memory_.scalars.at(n);
  }

  double call(Item &item, const std::string &function, const std::vector<double> &args) {
    if (function.rfind("get_group_id(", 0) == 0)
      return static_cast<double>(item.group[static_cast<size_t>(function[13] - '0')]);
    if (function.rfind("get_local_id(", 0) == 0)
      return static_cast<double>(item.local[static_cast<size_t>(function[13] - '0')]);
    if (function == "quot" || function == "rem") {
      if (args[0] < 0)
        throw std::runtime_error("a truncating division of a negative number");
      double quotient = std::floor(args[0] / args[1]);
      return function == "quot" ? quotient : args[0] - args[1] * quotient;
    }
    return functionValue(args);
  }

  std::map<int64_t, double> &cells(Item &item, const std::string &array) {
    if (auto found = item.privates.find(array); found != item.privates.end())
      return found->second;
    if (auto found = locals_.find(array); found != locals_.end())
      return found->second;
    if (!params_.count(array))
      throw std::runtime_error("`" + array + "` is neither declared nor a parameter");
    return memory_.arrays[array];
  }

  double value(Item &item, Expr e) {
    return evaluate(
        e, [&](const std::string &n) { return name(item, n); },
        [&](const std::string &array, const std::vector<int64_t> &index) {
          auto &all = cells(item, array);
          auto found = all.find(cellOf(array, index));
          if (found != all.end())
            return found->second;
          if (params_.count(array))
            throw std::runtime_error("a read of an element of `" + array + "` that is not set");
          return std::nan("");  // may be computed with, but nothing that is compared may depend on it
        },
        [&](const std::string &function, const std::vector<double> &args) { return call(item, function, args); });
  }

  // A second subscript is a lane of a vector.
  int64_t cellOf(const std::string &array, const std::vector<int64_t> &index) {
    if (index.size() == 2)
      return index[0] * lanes_.at(array) + index[1];
    return index.empty() ? 0 : index[0];
  }

  void assign(const AssignStmt &stmt, Item &item) {
    std::vector<double> results;
    std::vector<Expr> places;
    for (size_t i = 0; i < stmt.lhs.size(); ++i)
      for (int64_t k = 0; k < stmt.lhs[i].type().lanes; ++k) {
        places.push_back(loopy::testing::laneOf(*program_.context, stmt.lhs[i], k));
        results.push_back(value(item, loopy::testing::laneOf(*program_.context, stmt.rhs[i], k)));
      }
    for (size_t i = 0; i < results.size(); ++i) {
      const Load &place = *places[i].as<Load>();
      std::vector<int64_t> index;
      for (Expr subscript : place.index)
        index.push_back(static_cast<int64_t>(value(item, subscript)));
      const int64_t cell = cellOf(place.array, index);
      auto size = sizes_.find(place.array);
      if (size != sizes_.end() && (cell < 0 || cell >= size->second))
        throw std::runtime_error("a write outside `" + place.array + "`");
      cells(item, place.array)[cell] = results[i];
    }
  }

  void declare(const DeclareStmt &stmt, const std::vector<size_t> &active) {
    if (stmt.space == AddressSpace::Local) {
      locals_[stmt.name];
    } else {
      for (size_t i : active) {
        items_[i].privates[stmt.name].clear();
        for (int64_t k = 0; stmt.init && k < stmt.type.lanes; ++k)
          items_[i].privates[stmt.name][k] =
              value(items_[i], loopy::testing::laneOf(*program_.context, stmt.init, k));
      }
    }
    lanes_[stmt.name] = stmt.type.lanes;
    if (stmt.isScalar)
      sizes_[stmt.name] = stmt.type.lanes;
    else if (stmt.elements)
      sizes_[stmt.name] = *stmt.elements * stmt.type.lanes;
    else if (!active.empty())
      sizes_[stmt.name] = static_cast<int64_t>(value(items_[active[0]], stmt.dynamicElements));
  }

  void loop(const ForStmt &stmt, const std::vector<size_t> &active) {
    std::map<size_t, std::pair<int64_t, int64_t>> ranges;
    for (size_t i : active)
      ranges[i] = {static_cast<int64_t>(value(items_[i], stmt.lower)),
                   static_cast<int64_t>(value(items_[i], stmt.upper))};
    for (std::vector<size_t> running = active; !running.empty();) {
      std::erase_if(running, [&](size_t i) { return ranges[i].first > ranges[i].second; });
      for (size_t i : running) {
        items_[i].names[stmt.var] = static_cast<double>(ranges[i].first);
        ranges[i].first += stmt.step;
      }
      runBlock(stmt.body, running);
    }
    for (size_t i : active)
      items_[i].names.erase(stmt.var);
  }

  void runBlock(const Block &block, const std::vector<size_t> &active) {
    if (active.empty())
      return;
    for (const Stmt &stmt : block)
      std::visit(Overloaded{[&](const ForStmt &s) { loop(s, active); },
                            [&](const IfStmt &s) {
                              std::vector<size_t> yes, no;
                              for (size_t i : active)
                                (value(items_[i], s.condition) != 0 ? yes : no).push_back(i);
                              runBlock(s.thenBody, yes);
                              runBlock(s.elseBody, no);
                            },
                            [&](const AssignStmt &s) {
                              for (size_t i : active)
                                assign(s, items_[i]);
                            },
                            [&](const DeclareStmt &s) { declare(s, active); },
                            [&](const BarrierStmt &) {
                              if (active.size() != items_.size())
                                throw std::runtime_error("a barrier in divergent code");
                            },
                            [](const CallStmt &) { throw std::runtime_error("a call statement"); },
                            [](const CommentStmt &) {}, [&](const BlockStmt &s) { runBlock(s.body, active); }},
                 stmt.data);
  }

  const Program &program_;
  Memory &memory_;
  const std::map<std::string, double> &hostNames_;
  std::vector<Item> items_;
  std::set<std::string> params_;
  std::map<std::string, std::map<int64_t, double>> locals_;
  std::map<std::string, int64_t> sizes_, lanes_;
};

class HostInterpreter {
public:
  HostInterpreter(const Program &program, Memory &memory) : program_(program), memory_(memory) {}

  void run(const std::vector<HostStmt> &host) {
    for (const HostStmt &stmt : host) {
      if (auto *loop = std::get_if<HostFor>(&stmt.data)) {
        int64_t last = value(loop->upper);
        for (int64_t v = value(loop->lower); v <= last; ++v) {
          names_[loop->var] = static_cast<double>(v);
          run(loop->body);
        }
        names_.erase(loop->var);
        continue;
      }
      launch(std::get<LaunchStmt>(stmt.data));
    }
  }

private:
  int64_t value(Expr e) {
    return static_cast<int64_t>(evaluate(
        e,
        [&](const std::string &n) {
          auto found = names_.find(n);
          return found != names_.end() ? found->second : memory_.scalars.at(n);
        },
        [](const std::string &, const std::vector<int64_t> &) -> double { throw std::runtime_error("host load"); },
        [](const std::string &function, const std::vector<double> &args) -> double {
          if (args.at(0) < 0)
            throw std::runtime_error("a truncating division of a negative number");
          double quotient = std::floor(args.at(0) / args.at(1));
          return function == "quot" ? quotient : args.at(0) - args.at(1) * quotient;
        }));
  }

  void launch(const LaunchStmt &stmt) {
    std::array<int64_t, 3> groups{};
    for (size_t n = 0; n < 3; ++n)
      groups[n] = value(stmt.groups[n]);
    for (int64_t z = 0; z < groups[2]; ++z)
      for (int64_t y = 0; y < groups[1]; ++y)
        for (int64_t x = 0; x < groups[0]; ++x)
          GroupInterpreter(program_, memory_, names_).run(program_.functions[stmt.function], {x, y, z});
  }

  const Program &program_;
  Memory &memory_;
  std::map<std::string, double> names_;
};

} // namespace

void interpret(const Program &program, Memory &memory) { HostInterpreter(program, memory).run(program.host); }

} // namespace loopy::test
