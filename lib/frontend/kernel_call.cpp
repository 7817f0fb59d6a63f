#include "kernel_call.h"

#include "statement_builder.h"

#include "loopy/ir/affine.h"
#include "loopy/ir/rules.h"

#include <algorithm>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

// ----------------------------------------------------------------------------------------------------- order of calls
namespace {

void collectCalls(const ast::Items &items, std::map<std::string, SourceRange> &calls) {
  for (const std::unique_ptr<ast::Item> &item : items)
    std::visit(Overloaded{[&](const ast::Statement &statement) {
                            if (statement.kind == ast::Statement::Kind::Call)
                              calls.emplace(statement.rhs->text, statement.rhs->range);
                          },
                          [&](const ast::ForBlock &block) { collectCalls(block.body, calls); },
                          [&](const ast::WithBlock &block) { collectCalls(block.body, calls); },
                          [&](const ast::IfBlock &block) {
                            for (const ast::IfBlock::Branch &branch : block.branches)
                              collectCalls(branch.body, calls);
                          },
                          [](const ast::TempLine &) {}},
               item->data);
}

class CallOrder {
public:
  CallOrder(const ast::File &file, Errors &errors) : file_(file), errors_(errors), states_(file.kernels.size()) {
    for (unsigned k = 0; k < file.kernels.size(); ++k)
      numbers_.emplace(file.kernels[k].name.text, k);
  }

  std::vector<unsigned> run() {
    for (unsigned k = 0; k < file_.kernels.size(); ++k)
      visit(k, file_.kernels[k].range);
    return std::move(order_);
  }

private:
  enum class State { New, Open, Done, Broken };

  // False if the kernel calls itself.
  bool visit(unsigned number, SourceRange call) {
    State &state = states_[number];
    if (state == State::Open)
      errors_.add(call, "The kernel '" + file_.kernels[number].name.text + "' calls itself here, and would never end.",
                  {noteAt(file_.kernels[number].range, "It begins here.")});
    if (state != State::New)
      return state == State::Done;
    state = State::Open;
    bool isGood = true;
    const ast::Kernel &kernel = file_.kernels[number];
    std::map<std::string, SourceRange> calls;
    collectCalls(kernel.items, calls);
    for (const FunctionDecl &function : kernel.functions)
      calls.erase(function.name); // an external function of that name
    for (const auto &[name, range] : calls)
      if (const auto callee = numbers_.find(name); callee != numbers_.end())
        isGood &= visit(callee->second, range);
    states_[number] = isGood ? State::Done : State::Broken;
    if (isGood)
      order_.push_back(number);
    return isGood;
  }

  const ast::File &file_;
  Errors &errors_;
  std::map<std::string, unsigned> numbers_;
  std::vector<State> states_;
  std::vector<unsigned> order_;
};

} // namespace

std::vector<unsigned> callOrder(const ast::File &file, Errors &errors) { return CallOrder(file, errors).run(); }

// ------------------------------------------------------------------------------------------------------------ a call
std::vector<Expr> extentsInCall(Context &context, const Kernel &callee, const CallBody &call, unsigned argument) {
  std::map<std::string, Expr> values;
  for (size_t k = 0; k < call.args.size(); ++k)
    if (const Expr *value = std::get_if<Expr>(&call.args[k]))
      values[callee.argumentOrder[k]] = *value;
  std::vector<Expr> extents;
  for (Expr extent : callee.array(callee.argumentOrder[argument]).shape)
    extents.push_back(rewrite(context, extent, [&](Expr node) {
      const ParamRef *param = node.as<ParamRef>();
      return param ? values.at(param->name) : node;
    }));
  return extents;
}

static std::string shapeText(const std::vector<Expr> &shape) {
  std::string text;
  for (Expr extent : shape)
    text += (text.empty() ? "" : ", ") + toString(extent);
  return "[" + text + "]";
}

