// Verbs for the policy tests.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "server/policy/rules.h"

namespace pawl {

inline const std::string kPools = "[pool.cpu]\nkind = \"cpu\"\nprice = 0.10\nclass = \"A\"\n";
inline const std::string kStages = "[stage.screen]\npools = [\"cpu\"]\n";
inline const std::string kMinimal = "[budget]\nday = 40.00\n" + kStages + kPools;

inline Rules parsed(const std::string& text) {
  const auto rules = parse_rules({{"policies/default.toml", text}});
  EXPECT_TRUE(rules.has_value()) << (rules ? "" : format(rules.error()));
  return rules.value_or(Rules{});
}

inline Diagnostics mistakes_in(const std::string& text) {
  const auto rules = parse_rules({{"policies/default.toml", text}});
  EXPECT_FALSE(rules.has_value());
  return rules ? Diagnostics{} : rules.error();
}

// The one mistake of a text: "2:7 message".
inline std::string mistake_in(const std::string& text) {
  const Diagnostics all = mistakes_in(text);
  EXPECT_EQ(all.size(), 1U) << format(all);
  if (all.empty()) return "";
  return std::to_string(all[0].at.line) + ":" + std::to_string(all[0].at.column) + " " +
         all[0].message;
}

// A file of the source tree.
inline SourceText read_source(const std::string& name) {
  std::ifstream file(std::string(SOURCE_ROOT) + "/" + name);
  EXPECT_TRUE(file.good()) << name;
  return {name, std::string(std::istreambuf_iterator<char>(file), {})};
}

// A policy whose day budget is written as `amount`.
inline std::string with_day(const std::string& amount) {
  return "[budget]\nday = " + amount + "\n" + kStages + kPools;
}

}  // namespace pawl
