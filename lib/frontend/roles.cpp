// Roles by a plain must-write check: an argument is an output if affine writes cover its whole shape for all parameter
// values, whatever their conditions turn out to be, and it is never read.
#include "roles.h"

#include "affine_reader.h"
#include "kernel_call.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/guards.h"
#include "loopy/ir/rules.h"

#include <unordered_map>

namespace loopy {
namespace {

struct Write {
  const Statement *statement;
  Expr place;
  std::vector<std::string>
      swept{}; // inames of a part of an array that is written as a whole, 0 <= swept[d] < extents[d]
  std::vector<Expr> extents{};
};
struct Uses {
  bool isRead = false, isWritten = false;
  std::vector<Write> writes; // assignments that are not atomic, and what calls write
};

// What a call is declared to do with its arguments. Kernels write the whole of what they declare `out`.
void collectCall(const Kernel &kernel, const Statement &statement, const CallBody &call,
                 std::unordered_map<std::string, Uses> &uses) {
  auto readAll = [&](Expr e) {
    forEach(e, [&](Expr node) {
      if (const Load *load = node.as<Load>())
        uses[load->array].isRead = true;
    });
  };
  for (Expr place : call.results) {
    uses[place.as<Load>()->array].isWritten = true;
    for (Expr index : place.as<Load>()->index)
      readAll(index);
  }
  const auto function = std::find_if(kernel.functions.begin(), kernel.functions.end(),
                                     [&](const FunctionDecl &f) { return f.name == call.callee; });
  require(function != kernel.functions.end(), "a call of what is not declared");
  for (size_t k = 0; k < call.args.size(); ++k) {
    const auto *part = std::get_if<SubArray>(&call.args[k]);
    if (!part) {
      readAll(std::get<Expr>(call.args[k]));
      continue;
    }
    const Load &load = *part->access.as<Load>();
    for (Expr index : load.index)
      readAll(index);
    Uses &u = uses[load.array];
    u.isRead |= function->roles[k] != Role::Out;
    u.isWritten |= function->roles[k] != Role::In;
    if (function->kernel && function->roles[k] == Role::Out && statement.guard.empty())
      u.writes.push_back({&statement, part->access, part->inames,
                          extentsInCall(*kernel.context, *function->kernel, call, static_cast<unsigned>(k))});
  }
}

std::unordered_map<std::string, Uses> collectUses(const Kernel &kernel) {
  std::unordered_map<std::string, Uses> uses;
  for (const StatementRef &ref : kernel.statements) {
    Statement expanded = expandRules(kernel, *ref);
    auto *call = std::get_if<CallBody>(&expanded.body);
    if (call) {
      collectCall(kernel, *ref, *call, uses);
      expanded.body = Nop{}; // what bounds and guards it is read as everywhere
    }
    for (const AccessRef &access : accesses(expanded)) {
      Uses &u = uses[access.load->array];
      (access.isWrite ? u.isWritten : u.isRead) = true;
    }
    auto *assign = std::get_if<Assign>(&expanded.body);
    if (assign && !assign->atomic)
      for (Expr place : assign->lhs)
        uses[place.as<Load>()->array].writes.push_back({ref.get(), place});
  }
  return uses;
}

constexpr const char *tooComplex = "the elements written are too complex to be worked with";

isl::set withoutInames(const isl::set &set, const std::vector<std::string> &inames, const std::set<std::string> &kept) {
  poly::Names gone;
  std::copy_if(inames.begin(), inames.end(), std::back_inserter(gone),
               [&](const std::string &iname) { return kept.count(iname) == 0; });
  return poly::projectOut(set, gone);
}

std::string axisName(size_t d) { return "$" + std::to_string(d); }

// { [x0, x1, ..], i : the elements that the write touches }, with data and all inames but `kept` projected out; nothing
// if not affine. A write whose domain depends on data is no must-write.
std::optional<isl::set> elements(const Kernel &kernel, const Write &write, const std::set<std::string> &kept) {
  if (!write.statement->dataParams.empty())
    return std::nullopt;
  isl::set set = write.statement->domain;
  const Load *load = write.place.as<Load>();
  for (size_t d = 0; d < load->index.size(); ++d) {
    std::optional<isl::pw_aff> index = toAffine(*kernel.context, load->index[d]);
    if (!index)
      return std::nullopt;
    set = set.intersect(poly::paramAff(kernel.context->isl(), axisName(d)).eq_set(*index));
  }
  for (size_t d = 0; d < write.swept.size(); ++d) {
    std::optional<isl::pw_aff> extent = toAffine(*kernel.context, write.extents[d]);
    if (!extent)
      return std::nullopt;
    const isl::pw_aff x = poly::paramAff(kernel.context->isl(), write.swept[d]);
    set = set.intersect(x.ge_set(poly::constantAff(kernel.context->isl(), 0))).intersect(x.lt_set(*extent));
  }
  return withoutInames(poly::projectOut(set, write.swept), write.statement->inames, kept);
}

// What is written if all literals of the guard hold, for given values of the inames that these mention.
struct Cover {
  std::vector<GuardLiteral> guard;
  std::set<std::string> inames;
  isl::set elements;
};

std::set<std::string> inamesOf(const std::vector<GuardLiteral> &guard) {
  std::set<std::string> inames;
  for (const GuardLiteral &literal : guard)
    inames.merge(inamesIn(literal.load));
  return inames;
}

// Where the rest of two guards holds, one of the two writes runs: both elements are written that these instances share.
std::optional<Cover> joined(const Cover &a, const Cover &b) {
  const std::optional<size_t> literal = complementAt(a.guard, b.guard);
  if (!literal)
    return std::nullopt;
  Cover result = a;
  result.guard.erase(result.guard.begin() + static_cast<ptrdiff_t>(*literal));
  result.inames = inamesOf(result.guard);
  result.elements = withoutInames(a.elements.intersect(b.elements), {a.inames.begin(), a.inames.end()}, result.inames);
  return result.elements.is_empty() ? std::nullopt : std::optional(std::move(result));
}

constexpr size_t mostCovers = 64;

// The elements that are written whatever the conditions are, a set for each way to know.
std::vector<isl::set> surelyWritten(const Kernel &kernel, const std::vector<Write> &writes,
                                    const LastingGuards &guards) {
  std::vector<isl::set> sure;
  std::vector<Cover> covers;
  auto add = [&](Cover cover) {
    if (cover.guard.empty())
      sure.push_back(std::move(cover.elements));
    else if (covers.size() < mostCovers)
      covers.push_back(std::move(cover));
  };
  for (const Write &write : writes)
    if (guards.isLasting(write.statement->guard)) {
      const std::set<std::string> kept = inamesOf(write.statement->guard);
      if (auto set = elements(kernel, write, kept))
        add({write.statement->guard, kept, *set});
    }
  for (size_t i = 0; i < covers.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (std::optional<Cover> both = joined(covers[i], covers[j]))
        add(std::move(*both));
  return sure;
}

// One element that no must-write is known to write, as text; nothing if the writes cover the shape.
std::optional<std::string> uncovered(const Kernel &kernel, const Array &array, const Uses &uses,
                                     const LastingGuards &guards) {
  isl::ctx ctx = kernel.context->isl();
  isl::set missing = kernel.assumptions;
  poly::Names names = kernel.integerParams();
  for (size_t d = 0; d < array.shape.size(); ++d) {
    std::optional<isl::pw_aff> extent = toAffine(*kernel.context, array.shape[d]);
    if (!extent)
      return "its extents are not affine";
    isl::pw_aff x = poly::paramAff(ctx, axisName(d));
    missing = missing.intersect(x.ge_set(poly::constantAff(ctx, 0))).intersect(x.lt_set(*extent));
    names.push_back(axisName(d));
  }
  for (const isl::set &written : surelyWritten(kernel, uses.writes, guards)) {
    if (missing.is_empty())
      return std::nullopt;
    if (isl_set_n_basic_set(missing.get()) > 16)
      return std::string(tooComplex);
    missing = missing.subtract(written).coalesce();
  }
  std::optional<poly::Point> point = poly::samplePoint(missing, names);
  if (!point)
    return std::nullopt;
  std::string element, params;
  for (size_t d = 0; d < array.shape.size(); ++d)
    element += (d ? ", " : "") + std::to_string(point->count(axisName(d)) ? point->at(axisName(d)) : 0);
  for (const std::string &param : kernel.integerParams())
    if (point->count(param))
      params += (params.empty() ? " for " : ", ") + param + " = " + std::to_string(point->at(param));
  return array.name + (element.empty() ? "" : "[" + element + "]") + params + " is not certain to be written";
}

void assignRole(Scope &scope, const ast::Argument &argument, Array &array, const Uses &uses,
                const LastingGuards &guards) {
  SourceRange range = argument.roleRange;
  if (!uses.isWritten) {
    if (argument.role && *argument.role != Role::In)
      scope.errors.add(range, "'" + array.name + "' is declared " + spelling(*argument.role) +
                                  ", but no statement writes it.");
    array.role = Role::In;
    return;
  }
  if (argument.role == Role::In) {
    scope.errors.add(range, "'" + array.name + "' is declared in, but it is written. Declare it out or inout.");
    return;
  }
  array.role = Role::InOut;
  if (argument.role == Role::InOut || (!argument.role && uses.isRead))
    return;
  // Asked for every argument; `inout` is always right.
  const auto found = poly::withinBudget(scope.context.isl(), islBudget / 10,
                                        [&] { return uncovered(scope.kernel, array, uses, guards); });
  const std::optional<std::string> missing = found ? *found : std::optional<std::string>(tooComplex);
  if (!missing)
    array.role = Role::Out;
  else if (argument.role == Role::Out)
    scope.errors.add(range, "'" + array.name + "' is declared out, but the kernel does not write all of it: " +
                                *missing + ". Declare it inout.");
}

} // namespace

void assignRoles(Scope &scope, const std::vector<ast::Argument> &arguments) {
  std::unordered_map<std::string, Uses> uses = collectUses(scope.kernel);
  const LastingGuards guards(scope.kernel);
  for (const ast::Argument &argument : arguments)
    if (ArrayInfo *info = scope.array(argument.name.text))
      assignRole(scope, argument, scope.kernel.arrays[info->index], uses[argument.name.text], guards);
}

} // namespace loopy
