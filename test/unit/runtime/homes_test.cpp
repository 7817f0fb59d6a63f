// The user's arrays in those that a program takes: put there and taken back.
#include "loopy/runtime/half.h"
#include "loopy/runtime/runtime.h"

#include "unit/codegen/programs.h"

#include <gtest/gtest.h>

#include <cstring>

namespace loopy {
namespace {

using test::ProgramBuilder;

template <class T> Value valueOf(Type type, std::vector<int64_t> shape, const std::vector<T> &elements) {
  Value value{type, std::move(shape), std::vector<std::byte>(elements.size() * sizeof(T))};
  if (!elements.empty())
    std::memcpy(value.bytes.data(), elements.data(), value.bytes.size());
  return value;
}

template <class T> std::vector<T> elementsOf(const Value &value) {
  std::vector<T> elements(value.bytes.size() / sizeof(T));
  if (!elements.empty())
    std::memcpy(elements.data(), value.bytes.data(), value.bytes.size());
  return elements;
}

// x[n, 2] in x_0[n] and x_1[n]; y[n] in blocks[(n + 3) // 4, 4].
class Homes : public testing::Test {
protected:
  Homes() {
    const Expr n = b.param("n"), i = c.iname(homeIndex(0)), component = c.iname(homeIndex(1));
    const Expr four = b.number(4);
    const Expr blocks = c.binary(BinaryOp::FloorDiv, c.add(n, b.number(3)), four);
    program.context = &c;
    program.args = {b.scalarArg("n", indexType), b.arrayArg("x_0", float32Type, Role::InOut, {n}),
                    b.arrayArg("x_1", float32Type, Role::InOut, {n}),
                    b.arrayArg("blocks", int32Type, Role::In, {blocks, four})};
    Home x{"x", float32Type, {n, b.number(2)}, Role::InOut, {}, {}};
    for (int64_t number : {0, 1})
      x.parts.push_back({{{component, number}}, c.load("x_" + std::to_string(number), {i}, float32Type)});
    Home y{"y", int32Type, {n}, Role::In, {}, {}};
    y.parts.push_back(
        {{}, c.load("blocks", {c.binary(BinaryOp::FloorDiv, i, four), c.binary(BinaryOp::Mod, i, four)}, int32Type)});
    program.homes = {x, y};
  }

  static constexpr Type int32Type{ScalarKind::Int32};
  Context c;
  ProgramBuilder b{c};
  Program program;
  const Value x = valueOf<float>(float32Type, {3, 2}, {1, 2, 3, 4, 5, 6});
  const Value y = valueOf<int32_t>(int32Type, {3}, {7, 8, 9});
};

TEST_F(Homes, TakeTheElementsApart) {
  const Arguments own = packed(program, {{"x", x}, {"y", y}});
  EXPECT_EQ(elementsOf<float>(own.at("x_0")), (std::vector<float>{1, 3, 5}));
  EXPECT_EQ(elementsOf<float>(own.at("x_1")), (std::vector<float>{2, 4, 6}));
  EXPECT_EQ(own.at("blocks").shape, (std::vector<int64_t>{1, 4}));
  const std::vector<int32_t> blocks = elementsOf<int32_t>(own.at("blocks"));
  EXPECT_EQ(std::vector<int32_t>(blocks.begin(), blocks.begin() + 3), (std::vector<int32_t>{7, 8, 9}));
  EXPECT_TRUE(isPoison(int32Type, own.at("blocks").bytes.data() + 12)) << "nobody's element";
  EXPECT_EQ(integerOf(own.at("n")), 3) << "which the shapes of the blocks do not determine";
  EXPECT_FALSE(own.contains("x"));
}

TEST_F(Homes, GiveTheElementsBack) {
  Arguments own = packed(program, {{"x", x}, {"y", y}});
  std::swap(own["x_0"], own["x_1"]);
  const Arguments results = unpacked(program, own, {{"x_0", own["x_0"]}, {"x_1", own["x_1"]}});
  ASSERT_EQ(results.size(), 1u) << "y is only read";
  EXPECT_EQ(results.at("x").shape, x.shape);
  EXPECT_EQ(elementsOf<float>(results.at("x")), (std::vector<float>{2, 1, 4, 3, 6, 5}));
}

TEST_F(Homes, RefuseWhatDoesNotFit) {
  EXPECT_THROW(packed(program, {{"x", x}}), UserError) << "y is missing";
  EXPECT_THROW(packed(program, {{"x", x}, {"y", valueOf<float>(float32Type, {3}, {1, 2, 3})}}), UserError);
  EXPECT_THROW(packed(program, {{"x", x}, {"y", valueOf<int32_t>(int32Type, {2}, {1, 2})}}), UserError);
  EXPECT_THROW(packed(program, {{"x", x}, {"y", y}, {"x_0", x}}), UserError) << "the program's own name";
}

TEST_F(Homes, OfNoElements) {
  const Arguments own =
      packed(program, {{"x", valueOf<float>(float32Type, {0, 2}, {})}, {"y", valueOf<int32_t>(int32Type, {0}, {})}});
  EXPECT_EQ(own.at("blocks").shape, (std::vector<int64_t>{0, 4}));
  EXPECT_TRUE(unpacked(program, own, {}).at("x").bytes.empty());
}

TEST_F(Homes, RoundFloats) {
  program.args[1].type = program.args[2].type = Type{ScalarKind::Float16};
  for (Home::Part &part : program.homes[0].parts)
    part.access = c.load(part.access.as<Load>()->array, part.access.as<Load>()->index, Type{ScalarKind::Float16});
  const Value tenths = valueOf<float>(float32Type, {1, 2}, {0.1f, 0.5f});
  const Arguments own = packed(program, {{"x", tenths}, {"y", valueOf<int32_t>(int32Type, {1}, {7})}});
  EXPECT_EQ(elementsOf<uint16_t>(own.at("x_0")), (std::vector<uint16_t>{halfFromFloat(0.1f)}));
  const Arguments results = unpacked(program, own, {});
  EXPECT_EQ(elementsOf<float>(results.at("x")), (std::vector<float>{floatFromHalf(halfFromFloat(0.1f)), 0.5f}));
}

} // namespace
} // namespace loopy
