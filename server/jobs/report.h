// One night as a human wants to hear of it in the morning. Plain values: the tools floor makes the
// text, the picture and the JSON.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/jobs/configurations.h"
#include "server/jobs/cost_reply.h"
#include "server/jobs/requests.h"

namespace pawl {

struct NightRequest {
  std::optional<Milliseconds> since;  // so far back; absent: see night_span()
};

// The span of the last night: from the first attempt after the last quiet gap of four hours, but at
// most a day before the last attempt's end; up to `now`. `attempts` may lie in any order. Pure.
Span night_span(const std::vector<Span>& attempts, Timestamp now);

struct NightStep {  // a keep
  std::int64_t number = 0;
  std::string title, why;
  std::optional<double> value, delta, noise_x;  // as decided; delta to the best before
  std::int64_t seeds = 1;                       // of its configuration by now
  std::optional<SeedMean> fresh;                // what the seeds after the first confirm
  Timestamp at{};
};

struct NightDot {  // an experiment that ended, in the order of the ends
  std::int64_t number = 0;
  std::string title;
  std::optional<double> value;
  bool kept = false;
  bool failed = false;
};

struct NightFailure {
  std::string signature;  // untrusted, cleaned
  std::vector<std::int64_t> jobs;
  Money cost;
};

struct NightBill {
  std::vector<CostGroup> stages;
  Money spent, failed;                // failed: of jobs without a result
  BudgetView budgets;                 // every window open now
  Milliseconds busy{0};               // sum of the attempts' times
  Milliseconds slot_busy{0};          // the same, times the slots each held
  Milliseconds wall{0};               // from the first claim to the last end
  std::int64_t slots = 0;             // of the machine
  std::vector<CostPart> parts;        // of spent, by what it went into
  std::optional<BoxAlternative> box;  // the night on a rented box
};

struct NightReport {
  std::string project, metric;
  bool lower_is_better = true;
  Timestamp from{}, to{};
  std::optional<double> start, reached;  // the best before, and now
  NoiseFloor noise;
  std::vector<NightStep> steps;  // oldest first
  std::vector<NightDot> dots;
  std::vector<JobLine> best;  // configurations tried in the night
  std::vector<NightFailure> failures;
  NightBill bill;
  std::vector<JobLine> waiting;        // not final: held, queued, running
  std::vector<std::string> undecided;  // handles that beat the best and nobody decided about
  std::vector<std::string> notices;
  std::string trust_mode;
  std::string state_folder, results_file, best_commit;
};

}  // namespace pawl
