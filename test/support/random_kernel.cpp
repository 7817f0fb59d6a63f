#include "support/random_kernel.h"

#include "loopy/ir/verify.h"

#include <algorithm>

namespace loopy::testing {
namespace {

class Generator {
public:
  Generator(Context &context, Random &random, const RandomKernelOptions &options)
      : context_(context), random_(random), options_(options) {}

  Kernel run() {
    kernel_.context = &context_;
    kernel_.name = "random";
    kernel_.params.push_back({"n", indexType, {}});
    kernel_.argumentOrder.push_back("n");
    isl::pw_aff n = name("n");
    kernel_.assumptions = n.ge_set(constant(options_.smallest)).intersect(n.le_set(constant(options_.largest)));
    for (const char *iname : {"i", "j", "k"})
      kernel_.inames.push_back({iname, {}, {}});
    makeArrays();
    makeDomains();
    const int64_t count = random_.between(options_.fewestStatements, options_.mostStatements);
    for (int64_t number = 0; number < count; ++number)
      kernel_.statements.push_back(makeStatement("S" + std::to_string(number)));
    dropUnused();
    kernel_.tree = randomTree(random_, kernel_, true);
    verify(kernel_);
    return std::move(kernel_);
  }

private:
  isl::pw_aff name(const std::string &text) { return poly::paramAff(context_.isl(), text); }
  isl::pw_aff constant(int64_t value) { return poly::constantAff(context_.isl(), value); }
  Expr param() { return context_.param("n", indexType); }

  // Shapes do not matter to the analyses of order; those that test bounds set their own.
  void makeArrays() {
    addArray("a", 1, Role::InOut, 0);
    addArray("b", 2, Role::InOut, 0);
    addArray("s", 0, Role::InOut, 0);
    if (options_.guards) {
      addArray("p", 1, Role::In, 0);
      kernel_.arrays.back().type = boolType;
    }
    if (options_.temps) {
      addArray("t", 1, Role::Temp, static_cast<unsigned>(random_.between(0, 2)));
      addArray("u", 0, Role::Temp, static_cast<unsigned>(random_.between(0, 2)));
    }
  }

  void addArray(const std::string &arrayName, size_t axes, Role role, unsigned implicitAxes) {
    Array array;
    array.name = arrayName;
    array.type = float32Type;
    array.role = role;
    array.implicitAxes = implicitAxes;
    array.shape.assign(axes, context_.add(context_.mul(2, param()), context_.constant(int64_t{2})));
    kernel_.arrays.push_back(array);
    if (role != Role::Temp)
      kernel_.argumentOrder.push_back(arrayName);
  }

  // Every iname has its own conjuncts, the same in all statements; those of j may mention i.
  void makeDomains() {
    auto bounds = [&](const std::string &iname) {
      const int64_t low = random_.chance(80) ? 0 : 1;
      isl::set set = name(iname).ge_set(constant(low));
      if (random_.chance(25))
        return set.intersect(name(iname).lt_set(constant(random_.between(2, 3))));
      return set.intersect(name(iname).lt_set(name("n")));
    };
    for (const Iname &iname : kernel_.inames)
      conjuncts_[iname.name] = bounds(iname.name);
    if (!options_.oddDomains)
      return;
    if (random_.chance(30)) {  // a triangle
      conjuncts_["j"] = conjuncts_["j"].intersect(random_.chance(50) ? name("j").le_set(name("i")) : name("j").lt_set(name("i")));
      needs_["j"] = "i";
    }
    if (random_.chance(15)) {  // every second one
      isl::pw_aff half = name("k").scale_down(2L).floor();
      conjuncts_["k"] = conjuncts_["k"].intersect(half.scale(2L).eq_set(name("k")));
    }
  }

  StatementRef makeStatement(const std::string &id) {
    Statement statement;
    statement.id = id;
    statement.inames = pickInames();
    statement.domain = poly::universe(context_.isl());
    for (const std::string &iname : statement.inames)
      statement.domain = statement.domain.intersect(conjuncts_.at(iname));
    if (options_.oddDomains && statement.inames.size() >= 2 && random_.chance(20))
      statement.domain = statement.domain.intersect(extraCondition(statement.inames));
    if (options_.guards && !statement.inames.empty() && random_.chance(50))
      statement.guard.push_back({context_.load("p", {context_.iname(statement.inames[0])}, boolType), random_.chance(50)});
    makeBody(statement);
    return std::make_shared<const Statement>(std::move(statement));
  }

  void makeBody(Statement &statement) {
    Expr place = randomLoad(statement.inames);
    Expr value = randomLoad(statement.inames);
    if (random_.chance(40))
      value = context_.add(value, randomLoad(statement.inames));
    const Array &written = kernel_.array(place.as<Load>()->array);
    if (options_.oddSubscripts && !statement.inames.empty() && random_.chance(15)) {
      Expr condition = context_.compare(CompareOp::Lt, context_.iname(statement.inames[0]), context_.constant(int64_t{2}));
      value = context_.select(condition, value, randomLoad(statement.inames));
    }
    const bool atomic = options_.atomics && !written.isTemp() && random_.chance(8);
    statement.body = Assign{{place}, {atomic ? context_.add(place, value) : value}, atomic};
  }

