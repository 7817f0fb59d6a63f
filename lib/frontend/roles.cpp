// Roles by a plain must-write check: an argument is an output if unguarded affine writes cover its whole shape for all
// parameter values, and it is never read.
#include "roles.h"

#include "affine_reader.h"
#include "kernel_call.h"

#include "loopy/ir/affine.h"
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
  std::vector<Write> mustWrites;    // unguarded assignments
  std::vector<Write> guardedWrites; // with one guard literal
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
      u.mustWrites.push_back({&statement, part->access, part->inames,
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
      for (Expr place : assign->lhs) {
        Uses &u = uses[place.as<Load>()->array];
        if (ref->guard.size() <= 1)
          (ref->guard.empty() ? u.mustWrites : u.guardedWrites).push_back({ref.get(), place});
      }
  }
  return uses;
}

constexpr const char *tooComplex = "the elements written are too complex to be worked with";

std::string axisName(size_t d) { return "$" + std::to_string(d); }

// { [x0, x1, ..] : the elements that the write touches }, with inames and data projected out; nothing if not affine.
// A write whose domain depends on data is no must-write.
std::optional<isl::set> elements(const Kernel &kernel, const Write &write) {
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
  return poly::projectOut(poly::projectOut(set, write.swept), write.statement->inames);
}

bool sameGuardOpposite(const Write &a, const Write &b) {
  const GuardLiteral &g = a.statement->guard[0], &h = b.statement->guard[0];
  return g.negated != h.negated && equal(g.load, h.load) && equal(a.place, b.place);
}

// One element that no must-write is known to write, as text; nothing if the writes cover the shape.
std::optional<std::string> uncovered(const Kernel &kernel, const Array &array, const Uses &uses) {
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
  for (const Write &write : uses.mustWrites) {
    if (missing.is_empty())
      return std::nullopt;
    if (isl_set_n_basic_set(missing.get()) > 16)
      return std::string(tooComplex);
    if (auto set = elements(kernel, write))
      missing = missing.subtract(*set).coalesce();
  }
  for (size_t a = 0; a < uses.guardedWrites.size(); ++a)
    for (size_t b = a + 1; b < uses.guardedWrites.size(); ++b)
      if (sameGuardOpposite(uses.guardedWrites[a], uses.guardedWrites[b])) {
        auto first = elements(kernel, uses.guardedWrites[a]), second = elements(kernel, uses.guardedWrites[b]);
        if (first && second)
          missing = missing.subtract(first->intersect(*second));
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

void assignRole(Scope &scope, const ast::Argument &argument, Array &array, const Uses &uses) {
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
  std::optional<std::string> missing;
  try {
    poly::OperationBudget budget(scope.context.isl(),
                                 islBudget / 10); // asked for every argument; `inout` is always right
    missing = uncovered(scope.kernel, array, uses);
  } catch (const isl::exception_quota &) {
    missing = tooComplex;
  }
  if (!missing)
    array.role = Role::Out;
  else if (argument.role == Role::Out)
    scope.errors.add(range, "'" + array.name + "' is declared out, but the kernel does not write all of it: " +
                                *missing + ". Declare it inout.");
}

} // namespace

void assignRoles(Scope &scope, const std::vector<ast::Argument> &arguments) {
  std::unordered_map<std::string, Uses> uses = collectUses(scope.kernel);
  for (const ast::Argument &argument : arguments)
    if (ArrayInfo *info = scope.array(argument.name.text))
      assignRole(scope, argument, scope.kernel.arrays[info->index], uses[argument.name.text]);
}

} // namespace loopy
