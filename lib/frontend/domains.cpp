#include "domains.h"

#include "print_syntax.h"

#include <algorithm>

namespace loopy {

using ast::Term;
using Kind = ast::Term::Kind;

void Domains::declareInames(const std::vector<ast::DomainLine> &lines) {
  for (const ast::DomainLine &line : lines)
    for (const ast::NamedWord &iname : line.inames)
      try {
        scope_.declareIname(iname.text, iname.range);
      } catch (const Abandoned &) {
        // Reported; the other inames are declared all the same.
      }
}

void Domains::readConditions(const std::vector<ast::DomainLine> &lines) {
  for (const ast::DomainLine &line : lines) {
    size_t errors = scope_.errors.count();
    if (line.condition)
      addConjuncts(line, *line.condition);
    if (scope_.errors.count() == errors)
      for (const ast::NamedWord &iname : line.inames)
        try {
          checkBounded(iname);
        } catch (const Abandoned &) {
          // Reported.
        }
  }
}

// ------------------------------------------------------------------------------------------------------ conjuncts
void Domains::addConjuncts(const ast::DomainLine &line, const Term &term) {
  if (term.kind == Kind::And) {
    addConjuncts(line, *term.args[0]);
    addConjuncts(line, *term.args[1]);
  } else if (term.kind == Kind::Compare) {
    addComparisons(line, term);
  } else {
    add(line, term.range, [&](AffineReader &reader) { return reader.condition(term); });
  }
}

// 0 <= i, j < n is four conjuncts.
void Domains::addComparisons(const ast::DomainLine &line, const Term &chain) {
  for (size_t k = 0; k < chain.comparisons.size(); ++k)
    for (const Term *lhs : comparands(*chain.args[k]))
      for (const Term *rhs : comparands(*chain.args[k + 1]))
        add(line, chain.range,
            [&](AffineReader &reader) { return reader.comparison(chain.comparisons[k], *lhs, *rhs); });
}

void Domains::add(const ast::DomainLine &line, SourceRange range, const std::function<isl::set(AffineReader &)> &read) {
  Mentions mentions;
  try {
    isl::ctx ctx = scope_.context.isl();
    AffineReader reader(ctx, scope_.errors, [&](const Term &term) { return resolve(term, mentions); });
    isl::set set = withBudget(ctx, scope_.errors, range, [&] { return read(reader); });
    requireSimple(set, scope_.errors, range);
    unsigned index = static_cast<unsigned>(conjuncts_.size());
    conjuncts_.push_back(
        {set, {mentions.inames.begin(), mentions.inames.end()}, {mentions.data.begin(), mentions.data.end()}});
    std::vector<std::string> owners;
    for (const std::string &iname : mentions.inames)
      if (owners.empty() || scope_.inamePosition(iname) > scope_.inamePosition(owners[0]))
        owners = {iname};
    if (owners.empty())
      for (const ast::NamedWord &iname : line.inames)
        owners.push_back(iname.text);
    for (const std::string &owner : owners) {
      byIname_[owner].push_back(index);
      for (unsigned data : mentions.data)
        dataReads_[data].iname = owner;
    }
  } catch (const Abandoned &) {
    // Reported; the next conjunct is read all the same.
  }
}

std::string Domains::resolve(const Term &term, Mentions &mentions) {
  if (term.kind == Kind::Name && scope_.isIname(term.text)) {
    mentions.inames.insert(term.text);
    return term.text;
  }
  if (const Param *param = scope_.param(term.text); param && term.kind == Kind::Name) {
    if (!param->type.isInteger())
      scope_.errors.fail(term.range, "'" + term.text + "' has the type " + param->type.name() +
                                         "; the bounds of loops are integers.");
    return term.text;
  }
  if (!scope_.isAnnounced(term.text) && !scope_.array(term.text)) {
    std::vector<std::string> names = scope_.inameNames();
    for (const std::string &param : scope_.kernel.integerParams())
      names.push_back(param);
    scope_.errors.fail(term.range, unknownName("iname or integer parameter", term.text, names));
  }
  unsigned data = dataRead(term);
  mentions.data.insert(data);
  collectInames(term, mentions.inames);
  return dataReads_[data].name;
}

unsigned Domains::dataRead(const Term &term) {
  auto [it, isNew] = dataByText_.emplace(printTerm(term), static_cast<unsigned>(dataReads_.size()));
  if (isNew) {
    std::string name = term.kind == Kind::Name ? term.text : scope_.freshNumbered(term.text);
    dataReads_.push_back({name, &term, ""});
  }
  return it->second;
}

void Domains::collectInames(const Term &term, std::set<std::string> &inames) const {
  if (term.kind == Kind::Name && scope_.isIname(term.text))
    inames.insert(term.text);
  for (const Term *arg : term.args)
    collectInames(*arg, inames);
}

// --------------------------------------------------------------------------------------------------------- bounds
// An iname's own conjuncts, with every other name as a parameter, must bound it below and above.
void Domains::checkBounded(const ast::NamedWord &iname) {
  isl::ctx ctx = scope_.context.isl();
  isl::set set = withBudget(ctx, scope_.errors, iname.range, [&] {
    isl::set all = poly::universe(ctx);
    for (unsigned index : byIname_[iname.text])
      all = intersectSimple(all, conjuncts_[index].set, scope_.errors, iname.range);
    return all;
  });
  const auto [below, above] = poly::boundedSides(set, iname.text);
  if (below && above)
    return;
  const std::string &n = iname.text;
  std::string missing = below ? "upper bound" : above ? "lower bound" : "bound";
  std::string hint = below   ? " (such as " + n + " < n)"
                     : above ? " (such as 0 <= " + n + ")"
                             : " (such as 0 <= " + n + " < n)";
  scope_.errors.add(iname.range, "The iname '" + n + "' has no " + missing + hint +
                                     ". A condition bounds the last-listed "
                                     "iname that it mentions.");
}

// -------------------------------------------------------------------------------------------------------- queries
std::vector<std::string> Domains::axesOf(const DataRead &read) const {
  ArrayInfo *info = scope_.array(read.term->text);
  return info ? info->implicit : std::vector<std::string>{};
}

void Domains::close(std::set<std::string> &inames) const {
  std::vector<std::string> work(inames.begin(), inames.end());
  auto need = [&](const std::string &iname) {
    if (inames.insert(iname).second)
      work.push_back(iname);
  };
  while (!work.empty()) {
    std::string iname = work.back();
    work.pop_back();
    auto it = byIname_.find(iname);
    if (it == byIname_.end())
      continue;
    for (unsigned index : it->second) {
      for (const std::string &mentioned : conjuncts_[index].inames)
        need(mentioned);
      for (unsigned data : conjuncts_[index].data)
        for (const std::string &axis : axesOf(dataReads_[data]))
          need(axis);
    }
  }
}

std::vector<const Domains::DataRead *> Domains::dataReads(const std::set<std::string> &inames) const {
  std::set<unsigned> used;
  for (const std::string &iname : inames)
    if (auto it = byIname_.find(iname); it != byIname_.end())
      for (unsigned index : it->second)
        used.insert(conjuncts_[index].data.begin(), conjuncts_[index].data.end());
  std::vector<const DataRead *> result;
  for (unsigned index : used)
    result.push_back(&dataReads_[index]);
  return result;
}

isl::set Domains::domainOf(const std::set<std::string> &inames) {
  auto it = memo_.find(inames);
  if (it != memo_.end())
    return it->second;
  std::set<unsigned> indices;
  for (const std::string &iname : inames)
    if (auto owned = byIname_.find(iname); owned != byIname_.end())
      indices.insert(owned->second.begin(), owned->second.end());
  SourceRange range = inames.empty() ? SourceRange{} : scope_.kernel.iname(*inames.begin()).source;
  isl::set result = withBudget(scope_.context.isl(), scope_.errors, range, [&] {
    isl::set set = poly::universe(scope_.context.isl());
    for (unsigned index : indices)
      set = intersectSimple(set, conjuncts_[index].set, scope_.errors, range);
    return set;
  });
  memo_.emplace(inames, result);
  return result;
}

AffineReader::Resolve paramsOnly(const Scope &scope, const char *what) {
  return [&scope, what](const Term &term) {
    const Param *param = scope.param(term.text);
    if (param && param->type.isInteger() && term.kind == Kind::Name)
      return term.text;
    scope.errors.fail(term.range, std::string(what) + " may only mention integer parameters. " +
                                      unknownName("integer parameter", term.text, scope.kernel.integerParams()));
  };
}

} // namespace loopy
