// Builds kernels without the frontend, affine expressions and domains given as text.
#pragma once

#include "loopy/ir/affine.h"
#include "loopy/ir/tree.h"
#include "loopy/ir/verify.h"

#include <regex>

namespace loopy::test {

class MadeKernel {
public:
  explicit MadeKernel(const std::string &name) {
    kernel.context = &context;
    kernel.name = name;
    kernel.assumptions = poly::universe(context.isl());
  }

  void param(const std::string &name) {
    kernel.params.push_back({name, indexType, {}});
    kernel.argumentOrder.push_back(name);
  }
  void array(const std::string &name, Role role, const std::vector<std::string> &shape) {
    Array made;
    made.name = name;
    made.type = float32Type;
    made.role = role;
    for (const std::string &extent : shape)
      made.shape.push_back(affine(extent));
    kernel.arrays.push_back(made);
    kernel.argumentOrder.push_back(name);
  }
  void temp(const std::string &name, unsigned implicitAxes, const std::vector<std::string> &shape = {},
            Type type = float32Type) {
    Array made;
    made.name = name;
    made.type = type;
    made.role = Role::Temp;
    made.implicitAxes = implicitAxes;
    for (const std::string &extent : shape)
      made.shape.push_back(affine(extent));
    kernel.arrays.push_back(made);
  }
  void iname(const std::string &name, const std::string &tag = "") {
    kernel.inames.push_back({name, tag.empty() ? Tag{} : *parseTag(tag), {}});
  }
  isl::set set(const std::string &text) { return isl::set(context.isl(), names(text) + " -> { : " + text + " }"); }
  Expr affine(const std::string &text) {
    isl_pw_aff *aff = isl_pw_aff_read_from_str(context.isl().get(), (names(text) + " -> { [(" + text + ")] }").c_str());
    isl::pw_aff value = isl::manage(aff);
    return fromPwAff(context, value, namesOf(kernel));
  }
  Expr load(const std::string &array, const std::vector<std::string> &index = {}) {
    std::vector<Expr> subscripts;
    for (const std::string &text : index)
      subscripts.push_back(affine(text));
    return context.load(array, subscripts, kernel.array(array).type);
  }
  Expr number(double value) { return context.constant(value, float32Type); }
  Statement &statement(const std::string &id, const std::vector<std::string> &inames, const std::string &domain,
                       Expr lhs, Expr rhs) {
    auto made = std::make_shared<Statement>();
    made->id = id;
    made->inames = inames;
    made->domain = set(domain);
    made->body = Assign{{lhs}, {rhs}, false};
    kernel.statements.push_back(made);
    return *made;
  }

  Context context;
  Kernel kernel;

private:
  static std::string names(const std::string &text) {
    std::set<std::string> found;
    static const std::regex name("[A-Za-z_][A-Za-z_0-9]*");
    for (auto it = std::sregex_iterator(text.begin(), text.end(), name); it != std::sregex_iterator(); ++it)
      if (it->str() != "and" && it->str() != "or" && it->str() != "mod" && it->str() != "floor" &&
          it->str() != "exists")
        found.insert(it->str());
    std::string list;
    for (const std::string &n : found)
      list += (list.empty() ? "" : ", ") + n;
    return "[" + list + "]";
  }
};

} // namespace loopy::test
