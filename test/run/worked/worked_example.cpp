#include "worked_example.h"

#include "loopy/codegen/emit.h"
#include "loopy/driver/print_kernel.h"
#include "loopy/frontend/parse.h"
#include "loopy/ir/tree.h"
#include "loopy/lower/lower.h"
#include "loopy/poly/isl.h"
#include "loopy/support/diagnostics.h"
#include "loopy/transforms/pipeline.h"

namespace loopy::test {
namespace {

// The children of the body that a barrier stands in, and the name of its loop.
std::string bodyName(const Tree &tree, const std::vector<unsigned> &path) {
  std::string name = "top";
  const std::vector<NodeRef> *children = &tree;
  for (unsigned position : path) {
    const Loop *loop = children->at(position)->loop();
    require(loop, "the path of a barrier leads through loops");
    name = loop->iname;
    children = &loop->children;
  }
  return name;
}

} // namespace

WorkedExample::WorkedExample(const std::string &file, const std::string &kernel, const std::string &pipeline) {
  const Module module = parseFile(context_, LOOPY_SOURCE_DIR "/test/run/worked/" + file + ".loopy");
  kernel_ = module.kernel(kernel);
  if (!pipeline.empty()) {
    const PipelineSource *source = module.findPipeline(pipeline);
    require(source, "the file has this pipeline");
    PipelineResult result = runPipeline(module, kernel_, *source);
    kernel_ = result.kernel;
    for (const StepRecord &step : result.steps)
      for (const std::string &note : step.notes)
        notes_ += note + "\n";
  }
  openCL_ = mapToTarget(kernel_, Target::openCL());
  c_ = mapToTarget(kernel_, Target::c());
}

std::string WorkedExample::tree() const { return printTree(kernel_); }

std::string WorkedExample::body(const std::string &statement) const {
  return printBody(kernel_, kernel_.statement(statement));
}

bool WorkedExample::inDomain(const std::string &statement, const std::map<std::string, int64_t> &point) const {
  isl::set domain = kernel_.statement(statement).domain;
  for (const auto &[name, value] : point)
    domain = domain.intersect(
        poly::paramAff(domain.ctx(), name).eq_set(poly::constantAff(domain.ctx(), value)));
  return !domain.is_empty();
}

std::string WorkedExample::storage(const Mapping &mapping, const std::string &temporary) const {
  const Storage &storage = mapping.storage.at(temporary);
  std::string extents;
  for (const StorageAxis &axis : storage.axes)
    if (!axis.dropped)
      extents += (extents.empty() ? "" : " x ") + toString(axis.extent);
  if (extents.empty())
    extents = "scalar";
  return mapping.target.hasWorkItems() ? std::string(spelling(storage.space)) + " " + extents : extents;
}

std::string WorkedExample::declaredIn(const std::string &temporary) const { return c_.storage.at(temporary).declaredIn; }

std::vector<std::string> WorkedExample::barriers() const {
  std::vector<std::string> texts;
  for (const BarrierPlace &barrier : openCL_.barriers)
    texts.push_back(bodyName(barrierTree(kernel_, openCL_.kernels.at(barrier.kernel)), barrier.path) + " " +
                    std::to_string(barrier.gap) + (barrier.local ? " local" : "") + (barrier.global ? " global" : ""));
  return texts;
}

std::string WorkedExample::hostText(const std::vector<HostNode> &nodes) const {
  std::string text;
  for (const HostNode &node : nodes) {
    text += text.empty() ? "" : " ";
    if (const auto *loop = std::get_if<HostNode::HostLoop>(&node.data)) {
      text += "for " + loop->iname + ": (" + hostText(loop->children) + ")";
    } else {
      std::string ids;
      for (const std::string &id : statementsBelow(openCL_.kernels.at(std::get<HostNode::LaunchNode>(node.data).kernel).tree))
        ids += (ids.empty() ? "" : " ") + id;
      text += "(" + ids + ")";
    }
  }
  return text;
}

std::string WorkedExample::host() const { return hostText(openCL_.host); }

std::string WorkedExample::placement(const std::string &statement, const std::string &axis) const {
  for (Axis candidate = 0; candidate < axisCount; ++candidate) {
    if (axisName(candidate) != axis)
      continue;
    const AxisPlacement &place = openCL_.placement.at(statement).axes[candidate];
    switch (place.kind) {
    case AxisPlacement::Kind::Iname: return place.iname;
    case AxisPlacement::Kind::Masked: return "0";
    case AxisPlacement::Kind::Replicated: return "all";
    }
  }
  return "no such axis";
}

std::string WorkedExample::programFor(const Target &target) const {
  return emit(lower(kernel_, target)).source;
}

} // namespace loopy::test
