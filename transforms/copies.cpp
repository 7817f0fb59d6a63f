#include "copies.h"

#include "loopy/analysis/dependence.h"
#include "loopy/ir/tree.h"

#include "llvm/ADT/STLExtras.h"

namespace loopy {
namespace {

bool isNewName(const Kernel &kernel, const std::string &name) {
  return kernel.freshName(name) == name &&
         llvm::none_of(kernel.statements,
                       [&](const StatementRef &statement) { return statement->dataParams.count(name) != 0; }) &&
         llvm::none_of(kernel.reductions, [&](const ReductionInfo &info) { return info.id == name; });
}

// Only a suffix that the user gave can make a name that is in use.
void requireNewCopy(const Kernel &kernel, const std::string &name, const std::string &suffix, SourceRange where) {
  if (!isNewName(kernel, name + suffix))
    throw UserError(where, "suffix=" + suffix + " gives the copy of `" + name + "` the name `" + name + suffix +
                               "`, which is in use. Give another suffix, or none to have one chosen.");
}

class Separation {
public:
  Separation(const Kernel &original, Kernel &copied, const CopiedParts &parts)
      : original_(original), copied_(copied), parts_(parts) {}

  void run() {
    const Kernel before = copied_;
    const AccessTable table(before);
    for (const CopiedPart &part : parts_.parts)
      separate(before, table, part);
    copyFacts();
  }

private:
  bool isOfParts(const std::string &id) const {
    return parts_.kept.count(id) || llvm::any_of(parts_.parts, [&](const CopiedPart &p) { return idsOf(p).count(id); });
  }

  bool isReadByRule(const std::string &array) const {
    bool reads = false;
    for (const Rule &rule : copied_.rules)
      forEach(rule.body, [&](Expr node) { reads |= node.is<Load>() && node.as<Load>()->array == array; });
    return reads;
  }

  bool isSeparate(const Kernel &kernel, const AccessTable &table, const std::string &array,
                  const std::set<std::string> &copies) const {
    bool isUsed = false;
    std::vector<const Load *> loads;
    for (const StatementRef &statement : kernel.statements)
      for (const AccessRef &access : accesses(*statement))
        if (access.load->array == array) {
          if (!isOfParts(statement->id))
            return false;
          isUsed |= copies.count(statement->id) != 0;
          loads.push_back(access.load);
        }
    if (!isUsed || isReadByRule(array))
      return false;
    if (parts_.isPlainlySeparate(loads))
      return true;
    return llvm::none_of(conflicts(table, array), [&](const Conflict &conflict) {
      const bool isAcross = copies.count(conflict.firstStatement().id) != copies.count(conflict.secondStatement().id);
      return isAcross && conflict.formula().isSatisfiable();
    });
  }

  void separate(const Kernel &before, const AccessTable &table, const CopiedPart &part) {
    const std::set<std::string> copies = idsOf(part);
    std::set<std::string> temporaries, reductions;
    for (const Array &array : original_.arrays)
      if (array.isTemp() && isSeparate(before, table, array.name, copies))
        temporaries.insert(array.name);
    for (const std::string &name : temporaries) {
      requireNewCopy(original_, name, part.suffix, parts_.where); // a statement and what it writes may share a name
      Array copy = original_.array(name);
      copy.name += part.suffix;
      newArrays_.insert(copy.name);
      copied_.arrays.push_back(std::move(copy));
    }
    for (const ReductionInfo &reduction : original_.reductions) {
      if (!llvm::all_of(reduction.accumulators, [&](const std::string &name) { return temporaries.count(name) != 0; }))
        continue;
      ReductionInfo copy = reduction;
      copy.id += part.suffix;
      for (std::string &accumulator : copy.accumulators)
        accumulator += part.suffix;
      reductions.insert(reduction.id);
      copied_.reductions.push_back(std::move(copy));
    }
    for (const std::string &id : copies)
      copied_.replaceStatement(withCopiedNames(copied_.statement(id), temporaries, reductions, part.suffix));
  }

  Statement withCopiedNames(const Statement &statement, const std::set<std::string> &temporaries,
                            const std::set<std::string> &reductions, const std::string &suffix) const {
    Context &context = *original_.context;
    Statement result = rewriteExprs(context, statement, [&](Expr e) {
      const Load *load = e.as<Load>();
      return load && temporaries.count(load->array)
                 ? context.load(load->array + suffix, load->index, e.type(), e.range())
                 : e;
    });
    if (result.reduction && reductions.count(*result.reduction))
      *result.reduction += suffix;
    return result;
  }

