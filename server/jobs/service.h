// The one door to everything below: each method reads a snapshot, asks pure decisions, and writes
// one transaction. Safe to call from many threads. Every refusal says which rule, its value and its
// place.
#pragma once
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/compare_reply.h"
#include "server/jobs/cost_reply.h"
#include "server/jobs/report.h"
#include "server/jobs/requests.h"
#include "server/jobs/rules_folder.h"
#include "server/store/events.h"

namespace pawl {

struct World;  // store, runner, clock, policy in force: see server/jobs/world.h

class Service {
 public:
  explicit Service(World& world) : world_(world) {}

  // Idempotent by key and by content. An answer means: durable.
  Result<SubmitReply> submit(const Caller& caller, const SubmitRequest& request);
  Result<SubmitReply> submit_sweep(const Caller& caller, const SweepRequest& request);

  // Everything that a submit would check and decide, with its evidence; writes no row and starts
  // nothing.
  Result<DryRunReply> dry_run(const Caller& caller, const DryRunRequest& request);

  // Blocks until the condition holds, the timeout passes or `stop` is asked. Never stops a job.
  // `progress` is called from this thread at most every ten seconds and whenever a job ends.
  Result<WaitReply> wait(const Caller& caller, const WaitRequest& request, std::stop_token stop,
                         const std::function<void(WaitProgress)>& progress);

  Result<Briefing> briefing(const Caller& caller);
  Result<JobDetail> job(const Caller& caller, const std::string& handle);
  Result<LogReply> logs(const Caller& caller, const LogRequest& request);
  Result<LeaderboardReply> leaderboard(const Caller& caller, const LeaderboardRequest& request);
  // INCOMPARABLE for jobs of different stages or classes.
  Result<CompareReply> compare(const Caller& caller, const CompareRequest& request);
  Result<CostReply> cost(const Caller& caller, CostBy by);
  Result<DecisionReply> decide(const Caller& caller, const std::string& handle, Decision decision,
                               const std::string& why);
  // `targets` are handles or rounds. Done only once death is confirmed; until then a job is
  // cancelling.
  Result<CancelReply> cancel(const Caller& caller, const std::vector<std::string>& targets,
                             const std::string& why);

  // A place to try commands in, by slices that are paid for as it is used (L15). Waits a little for
  // its start; where it has to queue, the reply says why.
  Result<SandboxReply> open_sandbox(const Caller& caller, const SandboxRequest& request,
                                    const std::stop_token& stop);
  // Blocks until the command has ended. EXPIRED: the sandbox has.
  Result<SandboxCommandReply> run_in_sandbox(const Caller& caller, const SandboxCommand& request,
                                             const std::stop_token& stop);
  // Ends it. `keeps`: its files become a revision that submits can start from; also later.
  Result<SandboxClosed> close_sandbox(const Caller& caller, const std::string& handle, bool keeps,
                                      const std::stop_token& stop);

  // "$12.40 of $40.00 today, $1.32 reserved, about 76 screens left, 4 of 16 slots free": the last
  // line of every reply.
  std::string budget_line(const Caller& caller);

  // Operator calls: the CLI's, never offered to an agent.
  Result<ProjectLine> init(
      const Caller& caller);  // registers the repository and pins its HEAD as the trust base
  Result<std::vector<JobLine>> jobs(const Caller& caller, std::int64_t limit);
  Result<ServerStatus> status();
  // The policy files ask for more than is in force. Approving needs a human; `digest` names what
  // was looked at.
  Result<Proposal> policy_proposal();
  Result<PolicyApproval> approve_policy(const Caller& caller, const std::string& digest);
  Result<std::vector<EventRow>> policy_log();  // oldest first
  // What holds now for the project of the caller's folder, raised caps included, and what waits.
  Result<std::string> explain_policy(const Caller& caller, const ExplainRequest& request);
  // Adds to a cap until a time. Needs a human.
  Result<RaisedBudget> raise_budget(const Caller& caller, const BudgetRaise& asked);
  Result<std::vector<std::string>> allowances();  // open ones, one line each
  // Registers a folder of data with the digest of what it holds, anew where the name is known.
  // Needs a human.
  Result<VolumeLine> add_volume(const Caller& caller, const std::string& name,
                                const std::string& folder);
  Result<std::vector<VolumeLine>> volumes();
  Result<std::vector<PoolLine>> pools();
  // A human looked: what was frozen takes jobs again. CONFLICT when it was not frozen.
  Result<std::vector<PoolLine>> open_pool(const Caller& caller, const std::string& name);
  // Reads every byte again. INVALID when it is not what was registered.
  Result<VolumeLine> verify_volume(const std::string& name);

  // Reads files of running jobs too: slow for a long run, so not for the thread that reads.
  Result<MetricsReply> metrics(const Caller& caller, const MetricsRequest& request);

  // Operator calls too: what agents asked for and a human has to answer. Yes decides the budget and
  // queues what is held; each answer counts once (L12).
  Result<std::vector<ApprovalLine>> approvals();
  Result<ApprovalReply> approve(const Caller& caller, const std::string& handle,
                                const std::string& why);
  Result<ApprovalReply> deny(const Caller& caller, const std::string& handle,
                             const std::string& why);

  // And what a night brought, and every decided job in autoresearch's format.
  Result<NightReport> night(const Caller& caller, const NightRequest& request);
  Result<std::string> results_table(const Caller& caller);
  // Tokens for clients that come over HTTP. A token stands for the project of the caller's folder,
  // and its name is the principal. The secret is shown once: the store keeps its digest. Making and
  // revoking one needs a human.
  Result<NewToken> create_token(const Caller& caller, const std::string& name, TokenScope scope);
  Result<std::vector<TokenLine>> tokens();
  Result<void> revoke_token(const Caller& caller,
                            const std::string& name);  // counts from the next request on

  // Who a token stands for; DENIED when it is not one of ours. An admin's token is its secret too.
  Result<Caller> caller_of(const std::string& token);

 private:
  World& world_;  // outlives us
};

}  // namespace pawl
