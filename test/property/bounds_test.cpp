// The questions about single accesses against enumeration: is a temporary read before it is written, does an access
// leave its array, do the writes cover an array?
#include "support/instances.h"
#include "support/random_kernel.h"
#include "support/scalar.h"
#include "support/seeds.h"

#include "loopy/analysis/bounds.h"

#include <gtest/gtest.h>

#include <regex>
#include <sstream>

namespace loopy::testing {
namespace {

std::string text(const Kernel &kernel) {
  std::ostringstream out;
  out << printTree(kernel);
  for (const StatementRef &statement : kernel.statements) {
    const Assign &assign = std::get<Assign>(statement->body);
    out << statement->id << ": " << toString(assign.lhs[0]) << " = " << toString(assign.rhs[0]) << "   "
        << statement->domain;
    for (const GuardLiteral &literal : statement->guard)
      out << " if " << (literal.negated ? "not " : "") << toString(literal.load);
    out << "\n";
  }
  return out.str();
}

// ------------------------------------------------------------------------------------------------------ unset reads
struct UnsetRead {
  int64_t n = 0;
  const Instance *instance = nullptr;
  std::string array;
};

// Does the instance run where bit number v of `data` is the value of p[v]?
bool isLive(const Instance &instance, uint64_t data) {
  for (size_t i = 0; i < instance.statement->guard.size(); ++i) {
    const int64_t position = instance.accesses[i].element[0];  // guards are read first
    if (((data >> position) & 1) == (instance.statement->guard[i].negated ? 1U : 0U))
      return false;
  }
  return true;
}

std::vector<UnsetRead> unsetReads(const Kernel &kernel, const std::vector<Instance> &instances, int64_t n, uint64_t data) {
  const std::map<std::string, Path> paths = allPaths(kernel.tree);
  std::vector<UnsetRead> result;
  for (const Instance &reader : instances) {
    if (!isLive(reader, data))
      continue;
    for (const ElementAccess &read : reader.accesses) {
      if (read.isWrite || !kernel.array(read.array).isTemp())
        continue;
      const bool isSet = std::any_of(instances.begin(), instances.end(), [&](const Instance &writer) {
        if (!isLive(writer, data) || orderOf(paths, writer, reader).order >= 0)
          return false;
        return std::any_of(writer.accesses.begin(), writer.accesses.end(), [&](const ElementAccess &write) {
          return write.isWrite && write.array == read.array && write.element == read.element;
        });
      });
      if (!isSet)
        result.push_back({n, &reader, read.array});
    }
  }
  return result;
}

// "`t` may be unset here: for n=2, i=1 statement `S1` reads ...": is that one of the reads?
bool names(const Diagnostic &diagnostic, const UnsetRead &read) {
  if (diagnostic.message.find("`" + read.array + "`") != 0 ||
      diagnostic.message.find("statement `" + read.instance->statement->id + "`") == std::string::npos)
    return false;
  const std::regex assignment("(\\w+)=(-?\\d+)");
  for (std::sregex_iterator it(diagnostic.message.begin(), diagnostic.message.end(), assignment), end; it != end; ++it) {
    const int64_t value = std::stoll((*it)[2]);
    if (value != ((*it)[1] == "n" ? read.n : read.instance->value((*it)[1])))
      return false;
  }
  return true;
}

void checkUnsetReads(Random &random, bool guards) {
  Context context;
  RandomKernelOptions options;
  options.temps = true;
  options.guards = guards;
  options.largest = 3;
  const Kernel kernel = randomKernel(context, random, options);
  const std::vector<Diagnostic> diagnostics = findUnsetReads(kernel);
  std::map<int64_t, std::vector<Instance>> instances;
  std::vector<UnsetRead> expected;
  for (int64_t n = options.smallest; n <= options.largest; ++n) {
    instances[n] = instancesOf(kernel, {{"n", n}});
    for (uint64_t data = 0; data < (guards ? 8 : 1); ++data)
      for (const UnsetRead &read : unsetReads(kernel, instances[n], n, data))
        expected.push_back(read);
  }
  // Every unset read is reported; without conditions on the data nothing else is, and the example given is one.
  for (const UnsetRead &read : expected)
    ASSERT_TRUE(std::any_of(diagnostics.begin(), diagnostics.end(), [&](const Diagnostic &diagnostic) {
      return diagnostic.message.find("`" + read.array + "`") == 0 &&
             diagnostic.message.find("statement `" + read.instance->statement->id + "`") != std::string::npos;
    })) << describe(*read.instance) << " reads " << read.array << " unset, n=" << read.n << "\n" << text(kernel);
  if (guards)
    return;
  for (const Diagnostic &diagnostic : diagnostics) {
    ASSERT_TRUE(std::any_of(expected.begin(), expected.end(), [&](const UnsetRead &read) { return names(diagnostic, read); }))
        << diagnostic.message << "\n" << text(kernel);
  }
}

TEST(UnsetReads, areThoseOfEnumeration) {
  forEachSeed(200, [](Random &random) { checkUnsetReads(random, false); });
}

TEST(UnsetReads, underConditionsAreNeverMissed) {
  forEachSeed(200, [](Random &random) { checkUnsetReads(random, true); });
}

// ----------------------------------------------------------------------------------------------------------- bounds
class SizeEnvironment : public Environment {
public:
  explicit SizeEnvironment(const Sizes &sizes) : sizes_(sizes) {}
  Scalar nameValue(const std::string &name) override { return Scalar::ofInteger(sizes_.at(name)); }
  Scalar loadValue(Expr) override { throw InternalError("a shape depends on data"); }

private:
  const Sizes &sizes_;
};

std::vector<int64_t> shapeOf(const Array &array, const Sizes &sizes) {
  SizeEnvironment environment(sizes);
  std::vector<int64_t> shape;
  for (Expr extent : array.shape)
    shape.push_back(evaluateInteger(extent, environment));
  return shape;
}

bool isInside(const ElementAccess &access, const std::vector<int64_t> &shape, unsigned implicitAxes) {
  for (size_t axis = 0; axis < shape.size(); ++axis)
    if (access.element[implicitAxes + axis] < 0 || access.element[implicitAxes + axis] >= shape[axis])
      return false;
  return true;
}

void giveRandomShapes(Random &random, Context &context, Kernel &kernel) {
  Expr n = context.param("n", indexType);
  for (Array &array : kernel.arrays)
    for (Expr &extent : array.shape)
      extent = context.add(context.mul(random.between(1, 2), n), context.constant(random.between(0, 2)));
}

using AccessName = std::pair<std::string, std::string>;  // statement, access

void checkBoundsOnce(Random &random) {
  Context context;
  RandomKernelOptions options;
  options.temps = random.chance(40);
  Kernel kernel = randomKernel(context, random, options);
  giveRandomShapes(random, context, kernel);
  std::set<AccessName> refuted, expected, expectedAll, all;
  for (const BoundsFinding &finding : checkBounds(kernel)) {
    all.insert({finding.statement, finding.access});
    ASSERT_NE(finding.verdict, BoundsFinding::Verdict::Assumed) << finding.access << "\n" << text(kernel);
    if (finding.verdict == BoundsFinding::Verdict::Refuted)
      refuted.insert({finding.statement, finding.access});
  }
  for (int64_t n = options.smallest; n <= options.largest; ++n) {
    for (const Instance &instance : instancesOf(kernel, {{"n", n}}))
      for (const ElementAccess &access : instance.accesses) {
        const Array &array = kernel.array(access.array);
        const std::vector<int64_t> shape = shapeOf(array, {{"n", n}});
        if (!shape.empty()) {
          ASSERT_TRUE(all.count({instance.statement->id, toString(access.load)})) << text(kernel);
          if (!isInside(access, shape, array.implicitAxes))
            expected.insert({instance.statement->id, toString(access.load)});
        }
      }
  }
  EXPECT_EQ(refuted, expected) << text(kernel);
}

TEST(Bounds, agreeWithEnumeration) { forEachSeed(200, checkBoundsOnce); }

} // namespace
} // namespace loopy::testing
