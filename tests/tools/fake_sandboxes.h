// Plausible answers about sandbox sb3.
#pragma once
#include "tests/tools/fake_service.h"

namespace pawl::fake {

inline SandboxLine sandbox() {
  return {.handle = "sb3",
          .job = "052-sandbox",
          .agent = "a1",
          .stage = "screen",
          .state = JobState::kRunning,
          .ran = std::chrono::minutes(2),
          .granted = std::chrono::minutes(5),
          .longest = std::chrono::minutes(30),
          .idle = std::chrono::minutes(10),
          .price = {Money::micros(2'390'000)},
          .spent = Money::micros(80'000)};
}

inline Diff sandbox_diff() {
  return {.stat = {.files = 1, .insertions = 1, .deletions = 1},
          .text = "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-lr = 1\n+lr = 2\n"};
}

inline void fill_sandboxes(World& world) {
  world.open_sandbox = [](const SandboxRequest&) -> Result<SandboxReply> {
    return SandboxReply{sandbox(), {}, {}};
  };
  world.run_in_sandbox = [](const SandboxCommand& asked) -> Result<SandboxCommandReply> {
    SandboxCommandReply reply{
        .sandbox = sandbox(),
        .end = {
            .code = 1, .took = std::chrono::milliseconds(1'500), .bytes = 9, .head = "no module"}};
    for (const std::string& path : asked.read)
      reply.files.push_back({.path = path, .text = "lr = 2\n", .bytes = 7, .problem = {}});
    if (asked.diff) reply.diff = sandbox_diff();
    return reply;
  };
  world.close_sandbox = [](const std::string&, bool keeps) -> Result<SandboxClosed> {
    SandboxClosed reply{.sandbox = sandbox(), .diff = sandbox_diff(), .kept = {}};
    reply.sandbox.state = JobState::kCancelled;
    if (keeps) reply.kept = "0123456789abcdef0123456789abcdef01234567";
    return reply;
  };
}

}  // namespace pawl::fake
