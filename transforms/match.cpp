#include "match.h"

#include "edit.h"

#include "llvm/ADT/STLExtras.h"

#include <cctype>

namespace loopy {

bool matchesGlob(std::string_view text, std::string_view glob) {
  // After a `*` has matched too little, it takes one letter more and the rest is tried again.
  size_t t = 0, g = 0, starGlob = std::string_view::npos, starText = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      starGlob = g++;
      starText = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (starGlob != std::string_view::npos) {
      g = starGlob + 1;
      t = ++starText;
    } else
      return false;
  }
  while (g < glob.size() && glob[g] == '*')
    ++g;
  return g == glob.size();
}

namespace {

using Test = std::function<bool(const Statement &)>;

Test accessTest(std::string glob, bool isWrite) {
  return [glob = std::move(glob), isWrite](const Statement &statement) {
    return llvm::any_of(accesses(statement), [&](const AccessRef &access) {
      return access.isWrite == isWrite && matchesGlob(access.load->array, glob);
    });
  };
}

// A recursive-descent parser; each function reads what its name says.
class MatchParser {
public:
  MatchParser(std::string_view text, SourceRange where) : text_(text), where_(where) {}

  Test parse() {
    Test test = disjunction();
    if (position_ != text_.size())
      fail("`" + std::string(text_.substr(position_)) + "` is left over");
    return test;
  }

private:
  Test disjunction() {
    Test left = conjunction();
    while (takeWord("or"))
      left = [left, right = conjunction()](const Statement &s) { return left(s) || right(s); };
    return left;
  }
  Test conjunction() {
    Test left = negation();
    while (takeWord("and"))
      left = [left, right = negation()](const Statement &s) { return left(s) && right(s); };
    return left;
  }
  Test negation() {
    if (++depth_ > 200)
      fail("it is nested too deeply");
    Test result = takeWord("not") ? [inner = negation()](const Statement &s) { return !inner(s); } : primary();
    --depth_;
    return result;
  }
  Test primary() {
    if (take('(')) {
      Test inner = disjunction();
      if (!take(')'))
        fail("a `)` is missing");
      return inner;
    }
    const std::string kind = word();
    if (!take(':'))
      fail("`" + kind + "` is not followed by `:`");
    std::string glob = word();
    if (kind == "id")
      return [glob](const Statement &s) { return matchesGlob(s.id, glob); };
    if (kind == "tag")
      return [glob](const Statement &s) {
        return llvm::any_of(s.tags, [&](const std::string &tag) { return matchesGlob(tag, glob); });
      };
    if (kind == "iname")
      return [glob](const Statement &s) {
        return llvm::any_of(s.inames, [&](const std::string &iname) { return matchesGlob(iname, glob); });
      };
    if (kind == "writes" || kind == "reads")
      return accessTest(std::move(glob), kind == "writes");
    fail("there is no kind `" + kind + "`");
  }

  void skipSpace() {
    while (position_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[position_])))
      ++position_;
  }
  bool take(char c) {
    skipSpace();
    if (position_ == text_.size() || text_[position_] != c)
      return false;
    ++position_;
    skipSpace();
    return true;
  }
  static bool isWordCharacter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '*' || c == '?' || c == '.' || c == '$';
  }
  std::string_view nextWord() {
    skipSpace();
    size_t end = position_;
    while (end < text_.size() && isWordCharacter(text_[end]))
      ++end;
    return text_.substr(position_, end - position_);
  }
  std::string word() {
    std::string_view next = nextWord();
    if (next.empty())
      fail(position_ == text_.size() ? "it ends too early"
                                     : "`" + std::string(1, text_[position_]) + "` is unexpected");
    position_ += next.size();
    return std::string(next);
  }
  bool takeWord(std::string_view expected) {
    if (nextWord() != expected)
      return false;
    position_ += expected.size();
    skipSpace();
    return true;
  }

  [[noreturn]] void fail(const std::string &why) const {
    throw UserError(where_, "`" + std::string(text_) + "` does not describe statements: " + why +
                                ". Descriptions are made of id:GLOB, tag:GLOB, writes:GLOB, reads:GLOB and iname:GLOB "
                                "with `and`, `or`, `not` and parentheses.");
  }

  std::string_view text_;
  SourceRange where_;
  size_t position_ = 0;
  unsigned depth_ = 0;
};

} // namespace

std::vector<std::string> matchStatements(const Kernel &kernel, const std::string &match, SourceRange where) {
  if (match.empty())
    return kernel.statementIds();
  const Test test = MatchParser(match, where).parse();
  std::vector<std::string> ids;
  for (const StatementRef &statement : kernel.statements)
    if (test(*statement))
      ids.push_back(statement->id);
  if (ids.empty())
    throw UserError(where, "No statement matches `" + match +
                               "`. The statements are: " + listOfNames(kernel.statementIds()) + ".");
  return ids;
}

std::vector<std::string> matchStatementsWith(const Kernel &kernel, const std::string &iname, const std::string &match,
                                             SourceRange where) {
  std::vector<std::string> ids;
  for (const std::string &id : matchStatements(kernel, match, where))
    if (hasIname(kernel.statement(id), iname))
      ids.push_back(id);
  if (ids.empty())
    throw UserError(where, "No statement that matches `" + match + "` has the iname `" + iname +
                               "`. The statements with it are: " + listOfNames(statementsWith(kernel, iname)) + ".");
  return ids;
}

} // namespace loopy
