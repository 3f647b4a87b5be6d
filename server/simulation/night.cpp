#include "server/simulation/night.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "server/simulation/scratch_folder.h"
#include "server/simulation/simulated_agent.h"
#include "server/simulation/simulated_runner.h"
#include "server/store/attempts.h"

namespace pawl::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr minutes kLook{1};     // a scheduler looks again even when nothing rings
constexpr hours kOvertime{24};  // what has not ended so long after the night waits for a human
constexpr ProjectId kProject{1};

constexpr const char* kProjectFile = R"(
name = "simulated"
command = ["./train", "{params}"]
[goal]
metric = "val_bpb"
direction = "min"
[params.x]
type = "float"
default = 0.0
[params.y]
type = "float"
default = 0.0
[params.part]
type = "int"
default = 0
[params.bad]
type = "bool"
default = false
)";

Timestamp beginning() {
  return std::chrono::sys_days(std::chrono::year(2026) / 1 / 12) + hours(22);
}

std::string exact_usd(Money money) {
  return fmt::format("{}.{:06}", money.micros() / 1'000'000, money.micros() % 1'000'000);
}

std::string pools_text(const std::vector<ScenarioPool>& pools) {
  std::string text;
  for (const ScenarioPool& pool : pools) {
    text += fmt::format(
        "[pool.{}]\ngpu = \"{}\"\ncount = {}\nprice = {}\nclass = \"{}\"\nstartup_seconds = {}\n",
        pool.name, pool.gpu, pool.count, exact_usd(pool.price.per_hour), pool.gpu,
        std::chrono::ceil<std::chrono::seconds>(pool.startup).count());
  }
  return text;
}

// Where no policy is given: the budget, and room for everything that the scenario does.
std::string policy_text(const NightSetup& setup) {
  std::int32_t slots = 0;
  for (const ScenarioPool& pool : setup.setup.pools) slots += pool.count;
  std::string text = fmt::format(
      "policy = 1\n[budget]\ntotal = {}\n[jobs]\nmax_concurrent = {}\nmax_queued = "
      "1000000\nmax_retries = 0\n",
      exact_usd(setup.budget), slots);
  for (const ScenarioPart& part : setup.setup.parts) {
    const auto takes = std::chrono::ceil<minutes>(part.before + part.train + part.after);
    text += fmt::format("[stage.{}]\npools = [\"{}\"]\ngpus_per_job = {}\nmax_minutes = {}\n",
                        part.stage, fmt::join(part.pools, "\", \""), part.gpus, takes.count() + 1);
  }
  return text;
}

std::map<std::string, std::string> policy_files(const NightSetup& setup) {
  std::map<std::string, std::string> files;
  for (const SourceText& file : setup.policy)
    files[std::filesystem::path(file.name).filename().string()] = file.text;
  if (files.empty()) files["policy.toml"] = policy_text(setup);
  files["simulated-pools.toml"] = pools_text(setup.setup.pools);
  return files;
}

Machine machine_of(const std::vector<ScenarioPool>& pools) {
  Machine machine;
  for (const ScenarioPool& pool : pools) {
    for (std::int32_t i = 0; i < pool.count; ++i) {
      const auto index = static_cast<std::int32_t>(machine.gpus.size());
      machine.gpus.push_back({index, index, fmt::format("GPU-{}", index), pool.gpu, 0});
    }
  }
  return machine;
}

std::string argument(const LaunchSpec& spec, std::string_view name) {
  const std::string prefix = fmt::format("--{}=", name);
  for (const std::string& word : spec.command)
    if (word.starts_with(prefix)) return word.substr(prefix.size());
  return {};
}

// What the experiments' program and the machines do.
class Machines {
 public:
  explicit Machines(const NightSetup& setup) : setup_(setup) {}

