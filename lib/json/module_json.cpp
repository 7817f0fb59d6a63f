#include "loopy/json/module_json.h"

#include "kernels.h"
#include "pipelines.h"

#include <set>

namespace loopy {

using json::Json;
using json::Place;

static const char *const format = "loopyc module 1";

std::string moduleToJson(const Module &module) {
  require(module.context != nullptr, "a module without a context");
  json::RangeWriter ranges(*module.context);
  Json root = {{"format", format}};
  auto addKernels = [&](const char *key, const std::vector<Kernel> &kernels) {
    for (const Kernel &kernel : kernels)
      root[key].push_back(json::toJson(kernel, ranges));
  };
  auto addPipelines = [&](const char *key, const std::vector<PipelineSource> &pipelines) {
    for (const PipelineSource &pipeline : pipelines)
      root[key].push_back(json::toJson(pipeline));
  };
  root["kernels"] = Json::array();
  addKernels("kernels", module.kernels);
  addPipelines("pipelines", module.pipelines);
  addKernels("importedKernels", module.importedKernels);
  addPipelines("importedPipelines", module.importedPipelines);
  root["sources"] = ranges.sources();
  // A source text may hold bytes that are not UTF-8.
  return root.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

namespace {

template <class T, class Read>
void readAll(const Place &root, const char *key, std::vector<T> &list, std::set<std::string> &names, Read &&read) {
  std::optional<Place> items = root.find(key);
  if (!items)
    return;
  for (const Place &item : items->items()) {
    list.push_back(read(item));
    if (!names.insert(list.back().name).second)
      item.member("name").fail("The name `" + list.back().name + "` is given twice.");
  }
}

} // namespace

Module moduleFromJson(Context &context, const std::string &name, const std::string &text) {
  const json::Document document = json::readDocument(context, name, text);
  const Place root = Place::root(document);
  root.allowOnly({"format", "kernels", "pipelines", "importedKernels", "importedPipelines", "sources"});
  if (const Place given = root.member("format"); given.text() != format)
    given.fail("This loopyc reads the format \"" + std::string(format) + "\", not \"" + given.text() + "\".");
  const json::RangeReader ranges(context, root);
  Module module;
  module.context = &context;
  std::set<std::string> kernels, pipelines;
  auto readKernel = [&](const Place &place) { return json::readKernel(place, ranges); };
  auto readPipeline = [&](const Place &place) {
    PipelineSource pipeline = json::readPipeline(place);
    if (!pipeline.kernel.empty() && !kernels.count(pipeline.kernel))
      place.member("kernel").fail(unknownName("kernel", pipeline.kernel, {kernels.begin(), kernels.end()}));
    return pipeline;
  };
  root.member("kernels").items();
  readAll(root, "kernels", module.kernels, kernels, readKernel);
  readAll(root, "importedKernels", module.importedKernels, kernels, readKernel);
  readAll(root, "pipelines", module.pipelines, pipelines, readPipeline);
  readAll(root, "importedPipelines", module.importedPipelines, pipelines, readPipeline);
  return module;
}

bool looksLikeJson(const std::string &name, const std::string &text) {
  if (name.ends_with(".json"))
    return true;
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string::npos && text[first] == '{';
}

} // namespace loopy
