#include "kernels.h"

#include "loopy/frontend/parse.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace loopy::bench {

static std::filesystem::path examplesDirectory() { return std::filesystem::path(LOOPY_SOURCE_DIR) / "examples"; }

std::string readExample(const std::string &file) {
  std::ifstream stream(examplesDirectory() / file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string pathOfExample(const std::string &file) { return examplesDirectory() / file; }

std::vector<Example> allExamples() {
  std::vector<std::string> files;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(examplesDirectory()))
    if (entry.path().extension() == ".loopy")
      files.push_back(std::filesystem::relative(entry.path(), examplesDirectory()));
  std::sort(files.begin(), files.end());
  std::vector<Example> examples;
  for (const std::string &file : files) {
    Context context;
    const Module module = parseText(context, pathOfExample(file), readExample(file));
    for (const Kernel &kernel : module.kernels)
      for (const PipelineSource &pipeline : module.pipelines)
        if (pipeline.kernel.empty() || pipeline.kernel == kernel.name)
          examples.push_back({file, kernel.name, pipeline.name});
  }
  return examples;
}

std::string independentStatements(int count) {
  std::ostringstream text;
  text << "kernel many(n: int32, a: float32[n]";
  for (int s = 0; s < count; ++s)
    text << ", x" << s << ": out float32[n]";
  text << ")\n  domain { [i] : 0 <= i < n }\n  for i\n";
  for (int s = 0; s < count; ++s)
    text << "    x" << s << "[i] = 2*a[i] + " << s << "\n";
  text << "  end\nend\n\npipeline gpu for many\n  split_iname(i, 64, outer=g.0, inner=l.0)\nend\n";
  return text.str();
}

std::string disjointNests(int count) {
  std::ostringstream text;
  text << "kernel many(n: int32";
  for (int s = 0; s < count; ++s)
    text << ", a" << s << ": float32[n, n], b" << s << ": out float32[n, n]";
  text << ")\n";
  for (int s = 0; s < count; ++s)
    text << "  domain { [i" << s << ", j" << s << "] : 0 <= i" << s << " < n and 0 <= j" << s << " < n }\n";
  for (int s = 0; s < count; ++s)
    text << "  b" << s << "[i" << s << ", j" << s << "] = 2*a" << s << "[j" << s << ", i" << s << "]\n";
  text << "end\n\npipeline gpu for many\n";
  for (int s = 0; s < count; s += count / 4 + 1)
    text << "  split_iname(i" << s << ", 16, outer=g.0, inner=l.0)\n";
  text << "end\n";
  return text.str();
}

std::string chainOfStatements(int count) {
  std::ostringstream text;
  text << "kernel chain(n: int32, x0: float32[n]";
  for (int s = 1; s <= count; ++s)
    text << ", x" << s << ": out float32[n]";
  text << ")\n  domain { [i] : 0 <= i < n }\n  for i\n";
  for (int s = 1; s <= count; ++s)
    text << "    x" << s << "[i] = 2*x" << s - 1 << "[i] + 1\n";
  text << "  end\nend\n\npipeline gpu for chain\n  split_iname(i, 64, outer=g.0, inner=l.0)\nend\n";
  return text.str();
}

} // namespace loopy::bench
