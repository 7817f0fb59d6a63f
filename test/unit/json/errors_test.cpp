// Mistakes in JSON: one error, with the pointer and the place. Random changes of what was written never do more harm.
#include "loopy/analysis/bounds.h"
#include "loopy/codegen/emit.h"
#include "loopy/frontend/parse.h"
#include "loopy/json/module_json.h"
#include "loopy/lower/lower.h"
#include "loopy/transforms/pipeline.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <random>

namespace loopy::test {
namespace {

using nlohmann::json;

const char *const text = R"(
kernel sums(n: int32, k: int32, a: float32[n, n] order=F, b: out float32[n], where: int32[n], c: inout float32[n])
  domain { [i, j] : 0 <= i < n and 0 <= j < n }
  domain { [q] : 0 <= q < len }
  assume n >= 1
  function fill(in, out)
  twice(x) := 2*a[x, x]
  b[i] = sum(j, a[i, j]) if k > 3 else twice(i)   {id=row}
  <int32> len = where[i]
  c[where[i]] += exp(b[i])*q                      {id=scatter, atomic, tags=slow}
  if a[0, 0] > 0.5
    c[0] = 1
  end
end

pipeline tiled(tile = 8 in {4, 8}) for sums
  t = split_iname(i, tile)
end
)";

class JsonErrors : public testing::Test {
protected:
  JsonErrors() {
    Context context;
    document_ = json::parse(moduleToJson(parseText(context, "sums.loopy", text)));
  }

  // The message for a text, and what is marked in it.
  std::string messageFor(const std::string &changed) {
    Context context;
    try {
      moduleFromJson(context, "sums.json", changed);
      return "none";
    } catch (const UserError &error) {
      const SourceRange range = error.diagnostics()[0].range;
      marked_ = range.isValid() ? std::string(context.sources().text(range)) : "";
      return error.diagnostics()[0].message;
    }
  }
  // With the value at a pointer replaced.
  std::string with(const std::string &pointer, const json &value) {
    json changed = document_;
    changed[json::json_pointer(pointer)] = value;
    return messageFor(changed.dump(2));
  }
  std::string without(const std::string &pointer, const std::string &key) {
    json changed = document_;
    changed[json::json_pointer(pointer)].erase(key);
    return messageFor(changed.dump(2));
  }

