// Kernel and mapping -> program.
#include "loopy/lower/lower.h"

#include "loopy/ir/rules.h"
#include "loopy/ir/tree.h"
#include "lowering.h"
#include "visit_program.h"

namespace loopy {
namespace {

using lowering::Lowering;

// Names that a function's body uses, by what they are.
struct UsedNames {
  std::set<std::string> read, written; // arrays, parameters and variables
  bool has(const std::string &name) const { return read.count(name) || written.count(name); }
};

void collectUses(Expr e, UsedNames &used) {
  forEach(e, [&](Expr part) {
    if (auto *param = part.as<ParamRef>())
      used.read.insert(param->name);
    if (auto *iname = part.as<InameRef>())
      used.read.insert(iname->name);
    if (auto *load = part.as<Load>())
      used.read.insert(load->array);
  });
}

UsedNames usedNames(const Block &block) {
  UsedNames used;
  lowering::forEachStmt(block, [&](const Stmt &stmt) {
    if (auto *assign = std::get_if<AssignStmt>(&stmt.data)) {
      for (Expr rhs : assign->rhs)
        collectUses(rhs, used);
      for (Expr lhs : assign->lhs) {
        const Load &load = *lhs.as<Load>();
        used.written.insert(load.array);
        for (Expr index : load.index)
          collectUses(index, used);
        if (assign->atomic)
          used.read.insert(load.array);
      }
      return;
    }
    if (auto *call = std::get_if<CallStmt>(&stmt.data))
      for (size_t i = 0; i < call->args.size(); ++i)
        if (auto *load = call->args[i].as<Load>(); load && call->byAddress[i])
          used.written.insert(load->array);
    lowering::forEachOwnExpr(stmt, [&](Expr e) { collectUses(e, used); });
  });
  return used;
}

// `const int i_outer = get_group_id(0);` for the hardware inames that are used.
Block hardwareDeclarations(Lowering &state, unsigned index, const UsedNames &used) {
  Block out;
  const DeviceKernel &device = state.mapping.kernels[index];
  if (!state.mapping.target.hasWorkItems())
    return out;
  for (const std::string &iname : loopsIn(device.tree)) {
    Tag tag = state.kernel.tag(iname);
    if (!tag.isHardware() || !used.has(iname))
      continue;
    std::string function = tag.isGroup() ? "get_group_id(" : "get_local_id(";
    Expr value = state.context.call(function + std::to_string(tag.value) + ")", {}, indexType);
    if (Expr lower = device.axes[tag.isGroup() ? groupAxis(tag.value) : localAxis(tag.value)].lower)
      value = state.context.add(value, lower);
    DeclareStmt stmt;
    stmt.name = iname;
    stmt.type = indexType;
    stmt.isScalar = stmt.isConst = true;
    stmt.init = value;
    out.push_back({std::move(stmt)});
  }
  return out;
}

// Arguments in the user's order, then buffers, then host inames; only what the body uses.
std::vector<FunctionParam> paramsOf(const Lowering &state, unsigned index, const UsedNames &used) {
  std::vector<FunctionParam> params;
  for (const std::string &name : state.kernel.argumentOrder) {
    if (!used.has(name))
      continue;
    if (const Param *param = state.kernel.findParam(name)) {
      params.push_back({name, param->type, false, true, false, 0});
      continue;
    }
    const Array &array = state.kernel.array(name);
    params.push_back({name, array.type, true, !used.written.count(name), false, array.layout.alignment});
    if (array.isImage && state.mapping.target.hasWorkItems())
      params.back().imageAxes = static_cast<unsigned>(array.shape.size());
  }
  if (state.mapping.target.hasWorkItems())
    for (const auto &[name, storage] : state.mapping.storage)
      if (storage.space == AddressSpace::Global && used.has(name))
        params.push_back({name, state.kernel.array(name).type, true, !used.written.count(name), true, 0});
  for (const std::string &iname : state.mapping.kernels[index].hostInames)
    if (used.has(iname))
      params.push_back({iname, indexType, false, true, false, 0});
  return params;
}

// The alignment of the first element of an argument, or of a buffer that the host allocates: OpenCL aligns these for its
// largest type.
unsigned alignmentOf(const Lowering &state, const std::string &name) {
  const Array &array = state.kernel.array(name);
  return array.isTemp() ? 128 : array.layout.alignment;
}

Block withVectors(Lowering &state, Block body) {
  std::map<std::string, int64_t> divisors;
  const lowering::Divisibility divisibility([&](const std::string &param) {
    auto [found, isNew] = divisors.try_emplace(param, 1);
    if (isNew)
      found->second = lowering::divisorOfParameter(state.kernel.assumptions, param);
    return found->second;
  });
  return lowering::withVectorVariables(state.context, std::move(body), divisibility,
                                       [&](const std::string &name) { return alignmentOf(state, name); });
}

DeviceFunction lowerKernel(Lowering &state, unsigned index, const lowering::Scope &host) {
  const DeviceKernel &device = state.mapping.kernels[index];
  DeviceFunction function;
  function.name = device.name;
  for (unsigned n = 0; n < 3; ++n) {
    const AxisExtent &local = device.axes[localAxis(n)];
    function.localSize[n] = local.used ? local.constant : 1;
    if (local.used || device.axes[groupAxis(n)].used)
      function.workDims = n + 1;
  }
  if (state.mapping.target.hasWorkItems())
    function.workDims = std::max(function.workDims, 1u);
  lowering::Scope scope = state.deviceScope(index, host);
  lowering::BodyNode root = state.bodyOf(index);
  Block body = lowering::unrolled(state, state.functionBody(root, scope), scope.known);
  body = lowering::withLateDeclarations(withVectors(state, std::move(body)));
  UsedNames used = usedNames(body);
  Block hardware = hardwareDeclarations(state, index, used);
  for (const Stmt &stmt : hardware)
    lowering::forEachOwnExpr(stmt, [&](Expr e) { collectUses(e, used); });
  lowering::forEachStmt(body, [&](const Stmt &stmt) { // scalars' own names are no parameters
    if (auto *declaration = std::get_if<DeclareStmt>(&stmt.data))
      used.written.erase(declaration->name), used.read.erase(declaration->name);
  });
  function.params = paramsOf(state, index, used);
  body.insert(body.begin(), hardware.begin(), hardware.end());
  function.body = std::move(body);
  return function;
}

} // namespace

Program interfaceOf(const Kernel &kernel) {
  Program program;
  program.context = kernel.context;
  program.name = kernel.name;
  program.assumptions = kernel.assumptions;
  program.fixedParams = kernel.fixedParams;
  program.homes = kernel.homes;
  for (const std::string &name : kernel.argumentOrder) {
    if (const Param *param = kernel.findParam(name)) {
      program.args.push_back({.name = name, .type = param->type});
      continue;
    }
    const Array &array = kernel.array(name);
    program.args.push_back({.name = name,
                            .type = array.type,
                            .isArray = true,
                            .role = array.role,
                            .shape = array.shape,
                            .layout = array.layout,
                            .isImage = array.isImage});
  }
  return program;
}

Program lower(const Kernel &source, const Mapping &mapping) {
  const Kernel kernel = liveKernel(source);
  Lowering state(kernel, mapping);
  Program program = interfaceOf(kernel);
  program.target = mapping.target;
  program.externals = kernel.functions;
  program.functions.resize(mapping.kernels.size());
  for (size_t i = 0; i < mapping.kernels.size(); ++i)
    program.functions[i].name = mapping.kernels[i].name;
  state.lowerHost(mapping.host, state.hostScope(), program.host, [&](unsigned index, const lowering::Scope &scope) {
    program.functions[index] = lowerKernel(state, index, scope);
  });
  program.notes = state.notes;
  if (program.functions.empty() && !mapping.target.hasWorkItems()) { // no statements: a function of an empty body
    program.functions.emplace_back();
    program.functions.back().name = kernel.name;
  }
  if (mapping.target.hasWorkItems())
    for (const auto &[name, storage] : mapping.storage)
      if (storage.space == AddressSpace::Global)
        program.buffers.push_back({name, kernel.array(name).type, state.elementsOf(storage)});
  return program;
}

Program lower(const Kernel &kernel, const Target &target) { return lower(kernel, mapToTarget(kernel, target)); }

} // namespace loopy
