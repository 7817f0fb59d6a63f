#include "values.h"

#include "llvm/Support/MathExtras.h"

#include <cctype>

namespace loopy {

static std::vector<std::string> namesOf(const PipelineArguments &arguments) {
  std::vector<std::string> names;
  for (const auto &[name, value] : arguments)
    names.push_back(name);
  return names;
}

static int64_t integerOperand(const PipelineValue &operand, const PipelineArguments &arguments) {
  if (const int64_t *value = std::get_if<int64_t>(&operand.data))
    return *value;
  const auto *name = std::get_if<PipelineValue::Name>(&operand.data);
  if (name && !arguments.count(name->text))
    throw UserError(operand.range, unknownName("parameter of this pipeline", name->text, namesOf(arguments)));
  throw UserError(operand.range, "Arithmetic in a pipeline is on integers; `" + toText(operand) + "` is none.");
}

static int64_t floorDivide(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static int64_t calculate(const std::string &op, const std::vector<int64_t> &operands, SourceRange range) {
  const int64_t a = operands[0];
  int64_t result = 0;
  bool overflow = false;
  if (operands.size() == 1) {
    require(op == "-" || op == "+", "unknown unary operator in a pipeline value");
    if (op == "+")
      return a;
    overflow = llvm::SubOverflow<int64_t>(0, a, result);
  } else {
    require(operands.size() == 2, "pipeline arithmetic takes one or two operands");
    const int64_t b = operands[1];
    if ((op == "//" || op == "%") && b == 0)
      throw UserError(range, "This divides by zero.");
    if ((op == "//" || op == "%") && b == -1)
      overflow = op == "//" && llvm::SubOverflow<int64_t>(0, a, result);
    else if (op == "+")
      overflow = llvm::AddOverflow<int64_t>(a, b, result);
    else if (op == "-")
      overflow = llvm::SubOverflow<int64_t>(a, b, result);
    else if (op == "*")
      overflow = llvm::MulOverflow<int64_t>(a, b, result);
    else if (op == "//")
      result = floorDivide(a, b);
    else if (op == "%")
      result = a - floorDivide(a, b) * b;
    else
      throw InternalError("unknown operator '" + op + "' in a pipeline value");
  }
  if (overflow)
    throw UserError(range, "The result does not fit into 64 bits.");
  return result;
}

// Text that only a pass understands, `unroll_hint(p)` or `n % p = 0`, with the values of parameters for their names,
// which are whole words. What stands directly at a ':' or '.' is something else, as in `id:p` and `p.0`.
static std::string withArguments(const std::string &text, const PipelineArguments &arguments) {
  auto isWordCharacter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const size_t first = at;
    while (at < text.size() && isWordCharacter(text[at]))
      ++at;
    if (at == first) {
      result += text[at++];
      continue;
    }
    const std::string word = text.substr(first, at - first);
    auto isQualifier = [&](size_t place) { return place < text.size() && (text[place] == ':' || text[place] == '.'); };
    const bool isQualified = (first > 0 && isQualifier(first - 1)) || isQualifier(at);
    const auto found = isQualified ? arguments.end() : arguments.find(word);
    result += found == arguments.end() ? word : toText(found->second);
  }
  return result;
}

PipelineValue resolve(const PipelineValue &value, const PipelineArguments &arguments) {
  PipelineValue result = value;
  if (const auto *name = std::get_if<PipelineValue::Name>(&value.data)) {
    if (auto found = arguments.find(name->text); found != arguments.end()) {
      result = found->second;
      result.range = value.range;
    } else if (const std::string text = withArguments(name->text, arguments); text != name->text) {
      result.data = PipelineValue::Name{text};
      result.source = text;
    }
  } else if (const auto *list = std::get_if<PipelineValue::List>(&value.data)) {
    PipelineValue::List items;
    for (const PipelineValue &item : list->items)
      items.items.push_back(resolve(item, arguments));
    result.data = std::move(items);
    result.source = toText(result);
  } else if (const auto *arithmetic = std::get_if<PipelineValue::Arithmetic>(&value.data)) {
    std::vector<int64_t> operands;
    for (const PipelineValue &operand : arithmetic->operands)
      operands.push_back(integerOperand(resolve(operand, arguments), arguments));
    result.data = calculate(arithmetic->op, operands, value.range);
    result.source = toText(result);
  }
  return result;
}

PipelineCall resolve(const PipelineCall &call, const PipelineArguments &arguments) {
  PipelineCall result = call;
  for (PipelineValue &value : result.positional)
    value = resolve(value, arguments);
  for (auto &[name, value] : result.named)
    value = resolve(value, arguments);
  return result;
}

std::string toText(const PipelineValue &value) {
  return std::visit(Overloaded{
                        [](int64_t number) { return std::to_string(number); },
                        [](bool flag) { return std::string(flag ? "true" : "false"); },
                        [](const PipelineValue::Name &name) { return name.text; },
                        [](const PipelineValue::Text &text) { return '"' + text.text + '"'; },
                        [](const PipelineValue::List &list) {
                          std::string text;
                          for (const PipelineValue &item : list.items)
                            text += (text.empty() ? "" : ", ") + toText(item);
                          return "[" + text + "]";
                        },
                        [&](const PipelineValue::Arithmetic &) { return value.source; },
                    },
                    value.data);
}

std::string toText(const PipelineCall &call) {
  std::string text;
  for (const PipelineValue &value : call.positional)
    text += (text.empty() ? "" : ", ") + toText(value);
  for (const auto &[name, value] : call.named)
    text += (text.empty() ? "" : ", ") + name + "=" + toText(value);
  return call.pass + "(" + text + ")";
}

} // namespace loopy
