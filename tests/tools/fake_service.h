// A service that answers what a test tells it to and remembers who asked. It stands in for the real
// one: link tests/tools/fake_service_methods.h into one .cpp of the suite.
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "server/jobs/service.h"

namespace pawl {

template <class Reply, class... Request>
using Scripted = std::function<Result<Reply>(const Request&...)>;

struct World {
  Scripted<SubmitReply, SubmitRequest> submit;
  Scripted<SubmitReply, SweepRequest> sweep;
  Scripted<DryRunReply, DryRunRequest> dry_run;
  std::function<Result<WaitReply>(const WaitRequest&, std::stop_token,
                                  const std::function<void(WaitProgress)>&)>
      wait;
  Scripted<Briefing> briefing;
  Scripted<JobDetail, std::string> job;
  Scripted<LogReply, LogRequest> logs;
  Scripted<LeaderboardReply, LeaderboardRequest> leaderboard;
  Scripted<CompareReply, CompareRequest> compare;
  Scripted<CostReply, CostBy> cost;
  Scripted<DecisionReply, std::string, Decision> decide;
  Scripted<CancelReply, std::vector<std::string>> cancel;
  Scripted<SandboxReply, SandboxRequest> open_sandbox;
  Scripted<SandboxCommandReply, SandboxCommand> run_in_sandbox;
  Scripted<SandboxClosed, std::string, bool> close_sandbox;  // handle, whether it is kept
  Scripted<ProjectLine> init;
  Scripted<std::vector<JobLine>, std::int64_t> jobs;
  Scripted<ServerStatus> status;
  Scripted<MetricsReply, MetricsRequest> metrics;
  Scripted<NightReport, NightRequest> night;
  Scripted<std::string> results_table;
  Scripted<Proposal> policy_proposal;
  Scripted<PolicyApproval, std::string> approve_policy;
  Scripted<std::string, ExplainRequest> explain_policy;
  Scripted<NewToken, std::string, TokenScope> create_token;
  Scripted<std::vector<TokenLine>> tokens;
  Scripted<void, std::string> revoke_token;
  Scripted<Caller, std::string> caller_of;
  std::function<Result<std::vector<ApprovalLine>>()> approvals;
  Scripted<ApprovalReply, std::string, bool> answer;  // the approval, and whether it is a yes
  Scripted<std::vector<PoolLine>> pools;
  Scripted<VolumeLine, std::string, std::string> volume;  // name and, to be added, folder

  std::mutex mutex{};
  std::vector<Caller> callers{};  // of every call, in order
};

}  // namespace pawl

namespace pawl::fake {

JobLine job(std::int64_t number, JobState state, const std::string& title);

// Every call answers something plausible.
void fill(World& world);

}  // namespace pawl::fake
