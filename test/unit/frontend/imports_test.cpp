// `import`: what a module has of other files, in which order, and where mistakes in them are reported.
#include "loopy/frontend/parse.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace loopy {
namespace {

namespace fs = std::filesystem;

const char *const scale = "kernel scale(n: int32, x: inout float32[n])\n"
                          "  domain { [i] : 0 <= i < n }\n"
                          "  x[i] = 2*x[i]\n"
                          "end\n";
const char *const other = "kernel other(n: int32, x: inout float32[n])\n"
                          "  domain { [i] : 0 <= i < n }\n"
                          "  x[i] = 3*x[i]\n"
                          "end\n";

class Imports : public testing::Test {
protected:
  Imports() : root_(fs::path(testing::TempDir()) / ("loopy_imports_" + std::to_string(::getpid()))) {
    fs::create_directories(root_ / "lib");
  }
  ~Imports() override { fs::remove_all(root_); }

  std::string write(const std::string &name, const std::string &text) {
    const std::string path = (root_ / name).string();
    std::ofstream(path) << text;
    return path;
  }
  Module parse(const std::string &name) { return parseFile(context_, (root_ / name).string()); }

  // "main.loopy:2: message / lib/a.loopy:1: note", a line for each error, paths relative to the directory.
  std::string errorsOf(const std::string &name) {
    try {
      parse(name);
      return "none";
    } catch (const UserError &error) {
      std::string text;
      for (const Diagnostic &diagnostic : error.diagnostics()) {
        text += place(diagnostic.range) + diagnostic.message;
        for (const Diagnostic &note : diagnostic.notes)
          text += " / " + place(note.range) + note.message;
        text += "\n";
      }
      return text;
    }
  }
  std::string place(SourceRange range) {
    const fs::path name = context_.sources().name(range.file);
    return fs::relative(name, root_).string() + ":" +
           std::to_string(context_.sources().lineColumn(range.file, range.begin).line) + ": ";
  }