  // Whether a statement has the suffix as a copy, and not by chance.
  bool isOfPart(const std::string &original, const std::string &suffix) const {
    if (suffix.empty())
      return copied_.findStatement(original) != nullptr;
    return llvm::any_of(parts_.parts, [&](const CopiedPart &part) {
      return part.suffix == suffix && part.originals.count(original) != 0;
    });
  }

  void copyFacts() {
    std::vector<std::string> suffixes{""};
    for (const CopiedPart &part : parts_.parts)
      suffixes.push_back(part.suffix);
    std::vector<Fact> more;
    for (const Fact &fact : original_.facts)
      for (const std::string &suffix : suffixes)
        if (const TrustedFact *trusted = std::get_if<TrustedFact>(&fact)) {
          for (const std::string &other : suffixes) {
            TrustedFact copy = *trusted;
            const bool isNew = !suffix.empty() || !other.empty();
            if (!isNew || !isOfPart(copy.first, suffix) || !isOfPart(copy.second, other))
              continue;
            copy.first += suffix;
            copy.second += other;
            if (suffix == other && newArrays_.count(copy.array + suffix))
              copy.array += suffix;
            more.push_back(std::move(copy));
          }
        } else if (DisjointFact copy = std::get<DisjointFact>(fact); newArrays_.count(copy.array + suffix)) {
          copy.array += suffix;
          more.push_back(std::move(copy));
        }
    llvm::append_range(copied_.facts, more);
  }

  const Kernel &original_;
  Kernel &copied_;
  const CopiedParts &parts_;
  std::set<std::string> newArrays_;
};

} // namespace

std::string freshSuffix(const Kernel &kernel, const std::string &base, const std::vector<std::string> &statements) {
  std::set<std::string> names;
  for (const std::string &id : statements) {
    const Statement &statement = kernel.statement(id);
    names.insert(id);
    for (const AccessRef &access : accesses(statement))
      if (kernel.array(access.load->array).isTemp())
        names.insert(access.load->array);
    if (statement.reduction)
      names.insert(*statement.reduction);
  }
  auto isNew = [&](const std::string &suffix) {
    return llvm::all_of(names, [&](const std::string &name) { return isNewName(kernel, name + suffix); });
  };
  std::string suffix = base;
  for (unsigned i = 0; !isNew(suffix); ++i)
    suffix = base + "_" + std::to_string(i);
  return suffix;
}

std::set<std::string> idsOf(const CopiedPart &part) {
  std::set<std::string> ids;
  for (const std::string &id : part.originals)
    ids.insert(id + part.suffix);
  return ids;
}

void requireNewNames(const Kernel &kernel, const CopiedParts &parts) {
  for (const CopiedPart &part : parts.parts)
    for (const std::string &id : part.originals)
      requireNewCopy(kernel, id, part.suffix, parts.where);
}

Kernel withCopies(const Kernel &kernel, const CopiedParts &parts,
                  const std::function<isl::set(const Statement &, const CopiedPart *)> &domainOf) {
  auto isInside = [&](const std::string &id) {
    return parts.kept.count(id) ||
           llvm::any_of(parts.parts, [&](const CopiedPart &p) { return p.originals.count(id); });
  };
  Kernel result = kernel;
  result.statements.clear();
  for (const StatementRef &statement : kernel.statements) {
    if (!isInside(statement->id)) {
      result.statements.push_back(statement);
      continue;
    }
    auto add = [&](const CopiedPart *part) {
      Statement copy = *statement;
      if (part)
        copy.id += part->suffix;
      copy.domain = domainOf(*statement, part);
      result.statements.push_back(std::make_shared<const Statement>(std::move(copy)));
    };
    if (parts.kept.count(statement->id))
      add(nullptr);
    for (const CopiedPart &part : parts.parts)
      if (part.originals.count(statement->id))
        add(&part);
  }
  result.tree = rewriteTree(kernel.tree, [&](const NodeRef &node) -> std::vector<NodeRef> {
    if (!node->leaf())
      return {node};
    std::vector<std::string> ids;
    for (const std::string &id : node->leaf()->statements)
      if (!isInside(id) || parts.kept.count(id))
        ids.push_back(id);
    for (const CopiedPart &part : parts.parts)
      for (const std::string &id : node->leaf()->statements)
        if (part.originals.count(id))
          ids.push_back(id + part.suffix);
    return {makeLeaf(std::move(ids))};
  });
  return result;
}

void separateParts(const Kernel &original, Kernel &copied, const CopiedParts &parts) {
  Separation(original, copied, parts).run();
}

} // namespace loopy
