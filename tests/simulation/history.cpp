#include "tests/simulation/history.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "keeper/contract.h"
#include "server/simulation/dice.h"
#include "server/store/attempts.h"
#include "server/store/queue.h"
#include "tests/simulation/need.h"

namespace pawl::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kLook{2};        // how often the scheduler looks when nothing rings
constexpr minutes kRestLook{10};   // ... while the plan is over and all that is left runs out
constexpr seconds kLeaseLook{30};  // ... while a sandbox lives, as the scheduler does

constexpr const char* kProject = R"(
name = "tiny"
command = ["./train", "{params}"]
[goal]
metric = "val_bpb"
direction = "min"
[params.n]
type = "int"
default = 0
)";

Paths paths_in(const std::filesystem::path& top) { return {top / "state", top / "config"}; }

// Most last until they are closed or get no further slice.
Fate fate_of_sandbox(Dice& dice, bool slow_start, Milliseconds longest) {
  const std::int64_t side = dice.between(0, 99);
  Fate fate{.startup = seconds(slow_start ? dice.between(0, 30) : 0), .runs = longest};
  if (side < 75) return fate;
  fate.runs = Milliseconds(dice.between(1'000, 900'000));
  if (side >= 80) fate.outcome = Outcome::kSignaled;
  if (side >= 85) fate.outcome = Outcome::kPreempted;
  if (side >= 93) fate.outcome = Outcome::kLost;
  return fate;
}

}  // namespace

FreshState::FreshState() {
  folder_.emplace(need(ScratchFolder::make()));
  const Plan plan = plan_of(0);
  const Paths paths = paths_in(path());
  EXPECT_TRUE(lay_ground(paths, plan.policy, kProject));
  VirtualClock clock(plan.begins - hours(24 * 365));
  Agenda agenda;
  SimulatedRunner engine(
      clock, agenda, [](const LaunchSpec&) { return Fate{}; }, [](RunnerEvent) {});
  const auto server = need(SimulatedServer::open({paths, clock, plan.machine, engine}));
  EXPECT_TRUE(server->service().init(server->caller("root", "human")));
}

History::History(const Plan& plan, const FreshState& fresh, Life life, Fault fault)
    : plan_(plan),
      life_(life),
      fault_(fault),
      folder_(need(ScratchFolder::make())),
      paths_(paths_in(folder_.path())),
      clock_(plan.begins),
      engine_(
          clock_, agenda_, [this](const LaunchSpec& spec) { return fate_of(spec); },
          [this](RunnerEvent event) {
            if (fault_ == Fault::kBillsPastRecord) shorten_record(event.attempt);
            if (server_) server_->hear(event);
          }),
      runner_(engine_, fault),
      invariants_(engine_, plan.sandbox),
      policy_(plan.policy),
      caps_{plan.total, plan.day} {
  namespace fs = std::filesystem;
  const Paths first = paths_in(fresh.path());
  fs::create_directories(paths_.state);
  fs::create_directories(paths_.policies());
  fs::copy_file(first.database(), paths_.database());
  fs::create_directory_symlink(first.state / "repos", paths_.state / "repos");
  fs::create_directory_symlink(first.state / "user", paths_.state / "user");
}

// By job and launch, so that a restart in between changes nothing.
Fate History::fate_of(const LaunchSpec& spec) {
  const std::int64_t job = spec.attempt.id.job.value;
  Dice dice(plan_.seed, {2, job, launches_[spec.attempt.id.job]++});
  if (fault_ == Fault::kOutcomeByTime) dice = Dice(plan_.seed, {clock_.since_boot().count(), job});
  if (spec.lease) return fate_of_sandbox(dice, spec.pool == "fast", *spec.lease);
  // Thrown for every pool: where it lands depends on when, what becomes of it must not.
  const seconds startup(dice.between(0, 30));
  Fate fate{.startup = spec.pool == "fast" ? startup : seconds(0),
            .runs = Milliseconds(dice.between(5'000, 300'000)),
            .metrics = fmt::format("{{\"step\":1,\"val_bpb\":{:.4f}}}\n", 1 + dice.share())};
  const std::int64_t side = dice.between(0, 99);
  if (side >= 55) fate.metrics.clear();
  if (side >= 60) fate.exit_code = 1;
  if (side >= 75) fate.outcome = Outcome::kSignaled;
  if (side >= 82) fate.runs = hours(2);  // over every limit
  if (side >= 85) {
    fate.outcome = Outcome::kPreempted;
    fate.runs = Milliseconds(dice.between(1'000, 200'000));
  }
  if (side >= 90) {
    fate.outcome = Outcome::kLost;
    fate.runs = Milliseconds(dice.between(1'000, 200'000));
  }
  return fate;
}

