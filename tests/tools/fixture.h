// A tool called as the protocol calls it: JSON text in, text and structured JSON out.
#pragma once
#include <gtest/gtest.h>

#include <string>

#include "server/core/clock.h"
#include "tests/tools/fake_service.h"
#include "tools/catalogue.h"

namespace pawl {

class FrozenClock final : public Clock {
 public:
  Timestamp now() const override { return Timestamp(std::chrono::seconds(1'000'007'500)); }
  std::chrono::milliseconds since_boot() const override { return std::chrono::hours(1); }
};

class ToolTest : public testing::Test {
 protected:
  ToolTest() { fake::fill(world); }

  Rendered call(const std::string& tool, const std::string& arguments);

  World world;
  Service service{world};
  FrozenClock clock;
  Caller caller{.principal = "ada", .agent = "a1", .directory = "/home/ada/tiny"};
};

// What the tool's definition looks like to a client, pretty-printed.
std::string definition_text(const Tool& tool);
std::string compact_definition_text(const Tool& tool);

}  // namespace pawl
