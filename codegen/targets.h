// One printer for each target language.
#pragma once

#include "loopy/codegen/emit.h"

#include <string>
#include <vector>

namespace loopy::codegen {

EmittedCode emitC(const Program &program);
EmittedCode emitOpenCL(const Program &program);

// "head(a, b, *c)". What is too long for a line has each array on a line of its own and the scalars between them
// together, all below the first parameter.
std::string signature(const std::string &head, const std::vector<std::string> &params);
// Comment lines that state the layouts of the arguments that are not plain C order.
std::string layoutComments(const Program &program);

} // namespace loopy::codegen