  isl::set extraCondition(const std::vector<std::string> &inames) {
    isl::pw_aff x = name(inames[0]), y = name(inames[1]);
    switch (random_.between(0, 2)) {
    case 0: return x.add(y).lt_set(name("n"));
    case 1: return x.ne_set(y);
    default: return x.eq_set(constant(0)).unite(y.eq_set(constant(0)));
    }
  }

  std::vector<std::string> pickInames() {
    std::vector<std::string> names;
    for (const Iname &iname : kernel_.inames)
      if (random_.chance(60))
        names.push_back(iname.name);
    for (const auto &[iname, outer] : needs_)
      if (std::count(names.begin(), names.end(), iname) && !std::count(names.begin(), names.end(), outer))
        names.insert(names.begin(), outer);
    if (names.size() > static_cast<size_t>(options_.mostLoops))
      names.resize(static_cast<size_t>(options_.mostLoops));
    return names;
  }

  Expr randomLoad(const std::vector<std::string> &inames) {
    for (;;) {
      const Array &array = kernel_.arrays[static_cast<size_t>(random_.between(0, static_cast<int64_t>(kernel_.arrays.size()) - 1))];
      if (array.type.isBool() || array.implicitAxes > inames.size())
        continue;
      std::vector<Expr> index;
      for (unsigned axis = 0; axis < array.implicitAxes; ++axis)
        index.push_back(context_.iname(inames[axis]));
      for (size_t axis = 0; axis < array.shape.size(); ++axis)
        index.push_back(subscript(inames));
      return context_.load(array.name, index, array.type);
    }
  }

  Expr subscript(const std::vector<std::string> &inames) {
    if (inames.empty() || random_.chance(10))
      return context_.constant(random_.between(0, 2));
    Expr x = context_.iname(random_.pick(inames)), y = context_.iname(random_.pick(inames));
    const int64_t kind = random_.between(0, options_.oddSubscripts ? 13 : 8);
    switch (kind) {
    case 6: return context_.add(x, y);
    case 7: return context_.sub(x, y);
    case 8:
    case 9: return context_.add(x, context_.constant(random_.between(1, 2)));
    case 10: return context_.binary(BinaryOp::FloorDiv, x, context_.constant(int64_t{2}));
    case 11: return context_.binary(BinaryOp::Mod, x, context_.constant(int64_t{2}));
    case 12: return context_.sub(context_.sub(param(), x), context_.constant(int64_t{1}));
    case 13: return context_.mul(2, x);
    default: return x;
    }
  }

  void dropUnused() {
    std::erase_if(kernel_.inames, [&](const Iname &iname) {
      return std::none_of(kernel_.statements.begin(), kernel_.statements.end(), [&](const StatementRef &statement) {
        return std::count(statement->inames.begin(), statement->inames.end(), iname.name) != 0;
      });
    });
  }

  Context &context_;
  Random &random_;
  const RandomKernelOptions &options_;
  Kernel kernel_;
  std::map<std::string, isl::set> conjuncts_;
  std::map<std::string, std::string> needs_;
};

// Statements that are still to be placed, with the loops that they still lack.
using Waiting = std::vector<std::pair<std::string, std::vector<std::string>>>;

// Deals the statements to loops: a run of neighbours that all lack an iname may share its loop.
Tree dealToLoops(Random &random, const Waiting &waiting) {
  Tree tree;
  for (size_t begin = 0; begin < waiting.size();) {
    const std::vector<std::string> &lacking = waiting[begin].second;
    if (lacking.empty()) {
      tree.push_back(makeLeaf({waiting[begin++].first}));
      continue;
    }
    const std::string iname = random.pick(lacking);
    Waiting inside;
    while (begin < waiting.size() && std::count(waiting[begin].second.begin(), waiting[begin].second.end(), iname) &&
           (inside.empty() || random.chance(75))) {
      inside.push_back(waiting[begin++]);
      std::erase(inside.back().second, iname);
    }
    tree.push_back(makeLoop(iname, dealToLoops(random, inside)));
  }
  return tree;
}

} // namespace

Kernel randomKernel(Context &context, Random &random, const RandomKernelOptions &options) {
  return Generator(context, random, options).run();
}

Tree randomTree(Random &random, const Kernel &kernel, bool textualOrder) {
  Waiting waiting;
  for (const StatementRef &statement : kernel.statements)
    waiting.emplace_back(statement->id, statement->inames);
  if (!textualOrder)
    random.shuffle(waiting);
  return dealToLoops(random, waiting);
}

void tagAtRandom(Random &random, Kernel &kernel, int percent, bool groups, bool locals) {
  std::vector<Tag> tags;
  for (int axis = 0; axis < 3; ++axis) {
    if (groups)
      tags.push_back({Tag::Kind::Group, axis});
    if (locals)
      tags.push_back({Tag::Kind::Local, axis});
  }
  tags.push_back({Tag::Kind::Unroll, 0});
  random.shuffle(tags);
  for (size_t number = 0; number < kernel.inames.size(); ++number)
    if (random.chance(percent))
      kernel.setTag(kernel.inames[number].name, tags[number]);
}

} // namespace loopy::testing
