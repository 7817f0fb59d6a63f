#include "representable.h"

#include "loopy/runtime/half.h"

#include <algorithm>
#include <cstring>

namespace loopy {
namespace {

double rounded(double number, ScalarKind kind) {
  const auto single = static_cast<float>(number);
  return kind == ScalarKind::Float16   ? floatFromHalf(halfFromFloat(single))
         : kind == ScalarKind::Float32 ? single
                                       : number;
}

template <class T> void roundAll(Value &value, ScalarKind kind) {
  for (size_t at = 0; at + sizeof(T) <= value.bytes.size(); at += sizeof(T)) {
    T number;
    std::memcpy(&number, value.bytes.data() + at, sizeof number);
    number = static_cast<T>(rounded(number, kind));
    std::memcpy(value.bytes.data() + at, &number, sizeof number);
  }
}

} // namespace

void makeRepresentable(const Kernel &transformed, const Arguments &given, Arguments &arguments) {
  for (const Home &home : transformed.homes)
    for (const Home::Part &part : home.parts) {
      const Type type = part.access.type();
      const auto found = arguments.find(home.name);
      if (type == home.type || !type.isFloat() || found == arguments.end() || given.count(home.name))
        continue;
      if (found->second.type == float32Type)
        roundAll<float>(found->second, type.kind);
      else if (found->second.type == float64Type)
        roundAll<double>(found->second, type.kind);
    }
}

} // namespace loopy
