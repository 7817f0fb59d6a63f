#include "exprs.h"
#include "kernels.h"
#include "sets.h"

#include "loopy/ir/constants.h"
#include "loopy/ir/verify.h"

#include <limits>

namespace loopy::json {
namespace {

constexpr int64_t int32Max = std::numeric_limits<int32_t>::max();

Role readRole(const Place &place) {
  return place.oneOf("role", {Role::In, Role::Out, Role::InOut, Role::Temp}, [](Role role) { return spelling(role); });
}

class KernelReader {
public:
  KernelReader(const Place &place, const RangeReader &ranges)
      : place_(place), ranges_(ranges), exprs_(kernel_, ranges) {
    kernel_.context = place.document().context;
  }

  Kernel read() {
    place_.allowOnly({"name", "at", "arguments", "params", "arrays", "assumptions", "fixed", "functions", "inames",
                      "rules", "reductions", "facts", "statements", "tree", "homes", "preambles"});
    kernel_.name = place_.member("name").name();
    kernel_.source = ranges_.read(place_);
    kernel_.argumentOrder = place_.member("arguments").texts();
    each("params", [&](const Place &item) { readParam(item); });
    each("arrays", [&](const Place &item) { readArray(item); });
    each("homes", [&](const Place &item) { readHome(item); });
    readAssumptions();
    each("functions", [&](const Place &item) { readFunction(item); });
    readPreambles();
    each("inames", [&](const Place &item) { readIname(item); });
    readRules();
    each("reductions", [&](const Place &item) { readReduction(item); });
    each("facts", [&](const Place &item) { readFact(item); });
    readStatements(place_.member("statements"), kernel_, ranges_);
    kernel_.tree = readTree(place_.member("tree"));
    requireWellFormed();
    requireSound(place_, kernel_);
    return std::move(kernel_);
  }

private:
  template <class F> void each(const char *key, F &&f) {
    if (std::optional<Place> list = place_.find(key))
      for (const Place &item : list->items())
        f(item);
  }

  void readParam(const Place &place) {
    place.allowOnly({"name", "type", "at"});
    kernel_.params.push_back({place.member("name").name(), readType(place.member("type")), ranges_.read(place)});
  }

  void readArray(const Place &place) {
    place.allowOnly({"name", "type", "role", "shape", "implicitAxes", "order", "strides", "offset", "align", "space",
                     "copies", "padding", "swizzle", "tags", "axisNames", "aliasGroup", "image", "at"});
    Array array;
    array.name = place.member("name").name();
    array.type = readType(place.member("type"));
    array.role = readRole(place.member("role"));
    for (const Place &item : place.member("shape").items())
      array.shape.push_back(exprs_.readExtent(item));
    if (std::optional<Place> axes = place.find("implicitAxes"))
      array.implicitAxes = static_cast<unsigned>(axes->integer(0, 100));
    readLayout(place, array);
    if (std::optional<Place> space = place.find("space"))
      array.space = space->oneOf("memory", {AddressSpace::Private, AddressSpace::Local, AddressSpace::Global},
                                 [](AddressSpace each) { return spelling(each); });
    if (std::optional<Place> copies = place.find("copies"))
      for (const auto &[iname, number] : copies->members())
        array.copies[iname] = static_cast<int>(number.integer(1, 1 << 20));
    for (const std::string &tag : place.texts("tags"))
      array.tags.insert(tag);
    array.axisNames = place.texts("axisNames");
    if (!array.axisNames.empty() && array.axisNames.size() != array.shape.size())
      place.member("axisNames").fail("There is to be one name for each axis.");
    if (std::optional<Place> group = place.find("aliasGroup"))
      array.aliasGroup = group->name();
    if (std::optional<Place> image = place.find("image"))
      array.isImage = image->flag();
    array.source = ranges_.read(place);
    kernel_.arrays.push_back(std::move(array));
  }

  // The user's array in others. Indices of its axes stand in it as inames $0, $1, ...
  void readHome(const Place &place) {
    place.allowOnly({"name", "type", "role", "shape", "parts", "at"});
    Home home{place.member("name").name(), readType(place.member("type")), {}, readRole(place.member("role")), {},
              ranges_.read(place)};
    std::vector<std::string> indices;
    for (const Place &item : place.member("shape").items()) {
      indices.push_back(homeIndex(static_cast<unsigned>(home.shape.size())));
      home.shape.push_back(exprs_.readExtent(item));
    }
    exprs_.setInames(indices);
    for (const Place &item : place.member("parts").items()) {
      item.allowOnly({"access", "conditions"});
      Home::Part part{{}, exprs_.readLoad(item.member("access"))};
      if (std::optional<Place> conditions = item.find("conditions"))
        for (const Place &condition : conditions->items()) {
          condition.allowOnly({"index", "value"});
          part.conditions.emplace_back(exprs_.readInteger(condition.member("index")),
                                       condition.member("value").integer(INT64_MIN, INT64_MAX));
        }
      home.parts.push_back(std::move(part));
    }
    kernel_.homes.push_back(std::move(home));
  }

