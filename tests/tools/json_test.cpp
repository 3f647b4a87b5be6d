// The reader's refusals, by the name of the attack.
#include "tools/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

using namespace pawl;

namespace {

std::string refusal(std::string_view text) {
  const auto parsed = parse_json(text);
  return parsed ? "accepted" : parsed.error().message;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST(JsonReader, KeepsTheOrderOfKeys) {
  EXPECT_EQ(to_text(*parse_json(R"({"b":1,"a":[2,{"c":null}]})")), R"({"b":1,"a":[2,{"c":null}]})");
}

TEST(JsonReader, RefusesDuplicateKeysAlsoWhenOneIsEscaped) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "key \"a\" stands twice in one object");
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), "key \"a\" stands twice in one object");
  EXPECT_EQ(refusal(R"({"x":{"a":1},"y":{"a":1}})"), "accepted");
}

TEST(JsonReader, RefusesDepthBeforeItParses) {
  EXPECT_EQ(refusal(nested(64)), "accepted");
  EXPECT_EQ(refusal(nested(65)), "JSON is nested deeper than 64 levels");
  EXPECT_EQ(refusal(std::string(100'000, '[')), "JSON is nested deeper than 64 levels");
  EXPECT_EQ(refusal("\"" + std::string(100, '[') + "\""), "accepted");
  EXPECT_EQ(
      refusal(R"("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")"),
      "accepted");
}

TEST(JsonReader, RefusesNumbersThatDoNotFit) {
  EXPECT_EQ(refusal("1e999"), "a number does not fit");
  EXPECT_EQ(refusal("[-1e999]"), "a number does not fit");
  EXPECT_EQ(refusal("NaN"), "not JSON at byte 1");
  EXPECT_NE(refusal("Infinity"), "accepted");
}

TEST(JsonReader, RefusesInvalidUtf8) {
  EXPECT_NE(refusal("\"\xff\""), "accepted");
  EXPECT_NE(refusal("\"\xc0\xaf\""), "accepted");
  EXPECT_NE(refusal(R"("\ud800")"), "accepted");
}

TEST(JsonReader, RefusesAnObjectWithTooManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 1'001; ++i) text += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":0";
  EXPECT_EQ(refusal(text + "}"), "an object has more than 1000 keys");
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  EXPECT_EQ(refusal(""), "not JSON at byte 1");
  for (const char* text : {"{", "[1,]", "{\"a\"}", "nul", "1 2", "'a'", "/*c*/1", "\x01"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

TEST(JsonReader, WritesInvalidUtf8AsReplacement) {
  EXPECT_EQ(to_text(Json("a\xff")), "\"a\xEF\xBF\xBD\"");
}
