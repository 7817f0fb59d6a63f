// Small programs, made by hand as lowering would make them, for the tests of codegen and of the run time.
#pragma once

#include "loopy/lower/program.h"

namespace loopy::test {

class ProgramBuilder {
public:
  explicit ProgramBuilder(Context &context) : c(context) {}

  Context &c;
  Expr number(int64_t value) { return c.constant(value); }
  Expr real(double value) { return c.constant(value, float32Type); }
  Expr param(const std::string &name) { return c.param(name, indexType); }
  Expr var(const std::string &name) { return c.iname(name); }
  Expr at(const std::string &array, Expr index, Type type = float32Type) { return c.load(array, {index}, type); }
  Expr scalar(const std::string &name, Type type = float32Type) { return c.load(name, {}, type); }
  Expr groupId(int64_t axis = 0) { return c.call("get_group_id", {number(axis)}, indexType); }
  Expr localId(int64_t axis = 0) { return c.call("get_local_id", {number(axis)}, indexType); }

  static Stmt assign(Expr lhs, Expr rhs) { return {AssignStmt{{lhs}, {rhs}, false}}; }
  static Stmt atomic(Expr lhs, Expr rhs) { return {AssignStmt{{lhs}, {rhs}, true}}; }
  static Stmt loop(const std::string &var, Expr lower, Expr upper, Block body) {
    ForStmt loop;
    loop.var = var;
    loop.lower = lower;
    loop.upper = upper;
    loop.body = std::move(body);
    return {std::move(loop)};
  }
  static Stmt when(Expr condition, Block body) { return {IfStmt{condition, std::move(body), {}}}; }
  Stmt constant(const std::string &name, Expr value) {
    DeclareStmt declare;
    declare.name = name;
    declare.type = indexType;
    declare.isScalar = declare.isConst = true;
    declare.init = value;
    return {declare};
  }
  static Stmt array(const std::string &name, Type type, AddressSpace space, int64_t elements) {
    DeclareStmt declare;
    declare.name = name;
    declare.type = type;
    declare.space = space;
    declare.elements = elements;
    return {declare};
  }

  // A program of one function whose parameters are its arguments, with n >= 0.
  Program program(const std::string &name, Target target, std::vector<ProgramArg> args, Block body) {
    Program program;
    program.context = &c;
    program.target = target;
    program.name = name;
    DeviceFunction function;
    function.name = name;
    for (const ProgramArg &arg : args)
      function.params.push_back({arg.name, arg.type, arg.isArray, arg.role == Role::In, false, 0});
    function.body = std::move(body);
    program.args = std::move(args);
    program.functions.push_back(std::move(function));
    program.host.push_back({LaunchStmt{}});
    program.assumptions = poly::paramAff(c.isl(), "n").ge_set(poly::constantAff(c.isl(), 0));
    return program;
  }
  // The same on work-groups of `size` along one axis.
  Program onGroups(Program program, int64_t size, Expr groups) {
    program.functions.front().localSize = {size, 1, 1};
    program.functions.front().workDims = 1;
    std::get<LaunchStmt>(program.host.front().data).groups = {groups, number(1), number(1)};
    return program;
  }
  static ProgramArg scalarArg(const std::string &name, Type type) { return {name, type, false, Role::In, {}, {}}; }
  static ProgramArg arrayArg(const std::string &name, Type type, Role role, std::vector<Expr> shape) {
    return {name, type, true, role, std::move(shape), {}};
  }

  std::vector<ProgramArg> saxpyArgs() {
    return {scalarArg("n", indexType), scalarArg("a", float32Type), arrayArg("x", float32Type, Role::In, {param("n")}),
            arrayArg("y", float32Type, Role::InOut, {param("n")})};
  }
  Stmt saxpyUpdate(Expr i) {
    Expr product = c.mul(c.param("a", float32Type), at("x", i));
    return assign(at("y", i), c.add(at("y", i), product));
  }

  // y[i] = y[i] + a*x[i] for 0 <= i < n
  Program saxpy(Target target) {
    if (!target.hasWorkItems())
      return program("saxpy", target, saxpyArgs(),
                     {loop("i", number(0), c.sub(param("n"), number(1)), {saxpyUpdate(var("i"))})});
    Expr index = c.add(c.mul(16, groupId()), localId());
    Block body = {constant("i", index), when(c.compare(CompareOp::Lt, var("i"), param("n")), {saxpyUpdate(var("i"))})};
    return onGroups(program("saxpy", target, saxpyArgs(), body), 16, ceilingOf16(param("n")));
  }

  Expr ceilingOf16(Expr e) { return c.binary(BinaryOp::FloorDiv, c.add(e, number(15)), number(16)); }

  // b[16*g + l] = a[16*g + 15 - l], through local memory; n is the number of groups.
  Program reversedTiles() {
    Expr extent = c.mul(16, param("n")), base = c.mul(16, groupId());
    Expr mirrored = c.sub(number(15), localId());
    Stmt barrier{BarrierStmt{true, false, "t: fill -> use"}};
    Block body = {array("t", float32Type, AddressSpace::Local, 16),
                  assign(at("t", localId()), at("a", c.add(base, localId()))), barrier,
                  assign(at("b", c.add(base, localId())), at("t", mirrored))};
    return onGroups(program("reverse", Target::openCL(),
                            {scalarArg("n", indexType), arrayArg("a", float32Type, Role::In, {extent}),
                             arrayArg("b", float32Type, Role::Out, {extent})},
                            body),
                    16, param("n"));
  }

  // for t in [0, steps): u[i] = t*u[i] + 1, one launch for each t
  Program hostLoop() {
    Expr i = groupId();
    Expr scaled = c.mul(c.cast(float32Type, var("t")), at("u", i));
    Program result = onGroups(program("steps", Target::openCL(),
                                      {scalarArg("n", indexType), scalarArg("steps", indexType),
                                       arrayArg("u", float32Type, Role::InOut, {param("n")})},
                                      {assign(at("u", i), c.add(scaled, real(1)))}),
                              1, param("n"));
    std::vector<FunctionParam> &params = result.functions.front().params;
    params.push_back({"t", indexType, false, false, false, 0});
    result.host = {{HostFor{"t", number(0), c.sub(param("steps"), number(1)), result.host}}};
    return result;
  }
};

} // namespace loopy::test