  Fate fate_of(const LaunchSpec& spec) {
    const auto& parts = setup_.setup.parts;
    const ScenarioPart& part = parts.at(std::stoul(argument(spec, "part")));
    const ScenarioPool& pool =
        *std::ranges::find(setup_.setup.pools, spec.pool, &ScenarioPool::name);
    Dice dice(setup_.seed, {3, spec.attempt.id.job.value, spec.attempt.id.number});
    Fate fate{.startup = pool.startup, .runs = part.before + part.train + part.after};
    if (argument(spec, "bad") == "true") {
      fate.runs = part.invalid_after;
      fate.exit_code = 1;
    } else {
      fate.trains = part.train;
      fate.metrics = metrics_of(spec, part, pool, dice);
    }
    interrupt(fate, pool, dice);
    return fate;
  }

 private:
  std::string metrics_of(const LaunchSpec& spec, const ScenarioPart& part, const ScenarioPool& pool,
                         Dice& dice) const {
    const Candidate point{std::stod(argument(spec, "x")), std::stod(argument(spec, "y"))};
    double value = value_at(setup_.quality, point) + setup_.quality.noise * dice.normal();
    const std::int64_t steps = pool.step_ms == 0 ? 1 : part.train.count() / pool.step_ms;
    if (pool.step_ms != 0) {
      const double slowest =
          std::ranges::max(setup_.setup.pools, {}, &ScenarioPool::step_ms).step_ms;
      value -= setup_.quality.per_log_step * std::log(slowest / pool.step_ms);
    }
    return fmt::format("{{\"step\":{},\"val_bpb\":{:.6f}}}\n", steps, value);
  }

  static void interrupt(Fate& fate, const ScenarioPool& pool, Dice& dice) {
    if (pool.interruptions_per_hour == 0) return;
    const double after_hours = dice.exponential(1 / pool.interruptions_per_hour);
    const Milliseconds after(std::llround(after_hours * 3'600'000));
    if (after >= fate.runs) return;
    fate.runs = after;
    fate.outcome = Outcome::kPreempted;
  }

  const NightSetup& setup_;  // outlives us
};

template <class Times>
Milliseconds percentile(Times& times, std::size_t percent) {
  if (times.empty()) return Milliseconds(0);
  std::ranges::sort(times);
  return times[(times.size() - 1) * percent / 100];
}

Money time_cost(const Rate& rate, std::int32_t units, Milliseconds time) {
  const RatedTime whole{rate, time};
  return time_charge({&whole, 1}, units);
}

void count_job(Night& night, const JobRow& job) {
  ++(job.state == JobState::kSucceeded ? night.valid
     : is_final(job.state)             ? night.failed
                                       : night.unfinished);
}

// Splits what the ledger charged for an attempt by what the engine knows that it did.
void count_attempt(Night& night, const AttemptRow& attempt, const Ran& ran, bool good) {
  if (!attempt.end) return;
  ++night.attempts;
  const AttemptEnd& end = *attempt.end;
  if (!good) {
    night.wasted += end.billed * attempt.units;
    night.for_failed += end.cost;
    return;
  }
  const Money training = time_cost(attempt.rate, attempt.units, ran.trained);
  night.trained += ran.trained * attempt.units;
  night.overhead += (end.billed - ran.trained) * attempt.units;
  night.for_training += training;
  night.for_overhead += end.cost - training;
}

void count_idle(Night& night, const NightSetup& setup,
                const std::map<std::string, Milliseconds>& busy) {
  for (const ScenarioPool& pool : setup.setup.pools) {
    if (!pool.held) continue;
    const auto found = busy.find(pool.name);
    const Milliseconds span = std::max(setup.night, night.lasted) * pool.count;
    const Milliseconds idle = span - (found == busy.end() ? Milliseconds(0) : found->second);
    night.idle += idle;
    night.for_idle += time_cost(Rate::of(pool.price), 1, idle);
  }
}

