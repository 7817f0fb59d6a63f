// Programs made by hand, run as C and on the OpenCL device.
#include "loopy/runtime/runtime.h"

#include "unit/codegen/programs.h"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace loopy {
namespace {

using test::ProgramBuilder;

Value floats(const std::vector<float> &numbers) {
  Value value{float32Type, {static_cast<int64_t>(numbers.size())}, std::vector<std::byte>(4 * numbers.size())};
  if (!numbers.empty())
    std::memcpy(value.bytes.data(), numbers.data(), value.bytes.size());
  return value;
}

std::vector<float> numbersOf(const Value &value) {
  std::vector<float> numbers(value.bytes.size() / 4);
  if (!numbers.empty())
    std::memcpy(numbers.data(), value.bytes.data(), value.bytes.size());
  return numbers;
}

Value scalar(float number) {
  Value value = floats({number});
  value.shape.clear();
  return value;
}

Value integer(int32_t number) {
  Value value{indexType, {}, std::vector<std::byte>(4)};
  std::memcpy(value.bytes.data(), &number, 4);
  return value;
}

std::string messageOf(const std::function<void()> &action) {
  try {
    action();
  } catch (const UserError &error) {
    return error.what();
  }
  return "";
}

// Runs each test with a cache of its own.
class Run : public ::testing::Test {
protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("loopy_run_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
    setenv("LOOPYC_CACHE_DIR", directory_.c_str(), 1);
  }
  void TearDown() override {
    std::filesystem::remove_all(directory_);
    unsetenv("LOOPYC_CACHE_DIR");
  }
  // Runs on both targets and requires equal results; the OpenCL half is left out where there is no device.
  Arguments onBoth(const std::function<Program(Target)> &make, const Arguments &arguments) {
    Arguments outputs = makeCRuntime()->run(make(Target::c()), arguments, {}).outputs;
    if (!listDevices().empty()) {
      const DeviceInfo device = findDevice("");
      const Arguments others = makeOpenCLRuntime(device)->run(make(device.target()), arguments, {}).outputs;
      EXPECT_EQ(outputs.size(), others.size());
      for (const auto &[name, value] : outputs)
        EXPECT_EQ(value.bytes, others.at(name).bytes) << name;
    }
    return outputs;
  }
  RunResult onDevice(const Program &program, const Arguments &arguments, const RunOptions &options = {}) {
    return makeOpenCLRuntime(findDevice(""))->run(program, arguments, options);
  }

