#include "pipelines.h"

#include "loopy/frontend/parse.h"

#include <algorithm>

namespace loopy::json {
namespace {

// A value that was written over several lines.
std::string onOneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\r', ' ');
  return text;
}

std::string argumentsText(const PipelineCall &call, size_t first) {
  std::string text;
  for (size_t k = first; k < call.positional.size(); ++k)
    text += (text.empty() ? "" : ", ") + onOneLine(call.positional[k].source);
  for (const auto &[name, value] : call.named)
    text += (text.empty() ? "" : ", ") + name + "=" + onOneLine(value.source);
  return "(" + text + ")";
}

std::string callText(const PipelineCall &call) {
  const std::string result = call.result.empty() ? "" : call.result + " = ";
  if (call.pass == "use" && !call.positional.empty())
    return result + "use " + call.positional[0].source + argumentsText(call, 1);
  return result + call.pass + argumentsText(call, 0);
}

// A part of a pipeline's text, which must not bring in lines of its own.
std::string lineAt(const Place &place) {
  std::string text = place.text();
  if (text.find_first_of("\n#\\") != std::string::npos)
    place.fail("This is to be one line, without a comment.");
  return text;
}

std::string paramText(const Place &place) {
  place.allowOnly({"name", "default", "candidates"});
  std::string text = place.member("name").name() + " = " + lineAt(place.member("default"));
  std::optional<Place> candidates = place.find("candidates");
  if (!candidates)
    return text;
  std::string list;
  for (const Place &item : candidates->items())
    list += (list.empty() ? "" : ", ") + lineAt(item);
  return text + " in {" + list + "}";
}

} // namespace

Json toJson(const PipelineSource &pipeline) {
  Json json = {{"name", pipeline.name}};
  if (!pipeline.kernel.empty())
    json["kernel"] = pipeline.kernel;
  for (const PipelineParam &param : pipeline.params) {
    Json one = {{"name", param.name}, {"default", param.value.source}};
    for (const PipelineValue &candidate : param.candidates)
      one["candidates"].push_back(candidate.source);
    json["params"].push_back(std::move(one));
  }
  json["calls"] = Json::array();
  for (const PipelineCall &call : pipeline.calls)
    json["calls"].push_back(callText(call));
  return json;
}

// The text of the pipeline is put together and parsed, so that messages show its lines.
PipelineSource readPipeline(const Place &place) {
  place.allowOnly({"name", "kernel", "params", "calls"});
  const std::string name = place.member("name").name();
  std::string text = "pipeline " + name;
  if (std::optional<Place> params = place.find("params")) {
    std::string list;
    for (const Place &param : params->items())
      list += (list.empty() ? "" : ", ") + paramText(param);
    text += "(" + list + ")";
  }
  text += "\n";
  const std::vector<Place> calls = place.member("calls").items();
  for (const Place &call : calls)
    text += "  " + lineAt(call) + "\n";
  Module module;
  module.context = place.document().context;
  const Document &document = place.document();
  addPipelines(module, document.context->sources().name(document.file) + ":" + place.pointer(), text + "end\n");
  if (module.pipelines.size() != 1 || module.pipelines[0].name != name ||
      module.pipelines[0].calls.size() != calls.size())
    place.fail("Each of the calls is to be one call.");
  PipelineSource pipeline = std::move(module.pipelines[0]);
  if (std::optional<Place> kernel = place.find("kernel"))
    pipeline.kernel = kernel->name();
  return pipeline;
}

} // namespace loopy::json
