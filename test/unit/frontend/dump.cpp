#include "dump.h"

#include <cstdlib>

namespace loopy::test {
namespace {

std::string text(const Kernel &kernel, Expr e) {
  return toString(e, {[&](const std::string &name) {
                    const Array *array = kernel.findArray(name);
                    return array ? array->implicitAxes : 0;
                  }});
}

std::string joined(const std::vector<std::string> &words, const char *separator = ", ") {
  std::string out;
  for (const std::string &word : words)
    out += (out.empty() ? "" : separator) + word;
  return out;
}

std::string list(const Kernel &kernel, const std::vector<Expr> &exprs) {
  std::vector<std::string> words;
  for (Expr e : exprs)
    words.push_back(text(kernel, e));
  return joined(words);
}

std::string argument(const Kernel &kernel, const std::variant<Expr, SubArray> &arg) {
  if (auto *e = std::get_if<Expr>(&arg))
    return text(kernel, *e);
  const SubArray &part = std::get<SubArray>(arg);
  return (part.inames.empty() ? "" : "[" + joined(part.inames) + "]: ") + text(kernel, part.access);
}

std::string text(const isl::set &set) {
  char *chars = isl_set_to_str(set.get());
  std::string out(chars);
  std::free(chars);
  return out;
}

} // namespace

std::string bodyText(const Kernel &kernel, const Statement &statement) {
  return std::visit(Overloaded{[&](const Assign &a) {
                                 return list(kernel, a.lhs) + " = " + list(kernel, a.rhs) + (a.atomic ? " atomic" : "");
                               },
                               [&](const CallBody &c) {
                                 std::vector<std::string> args;
                                 for (const auto &arg : c.args)
                                   args.push_back(argument(kernel, arg));
                                 return (c.results.empty() ? "" : list(kernel, c.results) + " = ") + c.callee + "(" +
                                        joined(args) + ")";
                               },
                               [](const Nop &) { return std::string("nop"); },
                               [](const Barrier &b) {
                                 return std::string(b.scope == Barrier::Scope::Local ? "lbarrier" : "gbarrier");
                               }},
                    statement.body);
}

std::string treeText(const Tree &tree) {
  std::vector<std::string> parts;
  for (const NodeRef &node : tree) {
    if (const Leaf *leaf = node->leaf())
      parts.push_back(joined(leaf->statements, "; "));
    else
      parts.push_back(node->loop()->iname + ": [" + treeText(node->loop()->children) + "]");
  }
  return joined(parts, "; ");
}

std::string dump(const Kernel &kernel) {
  std::string out;
  for (const Param &p : kernel.params)
    out += "param " + p.name + ": " + p.type.name() + "\n";
  out += "assume " + text(kernel.assumptions) + "\n";
  for (const Array &a : kernel.arrays) {
    out += std::string(spelling(a.role)) + " " + a.name + ": " + a.type.name();
    if (a.implicitAxes)
      out += " {" + std::to_string(a.implicitAxes) + "}";
    if (!a.shape.empty())
      out += "[" + list(kernel, a.shape) + "]";
    out += (a.space ? std::string(" in ") + spelling(*a.space) : "") + "\n";
  }
  for (const Rule &r : kernel.rules)
    out += "rule " + r.name + "(" + joined(r.params) + ") := " + text(kernel, r.body) + "\n";
  for (const Fact &f : kernel.facts)
    if (auto *d = std::get_if<DisjointFact>(&f))
      out += "disjoint " + d->array + "[" + list(kernel, d->index) + "] by " + text(kernel, d->value) + "\n";
  for (const StatementRef &s : kernel.statements) {
    out += s->id + " {" + joined(s->inames) + "}: " + bodyText(kernel, *s) + "\n    " + text(s->domain);
    for (const auto &[name, load] : s->dataParams)
      out += " " + name + "=" + text(kernel, load);
    for (const GuardLiteral &g : s->guard)
      out += std::string(" if ") + (g.negated ? "not " : "") + text(kernel, g.load);
    if (s->reduction)
      out += " (" + *s->reduction + ")";
    for (const std::string &tag : s->tags)
      out += " #" + tag;
    out += "\n";
  }
  return out + "tree " + treeText(kernel.tree) + "\n";
}

} // namespace loopy::test
