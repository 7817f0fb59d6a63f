#include "loopy/ir/type.h"

#include <algorithm>
#include <array>

namespace loopy {
namespace {

struct ScalarInfo {
  std::string_view name;
  unsigned bytes;
};

// In the order of ScalarKind.
constexpr std::array<ScalarInfo, 14> scalars{{{"bool", 1},
                                              {"int8", 1},
                                              {"int16", 2},
                                              {"int32", 4},
                                              {"int64", 8},
                                              {"uint8", 1},
                                              {"uint16", 2},
                                              {"uint32", 4},
                                              {"uint64", 8},
                                              {"float16", 2},
                                              {"float32", 4},
                                              {"float64", 8},
                                              {"complex64", 8},
                                              {"complex128", 16}}};

const ScalarInfo &info(ScalarKind kind) { return scalars[static_cast<size_t>(kind)]; }

ScalarKind signedOfBytes(unsigned bytes) {
  if (bytes <= 1)
    return ScalarKind::Int8;
  if (bytes <= 2)
    return ScalarKind::Int16;
  return bytes <= 4 ? ScalarKind::Int32 : ScalarKind::Int64;
}

// bool < integers < floats < complex.
int rankOf(Type t) { return t.isBool() ? 0 : t.isInteger() ? 1 : t.isFloat() ? 2 : 3; }

ScalarKind promoteIntegers(Type a, Type b) {
  unsigned bytesA = info(a.kind).bytes, bytesB = info(b.kind).bytes;
  if (a.isSigned() == b.isSigned())
    return bytesA >= bytesB ? a.kind : b.kind;
  unsigned signedBytes = a.isSigned() ? bytesA : bytesB;
  unsigned unsignedBytes = a.isSigned() ? bytesB : bytesA;
  return signedOfBytes(std::max(signedBytes, 2 * unsignedBytes));
}

ScalarKind promoteScalars(Type a, Type b) {
  if (rankOf(a) > rankOf(b))
    std::swap(a, b);
  if (b.isBool())
    return b.kind;
  if (b.isInteger())
    return a.isInteger() ? promoteIntegers(a, b) : b.kind;
  if (b.isFloat())
    return a.isFloat() && a.kind > b.kind ? a.kind : b.kind;
  bool wide = a.kind == ScalarKind::Float64 || a.kind == ScalarKind::Complex128;
  return wide ? ScalarKind::Complex128 : b.kind;
}

} // namespace

unsigned Type::sizeInBytes() const { return info(kind).bytes * (lanes == 3 ? 4u : lanes); }

std::string Type::name() const {
  std::string text(info(kind).name);
  return isVector() ? text + "x" + std::to_string(lanes) : text;
}

std::optional<Type> parseType(std::string_view name) {
  for (size_t k = 0; k < scalars.size(); ++k) {
    if (!name.starts_with(scalars[k].name))
      continue;
    Type type{static_cast<ScalarKind>(k), 1};
    std::string_view rest = name.substr(scalars[k].name.size());
    if (rest.empty())
      return type;
    if (rest[0] != 'x' || type.isComplex())
      continue;
    for (uint8_t lanes : {2, 3, 4, 8, 16})
      if (rest.substr(1) == std::to_string(lanes))
        return type.vector(lanes);
  }
  return std::nullopt;
}

std::optional<Type> promote(Type a, Type b) {
  if (a.isVector() && b.isVector() && a.lanes != b.lanes)
    return std::nullopt;
  return Type{promoteScalars(a.scalar(), b.scalar()), std::max(a.lanes, b.lanes)};
}

} // namespace loopy
