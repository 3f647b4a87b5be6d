// The methods of Service on top of a scripted World. Include in exactly one .cpp of a suite.
#pragma once
#include "tests/tools/fake_service.h"
#include "tests/tools/fake_service_replies.h"

namespace pawl {
namespace {

template <class Method, class... Request>
auto ask(World& world, const Caller& caller, const Method& method, const Request&... request) {
  {
    const std::scoped_lock lock(world.mutex);
    world.callers.push_back(caller);
  }
  return method(request...);
}

}  // namespace

Result<SubmitReply> Service::submit(const Caller& caller, const SubmitRequest& request) {
  return ask(world_, caller, world_.submit, request);
}
Result<SubmitReply> Service::submit_sweep(const Caller& caller, const SweepRequest& request) {
  return ask(world_, caller, world_.sweep, request);
}
Result<DryRunReply> Service::dry_run(const Caller& caller, const DryRunRequest& request) {
  return ask(world_, caller, world_.dry_run, request);
}
Result<WaitReply> Service::wait(const Caller& caller, const WaitRequest& request,
                                std::stop_token stop,
                                const std::function<void(WaitProgress)>& progress) {
  return ask(world_, caller, world_.wait, request, stop, progress);
}
Result<Briefing> Service::briefing(const Caller& caller) {
  return ask(world_, caller, world_.briefing);
}
Result<JobDetail> Service::job(const Caller& caller, const std::string& handle) {
  return ask(world_, caller, world_.job, handle);
}
Result<LogReply> Service::logs(const Caller& caller, const LogRequest& request) {
  return ask(world_, caller, world_.logs, request);
}
Result<LeaderboardReply> Service::leaderboard(const Caller& caller,
                                              const LeaderboardRequest& request) {
  return ask(world_, caller, world_.leaderboard, request);
}
Result<CompareReply> Service::compare(const Caller& caller, const CompareRequest& request) {
  return ask(world_, caller, world_.compare, request);
}
Result<CostReply> Service::cost(const Caller& caller, CostBy by) {
  return ask(world_, caller, world_.cost, by);
}
Result<DecisionReply> Service::decide(const Caller& caller, const std::string& handle,
                                      Decision decision, const std::string&) {
  return ask(world_, caller, world_.decide, handle, decision);
}
Result<CancelReply> Service::cancel(const Caller& caller, const std::vector<std::string>& targets,
                                    const std::string&) {
  return ask(world_, caller, world_.cancel, targets);
}
Result<SandboxReply> Service::open_sandbox(const Caller& caller, const SandboxRequest& request,
                                           const std::stop_token&) {
  return ask(world_, caller, world_.open_sandbox, request);
}
Result<SandboxCommandReply> Service::run_in_sandbox(const Caller& caller,
                                                    const SandboxCommand& request,
                                                    const std::stop_token&) {
  return ask(world_, caller, world_.run_in_sandbox, request);
}
Result<SandboxClosed> Service::close_sandbox(const Caller& caller, const std::string& handle,
                                             bool keeps, const std::stop_token&) {
  return ask(world_, caller, world_.close_sandbox, handle, keeps);
}
std::string Service::budget_line(const Caller&) { return "$12.40 of $40.00 today"; }
Result<ProjectLine> Service::init(const Caller& caller) { return ask(world_, caller, world_.init); }
Result<std::vector<JobLine>> Service::jobs(const Caller& caller, std::int64_t limit) {
  return ask(world_, caller, world_.jobs, limit);
}
Result<ServerStatus> Service::status() { return ask(world_, {}, world_.status); }
Result<MetricsReply> Service::metrics(const Caller& caller, const MetricsRequest& request) {
  return ask(world_, caller, world_.metrics, request);
}
Result<NightReport> Service::night(const Caller& caller, const NightRequest& request) {
  return ask(world_, caller, world_.night, request);
}
Result<std::string> Service::results_table(const Caller& caller) {
  return ask(world_, caller, world_.results_table);
}
Result<Proposal> Service::policy_proposal() { return ask(world_, {}, world_.policy_proposal); }
Result<PolicyApproval> Service::approve_policy(const Caller& caller, const std::string& digest) {
  return ask(world_, caller, world_.approve_policy, digest);
}
Result<std::string> Service::explain_policy(const Caller& caller, const ExplainRequest& request) {
  return ask(world_, caller, world_.explain_policy, request);
}
Result<std::vector<EventRow>> Service::policy_log() {
  return std::vector{EventRow{{.kind = EventKind::kPolicy, .text = "approved by ada: budget.day"}}};
}
Result<RaisedBudget> Service::raise_budget(const Caller&, const BudgetRaise& asked) {
  return RaisedBudget{asked.node + " " + asked.window + " +$" + asked.usd + ": " + asked.why, ""};
}
Result<std::vector<std::string>> Service::allowances() {
  return std::vector<std::string>{"global day +$10.00 until 07:00 by ada: a last sweep"};
}
Result<NewToken> Service::create_token(const Caller& caller, const std::string& name,
                                       TokenScope scope) {
  return ask(world_, caller, world_.create_token, name, scope);
}
Result<std::vector<TokenLine>> Service::tokens() { return world_.tokens(); }
Result<void> Service::revoke_token(const Caller& caller, const std::string& name) {
  return ask(world_, caller, world_.revoke_token, name);
}
Result<Caller> Service::caller_of(const std::string& token) { return world_.caller_of(token); }
Result<std::vector<ApprovalLine>> Service::approvals() { return world_.approvals(); }
Result<ApprovalReply> Service::approve(const Caller& caller, const std::string& handle,
                                       const std::string&) {
  return ask(world_, caller, world_.answer, handle, true);
}
Result<ApprovalReply> Service::deny(const Caller& caller, const std::string& handle,
                                    const std::string&) {
  return ask(world_, caller, world_.answer, handle, false);
}
Result<VolumeLine> Service::add_volume(const Caller& caller, const std::string& name,
                                       const std::string& folder) {
  return ask(world_, caller, world_.volume, name, folder);
}
Result<std::vector<VolumeLine>> Service::volumes() {
  TRY(VolumeLine line, ask(world_, {}, world_.volume, std::string("corpus"), std::string()));
  return std::vector<VolumeLine>{std::move(line)};
}
Result<VolumeLine> Service::verify_volume(const std::string& name) {
  return ask(world_, {}, world_.volume, name, std::string());
}

Result<std::vector<PoolLine>> Service::pools() { return ask(world_, {}, world_.pools); }
Result<std::vector<PoolLine>> Service::open_pool(const Caller& caller, const std::string&) {
  return ask(world_, caller, world_.pools);
}

}  // namespace pawl
