// The JSON Schema for editors.
#include <nlohmann/json.hpp>

#include "tests/policy/policy_fixture.h"

using namespace pawl;
using nlohmann::json;

namespace {

json schema() { return json::parse(policy_schema()); }

}  // namespace

TEST(Schema, HasEverySectionInItsShape) {
  const json properties = schema().at("properties");
  EXPECT_EQ(properties.at("budget").at("type"), "object");
  EXPECT_EQ(properties.at("stage").at("additionalProperties").at("type"), "object");
  EXPECT_EQ(properties.at("agent").at("type"), "array");
  EXPECT_EQ(properties.at("timezone").at("type"), "string");
}

TEST(Schema, SaysWhatAValueMayBe) {
  const json properties = schema().at("properties");
  EXPECT_EQ(properties.at("mode").at("enum"), (json{"enforce", "warn"}));
  EXPECT_EQ(properties.at("jobs").at("properties").at("max_retries").at("maximum"), 100);
  const json& night = properties.at("budget").at("properties").at("night").at("anyOf");
  EXPECT_EQ(night.at(0).at("type"), "number");
  EXPECT_TRUE(night.at(1).at("properties").contains("window"));
  const json& approve = properties.at("approve").at("items");
  EXPECT_EQ(approve.at("required"), json::array({"when"}));
}

TEST(Schema, KnowsNoKeyThatTheParserDoesNot) {
  EXPECT_EQ(schema().at("additionalProperties"), false);
  EXPECT_EQ(schema().at("properties").at("budget").at("additionalProperties"), false);
}
