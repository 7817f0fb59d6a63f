#include "loopy/check/inputs.h"

#include "conditioning.h"
#include "elements.h"
#include "index_values.h"
#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"
#include "loopy/runtime/half.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <complex>
#include <cstring>
#include <numeric>

namespace loopy {

namespace {

// Random numbers in [0, range), as many as wanted.
std::vector<int64_t> randomIntegers(size_t count, int64_t range, uint64_t seed, const std::string &name) {
  Value random = randomValue(float64Type, {static_cast<int64_t>(count)}, seed, name);
  std::vector<int64_t> result(count);
  for (size_t i = 0; i < count; ++i) {
    double number = 0;
    std::memcpy(&number, random.bytes.data() + i * sizeof number, sizeof number);
    result[i] = std::min(range - 1, static_cast<int64_t>((number + 1) / 2 * static_cast<double>(range)));
  }
  return result;
}

class InputMaker {
public:
  InputMaker(const Kernel &kernel, const Sizes &sizes, uint64_t seed)
      : kernel_(expandAllRules(kernel)), sizes_(sizes), seed_(seed), conditioning_(findConditioning(kernel_, sizes)),
        indexValues_(findIndexValues(kernel_, sizes)) {
    for (const Fact &fact : kernel_.facts)
      if (const DisjointFact *disjoint = std::get_if<DisjointFact>(&fact))
        for (Expr subscript : disjoint->index)
          forEach(subscript, [&](Expr e) {
            if (const Load *load = e.as<Load>())
              distinct_.insert(load->array);
          });
  }

  Value scalar(const Param &param) const {
    if (auto size = sizes_.find(param.name); size != sizes_.end()) {
      Value value{param.type, {}, std::vector<std::byte>(param.type.sizeInBytes())};
      setInteger(value, 0, size->second);
      return value;
    }
    Value value = randomValue(param.type, {}, seed_, param.name);
    if (!param.type.isInteger() && !param.type.isBool()) {
      makePositive(value);
      constexpr int power = 4;
      if (!conditioning_.positive.count(param.name))
        scaleDown(value, 0, power);
    }
    return value;
  }

  Value array(const Array &array) const {
    std::vector<int64_t> shape;
    for (Expr extent : array.shape)
      shape.push_back(evaluate(extent, sizes_));
    Value value = randomValue(array.type, shape, seed_, array.name);
    if (array.type.isInteger())
      fillIntegers(array, value);
    else if (auto diagonal = conditioning_.diagonal.find(array.name); diagonal != conditioning_.diagonal.end())
      makeDominant(value, diagonal->second.first, diagonal->second.second);
    else if (conditioning_.positive.count(array.name) && !array.type.isBool())
      makePositive(value);
    return value;
  }

private:
  void fillIntegers(const Array &array, Value &value) const {
    auto found = indexValues_.find(array.name);
    IndexValues allowed = found == indexValues_.end() ? IndexValues{} : found->second;
    const bool isPositive = conditioning_.positive.count(array.name) != 0;
    if (distinct_.count(array.name)) {
      fillDistinct(array, value, allowed);
    } else if (allowed.increasingAlong) {
      fillIncreasing(value, *allowed.increasingAlong, allowed.upper.value_or(2 * value.elements()));
    } else if (found != indexValues_.end()) {
      constexpr int64_t wide = 8; // Where nothing bounds the values: loop bounds, mostly.
      fill(value, allowed.lower, allowed.upper ? *allowed.upper - allowed.lower + 1 : wide);
    } else if (isPositive) {
      fill(value, 1, 8);
    }
  }

  void fill(Value &value, int64_t lower, int64_t range) const {
    std::vector<int64_t> numbers = randomIntegers(static_cast<size_t>(value.elements()), range, seed_, "indices");
    for (int64_t i = 0; i < value.elements(); ++i)
      setInteger(value, i, lower + numbers[static_cast<size_t>(i)]);
  }

  void fillDistinct(const Array &array, Value &value, const IndexValues &allowed) const {
    const int64_t count = value.elements();
    const int64_t range = allowed.upper ? *allowed.upper - allowed.lower + 1 : count;
    if (range < count)
      throw UserError(array.source, "A `disjoint` option says that `" + array.name +
                                        "` holds no value twice, but there are " + std::to_string(count) +
                                        " elements and only " + std::to_string(range) +
                                        " values that keep all accesses inside their arrays.");
    std::vector<int64_t> numbers(static_cast<size_t>(range));
    std::iota(numbers.begin(), numbers.end(), allowed.lower);
    std::vector<int64_t> random = randomIntegers(numbers.size(), range, seed_, array.name);
    for (size_t i = 0; i < numbers.size(); ++i)
      std::swap(numbers[i], numbers[static_cast<size_t>(random[i])]);
    for (int64_t i = 0; i < count; ++i)
      setInteger(value, i, numbers[static_cast<size_t>(i)]);
  }

  // Each line along the axis increases from 0 to `upper`, with random steps that may be zero.
  void fillIncreasing(Value &value, size_t axis, int64_t upper) const {
    const int64_t length = value.shape[axis];
    if (value.elements() == 0)
      return;
    int64_t stride = 1;
    for (size_t inner = axis + 1; inner < value.shape.size(); ++inner)
      stride *= value.shape[inner];
    std::vector<int64_t> random = randomIntegers(static_cast<size_t>(value.elements()), upper + 1, seed_, "row starts");
    size_t next = 0;
    for (int64_t line = 0; line < value.elements() / length; ++line) {
      std::vector<int64_t> starts(random.begin() + static_cast<std::ptrdiff_t>(next),
                                  random.begin() + static_cast<std::ptrdiff_t>(next) + length);
      next += static_cast<size_t>(length);
      std::sort(starts.begin(), starts.end());
      if (length > 1)
        starts.back() = upper;
      starts.front() = 0;
      const int64_t first = line / stride * stride * length + line % stride;
      for (int64_t i = 0; i < length; ++i)
        setInteger(value, first + i * stride, starts[static_cast<size_t>(i)]);
    }
  }

