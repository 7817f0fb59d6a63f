// Values in pipeline calls: pipeline parameters put in, arithmetic done, and text again.
#pragma once

#include "loopy/ir/module.h"

namespace loopy {

using PipelineArguments = std::map<std::string, PipelineValue>;

// `value` with names of pipeline parameters replaced by their values, and arithmetic carried out.
// UserError at the operand for arithmetic on something that is not an integer.
PipelineValue resolve(const PipelineValue &value, const PipelineArguments &arguments);
PipelineCall resolve(const PipelineCall &call, const PipelineArguments &arguments);

std::string toText(const PipelineValue &value);
std::string toText(const PipelineCall &call);

} // namespace loopy