void History::note(const std::string& what) {
  ++lived_.events;
  for (const char c : what)  // FNV-1a
    lived_.trace = (lived_.trace ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
}

void History::check(const std::string& after) {
  note(after + " " + std::to_string(clock_.since_boot().count()));
  if (!server_ || !lived_.broken.empty()) return;
  const std::string broken = invariants_.broken(server_->store(), caps_, !away_);
  if (!broken.empty()) lived_.broken = after + ": " + broken;
}

void History::start() {
  for (const auto& [name, text] : policy_) std::ofstream(paths_.policies() / name) << text;
  server_ = need(SimulatedServer::open({paths_, clock_, plan_.machine, runner_}));
  if (fault_ != Fault::kForgetsIntents && !server_->scheduler().recover())
    lived_.broken = "recovery failed";
}

void History::crash() {
  server_.reset();
  ++lived_.crashes;
  start();
}

// What no keeper has read yet was paid for and never told.
void History::forget_grants() {
  for (const LivingSandbox& sandbox : engine_.sandboxes())
    std::filesystem::remove(sandbox.attempt.folder / keeper::kFolder / keeper::kLeaseFile);
}

void History::turn() {
  if (away_) return;
  while (true) {
    try {
      server_->scheduler().turn();
      misbehave();
      return;
    } catch (const Crash&) {
      crash();
    }
  }
}

// Ends that were asked for in the turn.
void History::hear() {
  if (!agenda_.is_due(clock_.since_boot())) return;
  agenda_.run_due(clock_.since_boot());
  turn();
}

void History::pass(Milliseconds time, Milliseconds look) {
  const Milliseconds until = clock_.since_boot() + time;
  while (clock_.since_boot() < until && lived_.broken.empty()) {
    const Milliseconds event = agenda_.next().value_or(until);
    const bool leased = !away_ && engine_.has_sandboxes();
    const Milliseconds next =
        clock_.since_boot() + (leased ? std::min(look, Milliseconds(kLeaseLook)) : look);
    clock_.advance_to(std::min({until, std::max(event, clock_.since_boot()), next}));
    agenda_.run_due(clock_.since_boot());
    turn();
    hear();
    if (clock_.since_boot() == event || leased) check("event");
  }
}

void History::reload(const std::map<std::string, std::string>& policy) {
  policy_ = policy;
  for (const auto& [name, text] : policy_) std::ofstream(paths_.policies() / name) << text;
  EXPECT_TRUE(server_->world().rules.load());
  EXPECT_TRUE(server_->world().rules.approve("", "root"));  // where a looser one waits for a human
}

void History::act(const Step& step) {
  const auto part = [&](Money of) {
    return Money::micros(of.micros() / 100 * step.number / 10'000 * 10'000);
  };
  switch (step.kind) {
    case StepKind::kSubmit:
      return submit(step.number, false);
    case StepKind::kSweep:
      return submit(step.number, true);
    case StepKind::kCancel:
      return cancel(step.number);
    case StepKind::kOpenSandbox:
      return open_sandbox(step.number);
    case StepKind::kUseSandbox:
      return use_sandbox(step.number);
    case StepKind::kCloseSandbox:
      return close_sandbox(step.number);
    case StepKind::kCrash:
      if (life_ == Life::kAsPlanned) crash();
      return;
    case StepKind::kCrashBeforeLaunch:
      if (life_ == Life::kAsPlanned) runner_.arm(FaultyRunner::Armed::kBeforeLaunch);
      return;
    case StepKind::kCrashAfterLaunch:
      if (life_ == Life::kAsPlanned) runner_.arm(FaultyRunner::Armed::kAfterLaunch);
      return;
    case StepKind::kCrashDeaf:
      away_ = true;  // so that news of the next event is not taken
      if (const auto next = agenda_.next()) clock_.advance_to(std::max(*next, clock_.since_boot()));
      agenda_.run_due(clock_.since_boot());
      if (life_ == Life::kAsPlanned) crash();
      away_ = false;
      return;
    case StepKind::kCrashBeforeGrant:
      if (life_ != Life::kAsPlanned) return;
      forget_grants();
      return crash();
    case StepKind::kPause:
      away_ = true;
      if (life_ == Life::kAsPlanned) server_.reset();
      pass(minutes(step.number), kLook);
      away_ = false;
      if (life_ == Life::kAsPlanned) start();
      return;
    case StepKind::kPrices:
      return reload(with_price(policy_, step.number));
    case StepKind::kCaps:
      caps_ = {part(plan_.total), part(plan_.day)};
      reload([&] {
        auto files = policy_;
        files["budget.toml"] = policy_with(plan_, caps_.total, caps_.day).at("budget.toml");
        return files;
      }());
      return;
    case StepKind::kClockJump:
      return clock_.jump(minutes(step.number));
  }
}

void History::take(const Step& step) {
  pass(step.after, kLook);
  if (!lived_.broken.empty()) return;
  if (fault_ == Fault::kIgnoresSandboxLimits && step.kind == StepKind::kOpenSandbox)
    reload(without_limits(policy_));
  if (fault_ == Fault::kIgnoresCap && step.kind == StepKind::kSubmit) {
    const Caps planned = caps_;
    reload(policy_with(plan_, Money::usd(1'000), Money::usd(900)));
    caps_ = planned;
  }
  act(step);
  turn();
  check("step " + std::to_string(static_cast<int>(step.kind)));
}

void History::rest_within(Milliseconds time) {
  const auto moves = [&] {
    const auto load =
        need(server_->store().read([](Reader& reader) { return pawl::load(reader, {}); }));
    return load.queued + load.live > 0;
  };
  const Milliseconds until = clock_.since_boot() + time;
  while (lived_.broken.empty() && clock_.since_boot() < until && moves())
    pass(kRestLook, kRestLook);
}

// First under the ceilings as they are; then agents close sandboxes that wait for another price, a
// human lifts the ceilings and opens what a bill over its reservation froze, and nothing may wait
// any longer.
void History::drain() {
  rest_within(hours(3));
  close_all();
  caps_ = {Money::usd(1'000), Money::usd(900)};
  if (!lived_.broken.empty()) return;
  auto files = policy_;
  files["budget.toml"] = policy_with(plan_, caps_.total, caps_.day).at("budget.toml");
  reload(files);
  for (const PoolLine& pool : need(server_->service().pools())) {
    if (pool.state == "frozen") {
      EXPECT_TRUE(server_->service().open_pool({}, pool.name));
    }
  }
  rest_within(hours(2));
  if (lived_.broken.empty()) lived_.broken = invariants_.broken_ledger(server_->store());
  if (lived_.broken.empty()) lived_.broken = invariants_.broken_at_rest(server_->store());
}

Lived History::live() {
  start();
  for (const Step& step : plan_.steps) {
    if (lived_.broken.empty()) take(step);
  }
  if (lived_.broken.empty()) drain();
  const auto jobs = need(server_->store().read([](Reader& reader) {
    return list_jobs(reader, {.project = ProjectId{1}, .states = {}, .limit = 100'000});
  }));
  for (const JobRow& job : jobs) {
    const std::string end = fmt::format("{} {}", name_of(job.state), name_of(job.reason));
    lived_.outcomes[fmt::format("{} {} {}", job.number, job.title, job.repeat)] = end;
    note(end);
  }
  lived_.jobs = static_cast<int>(jobs.size());
  for (const auto& [job, ran] : engine_.ran()) {
    lived_.attempts += ran.launches;
    lived_.slices += ran.slices;
  }
  return lived_;
}

}  // namespace pawl::simulation
