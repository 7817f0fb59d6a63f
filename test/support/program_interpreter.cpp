#include "support/program_interpreter.h"

#include "support/lanes.h"
#include "support/program_memory.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringMap.h>

#include <algorithm>
#include <array>

namespace loopy::testing {
namespace {

constexpr int64_t mostSteps = 20'000'000;

// ------------------------------------------------------------------------------------------------------- work-items
struct Item {
  std::array<int64_t, 3> group{}, local{};
  int64_t number = 0;
  llvm::StringMap<Scalar> variables;
  llvm::StringMap<BufferRef> buffers;  // private ones, and all that the function was given
  llvm::StringMap<int64_t> lanes;      // of the private variables and arrays of vectors, which are buffers of lanes
};

class Interpreter : public Environment {
public:
  Interpreter(const Program &program, const Arguments &arguments, Random &random)
      : program_(program), arguments_(arguments), random_(random), params_(resolveParams(program, arguments)) {
    for (const ProgramArg &arg : program.args)
      if (arg.isArray)
        bindArray(arg);
      else
        scalars_[arg.name] = params_.count(arg.name) ? Scalar::ofInteger(params_.at(arg.name), arg.type)
                                                     : elementOf(arguments.at(arg.name), 0);
    for (const TempBuffer &buffer : program.buffers)
      globals_[buffer.name] =
          std::make_shared<Buffer>(buffer.name, buffer.type, AddressSpace::Global, evaluate(buffer.elements, params_));
  }

  Arguments run() {
    runHost(program_.host);
    Arguments results;
    for (const ProgramArg &arg : program_.args)
      if (arg.isArray)
        results[arg.name] = resultOf(arg);
    return results;
  }

  // ------------------------------------------------------------------------------------------------- environment
  Scalar nameValue(const std::string &name) override {
    if (!item_)
      return hostValue(name);
    auto it = item_->variables.find(name);
    if (it == item_->variables.end())
      throw Misbehaviour("the program uses `" + name + "`, which is neither a parameter nor declared");
    return it->second;
  }

  Scalar loadValue(Expr load) override {
    const Load &access = *load.as<Load>();
    if (access.index.empty() && item_ && item_->variables.count(access.array))
      return nameValue(access.array);
    const bool atomic = atomicPlace_ && equal(load, atomicPlace_);
    return bufferOf(access.array).read(indexOf(access), moment(), atomic);
  }

  Scalar callValue(const CallExpr &call, Type type) override {
    if (call.function == "read_image")
      return texelOf(call);
    if (item_ && call.args.empty() && call.function.starts_with("get_")) {
      const size_t axis = static_cast<size_t>(call.function.at(call.function.find('(') + 1) - '0');
      if (call.function.starts_with("get_group_id("))
        return Scalar::ofInteger(item_->group[axis]);
      if (call.function.starts_with("get_local_id("))
        return Scalar::ofInteger(item_->local[axis]);
    }
    return Environment::callValue(call, type);
  }

private:
  // Coordinates have the fastest one first.
  Scalar texelOf(const CallExpr &call) {
    const std::string &image = call.args.front().as<Load>()->array;
    const auto arg = std::find_if(program_.args.begin(), program_.args.end(),
                                  [&](const ProgramArg &candidate) { return candidate.name == image; });
    require(arg != program_.args.end(), "an image that is no argument");
    const std::vector<int64_t> shape = loopy::shapeOf(*arg, params_);
    int64_t at = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const int64_t x = evaluateInteger(call.args[shape.size() - axis], *this);
      if (x < 0 || x >= shape[axis])
        throw Misbehaviour("texel " + std::to_string(x) + " of " + std::to_string(shape[axis]) + " is read");
      at = at * shape[axis] + x;
    }
    return bufferOf(image).read(at, moment(), false);
  }

  // ----------------------------------------------------------------------------------------------------- arguments
  struct Placed {
    std::vector<int64_t> shape, strides;
    int64_t offset = 0, elements = 0;
  };

  Placed placeOf(const ProgramArg &arg) const {
    Placed placed;
    placed.shape = loopy::shapeOf(arg, params_);
    placed.strides.assign(placed.shape.size(), 1);
    for (size_t i = 0; i < placed.shape.size(); ++i) {
      const size_t axis = arg.layout.columnMajor ? i : placed.shape.size() - 1 - i;
      const size_t faster = arg.layout.columnMajor ? axis - 1 : axis + 1;
      placed.strides[axis] = i == 0 ? 1 : placed.strides[faster] * placed.shape[faster];
    }
    for (size_t axis = 0; axis < arg.layout.strides.size(); ++axis)
      placed.strides[axis] = evaluate(arg.layout.strides[axis], params_);
    placed.offset = arg.layout.offset ? evaluate(arg.layout.offset, params_) : 0;
    placed.elements = placed.offset + 1;
    for (size_t axis = 0; axis < placed.shape.size(); ++axis) {
      if (placed.shape[axis] == 0)
        placed.elements = 0;
      if (placed.elements)
        placed.elements += (placed.shape[axis] - 1) * placed.strides[axis];
    }
    return placed;
  }

