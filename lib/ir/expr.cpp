#include "loopy/ir/context.h"

#include <algorithm>

namespace loopy {
namespace {

bool equalLists(const std::vector<Expr> &a, const std::vector<Expr> &b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](Expr x, Expr y) { return equal(x, y); });
}

} // namespace

bool equal(Expr a, Expr b) {
  if (&a.node() == &b.node())
    return true;
  if (a->data.index() != b->data.index())
    return false;
  auto same = [&]<class T>(const T &x, auto &&test) { return test(x, *b.as<T>()); };
  return visit(
      a,
      Overloaded{
          [&](const Constant &c) { return same(c, [](auto &x, auto &y) { return x.value == y.value; }); },
          [&](const ParamRef &p) { return same(p, [](auto &x, auto &y) { return x.name == y.name; }); },
          [&](const InameRef &i) { return same(i, [](auto &x, auto &y) { return x.name == y.name; }); },
          [&](const Load &l) {
            return same(l, [](auto &x, auto &y) { return x.array == y.array && equalLists(x.index, y.index); });
          },
          [&](const Unary &u) {
            return same(u, [](auto &x, auto &y) { return x.op == y.op && equal(x.operand, y.operand); });
          },
          [&](const Binary &n) {
            return same(n, [](auto &x, auto &y) { return x.op == y.op && equal(x.lhs, y.lhs) && equal(x.rhs, y.rhs); });
          },
          [&](const Compare &n) {
            return same(n, [](auto &x, auto &y) { return x.op == y.op && equal(x.lhs, y.lhs) && equal(x.rhs, y.rhs); });
          },
          [&](const Logical &n) {
            return same(n, [](auto &x, auto &y) { return x.op == y.op && equal(x.lhs, y.lhs) && equal(x.rhs, y.rhs); });
          },
          [&](const Select &n) {
            return same(n, [](auto &x, auto &y) {
              return equal(x.condition, y.condition) && equal(x.ifTrue, y.ifTrue) && equal(x.ifFalse, y.ifFalse);
            });
          },
          [&](const Cast &n) {
            return a.type() == b.type() && same(n, [](auto &x, auto &y) { return equal(x.operand, y.operand); });
          },
          [&](const CallExpr &n) {
            return same(n, [](auto &x, auto &y) { return x.function == y.function && equalLists(x.args, y.args); });
          },
          [&](const RuleUse &n) {
            return same(
                n, [](auto &x, auto &y) { return x.rule == y.rule && x.tag == y.tag && equalLists(x.args, y.args); });
          },
          [&](const Reduce &n) {
            return same(
                n, [](auto &x, auto &y) { return x.op == y.op && x.inames == y.inames && equalLists(x.args, y.args); });
          },
      });
}

std::vector<Expr> children(Expr e) {
  return visit(e, Overloaded{
                      [](const Constant &) { return std::vector<Expr>{}; },
                      [](const ParamRef &) { return std::vector<Expr>{}; },
                      [](const InameRef &) { return std::vector<Expr>{}; },
                      [](const Load &l) { return l.index; },
                      [](const Unary &u) { return std::vector{u.operand}; },
                      [](const Binary &b) {
                        return std::vector{b.lhs, b.rhs};
                      },
                      [](const Compare &c) {
                        return std::vector{c.lhs, c.rhs};
                      },
                      [](const Logical &l) {
                        return std::vector{l.lhs, l.rhs};
                      },
                      [](const Select &s) {
                        return std::vector{s.condition, s.ifTrue, s.ifFalse};
                      },
                      [](const Cast &c) { return std::vector{c.operand}; },
                      [](const CallExpr &c) { return c.args; },
                      [](const RuleUse &r) { return r.args; },
                      [](const Reduce &r) { return r.args; },
                  });
}

Expr withChildren(Context &context, Expr e, const std::vector<Expr> &c) {
  std::vector<Expr> old = children(e);
  require(old.size() == c.size(), "withChildren: the number of children differs");
  if (std::equal(old.begin(), old.end(), c.begin(), [](Expr x, Expr y) { return &x.node() == &y.node(); }))
    return e;
  SourceRange range = e.range();
  return visit(e, Overloaded{
                      [&](const Constant &) { return e; },
                      [&](const ParamRef &) { return e; },
                      [&](const InameRef &) { return e; },
                      [&](const Load &l) { return context.load(l.array, c, e.type(), range); },
                      [&](const Unary &u) { return context.unary(u.op, c[0], range); },
                      [&](const Binary &b) { return context.binary(b.op, c[0], c[1], range); },
                      [&](const Compare &n) { return context.compare(n.op, c[0], c[1], range); },
                      [&](const Logical &n) { return context.logical(n.op, c[0], c[1], range); },
                      [&](const Select &) { return context.select(c[0], c[1], c[2], range); },
                      [&](const Cast &) { return context.cast(e.type(), c[0], range); },
                      [&](const CallExpr &n) { return context.call(n.function, c, e.type(), range); },
                      [&](const RuleUse &n) {
                        return context.make({e.type(), range, RuleUse{n.rule, c, n.tag}});
                      },
                      [&](const Reduce &n) {
                        return context.make({e.type(), range, Reduce{n.op, n.inames, c}});
                      },
                  });
}

Expr rewrite(Context &context, Expr e, const std::function<Expr(Expr)> &f) {
  std::vector<Expr> rebuilt = children(e);
  for (Expr &child : rebuilt)
    child = rewrite(context, child, f);
  return f(withChildren(context, e, rebuilt));
}

void forEach(Expr e, const std::function<void(Expr)> &f) {
  f(e);
  for (Expr child : children(e))
    forEach(child, f);
}

std::set<std::string> inamesIn(Expr e) {
  std::set<std::string> names;
  forEach(e, [&](Expr x) {
    if (auto *i = x.as<InameRef>())
      names.insert(i->name);
  });
  return names;
}

bool mentionsIname(Expr e, const std::string &iname) {
  if (auto *i = e.as<InameRef>())
    return i->name == iname;
  std::vector<Expr> below = children(e);
  return std::any_of(below.begin(), below.end(), [&](Expr child) { return mentionsIname(child, iname); });
}

Expr substituteInames(Context &context, Expr e, const std::map<std::string, Expr> &replacement) {
  if (auto *i = e.as<InameRef>()) {
    auto found = replacement.find(i->name);
    return found == replacement.end() ? e : found->second;
  }
  std::vector<Expr> rebuilt = children(e);
  if (auto *r = e.as<Reduce>()) { // binds its inames
    std::map<std::string, Expr> outer = replacement;
    for (const std::string &bound : r->inames)
      outer.erase(bound);
    for (Expr &child : rebuilt)
      child = substituteInames(context, child, outer);
  } else {
    for (Expr &child : rebuilt)
      child = substituteInames(context, child, replacement);
  }
  return withChildren(context, e, rebuilt);
}

} // namespace loopy
