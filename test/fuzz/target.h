// What a fuzz target does with one text: UserError is an answer; anything else that it throws is a finding.
#pragma once

#include <string>

namespace loopy::fuzzing {

void runTarget(const std::string &text);

} // namespace loopy::fuzzing
