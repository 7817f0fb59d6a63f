#include "loopy/codegen/emit.h"

#include "targets.h"

#include "loopy/ir/texel.h"

#include <algorithm>
#include <cctype>

namespace loopy {

namespace {

// "*n", "*(n + 1)", nothing for 1.
std::string factorText(Expr e) {
  const std::string text = toString(e);
  if (text == "1")
    return "";
  const bool isWord =
      std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return isWord ? "*" + text : "*(" + text + ")";
}

// An expression over the index of an element, for comments.
std::string indexText(Expr e) {
  std::string text = toString(e);
  std::replace(text.begin(), text.end(), '$', 'x');
  return text;
}

// "// x: element [x0, x1] of shape [n, 3] with x1 = 2 is x_2[x0].", a line for each part.
std::string homeComments(const Home &home) {
  std::string index, shape, text;
  for (unsigned axis = 0; axis < home.shape.size(); ++axis) {
    index += (axis ? ", x" : "x") + std::to_string(axis);
    shape += (axis ? ", " : "") + toString(home.shape[axis]);
  }
  for (const Home::Part &part : home.parts) {
    text += "// " + home.name + ": element [" + index + "] of shape [" + shape + "]";
    for (size_t i = 0; i < part.conditions.size(); ++i)
      text += (i ? " and " : " with ") + indexText(part.conditions[i].first) + " = " +
              std::to_string(part.conditions[i].second);
    text += " is " + indexText(part.access);
    if (part.access.type() != home.type)
      text += ", a " + part.access.type().name() + " in the place of a " + home.type.name();
    text += ".\n";
  }
  return text;
}

std::string imageComment(const ProgramArg &arg) {
  std::string extents;
  for (size_t axis = arg.shape.size(); axis-- > 0;)
    extents += (extents.empty() ? "" : " x ") + toString(arg.shape[axis]);
  const Texel texel = texelOf(arg.type).value();
  const std::string channels = texel.channels == 1 ? "CL_R" : texel.channels == 2 ? "CL_RG" : "CL_RGBA";
  const std::string type = texel.channel == Texel::Channel::Int32    ? "CL_SIGNED_INT32"
                           : texel.channel == Texel::Channel::UInt32 ? "CL_UNSIGNED_INT32"
                                                                     : "CL_FLOAT";
  return "// " + arg.name + ": an image of " + extents + " texels of " + channels + " and " + type +
         ", its last axis being x.\n";
}

// What the subscript of an axis is multiplied with.
std::string strideText(const ProgramArg &arg, size_t axis) {
  if (!arg.layout.strides.empty())
    return factorText(arg.layout.strides[axis]);
  std::string text;
  const size_t begin = arg.layout.columnMajor ? 0 : axis + 1, end = arg.layout.columnMajor ? axis : arg.shape.size();
  for (size_t d = begin; d < end; ++d)
    text += factorText(arg.shape[d]);
  return text;
}

} // namespace

EmittedCode emit(const Program &program) {
  require(program.context, "a program without a context");
  switch (program.target.kind) {
  case Target::Kind::C:
    return codegen::emitC(program);
  case Target::Kind::OpenCL:
    return codegen::emitOpenCL(program);
  }
  throw InternalError("a kind of target that emit does not know");
}

std::string codegen::signature(const std::string &head, const std::vector<std::string> &params) {
  if (params.empty())
    return head + "(void)";
  constexpr size_t width = 118;
  std::string joined;
  for (const std::string &param : params)
    joined += (joined.empty() ? "" : ", ") + param;
  if (head.size() + joined.size() + 2 <= width)
    return head + "(" + joined + ")";

  auto isArray = [](const std::string &param) { return param.find('*') != std::string::npos; };
  std::string text = head + "(" + params.front();
  const std::string indent(head.size() + 1, ' ');
  size_t column = text.size();
  for (size_t i = 1; i < params.size(); ++i) {
    const bool isNewLine =
        isArray(params[i]) || isArray(params[i - 1]) || column + params[i].size() + std::size(", ,") - 1 > width;
    text += isNewLine ? ",\n" + indent : ", ";
    column = (isNewLine ? indent.size() : column + 2) + params[i].size();
    text += params[i];
  }
  return text + ")";
}

std::string codegen::preambleText(const Program &program) {
  if (program.preamble.empty() || program.externals.empty())
    return "";
  return "// ---- the file's preamble\n" + program.preamble + "// ----\n\n";
}

std::string codegen::layoutComments(const Program &program) {
  std::string text;
  for (const Home &home : program.homes)
    text += homeComments(home);
  for (const ProgramArg &arg : program.args) {
    const Layout &layout = arg.layout;
    if (arg.isImage && program.target.hasWorkItems())
      text += imageComment(arg);
    if (!arg.isArray || (!layout.columnMajor && layout.strides.empty() && !layout.offset))
      continue;
    std::string index, shape, place = layout.offset ? toString(layout.offset) : "";
    for (size_t d = 0; d < arg.shape.size(); ++d) {
      const std::string comma = d ? ", " : "", variable = "x" + std::to_string(d);
      index += comma + variable;
      shape += comma + toString(arg.shape[d]);
      place += (place.empty() ? "" : " + ") + variable + strideText(arg, d);
    }
    text += "// " + arg.name + ": element [" + index + "] of shape [" + shape + "] lies at " + place + ".\n";
  }
  return text;
}

} // namespace loopy