  void readPreambles() {
    std::vector<Preamble> preambles;
    each("preambles", [&](const Place &item) {
      item.allowOnly({"target", "text", "at"});
      const Place target = item.member("target");
      if (target.text() != "c" && target.text() != "opencl")
        target.fail(unknownName("target language", target.text(), {"c", "opencl"}));
      preambles.push_back({target.text(), item.member("text").text(), ranges_.read(item)});
    });
    if (!preambles.empty())
      kernel_.preambles = std::make_shared<const std::vector<Preamble>>(std::move(preambles));
  }

  void readSwizzle(const Place &place, Array &array) {
    place.allowOnly({"axis", "by", "granule"});
    if (!array.isTemp() || array.shape.size() < 2)
      place.fail("What is swizzled is a temporary of at least two axes.");
    const auto last = static_cast<int64_t>(array.shape.size()) - 1;
    Swizzle swizzle;
    swizzle.axis = static_cast<unsigned>(place.member("axis").integer(0, last));
    swizzle.by = static_cast<unsigned>(place.member("by").integer(0, last));
    swizzle.granule = place.member("granule").integer(1, int32Max);
    if (swizzle.axis == swizzle.by)
      place.fail("`axis` and `by` are two axes.");
    auto isPowerOfTwo = [](int64_t x) { return x > 0 && (x & (x - 1)) == 0; };
    const std::optional<int64_t> extent = integerConstant(array.shape[swizzle.axis]);
    if (!extent || !isPowerOfTwo(*extent) || !isPowerOfTwo(swizzle.granule) || swizzle.granule >= *extent)
      place.fail("The extent of a swizzled axis is a power of two, and the granule a smaller one.");
    array.swizzle = swizzle;
  }

  void readLayout(const Place &place, Array &array) {
    if (std::optional<Place> order = place.find("order"))
      array.layout.columnMajor =
          order->oneOf("order", {false, true}, [](bool columnMajor) { return columnMajor ? "F" : "C"; });
    if (std::optional<Place> strides = place.find("strides")) {
      for (const Place &item : strides->items())
        array.layout.strides.push_back(exprs_.readExtent(item));
      if (array.layout.strides.size() != array.shape.size())
        strides->fail("There is to be one stride for each axis.");
    }
    if (std::optional<Place> offset = place.find("offset"))
      array.layout.offset = exprs_.readExtent(*offset);
    if (std::optional<Place> align = place.find("align")) {
      const int64_t bytes = align->integer(0, 4096);
      if ((bytes & (bytes - 1)) != 0)
        align->fail("An alignment is a power of two.");
      array.layout.alignment = static_cast<unsigned>(bytes);
    }
    if (std::optional<Place> swizzle = place.find("swizzle"))
      readSwizzle(*swizzle, array);
    if (std::optional<Place> padding = place.find("padding")) {
      for (const Place &item : padding->items())
        array.padding.push_back(item.integer(0, int32Max));
      if (!array.padding.empty() && array.padding.size() != array.shape.size())
        padding->fail("There is to be one number of cells for each axis.");
      if (array.swizzle && !array.padding.empty() && array.padding[array.swizzle->axis] != 0)
        padding->fail("An axis that is swizzled is not padded.");
    }
  }

  void readAssumptions() {
    const std::vector<std::string> integers = kernel_.integerParams();
    kernel_.assumptions =
        readSet(kernel_.context->isl(), place_.member("assumptions"), {integers.begin(), integers.end()});
    if (std::optional<Place> fixed = place_.find("fixed"))
      for (const auto &[name, value] : fixed->members()) {
        if (std::find(integers.begin(), integers.end(), name) == integers.end())
          value.fail(unknownName("integer parameter", name, integers));
        kernel_.fixedParams[name] = value.integer(INT64_MIN, INT64_MAX);
      }
  }

