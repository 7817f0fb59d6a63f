// What needs no compiler and no device: params, .npy, random data, half precision.
#include "loopy/runtime/half.h"
#include "loopy/runtime/runtime.h"

#include "unit/codegen/programs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace loopy {
namespace {

using test::ProgramBuilder;

TEST(Params, AreFoundFromShapes) {
  Context c;
  ProgramBuilder b(c);
  Expr n = b.param("n"), m = b.param("m");
  Program program;
  program.context = &c;
  program.args = {b.scalarArg("n", indexType), b.scalarArg("m", indexType),
                  b.arrayArg("a", float32Type, Role::In, {c.add(c.mul(2, n), b.number(1))}),
                  b.arrayArg("d", float32Type, Role::In, {c.add(n, m), n})};
  Value a{float32Type, {9}, std::vector<std::byte>(36)}, d{float32Type, {7, 4}, std::vector<std::byte>(112)};
  EXPECT_EQ(resolveParams(program, {{"a", a}, {"d", d}}), (std::map<std::string, int64_t>{{"n", 4}, {"m", 3}}));
  EXPECT_THROW(resolveParams(program, {{"a", a}}), UserError);
}

TEST(Params, Evaluation) {
  Context c;
  ProgramBuilder b(c);
  Expr n = b.param("n");
  EXPECT_EQ(evaluate(c.binary(BinaryOp::FloorDiv, c.sub(n, b.number(5)), b.number(2)), {{"n", 2}}), -2);
  EXPECT_EQ(evaluate(c.binary(BinaryOp::Mod, c.sub(n, b.number(5)), b.number(2)), {{"n", 2}}), 1);
  EXPECT_EQ(evaluate(c.binary(BinaryOp::Min, n, b.number(3)), {{"n", 7}}), 3);
  EXPECT_THROW(evaluate(c.mul(n, n), {{"n", INT64_MAX}}), UserError);
  EXPECT_THROW(evaluate(c.add(n, n), {}), InternalError);
}

TEST(Params, NegativeExtentsAreRefused) {
  Context c;
  ProgramBuilder b(c);
  ProgramArg arg = b.arrayArg("a", float32Type, Role::In, {c.sub(b.param("n"), b.number(1))});
  EXPECT_EQ(shapeOf(arg, {{"n", 1}}), (std::vector<int64_t>{0}));
  EXPECT_THROW(shapeOf(arg, {{"n", 0}}), UserError);
}

class Npy : public ::testing::Test {
protected:
  void TearDown() override { std::filesystem::remove(path); }
  const std::string path =
      (std::filesystem::temp_directory_path() / ("loopy_npy_test_" + std::to_string(::getpid()))).string();
};

TEST_F(Npy, ReadsWhatItWrites) {
  for (const char *name : {"bool", "int8", "uint16", "int32", "int64", "float16", "float32", "float64", "complex128"})
    for (const std::vector<int64_t> &shape : {std::vector<int64_t>{}, {0}, {5}, {2, 3, 4}}) {
      const Value value = randomValue(*parseType(name), shape, 7, "v");
      writeNpy(path, value);
      const Value back = readNpy(path);
      EXPECT_EQ(back.type, value.type);
      EXPECT_EQ(back.shape, value.shape);
      EXPECT_EQ(back.bytes, value.bytes);
      EXPECT_EQ(std::filesystem::file_size(path) % 64, value.bytes.size() % 64);
    }
}

TEST_F(Npy, FortranOrderIsTurnedIntoCOrder) {
  std::string header = "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }\n";
  std::string file = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header;
  const int32_t columns[] = {1, 4, 2, 5, 3, 6};
  file.append(reinterpret_cast<const char *>(columns), sizeof columns);
  std::ofstream(path, std::ios::binary) << file;
  const Value value = readNpy(path);
  const int32_t rows[] = {1, 2, 3, 4, 5, 6};
  ASSERT_EQ(value.bytes.size(), sizeof rows);
  EXPECT_EQ(std::memcmp(value.bytes.data(), rows, sizeof rows), 0);
}

TEST_F(Npy, DamagedFilesAreUserErrors) {
  writeNpy(path, randomValue(float32Type, {100}, 1, "v"));
  for (size_t length : {0, 5, 9, 30, 127, 300}) {
    std::filesystem::resize_file(path, length);
    EXPECT_THROW(readNpy(path), UserError) << length;
    writeNpy(path, randomValue(float32Type, {100}, 1, "v"));
  }
  EXPECT_THROW(readNpy(path + ".missing"), UserError);
  EXPECT_THROW(readNpy("/"), UserError);
  EXPECT_THROW(writeNpy("/no_such_directory/x.npy", randomValue(float32Type, {1}, 1, "v")), UserError);
  std::ofstream(path, std::ios::binary) << std::string("\x93NUMPY\x01\x00\x33\x00", 10)
                                        << "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}abcd";
  EXPECT_THROW(readNpy(path), UserError);
  std::ofstream(path, std::ios::binary) << std::string("\x93NUMPY\x01\x00\x30\x00", 10)
                                        << "{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}abcd";
  EXPECT_THROW(readNpy(path), UserError);
}

TEST(RandomValues, OfTooManyBytesAreRefused) {
  EXPECT_THROW(randomValue(float32Type, {int64_t{1} << 31, int64_t{1} << 31}, 1, "a"), UserError);
}

TEST(RandomValues, AreReproducibleAndInRange) {
  const Value a = randomValue(float32Type, {1000}, 1, "a");
  EXPECT_EQ(a.bytes, randomValue(float32Type, {1000}, 1, "a").bytes);
  EXPECT_NE(a.bytes, randomValue(float32Type, {1000}, 2, "a").bytes);
  EXPECT_NE(a.bytes, randomValue(float32Type, {1000}, 1, "b").bytes);
  double sum = 0;
  for (size_t i = 0; i < 1000; ++i) {
    float x = 0;
    std::memcpy(&x, a.bytes.data() + 4 * i, 4);
    EXPECT_LE(std::fabs(x), 1);
    sum += x;
  }
  EXPECT_LT(std::fabs(sum), 100);
  for (std::byte k : randomValue(*parseType("uint8"), {100}, 1, "k").bytes)
    EXPECT_LT(std::to_integer<int>(k), 8);
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(halfFromFloat(1), 0x3c00);
  EXPECT_EQ(halfFromFloat(-2), 0xc000);
  EXPECT_EQ(halfFromFloat(65504), 0x7bff);
  EXPECT_EQ(halfFromFloat(65520), 0x7c00);
  EXPECT_EQ(halfFromFloat(1 + 0x1p-11F), 0x3c00);
  EXPECT_EQ(halfFromFloat(1 + 3 * 0x1p-11F), 0x3c02);
  EXPECT_EQ(halfFromFloat(0x1p-24F), 1);
  EXPECT_EQ(halfFromFloat(0x1p-14F), 0x0400);
  for (uint32_t bits = 0; bits < 0x7c00; ++bits)
    ASSERT_EQ(halfFromFloat(floatFromHalf(static_cast<uint16_t>(bits))), bits);
}

} // namespace
} // namespace loopy
