// The examples that show every key: they parse, and no key is missing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "server/policy/project_file.h"
#include "server/policy/rules.h"

using namespace pawl;

namespace {

SourceText source(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(SOURCE_ROOT "/" + path, std::ios::binary).rdbuf();
  return {path, text.str()};
}

// "[stage.NAME] max_minutes" for each row of a reference.
std::vector<std::string> keys_of(const std::string& reference) {
  std::vector<std::string> keys;
  std::istringstream lines(reference);
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (!section.empty() && line.starts_with("| `"))  // what stands before is no key
      keys.push_back(section + " " + line.substr(3, line.find('`', 3) - 3));
  }
  return keys;
}

// The same for what stands in a file; [params.lr] is [params.NAME]. The members of an inline table
// count too: "night.usd".
std::vector<std::string> keys_in(const std::string& toml) {
  static const std::regex member("[{,] ([a-z_]+) =");
  static const std::regex named("\\[(params|stage|pool)\\.[a-z0-9]+\\]");
  std::vector<std::string> keys;
  std::istringstream lines(toml);
  std::string section = "top of the file";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("["))
      section = std::regex_replace(line.substr(0, line.find_last_of(']') + 1), named, "[$1.NAME]");
    if (!line.empty() && line.front() != '#' && line.front() != '[')
      keys.push_back(section + " " + line.substr(0, line.find(' ')));
    if (!line.empty() && line.front() != '#' && line.find('{') != std::string::npos) {
      const std::string outer = keys.back();
      for (std::sregex_iterator found(line.begin(), line.end(), member), end; found != end; ++found)
        keys.push_back(outer + "." + (*found)[1].str());
    }
  }
  return keys;
}

std::vector<std::string> missing(const std::string& reference, const std::string& toml) {
  const auto shown = keys_in(toml);
  std::vector<std::string> keys = keys_of(reference);
  EXPECT_GE(keys.size(), 15U);
  std::erase_if(
      keys, [&](const std::string& key) { return std::ranges::find(shown, key) != shown.end(); });
  return keys;
}

using Keys = std::vector<std::string>;

}  // namespace

TEST(Examples, TheProjectShowsEveryKey) {
  const SourceText example = source("examples/configuration/pawl.toml");
  const auto parsed = parse_project_file(example);
  EXPECT_TRUE(parsed) << format(parsed.error());
  EXPECT_EQ(missing(project_file_reference(), example.text), Keys{});
}

TEST(Examples, ThePolicyShowsEveryKey) {
  const SourceText example = source("examples/configuration/policy.toml");
  const auto parsed = parse_rules({example});
  EXPECT_TRUE(parsed) << format(parsed.error());
  EXPECT_EQ(missing(policy_reference(), example.text), Keys{});
}

TEST(Examples, AMissingKeyIsFound) {
  EXPECT_EQ(keys_of("## [goal]\nText.\n| key |\n|---|\n| `metric` | text |\n"),
            Keys{"[goal] metric"});
  EXPECT_EQ(keys_in("a = 1\n# b = 2\n[params.lr]  # c\nmin = 1\n[[volume]]\nname = 1\n"),
            (Keys{"top of the file a", "[params.NAME] min", "[[volume]] name"}));
  EXPECT_EQ(keys_in("[budget]\nnight = { usd = 1, window = 2 }\n"),
            (Keys{"[budget] night", "[budget] night.usd", "[budget] night.window"}));
}

// `PAWL_TOML=write build/dev/bin/test_policy` writes it again after a key was added.
TEST(Examples, TheReferenceOfPawlTomlIsTheParsersOwn) {
  if (getenv("PAWL_TOML") != nullptr)
    std::ofstream(SOURCE_ROOT "/docs/PAWL_TOML.md") << project_file_reference();
  EXPECT_EQ(source("docs/PAWL_TOML.md").text, project_file_reference());
}