  // Off the diagonal less than 1/2n, on it in [1, 2).
  static void makeDominant(Value &value, size_t first, size_t second) {
    int power = 1;
    while ((int64_t{1} << (power - 1)) < value.shape[first])
      ++power;
    std::vector<int64_t> position(value.shape.size(), 0);
    for (int64_t index = 0; index < value.elements(); ++index) {
      if (position[first] == position[second])
        makePositive(value, index);
      else
        scaleDown(value, index, power);
      for (size_t axis = position.size(); axis-- > 0 && ++position[axis] == value.shape[axis];)
        position[axis] = 0;
    }
  }

  Kernel kernel_;
  const Sizes &sizes_;
  uint64_t seed_;
  Conditioning conditioning_;
  std::map<std::string, IndexValues> indexValues_;
  std::set<std::string> distinct_;
};

} // namespace

Arguments makeInputs(const Kernel &kernel, const Sizes &sizes, uint64_t seed, const Arguments &given, bool fillOutputs) {
  InputMaker maker(kernel, sizes, seed);
  Arguments arguments = given;
  for (const Param &param : kernel.params)
    if (!arguments.count(param.name))
      arguments[param.name] = maker.scalar(param);
  for (const Array &array : kernel.arrays)
    if (!array.isTemp() && !arguments.count(array.name) && (fillOutputs || array.role != Role::Out))
      arguments[array.name] = maker.array(array);
  return arguments;
}

namespace {

// allowed : the sizes with which an array has the shape given
isl::set sizesWithShape(const Kernel &kernel, const Array &array, const Value &value) {
  isl::ctx ctx = kernel.context->isl();
  isl::set allowed = poly::universe(ctx);
  if (value.type != array.type)
    throw UserError({}, "The array `" + array.name + "` must be of " + array.type.name() + ", not of " +
                            value.type.name() + ".");
  if (value.shape.size() != array.shape.size())
    throw UserError({}, "The array `" + array.name + "` must have " + std::to_string(array.shape.size()) +
                            (array.shape.size() == 1 ? " axis" : " axes") + ", not " +
                            std::to_string(value.shape.size()) + ".");
  for (size_t axis = 0; axis < array.shape.size(); ++axis)
    if (std::optional<isl::pw_aff> extent = toAffine(*kernel.context, array.shape[axis]))
      allowed = allowed.intersect(extent->eq_set(poly::constantAff(ctx, value.shape[axis])));
  return allowed;
}

} // namespace

Kernel narrowToArguments(const Kernel &kernel, const Arguments &given) {
  Kernel narrowed = kernel;
  for (const auto &[name, value] : given) {
    const Param *param = kernel.findParam(name);
    const Array *array = kernel.findArray(name);
    if (!param && (!array || array->isTemp()))
      throw UserError({}, unknownName("argument", name, kernel.argumentOrder));
    if (array)
      narrowed.assumptions = narrowed.assumptions.intersect(sizesWithShape(kernel, *array, value));
    else if (param->type.isInteger())
      narrowed.assumptions = poly::paramAff(kernel.context->isl(), name)
                                 .eq_set(poly::constantAff(kernel.context->isl(), integerAt(value, 0)))
                                 .intersect(narrowed.assumptions);
    if (narrowed.assumptions.is_empty())
      throw UserError({}, "The assumptions of `" + kernel.name + "` and the other arguments do not allow " +
                              (array ? "the shape of `" + name + "`." : "this value of `" + name + "`."));
  }
  return narrowed;
}

namespace {

template <class Number> bool parseNumber(const std::string &text, Number &number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

template <class T> std::vector<std::byte> bytesOf(T number) {
  std::vector<std::byte> bytes(sizeof number);
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

bool fits(Type type, int64_t number) {
  if (type.sizeInBytes() == 8)
    return type.isSigned() || number >= 0;
  const int64_t values = int64_t{1} << (8 * type.sizeInBytes());
  return type.isSigned() ? -values / 2 <= number && number < values / 2 : 0 <= number && number < values;
}

} // namespace

Value parseScalar(Type type, const std::string &name, const std::string &text) {
  Value value{type, {}, {}};
  int64_t integer = 0;
  double number = 0;
  if (type.isBool() && (text == "true" || text == "false")) {
    value.bytes = bytesOf(static_cast<uint8_t>(text == "true"));
  } else if (type.isInteger() && parseNumber(text, integer) && fits(type, integer)) {
    value.bytes.resize(type.sizeInBytes());
    setInteger(value, 0, integer);
  } else if (type.kind == ScalarKind::Float16 && parseNumber(text, number)) {
    value.bytes = bytesOf(halfFromFloat(static_cast<float>(number)));
  } else if (type.kind == ScalarKind::Float32 && parseNumber(text, number)) {
    value.bytes = bytesOf(static_cast<float>(number));
  } else if (type.kind == ScalarKind::Float64 && parseNumber(text, number)) {
    value.bytes = bytesOf(number);
  } else if (type.kind == ScalarKind::Complex64 && parseNumber(text, number)) {
    value.bytes = bytesOf(std::complex<float>(static_cast<float>(number)));
  } else if (type.kind == ScalarKind::Complex128 && parseNumber(text, number)) {
    value.bytes = bytesOf(std::complex<double>(number));
  } else {
    throw UserError({}, "`" + text + "` is no value of type " + type.name() + " for `" + name + "`.");
  }
  return value;
}

} // namespace loopy
