#include "arguments.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <sstream>

namespace loopy {

namespace {

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (size_t d = 0; d < shape.size(); ++d)
    text += (d ? ", " : "") + std::to_string(shape[d]);
  return text + "]";
}

std::string valuesText(const std::map<std::string, int64_t> &params) {
  std::string text;
  for (const auto &[name, value] : params)
    text += (text.empty() ? "" : ", ") + name + "=" + std::to_string(value);
  return text.empty() ? "no parameters" : text;
}

[[noreturn]] void fail(const std::string &message) { throw UserError(SourceRange{}, message); }

int64_t checkedProduct(int64_t a, int64_t b, const std::string &name) {
  int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product))
    fail("The array `" + name + "` is too large for 64-bit indices.");
  return product;
}

int64_t checkedSum(int64_t a, int64_t b, const std::string &name) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum))
    fail("The array `" + name + "` is too large for 64-bit indices.");
  return sum;
}

// The strides of a contiguous array.
std::vector<int64_t> contiguousStrides(const std::vector<int64_t> &shape, bool columnMajor, const std::string &name) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t step = 0; step < shape.size(); ++step) {
    const size_t d = columnMajor ? step : shape.size() - 1 - step;
    strides[d] = stride;
    stride = checkedProduct(stride, std::max<int64_t>(shape[d], 1), name);
  }
  return strides;
}

// Calls f(logical, physical) with the element numbers of all elements, in C order.
template <class F> void forEachElement(const BoundArray &array, F &&f) {
  int64_t elements = 1;
  for (int64_t extent : array.shape)
    elements *= extent;
  std::vector<int64_t> index(array.shape.size(), 0);
  int64_t physical = array.offset;
  for (int64_t logical = 0; logical < elements; ++logical) {
    f(static_cast<size_t>(logical), static_cast<size_t>(physical));
    for (size_t d = index.size(); d-- > 0;) {
      physical += array.strides[d];
      if (++index[d] < array.shape[d])
        break;
      physical -= array.strides[d] * array.shape[d];
      index[d] = 0;
    }
  }
}

} // namespace

BoundArguments::BoundArguments(const Program &program, const Arguments &arguments)
    : program_(program), arguments_(arguments) {
  checkNames();
  params_ = resolveParams(program, arguments);
  for (const ProgramArg &arg : program.args)
    if (arg.isArray)
      bindArray(arg);
    else
      checkScalar(arg);
  checkAssumptions();
}

void BoundArguments::checkNames() const {
  std::vector<std::string> names;
  for (const ProgramArg &arg : program_.args)
    names.push_back(arg.name);
  for (const auto &[name, value] : arguments_)
    if (std::find(names.begin(), names.end(), name) == names.end() && !program_.fixedParams.contains(name))
      fail(unknownName("argument", name, names));
}

void BoundArguments::requireIndexable(int64_t elements, const std::string &name) const {
  if (program_.target.indexBits == 32 && elements > std::numeric_limits<int32_t>::max())
    fail("The array `" + name + "` has " + std::to_string(elements) +
         " elements, too many for 32-bit indices. Use --index=64.");
}

void BoundArguments::bindArray(const ProgramArg &arg) {
  BoundArray array;
  array.arg = &arg;
  auto given = arguments_.find(arg.name);
  const bool isGiven = given != arguments_.end();
  if (!isGiven && arg.role != Role::Out)
    fail("The array `" + arg.name + "` is missing.");
  if (isGiven && given->second.type != arg.type)
    fail("The array `" + arg.name + "` must be of " + arg.type.name() + ", not of " + given->second.type.name() + ".");
  array.shape = shapeOf(arg, params_);
  if (isGiven && given->second.shape != array.shape)
    fail("The array `" + arg.name + "` has the shape " + shapeText(given->second.shape) + ", but for " +
         valuesText(params_) + " it must be " + shapeText(array.shape) + ".");

  const std::vector<int64_t> dense = contiguousStrides(array.shape, false, arg.name);
  array.strides = contiguousStrides(array.shape, arg.layout.columnMajor, arg.name);
  for (size_t d = 0; d < arg.layout.strides.size(); ++d)
    array.strides[d] = evaluate(arg.layout.strides[d], params_);
  array.offset = arg.layout.offset ? evaluate(arg.layout.offset, params_) : 0;
  array.isDense = array.offset == 0 && array.strides == dense;

  const bool isEmpty = std::find(array.shape.begin(), array.shape.end(), 0) != array.shape.end();
  int64_t first = array.offset, last = array.offset;
  for (size_t d = 0; d < array.shape.size() && !isEmpty; ++d) {
    const int64_t reach = checkedProduct(array.shape[d] - 1, array.strides[d], arg.name);
    (reach < 0 ? first : last) = checkedSum(reach < 0 ? first : last, reach, arg.name);
  }
  if (!isEmpty && first < 0)
    fail("The layout of `" + arg.name + "` puts an element before the beginning of its buffer, at " +
         std::to_string(first) + ".");
  array.physicalElements = isEmpty ? 0 : checkedSum(last, 1, arg.name);
  requireIndexable(array.physicalElements, arg.name);
  checkedProduct(array.physicalElements, arg.type.sizeInBytes(), arg.name);
  if (isGiven)
    require(given->second.bytes.size() == static_cast<size_t>(given->second.elements()) * arg.type.sizeInBytes(),
            "an argument whose data do not have the size of its shape");
  arrays_.emplace(arg.name, std::move(array));
}

