// Texts that would overflow a stack, a number, or the patience of whoever waits: each gets an answer or a located
// error.
#include "loopy/frontend/parse.h"

#include <gtest/gtest.h>

#include <llvm/Support/raw_ostream.h>

namespace loopy {
namespace {

std::string repeated(const std::string &text, unsigned times) {
  std::string out;
  for (unsigned k = 0; k < times; ++k)
    out += text;
  return out;
}

std::string kernelWith(const std::string &lines, const std::string &domain = "0 <= i < n") {
  return "kernel f(n: int32, a: inout float32[n])\n  domain { [i] : " + domain + " }\n" + lines + "\nend\n";
}

// True if it parses, false if there are errors, all of which must have a place.
bool isAccepted(const std::string &text) {
  Context context;
  try {
    parseText(context, "case", text);
    return true;
  } catch (const UserError &error) {
    for (const Diagnostic &d : error.diagnostics())
      EXPECT_TRUE(d.range.isValid()) << d.message;
    EXPECT_FALSE(context.sources().toJson(error.diagnostics()).empty());
    return false;
  }
}

TEST(Robustness, DeepNestingIsRefused) {
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = " + repeated("(", 5000) + "1" + repeated(")", 5000))));
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = " + repeated("-", 5000) + "1")));
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = " + repeated("2**", 5000) + "1")));
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = 1 if " + repeated("not ", 5000) + "true else 2")));
  EXPECT_FALSE(isAccepted(kernelWith(repeated("if i > 3\n", 5000) + "a[i] = 1\n" + repeated("end\n", 5000))));
  EXPECT_FALSE(isAccepted("pipeline p\n f(" + repeated("([", 5000) + "\nend\n"));
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = a[i]" + repeated(" + a[i]", 5000))));
  EXPECT_TRUE(isAccepted(kernelWith("a[i] = a[i]" + repeated(" + a[i]", 900))));
}

TEST(Robustness, BracketsCountOnce) {
  for (const auto &[open, close] : {std::pair{"(", ")"}, {"abs(", ")"}, {"-(", ")"}, {"cast(int32, ", ")"}}) {
    const bool isTwice = open[0] == '-';
    EXPECT_TRUE(isAccepted(kernelWith("a[i] = " + repeated(open, isTwice ? 95 : 190) + "i" +
                                      repeated(close, isTwice ? 95 : 190))))
        << open;
    EXPECT_FALSE(isAccepted(kernelWith("a[i] = " + repeated(open, 201) + "i" + repeated(close, 201)))) << open;
  }
  EXPECT_TRUE(isAccepted(kernelWith("a[i] = 1", repeated("(", 190) + "0 <= i < n" + repeated(")", 190))));
}

TEST(Robustness, AByteOrderMarkIsPassedOver) {
  EXPECT_TRUE(isAccepted("\xef\xbb\xbf" + kernelWith("a[i] = 1")));
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = \xef\xbb\xbf 1")));
}

TEST(Robustness, LongLinesAreShownInPart) {
  Context context;
  std::string shown;
  try {
    parseText(context, "case", kernelWith("a[i] = 1" + repeated(" + 1", 300) + " + zzz" + repeated(" + 1", 300)));
    ADD_FAILURE() << "accepted";
  } catch (const UserError &error) {
    llvm::raw_string_ostream out(shown);
    context.sources().print(out, error.diagnostics().front(), false);
  }
  EXPECT_TRUE(shown.starts_with("case:3:1212: error: There is no name 'zzz'.")) << shown;
  const size_t line = shown.find('\n') + 1, caret = shown.find('\n', line) + 1;
  EXPECT_LT(shown.size(), 400) << shown;
  EXPECT_EQ(shown.find("zzz", line) - line, shown.find("^~~\n", caret) - caret) << shown;
}

TEST(Robustness, RulesThatGrowAreRefused) {
  std::string rules = "f0(x) := x + 1\n";
  for (int k = 1; k < 60; ++k)
    rules += "f" + std::to_string(k) + "(x) := f" + std::to_string(k - 1) + "(f" + std::to_string(k - 1) + "(x))\n";
  EXPECT_FALSE(isAccepted(kernelWith(rules + "a[i] = f59(i)")));
  EXPECT_FALSE(isAccepted(kernelWith(rules + "a[i] = f59(a[i])")));
}

TEST(Robustness, LongChainsOfRulesAreRefused) {
  std::string rules = "f0(x) := x + 1\n", uses = "a[i] = f0(i)\n";
  for (int k = 1; k < 3000; ++k) {
    rules += "f" + std::to_string(k) + "(x) := f" + std::to_string(k - 1) + "(x) + 1\n";
    uses += "a[i] = f" + std::to_string(k) + "(i)\n";
  }
  EXPECT_FALSE(isAccepted(kernelWith(rules + "a[i] = f2999(i)")));
  EXPECT_FALSE(isAccepted(kernelWith(rules + "a[i] = f2999(a[i])")));
  EXPECT_FALSE(isAccepted(kernelWith(rules + uses)));
}

TEST(Robustness, SetsThatExplodeAreRefused) {
  std::string parts, divisions;
  for (int k = 0; k < 60; ++k) {
    parts += " and (i <= n - " + std::to_string(3 * k) + " or 2*i >= n + " + std::to_string(k) + ")";
    divisions +=
        " and (i*" + std::to_string(k + 1) + ") mod " + std::to_string(2 * k + 37) + " <= " + std::to_string(k + 30);
  }
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = 1", "0 <= i < n and (0 = 0" + parts + ")")));
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = 1", "0 <= i < n" + divisions)));
}

TEST(Robustness, LargeNumbersDoNotOverflow) {
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = 99999999999999999999")));
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = 1", "0 <= i < 3000000000")));
  EXPECT_FALSE(isAccepted(kernelWith("a[i] = 1", "0 <= 2000000000*i < 2000000000*(2000000000*n)")));
  EXPECT_TRUE(isAccepted(kernelWith("a[i] = 9223372036854775807*9223372036854775807 + (1 << 70 >> -3)")));
}

TEST(Robustness, BytesThatAreNoText) {
  EXPECT_FALSE(isAccepted(std::string("kernel f(n: int32)\0end", 22)));
  EXPECT_FALSE(isAccepted("kernel \xc3\xa4(n: int32)\nend\n"));
  std::string bytes;
  for (int k = 0; k < 4096; ++k)
    bytes += static_cast<char>(k * 37);
  EXPECT_FALSE(isAccepted(bytes));
  EXPECT_FALSE(isAccepted(repeated("([{", 10000)));
  EXPECT_TRUE(isAccepted(""));
  EXPECT_TRUE(isAccepted("# only a comment"));
}

TEST(Robustness, AManyStatementKernelIsRead) {
  std::string lines;
  for (int k = 0; k < 1000; ++k)
    lines += "  a[i] = 2*a[i] + " + std::to_string(k) + "\n";
  EXPECT_TRUE(isAccepted(kernelWith(lines)));
}

} // namespace
} // namespace loopy
