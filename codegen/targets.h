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
// The user's code for the target, set apart by comments; nothing where there is none or no function is called.
std::string preambleText(const Program &program);
// Comment lines that state the layouts of the arguments that are not plain C order.
std::string layoutComments(const Program &program);

} // namespace loopy::codegen
