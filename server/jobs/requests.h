// What callers ask of the service and what they get back. Plain values: the tools floor turns them
// from and into JSON. Money is exact; handles ("042-halve-batch", "r7") are text because agents
// write them by hand.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/budget/history.h"
#include "server/core/budget.h"
#include "server/core/job.h"
#include "server/core/money.h"
#include "server/core/params.h"
#include "server/jobs/approval_line.h"
#include "server/jobs/grid.h"
#include "server/jobs/metrics_requests.h"
#include "server/jobs/sandbox_requests.h"
#include "server/policy/reconcile.h"
#include "server/source/revision.h"
#include "server/statistics/noise.h"
#include "server/store/decisions.h"
#include "server/store/tokens.h"

namespace pawl {

// Who speaks. The principal pays (the peer's user name); the agent is only a label: it shares turns
// and is shown.
struct Caller {
  std::string principal;
  std::string agent;
  std::string directory;  // where the client works: its git top level names the project
  std::string secret{};   // that the command line showed, an admin's token that came by HTTP, or
                          // empty: see server/jobs/authority.h
};

// One change to try on top of a revision.
struct Variant {
  std::string title;
  Params params;
  std::string patch;  // unified diff; empty: none
  std::vector<Edit> edits;
};

struct SubmitRequest {
  Variant variant;
  std::string from = "best";  // a handle, best, base, worktree, or a revision
  std::string stage = "screen";
  std::optional<std::int64_t> gpus;
  std::int64_t repeat = 1;
  std::optional<std::int64_t> minutes_max;
  std::vector<std::string> tags;
  std::string key;     // idempotency: the same key and body gives the same job
  bool rerun = false;  // run again although the same content already has a result
};

struct SweepRequest {
  std::string title;
  std::string base = "best";
  std::vector<Variant> variants;  // or
  Grid grid;
  Design design = Design::kFull;  // of the grid
  bool center = false;            // the grid's base point too: the parameters that base has
  std::string stage = "screen";
  std::optional<std::int64_t>
      limit;  // submit at most this many, dropping what the budget refuses; absent: all or nothing
  std::string key;
  bool rerun = false;
};

// As submit, or with variants or a grid as submit_sweep.
struct DryRunRequest {
  SubmitRequest one;
  SweepRequest many;
};

// A job as one row of a table.
struct JobLine {
  std::int64_t number = 0;
  std::string handle;  // "042-halve-batch"
  JobState state{};
  Reason reason{};
  std::string stage, title, agent;
  std::optional<double> value;    // the goal metric
  std::optional<double> delta;    // to the base's value, negative is lower
  std::optional<double> noise_x;  // |delta| in noise floors; absent while the floor is unmeasured
  Milliseconds time{0};           // billed so far, all attempts
  Money cost;                     // settled so far
  std::string detail;             // one line: why it is where it is
  std::int64_t seeds = 1;         // on a leaderboard: `value` is the mean over so many
};

// From now. Not measured: some of the jobs have no history, and their limit was taken instead.
struct Forecast {
  Milliseconds starts{0}, ends{0};  // of the first, of the last
  bool measured = false;
  std::optional<Milliseconds> ends_p90{};  // nine of ten rehearsals end sooner
};

struct SubmittedJob {
  JobLine job;
  bool reused = false;  // an earlier job with the same key or content was given back, at no cost
};

struct Dropped {
  std::string title;
  std::string why;
};

struct SubmitReply {
  std::vector<SubmittedJob> jobs;
  std::vector<Dropped> dropped;
  std::vector<std::string> warnings;  // what a policy that only warns would have refused
  std::string round;                  // "r7" for a sweep, else empty
  Money worst_case;                   // reserved by this call, or asked of a human
  Milliseconds limit{0};              // wall clock of one attempt
  std::optional<Expected> expected;   // of one job; absent: worst case only, unmeasured
  std::optional<Forecast> forecast;   // of all of them
  std::string metric;                 // the goal: of values that are reused
  std::string design;                 // of a grid: what it can tell apart
  std::string beside;                 // the job that these are compared with, in one class
  std::string approval;               // "a4": what is held waits for a human; else empty
  std::string held_for;               // the rule that asks
};

enum class Verdict : std::uint8_t {
  kPass,     // the evidence says what ran and what was seen
  kFail,     // ... and why that cannot work
  kUnknown,  // nothing that was seen decides; the evidence says what would tell
};

struct ReadinessCheck {
  std::string name;
  Verdict verdict{};
  std::string evidence;
};

struct DryRunReply {
  std::vector<ReadinessCheck> checks;  // ten, always in the same order
  std::int64_t files = 0, bytes = 0;   // of the first job's checkout
  std::string diff_stat;               // to the base that a human approved
  std::size_t jobs = 0;                // that would be new
  Money worst_each, worst_all;
  Milliseconds limit{0};
  std::optional<Expected> expected;  // of one job
  std::optional<Forecast> forecast;  // of those that are new
  bool admitted = false;
  std::string policy;     // the verdict with the binding limit
  std::string ways_out;   // of a refusal
  std::string placement;  // without naming hardware
  std::vector<SubmittedJob> duplicates;
  std::vector<Dropped> dropped;
  std::string metric;
  std::vector<std::string> advice;
};

enum class Until : std::uint8_t { kAll, kAny, kImproved, kCount };

struct WaitRequest {
  std::vector<std::string> jobs;  // handles or rounds; empty: all of this agent's
  Until until = Until::kAll;
  std::int64_t count = 1;  // for kCount
  Milliseconds timeout{50'000};
  std::optional<std::int64_t> cursor;  // absent: from the beginning of the jobs asked for
};

struct WaitReply {
  std::vector<JobLine> finished;  // since the cursor, in the order they ended
  std::vector<JobLine> waiting;   // still queued or running
  std::string metric;             // the goal
  bool lower_is_better = true;
  std::int64_t cursor = 0;
  bool timed_out = false;              // a normal answer: nothing was stopped
  std::optional<Forecast> forecast{};  // of those that wait
};

struct WaitProgress {
  std::size_t finished = 0;
  std::size_t total = 0;
};

struct AttemptLine {
  std::int32_t number = 0;
  std::string outcome;  // "running" or the exit record's word
  std::optional<std::int64_t> exit_code, signal;
  Milliseconds build{0}, command{0}, startup{0}, billed{0};
  Money cost;
  std::string why;         // it was placed where it is, without naming a pool
  std::string places;      // the same by pool, for humans (CLI)
  std::string log_folder;  // for humans (CLI); the agent gets text through get_logs
};

struct JobDetail {
  JobLine line;
  std::string revision, parent;  // commit ids in pawl's repository
  std::string diff_stat;         // "2 files, +10 -3"
  std::string params;            // "lr=0.1 depth=4"
  std::string command;
  std::int64_t seed = 0;
  std::string comparability_class;
  std::string beside;         // the job that it runs beside, in one class
  std::string compared_with;  // what its delta is to: "the best, 3 seeds"; empty: nothing
  std::vector<AttemptLine> attempts;
  std::vector<std::pair<std::string, double>> metrics;
  std::string error_signature, excerpt;  // untrusted text from the job, cleaned
  std::vector<std::string> artifacts;
  Timestamp created{};
};

// One offer of a pool, as its operator sees it.
struct PoolLine {
  std::string name, offer;  // "on-demand" or "spot"
  std::string state;        // "open", "frozen", "price expired", "price not yet valid"
  std::string why;          // it is frozen; empty: it is not
  std::string source;       // where it is defined
  std::string comparability_class;
  HourlyPrice price;                 // of one unit
  std::int64_t free = 0, total = 0;  // units
  std::int64_t runs = 0, failures = 0, interruptions = 0;
  std::optional<Milliseconds> startup, work;  // means over runs with a result
};

enum class LogMode : std::uint8_t { kError, kTail, kHead, kGrep };

struct LogRequest {
  std::string job;
  LogMode mode = LogMode::kError;
  std::string pattern;
  std::int64_t lines = 40;
  std::optional<std::int64_t> cursor;
};

struct LogReply {
  std::string text;  // untrusted, cleaned; the tools floor fences it
  std::optional<std::int64_t> cursor;
  std::int64_t bytes_total = 0;
};

struct LeaderboardRequest {
  std::string stage;                // empty: where the best was measured
  std::string comparability_class;  // likewise
  std::string filter;               // part of a title or tag
  std::int64_t limit = 10;
};

// Results of another stage or class: they do not compare with those that are ranked.
struct ApartLine {
  std::string stage, comparability_class;
  std::int64_t configurations = 0;
  JobLine best;
};

struct LeaderboardReply {
  std::string metric, stage, comparability_class;
  bool lower_is_better = true;
  NoiseFloor noise;           // of this stage and class
  std::vector<JobLine> rows;  // one a configuration: its first job, with the mean over its seeds
  std::int64_t total = 0;     // configurations that match, before the limit
  std::vector<ApartLine> apart;
};

struct DecisionReply {
  JobLine job;
  Decision decision{};
  std::optional<std::int64_t> step;  // of the staircase, for a keep
  std::string new_base;              // commit, for a keep
  std::string warning;               // empty, or why this keep may be noise
  std::int64_t seeds = 1;            // of a keep: its value is the mean over so many
  // Of a keep: what it is worth by the seeds that had no part in choosing it.
  std::optional<double> confirmed;
  std::int64_t confirmed_seeds = 0;
};

struct DecisionLine {
  Decision decision{};
  std::string job, title, why, agent;
  std::optional<double> value, delta;
  Timestamp at{};
};

struct CancelReply {
  std::vector<JobLine> jobs;  // as they are now: cancelled, or cancelling until death is confirmed
  Money released;
};

struct StageLine {
  std::string name;
  Milliseconds limit{0};
  Money worst_case;                    // one job
  std::optional<Expected> expected{};  // of one job; absent: unmeasured
  std::int64_t screens_left = 0;       // how many such worst cases fit now
};

struct Briefing {
  std::string project, metric;
  bool lower_is_better = true;
  std::string best;  // handle, or "base"
  std::optional<double> base_value, best_value;
  std::string stage, comparability_class;  // in which both were measured
  NoiseFloor noise;                        // there
  std::vector<DecisionLine> decisions;     // newest first
  std::vector<JobLine> running;            // held, queued and live
  std::vector<SandboxLine> sandboxes;      // likewise
  std::vector<StageLine> stages;
  std::vector<std::string> params;   // "lr float 0.001..1 (0.1)"
  std::vector<std::string> notices;  // trust mode, shipped default policy, launches stopped, policy
                                     // file that does not parse
};

// What an operator may see of the whole server.
struct ServerStatus {
  std::string version, state_folder, policy_file, trust_mode;
  std::int64_t epoch = 0, projects = 0, queued = 0, live = 0, slots_free = 0, slots_total = 0;
  bool boxed = false;  // bubblewrap works here
  std::string http;    // where clients come in by HTTP; empty: nowhere
  std::vector<std::string> notices;
};

// As a human writes it on the command line.
struct BudgetRaise {
  std::string usd, until, why, node = "global", window = "day";
};

struct RaisedBudget {
  std::string line;  // what now holds
  std::string note;  // as of PolicyApproval
};

struct PolicyApproval {
  PolicyChanges changes;
  std::string note;  // what the approval is worth in this mode of trust; empty: all of it
};

// `pawl policy explain`.
struct ExplainRequest {
  std::string stage, agent;  // empty: every stage, the caller
};

struct TokenLine {
  std::string name, project, root;
  TokenScope scope{};
  Timestamp created{};
};

struct NewToken : TokenLine {
  std::string secret;  // shown once
};

struct ProjectLine {
  std::string name, root, metric, base, best;
  std::int64_t jobs = 0;
};

struct VolumeLine {
  std::string name, source, digest;
  std::int64_t files = 0, bytes = 0;
  Timestamp registered{};
};

}  // namespace pawl
