// What the documents say is there, and what is there is in the build and in the documents.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/tidy/source.h"

using namespace tidy;

namespace {

bool is_path_of_ours(std::string_view word) {
  constexpr std::array<std::string_view, 10> kTops = {
      "server/", "tools/", "keeper/",   "tests/",    "docs/",
      "bench/",  "cmake/", "policies/", "examples/", "trainer/"};
  const bool is_pattern = word.find_first_of("*{}<>$ ") != std::string_view::npos;
  return !is_pattern && std::ranges::any_of(kTops, [&](auto top) { return word.starts_with(top); });
}

// What stands in backticks, and the command that a line of a code block begins with.
std::vector<std::string> named_in(std::string_view line) {
  std::vector<std::string> words = {std::string(line.substr(0, line.find(' ')))};
  for (std::size_t open = line.find('`'); open != std::string_view::npos;
       open = line.find('`', open)) {
    const std::size_t close = line.find('`', open + 1);
    if (close == std::string_view::npos) break;
    words.emplace_back(line.substr(open + 1, close - open - 1));
    open = close + 1;
  }
  return words;
}

Findings documents_name_what_exists(const SourceFile& file) {
  if (!file.path.ends_with(".md") || file.path == "CHANGELOG.md") return {};
  return find_lines(file, file.lines, "names a file or folder that does not exist",
                    [](std::string_view line) {
                      return std::ranges::any_of(named_in(line), [](const std::string& word) {
                        return is_path_of_ours(word) &&
                               !std::filesystem::exists(std::filesystem::path(SOURCE_ROOT) / word);
                      });
                    });
}

// The folders that CALL(NAME ...) of a CMakeLists.txt builds and runs.
std::set<std::string> suites_of(const std::string& cmake, const std::string& call,
                                const std::string& folder) {
  std::set<std::string> suites;
  std::istringstream lines(cmake);
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, std::min(line.find_first_not_of(' '), line.size()));
    if (!line.starts_with(call)) continue;  // a comment, or the function itself
    suites.insert(folder + line.substr(call.size(), line.find_first_of(" )") - call.size()));
  }
  return suites;
}

Findings is_in_a_suite(const SourceFile& file, const std::set<std::string>& suites) {
  if (!file.path.ends_with("_test.cpp") || suites.contains(file.folder())) return {};
  return {{file.path, 1, "is in no suite of tests/ or trainer/CMakeLists.txt, so it never runs"}};
}

Findings is_run_by_something(const SourceFile& file, const std::string& runners) {
  if (!file.in("tests") || !file.path.ends_with("_test.py") ||
      runners.contains(file.path.substr(6)))
    return {};
  return {
      {file.path, 1, "is named neither in tests/CMakeLists.txt nor in .ci/run, so it never runs"}};
}

}  // namespace

TEST(Documents, NameWhatExists) { EXPECT_NO_FINDINGS(check_tree(documents_name_what_exists)); }

TEST(Documents, AMissingFileIsFound) {
  const Findings found =
      check_text(documents_name_what_exists, "docs/A.md",
                 "see `server/core`\nand `server/core/no.h`\ntests/no.sh --all\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].line, 2U);
  EXPECT_EQ(found[1].line, 3U);
}

TEST(Documents, TheArchitectureNamesEveryFolderWithCode) {
  const std::string text = read_file("docs/ARCHITECTURE.md");
  std::set<std::string> folders;
  for (const SourceFile& file : tree()) {
    if (file.is_product()) folders.insert(file.folder());
  }
  for (const std::string& folder : folders) {
    EXPECT_TRUE(text.contains("`" + folder + "`") || text.contains("`" + folder + "/`"))
        << "docs/ARCHITECTURE.md:1: does not name `" << folder << "`";
  }
}

TEST(Suites, EveryTestIsInOne) {
  std::set<std::string> suites =
      suites_of(read_file("tests/CMakeLists.txt"), "pawl_suite(", "tests/");
  suites.merge(suites_of(read_file("trainer/CMakeLists.txt"), "trainer_suite(", "trainer/tests/"));
  EXPECT_TRUE(suites.contains("tests/tidy"));
  EXPECT_TRUE(suites.contains("trainer/tests/data"));
  EXPECT_NO_FINDINGS(
      check_tree([&](const SourceFile& file) { return is_in_a_suite(file, suites); }));
}

TEST(Suites, ATestOutsideIsFound) {
  const std::set<std::string> suites =
      suites_of("pawl_suite(core DEPS x)\n  pawl_suite(tidy)\n", "pawl_suite(", "tests/");
  EXPECT_EQ(suites, (std::set<std::string>{"tests/core", "tests/tidy"}));
  EXPECT_TRUE(is_in_a_suite(source_file("tests/core/a_test.cpp", ""), suites).empty());
  EXPECT_EQ(is_in_a_suite(source_file("tests/core/deep/a_test.cpp", ""), suites).size(), 1U);
  EXPECT_EQ(is_in_a_suite(source_file("tests/a_test.cpp", ""), suites).size(), 1U);
}

TEST(Suites, EveryScriptedTestIsRun) {
  const std::string runners = read_file("tests/CMakeLists.txt") + read_file(".ci/run");
  EXPECT_NO_FINDINGS(
      check_tree([&](const SourceFile& file) { return is_run_by_something(file, runners); }));
  EXPECT_EQ(
      is_run_by_something(source_file("tests/cli/lost_test.py", ""), "cli/other_test.py").size(),
      1U);
}
