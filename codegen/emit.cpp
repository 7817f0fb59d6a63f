#include "loopy/codegen/emit.h"

#include "targets.h"

namespace loopy {

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
  constexpr size_t width = 118;
  std::string text = head + "(", indent(text.size(), ' ');
  size_t column = text.size();
  for (size_t i = 0; i < params.size(); ++i) {
    const std::string piece = params[i] + (i + 1 < params.size() ? "," : ")");
    if (i > 0 && column + 1 + piece.size() > width) {
      text += "\n" + indent;
      column = indent.size();
    } else if (i > 0) {
      text += " ";
      ++column;
    }
    text += piece;
    column += piece.size();
  }
  return params.empty() ? text + "void)" : text;
}

std::string codegen::layoutComments(const Program &program) {
  std::string text;
  for (const ProgramArg &arg : program.args) {
    const Layout &layout = arg.layout;
    if (!arg.isArray || (!layout.columnMajor && layout.strides.empty() && !layout.offset))
      continue;
    text += "// " + arg.name + ": element [";
    for (size_t d = 0; d < arg.shape.size(); ++d)
      text += (d ? ", x" : "x") + std::to_string(d);
    text += "] of shape [";
    for (size_t d = 0; d < arg.shape.size(); ++d)
      text += (d ? ", " : "") + toString(arg.shape[d]);
    text += "] lies at";
    if (layout.offset)
      text += " " + toString(layout.offset) + (arg.shape.empty() ? "" : " +");
    std::string extents;  // order=F: the product of the extents of the axes before
    for (size_t d = 0; d < arg.shape.size(); ++d) {
      text += (d ? " + x" : " x") + std::to_string(d);
      if (!layout.strides.empty())
        text += "*(" + toString(layout.strides[d]) + ")";
      else if (layout.columnMajor)
        text += extents;
      extents += "*(" + toString(arg.shape[d]) + ")";
    }
    text += ".\n";
  }
  return text;
}

} // namespace loopy
