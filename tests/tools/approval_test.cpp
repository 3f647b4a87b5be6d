// Questions to a human, as the agent and the human see them.
#include "tests/tools/fixture.h"

using namespace pawl;

using Approvals = ToolTest;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Approvals, AHeldSubmitNamesTheQuestionAndSendsTheAgentOn) {
  world.submit = [](const SubmitRequest&) -> Result<SubmitReply> {
    SubmitReply reply;
    reply.jobs = {{fake::job(42, JobState::kHeld, "big"), false}};
    reply.approval = "a4";
    reply.held_for = "$27.00 of stage validate is over $25.00 (p.toml:9:1)";
    return reply;
  };
  const Rendered rendered = call("submit_experiment", R"({"title":"big"})");
  EXPECT_FALSE(rendered.is_error);
  EXPECT_TRUE(has(rendered.structured,
                  R"("summary":"042-some-words is held until a human answers a4: $27.00 of stage )"
                  R"(validate is over $25.00 (p.toml:9:1). Nothing is reserved. Go on with other )"
                  R"(work; wait_jobs and briefing say when it moves.")"))
      << rendered.structured;
  EXPECT_TRUE(has(rendered.structured, R"("approval":"a4")"));
}

TEST_F(Approvals, AWaitSaysThatWhatIsHeldWaitsForAHuman) {
  world.wait = [](const WaitRequest&, std::stop_token, const auto&) -> Result<WaitReply> {
    WaitReply reply;
    reply.waiting = {fake::job(42, JobState::kHeld, "big")};
    return reply;
  };
  EXPECT_TRUE(
      has(call("wait_jobs", "{}").text, "1 to go (1 held); what is held waits for a human"));
}

TEST_F(Approvals, NoToolOfAnAgentAnswers) {  // L12
  for (const char* name : {"approvals", "approve", "deny"}) {
    EXPECT_EQ(find_tool(catalogue(), name), nullptr) << name;
    EXPECT_NE(find_tool(operator_tools(), name), nullptr) << name;
  }
}

TEST_F(Approvals, AHumanSeesWhatWaitsAndAnswers) {
  world.approvals = []() -> Result<std::vector<ApprovalLine>> {
    return std::vector<ApprovalLine>{{.handle = "a4",
                                      .project = "tiny",
                                      .stage = "validate",
                                      .agent = "claude",
                                      .principal = "root",
                                      .why = "over $25.00",
                                      .jobs = {"042-big"},
                                      .amount = Money::usd(27)}};
  };
  world.answer = [](const std::string& handle, bool yes) -> Result<ApprovalReply> {
    return ApprovalReply{
        .handle = handle, .approved = yes, .jobs = {"042-big"}, .reserved = Money::usd(27)};
  };
  EXPECT_TRUE(has(call("approvals", "{}").text, "1 open approval."));
  EXPECT_TRUE(has(call("approvals", "{}").text, "042-big"));
  EXPECT_TRUE(has(call("approve", R"({"approval":"a4"})").text,
                  "a4 is approved: 1 job queued, at most $27.00."));
  EXPECT_TRUE(
      has(call("deny", R"({"approval":"a4","why":"no"})").text, "a4 is denied: 1 job cancelled."));
  EXPECT_TRUE(call("deny", R"({"approval":"a4"})").is_error);
}

}  // namespace
