#include "kernels.h"

#include "loopy/ir/tree.h"

#include <algorithm>

namespace loopy::json {
namespace {

// The places of the kernel's parts are found by their position in its lists.
class Soundness {
public:
  Soundness(const Place &place, const Kernel &kernel) : place_(place), kernel_(kernel), paths_(allPaths(kernel.tree)) {}

  void require() {
    requireArguments();
    requireArrays();
    requireInames();
    requireRules();
    requireFacts();
    const std::vector<Place> statements = placesOf("statements");
    for (size_t k = 0; k < kernel_.statements.size(); ++k)
      requireStatement(statements[k], *kernel_.statements[k]);
    if (kernel_.assumptions.is_empty())
      place_.member("assumptions").fail("No parameters fulfil the assumptions.");
  }

private:
  // Of the items of a list, none where it is left out.
  std::vector<Place> placesOf(const char *key) const {
    const std::optional<Place> list = place_.find(key);
    return list ? list->items() : std::vector<Place>();
  }

  void requireArguments() {
    std::vector<std::string> wanted;
    for (const Param &param : kernel_.params)
      wanted.push_back(param.name);
    for (const Array &array : kernel_.arrays)
      if (!array.isTemp())
        wanted.push_back(array.name);
    std::vector<std::string> given = kernel_.argumentOrder;
    std::sort(wanted.begin(), wanted.end());
    std::sort(given.begin(), given.end());
    if (wanted != given)
      place_.member("arguments")
          .fail("The arguments are the parameters and all arrays but the temporaries, each once: " +
                listOfNames(wanted) + ".");
  }

  void requireArrays() {
    const std::vector<Place> places = placesOf("arrays");
    for (size_t k = 0; k < kernel_.arrays.size(); ++k) {
      const Array &array = kernel_.arrays[k];
      const Place &place = places[k];
      if (!array.isTemp() && (array.implicitAxes || array.space || !array.copies.empty()))
        place.fail("Only temporaries have implicit axes, copies and a memory of their own.");
      for (const auto &[iname, copies] : array.copies)
        if (!kernel_.findIname(iname))
          place.member("copies").fail(unknownName("iname", iname, kernel_.inameNames()));
    }
  }

  void requireInames() {
    const std::vector<Place> places = placesOf("inames");
    for (size_t k = 0; k < kernel_.inames.size(); ++k) {
      const Iname &iname = kernel_.inames[k];
      const Iname *other = iname.turnsWith.empty() ? nullptr : kernel_.findIname(iname.turnsWith);
      if (!iname.turnsWith.empty() && (!other || !other->tag.isUnrolled() || !iname.tag.isUnrolled()))
        places[k].member("turnsWith").fail("Two loops that turn together are both unrolled.");
    }
  }

  // No rule uses itself, and uses have the type of what they stand for.
  void requireRules() {
    const std::vector<Place> places = placesOf("rules");
    for (size_t k = 0; k < kernel_.rules.size(); ++k) {
      const Place &place = places[k];
      std::set<std::string> seen;
      std::vector<const Rule *> open{&kernel_.rules[k]};
      while (!open.empty()) {
        const Rule *rule = open.back();
        open.pop_back();
        forEach(rule->body, [&](Expr e) {
          const RuleUse *use = e.as<RuleUse>();
          if (!use)
            return;
          if (use->rule == kernel_.rules[k].name)
            place.fail("The rule `" + use->rule + "` uses itself.");
          if (seen.insert(use->rule).second)
            open.push_back(kernel_.findRule(use->rule));
        });
      }
      requireTypesOfUses(place, kernel_.rules[k].body);
    }
  }

  void requireTypesOfUses(const Place &place, Expr e) const {
    forEach(e, [&](Expr part) {
      const RuleUse *use = part.as<RuleUse>();
      if (use && kernel_.findRule(use->rule)->body.type() != part.type())
        place.fail("A use of the rule `" + use->rule + "` is a " + kernel_.findRule(use->rule)->body.type().name() +
                   ", not a " + part.type().name() + ".");
    });
  }

