// One printer for each target language.
#pragma once

#include "loopy/codegen/emit.h"

#include <string>
#include <vector>

namespace loopy::codegen {

EmittedCode emitC(const Program &program);
EmittedCode emitOpenCL(const Program &program);

// "head(a, b," and further lines below the first parameter, ending in ")".
std::string signature(const std::string &head, const std::vector<std::string> &params);
// Comment lines that state the layouts of the arguments that are not plain C order.
std::string layoutComments(const Program &program);

} // namespace loopy::codegen
