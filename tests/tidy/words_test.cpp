// Words that say nothing. A name says what the thing knows: Ledger, Scheduler.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "tests/tidy/source.h"

using namespace tidy;

namespace {

constexpr std::array<std::string_view, 11> kEmptyWords = {
    "manager", "helper",   "helpers",   "util", "utils", "common",
    "handler", "handlers", "processor", "impl", "misc"};

// Names of other people.
constexpr std::array<std::string_view, 6> kForeign = {"sa_handler",      "common_type",
                                                      "common_type_t",   "set_error_handler",
                                                      "error_handler_t", "multiProcessorCount"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// "RequestHandler2", "request_handler" -> request, handler
std::vector<std::string> parts_of(std::string_view identifier) {
  std::vector<std::string> parts(1);
  for (const char c : identifier) {
    const bool is_letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    const bool begins =
        !is_letter || (std::isupper(static_cast<unsigned char>(c)) != 0 && !parts.back().empty());
    if (begins && !parts.back().empty()) parts.emplace_back();
    if (is_letter) parts.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return parts;
}

bool says_nothing(std::string_view identifier) {
  if (std::ranges::find(kForeign, identifier) != kForeign.end()) return false;
  return std::ranges::any_of(parts_of(identifier), [](const std::string& part) {
    return std::ranges::find(kEmptyWords, part) != kEmptyWords.end();
  });
}

bool has_empty_word(std::string_view line) {
  while (!line.empty()) {
    const auto* const begin = std::ranges::find_if(line, is_word);
    const auto* const end = std::find_if_not(begin, line.end(), is_word);
    if (says_nothing({begin, end})) return true;
    line = {end, line.end()};
  }
  return false;
}

Findings names_say_something(const SourceFile& file) {
  Findings found = find_lines(file, file.code, "a name that says nothing", has_empty_word);
  if (has_empty_word(file.path)) found.push_back({file.path, 0, "a file name that says nothing"});
  return found;
}

}  // namespace

TEST(Words, NamesSaySomething) { EXPECT_NO_FINDINGS(check_tree(names_say_something)); }

TEST(Words, AnEmptyWordIsFoundInAnyStyleOfName) {
  for (const char* code : {"class JobManager {};", "int request_handler();", "namespace utils {",
                           "struct Impl;", "HelperBase b;"}) {
    EXPECT_EQ(check_text(names_say_something, "tools/a.h", code).size(), 1U) << code;
  }
  EXPECT_EQ(check_text(names_say_something, "tools/string_utils.h", "").size(), 1U);
}

TEST(Words, OtherWordsCommentsAndForeignNamesPass) {
  EXPECT_NO_FINDINGS(check_text(
      names_say_something, "tools/a.cpp",
      "// a helper\nint implement();\naction.sa_handler = stop;\nauto s = \"common\";\n"));
}