  json document_;
  std::string marked_;
};

TEST_F(JsonErrors, NoneInWhatWasWritten) { EXPECT_EQ(messageFor(document_.dump()), "none"); }

TEST_F(JsonErrors, OfSyntax) {
  EXPECT_EQ(messageFor("{\"format\": }").substr(0, 18), "This is not JSON: ");
  EXPECT_EQ(messageFor("").substr(0, 18), "This is not JSON: ");
  EXPECT_NE(messageFor(std::string(100000, '[')).find("nested"), std::string::npos);
  EXPECT_EQ(messageFor("[]"), "This is to be an object, and it is an array.");
}

TEST_F(JsonErrors, OfTypesAndMembers) {
  EXPECT_EQ(with("/kernels/0/name", 3), "At /kernels/0/name: This is to be a text, and it is a number.");
  EXPECT_EQ(marked_, "3");
  EXPECT_EQ(without("/kernels/0", "tree"), "At /kernels/0: There is no member \"tree\" here, and there must be one.");
  EXPECT_EQ(with("/kernels/0/tre", 1).substr(0, 62), "At /kernels/0/tre: There is no member 'tre'. Did you mean 'tre");
  EXPECT_EQ(with("/format", "loopyc module 2"),
            "At /format: This loopyc reads the format \"loopyc module 1\", not \"loopyc module 2\".");
  EXPECT_NE(with("/kernels/0/params/0/type", "flaot32").find("/params/0/type: There is no type `flaot32`."),
            std::string::npos);
}

TEST_F(JsonErrors, OfNames) {
  EXPECT_NE(with("/kernels/0/statements/0/body/places/0/array", "zz").find("There is no array 'zz'"),
            std::string::npos);
  EXPECT_NE(with("/kernels/0/inames/0/name", "n"), "none");
  EXPECT_NE(with("/kernels/0/statements/1/id", document_["kernels"][0]["statements"][0]["id"]), "none");
  EXPECT_NE(with("/kernels/0/tree/0/loop", "nowhere"), "none");
  EXPECT_NE(
      with("/pipelines/0/kernel", "sum").find("/pipelines/0/kernel: There is no kernel 'sum'. Did you mean 'sums'"),
      std::string::npos);
}

TEST_F(JsonErrors, OfConditions) {
  const std::string domain = "/kernels/0/statements/0/domain/any/0/0";
  EXPECT_EQ(with(domain, "i >= "),
            "At " + domain + ": Expected a name or a number at the end in the condition `i >= `.");
  EXPECT_EQ(marked_, "\"i >= \"");
  EXPECT_EQ(with(domain, "i*n >= 0"),
            "At " + domain + ": Expected a number as one factor at `>= 0` in the condition `i*n >= 0`.");
  EXPECT_NE(with(domain, "z >= 0").find("one of the names of this set"), std::string::npos);
  EXPECT_NE(with(domain, "n >= 0").find("is not bounded on both sides"), std::string::npos);
  EXPECT_NE(with(domain, "i//0 >= 0").find("a positive divisor"), std::string::npos);
}

TEST_F(JsonErrors, OfPipelines) {
  EXPECT_NE(with("/pipelines/0/calls/0", "split_iname(i").find("never closed"), std::string::npos);
  EXPECT_EQ(with("/pipelines/0/calls/0", "f()\nend"),
            "At /pipelines/0/calls/0: This is to be one line, without a comment.");
}

TEST_F(JsonErrors, OfRanges) {
  EXPECT_NE(with("/kernels/0/at", "0:5-3").find("is in no text"), std::string::npos);
  EXPECT_NE(with("/kernels/0/at", "here").find("of the form SOURCE:BEGIN-END"), std::string::npos);
}

// All values of a document, by pointer.
void collect(const json &value, const json::json_pointer &pointer, std::vector<json::json_pointer> &out) {
  out.push_back(pointer);
  if (value.is_object())
    for (const auto &[key, member] : value.items())
      collect(member, pointer / key, out);
  else if (value.is_array())
    for (size_t k = 0; k < value.size(); ++k)
      collect(value[k], pointer / k, out);
}

// A document with one value replaced by another one of it, by a strange one, or left out.
json mutated(const json &document, std::mt19937_64 &random) {
  std::vector<json::json_pointer> pointers;
  collect(document, json::json_pointer(), pointers);
  auto any = [&] { return pointers[random() % pointers.size()]; };
  json changed = document;
  const json strange = {nullptr,       true,          -1, 0, 1, 7, 1e300, "", "i", "n", "in", "float64", "2*(i//3) = 0",
                        json::array(), json::object()};
  json::json_pointer at = any();
  while (at.empty())
    at = any();
  switch (random() % 3) {
  case 0:
    changed[at] = document[any()];
    break;
  case 1:
    changed[at] = strange[random() % strange.size()];
    break;
  default:
    json &parent = changed[at.parent_pointer()];
    if (parent.is_object())
      parent.erase(at.back());
    else
      parent.erase(static_cast<size_t>(std::stoul(at.back())));
  }
  return changed;
}

// Reads a changed document and makes code of what can be read.
void expectAnswer(const json &document, std::mt19937_64 &random, unsigned &refused, unsigned &read) {
  const json changed = mutated(document, random);
  Context context;
  try {
    const Module module = moduleFromJson(context, "changed.json", changed.dump());
    ++read;
    for (const Kernel &kernel : module.kernels) {
      if (!findUnsetReads(kernel).empty())
        continue; // what loopyc would refuse
      emit(lower(kernel, Target::c()));
      emit(lower(kernel, Target::openCL()));
    }
  } catch (const UserError &) {
    ++refused;
  } catch (const isl::exception_quota &) {
    ++refused; // said to be too complex
  } catch (const std::exception &error) {
    ADD_FAILURE() << error.what() << "\n" << json::diff(document, changed).dump().substr(0, 2000);
  }
}

// Bytes changed, and the end cut off: mostly no JSON any more.
TEST_F(JsonErrors, OfChangedBytes) {
  const std::string whole = document_.dump(1);
  std::mt19937_64 random(1);
  for (int trial = 0; trial < 500; ++trial) {
    std::string changed = whole.substr(0, trial % 2 ? whole.size() : random() % whole.size());
    for (size_t k = 0; k < 1 + random() % 3 && !changed.empty(); ++k)
      changed[random() % changed.size()] = static_cast<char>(random() % 256);
    Context context;
    try {
      moduleFromJson(context, "changed.json", changed);
    } catch (const UserError &error) {
      EXPECT_FALSE(error.diagnostics().empty());
    }
  }
}

// Of the changed documents some are refused as their author's mistake, and of the others all stages can make something.
// LOOPY_TRIALS says how many there are for each kernel.
TEST(JsonChanges, AreRefusedOrUnderstood) {
  const char *given = std::getenv("LOOPY_TRIALS");
  const int trials = given ? std::atoi(given) : 200;
  const char *seed = std::getenv("LOOPY_SEED");
  std::mt19937_64 random(seed ? std::strtoull(seed, nullptr, 10) : 1);
  unsigned refused = 0, read = 0;
  for (const char *file : {"algorithms", "data_loops", "names", "pipelining", "reductions", "rules", "strides",
                           "temporaries", "types", "vectors"}) {
    Context context;
    const Module module = parseFile(context, std::string(LOOPY_SOURCE_DIR) + "/test/run/kernels/" + file + ".loopy");
    for (const Kernel &kernel : module.kernels)
      for (const PipelineSource &pipeline : module.pipelines) {
        if (pipeline.kernel != kernel.name)
          continue;
        SCOPED_TRACE(pipeline.name);
        Module changed;
        changed.context = &context;
        changed.kernels = {runPipeline(module, kernel, pipeline).kernel};
        const json document = json::parse(moduleToJson(changed));
        for (int trial = 0; trial < trials / 10; ++trial)
          expectAnswer(document, random, refused, read);
      }
  }
  EXPECT_GT(refused, 300u);
  EXPECT_GT(read, 100u);
}

} // namespace
} // namespace loopy::test