  // Calls f(logical position in C order, physical position) for every element.
  template <class F> static void forEachElement(const Placed &placed, F &&f) {
    if (placed.elements == 0)
      return;
    std::vector<int64_t> index(placed.shape.size(), 0);
    for (int64_t logical = 0;; ++logical) {
      int64_t physical = placed.offset;
      for (size_t axis = 0; axis < index.size(); ++axis)
        physical += index[axis] * placed.strides[axis];
      f(logical, physical);
      size_t axis = index.size();
      while (axis > 0 && ++index[axis - 1] == placed.shape[axis - 1])
        index[--axis] = 0;
      if (axis == 0)
        return;
    }
  }

  void bindArray(const ProgramArg &arg) {
    const Placed placed = placeOf(arg);
    auto buffer = std::make_shared<Buffer>(arg.name, arg.type, AddressSpace::Global, placed.elements);
    const Value &given = arguments_.at(arg.name);
    forEachElement(placed, [&](int64_t logical, int64_t physical) {
      buffer->raw(physical).value = elementOf(given, logical);
    });
    globals_[arg.name] = std::move(buffer);
  }

  Value resultOf(const ProgramArg &arg) {
    Value result = arguments_.at(arg.name);
    forEachElement(placeOf(arg), [&](int64_t logical, int64_t physical) {
      setElement(result, logical, globals_.at(arg.name)->raw(physical).value);
    });
    return result;
  }

  // ---------------------------------------------------------------------------------------------------------- host
  Scalar hostValue(const std::string &name) {
    if (auto it = hostVariables_.find(name); it != hostVariables_.end())
      return it->second;
    auto it = scalars_.find(name);
    if (it == scalars_.end())
      throw Misbehaviour("the host uses `" + name + "`, which has no value");
    return it->second;
  }

  void runHost(const std::vector<HostStmt> &stmts) {
    for (const HostStmt &stmt : stmts) {
      if (const auto *launch = std::get_if<LaunchStmt>(&stmt.data)) {
        runLaunch(*launch);
        continue;
      }
      const auto &loop = std::get<HostFor>(stmt.data);
      const int64_t last = evaluateInteger(loop.upper, *this);
      for (int64_t value = evaluateInteger(loop.lower, *this); value <= last; ++value) {
        hostVariables_[loop.var] = Scalar::ofInteger(value);
        runHost(loop.body);
      }
      hostVariables_.erase(loop.var);
    }
  }

  void runLaunch(const LaunchStmt &launch) {
    const DeviceFunction &function = program_.functions.at(launch.function);
    std::array<int64_t, 3> groups{};
    int64_t count = 1;
    for (size_t n = 0; n < 3; ++n) {
      groups[n] = evaluateInteger(launch.groups[n], *this);
      count *= std::max<int64_t>(groups[n], 0);
    }
    ++launch_;
    std::vector<int64_t> order;
    for (int64_t number = 0; number < count; ++number)
      order.push_back(number);
    random_.shuffle(order);
    for (int64_t number : order)
      runGroup(function, {number % groups[0], number / groups[0] % groups[1], number / groups[0] / groups[1]}, number);
  }

  void runGroup(const DeviceFunction &function, std::array<int64_t, 3> group, int64_t number) {
    group_ = number;
    locals_.clear();
    localEpoch_ = globalEpoch_ = 0;
    items_.clear();
    items_.resize(static_cast<size_t>(function.localSize[0] * function.localSize[1] * function.localSize[2]));
    order_.clear();
    for (size_t i = 0; i < items_.size(); ++i) {
      Item &item = items_[i];
      const int64_t flat = static_cast<int64_t>(i);
      item.group = group;
      item.local = {flat % function.localSize[0], flat / function.localSize[0] % function.localSize[1],
                    flat / function.localSize[0] / function.localSize[1]};
      item.number = flat;
      bindParameters(function, item);
      order_.push_back(i);
    }
    runUniform(function.body);
    item_ = nullptr;
  }

  void bindParameters(const DeviceFunction &function, Item &item) {
    item_ = nullptr;
    for (const FunctionParam &param : function.params) {
      if (!param.isArray) {
        item.variables[param.name] = convert(hostValue(param.name), param.type);
        continue;
      }
      auto it = globals_.find(param.name);
      if (it == globals_.end())
        throw Misbehaviour("a function takes an array `" + param.name + "` that does not exist");
      item.buffers[param.name] = it->second;
    }
  }

