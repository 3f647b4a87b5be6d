#include "tests/simulation/plan.h"

#include <fmt/format.h>

#include <array>

#include "server/simulation/dice.h"

namespace pawl::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Plain nights, and the two nights of 2026 in which the clocks of Europe and of America change.
Timestamp beginning(Dice& dice) {
  using std::chrono::sys_days;
  using std::chrono::year;
  const std::array days = {sys_days(year(2026) / 11 / 22), sys_days(year(2026) / 3 / 28),
                           sys_days(year(2026) / 10 / 24), sys_days(year(2026) / 3 / 7),
                           sys_days(year(2026) / 10 / 31)};
  const auto day = days.at(static_cast<std::size_t>(dice.between(0, 4)));
  return day + hours(dice.between(18, 23)) + minutes(dice.between(0, 59));
}

const char* zone(Dice& dice) {
  constexpr std::array kZones = {"UTC", "Europe/Rome", "America/New_York", "Australia/Lord_Howe"};
  return kZones.at(static_cast<std::size_t>(dice.between(0, 3)));
}

std::string rest_of_policy(Dice& dice) {
  return fmt::format(R"(
[jobs]
max_concurrent = {}
max_queued = {}
max_minutes = {}
max_retries = {}
[stage.screen]
pools = ["slow", "fast"]
[stage.validate]
pools = ["fast"]
max_concurrent = {}
)",
                     dice.between(1, 4), dice.between(2, 12), dice.between(3, 8),
                     dice.between(0, 2), dice.between(1, 2));
}

std::string usd(Money money) { return format_usd(money); }

// One of them pays for two slices on the slow pool and for none, a few or many on the fast one.
SandboxPolicy sandbox_of(Dice& dice) {
  return {.max_open = dice.between(1, 2),
          .longest = minutes(dice.between(10, 60)),
          .idle = minutes(dice.between(4, 30)),
          .usd = Money::micros(dice.between(20, 400) * 10'000)};
}

std::string sandbox_text(const SandboxPolicy& sandbox) {
  return fmt::format("[sandbox]\nmax_open = {}\nmax_minutes = {}\nidle_minutes = {}\nusd = {}\n",
                     sandbox.max_open, sandbox.longest / minutes(1), sandbox.idle / minutes(1),
                     usd(sandbox.usd));
}

StepKind kind_of(Dice& dice) {
  const std::int64_t side = dice.between(0, 99);
  if (side < 26) return StepKind::kSubmit;
  if (side < 33) return StepKind::kSweep;
  if (side < 39) return StepKind::kCancel;
  if (side < 53) return StepKind::kOpenSandbox;
  if (side < 61) return StepKind::kUseSandbox;
  if (side < 65) return StepKind::kCloseSandbox;
  if (side < 71) return StepKind::kCrash;
  if (side < 75) return StepKind::kCrashBeforeLaunch;
  if (side < 79) return StepKind::kCrashAfterLaunch;
  if (side < 83) return StepKind::kCrashDeaf;
  if (side < 87) return StepKind::kCrashBeforeGrant;
  if (side < 90) return StepKind::kPause;
  if (side < 94) return StepKind::kPrices;
  if (side < 97) return StepKind::kCaps;
  return StepKind::kClockJump;
}

std::int64_t number_of(StepKind kind, Dice& dice) {
  switch (kind) {
    case StepKind::kSubmit:
      return dice.between(1, 2);  // seeds
    case StepKind::kSweep:
      return dice.between(2, 4);  // variants
    case StepKind::kCancel:
      return dice.between(0, 9);  // which of the jobs so far
    case StepKind::kOpenSandbox:
      return dice.between(3, 60);  // minutes
    case StepKind::kUseSandbox:
    case StepKind::kCloseSandbox:
      return dice.between(0, 9);  // which of the sandboxes so far; of a close, odd ones are kept
    case StepKind::kPause:
      return dice.between(1, 20);  // minutes
    case StepKind::kPrices:
      return dice.between(50, 900);  // cents
    case StepKind::kCaps:
      return dice.between(20, 200);  // percent of the first caps
    case StepKind::kClockJump:
      return dice.between(-90, 90);  // minutes
    default:
      return 0;
  }
}

}  // namespace

std::map<std::string, std::string> policy_with(const Plan& plan, Money total, Money day) {
  auto files = plan.policy;
  files["budget.toml"] =
      fmt::format("[budget]\ntotal = {}\nday = {}\nexperiment = {}\n", usd(total), usd(day),
                  usd(Money::micros(day.micros() * 3 / 4)));
  return files;
}

std::map<std::string, std::string> without_limits(std::map<std::string, std::string> files) {
  files["sandbox.toml"] = sandbox_text(
      {.max_open = 100, .longest = hours(10), .idle = hours(10), .usd = Money::usd(900)});
  return files;
}

std::map<std::string, std::string> with_price(std::map<std::string, std::string> files,
                                              std::int64_t cents) {
  files["pools.toml"] = fmt::format(R"(
[pool.slow]
kind = "cpu"
count = 2
price = 0.60
billing = "owned"
class = "A"
[pool.fast]
gpu = "H100"
price = {}.{:02}
class = "B"
startup_seconds = 30
)",
                                    cents / 100, cents % 100);
  return files;
}

Plan plan_of(std::uint64_t seed) {
  Dice dice(seed, {1});
  Plan plan{.seed = seed, .begins = beginning(dice)};
  const std::int64_t gpus = dice.between(1, 2);
  for (std::int32_t i = 0; i < gpus; ++i)
    plan.machine.gpus.push_back({i, i, fmt::format("GPU-{}", i), "NVIDIA H100", 0});
  plan.machine.cpu_slots = 2;
  plan.day = Money::micros(dice.between(50, 400) * 10'000);
  plan.total = Money::micros(plan.day.micros() * dice.between(1, 3));
  plan.policy["default.toml"] =
      fmt::format("policy = 1\ntimezone = \"{}\"\n", zone(dice)) + rest_of_policy(dice);
  plan.sandbox = sandbox_of(dice);
  plan.policy["sandbox.toml"] = sandbox_text(plan.sandbox);
  plan.policy = with_price(std::move(plan.policy), dice.between(100, 400));
  plan.policy = policy_with(plan, plan.total, plan.day);
  const std::int64_t steps = dice.between(6, 14);
  for (std::int64_t i = 0; i < steps; ++i) {
    const StepKind kind = i == 0 ? StepKind::kSubmit : kind_of(dice);
    plan.steps.push_back(
        {.after = seconds(dice.between(0, 240)), .kind = kind, .number = number_of(kind, dice)});
  }
  return plan;
}

}  // namespace pawl::simulation
