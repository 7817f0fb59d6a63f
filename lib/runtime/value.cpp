// Values: poison and reproducible random data.
#include "loopy/ir/functions.h"
#include "loopy/runtime/half.h"
#include "loopy/runtime/runtime.h"

#include <algorithm>
#include <cstring>

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

void putRandomScalar(ScalarKind kind, uint64_t random, std::byte *place) {
  const uint64_t small = random >> 61; // in [0, 8)
  switch (kind) {
  case ScalarKind::Bool:
    return put(place, static_cast<uint8_t>(small & 1));
  case ScalarKind::Int8:
  case ScalarKind::UInt8:
    return put(place, static_cast<uint8_t>(small));
  case ScalarKind::Int16:
  case ScalarKind::UInt16:
    return put(place, static_cast<uint16_t>(small));
  case ScalarKind::Int32:
  case ScalarKind::UInt32:
    return put(place, static_cast<uint32_t>(small));
  case ScalarKind::Int64:
  case ScalarKind::UInt64:
    return put(place, small);
  case ScalarKind::Float16:
    return put(place, halfFromFloat(static_cast<float>(unitInterval(random, 11))));
  case ScalarKind::Float32:
    return put(place, static_cast<float>(unitInterval(random, 24)));
  case ScalarKind::Float64:
    return put(place, unitInterval(random, 53));
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

Value randomValue(Type type, const std::vector<int64_t> &shape, uint64_t seed, std::string_view name) {
  Value value{type, shape, {}};
  const int64_t elements = value.elements();
  require(elements >= 0, "a random value of negative size");
  value.bytes.resize(static_cast<size_t>(elements) * type.sizeInBytes());
  const Type part = realPartType(type).scalar();
  const size_t partBytes = part.sizeInBytes();
  const uint64_t stream = mix(seed + 0x9e3779b97f4a7c15) ^ hashOf(name);
  for (size_t at = 0, index = 0; at + partBytes <= value.bytes.size(); at += partBytes, ++index)
    putRandomScalar(part.kind, mix(stream + (index + 1) * 0x9e3779b97f4a7c15), value.bytes.data() + at);
  return value;
}

} // namespace loopy