  fs::path root_;
  Context context_;
};

template <class List> std::vector<std::string> namesOf(const List &list) {
  std::vector<std::string> names;
  for (const auto &item : list)
    names.push_back(item.name);
  return names;
}
using Names = std::vector<std::string>;

TEST_F(Imports, BringInKernelsAndPipelines) {
  write("lib/tiles.loopy", std::string("import \"../more.loopy\"\n") + other + "pipeline tiled\n  tag(i, g.0)\nend\n");
  write("more.loopy", "pipeline more\n  unroll(i)\nend\n");
  write("main.loopy",
        std::string("import \"lib/tiles.loopy\"\n") + scale + "pipeline own for other\n  use tiled\nend\n");
  const Module module = parse("main.loopy");
  EXPECT_EQ(namesOf(module.kernels), Names{"scale"});
  EXPECT_EQ(namesOf(module.pipelines), Names{"own"});
  EXPECT_EQ(namesOf(module.importedKernels), Names{"other"});
  EXPECT_EQ(namesOf(module.importedPipelines), (Names{"tiled", "more"}));
  EXPECT_EQ(module.kernel("other").name, "other");
  EXPECT_NE(module.findPipeline("more"), nullptr);
  EXPECT_EQ(module.kernelNames(), (Names{"scale", "other"}));
}

TEST_F(Imports, ReadEachFileOnceInCirclesAndByOtherNames) {
  write("a.loopy", std::string("import \"b.loopy\"\nimport \"lib/../b.loopy\"\nimport \"a.loopy\"\n") + scale);
  write("b.loopy", std::string("import \"a.loopy\"\n") + other);
  const Module module = parse("a.loopy");
  EXPECT_EQ(namesOf(module.importedKernels), Names{"other"});
  EXPECT_EQ(module.files.size(), 2u);
}

TEST_F(Imports, TakeAbsolutePaths) {
  const std::string library = write("lib/other.loopy", other);
  write("main.loopy", "import \"" + library + "\"\n");
  EXPECT_EQ(namesOf(parse("main.loopy").importedKernels), Names{"other"});
}

TEST_F(Imports, StartAtTheDirectoryOfTheTextsName) {
  write("lib/other.loopy", other);
  const Module module = parseText(context_, (root_ / "lib" / "text").string(), "import \"other.loopy\"\n");
  EXPECT_EQ(namesOf(module.importedKernels), Names{"other"});
}

TEST_F(Imports, AreReportedWhereTheyStandIfTheFileCannotBeRead) {
  write("main.loopy", "import \"missing.loopy\"\nimport \"lib\"\nimport \"\"\nimport missing\nimport \"a.json\"\n");
  write("a.json", "{}");
  EXPECT_EQ(errorsOf("main.loopy"), "main.loopy:1: The file '" + (root_ / "missing.loopy").string() +
                                        "' cannot be read: No such file or directory.\n"
                                        "main.loopy:2: The file '" +
                                        (root_ / "lib").string() +
                                        "' cannot be read: it is a directory.\n"
                                        "main.loopy:3: This names no file.\n"
                                        "main.loopy:4: Expected the path of a file in quotes, as in `import "
                                        "\"tiles.loopy\"`, but found 'missing'.\n"
                                        "main.loopy:5: The file '" +
                                        (root_ / "a.json").string() +
                                        "' holds JSON. Only kernel files can be imported.\n");
}

TEST_F(Imports, LeadToMistakesInTheFilesByNotes) {
  write("main.loopy", std::string("import \"lib/a.loopy\"\n") + scale);
  write("lib/a.loopy", "\nimport \"b.loopy\"\n");
  write("lib/b.loopy", "pipeline p\n  tag\nend\nkernel k(x: out float32[n])\n  x[0] = 1\nend\n");
  EXPECT_EQ(errorsOf("main.loopy"),
            "lib/b.loopy:2: Expected '(' and the arguments of the pass, but found the end of the line."
            " / lib/a.loopy:2: The file is imported here. / main.loopy:1: The file is imported here.\n");
  write("lib/b.loopy", "kernel k(n: int32, x: out float32[n])\n  domain { [i] : 0 <= i < n }\n  x[i] = y[i]\nend\n");
  EXPECT_EQ(errorsOf("main.loopy"),
            "lib/b.loopy:3: There is no name 'y'. There are: i, n and x."
            " / lib/a.loopy:2: The file is imported here. / main.loopy:1: The file is imported here.\n");
}

TEST_F(Imports, ShareOneNameSpace) {
  write("lib/a.loopy", std::string(scale) + "pipeline p\nend\npipeline q for nobody\nend\n");
  write("main.loopy", std::string("import \"lib/a.loopy\"\n") + scale + "pipeline p\nend\n");
  const std::string imported = " / main.loopy:1: The file is imported here.\n";
  EXPECT_EQ(errorsOf("main.loopy"),
            "lib/a.loopy:1: There are two kernels 'scale'. / main.loopy:2: Here is the first." + imported +
                "lib/a.loopy:5: There are two pipelines 'p'. / main.loopy:6: Here is the first." + imported +
                "lib/a.loopy:7: There is no kernel 'nobody'. There are: scale." + imported);
}

TEST_F(Imports, OfFilesOfPipelines) {
  write("lib/a.loopy", "pipeline a\n  unroll(i)\nend\n");
  Module module = parseText(context_, (root_ / "main.loopy").string(), std::string("import \"lib/a.loopy\"\n") + scale);
  addPipelines(module, (root_ / "more.loopy").string(), "import \"lib/a.loopy\"\npipeline more\n  use a\nend\n");
  EXPECT_EQ(namesOf(module.pipelines), Names{"more"});
  EXPECT_EQ(namesOf(module.importedPipelines), Names{"a"});
  addPipelines(module, (root_ / "lib/a.loopy").string(), "pipeline a\n  unroll(i)\nend\n");
  EXPECT_EQ(namesOf(module.pipelines), (Names{"more", "a"}));
  EXPECT_THROW(addPipelines(module, "kernels", scale), UserError);
}

} // namespace
} // namespace loopy
