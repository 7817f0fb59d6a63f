// Random calls of passes, made from the catalogue: what each option takes is told by its type.
#include "pipelines.h"

#include "loopy/transforms/pipeline.h"

#include <algorithm>

namespace loopy::testing {
namespace {

class CallMaker {
public:
  CallMaker(Random &random, const Kernel &kernel) : random_(random), kernel_(kernel) {}

  std::string make() {
    const PassInfo &pass = pickPass();
    std::string arguments;
    auto add = [&](const std::string &argument) { arguments += (arguments.empty() ? "" : ", ") + argument; };
    if (pass.name == "tag" && random_.chance(80))
      return "tag(" + iname() + ", " + tag() + ")";
    if (pass.name == "reduction_to_subst" && random_.chance(70))
      return "reduction_to_subst(" + (random_.chance(50) ? temporary() : statement()) + ")";
    if (pass.name == "prefetch" && random_.chance(70))
      return "prefetch(" + readArray() + ", at=" + iname() + memory() + lanes() + roll() + ")";
    if (pass.name == "add_barrier" && random_.chance(80))
      return std::string("add_barrier(") + (random_.chance(50) ? "before=" : "after=") + statement() + barrierOptions() + ")";
    if (pass.name == "buffer_array" && random_.chance(70))
      return "buffer_array(" + pickOr(kernel_.arrayNames(), "nothing") + ", at=" + iname() + memory() + lanes() + ")";
    if (pass.name == "realize_parallel_reduction" && random_.chance(60))
      return "realize_parallel_reduction(" + iname() + lanesOfStages() + ")";
    if (pass.name == "realize_scan" && random_.chance(60))
      return "realize_scan(" + iname() + (random_.chance(60) ? lanesOfStages() : "") + ")";
    for (const PassOption &option : pass.options) {
      if (pass.name == "concatenate_arrays" && option.name == "arrays") {
        add("[" + readArray() + ", " + pickOr(kernel_.arrayNames(), "nothing") + "]");
      } else if (option.named) {
        add((option.type == "tag" ? iname() : param()) + "=" + value(option));
      } else if (option.repeated) {
        const std::vector<std::string> several = distinctInames(option.type);
        for (const std::string &one : several)
          add(one);
      } else if (option.required) {
        add(value(option));
      } else if (random_.chance(option.positional ? 50 : 20)) {
        add(option.name + "=" + value(option));
      }
    }
    return pass.name + "(" + arguments + ")";
  }

private:
  // The passes that change much come more often.
  const PassInfo &pickPass() {
    const std::vector<PassInfo> &all = passCatalogue();
    std::vector<const PassInfo *> weighted;
    for (const PassInfo &pass : all) {
      int weight = 2;
      if (pass.name == "split_iname" || pass.name == "tag")
        weight = 10;
      else if (pass.name == "vectorize")
        weight = 7;
      else if (pass.name == "prefetch" || pass.name == "reorder" || pass.name == "precompute" || pass.name == "buffer_array")
        weight = 5;
      else if (pass.name == "realize_parallel_reduction" || pass.name == "realize_scan" || pass.name == "split_scan" ||
               pass.name == "chunk_iname" || pass.name == "swizzle_array" || pass.name == "pad_array")
        weight = 4;
      else if (pass.name == "trust")
        weight = 0;  // takes the user's word: it may make any kernel wrong
      else if (pass.name == "fix_parameters" || pass.name == "assume")
        weight = 1;
      weighted.insert(weighted.end(), static_cast<size_t>(weight), &pass);
    }
    return *random_.pick(weighted);
  }

  std::string pickOr(const std::vector<std::string> &names, const std::string &otherwise) {
    return names.empty() || random_.chance(1) ? otherwise : random_.pick(names);
  }
  std::string iname() { return pickOr(kernel_.inameNames(), "nothing"); }
  std::string param() { return pickOr(kernel_.integerParams(), "nothing"); }
  std::string statement() { return pickOr(kernel_.statementIds(), "nothing"); }

  std::string temporary() {
    std::vector<std::string> names;
    for (const Array &array : kernel_.arrays)
      if (array.isTemp())
        names.push_back(array.name);
    return pickOr(names, "nothing");
  }

  std::string readArray() {
    std::vector<std::string> names;
    for (const Array &array : kernel_.arrays)
      if (array.role != Role::Out)
        names.push_back(array.name);
    return pickOr(names, "nothing");
  }

  std::string rule() {
    std::vector<std::string> names;
    for (const Rule &rule : kernel_.rules)
      names.push_back(rule.name);
    const std::string name = pickOr(names, "nothing");
    return name == "mean" && random_.chance(40) ? name + "$back" : name; // of test/property/pool/temporaries.loopy
  }

  // Of test/property/pool/composed.loopy.
  std::string otherKernel() {
    for (const FunctionDecl &function : kernel_.functions)
      if (function.kernel && random_.chance(70))
        return function.name;
    return random_.pick(std::vector<std::string>{"row_sum", "spread", "clamp_all", "follow"});
  }