  // ------------------------------------------------------------------------------------------------------ statements
  Moment moment() const { return {launch_, group_, item_ ? item_->number : 0, localEpoch_, globalEpoch_}; }

  Buffer &bufferOf(const std::string &name) {
    if (item_)
      if (auto it = item_->buffers.find(name); it != item_->buffers.end())
        return *it->second;
    auto it = locals_.find(name);
    if (it == locals_.end())
      throw Misbehaviour("the program uses array `" + name + "`, which is neither a parameter nor declared");
    return *it->second;
  }

  int64_t indexOf(const Load &access) {
    if (access.index.size() == 2)
      return evaluateInteger(access.index[0], *this) * item_->lanes.lookup(access.array) +
             evaluateInteger(access.index[1], *this);
    require(access.index.size() <= 1, "a program's access has one flat subscript");
    return access.index.empty() ? 0 : evaluateInteger(access.index[0], *this);
  }

  bool hasBarrier(const Block &block) {
    return std::any_of(block.begin(), block.end(), [&](const Stmt &stmt) { return hasBarrier(stmt); });
  }
  bool hasBarrier(const Stmt &stmt) {
    auto [it, isNew] = barrierCache_.try_emplace(&stmt, false);
    if (!isNew)
      return it->second;
    const bool found = std::visit(Overloaded{[&](const ForStmt &s) { return hasBarrier(s.body); },
                                             [&](const IfStmt &s) { return hasBarrier(s.thenBody) || hasBarrier(s.elseBody); },
                                             [&](const BlockStmt &s) { return hasBarrier(s.body); },
                                             [](const BarrierStmt &) { return true; }, [](const auto &) { return false; }},
                                  stmt.data);
    barrierCache_[&stmt] = found;
    return found;
  }

  // All work-items of the group, in step at statements that hold a barrier; each runs alone what lies between these.
  void runUniform(const Block &block) {
    for (size_t begin = 0; begin < block.size();) {
      size_t end = begin;
      while (end < block.size() && !hasBarrier(block[end]))
        ++end;
      if (end > begin) {
        random_.shuffle(order_);
        for (size_t i : order_) {
          item_ = &items_[i];
          for (size_t at = begin; at < end; ++at)
            runAlone(block[at]);
        }
        begin = end;
        continue;
      }
      runTogether(block[begin++]);
    }
  }

  // The value of an expression that must be the same for all work-items.
  int64_t uniformValue(Expr e) {
    std::optional<int64_t> common;
    for (Item &item : items_) {
      item_ = &item;
      const int64_t number = evaluateInteger(e, *this);
      if (common && *common != number)
        throw Misbehaviour("a barrier in divergent code: work-items differ in `" + toString(e) + "`");
      common = number;
    }
    return *common;
  }

  void runTogether(const Stmt &stmt) {
    if (const auto *barrier = std::get_if<BarrierStmt>(&stmt.data)) {
      localEpoch_ += barrier->local;
      globalEpoch_ += barrier->global;
    } else if (const auto *loop = std::get_if<ForStmt>(&stmt.data)) {
      const int64_t first = uniformValue(loop->lower), last = uniformValue(loop->upper);
      for (int64_t value = first; value <= last; value += loop->step) {
        for (Item &item : items_)
          item.variables[loop->var] = Scalar::ofInteger(value);
        runUniform(loop->body);
      }
    } else if (const auto *conditional = std::get_if<IfStmt>(&stmt.data)) {
      runUniform(uniformValue(conditional->condition) ? conditional->thenBody : conditional->elseBody);
    } else {
      runUniform(std::get<BlockStmt>(stmt.data).body);
    }
  }

  void runBlock(const Block &block) {
    for (const Stmt &stmt : block)
      runAlone(stmt);
  }

  void runAlone(const Stmt &stmt) {
    if (++steps_ > mostSteps)
      throw Misbehaviour("the program runs too long");
    std::visit(Overloaded{[&](const ForStmt &loop) { runLoop(loop); },
                          [&](const IfStmt &s) { runBlock(evaluateScalar(s.condition, *this).truth() ? s.thenBody : s.elseBody); },
                          [&](const AssignStmt &s) { assign(s); }, [&](const DeclareStmt &s) { declare(s); },
                          [](const BarrierStmt &) { throw InternalError("a barrier is run by all work-items together"); },
                          [](const CallStmt &) { throw InternalError("calls of external functions cannot be interpreted"); },
                          [](const CommentStmt &) {}, [&](const BlockStmt &s) { runBlock(s.body); }},
               stmt.data);
  }