  Context context;
  ProgramBuilder b{context};
  std::filesystem::path directory_;
};

#define REQUIRE_DEVICE()                                                                                               \
  if (listDevices().empty())                                                                                           \
  GTEST_SKIP() << "no OpenCL device"

TEST_F(Run, SaxpyAtAwkwardSizes) {
  for (int n : {0, 1, 15, 16, 17, 100}) {
    std::vector<float> x(n), y(n), expected(n);
    for (int i = 0; i < n; ++i) {
      x[i] = static_cast<float>(i);
      y[i] = 1;
      expected[i] = 1 + 2 * x[i];
    }
    Arguments outputs =
        onBoth([&](Target target) { return b.saxpy(target); }, {{"a", scalar(2)}, {"x", floats(x)}, {"y", floats(y)}});
    EXPECT_EQ(numbersOf(outputs.at("y")), expected) << n;
  }
}

TEST_F(Run, LocalMemoryAndBarriers) {
  REQUIRE_DEVICE();
  std::vector<float> a(48), expected(48);
  for (int i = 0; i < 48; ++i)
    a[i] = static_cast<float>(i);
  for (int i = 0; i < 48; ++i)
    expected[i] = a[i / 16 * 16 + 15 - i % 16];
  EXPECT_EQ(numbersOf(onDevice(b.reversedTiles(), {{"a", floats(a)}}).outputs.at("b")), expected);
}

TEST_F(Run, HostLoopLaunchesOnceForEachStep) {
  REQUIRE_DEVICE();
  Arguments arguments{{"steps", integer(3)}, {"u", floats({5, 6})}};
  EXPECT_EQ(numbersOf(onDevice(b.hostLoop(), arguments).outputs.at("u")), (std::vector<float>{5, 5})); // ((1)*1+1)*2+1
}

TEST_F(Run, WideIndicesAndOpenMp) {
  auto wide = [&](Target target) {
    target.indexBits = 64;
    Program program = b.saxpy(target);
    if (!target.hasWorkItems()) {
      program.target.openMp = true;
      std::get<ForStmt>(program.functions[0].body[0].data).parallel = true;
      EXPECT_NE(emit(program).source.find("#pragma omp parallel for\n  for (int64_t i = 0;"), std::string::npos);
    }
    return program;
  };
  Arguments outputs = onBoth(wide, {{"a", scalar(2)}, {"x", floats({1, 2, 3})}, {"y", floats({1, 1, 1})}});
  EXPECT_EQ(numbersOf(outputs.at("y")), (std::vector<float>{3, 5, 7}));
}

TEST_F(Run, ArraysTooLargeFor32BitIndicesNameTheOption) {
  Program program = b.saxpy(Target::c());
  Expr n = b.param("n");
  program.args[3] = b.arrayArg("y", float32Type, Role::Out, {context.mul(int64_t(1) << 20, n)});
  const std::string message = messageOf([&] {
    makeCRuntime()->run(program, {{"n", integer(4096)}, {"a", scalar(1)}, {"x", floats(std::vector<float>(4096))}}, {});
  });
  EXPECT_NE(message.find("Use --index=64"), std::string::npos) << message;
}

TEST_F(Run, InoutDataAreRestoredBetweenRepetitions) {
  Arguments arguments{{"a", scalar(1)}, {"x", floats({1, 2})}, {"y", floats({0, 0})}};
  RunOptions options;
  options.warmups = 1;
  options.repetitions = 3;
  const RunResult result = makeCRuntime()->run(b.saxpy(Target::c()), arguments, options);
  EXPECT_EQ(numbersOf(result.outputs.at("y")), (std::vector<float>{1, 2}));
  EXPECT_EQ(result.times.wallSeconds.size(), 3U);
}

TEST_F(Run, ElementsThatNobodyWritesKeepTheirContent) {
  auto make = [&](Target target) {
    Program program = b.saxpy(target);
    Expr n = b.param("n");
    program.args[3] = b.arrayArg("y", float32Type, Role::InOut, {context.add(n, b.number(2))});
    return program;
  };
  Arguments outputs = onBoth(make, {{"a", scalar(1)}, {"x", floats({1, 1})}, {"y", floats({1, 2, -0.0F, NAN})}});
  const std::vector<float> y = numbersOf(outputs.at("y"));
  EXPECT_EQ(y[0], 2);
  EXPECT_TRUE(std::signbit(y[2]));
  EXPECT_TRUE(std::isnan(y[3]));
}

TEST_F(Run, UnwrittenElementsOfOutArraysArePoison) {
  Program program = b.saxpy(Target::c());
  program.args[3].role = Role::Out;
  program.functions[0].body.clear();
  const Arguments outputs = makeCRuntime()->run(program, {{"a", scalar(1)}, {"x", floats({1})}}, {}).outputs;
  EXPECT_TRUE(isPoison(float32Type, outputs.at("y").bytes.data()));
}

TEST_F(Run, LayoutsArePackedAndUnpacked) {
  // c[i, j] is at 1 + i + 3*j; the kernel adds its place to each element.
  auto make = [&](Target target) {
    ProgramArg array = b.arrayArg("c", float32Type, Role::InOut, {b.number(2), b.param("n")});
    array.layout.strides = {b.number(1), b.number(3)};
    array.layout.offset = b.number(1);
    Expr place = context.add(context.add(b.number(1), b.var("i")), context.mul(3, b.var("j")));
    Stmt update = b.assign(b.at("c", place), context.add(b.at("c", place), context.cast(float32Type, place)));
    Stmt loops = b.loop("i", b.number(0), b.number(1),
                        {b.loop("j", b.number(0), context.sub(b.param("n"), b.number(1)), {update})});
    Program program = b.program("place", target, {b.scalarArg("n", indexType), array}, {loops});
    return target.hasWorkItems() ? b.onGroups(program, 1, b.number(1)) : program;
  };
  Value c = floats({0, 100, 200, 300, 400, 500});
  c.shape = {2, 3};
  EXPECT_EQ(numbersOf(onBoth(make, {{"c", c}}).at("c")), (std::vector<float>{1, 104, 207, 302, 405, 508}));
}

TEST_F(Run, ArithmeticAgreesOnBothTargets) {
  auto make = [&](Target target) {
    Expr k = b.at("k", b.var("i"), indexType);
    auto put = [&](const char *name, Expr value) { return b.assign(b.at(name, b.var("i"), indexType), value); };
    Block body = {put("q", context.binary(BinaryOp::FloorDiv, k, b.number(3))),
                  put("r", context.binary(BinaryOp::Mod, k, b.number(-3))),
                  put("p", context.binary(BinaryOp::Pow, k, b.number(3))),
                  put("m", context.binary(BinaryOp::Max, k, b.number(1)))};
    std::vector<ProgramArg> args = {b.scalarArg("n", indexType), b.arrayArg("k", indexType, Role::In, {b.param("n")})};
    for (const char *name : {"q", "r", "p", "m"})
      args.push_back(b.arrayArg(name, indexType, Role::Out, {b.param("n")}));
    Stmt all = b.loop("i", b.number(0), context.sub(b.param("n"), b.number(1)), body);
    Program program = b.program("ints", target, args, {all});
    return target.hasWorkItems() ? b.onGroups(program, 1, b.number(1)) : program;
  };
  Value k{indexType, {5}, std::vector<std::byte>(20)};
  const int32_t numbers[] = {-4, -3, -1, 0, 5};
  std::memcpy(k.bytes.data(), numbers, sizeof numbers);
  const Arguments outputs = onBoth(make, {{"k", k}});
  auto integers = [&](const char *name) {
    std::vector<int32_t> values(5);
    std::memcpy(values.data(), outputs.at(name).bytes.data(), 20);
    return values;
  };
  EXPECT_EQ(integers("q"), (std::vector<int32_t>{-2, -1, -1, 0, 1}));
  EXPECT_EQ(integers("r"), (std::vector<int32_t>{-1, 0, -1, 0, -1}));
  EXPECT_EQ(integers("p"), (std::vector<int32_t>{-64, -27, -1, 0, 125}));
  EXPECT_EQ(integers("m"), (std::vector<int32_t>{1, 1, 1, 1, 5}));
}

TEST_F(Run, AtomicUpdatesOfAllWorkItemsCount) {
  REQUIRE_DEVICE();
  for (Type type : {indexType, float32Type, float64Type, int64Type}) {
    const Expr one = type.isFloat() ? context.constant(1.0, type) : context.constant(int64_t(1), type);
    Expr cell = b.at("s", b.number(0), type);
    Program program = b.program("count", findDevice("").target(),
                                {b.scalarArg("n", indexType), b.arrayArg("s", type, Role::InOut, {b.number(1)})},
                                {b.atomic(cell, context.add(cell, one))});
    Arguments arguments{{"n", integer(50)}, {"s", Value{type, {1}, std::vector<std::byte>(type.sizeInBytes())}}};
    const Value sum = onDevice(b.onGroups(program, 16, b.param("n")), arguments).outputs.at("s");
    double number = 0;
    if (type == float32Type)
      number = numbersOf(sum)[0];
    else if (type == float64Type)
      std::memcpy(&number, sum.bytes.data(), 8);
    else {
      int64_t whole = 0;
      std::memcpy(&whole, sum.bytes.data(), sum.bytes.size());
      number = static_cast<double>(whole);
    }
    EXPECT_EQ(number, 800) << type.name();
  }
}

// a*b + c, a/b and sqrt(a) of random numbers, bit for bit.
TEST_F(Run, WithoutContractionBothTargetsRoundAlike) {
  REQUIRE_DEVICE();
  for (Type type : {float32Type, float64Type}) {
    auto make = [&](Target target) {
      auto at = [&](const char *name) { return b.at(name, b.var("i"), type); };
      Expr magnitude = context.call("abs", {at("x")}, type);
      Block body = {b.assign(at("r"), context.add(context.mul(at("x"), at("y")), at("z"))),
                    b.assign(at("q"), context.binary(BinaryOp::Div, at("x"), at("y"))),
                    b.assign(at("s"), context.call("sqrt", {magnitude}, type))};
      std::vector<ProgramArg> args = {b.scalarArg("n", indexType)};
      for (const char *name : {"x", "y", "z"})
        args.push_back(b.arrayArg(name, type, Role::In, {b.param("n")}));
      for (const char *name : {"r", "q", "s"})
        args.push_back(b.arrayArg(name, type, Role::Out, {b.param("n")}));
      Program program =
          b.program("f", target, args, {b.loop("i", b.number(0), context.sub(b.param("n"), b.number(1)), body)});
      return target.hasWorkItems() ? b.onGroups(program, 1, b.number(1)) : program;
    };
    Arguments arguments;
    for (const char *name : {"x", "y", "z"})
      arguments[name] = randomValue(type, {1000}, 5, name);
    RunOptions exact;
    exact.contraction = false;
    const Arguments onC = makeCRuntime()->run(make(Target::c()), arguments, exact).outputs;
    const Arguments other = onDevice(make(findDevice("").target()), arguments, exact).outputs;
    for (const auto &[name, value] : onC)
      EXPECT_EQ(value.bytes, other.at(name).bytes) << type.name() << " " << name;
  }
}

TEST_F(Run, ComplexArithmeticAgreesUpToRounding) {
  REQUIRE_DEVICE();
  const Type type{ScalarKind::Complex64};
  auto make = [&](Target target) {
    Expr z = b.at("z", b.number(0), type), w = b.at("z", b.number(1), type);
    Expr value = context.add(context.mul(z, w), context.binary(BinaryOp::Div, z, w));
    for (const char *name : {"sqrt", "exp", "log", "sin", "conj"})
      value = context.add(value, context.call(name, {z}, type));
    Program program =
        b.program("f", target, {b.arrayArg("z", type, Role::In, {b.number(2)}), b.arrayArg("r", type, Role::Out, {})},
                  {b.assign(context.load("r", {}, type), value)});
    return target.hasWorkItems() ? b.onGroups(program, 1, b.number(1)) : program;
  };
  Value z{type, {2}, floats({1, 2, -3, 0.5}).bytes};
  const std::vector<float> a = numbersOf(makeCRuntime()->run(make(Target::c()), {{"z", z}}, {}).outputs.at("r"));
  const std::vector<float> d = numbersOf(onDevice(make(findDevice("").target()), {{"z", z}}).outputs.at("r"));
  EXPECT_NEAR(a[0], d[0], 1e-4);
  EXPECT_NEAR(a[1], d[1], 1e-4);
}

TEST_F(Run, MistakesInArgumentsAreTheUsers) {
  const Program program = b.saxpy(Target::c());
  auto message = [&](const Arguments &arguments) {
    return messageOf([&] { makeCRuntime()->run(program, arguments, {}); });
  };
  Value y = floats({1, 2});
  EXPECT_NE(message({{"a", scalar(1)}, {"y", y}}).find("`x` is missing"), std::string::npos);
  EXPECT_NE(message({{"a", scalar(1)}, {"x", floats({1})}, {"y", y}}).find("has the shape [2], but for n=1"),
            std::string::npos);
  EXPECT_NE(message({{"a", integer(1)}, {"x", y}, {"y", y}}).find("must be of float32, not of int32"),
            std::string::npos);
  EXPECT_NE(message({{"a", scalar(1)}, {"x", y}, {"y", y}, {"z", y}}).find("argument"), std::string::npos);

  Program positive = program;
  positive.assumptions = poly::paramAff(context.isl(), "n").ge_set(poly::constantAff(context.isl(), 3));
  EXPECT_NE(messageOf([&] {
              makeCRuntime()->run(positive, {{"a", scalar(1)}, {"x", y}, {"y", y}}, {});
            }).find("violate the assumptions of the kernel: n=2"),
            std::string::npos);
  Program fixed = program;
  fixed.fixedParams["n"] = 4;
  EXPECT_NE(messageOf([&] {
              makeCRuntime()->run(fixed, {{"n", integer(2)}, {"a", scalar(1)}, {"x", y}, {"y", y}}, {});
            }).find("made for n = 4"),
            std::string::npos);
}

TEST_F(Run, BoundsTestsNameTheSubscript) {
  Program program = b.saxpy(Target::c());
  Expr checked =
      context.call("loopy_check", {context.add(b.param("n"), b.number(2)), b.param("n"), b.number(7)}, indexType);
  program.functions[0].body = {b.assign(b.at("y", checked), b.real(1))};
  EXPECT_NE(messageOf([&] {
              makeCRuntime()->run(program, {{"a", scalar(1)}, {"x", floats({1})}, {"y", floats({1})}}, {});
            }).find("out of bounds in line 7: 3 of an extent of 1"),
            std::string::npos);
}

TEST_F(Run, WritesBeyondAnArrayAreFound) {
  const Arguments arguments{{"a", scalar(1)}, {"x", floats({1})}, {"y", floats({1})}};
  RunOptions options;
  options.sanitizeBounds = true;
  // Runs y[subscript] = 1 for y of one element.
  auto store = [&](const Target &target, Expr subscript) {
    Program program = b.saxpy(target);
    program.functions[0].body = {b.assign(b.at("y", subscript), b.real(1))};
    const bool isC = target.kind == Target::Kind::C;
    return messageOf([&] {
      (isC ? makeCRuntime() : makeOpenCLRuntime(findDevice("")))->run(program, arguments, options);
    });
  };
  for (const Target &target : {Target::c(), Target::openCL()}) {
    if (target.kind == Target::Kind::OpenCL && listDevices().empty())
      continue;
    EXPECT_EQ(store(target, b.number(0)), "");
    EXPECT_NE(store(target, b.param("n")).find("outside the array `y`"), std::string::npos);
    EXPECT_NE(store(target, b.number(-3)).find("outside the array `y`"), std::string::npos);
    EXPECT_NE(store(target, b.number(1000)).find("outside the array `y`"), std::string::npos);
  }
}

TEST_F(Run, FaultsOfTheProcessorAreReported) {
  auto run = [&](Expr value) {
    Program program = b.saxpy(Target::c());
    program.functions[0].body = {b.assign(b.at("y", b.number(0)), context.cast(float32Type, value))};
    return messageOf([&] {
      makeCRuntime()->run(program, {{"a", scalar(1)}, {"x", floats({1})}, {"y", floats({1})}}, {});
    });
  };
  auto quotient = [&](Expr divisor) { return context.binary(BinaryOp::FloorDiv, b.number(7), divisor); };
  const Expr zero = context.sub(b.param("n"), b.number(1)), far = context.mul(b.param("n"), b.number(2'000'000'000));
  EXPECT_EQ(run(quotient(b.param("n"))), "");
  EXPECT_NE(run(quotient(zero)).find("divided an integer by zero"), std::string::npos);
  EXPECT_NE(run(b.at("x", far)).find("used memory outside"), std::string::npos);
  EXPECT_EQ(run(quotient(b.param("n"))), "");
}

TEST_F(Run, CompiledKernelsAreCachedAndDamagedEntriesRebuilt) {
  const Arguments arguments{{"a", scalar(1)}, {"x", floats({1})}, {"y", floats({1})}};
  auto fromCache = [&](bool onGpu) {
    if (onGpu)
      return onDevice(b.saxpy(Target::openCL()), arguments).times.fromCache;
    return makeCRuntime()->run(b.saxpy(Target::c()), arguments, {}).times.fromCache;
  };
  for (bool onGpu : {false, true}) {
    if (onGpu && listDevices().empty())
      continue;
    EXPECT_FALSE(fromCache(onGpu));
    EXPECT_TRUE(fromCache(onGpu));
    for (const auto &entry : std::filesystem::directory_iterator(directory_))
      std::ofstream(entry.path(), std::ios::binary | std::ios::in | std::ios::out) << "damaged";
    EXPECT_FALSE(fromCache(onGpu));
    EXPECT_TRUE(fromCache(onGpu));
  }
}

TEST_F(Run, ConcurrentProcessesShareTheCache) {
  const Arguments arguments{{"a", scalar(1)}, {"x", floats({1})}, {"y", floats({1})}};
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Context own;
      const Program program = ProgramBuilder(own).saxpy(Target::c());
      const Arguments outputs = makeCRuntime()->run(program, arguments, {}).outputs;
      _exit(numbersOf(outputs.at("y")) == std::vector<float>{2} ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_TRUE(makeCRuntime()->run(b.saxpy(Target::c()), arguments, {}).times.fromCache);
}

TEST_F(Run, ACompilerThatDoesNotWorkIsTheUsersProblem) {
  const Arguments arguments{{"a", scalar(1)}, {"x", floats({1})}, {"y", floats({1})}};
  setenv("CC", "/bin/false", 1);
  const std::string broken = messageOf([&] { makeCRuntime()->run(b.saxpy(Target::c()), arguments, {}); });
  setenv("CC", "no-such-compiler", 1);
  const std::string missing = messageOf([&] { makeCRuntime()->run(b.saxpy(Target::c()), arguments, {}); });
  unsetenv("CC");
  EXPECT_NE(broken.find("The C compiler does not work"), std::string::npos) << broken;
  EXPECT_NE(missing.find("There is no C compiler `no-such-compiler`"), std::string::npos) << missing;
}

TEST_F(Run, EmittedCodeThatDoesNotCompileIsOurMistake) {
  const Arguments arguments{{"a", scalar(1)}, {"x", floats({1})}, {"y", floats({1})}};
  auto broken = [&](Target target) {
    Program program = b.saxpy(target);
    program.functions[0].body = {b.assign(b.at("nowhere", b.number(0)), b.real(1))};
    return program;
  };
  EXPECT_THROW(makeCRuntime()->run(broken(Target::c()), arguments, {}), InternalError);
  if (!listDevices().empty()) {
    EXPECT_THROW(onDevice(broken(Target::openCL()), arguments), InternalError);
  }
}

TEST_F(Run, DevicesAreFoundByNameAndIndex) {
  REQUIRE_DEVICE();
  const std::vector<DeviceInfo> devices = listDevices();
  EXPECT_EQ(findDevice("0").name, devices.front().name);
  EXPECT_EQ(findDevice(devices.front().name.substr(1, 4)).platform, devices.front().platform);
  EXPECT_NE(messageOf([&] { findDevice("no such device"); }).find("There are:\n  0: "), std::string::npos);
}

} // namespace
} // namespace loopy
