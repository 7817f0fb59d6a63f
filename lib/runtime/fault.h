// Faults of the processor while a compiled kernel runs in this process.
#pragma once

#include <functional>
#include <string>

namespace loopy {

// Runs code that holds no C++ objects. Returns what was wrong, as the end of a sentence about the code, where it divided
// an integer by zero or used memory that is not there; else "". Code on other threads is not watched.
std::string runWatched(const std::function<void()> &code);

} // namespace loopy
