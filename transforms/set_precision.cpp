#include "loopy/transforms/set_precision.h"

#include "edit.h"
#include "precision.h"
#include "relayout.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

class PrecisionSetter {
public:
  PrecisionSetter(const Kernel &kernel, const SetPrecision &options)
      : kernel_(kernel), context_(*kernel.context), options_(options) {}

  Kernel run() {
    const ScalarKind type = realKind(options_.type, "type");
    if (!options_.compute.empty())
      compute_ = realKind(options_.compute, "compute");
    chooseArrays(type);
    for (const StatementRef &statement : kernel_.statements)
      requireConvertible(*statement);
    Kernel result = kernel_;
    bool isChanged = !types_.empty();
    for (Array &array : result.arrays)
      if (const auto found = types_.find(array.name); found != types_.end())
        array.type = found->second;
    for (StatementRef &statement : result.statements)
      if (accessesChosen(*statement) || (compute_ && options_.target == "all")) {
        Statement changed = withTypes(*statement);
        isChanged |= !types_.empty() || differs(*statement, changed);
        statement = std::make_shared<const Statement>(std::move(changed));
      }
    changeInterface(result);
    for (Rule &rule : result.rules)
      rule.body = rewrite(context_, rule.body, [&](Expr e) { return stored(e); });
    if (!isChanged)
      fail("The values are stored and computed in " + options_.type + " already.");
    return result;
  }

private:
  [[noreturn]] void fail(const std::string &message) const { throw UserError(options_.where, message); }

  ScalarKind realKind(const std::string &name, const std::string &option) const {
    const std::optional<Type> type = parseType(name);
    if (!type || !type->isFloat() || type->isVector())
      fail(option + "= is float16, float32 or float64, not `" + name + "`.");
    return type->kind;
  }

  // ----------------------------------------------------------------------------------------------------------- arrays
  // What an element of this type becomes; nothing where there is no such type.
  std::optional<Type> withKind(Type old, ScalarKind kind) const {
    if (old.isFloat())
      return Type{kind, old.lanes};
    if (!old.isComplex() || kind == ScalarKind::Float16)
      return std::nullopt;
    return Type{kind == ScalarKind::Float32 ? ScalarKind::Complex64 : ScalarKind::Complex128, old.lanes};
  }

  void chooseArrays(ScalarKind kind) {
    if (options_.target != "all" || kernel_.findArray("all")) {
      const Array &array = requireArray(kernel_, options_.target, options_.where);
      if (array.isImage)
        fail("`" + array.name +
             "` is an image, whose type the hardware knows. Set the precision before it becomes one.");
      const std::optional<Type> type = withKind(array.type, kind);
      if (!type)
        fail("`" + array.name + "` holds values of the type " + array.type.name() + ", which cannot be stored as " +
             options_.type + ": set_precision changes the precision of floats" +
             (array.type.isComplex() ? ", and there are no complex numbers of this one." : "."));
      if (!array.isTemp() && (array.type.isComplex() || array.type.isVector()))
        fail("`" + array.name + "` is an argument of the type " + array.type.name() +
             ", whose elements are not converted; those of real floats are.");
      chosen_.insert(array.name);
      if (*type != array.type)
        types_[array.name] = *type;
      else if (!compute_)
        fail("`" + array.name + "` is stored as " + array.type.name() + " already.");
      return;
    }
    for (const Array &array : kernel_.arrays)
      if (const std::optional<Type> type = withKind(array.type, kind); array.isTemp() && type) {
        chosen_.insert(array.name);
        if (*type != array.type)
          types_[array.name] = *type;
      }
    if (types_.empty() && !compute_)
      fail("No temporary holds floats of another precision than " + options_.type +
           ". Name an argument to change its type; compute= says in which precision all statements compute.");
  }

  bool accessesChosen(const Statement &statement) const {
    return llvm::any_of(accesses(statement),
                        [&](const AccessRef &access) { return chosen_.count(access.load->array) != 0; });
  }