  void readFunction(const Place &place) {
    place.allowOnly({"name", "roles", "result", "pure", "kernel", "at"});
    FunctionDecl function;
    function.name = place.member("name").name();
    for (const Place &item : place.member("roles").items())
      if (function.roles.push_back(readRole(item)); function.roles.back() == Role::Temp)
        item.fail("What a function does with an argument is in, out or inout.");
    if (std::optional<Place> result = place.find("result"))
      function.result = readType(*result);
    function.pure = place.member("pure").flag();
    if (std::optional<Place> callee = place.find("kernel"))
      function.kernel = std::make_shared<const Kernel>(readKernel(*callee, ranges_));
    function.source = ranges_.read(place);
    kernel_.functions.push_back(std::move(function));
  }

  void readIname(const Place &place) {
    place.allowOnly({"name", "tag", "turnsWith", "at"});
    Iname iname{place.member("name").name(), {}, ranges_.read(place)};
    if (std::optional<Place> tag = place.find("tag")) {
      const std::optional<Tag> known = parseTag(tag->text());
      if (!known)
        tag->fail("`" + tag->text() + "` is no tag.");
      iname.tag = *known;
    }
    if (std::optional<Place> other = place.find("turnsWith"))
      iname.turnsWith = other->name();
    kernel_.inames.push_back(std::move(iname));
  }

  // All names first: a rule may use one that stands behind it.
  void readRules() {
    each("rules", [&](const Place &item) {
      item.allowOnly({"name", "params", "body", "at"});
      kernel_.rules.push_back({item.member("name").name(), item.member("params").texts(), Expr(), ranges_.read(item)});
    });
    size_t number = 0;
    each("rules", [&](const Place &item) {
      Rule &rule = kernel_.rules[number++];
      std::vector<std::string> inames = kernel_.inameNames();
      inames.insert(inames.end(), rule.params.begin(), rule.params.end());
      exprs_.setInames(std::move(inames));
      rule.body = exprs_.read(item.member("body"));
    });
  }

  void readReduction(const Place &place) {
    place.allowOnly({"id", "op", "inames", "accumulators"});
    ReductionInfo reduction;
    reduction.id = place.member("id").name();
    reduction.op = place.member("op").oneOf("reduction",
                                            {ReductionOp::Sum, ReductionOp::Product, ReductionOp::Min, ReductionOp::Max,
                                             ReductionOp::Any, ReductionOp::All, ReductionOp::ArgMin,
                                             ReductionOp::ArgMax, ReductionOp::SegmentedSum},
                                            [](ReductionOp op) { return spelling(op); });
    reduction.inames = place.member("inames").texts();
    const Place accumulators = place.member("accumulators");
    reduction.accumulators = accumulators.texts();
    const bool hasIndex = reduction.op == ReductionOp::ArgMin || reduction.op == ReductionOp::ArgMax;
    if (reduction.accumulators.size() != (hasIndex ? 2u : 1u))
      accumulators.fail(std::string("`") + spelling(reduction.op) + "` has " +
                        (hasIndex ? "two accumulators." : "one accumulator."));
    kernel_.reductions.push_back(std::move(reduction));
  }

  void readFact(const Place &place) {
    const Place kind = place.member("kind");
    exprs_.setInames(kernel_.inameNames());
    const Place array = place.member("array");
    if (!kernel_.findArray(array.text()))
      array.fail(unknownName("array", array.text(), kernel_.arrayNames()));
    if (kind.text() == "disjoint") {
      place.allowOnly({"kind", "array", "index", "value", "at"});
      const std::vector<Expr> index = exprs_.readList(place.member("index"));
      kernel_.facts.push_back(
          DisjointFact{array.text(), index, exprs_.readInteger(place.member("value")), ranges_.read(place)});
    } else if (kind.text() == "trusted") {
      place.allowOnly({"kind", "array", "statements", "at"});
      const Place pair = place.member("statements");
      const std::vector<std::string> ids = pair.texts();
      if (ids.size() != 2)
        pair.fail("There are to be two statements.");
      kernel_.facts.push_back(TrustedFact{ids[0], ids[1], array.text(), ranges_.read(place)});
    } else {
      kind.fail(unknownName("kind of fact", kind.text(), {"disjoint", "trusted"}));
    }
  }

  void requireWellFormed() const {
    try {
      verify(kernel_);
    } catch (const IllFormed &problem) {
      place_.fail("The " + problem.why() + ".");
    }
  }

  const Place &place_;
  const RangeReader &ranges_;
  Kernel kernel_;
  ExprReader exprs_;
};

} // namespace

Kernel readKernel(const Place &place, const RangeReader &ranges) { return KernelReader(place, ranges).read(); }

} // namespace loopy::json
