// Values: poison and reproducible random data.
#include "loopy/ir/functions.h"
#include "loopy/runtime/half.h"
#include "loopy/runtime/runtime.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace loopy {

namespace {

constexpr uint16_t poisonHalf = 0x7ea5;
constexpr uint32_t poisonFloat = 0x7fc5a5a5;
constexpr uint64_t poisonDouble = 0x7ff8a5a5a5a5a5a5;

template <class T> void putAll(std::vector<std::byte> &bytes, T element) {
  for (size_t at = 0; at + sizeof element <= bytes.size(); at += sizeof element)
    std::memcpy(bytes.data() + at, &element, sizeof element);
}

template <class T> void put(std::byte *place, T element) { std::memcpy(place, &element, sizeof element); }

// Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014): the mixing function of SplitMix64.
uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

uint64_t hashOf(std::string_view name) { // FNV-1a
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : name)
    hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

// A number in [-1, 1) with `bits` binary digits, so that it is exact in the type it is for.
double unitInterval(uint64_t random, int bits) {
  const auto steps = static_cast<double>(uint64_t(1) << (bits - 1));
  return static_cast<double>(random >> (64 - bits)) / steps - 1;
}

// Calls f(first, last) on shares of [0, count), from several threads where that is worth it.
template <class F> void inParallel(size_t count, F &&f) {
  constexpr size_t smallest = size_t{1} << 18;
  const size_t threads = std::clamp<size_t>(count / smallest, 1, std::max(1U, std::thread::hardware_concurrency()));
  std::vector<std::thread> others;
  for (size_t t = 1; t < threads; ++t)
    others.emplace_back(f, count * t / threads, count * (t + 1) / threads);
  f(size_t{0}, count / threads);
  for (std::thread &other : others)
    other.join();
}

// The element number i of the stream is make(mix(stream + (i + 1) * golden)).
template <class Make> void fillRandom(std::vector<std::byte> &bytes, uint64_t stream, Make &&make) {
  constexpr size_t size = sizeof make(uint64_t{0});
  inParallel(bytes.size() / size, [&](size_t first, size_t last) {
    for (size_t i = first; i < last; ++i)
      put(bytes.data() + i * size, make(mix(stream + (i + 1) * 0x9e3779b97f4a7c15)));
  });
}

void fillRandom(std::vector<std::byte> &bytes, ScalarKind kind, uint64_t stream) {
  auto small = [](uint64_t random) { return random >> 61; }; // in [0, 8)
  switch (kind) {
  case ScalarKind::Bool:
    return fillRandom(bytes, stream, [&](uint64_t random) { return static_cast<uint8_t>(small(random) & 1); });
  case ScalarKind::Int8:
  case ScalarKind::UInt8:
    return fillRandom(bytes, stream, [&](uint64_t random) { return static_cast<uint8_t>(small(random)); });
  case ScalarKind::Int16:
  case ScalarKind::UInt16:
    return fillRandom(bytes, stream, [&](uint64_t random) { return static_cast<uint16_t>(small(random)); });
  case ScalarKind::Int32:
  case ScalarKind::UInt32:
    return fillRandom(bytes, stream, [&](uint64_t random) { return static_cast<uint32_t>(small(random)); });
  case ScalarKind::Int64:
  case ScalarKind::UInt64:
    return fillRandom(bytes, stream, small);
  case ScalarKind::Float16:
    return fillRandom(bytes, stream, [](uint64_t random) {
      return halfFromFloat(static_cast<float>(unitInterval(random, 11)));
    });
  case ScalarKind::Float32:
    return fillRandom(bytes, stream, [](uint64_t random) { return static_cast<float>(unitInterval(random, 24)); });
  case ScalarKind::Float64:
    return fillRandom(bytes, stream, [](uint64_t random) { return unitInterval(random, 53); });
  case ScalarKind::Complex64:
  case ScalarKind::Complex128:
    break;
  }
  throw InternalError("a random complex number is made of two real ones");
}

} // namespace

int64_t Value::elements() const {
  int64_t product = 1;
  for (int64_t extent : shape)
    product *= extent;
  return product;
}

void poison(Value &value) {
  switch (realPartType(value.type).kind) {
  case ScalarKind::Float16:
    return putAll(value.bytes, poisonHalf);
  case ScalarKind::Float32:
    return putAll(value.bytes, poisonFloat);
  case ScalarKind::Float64:
    return putAll(value.bytes, poisonDouble);
  default:
    std::fill(value.bytes.begin(), value.bytes.end(), std::byte{0xa5});
  }
}

bool isPoison(Type type, const std::byte *element) {
  Value pattern{type, {}, std::vector<std::byte>(type.sizeInBytes())};
  poison(pattern);
  return std::equal(pattern.bytes.begin(), pattern.bytes.end(), element);
}

// UserError where the array is larger than any memory.
static size_t checkedBytes(Type type, const std::vector<int64_t> &shape, std::string_view name) {
  int64_t bytes = type.sizeInBytes();
  for (int64_t extent : shape) {
    require(extent >= 0, "a random value of negative size");
    if (__builtin_mul_overflow(bytes, extent, &bytes))
      throw UserError(SourceRange{}, "The array `" + std::string(name) + "` is too large for 64-bit addresses.");
  }
  return static_cast<size_t>(bytes);
}

Value randomValue(Type type, const std::vector<int64_t> &shape, uint64_t seed, std::string_view name) {
  Value value{type, shape, {}};
  value.bytes.resize(checkedBytes(type, shape, name));
  const Type part = realPartType(type).scalar();
  fillRandom(value.bytes, part.kind, mix(seed + 0x9e3779b97f4a7c15) ^ hashOf(name));
  return value;
}

} // namespace loopy