  void runLoop(const ForStmt &loop) {
    const int64_t first = evaluateInteger(loop.lower, *this), last = evaluateInteger(loop.upper, *this);
    require(loop.step > 0, "loops run upwards");
    for (int64_t value = first; value <= last; value += loop.step) {
      item_->variables[loop.var] = Scalar::ofInteger(value);
      runBlock(loop.body);
    }
    item_->variables.erase(loop.var);
  }

  void assign(const AssignStmt &stmt) {
    atomicPlace_ = stmt.atomic ? stmt.lhs[0] : Expr();
    std::vector<Expr> places, results;
    for (size_t i = 0; i < stmt.lhs.size(); ++i) {
      for (Expr side : {stmt.lhs[i], stmt.rhs[i]})
        forEach(side, [&](Expr part) { checkVector(part); });
      require(stmt.lhs[i].type().lanes == stmt.rhs[i].type().lanes, "an assignment between vectors of different widths");
      for (int64_t k = 0; k < stmt.lhs[i].type().lanes; ++k) {
        places.push_back(laneOf(*program_.context, stmt.lhs[i], k));
        results.push_back(laneOf(*program_.context, stmt.rhs[i], k));
      }
    }
    std::vector<Scalar> values;
    for (Expr e : results)
      values.push_back(evaluateScalar(e, *this));
    for (size_t i = 0; i < values.size(); ++i) {
      const Load &place = *places[i].as<Load>();
      if (place.index.empty() && item_->variables.count(place.array)) {
        Scalar &variable = item_->variables[place.array];
        variable = convert(values[i], variable.type);
      } else {
        const int64_t index = indexOf(place);
        bufferOf(place.array).write(index, values[i], moment(), stmt.atomic);
      }
    }
    atomicPlace_ = Expr();
  }

  void checkVector(Expr e) {
    if (!isWide(e))
      return;
    const std::string &array = e.as<Load>()->array;
    int64_t base = 128; // declared so, or allocated
    for (const ProgramArg &arg : program_.args)
      if (arg.name == array)
        base = arg.layout.alignment;
    checkAlignment(e, evaluateInteger(e.as<Load>()->index[0], *this), base);
  }

  void declareVector(const DeclareStmt &stmt) {
    const int64_t vectors = stmt.isScalar ? 1 : *stmt.elements, lanes = stmt.type.lanes;
    auto buffer = std::make_shared<Buffer>(stmt.name, stmt.type.scalar(), AddressSpace::Private, vectors * lanes);
    std::vector<Scalar> values;
    if (stmt.init)
      forEach(stmt.init, [&](Expr part) { checkVector(part); });
    for (int64_t k = 0; stmt.init && k < lanes; ++k)
      values.push_back(evaluateScalar(laneOf(*program_.context, stmt.init, k), *this));
    item_->buffers[stmt.name] = buffer;
    item_->lanes[stmt.name] = lanes;
    for (size_t k = 0; k < values.size(); ++k)
      buffer->write(static_cast<int64_t>(k), values[k], moment(), false);
  }

  void declare(const DeclareStmt &stmt) {
    if (stmt.type.isVector())
      return declareVector(stmt);
    if (stmt.isScalar && stmt.space == AddressSpace::Private) {
      item_->variables[stmt.name] =
          stmt.init ? convert(evaluateScalar(stmt.init, *this), stmt.type) : Scalar::unset(stmt.type);
      return;
    }
    const int64_t elements = stmt.isScalar ? 1 : stmt.elements ? *stmt.elements : evaluateInteger(stmt.dynamicElements, *this);
    if (stmt.space == AddressSpace::Local) {
      if (!locals_.count(stmt.name))
        locals_[stmt.name] = std::make_shared<Buffer>(stmt.name, stmt.type, AddressSpace::Local, elements);
      return;
    }
    item_->buffers[stmt.name] = std::make_shared<Buffer>(stmt.name, stmt.type, AddressSpace::Private, elements);
  }

  const Program &program_;
  const Arguments &arguments_;
  Random &random_;
  const std::map<std::string, int64_t> params_;
  std::map<std::string, Scalar> scalars_, hostVariables_;
  std::map<std::string, BufferRef> globals_, locals_;
  std::vector<Item> items_;
  std::vector<size_t> order_;
  Item *item_ = nullptr;  // who is running; nobody while the host is
  Expr atomicPlace_;
  int64_t launch_ = 0, group_ = 0, localEpoch_ = 0, globalEpoch_ = 0, steps_ = 0;
  llvm::DenseMap<const Stmt *, bool> barrierCache_;
};

} // namespace

Arguments interpretProgram(const Program &program, const Arguments &arguments, Random &random) {
  return Interpreter(program, arguments, random).run();
}

} // namespace loopy::testing
