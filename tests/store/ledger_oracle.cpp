#include "tests/store/ledger_oracle.h"

#include <algorithm>

namespace pawl::test {

std::string text_of(const Command& command) {
  constexpr std::array kWords = {"hold", "claim", "die", "settle", "release", "cap", "adjust"};
  return std::string(kWords.at(static_cast<std::size_t>(command.verb))) + " job " +
         std::to_string(command.job) + " window " + std::to_string(command.window) + " " +
         std::to_string(command.money) + "/" + std::to_string(command.gpu_ms) +
         (command.launched ? " launched" : "");
}

bool LedgerOracle::reserve(Job& job, const Pair& amount) {
  for (const OracleWindow& window : windows_) {
    const std::array caps = {window.cap_money, window.cap_gpu_ms};
    for (std::size_t unit = 0; unit < 2; ++unit) {
      const std::int64_t used =
          window.spent.at(unit) + window.reserved.at(unit) + window.overrun.at(unit);
      if (amount.at(unit) > 0 && caps.at(unit) && used + amount.at(unit) > *caps.at(unit))
        return false;
    }
  }
  for (OracleWindow& window : windows_) {
    for (std::size_t unit = 0; unit < 2; ++unit) window.reserved.at(unit) += amount.at(unit);
  }
  job.reserved = amount;
  return true;
}

void LedgerOracle::give_back(Job& job) {
  for (OracleWindow& window : windows_) {
    for (std::size_t unit = 0; unit < 2; ++unit) window.reserved.at(unit) -= job.reserved.at(unit);
  }
  job.reserved = {};
}

bool LedgerOracle::settle(Job& job, const Pair& actual) {
  if (job.stage != Stage::kDead) return false;
  for (OracleWindow& window : windows_) {
    for (std::size_t unit = 0; unit < 2; ++unit) {
      const std::int64_t within = std::min(actual.at(unit), job.reserved.at(unit));
      window.spent.at(unit) += within;
      window.overrun.at(unit) += actual.at(unit) - within;
    }
  }
  give_back(job);
  job.stage = Stage::kIdle;
  return true;
}

bool LedgerOracle::apply(const Command& command) {
  Job& job = jobs_.at(static_cast<std::size_t>(command.job));
  OracleWindow& window = windows_.at(static_cast<std::size_t>(command.window));
  const Pair amount = {command.money, command.gpu_ms};
  switch (command.verb) {
    case Verb::kHold:
      if (job.stage != Stage::kIdle || !reserve(job, amount)) return false;
      job.stage = Stage::kHeld;
      return true;
    case Verb::kClaim: {
      if (job.stage != Stage::kHeld) return false;
      const auto before = windows_;
      const Job held = job;
      give_back(job);
      if (!reserve(job, amount)) {
        windows_ = before;
        job = held;
        return false;
      }
      ++job.attempts;
      job.stage = Stage::kAlive;
      return true;
    }
    case Verb::kDie:
      if (job.stage != Stage::kAlive) return false;
      job.stage = Stage::kDead;
      job.launched = command.launched;
      return true;
    case Verb::kSettle:
      return settle(job, amount);
    case Verb::kRelease:
      if (job.stage != Stage::kHeld && (job.stage != Stage::kDead || job.launched)) return false;
      give_back(job);
      job.stage = Stage::kIdle;
      return true;
    case Verb::kCap:
      window.cap_money = command.money * 4;
      window.cap_gpu_ms = command.gpu_ms * 4;
      return true;
    case Verb::kAdjust:
      window.spent[0] += command.money;
      return true;
  }
  __builtin_unreachable();
}

}  // namespace pawl::test
