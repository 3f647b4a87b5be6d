#include "server/runner/spec_file.h"

#include <gtest/gtest.h>

namespace pawl {
namespace {

LaunchSpec spec() {
  return {.attempt = {.id = {JobId{42}, 1}, .token = "abc", .folder = "/state/attempts/tiny/042-1"},
          .command = {"python3", "train.py"},
          .env = {"PATH=/usr/bin"},
          .limit = Milliseconds(300'000),
          .grace = Milliseconds(30'000),
          .log_bytes_max = 1000};
}

TEST(SpecFile, HoldsWhatTheKeeperNeeds) {
  EXPECT_EQ(*spec_text(spec(), {}),
            "token abc\n"
            "command python3\n"
            "command train.py\n"
            "env PATH=/usr/bin\n"
            "env PAWL_ATTEMPT_TOKEN=abc\n"
            "workdir /state/attempts/tiny/042-1/work\n"
            "limit_ms 300000\n"
            "grace_ms 30000\n"
            "log_bytes_max 1000\n"
            "fsize_max 0\n");
}

TEST(SpecFile, EscapesWhatALineCannotHold) {
  LaunchSpec odd = spec();
  odd.command = {"a\nenv X=1", "100%", ""};
  const std::string text = *spec_text(odd, {"/usr/bin/bwrap", "--"});
  EXPECT_NE(text.find("command a%0Aenv X=1\ncommand 100%25\ncommand \n"), std::string::npos);
  EXPECT_NE(text.find("box /usr/bin/bwrap\nbox --\n"), std::string::npos);
}

TEST(SpecFile, RefusesWhatCannotBePassedToAProgram) {
  LaunchSpec bad = spec();
  bad.env = {std::string("A=b\0c", 5)};
  EXPECT_EQ(spec_text(bad, {}).error().kind, ErrorKind::kInvalid);
  bad = spec();
  bad.env = {"=b"};
  EXPECT_EQ(spec_text(bad, {}).error().kind, ErrorKind::kInvalid);
  bad = spec();
  bad.command = {};
  EXPECT_EQ(spec_text(bad, {}).error().kind, ErrorKind::kInvalid);
}

// L18: a missing limit never means "without end".
TEST(SpecFile, RefusesAnAttemptWithoutALimit) {
  LaunchSpec endless = spec();
  endless.limit = Milliseconds(0);
  EXPECT_EQ(spec_text(endless, {}).error().message, "the attempt has no time limit");
}

}  // namespace
}  // namespace pawl
