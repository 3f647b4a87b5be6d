#include "server/simulation/simulated_agent.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace pawl::simulation {
namespace {

constexpr double kFirstReach = 0.5;  // how far a proposal may lie from the best so far, at first
constexpr double kLastReach = 0.05;

// "policies/policy.toml:12:17" of a refusal that names its line; else what kind of refusal it is.
std::string line_of(const Error& error) {
  const auto end = error.message.rfind(')');
  const auto begin = error.message.find_last_of("(; ", end);
  if (end == std::string::npos || begin == std::string::npos) return error.message;
  return error.message.substr(begin + 1, end - begin - 1);
}

// The i-th is one, so that of any so many in a row the share is as it was said.
bool falls(std::int64_t i, double share) {
  return std::floor(static_cast<double>(i + 1) * share) >
         std::floor(static_cast<double>(i) * share);
}

}  // namespace

double value_at(const ScenarioQuality& quality, const Candidate& candidate) {
  const double dx = candidate.x - 0.8;
  const double dy = candidate.y - 0.3;
  const double height = (dx * dx + dy * dy) / (0.8 * 0.8 + 0.3 * 0.3);  // 1 where the base lies
  return quality.best + (quality.start - quality.best) * height;
}

SimulatedAgent::SimulatedAgent(const Place& place, const ScenarioSetup& setup, Milliseconds ends,
                               std::uint64_t seed)
    : place_(place), setup_(setup), ends_(ends), dice_(seed, {4}) {}

void SimulatedAgent::begin() { think(); }

void SimulatedAgent::think() {
  thinking_ = true;
  place_.agenda.at(place_.clock.since_boot() + setup_.parts[part_].think, [this] { act(); });
}

void SimulatedAgent::look() {
  missed_ = thinking_;
  if (thinking_ || under_way_.empty()) return;
  const bool all = setup_.parts[std::min(part_, setup_.parts.size() - 1)].waits == PartWaits::kAll;
  const std::size_t ended = hear();
  if (all ? !under_way_.empty() : ended == 0) return;
  go_on();
}

// Thinks once before each submit: of the next part, where this one holds no more.
void SimulatedAgent::go_on() {
  if (part_ == setup_.parts.size()) return;
  if (may_submit()) return think();
  if (under_way_.empty()) next_part();
}

// How many of those under way have ended since it last asked.
std::size_t SimulatedAgent::hear() {
  WaitRequest request{.until = Until::kAny, .timeout = Milliseconds(0)};
  for (const auto& [number, candidate] : under_way_) request.jobs.push_back(std::to_string(number));
  const auto reply = place_.server.service().wait(caller(), request, {}, [](WaitProgress) {});
  if (!reply) return 0;
  for (const JobLine& line : reply->finished) {
    const auto found = under_way_.find(line.number);
    if (line.value && (!best_value_ || *line.value < *best_value_)) {
      best_value_ = line.value;
      best_ = found->second;
    }
    under_way_.erase(found);
  }
  return reply->finished.size();
}

Caller SimulatedAgent::caller() const { return place_.server.caller("agent", "agent"); }

void SimulatedAgent::act() {
  thinking_ = false;
  if (std::exchange(missed_, false) && !under_way_.empty()) hear();
  const ScenarioPart& part = setup_.parts[part_];
  const auto free = part.candidates - std::ssize(under_way_);
  const bool round_is_over = part.waits == PartWaits::kAny || under_way_.empty();
  for (std::int64_t i = 0; round_is_over && i < free && may_submit(); ++i) {
    if (!submit()) break;
  }
  if (under_way_.empty()) next_part();
}

void SimulatedAgent::next_part() {
  in_part_ = 0;
  if (++part_ < setup_.parts.size()) think();
}

bool SimulatedAgent::may_submit() const {
  const ScenarioPart& part = setup_.parts[part_];
  if (part.experiments > 0 && in_part_ >= part.experiments) return false;
  Milliseconds startup{0};
  for (const ScenarioPool& pool : setup_.pools) startup = std::max(startup, pool.startup);
  const Milliseconds takes = startup + part.before + part.train + part.after;
  return place_.clock.since_boot() + takes <= ends_;
}

Candidate SimulatedAgent::propose() {
  const double reach =
      std::max(kLastReach, kFirstReach / std::sqrt(1.0 + static_cast<double>(submitted_)));
  return {std::clamp(best_.x + reach * dice_.normal(), 0.0, 1.0),
          std::clamp(best_.y + reach * dice_.normal(), 0.0, 1.0)};
}

// False: it was refused, and the rest of the round would be too.
bool SimulatedAgent::submit() {
  const ScenarioPart& part = setup_.parts[part_];
  const Candidate candidate = propose();
  SubmitRequest request{.variant = {.title = fmt::format("try {}", submitted_)},
                        .from = "base",
                        .stage = part.stage,
                        .gpus = part.gpus};
  request.variant.params = {{"x", candidate.x},
                            {"y", candidate.y},
                            {"part", static_cast<std::int64_t>(part_)},
                            {"bad", falls(in_part_, part.invalid)}};
  const auto reply = place_.server.service().submit(caller(), request);
  if (!reply) {
    ++refusals_[line_of(reply.error())];
    return false;
  }
  ++submitted_;
  ++in_part_;
  under_way_.emplace(reply->jobs.front().job.number, candidate);
  return true;
}

}  // namespace pawl::simulation