void BoundArguments::checkScalar(const ProgramArg &arg) const {
  auto given = arguments_.find(arg.name);
  if (given == arguments_.end()) {
    if (!arg.type.isInteger())
      fail("The scalar `" + arg.name + "` is missing.");
    return; // resolveParams has found it
  }
  if (!given->second.shape.empty())
    fail("The argument `" + arg.name + "` must be a scalar.");
  if (given->second.type != arg.type)
    fail("The argument `" + arg.name + "` must be of " + arg.type.name() + ", not of " + given->second.type.name() +
         ".");
}

void BoundArguments::checkAssumptions() const {
  if (program_.assumptions.is_null())
    return;
  const isl::ctx ctx = program_.context->isl();
  isl::set remaining = program_.assumptions;
  for (const auto &[name, value] : params_)
    if (poly::involves(program_.assumptions, name))
      remaining = poly::substitute(remaining, name, poly::constantAff(ctx, value));
  if (!remaining.is_empty())
    return;
  std::map<std::string, int64_t> involved;
  for (const auto &[name, value] : params_)
    if (poly::involves(program_.assumptions, name))
      involved.emplace(name, value);
  std::ostringstream text;
  text << program_.assumptions;
  fail("The arguments violate the assumptions of the kernel: " + valuesText(involved) + " is not in " + text.str() +
       ".");
}

std::vector<std::byte> BoundArguments::scattered(const BoundArray &array, const std::vector<std::byte> &logical) const {
  const size_t size = array.arg->type.sizeInBytes();
  std::vector<std::byte> content(static_cast<size_t>(array.physicalElements) * size, std::byte{0xa5});
  forEachElement(array, [&](size_t from, size_t to) {
    std::memcpy(content.data() + to * size, logical.data() + from * size, size);
  });
  return content;
}

InitialContent BoundArguments::initialContent(const BoundArray &array) const {
  auto given = arguments_.find(array.arg->name);
  if (given != arguments_.end())
    return array.isDense ? InitialContent{&given->second.bytes, {}}
                         : InitialContent{nullptr, scattered(array, given->second.bytes)};
  Value value{array.arg->type, array.shape, {}};
  value.bytes.resize(static_cast<size_t>(value.elements()) * value.type.sizeInBytes());
  poison(value);
  return {nullptr, array.isDense ? std::move(value.bytes) : scattered(array, value.bytes)};
}

Value BoundArguments::result(const BoundArray &array, const std::vector<std::byte> &content) const {
  Value value{array.arg->type, array.shape, {}};
  if (array.isDense) {
    value.bytes = content;
    return value;
  }
  const size_t size = value.type.sizeInBytes();
  value.bytes.resize(static_cast<size_t>(value.elements()) * size);
  forEachElement(array, [&](size_t to, size_t from) {
    std::memcpy(value.bytes.data() + to * size, content.data() + from * size, size);
  });
  if (scattered(array, value.bytes) != content)
    fail("The kernel wrote into the gaps of the layout of `" + array.arg->name + "`, outside its shape " +
         shapeText(array.shape) + ".");
  return value;
}

std::vector<std::byte> BoundArguments::scalar(const FunctionParam &param,
                                              const std::map<std::string, int64_t> &hostValues) const {
  std::vector<std::byte> bytes(param.type.sizeInBytes());
  auto given = arguments_.find(param.name);
  if (given != arguments_.end() && given->second.type == param.type)
    return given->second.bytes;
  auto host = hostValues.find(param.name);
  auto known = params_.find(param.name);
  require(param.type.isInteger() && (host != hostValues.end() || known != params_.end()),
          "a parameter of a device function that is no argument and no host variable");
  const int64_t value = host != hostValues.end() ? host->second : known->second;
  const unsigned bits = 8 * static_cast<unsigned>(bytes.size()), digits = bits - param.type.isSigned();
  const int64_t highest = bits == 64 ? INT64_MAX : (int64_t(1) << digits) - 1;
  const int64_t lowest = !param.type.isSigned() ? 0 : -highest - 1;
  const bool fits = bits == 64 || (lowest <= value && value <= highest);
  if (!fits)
    fail("The value of `" + param.name + "`, " + std::to_string(value) + ", does not fit into " + param.type.name() +
         ".");
  std::memcpy(bytes.data(), &value, bytes.size());
  return bytes;
}

uint64_t memoryNeeded(const Program &program, const std::map<std::string, int64_t> &params) {
  uint64_t total = 0;
  auto add = [&](const std::string &name, int64_t elements, Type type) {
    const int64_t bytes = checkedProduct(std::max<int64_t>(elements, 0), type.sizeInBytes(), name);
    total = static_cast<uint64_t>(checkedSum(static_cast<int64_t>(total), bytes, name));
  };
  for (const ProgramArg &arg : program.args)
    if (arg.isArray) {
      int64_t elements = 1;
      for (int64_t extent : shapeOf(arg, params))
        elements = checkedProduct(elements, extent, arg.name);
      add(arg.name, elements, arg.type);
    }
  for (const TempBuffer &buffer : program.buffers)
    add(buffer.name, evaluate(buffer.elements, params), buffer.type);
  return total;
}

int64_t BoundArguments::elements(const TempBuffer &buffer) const {
  const int64_t elements = std::max<int64_t>(evaluate(buffer.elements, params_), 0);
  requireIndexable(elements, buffer.name);
  checkedProduct(elements, buffer.type.sizeInBytes(), buffer.name);
  return elements;
}

} // namespace loopy