// An element, a part, or the name of a whole array.
SubArray StatementBuilder::partOf(const Term &arg, const Array &wanted, const std::string &callee) {
  auto describe = [&] {
    return "'" + wanted.name + "' of '" + callee + "' is " +
           (wanted.shape.empty() ? "one element" : "an array of the shape " + shapeText(wanted.shape));
  };
  SubArray part;
  if (arg.kind == Kind::SubArray) {
    part = subArray(arg);
  } else if (const ArrayInfo *info = arg.kind == Kind::Name ? scope_.array(arg.text) : nullptr;
             info && !scope_.arrayOf(*info).shape.empty()) {
    std::vector<Expr> index;
    for (size_t axis = 0; axis < scope_.arrayOf(*info).shape.size(); ++axis) {
      part.inames.push_back(scope_.freshName(arg.text + "_axis" + std::to_string(axis)));
      index.push_back(scope_.context.iname(part.inames.back(), arg.range));
    }
    part.access = exprs_.load(arg.text, *info, index, arg.range);
  } else if (arg.kind == Kind::Name || arg.kind == Kind::Subscript) {
    part.access = exprs_.buildPlace(arg);
  } else {
    scope_.errors.fail(arg.range, describe() + ", so a part of an array is to stand here.");
  }
  if (part.inames.size() != wanted.shape.size())
    scope_.errors.fail(arg.range, describe() + "; this part has " + std::to_string(part.inames.size()) + " axes.");
  if (part.access.type() != wanted.type)
    scope_.errors.fail(arg.range, "'" + wanted.name + "' of '" + callee + "' is " + wanted.type.name() +
                                      ", and this is " + part.access.type().name() + ".");
  return part;
}

// What the part sweeps is what the callee takes:  for all d:  { swept[d] } = { 0 <= x < extents[d] }
void StatementBuilder::requireShape(const Term &arg, const SubArray &part, const std::vector<Expr> &extents,
                                    const Array &wanted, const std::string &callee) {
  isl::ctx ctx = scope_.context.isl();
  const std::vector<std::string> around = inamesOf(path_);
  const isl::set context = domains_.domainOf({around.begin(), around.end()}).intersect(scope_.kernel.assumptions);
  for (size_t d = 0; d < extents.size(); ++d) {
    const std::optional<isl::pw_aff> extent = toAffine(scope_.context, expandRules(scope_.kernel, extents[d]));
    bool isEqual = false;
    if (extent) {
      const isl::pw_aff x = poly::paramAff(ctx, part.inames[d]);
      auto within = [&](const isl::pw_aff &end) {
        return x.ge_set(poly::constantAff(ctx, 0)).intersect(x.lt_set(end)).intersect(context);
      };
      std::optional<isl::set> swept;
      if (scope_.isIname(part.inames[d]))
        swept = domains_.domainOf({part.inames[d]}).intersect(context);
      else if (auto whole = toAffine(scope_.context, scope_.kernel.array(part.access.as<Load>()->array).shape[d]))
        swept = within(*whole);
      isEqual = swept && withBudget(ctx, scope_.errors, arg.range, [&] { return swept->is_equal(within(*extent)); });
    }
    if (!isEqual)
      scope_.errors.fail(arg.range, "'" + wanted.name + "' of '" + callee + "' has the shape " + shapeText(extents) +
                                        " in this call, and what '" + part.inames[d] + "' sweeps here is not 0 to " +
                                        toString(extents[d]) + " - 1.");
  }
}

Body StatementBuilder::kernelCall(const ast::Statement &statement, const Term &call,
                                  const std::shared_ptr<const Kernel> &callee) {
  if (!callee)
    throw Abandoned{}; // its errors are reported
  const Kernel &kernel = *callee;
  if (!statement.lhs.empty())
    scope_.errors.fail(call.range,
                       "'" + call.text +
                           "' is a kernel: its results are among its arguments, and a call of it is a "
                           "statement of its own.",
                       {noteAt(kernel.source, "It begins here.")});
  if (kernel.argumentOrder.size() != call.args.size())
    scope_.errors.fail(call.range,
                       "'" + call.text + "' takes " + std::to_string(kernel.argumentOrder.size()) + " arguments, but " +
                           std::to_string(call.args.size()) + " are given.",
                       {noteAt(kernel.source, "It begins here.")});
  CallBody body;
  body.callee = call.text;
  FunctionDecl function{call.text, {}, std::nullopt, true, kernel.source, callee};
  for (size_t k = 0; k < call.args.size(); ++k) {
    const std::string &name = kernel.argumentOrder[k];
    const Array *array = kernel.findArray(name);
    function.roles.push_back(array ? array->role : Role::In);
    if (array)
      body.args.push_back(partOf(*call.args[k], *array, call.text));
    else
      body.args.push_back(exprs_.buildFor(*call.args[k], kernel.findParam(name)->type));
  }
  for (unsigned k = 0; k < call.args.size(); ++k)
    if (const SubArray *part = std::get_if<SubArray>(&body.args[k]))
      requireShape(*call.args[k], *part, extentsInCall(scope_.context, kernel, body, k),
                   kernel.array(kernel.argumentOrder[k]), call.text);
  if (!scope_.function(call.text))
    scope_.kernel.functions.push_back(std::move(function));
  return body;
}

} // namespace loopy
