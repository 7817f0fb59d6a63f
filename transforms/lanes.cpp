#include "lanes.h"

#include "edit.h"
#include "extent.h"

#include "loopy/ir/affine.h"

#include <algorithm>

namespace loopy {
namespace {

// Rounds of one work-item that are unrolled, and the nodes of all their expressions; more stay a loop.
constexpr int64_t mostUnrolledRounds = 16;
constexpr int64_t mostUnrolledNodes = 256;

// The node that holds `use`, of the outermost hardware loop around it; a top-level node if there is none.
const NodeRef &groupNode(const Kernel &kernel, const Tree &tree, const std::string &use) {
  const Path path = pathTo(tree, use);
  const NodeRef *node = &tree[path.positions[0]];
  const NodeRef *top = node;
  for (size_t depth = 0; depth < path.loops.size(); ++depth) {
    if (kernel.tag(path.loops[depth]).isHardware())
      return *node;
    node = &(*node)->loop()->children[path.positions[depth + 1]];
  }
  return *top;
}

// The name for loop number `i`.
std::string loopName(const Kernel &kernel, const DealRequest &request, size_t i, const std::string &byDefault) {
  if (request.inames.empty())
    return kernel.freshName(byDefault);
  requireNewName(kernel, request.inames[i], request.where);
  return request.inames[i];
}

void checkNameCount(const DealRequest &request, size_t count) {
  if (!request.inames.empty() && request.inames.size() != count)
    throw UserError(request.where, "The fill has " + std::to_string(count) + (count == 1 ? " loop" : " loops") +
                                       ", but inames= gives " + std::to_string(request.inames.size()) +
                                       (request.inames.size() == 1 ? " name." : " names."));
}

isl::set boundsOf(isl::ctx ctx, const FillLoop &loop) {
  isl::pw_aff value = poly::paramAff(ctx, loop.name);
  return value.ge_set(poly::constantAff(ctx, 0)).intersect(value.lt_set(poly::constantAff(ctx, loop.extent)));
}

// e as a sum of coefficient*digit with ascending coefficients, 0 <= digit < extent.
struct Term {
  int64_t coefficient = 1;
  Expr digit;
  int64_t extent = 1;
};

// The largest value of the sum.
int64_t largest(const std::vector<Term> &terms) {
  int64_t sum = 0;
  for (const Term &term : terms)
    sum += term.coefficient * (term.extent - 1);
  return sum;
}

Expr sumOf(Context &context, const std::vector<Term> &terms) {
  Expr sum;
  for (size_t i = terms.size(); i-- > 0;) {
    Expr term = context.mul(terms[i].coefficient, terms[i].digit);
    sum = sum ? context.add(sum, term) : term;
  }
  return sum ? sum : context.constant(int64_t{0});
}

// Splits the digit in which a multiple of `divisor` begins, so that 16*x + y over 64 is 64*(x // 4) + 16*(x % 4) + y.
std::vector<Term> splitAt(Context &context, const std::vector<Term> &terms, int64_t divisor) {
  std::vector<Term> result;
  for (const Term &term : terms) {
    const int64_t base = divisor / term.coefficient;
    if (divisor % term.coefficient != 0 || base <= 1 || base >= term.extent) {
      result.push_back(term);
      continue;
    }
    Expr modulus = context.constant(base);
    result.push_back({term.coefficient, context.binary(BinaryOp::Mod, term.digit, modulus), base});
    result.push_back(
        {divisor, context.binary(BinaryOp::FloorDiv, term.digit, modulus), (term.extent + base - 1) / base});
  }
  return result;
}

struct Division {
  std::vector<Term> multiples, rest; // terms that divisor divides, and the others
  bool isClean = false;              // 0 <= rest < divisor
};

Division divide(const std::vector<Term> &terms, int64_t divisor) {
  Division result;
  for (const Term &term : terms)
    (term.coefficient % divisor == 0 ? result.multiples : result.rest).push_back(term);
  result.isClean = largest(result.rest) < divisor;
  return result;
}

// (e // inner) % extent, without the remainder for the outermost axis. (16*p + q) // 16 is p where 0 <= q < 16.
Expr coordinate(Context &context, std::vector<Term> terms, int64_t inner, int64_t extent, bool isOutermost) {
  terms = splitAt(context, terms, inner);
  if (!isOutermost)
    terms = splitAt(context, terms, inner * extent);
  Division quotient = divide(terms, inner);
  if (!quotient.isClean) {
    Expr e = context.binary(BinaryOp::FloorDiv, sumOf(context, terms), context.constant(inner));
    return isOutermost ? e : context.binary(BinaryOp::Mod, e, context.constant(extent));
  }
  for (Term &term : quotient.multiples)
    term.coefficient /= inner;
  if (isOutermost)
    return sumOf(context, quotient.multiples);
  Division remainder = divide(quotient.multiples, extent);
  if (remainder.isClean)
    return sumOf(context, remainder.rest);
  return context.binary(BinaryOp::Mod, sumOf(context, quotient.multiples), context.constant(extent));
}

// The axes of the box, fastest first, have just the extents of the first lane axes.
bool matches(const DealRequest &request, const std::vector<LaneAxis> &lanes) {
  if (request.order.size() > lanes.size())
    return false;
  for (size_t i = 0; i < request.order.size(); ++i)
    if (request.extents[request.order[request.order.size() - 1 - i]] != lanes[i].extent)
      return false;
  return true;
}

} // namespace

std::vector<LaneAxis> laneAxes(const Kernel &kernel, const Tree &tree, const std::string &use,
                               const std::vector<std::string> &around, SourceRange where) {
  const NodeRef &node = groupNode(kernel, tree, use);
  Kernel below = kernel; // the statements of this group alone
  below.tree = Tree{node};
  const std::vector<std::string> inGroup = statementsBelow(node);
  std::erase_if(below.statements, [&](const StatementRef &statement) {
    return std::find(inGroup.begin(), inGroup.end(), statement->id) == inGroup.end();
  });
  std::map<int, int64_t> extents;
  for (const std::string &iname : loopsIn(Tree{node})) {
    const Tag tag = kernel.tag(iname);
    if (tag.kind != Tag::Kind::Local)
      continue;
    std::optional<int64_t> extent = constantExtent(kernel, statementsWith(below, iname), iname, {});
    if (!extent)
      throw UserError(where, "The elements cannot be dealt out to the work-items of a group: loop `" + iname +
                                 "`, tagged " + tag.name() + ", has no constant length.");
    extents[tag.value] = std::max({extents[tag.value], *extent, int64_t{1}}); // an empty loop takes one too
  }
  for (const std::string &iname : around)
    if (kernel.tag(iname).kind == Tag::Kind::Local)
      extents.erase(kernel.tag(iname).value);
  std::vector<LaneAxis> axes;
  for (const auto &[number, extent] : extents)
    axes.push_back({number, extent});
  return axes;
}

Dealing loopPerAxis(const Kernel &kernel, const DealRequest &request, const std::vector<Tag> &tags) {
  Context &context = *kernel.context;
  checkNameCount(request, request.extents.size());
  Dealing result;
  result.domain = poly::universe(context.isl());
  std::vector<std::string> names;
  for (size_t axis = 0; axis < request.extents.size(); ++axis) {
    names.push_back(loopName(kernel, request, axis, request.axisNames[axis]));
    result.coordinates.push_back(context.iname(names[axis]));
  }
  for (unsigned axis : request.order)
    result.loops.push_back({names[axis], tags.empty() ? Tag{} : tags[axis], request.extents[axis]});
  return result;
}

Dealing dealOut(const Kernel &kernel, const DealRequest &request, const std::vector<LaneAxis> &lanes) {
  if (matches(request, lanes)) {
    std::vector<Tag> tags(request.extents.size());
    for (size_t i = 0; i < request.order.size(); ++i)
      tags[request.order[request.order.size() - 1 - i]] = Tag{Tag::Kind::Local, lanes[i].number};
    return loopPerAxis(kernel, request, tags);
  }
  Context &context = *kernel.context;
  int64_t elements = 1, workItems = 1;
  for (int64_t extent : request.extents)
    elements *= extent;

  // e = lane along l.0 + extent(l.0) * lane along l.1 + ... + workItems * round, no more axes than needed
  std::vector<FillLoop> loops; // fastest first
  for (const LaneAxis &lane : lanes) {
    if (workItems >= elements)
      break;
    loops.push_back(
        {request.prefix + "_l" + std::to_string(lane.number), Tag{Tag::Kind::Local, lane.number}, lane.extent});
    workItems *= lane.extent;
  }
  if (const int64_t rounds = (elements + workItems - 1) / workItems; rounds > 1) {
    const bool isUnrolled = rounds <= mostUnrolledRounds && rounds * request.work <= mostUnrolledNodes;
    loops.push_back({request.prefix + "_r", isUnrolled ? Tag{Tag::Kind::Unroll} : Tag{}, rounds});
  }
  checkNameCount(request, loops.size());
  std::vector<Term> terms;
  int64_t coefficient = 1;
  for (size_t i = 0; i < loops.size(); ++i) {
    loops[i].name = loopName(kernel, request, loops.size() - 1 - i, loops[i].name);
    terms.push_back({coefficient, context.iname(loops[i].name), loops[i].extent});
    coefficient *= loops[i].extent;
  }

  Dealing result;
  result.domain = poly::universe(context.isl());
  for (const FillLoop &loop : loops)
    result.domain = result.domain.intersect(boundsOf(context.isl(), loop));
  result.loops.assign(loops.rbegin(), loops.rend());
  if (largest(terms) >= elements)
    result.domain = result.domain.intersect(
        toAffine(context, sumOf(context, terms))->lt_set(poly::constantAff(context.isl(), elements)));
  result.coordinates.resize(request.extents.size());
  int64_t inner = 1;
  for (size_t i = request.order.size(); i-- > 0;) {
    const unsigned axis = request.order[i];
    result.coordinates[axis] = coordinate(context, terms, inner, request.extents[axis], i == 0);
    inner *= request.extents[axis];
  }
  return result;
}

Dealing inGroups(const Kernel &kernel, DealRequest request, int64_t width,
                 const std::function<Dealing(const DealRequest &)> &deal) {
  Context &context = *kernel.context;
  if (request.order.empty())
    throw UserError(request.where, "vec= wants an axis to fill, and there is only one element.");
  const unsigned fastest = request.order.back();
  if (request.extents[fastest] % width != 0)
    throw UserError(request.where, "The fill cannot move " + std::to_string(width) + " elements at a time: " +
                                       std::to_string(request.extents[fastest]) + " of them lie along `" +
                                       request.axisNames[fastest] + "`, the axis that is contiguous in what it reads.");
  FillLoop lanes{request.prefix + "_v", Tag{}, width};
  if (request.inames.empty()) {
    lanes.name = kernel.freshName(lanes.name);
  } else {
    lanes.name = request.inames.back();
    requireNewName(kernel, lanes.name, request.where);
    request.inames.pop_back();
    if (request.inames.empty())
      throw UserError(request.where, "The fill has more than one loop, but inames= gives 1 name.");
  }
  request.extents[fastest] /= width;
  Dealing result = deal(request);
  result.coordinates[fastest] =
      context.add(context.mul(width, result.coordinates[fastest]), context.iname(lanes.name, request.where));
  result.domain = result.domain.intersect(boundsOf(context.isl(), lanes));
  result.loops.push_back(std::move(lanes));
  return result;
}

} // namespace loopy
