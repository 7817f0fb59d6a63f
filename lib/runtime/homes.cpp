// Arrays of the user's that a program takes in others: put there before a run and taken back after it.
#include "arguments.h"
#include "index_function.h"

#include "loopy/runtime/half.h"

#include <algorithm>
#include <cstring>

namespace loopy {
namespace {

// Copies an element from one array to another, whose types may differ in the precision of floats.
void convert(Type from, const std::byte *source, Type to, std::byte *target) {
  if (from == to) {
    std::memcpy(target, source, from.sizeInBytes());
    return;
  }
  if (isPoison(from, source)) { // stays what it is
    Value poisoned{to, {}, std::vector<std::byte>(to.sizeInBytes())};
    poison(poisoned);
    std::memcpy(target, poisoned.bytes.data(), poisoned.bytes.size());
    return;
  }
  auto read = [&]() -> double {
    float single = 0;
    double number = 0;
    uint16_t half = 0;
    switch (from.kind) {
    case ScalarKind::Float16:
      std::memcpy(&half, source, sizeof half);
      return floatFromHalf(half);
    case ScalarKind::Float32:
      std::memcpy(&single, source, sizeof single);
      return single;
    default:
      require(from.kind == ScalarKind::Float64, "a home whose elements have a type that is not converted");
      std::memcpy(&number, source, sizeof number);
      return number;
    }
  };
  const double number = read();
  const auto single = static_cast<float>(number);
  const uint16_t half = halfFromFloat(single);
  switch (to.kind) {
  case ScalarKind::Float16:
    std::memcpy(target, &half, sizeof half);
    return;
  case ScalarKind::Float32:
    std::memcpy(target, &single, sizeof single);
    return;
  default:
    require(to.kind == ScalarKind::Float64, "a home whose elements have a type that is not converted");
    std::memcpy(target, &number, sizeof number);
  }
}

// One part of a home, for one set of params.
struct PlacedPart {
  std::vector<std::pair<IndexFunction, int64_t>> conditions;
  std::vector<IndexFunction> index;
  Value *array;

  bool holds(const std::vector<int64_t> &element) const {
    return std::all_of(conditions.begin(), conditions.end(),
                       [&](const auto &condition) { return condition.first(element) == condition.second; });
  }
};

// Calls f(element number in the user's array, bytes of that element where it lives).
template <class F> void forEachElement(const Home &home, const Integers &params, Arguments &arrays, F &&f) {
  std::vector<PlacedPart> parts;
  for (const Home::Part &part : home.parts) {
    const Load &load = *part.access.as<Load>();
    auto found = arrays.find(load.array);
    require(found != arrays.end(), "a home in an array that is not there");
    PlacedPart placed{{}, {}, &found->second};
    for (const auto &[e, value] : part.conditions)
      placed.conditions.emplace_back(IndexFunction(e, params), value);
    for (Expr e : load.index)
      placed.index.emplace_back(e, params);
    parts.push_back(std::move(placed));
  }
  std::vector<int64_t> shape, index(home.shape.size(), 0);
  int64_t elements = 1;
  for (Expr extent : home.shape) {
    shape.push_back(evaluate(extent, params));
    elements *= shape.back();
  }
  for (int64_t element = 0; element < elements; ++element) {
    const auto place =
        std::find_if(parts.begin(), parts.end(), [&](const PlacedPart &placed) { return placed.holds(index); });
    require(place != parts.end(), "an element without a home");
    int64_t at = 0;
    for (size_t d = 0; d < place->index.size(); ++d) {
      const int64_t x = place->index[d](index), extent = place->array->shape[d];
      require(0 <= x && x < extent, "a home outside its array");
      at = at * extent + x;
    }
    const size_t size = place->array->type.sizeInBytes();
    f(static_cast<size_t>(element), place->array->type, place->array->bytes.data() + static_cast<size_t>(at) * size);
    for (size_t d = index.size(); d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

std::set<std::string> arraysOf(const Home &home) {
  std::set<std::string> names;
  for (const Home::Part &part : home.parts)
    names.insert(part.access.as<Load>()->array);
  return names;
}

std::set<std::string> homeArrays(const Program &program) {
  std::set<std::string> names;
  for (const Home &home : program.homes)
    names.merge(arraysOf(home));
  return names;
}

// The interface as the user sees it.
Program userInterface(const Program &program) {
  Program result;
  result.target = program.target;
  result.fixedParams = program.fixedParams;
  const std::set<std::string> hidden = homeArrays(program);
  for (const ProgramArg &arg : program.args)
    if (!hidden.count(arg.name))
      result.args.push_back(arg);
  for (const Home &home : program.homes)
    result.args.push_back(
        {.name = home.name, .type = home.type, .isArray = true, .role = home.role, .shape = home.shape});
  return result;
}

Integers paramsOf(const Program &program, const Arguments &arguments) {
  Integers params = program.fixedParams;
  for (const ProgramArg &arg : program.args)
    if (auto given = arguments.find(arg.name); !arg.isArray && arg.type.isInteger() && given != arguments.end())
      params[arg.name] = integerOf(given->second);
  return params;
}

Value emptyArray(Type type, const std::vector<Expr> &shape, const Integers &params) {
  Value value{type, {}, {}};
  for (Expr extent : shape)
    value.shape.push_back(evaluate(extent, params));
  value.bytes.resize(static_cast<size_t>(value.elements()) * type.sizeInBytes());
  poison(value);
  return value;
}

} // namespace

Arguments packed(const Program &program, const Arguments &arguments) {
  if (program.homes.empty())
    return arguments;
  const Program user = userInterface(program);
  const Integers params = BoundArguments(user, arguments).params();
  Arguments result = arguments;
  for (const ProgramArg &arg : program.args)
    if (!arg.isArray && arg.type.isInteger())
      result[arg.name] = scalarOf(arg.type, params.at(arg.name));
  for (const Home &home : program.homes)
    result.erase(home.name);
  const std::set<std::string> hidden = homeArrays(program);
  for (const ProgramArg &arg : program.args)
    if (hidden.count(arg.name))
      result[arg.name] = emptyArray(arg.type, arg.shape, params);
  for (const Home &home : program.homes) {
    auto given = arguments.find(home.name);
    if (given == arguments.end()) // it is only written
      continue;
    const size_t size = home.type.sizeInBytes();
    forEachElement(home, params, result, [&](size_t element, Type type, std::byte *place) {
      convert(home.type, given->second.bytes.data() + element * size, type, place);
    });
  }
  return result;
}

Arguments unpacked(const Program &program, const Arguments &packedArguments, const Arguments &outputs) {
  if (program.homes.empty())
    return outputs;
  const Integers params = paramsOf(program, packedArguments);
  const std::set<std::string> hidden = homeArrays(program);
  Arguments result, arrays = packedArguments;
  for (const auto &[name, value] : outputs)
    if (hidden.count(name))
      arrays[name] = value;
    else
      result[name] = value;
  for (const Home &home : program.homes) {
    if (home.role == Role::In)
      continue;
    Value &value = result[home.name] = emptyArray(home.type, home.shape, params);
    const size_t size = home.type.sizeInBytes();
    forEachElement(home, params, arrays, [&](size_t element, Type type, const std::byte *place) {
      convert(type, place, home.type, value.bytes.data() + element * size);
    });
  }
  return result;
}

} // namespace loopy
