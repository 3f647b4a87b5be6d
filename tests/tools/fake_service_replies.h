// What the scripted service says where a test says nothing else. Only fake_service_methods.h
// includes it.
#pragma once
#include <string>
#include <vector>

#include "tests/tools/fake_sandboxes.h"
#include "tests/tools/fake_service.h"

namespace pawl::fake {

JobLine job(std::int64_t number, JobState state, const std::string& title) {
  JobLine line;
  line.number = number;
  line.handle = (number < 10 ? "00" : "0") + std::to_string(number) + "-some-words";
  line.state = state;
  line.stage = "screen";
  line.title = title;
  line.agent = "a1";
  return line;
}

namespace {

JobLine finished(std::int64_t number, double value, const std::string& title) {
  JobLine line = job(number, JobState::kSucceeded, title);
  line.reason = Reason::kCompleted;
  line.value = value;
  line.delta = value - 0.9986;
  line.noise_x = 9.3;
  line.time = std::chrono::seconds(501);
  line.cost = Money::micros(332'608);
  return line;
}

NoiseFloor some_noise() {
  return {.deviation = 0.0014, .samples = 3, .freedom = 2, .interval = Interval{0.0008, 0.0062}};
}

CompareReply some_comparison() {
  return {.metric = "val_bpb",
          .stage = "screen",
          .comparability_class = "A",
          .noise = some_noise(),
          .jobs = {{finished(12, 0.9986, "base"), {}},
                   {finished(47, 0.9856, "depth 8->10"),
                    {.delta = -0.013,
                     .basis = Basis::kFloor,
                     .p = 0.022,
                     .noise_x = 6.6,
                     .finding = Finding::kBetter}}},
          .params = {{"depth", {"8", "10"}}},
          .code = {{.job = "047-depth",
                    .stat = {.files = 1, .insertions = 1, .deletions = 0},
                    .files = {"train.py"},
                    .text = "+depth = 10\n"}}};
}

Expected some_expectation() {
  return {.time_p50 = std::chrono::seconds(501),
          .time_p90 = std::chrono::seconds(560),
          .cost_p50 = Money::micros(330'000),
          .cost_p90 = Money::micros(370'000),
          .runs = 12};
}

DryRunReply some_dry_run() {
  DryRunReply reply;
  for (int i = 0; i < 10; ++i) {
    reply.checks.push_back({"check_" + std::to_string(i),
                            i == 4 ? Verdict::kUnknown : Verdict::kPass, "what was seen"});
  }
  reply.files = 12;
  reply.bytes = 34'567;
  reply.diff_stat = "1 files, +2 -1 lines against the base";
  reply.jobs = 2;
  reply.worst_each = Money::micros(450'000);
  reply.worst_all = Money::micros(900'000);
  reply.limit = std::chrono::minutes(20);
  reply.expected = some_expectation();
  reply.forecast = Forecast{Milliseconds(0), std::chrono::minutes(17), true};
  reply.admitted = true;
  reply.policy = "admitted";
  reply.placement = "a slot is free now";
  reply.duplicates = {{finished(47, 0.9856, "depth 8->10"), true}};
  reply.metric = "val_bpb";
  reply.advice = {"Use an environment."};
  return reply;
}

Briefing some_briefing() {
  Briefing briefing;
  briefing.project = "tiny";
  briefing.metric = "val_bpb";
  briefing.best = "047-some-words";
  briefing.base_value = 0.9986;
  briefing.best_value = 0.9856;
  briefing.stage = "screen";
  briefing.comparability_class = "A";
  briefing.noise = some_noise();
  briefing.running = {job(48, JobState::kQueued, "depth 12")};
  briefing.stages = {{.name = "screen",
                      .limit = std::chrono::minutes(20),
                      .worst_case = Money::micros(450'000),
                      .expected = some_expectation(),
                      .screens_left = 76}};
  briefing.params = {"lr float 0.001..1 (0.1)"};
  briefing.decisions = {{.decision = Decision::kKeep,
                         .job = "047",
                         .title = "depth 8->10",
                         .why = "9x noise",
                         .agent = "a1",
                         .value = 0.9856,
                         .delta = -0.013,
                         .at = Timestamp(std::chrono::seconds(1'000'000'000))}};
  return briefing;
}

JobDetail some_detail() {
  JobDetail detail;
  detail.line = job(44, JobState::kFailed, "double width");
  detail.line.reason = Reason::kUserCode;
  detail.line.detail = "exit code 1";
  detail.revision = "0123456789abcdef0123456789abcdef01234567";
  detail.diff_stat = "2 files, +10 -3";
  detail.params = "depth=4 lr=0.1";
  detail.command = "python train.py";
  detail.comparability_class = "A";
  detail.attempts = {{.number = 1,
                      .outcome = "exited",
                      .exit_code = 1,
                      .signal = {},
                      .build = {},
                      .command = std::chrono::seconds(60),
                      .startup = std::chrono::milliseconds(12),
                      .billed = std::chrono::seconds(66),
                      .cost = Money::micros(40'000),
                      .log_folder = "/state/attempts/tiny/044-1/record"}};
  detail.metrics = {{"val_bpb", 1.0123}};
  detail.error_signature = "RuntimeError: out of memory";
  detail.excerpt = "step 10\nRuntimeError: out of memory\n";
  return detail;
}

CostReply some_costs() {
  CostReply cost;
  cost.spent = Money::micros(12'400'000);
  cost.reserved = Money::micros(1'320'000);
  cost.failed = Money::micros(40'000);
  cost.keeps = 4;
  cost.groups = {
      {.name = "screen", .jobs = 31, .spent = cost.spent, .time = std::chrono::hours(5)}};
  Balance day;
  day.node_kind = NodeKind::kProject;
  day.node_name = "tiny";
  day.window_kind = WindowKind::kDay;
  day.span = {Timestamp{}, Timestamp(std::chrono::hours(24))};
  day.cap.money = Money::usd(40);
  day.spent.money = cost.spent;
  day.reserved.money = cost.reserved;
  cost.budgets = {{day, {}}};
  cost.parts = {{"CPU runtime with a result", 31, std::chrono::hours(5), Money::micros(12'360'000)},
                {"failed runs", 1, std::chrono::minutes(1), Money::micros(40'000)}};
  cost.valid = 31;
  cost.burned = Money::micros(2'400'000);
  cost.burned_night = Money::usd(9);
  cost.night = std::chrono::hours(6);
  cost.held = {"051-big"};
  cost.box = BoxAlternative{.span = std::chrono::hours(10),
                            .rented = Money::usd(24),
                            .billed = cost.spent,
                            .on = std::chrono::hours(4),
                            .by_hand = Money::usd(8),
                            .sessions = 2,
                            .busy = std::chrono::hours(5)};
  cost.interventions = {.approvals = 2, .cancels = 1, .budget_changes = 0};
  return cost;
}

JobCurve some_curve(const std::string& job, const std::string& key, double start) {
  JobCurve line{.job = job, .key = key};
  for (int i = 1; i <= 100; ++i) line.curve.add(i, start - i * 0.01);
  line.judgement = judge(line.curve, {.direction = Direction::kMin});
  return line;
}

void fill_reads(World& world) {
  world.metrics = [](const MetricsRequest&) -> Result<MetricsReply> {
    return MetricsReply{
        .curves = {some_curve("047", "val_bpb", 2), some_curve("048", "val_bpb", 3)},
        .live = {"048"},
        .other_keys = {"lr", "mfu"},
        .absent = {}};
  };
  world.wait = [](const WaitRequest&, std::stop_token, const auto&) -> Result<WaitReply> {
    return WaitReply{.finished = {finished(47, 0.9856, "depth 8->10")},
                     .waiting = {},
                     .metric = "val_bpb",
                     .cursor = 7};
  };
  world.briefing = []() -> Result<Briefing> { return some_briefing(); };
  world.job = [](const std::string&) -> Result<JobDetail> { return some_detail(); };
  world.logs = [](const LogRequest&) -> Result<LogReply> {
    return LogReply{.text = "step 1\nstep 2\n", .cursor = {}, .bytes_total = 14};
  };
  world.leaderboard = [](const LeaderboardRequest&) -> Result<LeaderboardReply> {
    return LeaderboardReply{.metric = "val_bpb",
                            .stage = "screen",
                            .comparability_class = "A",
                            .noise = some_noise(),
                            .rows = {finished(47, 0.9856, "depth 8->10")},
                            .total = 31};
  };
  world.compare = [](const CompareRequest&) -> Result<CompareReply> { return some_comparison(); };
  world.cost = [](CostBy) -> Result<CostReply> { return some_costs(); };
  world.dry_run = [](const DryRunRequest&) -> Result<DryRunReply> { return some_dry_run(); };
}

void fill_policy(World& world) {
  world.policy_proposal = []() -> Result<Proposal> {
    return Proposal{"0123456789abcdef",
                    {{"budget.day", "$40.00", "$80.00", "policies/a.toml:2:7"}}};
  };
  world.explain_policy = [](const ExplainRequest& request) -> Result<std::string> {
    return "stage " + request.stage + " for " + request.agent + "\nbudget.day $40.00\n";
  };
  world.approve_policy = [](const std::string& digest) -> Result<PolicyApproval> {
    if (digest != "0123456789abcdef") return fail(ErrorKind::kConflict, "the files changed");
    return PolicyApproval{{{"budget.day", "$40.00", "$80.00", "policies/a.toml:2:7"}}, ""};
  };
}

void fill_tokens(World& world) {
  world.create_token = [](const std::string& name, TokenScope) -> Result<NewToken> {
    return NewToken{{.name = name, .project = "tiny", .root = "/home/ada/tiny"}, "pawl_secret"};
  };
  world.tokens = []() -> Result<std::vector<TokenLine>> {
    return std::vector<TokenLine>{{.name = "night", .project = "tiny", .root = "/home/ada/tiny"}};
  };
  world.revoke_token = [](const std::string&) -> Result<void> { return {}; };
  world.caller_of = [](const std::string& token) -> Result<Caller> {
    if (token != "pawl_secret") return fail(ErrorKind::kDenied, "this token is not known");
    return Caller{.principal = "night", .agent = "night", .directory = "/home/ada/tiny"};
  };
}

}  // namespace

void fill(World& world) {
  fill_reads(world);
  fill_tokens(world);
  fill_policy(world);
  const SubmitReply queued{.jobs = {{job(42, JobState::kQueued, "halve the batch"), false}},
                           .dropped = {},
                           .round = {},
                           .worst_case = Money::micros(450'000),
                           .limit = std::chrono::minutes(20)};
  world.submit = [queued](const SubmitRequest&) -> Result<SubmitReply> { return queued; };
  world.sweep = [queued](const SweepRequest&) -> Result<SubmitReply> {
    SubmitReply reply = queued;
    reply.round = "r7";
    return reply;
  };
  world.decide = [](const std::string&, Decision decision) -> Result<DecisionReply> {
    return DecisionReply{.job = finished(47, 0.9856, "depth 8->10"),
                         .decision = decision,
                         .step = 7,
                         .new_base = "0123456789abcdef0123456789abcdef01234567",
                         .warning = {}};
  };
  world.cancel = [](const std::vector<std::string>&) -> Result<CancelReply> {
    return CancelReply{.jobs = {job(42, JobState::kCancelled, "halve the batch")},
                       .released = Money::micros(450'000)};
  };
  world.init = []() -> Result<ProjectLine> {
    return ProjectLine{.name = "tiny",
                       .root = "/home/ada/tiny",
                       .metric = "val_bpb",
                       .base = "0123456789abcdef0123456789abcdef01234567",
                       .best = "base"};
  };
  world.jobs = [](std::int64_t) -> Result<std::vector<JobLine>> {
    return std::vector<JobLine>{finished(47, 0.9856, "depth 8->10")};
  };
  world.pools = []() -> Result<std::vector<PoolLine>> {
    return std::vector<PoolLine>{{.name = "box",
                                  .offer = "on-demand",
                                  .state = "frozen",
                                  .why = "attempt 1 of job 47 of tiny cost 2.00 USD, over 1.00",
                                  .source = "policies/pools.toml:2:1",
                                  .comparability_class = "A",
                                  .price = {Money::micros(2'390'000)},
                                  .free = 1,
                                  .total = 2,
                                  .runs = 3,
                                  .startup = std::chrono::seconds(12),
                                  .work = std::chrono::minutes(5)}};
  };
  world.volume = [](const std::string& name, const std::string& folder) -> Result<VolumeLine> {
    return VolumeLine{.name = name,
                      .source = folder.empty() ? "/data/corpus" : folder,
                      .digest = std::string(64, 'a'),
                      .files = 3,
                      .bytes = 4096};
  };
  fill_sandboxes(world);
  world.status = []() -> Result<ServerStatus> {
    ServerStatus status;
    status.version = "0.1.0";
    status.state_folder = "/state";
    status.slots_free = 3;
    status.slots_total = 4;
    return status;
  };
}

}  // namespace pawl::fake