  std::string tag() {
    static const std::vector<std::string> tags = {"g.0", "g.1", "g.0", "l.0", "l.1", "l.0", "unr", "ilp", "ilp.seq", "l.auto", "unroll_hint(2)", "vec", "vec"};
    return random_.pick(tags);
  }

  std::string memory() {
    static const std::vector<std::string> memories = {"", "", ", in=local", ", in=private", ", in=global"};
    return random_.pick(memories);
  }
  std::string lanesOfStages() {
    static const std::vector<std::string> tags = {"", ", lanes=l.0", ", lanes=l.auto", ", lanes=l.1", ", lanes=vec"};
    return random_.pick(tags);
  }
  std::string roll() {
    static const std::vector<std::string> ways = {"", "", ", roll=true", ", roll=true, planes=4", ", roll=true, exact=true"};
    return random_.pick(ways);
  }
  std::string barrierOptions() {
    return std::string(random_.chance(30) ? ", scope=global" : "") + (random_.chance(30) ? ", at=" + iname() : "");
  }
  std::string lanes() { return random_.chance(40) ? ", lanes=l.auto" : ""; }

  std::vector<std::string> distinctInames(const std::string &type) {
    if (type == "kernel")
      return {otherKernel()};
    if (type == "temporary")
      return {temporary(), temporary()};
    if (type != "iname")
      return {"nothing"};
    std::vector<std::string> names = kernel_.inameNames();
    random_.shuffle(names);
    names.resize(std::min(names.size(), static_cast<size_t>(random_.between(1, 3))));
    return names;
  }

  std::string match() {
    switch (random_.between(0, 4)) {
    case 4: return "\"tag:fresh*\"";
    case 0: return "\"id:" + statement() + "\"";
    case 1: return "\"iname:" + iname() + "\"";
    case 2: return "\"writes:" + pickOr(kernel_.arrayNames(), "nothing") + "\"";
    default: return "\"not id:" + statement() + "\"";
    }
  }

  std::string value(const PassOption &option) {
    const std::string &type = option.type;
    if (type == "iname") return iname();
    if (type == "integer") return option.name == "shift" ? std::to_string(random_.between(-1, 2)) : integer();
    if (type == "tag") return tag();
    if (type == "statement") return statement();
    if (type == "array") return random_.chance(80) ? readArray() : pickOr(kernel_.arrayNames(), "nothing");
    if (type == "temporary") return random_.chance(80) ? temporary() : statement();
    if (type == "rule") return rule();
    if (type == "kernel")
      return otherKernel();
    if (type == "argument")
      return pickOr(kernel_.argumentOrder, "nothing");
    if (type == "match") return match();
    if (type == "scope") return random_.chance(70) ? "local" : "global";
    if (type == "bool") return random_.chance(50) ? "true" : "false";
    if (option.name == "through") return "registers";
    if (type == "type") return "float64";  // a narrower one would need another tolerance
    if (type == "order") return "serpentine";
    if (type == "memory") return random_.chance(50) ? "local" : "private";
    if (type == "condition" && random_.chance(40))
      return "\"" + param() + " % " + std::to_string(random_.between(2, 4)) + " = 0\"";
    if (type == "condition") return "\"" + param() + " >= " + std::to_string(random_.between(0, 3)) + "\"";
    if (type == "map") return map();
    if (type == "axis") return random_.chance(70) ? "0" : "1";
    if (type == "expression") return pickOr(kernel_.arrayNames(), "nothing");
    return "fresh" + std::to_string(random_.between(0, 99));
  }

  // Shifted, reversed, skewed, tiled or folded loops.
  std::string map() {
    const std::string i = iname(), j = iname(), u = "u" + i, v = "v" + j;
    switch (random_.between(0, 6)) {
    case 0: return "{ [" + i + "] -> [" + u + " = " + i + " + " + integer() + "] }";
    case 1: return "{ [" + i + "] -> [" + u + " = " + integer() + " - " + i + "] }";
    case 2: return "{ [" + i + ", " + j + "] -> [" + u + " = " + i + " + " + j + ", " + j + "] }";
    case 3: return "{ [" + i + ", " + j + "] -> [" + i + ", " + v + " = " + j + " - " + integer() + "*" + i + "] }";
    case 4: return "{ [" + i + ", " + j + "] -> [" + u + " = " + i + " // 3, " + v + " = " + j + " // 4, " + i + ", " + j + "] }";
    case 5: return "{ [" + i + "] -> [" + u + " = 2*" + i + " + 1] }";
    default:
      return "{ [" + i + ", " + j + "] -> [" + u + " = (" + i + " + " + j + ") // 4 + (" + i + " - " + j + ") // 4, " + v + " = (" + i +
             " + " + j + ") // 4, " + i + ", " + j + "] }";
    }
  }

  std::string integer() {
    static const std::vector<std::string> numbers = {"2", "3", "4", "4", "5", "8", "16", "1", "0"};
    return random_.pick(numbers);
  }

  Random &random_;
  const Kernel &kernel_;
};

} // namespace

std::string randomCall(Random &random, const Kernel &kernel) { return CallMaker(random, kernel).make(); }

} // namespace loopy::testing