Result<void> count(Night& night, Reader& reader, const NightSetup& setup,
                   const std::map<JobId, Ran>& ran) {
  std::vector<Milliseconds> waits;
  std::map<std::string, Milliseconds> busy;
  TRY(const auto jobs, list_jobs(reader, {.project = kProject, .states = {}, .limit = 10'000'000}));
  for (const JobRow& job : jobs) {
    count_job(night, job);
    TRY(const auto attempts, attempts_of(reader, job.id));
    if (attempts.empty()) continue;
    waits.push_back(attempts.front().claimed - job.created);
    for (const AttemptRow& attempt : attempts) {
      const bool last = attempt.id.number == job.attempts;
      count_attempt(night, attempt, ran.at(job.id), last && job.state == JobState::kSucceeded);
      if (attempt.end) busy[attempt.pool] += attempt.end->billed * attempt.units;
    }
  }
  night.wait_p50 = percentile(waits, 50);
  night.wait_p90 = percentile(waits, 90);
  count_idle(night, setup, busy);
  return {};
}

// Until the agent is done and everything has ended, or waits for a human.
void live(SimulatedServer& server, SimulatedAgent& agent, VirtualClock& clock, Agenda& agenda,
          bool& ended) {
  const Milliseconds latest = clock.since_boot() + kOvertime + hours(24 * 30);
  while (clock.since_boot() < latest) {
    server.scheduler().turn();
    if (std::exchange(ended, false)) agent.look();
    if (agent.done() && !agenda.next()) return;
    const Milliseconds look = clock.since_boot() + kLook;
    clock.advance_to(std::max(clock.since_boot(), std::min(agenda.next().value_or(look), look)));
    agenda.run_due(clock.since_boot());
  }
}

}  // namespace

double Night::useful() const {
  return paid().count() == 0
             ? 0
             : static_cast<double>(trained.count()) / static_cast<double>(paid().count());
}

Result<Night> simulate(const NightSetup& setup) {
  TRY(const ScratchFolder folder, ScratchFolder::make());
  const Paths paths{folder.path() / "state", folder.path() / "config"};
  CHECK_OK(lay_ground(paths, policy_files(setup), kProjectFile));
  VirtualClock clock(beginning());
  Agenda agenda;
  Machines machines(setup);
  SimulatedServer* hears = nullptr;
  bool ended = false;
  const Milliseconds begins = clock.since_boot();
  Milliseconds last_end = begins;
  SimulatedRunner runner(
      clock, agenda, [&](const LaunchSpec& spec) { return machines.fate_of(spec); },
      [&](RunnerEvent event) {
        hears->hear(event);
        if (event.kind == RunnerEventKind::kStarted) return;
        ended = true;
        last_end = clock.since_boot();
      });
  TRY(const auto server,
      SimulatedServer::open({paths, clock, machine_of(setup.setup.pools), runner, true}));
  hears = server.get();
  CHECK_OK(server->service().init(server->caller("agent", "human")));
  SimulatedAgent agent({*server, clock, agenda}, setup.setup, begins + setup.night, setup.seed);
  agent.begin();
  live(*server, agent, clock, agenda, ended);
  Night night{.submitted = agent.submitted(),
              .refusals = agent.refusals(),
              .lasted = last_end - begins,
              .start = setup.quality.start,
              .best = agent.best()};
  for (const auto& [line, times] : night.refusals) night.refused += times;
  CHECK_OK(server->store().read(
      [&](Reader& reader) { return count(night, reader, setup, runner.ran()); }));
  return night;
}

double measured(const Night& night, Measure measure) {
  const double in_hours = static_cast<double>(night.lasted.count()) / 3'600'000;
  const double dollars = static_cast<double>(night.bill().micros()) / 1'000'000;
  const auto submitted = static_cast<double>(std::max<std::int64_t>(1, night.submitted));
  switch (measure) {
    case Measure::kSubmitted:
      return static_cast<double>(night.submitted);
    case Measure::kValid:
      return static_cast<double>(night.valid);
    case Measure::kFailed:
      return static_cast<double>(night.failed);
    case Measure::kDollars:
      return dollars;
    case Measure::kDollarsEach:
      return dollars / submitted;
    case Measure::kGpuHours:
      return static_cast<double>(night.paid().count()) / 3'600'000;
    case Measure::kUsefulShare:
      return night.useful();
    case Measure::kHours:
      return in_hours;
    case Measure::kPerHour:
      return submitted / in_hours;
  }
  __builtin_unreachable();
}

}  // namespace pawl::simulation
