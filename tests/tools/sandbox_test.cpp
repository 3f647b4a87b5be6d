// The three sandbox tools: what they say, and what they make of text from inside.
#include "tests/tools/fixture.h"

using namespace pawl;

namespace {

class SandboxTools : public ToolTest {
 protected:
  static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(SandboxTools, OpenSaysWhatItCostsAndWhenItCloses) {
  const Rendered rendered = call("sandbox_open", R"({"from":"047"})");
  EXPECT_TRUE(
      has(rendered.text,
          "sb3 is open; it closes after 10m00s without use, 30m00s after its opening at the "
          "latest."))
      << rendered.text;
  EXPECT_TRUE(has(rendered.structured, R"("usd_per_hour":2.39)"));
}

TEST_F(SandboxTools, OneThatAHumanHasToAllowIsNoError) {
  world.open_sandbox = [](const SandboxRequest&) -> Result<SandboxReply> {
    SandboxReply reply{{.handle = "sb4", .job = "053-sandbox", .state = JobState::kHeld}, "a4", {}};
    return reply;
  };
  const Rendered rendered = call("sandbox_open", "{}");
  EXPECT_FALSE(rendered.is_error);
  EXPECT_TRUE(has(rendered.text, "sb4 waits for a human (a4)"));
  EXPECT_TRUE(has(rendered.structured, R"("status":"held")"));
}

TEST_F(SandboxTools, ExecShowsCodeOutputFilesAndDiffAsTextOnly) {
  const Rendered rendered = call(
      "sandbox_exec",
      R"({"sandbox":"sb3","command":["python3","a.py"],"files":{"a.py":"import x"},"read":["b"],"diff":true})");
  EXPECT_TRUE(has(rendered.text, "sb3: exit 1 after 1s; $0.08 so far at $2.39 an hour."))
      << rendered.text;
  EXPECT_TRUE(has(rendered.text, "output, 9 bytes:"));
  EXPECT_TRUE(has(rendered.text, "no module"));
  EXPECT_TRUE(has(rendered.text, "file b:"));
  EXPECT_TRUE(has(rendered.text, "diff: 1 file, +1 -1 lines"));
  EXPECT_TRUE(rendered.structured.empty());
}

TEST_F(SandboxTools, WhatACommandWroteIsCleanedAndFencedAndItsMiddleLeftOut) {
  world.run_in_sandbox = [](const SandboxCommand&) -> Result<SandboxCommandReply> {
    SandboxCommandReply reply;
    reply.sandbox.handle = "sb3";
    reply.end = {.bytes = 1'000'000, .head = "\x1b[31mred\n", .tail = "the end\n"};
    return reply;
  };
  const std::string text = call("sandbox_exec", R"({"sandbox":"sb3","command":["x"]})").text;
  EXPECT_TRUE(has(text, "red\n\n[...]\nthe end\n")) << text;
  EXPECT_FALSE(has(text, "\x1b"));
  EXPECT_TRUE(has(text, "untrusted"));
}

TEST_F(SandboxTools, AReplyFitsHoweverMuchThereIs) {
  world.run_in_sandbox = [](const SandboxCommand&) -> Result<SandboxCommandReply> {
    SandboxCommandReply reply;
    std::string lines;
    for (int i = 0; i < 5'000; ++i) lines += "line " + std::to_string(i) + "\n";
    reply.end = {.bytes = 60'000, .head = lines.substr(0, 30'000), .tail = lines.substr(0, 30'000)};
    reply.files = {{.path = "a", .text = lines, .problem = {}}};
    reply.diff = Diff{.stat = {}, .text = lines, .truncated = true};
    return reply;
  };
  const Rendered rendered = call("sandbox_exec", R"({"sandbox":"sb3","command":["x"]})");
  EXPECT_LE(count_tokens(rendered.text), 6'500U);
}

TEST_F(SandboxTools, FilesAreTexts) {
  const Rendered rendered =
      call("sandbox_exec", R"({"sandbox":"sb3","command":["x"],"files":{"a":7}})");
  EXPECT_TRUE(rendered.is_error);
  EXPECT_TRUE(has(rendered.text, R"(argument "files.a" is number 7; expected a string)"))
      << rendered.text;
}

TEST_F(SandboxTools, CloseShowsTheDiffAndHowToGoOn) {
  const std::string closed = call("sandbox_close", R"({"sandbox":"sb3"})").text;
  EXPECT_TRUE(has(closed, "sb3 is closed after 2m00s; $0.08 so far")) << closed;
  EXPECT_TRUE(has(closed, "+lr = 2"));
  EXPECT_TRUE(has(closed, R"(next: sandbox_close sandbox:"sb3" keep:true)"));
  const std::string kept = call("sandbox_close", R"({"sandbox":"sb3","keep":true})").text;
  EXPECT_TRUE(has(kept, R"(next: submit_experiment title:"..." from:"sb3")"));
}

TEST_F(SandboxTools, TheBriefingShowsThoseThatAreOpen) {
  world.briefing = []() -> Result<Briefing> {
    Briefing briefing;
    briefing.sandboxes = {{.handle = "sb3", .agent = "a1", .state = JobState::kRunning}};
    return briefing;
  };
  EXPECT_TRUE(has(call("briefing", "{}").text, "sb3 of a1 (running): $0.00 so far"));
}

}  // namespace