  // ------------------------------------------------------------------------------------------------------- statements
  void requireConvertible(const Statement &statement) const {
    const std::string head = "set_precision(" + options_.target + ") is not possible: ";
    if (const CallBody *call = std::get_if<CallBody>(&statement.body)) {
      for (const auto &arg : call->args)
        if (const SubArray *part = std::get_if<SubArray>(&arg); part && types_.count(part->access.as<Load>()->array))
          fail(head + "`" + statement.id + "` passes a part of `" + part->access.as<Load>()->array + "` to `" +
               call->callee + "`, which expects its type.");
      for (Expr place : call->results)
        if (types_.count(place.as<Load>()->array))
          fail(head + "`" + call->callee + "` in `" + statement.id + "` gives `" + place.as<Load>()->array +
               "` a value of its type.");
    }
    const Assign *assign = std::get_if<Assign>(&statement.body);
    if (assign && assign->atomic && (types_.count(assign->lhs[0].as<Load>()->array) || computesIn(statement)))
      fail(head + "`" + statement.id + "` updates `" + assign->lhs[0].as<Load>()->array +
           "` atomically, in the type that it has.");
  }
  bool computesIn(const Statement &statement) const {
    return compute_ && (options_.target == "all" || accessesChosen(statement));
  }

  // The user's argument keeps its type, and its elements are converted on the way to the program and back.
  void changeInterface(Kernel &result) const {
    for (const auto &[name, type] : types_) {
      const Array &old = kernel_.array(name);
      const auto isHere = [&](const Home::Part &part) { return part.access.as<Load>()->array == old.name; };
      const bool isHome =
          llvm::any_of(result.homes, [&](const Home &home) { return llvm::any_of(home.parts, isHere); });
      if (!old.isTemp() && !isHome)
        result.homes.push_back(ownHome(kernel_, old));
      for (Home &home : result.homes)
        for (Home::Part &part : home.parts)
          if (isHere(part))
            part.access = context_.load(old.name, part.access.as<Load>()->index, type, part.access.range());
    }
  }

  // A read of a place whose type changes, converted to what it was.
  Expr stored(Expr e) const {
    const Load *load = e.as<Load>();
    const auto found = load ? types_.find(load->array) : types_.end();
    return found == types_.end()
               ? e
               : context_.cast(e.type(), context_.load(load->array, load->index, found->second, e.range()), e.range());
  }

  Statement withTypes(const Statement &statement) const {
    Statement result = statement;
    const auto value = [&](Expr e) {
      const Expr read = rewrite(context_, e, [&](Expr node) { return stored(node); });
      return compute_ ? inPrecision(context_, read, *compute_) : read;
    };
    const auto place = [&](Expr e) {
      const Load &load = *e.as<Load>();
      const auto found = types_.find(load.array);
      return found == types_.end() ? e : context_.load(load.array, load.index, found->second, e.range());
    };
    if (Assign *assign = std::get_if<Assign>(&result.body)) {
      for (size_t i = 0; i < assign->lhs.size(); ++i) {
        assign->lhs[i] = place(assign->lhs[i]);
        assign->rhs[i] = context_.cast(assign->lhs[i].type(), value(assign->rhs[i]), assign->rhs[i].range());
      }
    } else if (CallBody *call = std::get_if<CallBody>(&result.body)) {
      for (auto &arg : call->args)
        if (Expr *e = std::get_if<Expr>(&arg))
          *e = context_.cast(e->type(), value(*e), e->range());
    }
    return result;
  }

  static bool differs(const Statement &before, const Statement &after) {
    const Assign *a = std::get_if<Assign>(&before.body), *b = std::get_if<Assign>(&after.body);
    if (!a || !b)
      return !std::holds_alternative<Nop>(before.body) && !std::holds_alternative<Barrier>(before.body);
    for (size_t i = 0; i < a->rhs.size(); ++i)
      if (!equal(a->rhs[i], b->rhs[i]) || a->rhs[i].type() != b->rhs[i].type())
        return true;
    return false;
  }

  const Kernel &kernel_;
  Context &context_;
  const SetPrecision &options_;
  std::optional<ScalarKind> compute_;
  std::set<std::string> chosen_;      // arrays that are meant
  std::map<std::string, Type> types_; // of those whose type changes
};

} // namespace

Kernel setPrecision(const Kernel &kernel, const SetPrecision &options, Notes *notes) {
  Kernel result = PrecisionSetter(kernel, options).run();
  markApproximate(notes);
  return result;
}

} // namespace loopy
