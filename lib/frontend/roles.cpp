// Roles by a plain must-write check: an argument is an output if unguarded affine writes cover its whole shape for all
// parameter values, and it is never read.
#include "roles.h"

#include "affine_reader.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"

#include <unordered_map>

namespace loopy {
namespace {

struct Write {
  const Statement *statement;
  Expr place;
};
struct Uses {
  bool isRead = false, isWritten = false;
  std::vector<Write> mustWrites;    // unguarded assignments
  std::vector<Write> guardedWrites; // with one guard literal
};

std::unordered_map<std::string, Uses> collectUses(const Kernel &kernel) {
  std::unordered_map<std::string, Uses> uses;
  for (const StatementRef &ref : kernel.statements) {
    Statement expanded = expandRules(kernel, *ref);
    for (const AccessRef &access : accesses(expanded)) {
      Uses &u = uses[access.load->array];
      (access.isWrite ? u.isWritten : u.isRead) = true;
    }
    auto *call = std::get_if<CallBody>(&expanded.body);
    auto *assign = std::get_if<Assign>(&expanded.body);
    if (assign && !assign->atomic)
      for (Expr place : assign->lhs) {
        Uses &u = uses[place.as<Load>()->array];
        if (ref->guard.size() <= 1)
          (ref->guard.empty() ? u.mustWrites : u.guardedWrites).push_back({ref.get(), place});
      }
    // What a call is declared to do with its arguments, instead of the cautious reading of accesses().
    if (call)
      for (const FunctionDecl &f : kernel.functions)
        if (f.name == call->callee)
          for (size_t k = 0; k < call->args.size(); ++k) {
            auto *part = std::get_if<SubArray>(&call->args[k]);
            auto *e = std::get_if<Expr>(&call->args[k]);
            const Load *load = part ? part->access.as<Load>() : e->as<Load>();
            if (load && f.roles[k] != Role::In)
              uses[load->array].isWritten = true;
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
  return poly::projectOut(set, write.statement->inames);
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
