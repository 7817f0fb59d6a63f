// Modules as JSON, the loss-free form of kernels at any point of a pipeline (docs/schema/module.schema.json).
#pragma once

#include "loopy/ir/module.h"

namespace loopy {

// The module as JSON text: all kernels and pipelines, also the imported ones, and the source texts that their places
// are in. moduleFromJson() of it gives a module that writes the same text, and whose kernels emit the same code.
std::string moduleToJson(const Module &module);

// Reads what moduleToJson() wrote, or another program in its place. Everything that the frontend makes sure of is
// checked. UserError with the JSON pointer and the place in `text` of what is wrong.
Module moduleFromJson(Context &context, const std::string &name, const std::string &text);

// Whether a file holds JSON: by its name's ending, or because its text begins with `{`.
bool looksLikeJson(const std::string &name, const std::string &text);

} // namespace loopy
