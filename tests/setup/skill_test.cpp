// A skill that names what does not exist teaches an agent to fail.
#include "server/setup/skill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "tools/catalogue.h"

using namespace pawl;

namespace {

std::vector<std::smatch> all_of(const std::string& text, const std::regex& pattern) {
  return {std::sregex_iterator(text.begin(), text.end(), pattern), std::sregex_iterator()};
}

bool is_argument(const Tool& tool, const std::string& name) {
  return std::ranges::find(tool.arguments, name, &Rule::name) != tool.arguments.end();
}

}  // namespace

TEST(Skill, CallsToolsThatExistWithTheirArguments) {
  const std::string text = shipped_skill();
  static const std::regex call("`([a-z_]+) (\\{.*?\\})`");
  const auto calls = all_of(text, call);
  EXPECT_GE(calls.size(), 10U);
  for (const std::smatch& found : calls) {
    const Tool* const tool = find_tool(catalogue(), found[1].str());
    ASSERT_NE(tool, nullptr) << found[1];
    const auto arguments = parse_json(found[2].str());
    ASSERT_TRUE(arguments) << found[0];
    for (const auto& [name, value] : arguments->items())
      EXPECT_TRUE(is_argument(*tool, name)) << found[1] << " has no argument " << name;
    for (const Rule& rule : tool->arguments) {
      if (!rule.required) continue;
      EXPECT_TRUE(arguments->contains(rule.name)) << found[0] << " lacks " << rule.name;
    }
  }
}

TEST(Skill, NamesInBackticksAreToolsOrArguments) {
  const std::string text = shipped_skill();
  static const std::regex name("`([a-z]+_[a-z_]+)`");
  for (const std::smatch& found : all_of(text, name)) {
    const std::string word = found[1].str();
    const bool known =
        find_tool(catalogue(), word) != nullptr ||
        std::ranges::any_of(catalogue(), [&](const Tool& tool) { return is_argument(tool, word); });
    EXPECT_TRUE(known) << word;
  }
}

TEST(Skill, IsShortAndSaysWhenToUseIt) {
  const std::string text = shipped_skill();
  EXPECT_LE(std::ranges::count(text, '\n'), 150);
  EXPECT_TRUE(text.starts_with("---\nname: overnight-autoresearch\ndescription: "));
}