  void requireFacts() {
    const std::vector<Place> places = placesOf("facts");
    for (size_t k = 0; k < kernel_.facts.size(); ++k)
      if (const auto *trusted = std::get_if<TrustedFact>(&kernel_.facts[k]))
        for (const std::string &id : {trusted->first, trusted->second})
          if (!kernel_.findStatement(id))
            places[k].member("statements").fail(unknownName("statement", id, kernel_.statementIds()));
  }

  void requireStatement(const Place &place, const Statement &statement) {
    // Each loop is bounded for given values of the parameters and of the loops around it.
    isl::set domain = statement.domain;
    const std::vector<std::string> &loops = paths_.at(statement.id).loops;
    for (auto loop = loops.rbegin(); loop != loops.rend(); ++loop) {
      if (!isBounded(domain, *loop))
        place.member("domain").fail("The iname `" + *loop + "` is not bounded on both sides.");
      domain = poly::projectOut(domain, {*loop});
    }
    rewriteExprs(*kernel_.context, statement, [&](Expr e) {
      requireTypesOfUses(place, e);
      return e;
    });
    std::visit([&](const auto &body) { requireBody(place.member("body"), body); }, statement.body);
  }

  static bool isBounded(const isl::set &domain, const std::string &iname) {
    const poly::Bounded sides = poly::boundedSides(domain, iname);
    return sides.below && sides.above;
  }

  void requireWritable(const Place &place, Expr e) const {
    const Array &array = kernel_.array(e.as<Load>()->array);
    if (array.role == Role::In)
      place.fail("`" + array.name + "` is declared in, and is written here.");
  }

  void requireBody(const Place &place, const Assign &assign) {
    const std::vector<Place> places = place.member("places").items();
    for (size_t k = 0; k < assign.lhs.size(); ++k) {
      requireWritable(places[k], assign.lhs[k]);
      if (assign.lhs[k].type() != assign.rhs[k].type())
        places[k].fail("A " + assign.rhs[k].type().name() + " is assigned to a " + assign.lhs[k].type().name() + ".");
    }
  }

  void requireBody(const Place &place, const CallBody &call) {
    auto declared = std::find_if(kernel_.functions.begin(), kernel_.functions.end(),
                                 [&](const FunctionDecl &function) { return function.name == call.callee; });
    if (declared == kernel_.functions.end())
      place.member("function").fail("The function `" + call.callee + "` is not declared.");
    if (declared->roles.size() != call.args.size() || call.results.size() > (declared->result ? 1u : 0u))
      place.fail("`" + call.callee + "` takes " + std::to_string(declared->roles.size()) + " arguments and gives " +
                 (declared->result ? "one result." : "no result."));
    for (Expr result : call.results) {
      requireWritable(place.member("results"), result);
      if (result.type() != *declared->result)
        place.member("results").fail("`" + call.callee + "` gives a " + declared->result->name() + ".");
    }
    const std::vector<Place> args = place.member("args").items();
    for (size_t k = 0; k < call.args.size(); ++k)
      if (declared->roles[k] != Role::In)
        requireOutput(args[k], call.args[k]);
  }
  void requireOutput(const Place &place, const std::variant<Expr, SubArray> &argument) {
    const Expr *plain = std::get_if<Expr>(&argument);
    const Expr e = plain ? *plain : std::get<SubArray>(argument).access;
    if (!e.is<Load>())
      place.fail("The function writes to this argument, which is to be a load.");
    requireWritable(place, e);
  }
  void requireBody(const Place &, const Nop &) {}
  void requireBody(const Place &, const Barrier &) {}

  const Place &place_;
  const Kernel &kernel_;
  std::map<std::string, Path> paths_;
};

} // namespace

void requireSound(const Place &place, const Kernel &kernel) { Soundness(place, kernel).require(); }

} // namespace loopy::json
