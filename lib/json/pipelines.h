// Pipelines as JSON: {"name": "tiled", "params": [..], "kernel": "sgemm", "calls": ["split_iname(i, tile)"]}. Values
// and calls are texts in the language of pipelines.
#pragma once

#include "place.h"

#include "loopy/ir/module.h"

namespace loopy::json {

Json toJson(const PipelineSource &pipeline);
PipelineSource readPipeline(const Place &place);

} // namespace loopy::json
