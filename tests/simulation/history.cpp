#include "tests/simulation/history.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "server/records/file.h"
#include "server/simulation/dice.h"
#include "server/store/attempts.h"
#include "server/store/budget_nodes.h"
#include "server/store/ledger.h"
#include "server/store/queue.h"

namespace pawl::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr minutes kLook{2};       // how often the scheduler looks when nothing rings
constexpr minutes kRestLook{10};  // ... while the plan is over and all that is left runs out

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

template <class T>
T need(Result<T> value) {
  if (!value) throw std::runtime_error(value.error().message);
  return *std::move(value);
}

Balance global_total(Reader& reader) {
  for (const Balance& balance :
       need(all_balances(reader, std::nullopt, {Timestamp(), Timestamp::max()}))) {
    if (balance.node_kind == NodeKind::kGlobal && balance.window_kind == WindowKind::kTotal)
      return balance;
  }
  return {};
}

Paths paths_in(const std::filesystem::path& top) { return {top / "state", top / "config"}; }

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
      clock_(plan.begins),
      engine_(
          clock_, agenda_, [this](const LaunchSpec& spec) { return fate_of(spec); },
          [this](RunnerEvent event) {
            if (fault_ == Fault::kBillsPastRecord) shorten_record(event.attempt);
            if (server_) server_->hear(event);
          }),
      runner_(engine_, fault),
      invariants_(engine_),
      policy_(plan.policy),
      caps_{plan.total, plan.day} {
  namespace fs = std::filesystem;
  const Paths paths = paths_in(folder_.path());
  const Paths first = paths_in(fresh.path());
  fs::create_directories(paths.state);
  fs::create_directories(paths.policies());
  fs::copy_file(first.database(), paths.database());
  fs::create_directory_symlink(first.state / "repos", paths.state / "repos");
  fs::create_directory_symlink(first.state / "user", paths.state / "user");
}

// By job and launch, so that a restart in between changes nothing.
Fate History::fate_of(const LaunchSpec& spec) {
  const std::int64_t job = spec.attempt.id.job.value;
  Dice dice(plan_.seed, {2, job, launches_[spec.attempt.id.job]++});
  if (fault_ == Fault::kOutcomeByTime) dice = Dice(plan_.seed, {clock_.since_boot().count(), job});
  Fate fate{.startup = seconds(spec.pool == "fast" ? dice.between(0, 30) : 0),
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

void History::answer(std::string what) { lived_.answers.push_back(std::move(what)); }

void History::check(const std::string& after) {
  note(after + " " + std::to_string(clock_.since_boot().count()));
  if (!server_ || !lived_.broken.empty()) return;
  const std::string broken = invariants_.broken(server_->store(), caps_, !away_);
  if (!broken.empty()) lived_.broken = after + ": " + broken;
}

void History::start() {
  for (const auto& [name, text] : policy_)
    std::ofstream(paths_in(folder_.path()).policies() / name) << text;
  server_ = need(SimulatedServer::open({paths_in(folder_.path()), clock_, plan_.machine, runner_}));
  if (fault_ != Fault::kForgetsIntents && !server_->scheduler().recover())
    lived_.broken = "recovery failed";
}

void History::crash() {
  server_.reset();
  ++lived_.crashes;
  start();
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

void History::pass(Milliseconds time, Milliseconds look) {
  const Milliseconds until = clock_.since_boot() + time;
  while (clock_.since_boot() < until && lived_.broken.empty()) {
    const Milliseconds event = agenda_.next().value_or(until);
    clock_.advance_to(
        std::min({until, std::max(event, clock_.since_boot()), clock_.since_boot() + look}));
    agenda_.run_due(clock_.since_boot());
    turn();
    if (agenda_.is_due(clock_.since_boot())) {  // ends that were asked for in the turn
      agenda_.run_due(clock_.since_boot());
      turn();
    }
    if (clock_.since_boot() == event) check("event");
  }
}

void History::submit(std::int64_t count, bool sweep) {
  const Caller caller = server_->caller("root", "agent" + std::to_string(titles_ % 2));
  const std::string title = "job " + std::to_string(titles_++);
  Variant variant{.title = title, .params = {{"n", titles_ * 100}}};
  const std::string stage = titles_ % 4 == 0 ? "validate" : "screen";
  std::optional<Result<SubmitReply>> reply;
  if (sweep) {
    SweepRequest asked{.title = title, .base = "base", .stage = stage};
    for (std::int64_t i = 0; i < count; ++i) {
      variant.params["n"] = titles_ * 100 + i;
      asked.variants.push_back(variant);
    }
    reply = server_->service().submit_sweep(caller, asked);
  } else {
    reply = server_->service().submit(
        caller, {.variant = variant, .from = "base", .stage = stage, .repeat = count});
  }
  note(*reply ? (*reply)->jobs.front().job.handle : reply->error().message);
  if (!*reply) ++lived_.refused;
  answer(*reply ? (*reply)->jobs.front().job.handle : "refused");
}

void History::cancel(std::int64_t number) {
  const auto cancelled = server_->service().cancel(
      server_->caller("root", "human"), {std::to_string(number % (titles_ + 1) + 1)}, "plan");
  note(cancelled ? std::string(name_of(cancelled->jobs.front().state)) : cancelled.error().message);
  answer(cancelled ? std::string(name_of(cancelled->jobs.front().state)) : "refused");
}

void History::reload(const std::map<std::string, std::string>& policy) {
  policy_ = policy;
  for (const auto& [name, text] : policy_)
    std::ofstream(paths_in(folder_.path()).policies() / name) << text;
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

// First under the ceilings as they are; then a human lifts them and opens what a bill over its
// reservation froze, and nothing may wait any longer.
void History::drain() {
  rest_within(hours(3));
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
  for (const auto& [job, ran] : engine_.ran()) lived_.attempts += ran.launches;
  return lived_;
}

// The faults that lie in no runner: what a wrong server would have written.
void History::misbehave() {
  if (fault_ == Fault::kSkipsAncestor) skip_ancestor();
  if (fault_ == Fault::kSettlesTwice && !misbehaved_) settle_twice();
}

void History::shorten_record(AttemptId id) {
  const AttemptFolder folder{paths_in(folder_.path()).attempt("tiny", id.job.value, id.number)};
  const auto record = read_status(folder);
  if (!record || !*record) return;
  ExitRecord shorter = **record;
  shorter.billed = shorter.billed / 2;
  EXPECT_TRUE(write_file(folder.record(), "status.json", to_json(shorter)));
}

void History::skip_ancestor() {
  (void)server_->store().write([&](Transaction& tx) -> Result<void> {
    for (const JobRow& job : need(list_jobs(tx, {.project = {}, .states = {JobState::kQueued}}))) {
      const auto open = need(open_reservation(tx, job.id));
      if (!open) continue;
      auto lines = need(reserved_lines(tx, open->id));
      std::erase_if(lines, [&](const Line& line) { return line.window == global_total(tx).id; });
      CHECK_OK(release(tx, job.id));
      TRY(const auto again, reserve(tx, *open, lines));
      (void)again;
    }
    return {};
  });
}

void History::settle_twice() {
  (void)server_->store().write([&](Transaction& tx) -> Result<void> {
    const Balance top = global_total(tx);
    if (top.spent == Amount()) return {};
    misbehaved_ = true;
    return adjust(tx, {.window = top.id, .spent = top.spent, .principal = "x", .reason = "again"});
  });
}

}  // namespace pawl::simulation
